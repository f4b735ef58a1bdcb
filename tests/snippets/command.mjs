// A program of the shell that the pages' commands run in: `node command.mjs NAME ARGUMENTS`. What can be executed without a
// network and an account is executed; of the rest it is checked that what is named exists.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { bin, pkg, root } from "../../scripts/paths.mjs";

const project = process.env.SNIPPET_PROJECT;
const { scripts, devDependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const { version } = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));
const TARBALL = `bearerkit-${version}.tgz`;

const PROGRAMS = {
  npx,
  bunx: npx,
  npm,
  pnpm: npm,
  yarn: npm,
  bun,
  deno,
  node,
  cargo,
  curl,
  git,
  wrangler,
  vercel: nothing,
  psql,
  "redis-cli": nothing,
};

function npx(args) {
  const [name, ...rest] = args.filter((arg) => !["-y", "--yes"].includes(arg));
  if (name === "bearerkit") {
    return execute(process.execPath, ["--import", url("world.mjs"), join(pkg, "cli.js"), ...rest]);
  }
  if (name === "wrangler") return wrangler(rest);
  if (name === "vercel") return nothing();
  if (existsSync(bin(name))) return nothing();
  refuse(`npx ${name}: it is no package of this repository`);
}

function npm([command, ...args]) {
  const names = args.filter((arg) => !arg.startsWith("-"));
  if (["ci", "init", "test", "start"].includes(command)) return nothing();
  if (command === "run") return isScript(names[0]);
  if (command === "pack") return isThere(join(root, names[0] ?? "."));
  if (["install", "i", "add"].includes(command)) return names.forEach(isPackage);
  if (command === "create") return nothing();
  refuse(`npm ${command}: unknown here`);
}

function isScript(name) {
  if (!scripts[name]) refuse(`there is no script ${name}`);
}

/** bearerkit, its tarball, or what this repository has installed itself. */
function isPackage(name) {
  const isOurs = name === "bearerkit" || name.endsWith(`/${TARBALL}`) || name === TARBALL;
  if (!isOurs && !devDependencies[name] && !existsSync(join(root, "node_modules", name))) {
    refuse(`npm install ${name}: it is no package of this repository`);
  }
}

function bun([command, ...args]) {
  if (command === "add") return args.forEach(isPackage);
  if (command === "run" && existsSync(args[0])) {
    return execute(bin("bun"), ["build", args[0], "--no-bundle"], { quiet: true });
  }
  if (["run", "test", "install"].includes(command)) return isThere(args[0] ?? ".");
  refuse(`bun ${command}: unknown here`);
}

function deno([command, ...args]) {
  if (command === "add") return args.map((name) => name.replace(/^(npm:|jsr:@bearerkit\/)/, "")).forEach(isPackage);
  if (["run", "serve", "test", "check"].includes(command)) {
    return isThere(args.find((arg) => !arg.startsWith("-")) ?? ".");
  }
  if (["deploy", "task", "install"].includes(command)) return nothing();
  refuse(`deno ${command}: unknown here`);
}

function node(args) {
  const file = args.find((arg) => !arg.startsWith("-"));
  if (args[0] === "--test") return;
  if (file?.startsWith("scripts/")) return isThere(join(root, file));
  isThere(file);
  if (/\bserve|listen\(/.test(readFileSync(file, "utf8"))) return nothing();
  return execute(process.execPath, ["--import", url("world.mjs"), ...args]);
}

function cargo([command, ...args]) {
  if (command === "add" && args[0] === "bearerkit") return;
  if (["run", "test", "build", "bench", "fmt", "clippy", "doc"].includes(command)) return;
  refuse(`cargo ${[command, ...args].join(" ")}: unknown here`);
}

async function curl(args) {
  const urls = args.filter((arg) => /^https?:/.test(arg));
  if (urls.length === 0) refuse("curl: no URL");
  for (const url of urls) new URL(url);
  if (args.includes("@-")) { for await (const _ of process.stdin); }
  console.log("{}");
}

function git([command, address]) {
  if (command !== "clone" || address !== "https://github.com/bearerkit/bearerkit") refuse(`git ${command} ${address}`);
  mkdirSync("bearerkit");
}

/** `deploy` is tried as far as it goes without an account. */
function wrangler([command, ...args]) {
  const remote = ["dev", "secret", "login", "tail", "types", "secrets-store", "mtls-certificate", "kv", "d1", "r2"];
  if (remote.includes(command)) return nothing();
  if (command === "deploy") {
    return execute(bin("wrangler"), ["deploy", "--dry-run", ...args], { WRANGLER_SEND_METRICS: "false", CI: "1" });
  }
  refuse(`wrangler ${command}: unknown here`);
}

/** There is no server: the file is there. */
function psql(args) {
  const file = args[args.indexOf("-f") + 1];
  if (args.includes("-f")) isThere(file);
}

function nothing() {}

function isThere(path) {
  if (!path || !existsSync(path)) refuse(`there is no ${path}`);
}

function url(name) {
  return pathToFileURL(join(project, name)).href;
}

function execute(command, args, { quiet, ...env } = {}) {
  const stdio = quiet ? ["inherit", "ignore", "inherit"] : "inherit";
  const { status } = spawnSync(command, args, { stdio, env: { ...process.env, ...env } });
  process.exit(status ?? 1);
}

function refuse(reason) {
  console.error(reason);
  process.exit(125);
}

const [name, ...args] = process.argv.slice(2);
if (!PROGRAMS[name]) refuse(`${name}: write it into tests/snippets/command.mjs, or say why it is not run`);
await PROGRAMS[name](args);
