// The same program in every runtime. A program is an ES module whose default export is `{ fetch(request, env) }`, as on
// Workers; it may import bearerkit, which it finds in the node_modules of its project.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pkg, root } from "./paths.mjs";
import { startBun } from "./runtimes/bun.mjs";
import { startDeno } from "./runtimes/deno.mjs";
import { startEdgeRuntime } from "./runtimes/edge-runtime.mjs";
import { startNode } from "./runtimes/node.mjs";
import { startWorkerd } from "./runtimes/workerd.mjs";

const starters = {
  node: startNode,
  deno: startDeno,
  bun: startBun,
  workerd: startWorkerd,
  "workerd-2024": (options) => startWorkerd({ ...options, compatibilityDate: "2024-09-23" }),
  "edge-runtime": startEdgeRuntime,
};

export const RUNTIMES = Object.keys(starters);

/**
 * Starts a program; resolves once it listens, to `{ name, version, origin, pid, output(), stop() }`.
 *
 * `project`: a folder as `packedProject` makes it. `program`: the path of a file in it. `env`: strings that reach the
 * program as the second argument of its `fetch`; they travel in the process's environment, so a secret among them lies
 * on no disk and in no command line. `ca`: the path of a PEM that the runtime trusts beside its own certificate
 * authorities. `output()`: what the runtime printed so far.
 */
export async function startRuntime(name, { program, project, env = {}, ...options }) {
  if (!RUNTIMES.includes(name)) throw new TypeError(`no such runtime: ${name}; there are ${RUNTIMES.join(", ")}`);
  const folder = mkdtempSync(join(project, `${name}-`));
  const remove = () => {
    process.off("exit", remove);
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", remove);
  try {
    const { version, origin, pid, output, stop } = await starters[name]({ ...options, program, project, env, folder });
    return { name, version, origin, pid, output, stop: () => stop().finally(remove) };
  } catch (error) {
    remove();
    throw new Error(`${name} did not start: ${error.message}`, { cause: error });
  }
}

/** Lays out a project that has the packed package installed, as `npm install` of the tarball would. `built`: where it lies. */
export function packedProject(dir, built = pkg) {
  const stamp = stampOf(built);
  const installed = join(dir, "node_modules", "bearerkit");
  const stampFile = join(dir, "node_modules", ".bearerkit-stamp");
  if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) return dir;
  const temporary = mkdtempSync(join(tmpdir(), "bearerkit-pack-"));
  try {
    const packed = execFileSync("npm", ["pack", built, "--json", "--pack-destination", temporary], { stdio: "pipe" });
    const [{ filename }] = JSON.parse(packed);
    rmSync(installed, { recursive: true, force: true });
    mkdirSync(installed, { recursive: true });
    execFileSync("tar", ["-xzf", join(temporary, filename), "-C", installed, "--strip-components=1"]);
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  const manifest = { private: true, type: "module", dependencies: { bearerkit: "*" } };
  writeFileSync(join(dir, "package.json"), `${JSON.stringify(manifest)}\n`);
  writeFileSync(stampFile, stamp);
  return dir;
}

/** Puts npm packages of ours (or their scopes) into a project's node_modules, beside bearerkit. */
export function installed(project, names) {
  for (const name of names) {
    const place = join(project, "node_modules", name);
    mkdirSync(dirname(place), { recursive: true });
    if (!existsSync(place)) symlinkSync(join(root, "node_modules", name), place, "dir");
  }
}

/** What the folder holds, as a hash. */
function stampOf(folder) {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder, { recursive: true }).map(String).sort()) {
    const path = join(folder, name);
    if (statSync(path).isFile()) hash.update(`${name}\0`).update(readFileSync(path));
  }
  return hash.digest("hex");
}
