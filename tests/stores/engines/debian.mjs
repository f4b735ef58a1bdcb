// Programs of servers.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { installed, isProgram, onPath } from "../../support/programs.mjs";

/** The path of a program; `name` is what Debian calls the package. `elsewhere`: folders that are not on PATH. */
export async function programOf(command, name, elsewhere = () => []) {
  const find = () => [...onPath(command), ...elsewhere().map((folder) => join(folder, command))].find(isProgram);
  return await installed(
    find,
    name,
    `the tests of the stores need ${command}`,
    `install ${name} so that it is on PATH`,
  );
}

/** The folders in a folder, the greatest number first; none if it is not there. */
export function versionsIn(folder) {
  try {
    return readdirSync(folder).sort((a, b) => Number(b) - Number(a)).map((name) => join(folder, name));
  } catch {
    return [];
  }
}
