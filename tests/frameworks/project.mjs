import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pkg, root } from "../../scripts/paths.mjs";
import { run, say } from "../../scripts/say.mjs";

const HOME = join(root, "target", "frameworks");
/** What builds keep there for the next one: a bundler does not notice that a package of the same version has changed. */
const CACHES = [".cache", ".vite", ".vite-temp"];

/** As a registry has it: bundlers treat a linked folder in another way. */
export async function pack() {
  mkdirSync(HOME, { recursive: true });
  const [{ filename }] = JSON.parse(await run("npm", ["pack", pkg, "--json", "--pack-destination", HOME]));
  return join(HOME, filename);
}

/** The project of that name, with the packed package installed: its folder. */
export async function prepare(name, tarball) {
  const folder = join(HOME, name);
  const manifest = readFileSync(join(import.meta.dirname, name, "package.json"), "utf8");
  const stamp = join(folder, "node_modules", ".installed");
  if (!existsSync(stamp) || readFileSync(stamp, "utf8") !== manifest) {
    say(`${name}: npm install`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "package.json"), manifest);
    await run("npm", ["install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"], { cwd: folder });
    writeFileSync(stamp, manifest);
  }
  const remove = (...names) => rmSync(join(folder, ...names), { recursive: true, force: true });
  for (const name of readdirSync(folder)) if (name !== "node_modules") remove(name);
  for (const name of CACHES) remove("node_modules", name);
  cpSync(join(import.meta.dirname, name), folder, { recursive: true });
  const installed = join(folder, "node_modules", "bearerkit");
  rmSync(installed, { recursive: true, force: true });
  mkdirSync(installed, { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", installed, "--strip-components=1"]);
  return folder;
}
