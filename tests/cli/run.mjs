// Runs the command as a user does: a process of its own, an environment of its own.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join, resolve } from "node:path";
import process from "node:process";
import { root } from "../../scripts/paths.mjs";

export const pkg = resolve(process.env.BEARERKIT_PKG ?? join(root, "pkg"));
export const cli = join(pkg, "cli.js");

/**
 * Runs a command to its end: `{ code, stdout, stderr, json }`. No value of its environment may be in what it prints, in any
 * form, unless `shows` says that it is no secret.
 */
export async function run(args, { env = {}, stdin = "", shows = [], command = [process.execPath, cli], cwd } = {}) {
  const child = spawn(command[0], [...command.slice(1), ...args], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) child[name].setEncoding("utf8").on("data", (text) => output[name] += text);
  child.stdin.on("error", () => {});
  child.stdin.end(stdin);
  const code = await new Promise((done, fail) => child.once("error", fail).once("close", done));
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith("BEARERKIT_") && !shows.includes(name)) {
      assertHidden(output, value, `${name} in the output of ${args.slice(0, 2).join(" ")}`);
    }
  }
  return {
    code,
    ...output,
    get json() {
      return JSON.parse(output.stdout);
    },
  };
}

/** That a secret is in neither output: plain, quoted, percent- or form-encoded, in base64 at any offset. */
export function assertHidden({ stdout, stderr }, secret, where) {
  if (secret.length < 4) return;
  const bytes = Buffer.from(secret);
  const forms = [
    secret,
    JSON.stringify(secret).slice(1, -1),
    encodeURIComponent(secret),
    encodeURIComponent(secret).toLowerCase(),
    encodeURIComponent(secret).replaceAll("%20", "+"),
    new URLSearchParams([["", secret]]).toString().slice(1),
    // Within a longer text base64 begins at any of three places; what its neighbours share is cut off.
    ...[0, 1, 2].flatMap((offset) => {
      const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString("base64").replace(/=+$/, "");
      const own = encoded.slice(offset === 0 ? 0 : offset + 1, -1);
      return own.length >= 8 ? [own, own.replaceAll("+", "-").replaceAll("/", "_")] : [];
    }),
    bytes.length >= 6 ? bytes.toString("hex") : secret,
  ];
  for (const form of forms) {
    for (const text of [stdout, stderr]) assert.ok(!text.includes(form), `${where}: ${JSON.stringify(form)}\n${text}`);
  }
}

/** Runs a line of shell in which `bearerkit` is the command. */
export function shell(line, { env = {}, ...options } = {}) {
  const script = `bearerkit() { ${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} "$@"; }\n${line}`;
  return run(["-c", script], { ...options, env, command: ["sh"] });
}
