// The files and the commands of a page of the guide, as a reader copies them.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fakeCredentials } from "../../pkg-template/testing.js";
import { root } from "../../scripts/paths.mjs";

const FENCE = /^```(\w+)(?: \[([^\]\n]+)\])?\n(.*?)^```$/gms;

/** `{ text, blocks, files, commands }` of a page: its files by name, and the fenced `sh` blocks. */
export function readPage(name) {
  const text = readFileSync(join(root, "www", "guide", `${name}.md`), "utf8");
  const blocks = [...text.matchAll(FENCE)].map(([, language, file, source]) => ({ language, file, source }));
  const files = new Map(blocks.filter(({ file }) => file).map(({ file, source }) => [file, source]));
  const commands = blocks.filter(({ language }) => language === "sh").map(({ source }) => source);
  return { text, blocks, files, commands };
}

/** Writes a page's files into a folder, with the scripted server's credentials in the place of the reader's. */
export function writePage(name, folder) {
  const page = readPage(name);
  for (const [path, source] of page.files) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), withFakeCredentials(source));
  }
  return page;
}

function withFakeCredentials(source) {
  return source
    .replaceAll("your-client-id", fakeCredentials.client_id)
    .replaceAll("your-client-secret", fakeCredentials.client_secret);
}

/** The command of a page that has this word in it. */
export function commandWith(page, word) {
  const found = page.commands.find((command) => command.includes(word));
  if (!found) throw new Error(`no command has ${word}`);
  return found.replaceAll("\\\n", " ");
}
