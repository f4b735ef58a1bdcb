// What a client has of a store: whatever the store does, an answer within the limit, and nothing of it in an error.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as stores from "../pkg/stores.js";
import { checkStore, fakeProvider } from "../pkg/testing.js";
import { isolate } from "./stores/client.mjs";
import { memoryStore } from "./stores/memory.mjs";

const { sharedStore } = stores;
const KEY = "a store key for tests, not secret";
const NEXT = "the key of tomorrow, not secret";
const SECRET = "fake-secret-0123456789";
const TOKEN = "fake-token-0123456789";
const provider = "https://as.example/token";
const credentials = { client_id: "fake-client", client_secret: SECRET };
const RECORD = JSON.stringify({ generation: 1, token: { value: TOKEN } });

/** What createClient hands over. */
function sharedOf({ credentials: given = credentials, ...options } = {}) {
  const asks = typeof given === "function";
  const json = JSON.stringify({ provider, ...options, ...asks ? {} : { credentials: given } });
  return { json, asks };
}

const never = () => new Promise(() => {});
const isOptionsError = (pattern) => (error) => {
  assert.equal(error.code, "ERR_OPTIONS");
  assert.match(error.message, pattern);
  for (const secret of [SECRET, TOKEN, KEY]) assert.ok(!error.message.includes(secret));
  return true;
};

