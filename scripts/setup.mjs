// Sets up what the other scripts need, on a machine that has rustup and Node: npm's packages, the wasm target and two
// commands from crates.io. Everything stays in this folder (but for the target, which is rustup's). Quick the second time.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isMain, root, tool, tools } from "./paths.mjs";
import { run, say } from "./say.mjs";

const TARGET = "wasm32-unknown-unknown";

export async function setup({ forTests = false } = {}) {
  if (!areModulesCurrent()) {
    // Not `npm ci`: it wants every platform's optional package in the lock file, and mirrors do not have them all.
    say("npm install: the runtimes and the tools of package-lock.json");
    await run("npm", ["install", "--no-audit", "--no-fund"], { cwd: root });
  }
  const installed = await run("rustup", ["target", "list", "--installed"], { cwd: root });
  if (!installed.split("\n").includes(TARGET)) {
    say(`rustup target add ${TARGET}`);
    await run("rustup", ["target", "add", TARGET], { cwd: root });
  }
  await crate("wasm-bindgen-cli", bindgenVersion(), "wasm-bindgen");
  if (!forTests) return;
  await crate("wasm-pack", "0.15.1", "wasm-pack");
  for (const component of ["rustfmt", "clippy"]) await run("rustup", ["component", "add", component], { cwd: root });
}

/** What `npm run fuzz` needs, and nothing else does. */
export async function setupFuzz() {
  await run("c++", ["--version"]).catch(() => {
    throw new Error("libFuzzer is C++: install g++ or clang");
  });
  await crate("cargo-fuzz", "0.13.2", "cargo-fuzz");
}

function areModulesCurrent() {
  const lock = join(root, "node_modules", ".package-lock.json");
  return existsSync(lock) && statSync(lock).mtimeMs >= statSync(join(root, "package-lock.json")).mtimeMs;
}

/** The command has to be of the very version of the library. */
function bindgenVersion() {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  return lock.match(/name = "wasm-bindgen"\nversion = "([^"]+)"/)[1];
}

/** A command from crates.io. Not `--locked` by itself: mirrors do not have all that a lock file names. */
export async function crate(name, version, command, ...flags) {
  const found = existsSync(tool(command)) ? await run(tool(command), ["--version"]) : "";
  if (found.split(/\s+/).includes(version)) return;
  say(`cargo install ${name} ${version} (once; a few minutes)`);
  const env = { CARGO_TARGET_DIR: join(tools, "build") };
  await run("cargo", ["install", "--root", tools, "--force", ...flags, `${name}@${version}`], { env, cwd: root });
}

if (isMain(import.meta)) await setup({ forTests: true });
