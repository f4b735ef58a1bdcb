// Where what was built runs. Each starter resolves to `{ origin, output(), stop() }`.
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, extname, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { startRuntime } from "../../scripts/runtimes.mjs";
import { freePort } from "../support/serve.mjs";

const START_LIMIT_MS = 60_000;

export const hosts = {
  /** A command of the project, or a file for Node, that listens on the port of `PORT`; `$PORT` in its arguments is that too. */
  async command([command, ...args], { folder, env }) {
    const port = await freePort();
    const isFile = /\.[cm]?js$/.test(command);
    const file = isFile ? command : join("node_modules", ".bin", command);
    const child = spawn(process.execPath, [file, ...args.map((word) => word.replace("$PORT", port))], {
      cwd: folder,
      env: { ...process.env, ...env, PORT: String(port), HOST: "127.0.0.1" },
      stdio: ["ignore", "pipe", "pipe"],
      // In a group of its own, which ends with it.
      detached: true,
    });
    let output = "";
    let hasEnded = false;
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => output += text);
    const ended = new Promise((resolve) => child.once("close", resolve)).then(() => hasEnded = true);
    const kill = () => hasEnded || process.kill(-child.pid, "SIGKILL");
    process.once("exit", kill);
    const stop = async () => {
      kill();
      await ended;
      process.off("exit", kill);
    };
    const origin = `http://127.0.0.1:${port}`;
    for (const end = Date.now() + START_LIMIT_MS; !hasEnded && Date.now() < end;) {
      const isThere = await fetch(origin, { redirect: "manual" }).then(() => true, () => false);
      if (isThere) return { origin, output: () => output, stop };
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await stop();
    throw new Error(`${command} does not listen\n${output}`);
  },

  /** workerd: the options of Miniflare, which is one of the project's packages. */
  async worker({ scriptPath, isListed = false, ...options }, { folder }) {
    const script = join(folder, scriptPath);
    const modules = isListed ? modulesIn(dirname(script), basename(script)) : { modules: true, scriptPath: script };
    const { Miniflare } = await import(pathToFileURL(createRequire(join(folder, "package.json")).resolve("miniflare")));
    let output = "";
    const miniflare = new Miniflare({
      ...modules,
      cf: false,
      modulesRoot: dirname(script),
      modulesRules: [
        { type: "CompiledWasm", include: ["**/*.wasm", "**/*.wasm?module"] },
        { type: "ESModule", include: ["**/*.js", "**/*.mjs"] },
      ],
      handleRuntimeStdio: (...streams) => streams.forEach((stream) => stream.on("data", (text) => output += text)),
      ...options,
    });
    const { origin } = await miniflare.ready;
    return { origin, output: () => output, stop: () => miniflare.dispose() };
  },

  /** A module whose default export is `{ fetch(request) }`, in Vercel's edge-runtime, where no code is made of bytes. */
  edge: (program, { folder, env }) =>
    startRuntime("edge-runtime", { project: folder, program: join(folder, program), env }),
  deno: (program, { folder, env }) => startRuntime("deno", { project: folder, program: join(folder, program), env }),
  node: (program, { folder, env }) => startRuntime("node", { project: folder, program: join(folder, program), env }),
};

/** For what Miniflare cannot follow: an `import()` of something that is computed. */
function modulesIn(root, main) {
  const types = { ".js": "ESModule", ".wasm": "CompiledWasm" };
  const names = readdirSync(root, { recursive: true }).map(String).filter((name) => types[extname(name)]);
  names.sort((a, b) => (b === main) - (a === main));
  return { modules: names.map((name) => ({ type: types[extname(name)], path: join(root, name) })) };
}