describe("a shared store", () => {
  for (const atomic of [true, false]) {
    test(`writes, reads and replaces a record: ${atomic ? "it compares" : "it is a hint"}`, async () => {
      const shared = sharedOf();
      const store = sharedStore(memoryStore({ atomic }));
      assert.deepEqual(await store.read(shared), { found: "nothing", sealed: null });
      const first = await store.write(shared, RECORD, 60, null);
      assert.equal(first.outcome, "written");
      assert.deepEqual(await store.read(shared), { found: "record", record: RECORD, sealed: first.sealed });
      const second = await store.write(shared, "{}", 60, first.sealed);
      assert.deepEqual(await store.read(shared), { found: "record", record: "{}", sealed: second.sealed });
    });
  }

  test("says `outdone` if something else is there, and leaves it", async () => {
    const shared = sharedOf();
    const store = sharedStore(memoryStore());
    const first = await store.write(shared, RECORD, 60, null);
    const second = await store.write(shared, "{}", 60, first.sealed);
    for (const over of [null, first.sealed]) {
      assert.deepEqual(await store.write(shared, RECORD, 60, over), { outcome: "outdone" });
    }
    assert.deepEqual(await store.read(shared), { found: "record", record: "{}", sealed: second.sealed });
  });

  test("hands on `over`, and a ttl that is whole and 60 at least", async () => {
    const seen = [];
    const store = sharedStore({ atomic: true, get: never, set: async (...args) => seen.push(args) > 0 });
    for (const [ttl, over] of [[0, null], [59.9, "x"], [60.1, "y"], [15_552_000, null]]) {
      await store.write(sharedOf(), RECORD, ttl, over);
    }
    assert.deepEqual(seen.map(([, , options]) => options), [
      { ttl: 60, over: null },
      { ttl: 60, over: "x" },
      { ttl: 61, over: "y" },
      { ttl: 15_552_000, over: null },
    ]);
  });

  test("shares the record between clients of equal options, however these are written", async () => {
    const engine = memoryStore();
    await sharedStore(engine).write(sharedOf({ scope: "b a", patience: 3 }), RECORD, 60, null);
    assert.equal((await sharedStore(engine).read(sharedOf({ scope: ["a", "b"], timeout: 2 }))).found, "record");
    assert.equal((await sharedStore(engine).read(sharedOf({ scope: ["a"] }))).found, "nothing");
  });

  test("keeps two tenants of one name and one key apart by their client_id", async () => {
    const engine = memoryStore();
    const of = (client_id) => sharedOf({ name: "shop", credentials: { client_id, client_secret: SECRET } });
    await sharedStore(engine, { key: KEY }).write(of("one"), RECORD, 60, null);
    assert.equal((await sharedStore(engine, { key: KEY }).read(of("other"))).found, "nothing");
    assert.equal((await sharedStore(engine, { key: KEY }).read(of("one"))).found, "record");
  });

  test("does not open what was moved from another name: the name is part of the seal", async () => {
    const engine = memoryStore();
    const store = sharedStore(engine, { key: KEY });
    const [one, other] = ["one", "other"].map((name) => sharedOf({ name }));
    await store.write(one, RECORD, 60, null);
    await store.write(other, "{}", 60, null);
    const [[, sealed], [name]] = [...engine.values];
    engine.values.set(name, sealed);
    assert.deepEqual(await store.read(other), { found: "unreadable", sealed });
  });

  test("rotates a key by three deploys, and the record of a name stays", async () => {
    const engine = memoryStore();
    const shared = () => sharedOf({ name: "shop" });
    const [old, both, turned, next] = [KEY, [KEY, NEXT], [NEXT, KEY], NEXT].map((key) => sharedStore(engine, { key }));
    let { sealed } = await old.write(shared(), RECORD, 60, null);
    for (
      const [writer, readers] of [[both, [old, both, turned]], [turned, [both, turned, next]], [next, [next, turned]]]
    ) {
      const written = await writer.write(shared(), RECORD, 60, sealed);
      assert.equal(written.outcome, "written");
      sealed = written.sealed;
      for (const reader of readers) assert.equal((await reader.read(shared())).found, "record");
    }
    // In the wrong order the old ones cannot read it, and take it for nothing.
    assert.deepEqual(await old.read(shared()), { found: "unreadable", sealed });
    assert.equal((await old.write(shared(), RECORD, 60, sealed)).outcome, "written");
  });

  test("derives the keys once for a client, also if each request makes an adapter", async (t) => {
    const derived = t.mock.method(crypto.subtle, "deriveBits");
    const shared = sharedOf();
    const engine = memoryStore();
    await sharedStore(engine).read(shared);
    const once = derived.mock.callCount();
    for (let request = 0; request < 5; request += 1) await sharedStore(engine).read(shared);
    assert.equal(derived.mock.callCount(), once);
    await sharedStore(engine, { key: KEY }).read(shared);
    assert.ok(derived.mock.callCount() > once, "another key has other keys");
  });

  test("does not change with a key that its owner changes afterwards", async () => {
    const engine = memoryStore();
    const key = new TextEncoder().encode(KEY);
    const store = sharedStore(engine, { key });
    key.fill(0);
    await store.write(sharedOf(), RECORD, 60, null);
    assert.equal((await sharedStore(engine, { key: KEY }).read(sharedOf())).found, "record");
  });

  test("stores nothing above 60 KiB", async () => {
    const engine = memoryStore();
    const store = sharedStore(engine);
    assert.deepEqual(await store.write(sharedOf(), "x".repeat(50_000), 60, null), {
      outcome: "failed",
      reason: "too_large",
    });
    assert.equal(engine.values.size, 0);
    assert.equal((await store.write(sharedOf(), "x".repeat(45_000), 60, null)).outcome, "written");
  });

  test("shows a store nothing of the token, the credentials, the scope or the key", async () => {
    const engine = memoryStore();
    const shared = sharedOf({ scope: "orders.read", name: "shop" });
    await sharedStore(engine, { key: KEY }).write(shared, RECORD, 60, null);
    await sharedStore(engine).write(sharedOf({ scope: "orders.read" }), RECORD, 60, null);
    assert.equal(engine.values.size, 2);
    for (const text of [...engine.values].flat()) {
      const told = text + Buffer.from(text.split(".").at(-1), "base64url").toString("latin1");
      for (const secret of [TOKEN, SECRET, KEY, "fake-client", "orders", "shop", "as.example"]) {
        assert.ok(!told.includes(secret), secret);
      }
    }
  });
});

