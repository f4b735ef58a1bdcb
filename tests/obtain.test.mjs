// A token function with a shared store, and what the pure functions, checkProvider and the command say of it.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { pkg, run } from "./cli/run.mjs";

const load = (name) => import(pathToFileURL(join(pkg, name)));
const { createClient } = await load("index.js");
const { buildTokenRequest, checkProvider, parseTokenResponse } = await load("core.js");
const { sharedStore } = await load("stores.js");

const token = () => ({ access_token: "fake-token", expires_in: 3600 });
const key = "a store key for tests, not secret";
const FUNCTION = "write the provider in code: { token: async () => ({ access_token, expires_in }) }";

/** A store that compares, in memory; each adapter is another process's. */
function memory() {
  const records = new Map();
  const raw = {
    atomic: true,
    get: (name) => Promise.resolve(records.get(name) ?? null),
    set(name, value, { over } = {}) {
      if ((records.get(name) ?? null) !== (over ?? null)) return Promise.resolve(false);
      records.set(name, value);
      return Promise.resolve(true);
    },
  };
  return { records, adapter: (options) => sharedStore(raw, options) };
}

describe("with a shared store", () => {
  test("a name and a store key are required", () => {
    const { adapter } = memory();
    const make = (more) => () => createClient({ provider: { token }, ...more });
    assert.throws(make({ store: adapter({ key }) }), {
      code: "ERR_OPTIONS",
      message: /^name: is required with store where a function gives the token, /,
    });
    assert.throws(make({ name: "sts", credentials: { secret: "x".repeat(40) }, store: adapter({}) }), {
      code: "ERR_OPTIONS",
      message: /^store key: is required where a function gives the token, /,
    });
    make({ name: "sts", store: adapter({ key }) })().close();
  });

  test("a fleet calls the function once", async () => {
    const { records, adapter } = memory();
    let called = 0;
    const instance = (token) =>
      createClient({
        provider: { name: "sts", token },
        name: "fleet",
        // What differs in each keeps them from being one client.
        patience: called += 1,
        store: adapter({ key }),
      });
    let obtained = 0;
    const obtain = () => ({ access_token: `fake-${obtained += 1}`, expires_in: 3600 });
    const first = instance(obtain);
    assert.equal((await first.token()).value, "fake-1");
    const second = instance(obtain);
    assert.equal((await second.token()).value, "fake-1");
    assert.equal(obtained, 1);
    assert.equal(records.size, 1);
    assert.ok(![...records.values()].join().includes("fake-"), "the record is sealed");
    first.invalidate();
    assert.equal((await first.token()).value, "fake-2");
    for (const client of [first, second]) client.close();
  });
});

describe("the pure functions", () => {
  test("no request is built where a function makes it", () => {
    assert.throws(() => buildTokenRequest({ provider: { token } }, 0), {
      code: "ERR_OPTIONS",
      message: "provider.token: the function makes the token request itself; call it",
    });
  });

  test("an answer is parsed as the client parses it", () => {
    const options = { provider: { token, response: { access_token: "/t" } } };
    const answer = { status: 200, headers: {}, body: '{"t": "fake-token", "expires_in": 60}' };
    assert.equal(parseTokenResponse(options, answer, 0).value, "fake-token");
  });
});

describe("checkProvider", () => {
  const said = ({ problems }) => problems.map(({ path, reason, remedy }) => `${path}: ${reason}; ${remedy}`);

  test("a good one wants nothing but what its templates name", () => {
    const provider = {
      token,
      response: { capture: { shard: "/shard" } },
      resource_request: { headers: { "x-key": "{api_key}", authorization: "{access_token}@{shard}" } },
    };
    const { problems, warnings, credentials, variables } = checkProvider(provider, {
      credentials: { api_key: "k", username: "u", password: "p" },
    });
    assert.deepEqual([problems, warnings, variables], [[], [], []]);
    assert.deepEqual(credentials.map(({ name, given }) => [name, given]), [["api_key", true]]);
  });

  test("all that describes a token request is told, each once", () => {
    const why = 'contradicts provider.token, which makes the token request itself; remove "';
    const provider = { token, token_endpoint: "https://as.example/t", scope: "a", steps: [], refresh_margin: true };
    assert.deepEqual(said(checkProvider(provider)), [
      "provider.refresh_margin: expected a number of seconds, zero or more, found a boolean; write a number of seconds, such as 3600",
      ...["scope", "steps", "token_endpoint"].map((name) => `provider.${name}: ${why}${name}", or "token"`),
    ]);
  });

  test("what is no function", () => {
    assert.deepEqual(said(checkProvider({ token: true })), [
      `provider.token: expected a function, found true; ${FUNCTION}`,
    ]);
    assert.deepEqual(said(checkProvider({ token: "https://as.example/t" })), [
      `provider.token: expected a function (in JSON: true), found null; ${FUNCTION}`,
    ]);
  });
});

describe("the command", () => {
  const folder = mkdtempSync(join(tmpdir(), "bearerkit-obtain-"));
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("a file cannot hold a function", async () => {
    const path = join(folder, "sts.json");
    writeFileSync(path, JSON.stringify({ name: "sts", token: true }));
    const { code, stdout, stderr } = await run(["check", path]);
    assert.equal(code, 2);
    assert.match(`${stdout}${stderr}`, /token.*expected a function, found true/);
    assert.ok(`${stdout}${stderr}`.replaceAll(/\s+/g, " ").includes(FUNCTION), stdout);
  });
});
