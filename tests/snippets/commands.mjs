// Runs the snippets that are commands: in a shell whose programs are those of programs/ here, see `COMMANDS`.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

const LIMIT_MS = 120_000;
/** The programs that a page may call; tests/snippets/command.mjs is each of them. */
const COMMANDS = [
  ..."npx npm bunx bun deno node cargo curl git wrangler vercel docker pnpm yarn psql redis-cli".split(" "),
];

/** The folder that has the programs. */
export function commandFolder(project) {
  const folder = join(project, "commands");
  mkdirSync(folder);
  for (const name of COMMANDS) {
    const path = join(folder, name);
    const command = join(import.meta.dirname, "command.mjs");
    writeFileSync(path, `#!/bin/sh\nexec "${process.execPath}" "${command}" ${name} "$@"\n`);
    chmodSync(path, 0o755);
  }
  return folder;
}

/** A transcript's commands, without what they print; a script is all commands. */
export function scriptOf({ language, source }) {
  if (language !== "console") return source;
  const lines = source.split("\n");
  const taken = lines.filter((line, index) => line.startsWith("$ ") || continues(lines, index));
  return taken.map((line) => `${line.replace(/^\$ /, "")}\n`).join("");
}

function continues(lines, index) {
  const before = lines[index - 1] ?? "";
  return before.endsWith("\\") && (before.startsWith("$ ") || continues(lines, index - 1));
}

/** Runs them in a page's folder. Ends well, unless the block says that it fails. */
export async function runCommands(block, { project, commands, cwd }) {
  // An ellipsis stands for what is the reader's.
  const script = scriptOf(block).replaceAll(/\b([A-Z_]+)=…/g, (_, name) => `${name}=${secretOf(name)}`);
  const env = {
    HOME: process.env.HOME,
    PATH: `${commands}:/usr/bin:/bin`,
    SNIPPET_PROJECT: project,
    BEARERKIT_CLIENT_ID: "fake-client",
    BEARERKIT_CLIENT_SECRET: "fake-secret",
    DATABASE_URL: "postgres://127.0.0.1/nowhere",
    REDIS_URL: "redis://127.0.0.1",
    NO_COLOR: "1",
  };
  const { code, output } = await new Promise((resolve) => {
    const options = { cwd, env, timeout: LIMIT_MS, maxBuffer: 2 ** 24 };
    const shell = execFile(
      "/bin/bash",
      ["--norc", "--noprofile", "-euo", "pipefail", "-c", script],
      options,
      (error, stdout, stderr) => {
        resolve({ code: error ? error.code ?? error.signal : 0, output: `${stdout}${stderr}` });
      },
    );
    shell.stdin.end();
  });
  if (block.fails) assert.ok(code > 0 && code < 126, `no error, though the block says that it fails\n${output}`);
  else assert.equal(code, 0, output);
  return output;
}

const secretOf = (name) => (/SECRET|KEY|PASSWORD/.test(name) ? "fake-secret" : "fake-client");
