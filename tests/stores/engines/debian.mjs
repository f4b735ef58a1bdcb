// Programs of servers: from PATH, or by apt-get where that may be called.
import { accessSync, constants, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { run, say } from "../../../scripts/say.mjs";

/** The path of a program; `name` is what Debian calls the package. `elsewhere`: folders that are not on PATH. */
export async function programOf(command, name, elsewhere = () => []) {
  const found = find(command, elsewhere());
  if (found) return found;
  if (process.platform !== "linux" || process.getuid() !== 0) {
    throw new Error(`the tests of the stores need ${command}: install ${name} so that it is on PATH`);
  }
  say(`apt-get install ${name} (once; a minute)`);
  let failure;
  // Test files run beside each other, and one apt-get at a time may.
  for (let tries = 0; tries < 10; tries += 1) {
    try {
      await install(name);
    } catch (cause) {
      failure = cause;
    }
    const path = find(command, elsewhere());
    if (path) return path;
    if (!failure) throw new Error(`apt-get installed ${name}, which has no ${command}`);
    await setTimeout(6000);
  }
  throw new Error(`the tests of the stores need ${command}, and apt-get could not install ${name}`, { cause: failure });
}

async function install(name) {
  await run("apt-get", ["update", "-qq"]);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=120"];
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...wait, name], { env, murmur: true });
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
