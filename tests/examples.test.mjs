// What examples/ show, run as it stands: each example in its runtime, against the scripted server on loopback.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { fakeCredentials } from "../pkg-template/testing.js";
import { startLoopback } from "../scripts/loopback.mjs";
import { bin, root } from "../scripts/paths.mjs";
import { installed, packedProject, startRuntime } from "../scripts/runtimes.mjs";
import { DENO_ARGS } from "../scripts/runtimes/deno.mjs";
import { serve } from "./support/serve.mjs";

const execute = promisify(execFile);
/** Deno.serve says where it listens, unless it is told to be quiet. */
const DENO_LOUD = DENO_ARGS.filter((arg) => arg !== "--quiet");

let project, loopback;

before(async () => {
  project = packedProject(mkdtempSync(join(tmpdir(), "bearerkit-examples-")));
  installed(project, ["@hono", "hono", "ky", "openapi-fetch", "axios"]);
  cpSync(join(root, "examples"), project, { recursive: true });
  loopback = await startLoopback();
});

after(async () => {
  await loopback?.close();
  rmSync(project, { recursive: true, force: true });
});

/** How each example is started; resolves to `{ origin, stop() }`. */
const STARTS = {
  "node.mjs": (env) => listen(process.execPath, ["node.mjs"], env),
  "deno.js": (env) => listen(bin("deno"), [...DENO_LOUD, "--allow-net", "--allow-env", "deno.js"], env),
  "bun.js": (env) => listen(bin("bun"), ["--no-install", "run", "bun.js"], env),
  "worker/index.js": (env) => startRuntime("workerd", { project, program: join(project, "worker", "index.js"), env }),
  "vercel-edge.js": (env) => {
    // Vercel calls the default export; the runner wants it as on Workers.
    const program = join(project, "vercel-edge.program.js");
    writeFileSync(program, 'import fetch from "./vercel-edge.js";\nexport default { fetch };\n');
    return startRuntime("edge-runtime", { project, program, env });
  },
  "integrations/hono.js": (env) =>
    startRuntime("workerd", { project, program: join(project, "integrations", "hono.js"), env }),
  "integrations/hono-node.js": (env) => listen(process.execPath, [join("integrations", "hono-node.js")], env),
};

const HTML = { "content-type": "text/html" };

/** A fake of its own behind the loopback server. */
const spaceOf = (name) => `${loopback.origin}/ns/${name.replaceAll(/\W/g, "-")}`;

const envOf = (space) => ({
  TOKEN_ENDPOINT: `${space}/as.example/oauth/token`,
  API_URL: `${space}/api.example/v1/orders`,
  CLIENT_ID: fakeCredentials.client_id,
  CLIENT_SECRET: fakeCredentials.client_secret,
});

async function script(space, faults) {
  const { status } = await fetch(`${space}/_control/fail`, { method: "POST", body: JSON.stringify(faults) });
  assert.equal(status, 204);
}

describe("examples", { concurrency: 2 }, () => {
  for (const [file, start] of Object.entries(STARTS)) {
    test(`${file} serves what the API answers, with one token request`, async () => {
      const space = spaceOf(file);
      const server = await start(envOf(space));
      try {
        for (let call = 1; call <= 3; call += 1) {
          const response = await fetch(server.origin);
          assert.equal(response.status, 200);
          assert.deepEqual(await response.json(), {
            ok: true,
            provider: "plain",
            path: "/v1/orders",
            method: "GET",
          });
        }
      } finally {
        await server.stop();
      }
      const calls = await (await fetch(`${space}/_control/calls`)).json();
      assert.deepEqual(calls.map(({ kind, status }) => `${kind} ${status}`), [
        "token 200",
        "api 200",
        "api 200",
        "api 200",
      ]);
      assert.match(calls[1].headers.authorization, /^Bearer /);
    });

    test(`${file} passes an error of the API on, and says when there is no token`, async () => {
      const space = spaceOf(`${file} in trouble`);
      await script(space, [{ at: "api", type: "status", status: 503, headers: HTML, body: "<p>down" }]);
      const working = await start(envOf(space));
      try {
        const response = await fetch(working.origin);
        assert.deepEqual([response.status, await response.text()], [503, "<p>down"]);
        assert.match(response.headers.get("content-type"), /^text\/html/);
      } finally {
        await working.stop();
      }
      const refused = await start({ ...envOf(space), CLIENT_SECRET: "wrong" });
      try {
        const response = await fetch(refused.origin);
        assert.deepEqual([response.status, await response.text()], [502, "ERR_REFUSED"]);
      } finally {
        await refused.stop();
      }
      const closed = await startLoopback();
      await closed.close();
      const down = await start({ ...envOf(space), API_URL: `${closed.origin}/api.example/v1/orders` });
      try {
        const response = await fetch(down.origin);
        assert.equal(response.status, 502);
        // Bun's own error has a code.
        assert.match(await response.text(), /^(the API cannot be reached|ECONNREFUSED|ConnectionRefused)$/);
      } finally {
        await down.stop();
      }
    });
  }

  for (const file of ["worker/index.js", "vercel-edge.js", "integrations/hono.js"]) {
    test(`${file} answers 502 where a secret is missing`, async () => {
      const { CLIENT_SECRET: _, ...env } = envOf(spaceOf(`${file} without a secret`));
      const server = await STARTS[file](env);
      try {
        const response = await fetch(server.origin);
        assert.deepEqual([response.status, await response.text()], [502, "ERR_OPTIONS"]);
      } finally {
        await server.stop();
      }
    });
  }

  test("worker/wrangler.jsonc is what wrangler deploys by", async () => {
    const args = [
      "deploy",
      "--dry-run",
      "--outdir",
      join(project, "deployed"),
      "--config",
      join(project, "worker", "wrangler.jsonc"),
    ];
    const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(project, "wrangler.log") };
    const { stdout } = await execute(bin("wrangler"), args, { cwd: project, env });
    assert.match(stdout, /Total Upload/);
    assert.doesNotMatch(stdout, /WARNING/);
  });
});

test("the scripted server says where it listens, and answers", async () => {
  const server = await listen(process.execPath, [join(root, "scripts", "loopback.mjs"), "0"], {});
  try {
    const { CLIENT_ID, CLIENT_SECRET } = envOf(server.origin);
    const body = new URLSearchParams({ grant_type: "client_credentials" });
    const authorization = `Basic ${btoa(`${CLIENT_ID}:${CLIENT_SECRET}`)}`;
    const token = `${server.origin}/as.example/oauth/token`;
    const { status } = await fetch(token, { method: "POST", body, headers: { authorization } });
    assert.equal(status, 200);
  } finally {
    await server.stop();
  }
});

const listen = (command, args, env) => serve(command, args, { cwd: project, env });