describe("a store that means ill", () => {
  /** What it does, and what a read and a write come to: of one that compares, and of a hint. */
  const failed = { found: "failed", reason: "failed" };
  const late = { found: "failed", reason: "timeout" };
  const ANSWERS = [
    ["hangs", never, late],
    ["rejects with a secret", () => Promise.reject(new Error(`SET ${SECRET} ${TOKEN}`)), failed],
    ["throws at once", () => {
      throw new Error(`GET ${SECRET}`);
    }, failed],
    ["throws no error", () => {
      throw SECRET;
    }, failed],
    ["returns what throws when it is awaited", () => ({
      get then() {
        throw new Error(SECRET);
      },
    }), failed],
    ["rejects with what throws when it is read", () =>
      Promise.reject({
        get message() {
          throw new Error(SECRET);
        },
      }), failed],
  ];
  for (const atomic of [true, false]) {
    const kind = atomic ? "it compares" : "a hint";
    for (const [what, call, expected] of ANSWERS) {
      test(`${what}: ${kind}`, async () => {
        const store = sharedStore({ atomic, get: call, set: call }, { timeout: 0.05 });
        const began = Date.now();
        assert.deepEqual(await store.read(sharedOf()), expected);
        assert.deepEqual(await store.write(sharedOf(), RECORD, 60, null), {
          outcome: "failed",
          reason: expected.reason,
        });
        assert.ok(Date.now() - began < 1000);
      });
    }

    for (const value of [123, 0, true, false, {}, [], { a: 1 }, 10n, Symbol("x"), () => {}]) {
      test(`get returns ${typeof value} ${typeof value === "symbol" ? "" : JSON.stringify(value, (_, v) => String(v))}: ${kind}`, async () => {
        const store = sharedStore({ atomic, get: () => value, set: never });
        assert.deepEqual(await store.read(sharedOf()), atomic ? failed : { found: "unreadable", sealed: null });
      });
    }
    for (const nothing of [null, undefined]) {
      test(`get returns ${nothing}: ${kind}`, async () => {
        const store = sharedStore({ atomic, get: () => nothing, set: never });
        assert.deepEqual(await store.read(sharedOf()), { found: "nothing", sealed: null });
      });
    }
    for (
      const text of ["", "garbage", "null", '{"generation":1}', "x".repeat(102_400), "bk2.0123abcd.AAAA", "bk1.\r\n"]
    ) {
      test(`get returns the text ${JSON.stringify(text.slice(0, 20))}: ${kind}`, async () => {
        const store = sharedStore({ atomic, get: async () => text, set: never });
        assert.deepEqual(await store.read(sharedOf()), { found: "unreadable", sealed: text });
      });
    }
  }

  for (const answer of [undefined, null, 1, 0, "OK", "false", {}, [], NaN]) {
    test(`set of one that compares returns ${JSON.stringify(answer)}: nobody knows`, async () => {
      const store = sharedStore({ atomic: true, get: never, set: async () => answer });
      assert.deepEqual(await store.write(sharedOf(), RECORD, 60, null), { outcome: "failed", reason: "failed" });
    });
  }
  test("set of a hint counts as written, unless it returns false", async () => {
    const write = (answer) =>
      sharedStore({ atomic: false, get: never, set: async () => answer }).write(sharedOf(), RECORD, 60, null);
    for (const answer of [undefined, null, true, "OK", 1]) assert.equal((await write(answer)).outcome, "written");
    assert.deepEqual(await write(false), { outcome: "failed", reason: "failed" });
  });

  test("an answer that comes late is no unhandled rejection", async () => {
    const unhandled = [];
    const listen = (reason) => unhandled.push(reason);
    process.on("unhandledRejection", listen);
    const late = () => new Promise((_, reject) => setTimeout(reject, 40, new Error(SECRET)));
    const store = sharedStore({ atomic: true, get: late, set: late }, { timeout: 0.01 });
    assert.equal((await store.read(sharedOf())).reason, "timeout");
    assert.equal((await store.write(sharedOf(), RECORD, 60, null)).reason, "timeout");
    await new Promise((resolve) => setTimeout(resolve, 80));
    process.off("unhandledRejection", listen);
    assert.deepEqual(unhandled, []);
  });
});

