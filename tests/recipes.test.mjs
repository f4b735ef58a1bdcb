// The recipes of www/guide/, run as they stand: the page's files are written into a project, its commands are run, and the
// scripted server sees a token being used.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { fakeCredentials, fakeProvider } from "../pkg-template/testing.js";
import { startLoopback } from "../scripts/loopback.mjs";
import { bin, root } from "../scripts/paths.mjs";
import { installed, packedProject } from "../scripts/runtimes.mjs";
import { commandWith, writePage } from "./recipes/pages.mjs";
import { serve } from "./recipes/serve.mjs";

const execute = promisify(execFile);
const RELAY = join(import.meta.dirname, "recipes", "relay.mjs");
const BIN = join(root, "node_modules", ".bin");
const PACKAGES = ["@hono", "hono", "undici", "@opentelemetry", "@cloudflare", "esbuild", "typescript", "@types"];
/** From the local node_modules and no network. */
const DENO_LOCAL = "--no-prompt --no-lock --cached-only --node-modules-dir=manual";

let project, loopback;

before(async () => {
  project = packedProject(mkdtempSync(join(tmpdir(), "bearerkit-recipes-")));
  installed(project, PACKAGES);
  loopback = await startLoopback();
});

after(async () => {
  await loopback?.close();
  rmSync(project, { recursive: true, force: true });
});

/** The page's files in a folder of the project, and a fake of its own behind the loopback server. */
function recipe(name) {
  const folder = join(project, name);
  mkdirSync(folder, { recursive: true });
  const page = writePage(name, folder);
  const space = `${loopback.origin}/ns/${name}`;
  const env = { RELAY: space, PATH: `${BIN}:${process.env.PATH}` };
  return {
    page,
    folder,
    space,
    env,
    /** A command of the page, served. */
    serve: (word, { change = (command) => command, ...further } = {}) =>
      serve(change(commandWith(page, word)), { cwd: folder, env: { ...env, ...further } }),
    /** A command of the page, run to its end. */
    run: async (word, { change = (command) => command, ...further } = {}) => {
      const options = { cwd: folder, env: { ...process.env, NO_COLOR: "1", ...env, ...further } };
      const { stdout, stderr } = await execute("sh", ["-c", change(commandWith(page, word))], options);
      return stdout + stderr;
    },
    calls: async () => {
      const calls = await (await fetch(`${space}/_control/calls`)).json();
      return calls.map(({ kind, status }) => `${kind} ${status}`);
    },
  };
}

/** Three requests, and what the API answered to each. */
async function asked(origin, path = "/") {
  for (let call = 1; call <= 3; call += 1) {
    const response = await fetch(`${origin}${path}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.match(text, /"provider":\s*"plain"/);
  }
}

const ONE_TOKEN = ["token 200", "api 200", "api 200", "api 200"];

describe("recipes", { concurrency: 2 }, () => {
  test("node: serves with one token request, and its test passes", async () => {
    const { serve, run, calls } = recipe("node");
    const server = await serve("server.mjs", { NODE_OPTIONS: `--import=${RELAY}` });
    await asked(server.origin).finally(server.stop);
    assert.deepEqual(await calls(), ONE_TOKEN);
    await execute(process.execPath, ["--test", "orders.test.mjs"], { cwd: join(project, "node") });
    void run;
  });

  test("bun: serves with one token request, bundles, and its test passes", async () => {
    const { serve, run, calls } = recipe("bun");
    const server = await serve("bun run server.ts", {
      change: (command) => command.replace("bun ", `bun --no-install --preload=${RELAY} `),
    });
    await asked(server.origin).finally(server.stop);
    assert.deepEqual(await calls(), ONE_TOKEN);
    assert.match(await run("bun test"), /1 pass/);
  });

  test("deno: serves with the permissions that it names, and its test passes", async () => {
    const { serve, run, calls } = recipe("deno");
    const port = await freePort();
    const server = await serve("deno run", {
      PORT: String(port),
      change: (command) =>
        command
          .replace("deno run", `deno run ${DENO_LOCAL} --preload=${RELAY}`)
          .replace("0.0.0.0:8000", `0.0.0.0:${port},${new URL(loopback.origin).host}`)
          .replace("--allow-env=", "--allow-env=RELAY,"),
    });
    await asked(server.origin).finally(server.stop);
    assert.deepEqual(await calls(), ONE_TOKEN);
    assert.match(await run("deno test", { change: () => `deno test ${DENO_LOCAL}` }), /1 passed/);
  });
});

async function freePort() {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
