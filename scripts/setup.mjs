// Sets up what the other scripts need, on a machine that has rustup and Node: npm's packages, the wasm target, the small
// program of scripts/bindgen; for the tests two commands from crates.io. Everything stays in this folder (but for the
// target, which is rustup's). Quick the second time.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isMain, root, tool, tools } from "./paths.mjs";
import { run, say } from "./say.mjs";

const TARGET = "wasm32-unknown-unknown";

export async function setup({ forTests = false } = {}) {
  if (!areModulesCurrent()) {
    say("npm ci: the runtimes and the tools of package-lock.json (once; about a minute)");
    await run("npm", ["ci", "--no-audit", "--no-fund"], { cwd: root });
  }
  const installed = await run("rustup", ["target", "list", "--installed"], { cwd: root });
  if (!installed.split("\n").includes(TARGET)) {
    say(`rustup target add ${TARGET}`);
    await run("rustup", ["target", "add", TARGET], { cwd: root });
  }
  await bindgen();
  if (!forTests) return;
  // wasm-pack wants the command of this name, and its test runner beside it.
  await crate("wasm-bindgen-cli", bindgenVersion(), "wasm-bindgen");
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

/** Whether each package of the lock file is there. One for another platform is not, and need not be. */
function areModulesCurrent() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed)) return false;
  const found = packagesOf(installed);
  return Object.entries(packagesOf(join(root, "package-lock.json"))).every(([path, { version, optional }]) =>
    path === "" || (found[path] ? found[path].version === version : optional)
  );
}

function packagesOf(lock) {
  return JSON.parse(readFileSync(lock, "utf8")).packages;
}

/** The command has to be of the very version of the library. */
function bindgenVersion() {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  return lock.match(/name = "wasm-bindgen"\nversion = "([^"]+)"/)[1];
}

/** What the build needs of wasm-bindgen, compiled in a quarter of the time that its command takes. */
async function bindgen() {
  const version = bindgenVersion();
  const folder = join("scripts", "bindgen");
  const manifest = readFileSync(join(root, folder, "Cargo.toml"), "utf8");
  for (const wanted of [`version = "${version}"`, `wasm-bindgen-cli-support = "=${version}"`]) {
    if (manifest.includes(`\n${wanted}`)) continue;
    throw new Error(`Cargo.lock has wasm-bindgen ${version}: write \`${wanted}\` in ${folder}/Cargo.toml`);
  }
  await compiled("bearerkit-bindgen", version, "bearerkit-bindgen", ["--path", folder, "--locked"], "a minute");
}

/** A command from crates.io. Not `--locked` by itself: mirrors do not have all that a lock file names. */
export async function crate(name, version, command, ...flags) {
  await compiled(name, version, command, [...flags, `${name}@${version}`], "a few minutes");
}

async function compiled(name, version, command, args, time) {
  const found = existsSync(tool(command)) ? await run(tool(command), ["--version"]) : "";
  if (found.split(/\s+/).includes(version)) return;
  say(`cargo install ${name} ${version} (once; ${time})`);
  const env = { CARGO_TARGET_DIR: join(tools, "build") };
  await run("cargo", ["install", "--root", tools, "--force", ...args], { env, cwd: root, murmur: true });
}

if (isMain(import.meta)) await setup({ forTests: true });