describe("what a store is made with", () => {
  const engine = memoryStore();
  for (
    const [what, make, pattern] of [
      ["no store", () => sharedStore(undefined), /^store: expected an object with atomic/],
      ["a store without set", () => sharedStore({ atomic: true, get() {} }), /^store: expected an object with atomic/],
      [
        "a store that does not say whether it compares",
        () => sharedStore({ get() {}, set() {} }),
        /atomic \(a boolean\)/,
      ],
      [
        "an option that there is not",
        () => sharedStore(engine, { ttl: 5 }),
        /unknown option "ttl"; the options are key and timeout/,
      ],
      ["options that are none", () => sharedStore(engine, KEY), /^store: expected an object with key and timeout/],
      ["null as options", () => sharedStore(engine, null), /^store: expected an object with key and timeout/],
      [
        "a timeout of 0",
        () => sharedStore(engine, { timeout: 0 }),
        /^store: timeout has to be a number of seconds above 0/,
      ],
      ["a timeout of 31", () => sharedStore(engine, { timeout: 31 }), /at most 30/],
      ["a timeout that is NaN", () => sharedStore(engine, { timeout: NaN }), /^store: timeout/],
      ["a timeout that is text", () => sharedStore(engine, { timeout: "1" }), /^store: timeout/],
      [
        "a key that is too short",
        () => sharedStore(engine, { key: "fifteen bytes.." }),
        /^store key: has 15 bytes, and 16 are required; .*openssl rand/,
      ],
      ["an empty key", () => sharedStore(engine, { key: "" }), /^store key: has 0 bytes/],
      [
        "a second key that is too short",
        () => sharedStore(engine, { key: [KEY, "short"] }),
        /^store key\[1\]: has 5 bytes/,
      ],
      ["three keys", () => sharedStore(engine, { key: [KEY, KEY, KEY] }), /^store key: expected one key, or two/],
      ["no key in a list", () => sharedStore(engine, { key: [] }), /^store key: expected one key, or two/],
      [
        "a key that is a number",
        () => sharedStore(engine, { key: 1234567890123456 }),
        /^store key: expected a string or a Uint8Array/,
      ],
      [
        "redis without a client",
        () => stores.redis(undefined),
        /^redis: expected a client of ioredis, .*, found undefined$/,
      ],
      ["redis with something else", () => stores.redis({ get() {} }), /found something without eval$/],
      ["durableObject without a binding", () => stores.durableObject(undefined), /^durableObject: expected a binding/],
      ["durableObject with KV", () => stores.durableObject({ get() {}, put() {} }), /without idFromName$/],
      [
        "denoKv with a promise",
        () => stores.denoKv(Promise.resolve()),
        /^denoKv: .*await it, found something without get, atomic$/,
      ],
      ["workersKv without a binding", () => stores.workersKv(null), /^workersKv: .*, found null$/],
      [
        "postgres with a pool",
        () => stores.postgres({ query() {} }),
        /^postgres: expected a function, such as .*; found object$/,
      ],
      ["d1 without a binding", () => stores.d1("DB"), /^d1: .*, found string$/],
      ["r2 without a binding", () => stores.r2(undefined), /^r2: /],
      [
        "unstorage without a storage",
        () => stores.unstorage(new Map()),
        /^unstorage: .*, found something without getItem, setItem$/,
      ],
      ["keyv without one", () => stores.keyv({}), /^keyv: /],
    ]
  ) {
    test(`${what} is refused`, () => assert.throws(make, isOptionsError(pattern)));
  }

  test("what is undefined counts as left out", () => {
    const { timeout, isAtomic } = sharedStore(engine, { key: undefined, timeout: undefined });
    assert.deepEqual({ timeout, isAtomic }, { timeout: 1000, isAtomic: true });
    assert.equal(sharedStore(engine, { timeout: 0.25 }).timeout, 250);
  });
});

