// What a newcomer does by the guide's first page, as the page says it: npm pack, npm install of the tarball, two files, wrangler
// dev, two calls; and the Workers of its fourth step and of the README.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { bin, pkg, root } from "../scripts/paths.mjs";
import { blocksOf } from "./snippets/blocks.mjs";
import { freePort } from "./support/serve.mjs";

const START_LIMIT_MS = 60_000;
const blocks = blocksOf("www/guide/getting-started.md");
const [firstWorker, ownWorker] = blocks.filter(({ file }) => file === "src/index.ts");
let folder, worker;

before(() => {
  folder = mkdtempSync(join(tmpdir(), "bearerkit-newcomer-"));
  worker = join(folder, "my-worker");
  mkdirSync(join(worker, "src"), { recursive: true });
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", pkg, "--json", "--pack-destination", folder], { stdio: "pipe" }),
  );
  execFileSync("npm", ["init", "-y"], { cwd: worker, stdio: "pipe" });
  const quiet = ["--offline", "--no-audit", "--no-fund"];
  execFileSync("npm", ["install", ...quiet, join("..", filename)], { cwd: worker, stdio: "pipe" });
  // Its own npm would bring wrangler from the network.
  symlinkSync(join(root, "node_modules", "wrangler"), join(worker, "node_modules", "wrangler"), "dir");
  write("wrangler.jsonc", blocks.find(({ file }) => file === "wrangler.jsonc").source);
});
after(() => rmSync(folder, { recursive: true, force: true }));

function write(name, text) {
  mkdirSync(dirname(join(worker, name)), { recursive: true });
  writeFileSync(join(worker, name), text);
}

test("the page names the tarball that npm makes, and installs it", () => {
  const { source } = blocks.find(({ source }) => source.includes("npm install ../"));
  const { version } = JSON.parse(
    execFileSync("node", ["-p", "JSON.stringify(require('bearerkit/package.json'))"], { cwd: worker }),
  );
  assert.ok(source.includes(`bearerkit-${version}.tgz`));
});

test("its first Worker answers what the page shows", async () => {
  write("src/index.ts", firstWorker.source);
  const dev = await startDev();
  try {
    const shown = blocks.find(({ language, source }) => language === "console" && source.includes("$ curl")).source
      .split("\n").filter((line) => line.startsWith("{"));
    assert.equal(shown.length, 2);
    for (const line of shown) assert.equal(await (await fetch(dev.origin)).text(), line);
  } finally {
    await dev.stop();
  }
});

test("the README's Worker gets a token where a scripted provider plays Auth0, as the README says", async () => {
  const [{ source }] = blocksOf("README.md").filter(({ file }) => file === "src/index.ts");
  const credentials = /credentials: \{[^}]*\}/;
  const [, importing, making, options] =
    /add `(import [^`]*)` and `(const [^`]*)`, and in the\s+options write `([^`]*)`/.exec(
      readFileSync(join(root, "README.md"), "utf8"),
    );
  assert.match(source, credentials);
  write("src/index.ts", `${importing}\n${making}\n${source.replace(credentials, options)}`);
  const dev = await startDev();
  try {
    const answer = await (await fetch(dev.origin)).json();
    assert.deepEqual([answer.ok, answer.path], [true, "/v1/orders"]);
  } finally {
    await dev.stop();
  }
});

test("the Worker with a provider of one's own is deployed as it stands", () => {
  write("src/index.ts", ownWorker.source);
  const args = ["deploy", "--dry-run", "--outdir", join(folder, "deployed")];
  const said = execFileSync(bin("wrangler"), args, { cwd: worker, env: quietly(), encoding: "utf8" });
  assert.match(said, /Total Upload/);
});

const quietly = () => ({
  ...process.env,
  CI: "1",
  NO_COLOR: "1",
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_LOG_PATH: folder,
  XDG_CONFIG_HOME: folder,
});

async function startDev() {
  const port = await freePort();
  const args = ["dev", "--port", String(port), "--ip", "127.0.0.1", "--inspector-port", String(await freePort())];
  const child = spawn(bin("wrangler"), args, { cwd: worker, env: quietly(), stdio: "pipe", detached: true });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => output += text);
  const ended = new Promise((resolve) => child.once("close", resolve));
  const stop = async () => {
    process.kill(-child.pid, "SIGKILL");
    await ended;
  };
  const origin = `http://127.0.0.1:${port}`;
  for (const began = Date.now(); !/Ready on/.test(output);) {
    if (child.exitCode !== null || Date.now() - began > START_LIMIT_MS) {
      if (child.exitCode === null) await stop();
      throw new Error(`wrangler dev did not start\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return { origin, stop };
}
