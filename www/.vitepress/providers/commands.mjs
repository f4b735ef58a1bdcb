// What the package's own command says of each shipped profile: `bearerkit check NAME --no-send --json`, in one process.
// Neither a variable of the environment nor a network has a part in it.
import { spawnSync } from "node:child_process";
import process from "node:process";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { pkg } from "../../../scripts/paths.mjs";

const MARK = "\u0000";
const PROGRAM = `
const [path, calls] = process.argv.slice(1);
const { main } = await import(path);
for (const call of JSON.parse(calls)) {
  await main(call);
  process.stdout.write(${JSON.stringify(MARK)});
}
`;

/** `profiles`: of scripts/profiles.mjs. Resolves to name of the file -> the report. */
export function reportsOf(profiles) {
  const calls = profiles.map(({ file, samples: [{ inputs }] }) => [
    "check",
    file,
    "--no-send",
    "--json",
    ...(inputs.scopes ?? []).flatMap((scope) => ["--scope", scope]),
  ]);
  const path = pathToFileURL(join(pkg, "cli", "main.js")).href;
  const args = ["--input-type=module", "-e", PROGRAM, path, JSON.stringify(calls)];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, {
    encoding: "utf8",
    env: {},
    maxBuffer: 1 << 26,
  });
  const texts = stdout.split(MARK).slice(0, -1);
  if (status !== 0 || texts.length !== profiles.length) {
    throw new Error(`bearerkit check ended with ${status}: ${stderr}`);
  }
  return new Map(profiles.map(({ file }, index) => [file, JSON.parse(texts[index])]));
}