describe("where name and key are required", () => {
  const withKey = sharedStore(memoryStore(), { key: KEY });
  const without = sharedStore(memoryStore());
  const asks = { credentials: () => credentials };
  // What stands for a CryptoKey in the options' JSON.
  const cryptoKey = { kty: "CryptoKey", alg: "ES256", k: 1 };
  const refresh = { grant: { type: "refresh_token", refreshToken: "fake-refresh" } };
  const code = { grant: { type: "authorization_code", code: "fake-code", redirectUri: "https://me.example" } };
  const profile = { provider: { token_endpoint: provider, grant_type: "refresh_token" } };
  for (
    const [what, store, options, pattern] of [
      [
        "a function, no name",
        withKey,
        asks,
        /^name: is required with store where a function gives the credentials, .*write name/,
      ],
      [
        "a function, no key",
        without,
        { ...asks, name: "shop" },
        /^store key: is required where a function gives the credentials/,
      ],
      ["a function, neither", without, asks, /^name: is required/],
      ["a refresh token, no name", withKey, refresh, /^name: is required with store where the grant is refresh_token/],
      [
        "a refresh token, no key",
        without,
        { ...refresh, name: "shop" },
        /^store key: is required where the grant is refresh_token/,
      ],
      [
        "a CryptoKey, no name",
        withKey,
        { credentials: { client_id: "app", private_key: cryptoKey } },
        /^name: is required with store where a credential is a CryptoKey/,
      ],
      [
        "a CryptoKey, no key",
        without,
        { credentials: { client_id: "app", private_key: cryptoKey }, name: "shop" },
        /^store key: is required where a credential is a CryptoKey/,
      ],
      ["a code, no name", withKey, code, /^name: is required with store where the grant is authorization_code/],
      [
        "a code, no key",
        without,
        { ...code, name: "shop" },
        /^store key: is required where the grant is authorization_code/,
      ],
      ["a profile's own refresh token, no name", withKey, profile, /the grant is refresh_token/],
      ["short secrets", without, {
        credentials: {
          client_id: "a-client-of-many-characters",
          client_secret: "hunter2hunter2.",
          username: "somebody@example.com",
        },
      }, /^store key: is required where every secret of the credentials has fewer than 16 characters/],
      [
        "no secrets",
        without,
        { credentials: { client_id: "a-client-of-many-characters" } },
        /^store key: is required where every secret/,
      ],
      ["short characters of many bytes", without, { credentials: { client_secret: "😀".repeat(15) } }, /fewer than 16/],
      [
        "a short secret beside a long second one",
        without,
        { credentials: [{ client_secret: "short" }, credentials] },
        /fewer than 16/,
      ],
    ]
  ) {
    test(`${what}: ERR_OPTIONS`, () => assert.throws(() => store.check(sharedOf(options)), isOptionsError(pattern)));
  }
  for (
    const [what, store, options] of [
      ["a function, with both", withKey, { ...asks, name: "shop" }],
      ["a refresh token, with both", withKey, { ...refresh, name: "shop" }],
      ["a secret of 16 characters", without, { credentials: { client_secret: "x".repeat(16) } }],
      ["a private key as an object", without, { credentials: { private_key: { kty: "EC", crv: "P-256", d: "x" } } }],
      ["short secrets, with a key", withKey, { credentials: { client_secret: "short" } }],
      ["another grant than the profile's refresh token", without, {
        ...profile,
        grant: { type: "client_credentials" },
      }],
    ]
  ) {
    test(`${what}: fine`, () => store.check(sharedOf(options)));
  }
});

describe("a client on a store that fails", () => {
  /** The n-th call of the store does this instead. */
  const at = (n, call) => {
    const engine = memoryStore();
    let calls = 0;
    const or = (usual) => (...args) => (calls += 1) === n ? call(...args) : usual(...args);
    const store = { atomic: true, get: or(engine.get), set: or(engine.set) };
    return sharedStore(store, { key: KEY, timeout: 0.05 });
  };
  const FAULTS = {
    hangs: never,
    rejects: () => Promise.reject(new Error(SECRET)),
    throws: () => {
      throw new Error(SECRET);
    },
    "returns a number": () => 7,
    "returns an object": () => ({ value: "x" }),
    "says that somebody else was first": () => false,
    "returns 100 KiB": () => "x".repeat(102_400),
  };
  // It looks, takes the lease, and saves.
  for (const [n, what] of [[1, "the look"], [2, "the lease"], [3, "the saving"]]) {
    for (const [fault, call] of Object.entries(FAULTS)) {
      test(`${what} ${fault}: the call has its token at once, and the next one too`, async () => {
        const fake = fakeProvider();
        const { client, events, token } = isolate(fake, at(n, call), { name: `${n} ${fault}` });
        const began = Date.now();
        const first = await token();
        client.invalidate();
        const second = await token();
        assert.ok(first && second && first !== second);
        assert.ok(Date.now() - began < 1000);
        assert.equal(fake.count("token"), 2);
        for (const secret of [SECRET, KEY, first, second, "fake-secret"]) {
          assert.ok(!JSON.stringify(events).includes(secret), secret);
        }
      });
    }
  }
});

