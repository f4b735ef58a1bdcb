// Stores that do not compare: Workers KV as it is in the world, unstorage, keyv.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Keyv } from "keyv";
import { Miniflare } from "miniflare";
import { createStorage } from "unstorage";
import { keyv, unstorage, workersKv } from "../../pkg/stores.js";
import { checkStore, fakeProvider } from "../../pkg/testing.js";
import { isolate } from "./client.mjs";
import { lagging } from "./lagging.mjs";
import { SHARED, SHARED_RECORD as RECORD } from "./shared.mjs";

const KEY = "a store key for tests, not secret";

/** An isolate that starts, asks for its token and ends. */
async function once(fake, store, options) {
  const { token, events } = isolate(fake, store, options);
  return { value: await token(), events };
}

for (
  const [name, make, set] of [
    ["unstorage", () => createStorage(), (storage, name, value) => storage.setItem(name, value)],
    ["keyv", () => new Keyv(), (store, name, value) => store.set(name, value)],
  ]
) {
  const adapter = { unstorage, keyv }[name];
  describe(name, () => {
    test("keeps the promises of a store that does not compare", async () => {
      assert.equal((await checkStore(adapter(make()))).atomic, false);
    });

    test("an isolate that starts later takes the token, and asks for none", async () => {
      const fake = fakeProvider();
      const engine = make();
      const first = await once(fake, adapter(engine, { key: KEY }));
      const second = await once(fake, adapter(engine, { key: KEY }));
      assert.equal(second.value, first.value);
      assert.equal(fake.count("token"), 1);
    });

    test("a value of another type under the name is unreadable, and is replaced", async () => {
      const names = [];
      const engine = make();
      const spied = new Proxy(engine, {
        get(target, member) {
          const found = Reflect.get(target, member);
          if (typeof found !== "function") return found;
          return (...args) => (names.push(args[0]), found.apply(target, args));
        },
      });
      const store = adapter(spied);
      await store.read(SHARED);
      for (const value of [123, true, { a: 1 }, "garbage"]) {
        await set(engine, names[0], value);
        assert.equal((await store.read(SHARED)).found, "unreadable");
        assert.equal((await store.write(SHARED, RECORD, 60, null)).outcome, "written");
        assert.equal((await store.read(SHARED)).found, "record");
      }
    });
  });
}

test("keyv on an engine that is away: the write is a failure, the read a miss", async () => {
  const gone = () => Promise.reject(new Error("connect ECONNREFUSED"));
  const engine = new Keyv({ store: { get: gone, set: gone, delete: gone, clear: gone, on() {} } });
  engine.on("error", () => {});
  const store = keyv(engine);
  assert.deepEqual(await store.write(SHARED, RECORD, 60, null), { outcome: "failed", reason: "failed" });
  assert.ok(["nothing", "failed"].includes((await store.read(SHARED)).found));
});

describe("Workers KV that lags and takes one write a second", () => {
  let miniflare, namespace;
  before(async () => {
    miniflare = new Miniflare({ modules: true, script: "export default {}", kvNamespaces: ["KV"] });
    namespace = await miniflare.getKVNamespace("KV");
  });
  after(() => miniflare.dispose());

  test("keeps the promises of a store that does not compare", async () => {
    const { place } = lagging(namespace, { interval: 0 });
    assert.equal((await checkStore(workersKv(place()))).atomic, false);
  });

  test("a second write in a second is a failure, and no secret is in it", async () => {
    const { place, refusals } = lagging(namespace);
    const store = workersKv(place());
    assert.equal((await store.write(SHARED, RECORD, 60, null)).outcome, "written");
    assert.deepEqual(await store.write(SHARED, RECORD, 60, null), { outcome: "failed", reason: "failed" });
    assert.equal(refusals.count, 1);
  });

  test("a place that looked too early asks once itself; another one takes the token", async () => {
    const fake = fakeProvider();
    const { place } = lagging(namespace);
    const [one, other, third] = [place(), place(), place()].map((kv) => workersKv(kv, { key: KEY }));
    const options = { name: "lagging" };
    const first = await once(fake, one, options);
    assert.equal((await once(fake, other, options)).value, first.value);
    assert.equal(fake.count("token"), 1);

    // Looks, and finds nothing: that is remembered for a minute in this place.
    const json = JSON.stringify({ provider: "https://as.example/token", name: "early", credentials: fake.credentials });
    assert.equal((await third.read({ json, asks: false })).found, "nothing");
    const saved = await once(fake, one, { name: "early" });
    const own = await once(fake, third, { name: "early" });
    assert.notEqual(own.value, saved.value);
    assert.equal(fake.count("token"), 3);
  });

  test("a KV that refuses every write, hangs or throws costs no call its token", async () => {
    const never = () => new Promise(() => {});
    const refuse = () => Promise.reject(new Error("KV PUT failed: 429 Too Many Requests, fake-secret"));
    const cases = {
      refuse,
      never,
      now: () => {
        throw new Error("fake-secret");
      },
    };
    for (const [name, broken] of Object.entries(cases)) {
      for (const kv of [{ get: broken, put: broken }, { get: async () => null, put: broken }]) {
        const fake = fakeProvider();
        const options = { name: `broken-${name}` };
        const { value, events } = await once(fake, workersKv(kv, { key: KEY, timeout: 0.05 }), options);
        assert.ok(value);
        assert.equal(fake.count("token"), 1);
        assert.ok(events.some(({ type }) => type === "store_error"), name);
        for (const secret of ["fake-secret", value, KEY]) assert.ok(!JSON.stringify(events).includes(secret), secret);
      }
    }
  });
});
