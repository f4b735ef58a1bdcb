// What the hosts share: each is started with a launcher, a module that joins the program to the host.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/**
 * Writes the launcher. It imports statically: Deno reads such files without `--allow-read`.
 */
export function writeLauncher({ folder, program }, host) {
  const path = join(folder, "launch.mjs");
  const lines = [
    `import { serve } from ${JSON.stringify(new URL(`./hosts/${host}.mjs`, import.meta.url).href)};`,
    `import program from ${JSON.stringify(pathToFileURL(program).href)};`,
    "serve(program);",
  ];
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** How the program's `env` gets into the process, and a CA into the runtime's trust. */
export function environment(env, ca) {
  return { PROGRAM_ENV: JSON.stringify(env), ...(ca && { NODE_EXTRA_CA_CERTS: ca, DENO_CERT: ca }) };
}
