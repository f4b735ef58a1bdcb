// A command that serves, in a process group of its own, since some commands are wrappers.
import { spawn } from "node:child_process";
import { createServer } from "node:net";
import process from "node:process";

const START_LIMIT_MS = 20_000;
const running = new Set();
process.once("exit", () => running.forEach(kill));

/** Resolves to `{ origin, output(), stop() }` once the command says where it listens. */
export async function serve(command, { cwd, env }) {
  const child = spawn("sh", ["-c", command], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", PORT: "0", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  running.add(child);
  const ended = new Promise((resolve) => child.once("close", resolve)).then(() => running.delete(child));
  let output = "";
  const stop = async () => {
    kill(child);
    await ended;
  };
  const port = await new Promise((resolve, reject) => {
    const fail = (reason) => reject(new Error(`${command}: ${reason}\n${output}`));
    const limit = setTimeout(fail, START_LIMIT_MS, "it does not say where it listens");
    const read = (chunk) => {
      output += chunk;
      const found = /http:\/\/[^\s/]+:(\d+)/.exec(output);
      if (!found) return;
      clearTimeout(limit);
      resolve(Number(found[1]));
    };
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", read);
    child.once("close", (code, signal) => {
      clearTimeout(limit);
      fail(`it ended with ${code ?? signal}`);
    });
  });
  return { origin: `http://127.0.0.1:${port}`, output: () => output, stop };
}

function kill(child) {
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

/** For a command that has to name its port. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
