// One child process that says on which port it listens, and what becomes of it.
import { spawn } from "node:child_process";
import { constants } from "node:os";

const START_LIMIT_MS = 30_000;
/** In the words of workerd's `--control-fd`. */
const LISTENING = /^\{"event":\s*"listen",.*"port":\s*(\d+).*\}$/m;

const { signals } = constants;
const running = new Set();

/**
 * Starts a command in a process group of its own, that of its `pid`; resolves once it listens. If it does not, the error shows all
 * that it printed. `listening`: how it says so, with the port in its first group.
 */
export async function listen(command, args, { cwd, env = {}, listening = LISTENING }) {
  endWithUs();
  const child = spawn(command, args, {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
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
    const fail = (reason) => reject(new Error(`${reason}\n${command} ${args.join(" ")}\n${output}`));
    const limit = setTimeout(
      () => stop().then(() => fail(`no port within ${START_LIMIT_MS / 1000} s`)),
      START_LIMIT_MS,
    );
    const settle = (outcome) => (value) => {
      clearTimeout(limit);
      outcome(value);
    };
    const read = (chunk) => {
      output += chunk;
      const found = listening.exec(output);
      if (found) settle(resolve)(Number(found[1]));
    };
    child.stdout.setEncoding("utf8").on("data", read);
    child.stderr.setEncoding("utf8").on("data", read);
    child.once("error", (error) => settle(fail)(error.message));
    child.once("close", (code, signal) => settle(fail)(`it ended with ${code ?? signal}`));
  });
  return { origin: `http://127.0.0.1:${port}`, pid: child.pid, output: () => output, stop };
}

/** The whole group: some commands are wrappers. SIGKILL: workerd takes its time over any other. */
function kill(child) {
  if (!running.has(child) || child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    if (error.code !== "ESRCH") throw error;
  }
}

let watching = false;

/** A group of its own does not hear of the terminal's Ctrl-C. */
function endWithUs() {
  if (watching) return;
  watching = true;
  process.once("exit", () => running.forEach(kill));
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.once(signal, () => process.exit(128 + signals[signal]));
}
