// A Rust program (examples/redis_store.rs) and a client of the npm package share one record in one real Redis.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { root } from "../../scripts/paths.mjs";
import { run } from "../../scripts/say.mjs";
import { createClient } from "../../pkg/index.js";
import { redis } from "../../pkg/stores.js";
import { ioRedis, startRedis } from "./engines/redis.mjs";

const KEY = "a store key for tests, not secret";

let programs, server, database, connection, folder;
let runs = 0;

before(async () => {
  [programs, server, database] = await Promise.all([built(), startServer(), startRedis()]);
  connection = ioRedis(database);
  await connection.ready();
  folder = mkdtempSync(join(tmpdir(), "bearerkit-native-"));
});

after(async () => {
  connection?.close();
  await Promise.all([server?.close(), database?.stop()]);
  if (folder) rmSync(folder, { recursive: true });
});

/** The two examples, by name. */
async function built() {
  const examples = ["redis_store", "file_store"].flatMap((name) => ["--example", name]);
  const args = [
    "build",
    "--locked",
    ...examples,
    "--features",
    "http,seal",
    "--message-format",
    "json-render-diagnostics",
  ];
  const lines = (await run("cargo", args, { cwd: root })).trimEnd().split("\n").map((line) => JSON.parse(line));
  return Object.fromEntries(
    lines.filter(({ executable }) => executable).map((line) => [line.target.name, line.executable]),
  );
}

/** Grants token-1, token-2, … of an hour at /NAME/token; /NAME/api wants the last one. Each NAME has a count of its own. */
async function startServer() {
  const granted = new Map();
  const http = createServer((request, response) => {
    const [, name, place] = request.url.split("/");
    if (place === "token") {
      granted.set(name, (granted.get(name) ?? 0) + 1);
      response.setHeader("content-type", "application/json");
      const token = { access_token: tokenOf(name, granted.get(name)), token_type: "Bearer", expires_in: 3600 };
      return response.end(JSON.stringify(token));
    }
    const isGood = request.headers.authorization === `Bearer ${tokenOf(name, granted.get(name))}`;
    response.writeHead(isGood ? 200 : 401).end();
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${http.address().port}`,
    granted: (name) => granted.get(name) ?? 0,
    close: () => new Promise((resolve) => http.close(resolve).closeAllConnections()),
  };
}

const tokenOf = (name, number) => `fake-token-${number}-of-${name}`;

/** What both programs are given. A scope in another order, and a time limit, make no other record. */
const optionsOf = (name) => ({
  provider: `${server.origin}/${name}/token`,
  name,
  credentials: { client_id: "fake-client", client_secret: "fake-secret-0123456789" },
  scope: ["read", "write"],
  allowInsecure: true,
});

/** The header of a client in this process, once its token is saved: nobody else waits for that. */
async function node(name, key = KEY) {
  const work = [];
  const client = createClient({
    ...optionsOf(name),
    scope: "write read",
    timeout: 5,
    store: redis(connection.client, { key }),
    waitUntil: (promise) => work.push(promise),
  });
  const header = await client.authorization();
  await Promise.all(work);
  return header;
}

/** Runs the Rust program: what its API answered, and how often it asked for a token. */
async function rust(name, key = KEY) {
  const options = join(folder, `${runs += 1}.json`);
  writeFileSync(options, JSON.stringify(optionsOf(name)));
  const args = [database.url, options, `${server.origin}/${name}/api`];
  const out = await run(programs.redis_store, args, { env: { STORE_KEY: key } });
  assert.ok(!out.includes("fake-"), out);
  return { status: Number(/^API: (\d+)$/m.exec(out)[1]), sent: Number(/token requests: (\d+)$/m.exec(out)[1]) };
}

describe("Rust and Node share one record", () => {
  test("Rust asks, Node reads", async () => {
    assert.deepEqual(await rust("rust-first"), { status: 200, sent: 1 });
    assert.equal(await node("rust-first"), `Bearer ${tokenOf("rust-first", 1)}`);
    assert.equal(server.granted("rust-first"), 1);
  });

  test("Node asks, Rust reads", async () => {
    assert.equal(await node("node-first"), `Bearer ${tokenOf("node-first", 1)}`);
    assert.deepEqual(await rust("node-first"), { status: 200, sent: 0 });
    assert.equal(server.granted("node-first"), 1);
  });

  test("of five that start at once, one asks", async () => {
    const [header, ...programs] = await Promise.all([
      node("at-once"),
      ...Array.from({ length: 4 }, () => rust("at-once")),
    ]);
    assert.equal(header, `Bearer ${tokenOf("at-once", 1)}`);
    for (const { status } of programs) assert.equal(status, 200);
    assert.equal(server.granted("at-once"), 1);
  });

  test("with another key neither reads what the other has written, and both go on", async () => {
    assert.deepEqual(await rust("other-key"), { status: 200, sent: 1 });
    const other = "another store key for tests, not secret";
    assert.equal(await node("other-key", other), `Bearer ${tokenOf("other-key", 2)}`);
    assert.deepEqual(await rust("other-key"), { status: 200, sent: 1 });
  });

  test("nothing that lies in Redis tells anything", async () => {
    const names = await connection.client.keys("*");
    assert.equal(names.length, 4);
    for (const name of names) {
      assert.match(name, /^bearerkit:1:[0-9a-f]{64}$/);
      assert.match(await connection.client.get(name), /^bk1\.[0-9a-f]{8}\.[\w-]+$/);
    }
  });
});

test("two programs share one file", async () => {
  const out = await run(programs.file_store, []);
  assert.equal(out.match(/^program [01], call \d: \d+ s left$/gm).length, 10);
  assert.match(out, /^token requests: 1$/m);
});
