// Redis: a real server, by the three clients; killed, started again, and frozen in the middle of a call.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { redis } from "../../pkg/stores.js";
import { redisStore } from "../../pkg/stores/redis.js";
import { derive } from "../../pkg/stores/seal.js";
import { checkStore } from "../../pkg/testing.js";
import { ioRedis, nodeRedis, startRedis, upstash } from "./engines/redis.mjs";
import { SHARED, SHARED_RECORD as RECORD } from "./shared.mjs";

const CLIENTS = { ioredis: ioRedis, "node-redis": nodeRedis, "@upstash/redis": upstash };
const LIMIT = 0.3;
const { name: NAME } = await derive(SHARED.json, []);

describe("Redis", () => {
  let server;
  const opened = [];
  const connect = async (name, options) => {
    const made = await CLIENTS[name](server, options);
    await made.ready?.();
    opened.push(made);
    return made.client;
  };
  before(async () => server = await startRedis());
  after(async () => {
    for (const { close } of opened) close();
    await server.stop();
  });

  for (const name of Object.keys(CLIENTS)) {
    test(`${name} keeps the promises of a store`, async () => {
      const { atomic } = await checkStore(redis(await connect(name)));
      assert.equal(atomic, true);
    });

    test(`${name}: someone else's value is text, whatever it looks like, and can be written over`, async () => {
      const client = await connect(name);
      const store = redisStore(client);
      for (const text of ["123", "true", "null", '{"a":1}', '["x"]', "", "garbage", "é"]) {
        const key = `bearerkit:1:${name}-${text.length}-${Buffer.from(text).toString("hex")}`;
        await (await connect("ioredis")).set(key, text);
        assert.equal(await store.get(key), text);
        assert.equal(await store.set(key, "bk1.x", { ttl: 60, over: "other" }), false);
        assert.equal(await store.set(key, "bk1.x", { ttl: 60, over: null }), false);
        assert.equal(await store.set(key, "bk1.x", { ttl: 60, over: text }), true);
        assert.equal(await store.get(key), "bk1.x");
      }
    });

    test(`${name}: a value that is no text is a failure`, async () => {
      const store = redis(await connect(name));
      const plain = await connect("ioredis");
      await plain.del(NAME);
      await plain.lpush(NAME, "a list");
      assert.deepEqual(await store.read(SHARED), { found: "failed", reason: "failed" });
      assert.deepEqual(await store.write(SHARED, RECORD, 60, null), { outcome: "failed", reason: "failed" });
      await plain.del(NAME);
    });
  }

  test("the three read what each other wrote, and the ttl is the server's", async () => {
    const stores = await Promise.all(Object.keys(CLIENTS).map((name) => connect(name)));
    let over = null;
    for (const writer of stores) {
      const { outcome, sealed } = await redis(writer).write(SHARED, RECORD, 90, over);
      assert.equal(outcome, "written");
      over = sealed;
      for (const reader of stores) {
        assert.deepEqual(await redis(reader).read(SHARED), { found: "record", record: RECORD, sealed });
      }
    }
    const plain = await connect("ioredis");
    const ttl = await plain.ttl(NAME);
    assert.ok(ttl > 80 && ttl <= 90, String(ttl));
    await plain.del(NAME);
  });

  test("100 racers over all three clients: one winner", async () => {
    const stores = (await Promise.all(Object.keys(CLIENTS).map((name) => connect(name)))).map((client) =>
      redis(client)
    );
    const racers = Array.from({ length: 100 }, (_, index) => stores[index % 3].write(SHARED, RECORD, 60, null));
    const outcomes = (await Promise.all(racers)).map(({ outcome }) => outcome);
    assert.equal(outcomes.filter((outcome) => outcome === "written").length, 1);
    assert.equal(outcomes.filter((outcome) => outcome === "outdone").length, 99);
    await (await connect("ioredis")).del(NAME);
  });

  test("a server that is killed is a failure within the limit, by each client; and it serves again afterwards", async () => {
    const clients = await Promise.all(Object.keys(CLIENTS).map((name) => connect(name)));
    await server.kill();
    for (const client of clients) {
      const store = redis(client, { timeout: LIMIT });
      await within(async () => assert.equal((await store.read(SHARED)).found, "failed"));
      await within(async () => assert.equal((await store.write(SHARED, RECORD, 60, null)).outcome, "failed"));
    }
    await server.restart();
    for (const client of clients) await untilServed(redis(client, { timeout: LIMIT }));
  });

  test("also with ioredis' own settings, which wait for the server", async () => {
    const client = await connect("ioredis", {});
    await server.kill();
    const store = redis(client, { timeout: LIMIT });
    await within(async () => assert.deepEqual(await store.read(SHARED), { found: "failed", reason: "timeout" }));
    const queued = store.write(SHARED, "an old record", 60, null);
    await within(async () => assert.deepEqual(await queued, { outcome: "failed", reason: "timeout" }));
    await server.restart();
    const { sealed } = await untilServed(redis(await connect("ioredis")));
    // What waited in the queue is sent after the outage, and compares.
    await untilServed(store);
    const { record } = await store.read(SHARED);
    assert.ok(sealed && [RECORD, "an old record"].includes(record), record);
  });

  test("a server that is frozen in the middle of a call is a timeout, and never a wrong value", async () => {
    for (const name of Object.keys(CLIENTS)) {
      const store = redis(await connect(name), { timeout: LIMIT });
      await untilServed(store);
      const held = await store.read(SHARED);
      server.freeze();
      try {
        const calls = [store.read(SHARED), store.write(SHARED, '{"late":1}', 60, held.sealed)];
        await within(async () => {
          const [read, written] = await Promise.all(calls);
          assert.deepEqual(read, { found: "failed", reason: "timeout" });
          assert.deepEqual(written, { outcome: "failed", reason: "timeout" });
        });
      } finally {
        server.thaw();
      }
      // The write that nobody waited for has landed, or has not: the next one compares.
      const { record, sealed } = await untilRead(store);
      assert.ok([held.record, '{"late":1}'].includes(record));
      assert.deepEqual(await store.write(SHARED, RECORD, 60, sealed === held.sealed ? "other" : held.sealed), {
        outcome: "outdone",
      });
      assert.equal((await store.write(SHARED, RECORD, 60, sealed)).outcome, "written");
    }
  });
});

/** Within the limit, and what a busy machine takes. */
async function within(check) {
  const began = Date.now();
  await check();
  const took = Date.now() - began;
  assert.ok(took < LIMIT * 1000 + 700, `${took} ms`);
}

async function untilServed(store) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const { sealed, found } = await store.read(SHARED);
    if (found === "record") return { sealed };
    if (found === "nothing") {
      const written = await store.write(SHARED, RECORD, 60, null);
      if (written.outcome === "written") return written;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the server does not serve again");
}

async function untilRead(store) {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const found = await store.read(SHARED);
    if (found.found !== "failed") return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("the server does not serve again");
}
