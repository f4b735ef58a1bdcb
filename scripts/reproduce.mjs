// `npm run reproduce`: builds the package twice, in two folders of different depth and with two cargo homes, and compares
// each file. Takes some minutes: nothing of what was compiled before is used.
import { createHash } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { root, tools } from "./paths.mjs";
import { run, say } from "./say.mjs";
import { setup } from "./setup.mjs";

await setup();
const home = mkdtempSync(join(tmpdir(), "bearerkit-reproduce-"));
process.once("exit", () => rmSync(home, { recursive: true, force: true }));

const places = [
  [join(home, "a"), process.env.CARGO_HOME ?? join(homedir(), ".cargo")],
  [join(home, "another place", "deeper", "and of a longer name"), join(home, "cargo home", "of someone else")],
];
// Both before the first build, so that nobody edits a file in between.
for (const [folder] of places) await copySources(folder);
const first = await build(...places[0]);
const second = await build(...places[1]);

const names = [...new Set([...first.keys(), ...second.keys()])].sort();
const different = names.filter((name) => first.get(name) !== second.get(name));
for (const name of different) console.log(`differs: ${name}`);
const whole = createHash("sha256").update(JSON.stringify([...first])).digest("hex");
for (const [name, hash] of first) {
  if (name.endsWith(".wasm")) console.log(`${name}: sha256 ${hash}`);
}
console.log(`the package: ${names.length} files, ${names.length - different.length} the same; sha256 ${whole}`);
process.exitCode = different.length > 0 ? 1 : 0;

/** What git tracks, as it is in the working tree, and the tools. */
async function copySources(folder) {
  const tracked = (await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: root }))
    .split("\0").filter(Boolean);
  for (const name of tracked) {
    mkdirSync(join(folder, dirname(name)), { recursive: true });
    cpSync(join(root, name), join(folder, name), { preserveTimestamps: true });
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"), "dir");
  mkdirSync(join(folder, "target"));
  symlinkSync(tools, join(folder, "target", "tools"), "dir");
}

/** Resolves to file -> hash. */
async function build(folder, cargoHome) {
  say(`building in ${folder}`);
  // rustup looks in the home of the user, whatever cargo has for one.
  const env = { CARGO_HOME: cargoHome, RUSTUP_HOME: process.env.RUSTUP_HOME ?? join(homedir(), ".rustup") };
  await run(process.execPath, [join("scripts", "build.mjs"), "--force"], { cwd: folder, env });
  const made = join(folder, "pkg");
  const files = readdirSync(made, { recursive: true }).map(String).filter((name) =>
    statSync(join(made, name)).isFile()
  );
  const hash = (name) => createHash("sha256").update(readFileSync(join(made, name))).digest("hex");
  return new Map(files.sort().map((name) => [name, hash(name)]));
}
