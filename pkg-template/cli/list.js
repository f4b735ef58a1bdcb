import { shipped } from "./source.js";
import { print, printJson } from "./streams.js";

/** `bearerkit list`: the shipped profiles. */
export async function run({ options: { json } }) {
  const all = (await shipped()).map(({ name, file, profile }) => ({
    name,
    file,
    title: profile.name,
    documentation: profile.documentation,
  }));
  if (json) printJson(all);
  const width = Math.max(...all.map(({ file }) => file.length));
  if (!json) { for (const { file, title } of all) print(`${file.padEnd(width)}  ${title}`); }
  return 0;
}