describe("checkStore", () => {
  const broken = (changes, engine = memoryStore()) => ({ ...engine, ...changes(engine) });
  const rejects = (store, pattern, options) =>
    assert.rejects(checkStore(store, options), (error) => {
      assert.match(error.message, /^checkStore: \d+ of \d+ checks failed\n- /);
      assert.match(error.message, pattern);
      return true;
    });

  test("passes a store that keeps its promises, and says what was found", async () => {
    const { atomic, checks, calls, slowest } = await checkStore(memoryStore());
    assert.equal(atomic, true);
    assert.equal(checks.length, 12);
    assert.ok(calls > 200 && slowest >= 0);
    assert.equal((await checkStore(memoryStore({ atomic: false }))).checks.length, 7);
  });

  test("takes what an adapter returned", async () => {
    assert.equal((await checkStore(sharedStore(memoryStore()))).atomic, true);
  });

  for (
    const [what, changes, pattern] of [
      ["ignores over", (e) => ({
        set: async (k, v) => !!e.values.set(k, v),
      }), /over null, a value that is there stays: set resolved to true/],
      ["reads, waits, and writes", (e) => ({
        async set(key, value, { over }) {
          if ((e.values.get(key) ?? null) !== over) {
            return false;
          }
          await new Promise((resolve) => setTimeout(resolve, 1));
          e.values.set(key, value);
          return true;
        },
      }), /of 100 that write first, one does: 100 were told that they did/],
      ["says yes and writes nothing", () => ({
        set: async () => true,
      }), /every character of a value comes back: get resolved to (undefined|null)/],
      ["changes letters", (e) => ({
        get: async (k) => e.values.get(k)?.toLowerCase(),
      }), /every character of a value comes back/],
      ["has no miss", (e) => ({
        get: async (k) => e.values.get(k) ?? "",
      }), /a miss is null or undefined: get resolved to a string of 0 characters/],
      ["takes 32 KiB", (e) => ({
        set: async (k, v, o) => v.length < 32768 && e.set(k, v, o),
      }), /a value of 60 KiB comes back: set resolved to false, not to true/],
      ["shortens names", (e) => ({
        get: (k) => e.get(k.slice(0, 12)),
        set: (k, v, o) => e.set(k.slice(0, 12), v, o),
      }), /two names are two records/],
      ["takes seconds for milliseconds", (e) => ({
        set: async (k, v, o) => await e.set(k, v, o) && (setTimeout(() => e.values.delete(k), o.ttl).unref(), true),
      }), /a ttl of 60 is in seconds: get resolved to undefined/],
      ["takes 180 days for the past", (e) => ({
        set: async (k, v, o) => await e.set(k, v, o) && (o.ttl <= 30 * 86_400 || e.values.delete(k)),
      }), /a ttl of 180 days is in seconds/],
      ["returns nothing", (e) => ({
        set: async (...args) => void await e.set(...args),
      }), /set resolved to undefined, not to true/],
      ["throws", () => ({
        get() {
          throw new RangeError("no");
        },
      }), /a miss is null or undefined: rejected with RangeError: no/],
    ]
  ) {
    test(`finds a store that ${what}`, () => rejects(broken(changes), pattern));
  }

  test("finds a store that hangs", () =>
    rejects(broken(() => ({ get: never })), /get took longer than 0.02 s/, { timeout: 0.02 }));

  test("finds a store that takes down for nothing there", async () => {
    const silent = { atomic: true, get: async () => undefined, set: async () => true };
    await rejects(memoryStore(), /an engine that is down is no miss: it resolved to undefined/, {
      unreachable: silent,
    });
    const away = broken(() => ({ get: () => Promise.reject(new Error("away")), set: never }));
    assert.equal((await checkStore(memoryStore(), { unreachable: away, timeout: 0.1 })).checks.length, 14);
  });

  test("refuses what is no store, and an option that there is not", async () => {
    await assert.rejects(checkStore({}), TypeError);
    await assert.rejects(checkStore(memoryStore(), { timout: 1 }), /unknown option "timout"/);
  });
});

describe("a client whose module was built without shared stores", () => {
  test("takes the one that bearerkit/stores brings, and says what to do where there is none", async () => {
    const { COPIES } = await import("../pkg/error.js");
    const { share, start, wasm } = await import("../pkg/wasm.js?alone");
    const sharing = Symbol.for(`${COPIES.description}/sharing`);
    assert.equal(wasm, undefined);
    start(() => ({ Machine: class {} }));
    assert.throws(
      share,
      isOptionsError(/^store: this copy of bearerkit was built without shared stores; import createClient from/),
    );
    globalThis[sharing] = () => ({
      Machine: class {
        share() {}
      },
    });
    try {
      share();
      const { wasm } = await import("../pkg/wasm.js?alone");
      assert.equal(typeof wasm.Machine.prototype.share, "function");
    } finally {
      delete globalThis[sharing];
    }
  });
});
