// Programs that tests start: from PATH, or by apt-get where that may be called.
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { setTimeout } from "node:timers/promises";
import { run, say } from "../../scripts/say.mjs";

/** What `find` finds, now or once Debian's package `name` is installed. `need`: who needs what; `remedy`: what to do without apt-get. */
export async function installed(find, name, need, remedy) {
  const found = find();
  if (found) return found;
  if (process.platform !== "linux" || process.getuid() !== 0) throw new Error(`${need}: ${remedy}`);
  say(`apt-get install ${name} (once; a minute)`);
  let failure;
  // Test files run beside each other, and one apt-get at a time may.
  for (let tries = 0; tries < 10; tries += 1) {
    try {
      await install(name);
    } catch (cause) {
      failure = cause;
    }
    const path = find();
    if (path) return path;
    if (!failure) throw new Error(`apt-get installed ${name}, which has no program of the name that is looked for`);
    await setTimeout(6000);
  }
  throw new Error(`${need}, and apt-get could not install ${name}: ${remedy}`, { cause: failure });
}

async function install(name) {
  await run("apt-get", ["update", "-qq"]);
  const env = { DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=120"];
  await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...wait, name], { env, murmur: true });
}

/** The paths that a program may have by PATH. */
export function onPath(command) {
  return (process.env.PATH ?? "").split(delimiter).filter(Boolean).map((folder) => join(folder, command));
}

export function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
