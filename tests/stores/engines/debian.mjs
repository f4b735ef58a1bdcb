// Programs of servers: from PATH, or by apt-get where that may be called.
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run, say } from "../../../scripts/say.mjs";

/** The path of a program; `name` is what Debian calls the package. `elsewhere`: folders that are not on PATH. */
export async function programOf(command, name, elsewhere = () => []) {
  const found = find(command, elsewhere());
  if (found) return found;
  if (process.platform !== "linux" || process.getuid() !== 0) {
    throw new Error(`the tests of the stores need ${command}: install ${name} so that it is on PATH`);
  }
  say(`apt-get install ${name} (once; a minute)`);
  try {
    await run("apt-get", ["update", "-qq"]);
    const env = { DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", name], { env, murmur: true });
  } catch (cause) {
    throw new Error(`the tests of the stores need ${command}, and apt-get could not install ${name}`, { cause });
  }
  const path = find(command, elsewhere());
  if (!path) throw new Error(`apt-get installed ${name}, which has no ${command}`);
  return path;
}

function find(command, elsewhere) {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...elsewhere];
  return folders.map((folder) => join(folder, command)).find(isProgram);
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The folders in a folder, the greatest number first; none if it is not there. */
export function versionsIn(folder) {
  try {
    return readdirSync(folder).sort((a, b) => Number(b) - Number(a)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
