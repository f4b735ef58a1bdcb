// Many clients in one isolate: what they take, what is dropped at the bound, and that nothing is left of those that are gone.
// As on workerd before 2025-05-05, nobody tells the core of what was collected.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fakeProvider } from "../pkg-template/testing.js";
import { taken } from "./runtimes/suite/memory.mjs";

const MAX = 10_000;
const PLAIN = "https://as.example/token";
const API = "https://api.example/orders";

const { FinalizationRegistry } = globalThis;
globalThis.FinalizationRegistry = undefined;
const { createClient } = await import("../pkg/index.js");
globalThis.FinalizationRegistry = FinalizationRegistry;

const times = (count, make) => Array.from({ length: count }, (_, index) => make(index));

let last = 0;

/** A tenant's client, unlike any other. */
function tenant(options = {}) {
  last += 1;
  const credentials = { client_id: `tenant-${last}`, client_secret: `secret-${last}`.padEnd(32, "x") };
  return createClient({ provider: PLAIN, credentials, fetch: answer, name: `${last}`, ...options });
}

let asked = 0;

/** A token endpoint for everyone, and an API that takes any token. */
async function answer(input) {
  if (String(input) === API) return Response.json({ ok: true });
  asked += 1;
  return Response.json({ access_token: `token-${asked}-`.padEnd(800, "x"), token_type: "Bearer", expires_in: 3600 });
}

/** A hundred at once. */
async function inBatches(count, make) {
  const results = [];
  while (results.length < count) {
    const size = Math.min(100, count - results.length);
    results.push(...await Promise.all(times(size, (index) => make(results.length + index))));
  }
  return results;
}

/** Some slack, since what is taken does not always fit where something was given back. */
function expectNoMoreThan(before) {
  assert.ok(taken() <= before + 8 * 65_536, `${before} -> ${taken()} bytes`);
}

/** Takes every place in the registry, and leaves all of them. */
function crowdOut() {
  for (const client of times(MAX, () => tenant())) client.close();
}

test("100,000 clients made and closed leave nothing", () => {
  for (let round = 0; round < 100; round += 1) tenant().close();
  const before = taken();
  for (let round = 0; round < 100_000; round += 1) tenant().close();
  assert.equal(taken(), before);
});

test("options that are refused leave nothing", () => {
  const refused = [
    { origins: ["https://256.1.1.1"] }, // which only the runtime refuses
    { provider: { token_endpoint: PLAIN, scopes: "a" } },
    {
      provider: { token_endpoint: PLAIN, token_endpoint_auth_method: "private_key_jwt" },
      credentials: { client_id: "a", private_key: "no key" },
    },
  ];
  const round = () => {
    for (const options of refused) assert.throws(() => tenant(options), { code: "ERR_OPTIONS" });
  };
  times(100, round);
  const before = taken();
  times(3000, round);
  assert.equal(taken(), before);
});

test("clients that are made and never closed take what 10,000 take", () => {
  const make = (index) => {
    if (index % 2 === 0) return tenant();
    return createClient({
      provider: PLAIN,
      credentials: () => ({ client_id: "a", client_secret: "b" }),
      fetch: answer,
    });
  };
  times(MAX, make);
  const before = taken();
  times(2 * MAX, make);
  expectNoMoreThan(before);
  crowdOut();
});

test("12,000 clients that are all in use keep their tokens, and 10,000 machines serve them", async () => {
  asked = 0;
  const clients = times(MAX + 2000, () => tenant());
  const tokens = await inBatches(MAX, (index) => clients[index].authorization());
  const before = taken();
  tokens.push(...await inBatches(2000, (index) => clients[MAX + index].authorization()));
  assert.equal(asked, clients.length);
  expectNoMoreThan(before);
  await inBatches(clients.length, async (index) => {
    const client = clients[index];
    assert.equal(await client.authorization(), tokens[index]);
    assert.equal((await client.token({ minValidity: 1 })).value, tokens[index].slice("Bearer ".length));
    assert.equal((await client.fetch(API)).status, 200);
  });
  assert.equal(asked, clients.length, "nobody asked again");
  // Each of them needs its machine, or a new one.
  for (const client of clients) client.invalidate();
  assert.equal(new Set([...tokens, ...await inBatches(3000, (index) => clients[index].authorization())]).size, 15_000);
  expectNoMoreThan(before);
  // And of those that nobody holds any more, though nobody closed them.
  await inBatches(2000, () => tenant().authorization());
  expectNoMoreThan(before);
  for (const client of clients) client.close();
});

test("a client that was dropped knows what it holds, renews it and revokes it", async () => {
  const provider = { token_endpoint: PLAIN, revocation_endpoint: "https://as.example/revoke" };
  const fake = fakeProvider();
  const client = tenant({ provider, credentials: fake.credentials, fetch: fake.fetch });
  const header = await client.authorization();
  const told = ({ nextRequestAt: _, ...rest }) => rest;
  const before = told(client.explain());
  crowdOut();
  assert.deepEqual(told(client.explain()), before);
  crowdOut();
  assert.equal((await client.fetch(API)).status, 200);
  client.invalidate();
  assert.equal(client.explain().token, "none");
  const next = await client.authorization();
  assert.notEqual(next, header);
  assert.equal(client.explain().serial, 2);
  crowdOut();
  await client.revoke();
  const [{ body }] = fake.calls.filter(({ kind }) => kind === "revoke");
  assert.equal(new URLSearchParams(body).get("token"), next.slice("Bearer ".length));
  assert.equal(client.explain().token, "none");
  assert.equal(fake.count("token"), 2);
});

test("the token of a client that was dropped ages as any other", async () => {
  const { now } = Date;
  let ahead = 0;
  Date.now = () => now() + ahead;
  try {
    const clients = times(5, () => tenant());
    const tokens = await Promise.all(clients.map((client) => client.token()));
    crowdOut();
    asked = 0;
    const [enough, short, stale, expired, early] = clients;
    assert.equal(await enough.token({ minValidity: 3000 }), tokens[0]);
    assert.equal(asked, 0);
    assert.notEqual((await short.token({ minValidity: 3595 })).value, tokens[1].value);
    assert.equal(asked, 1);
    ahead = tokens[2].renewAt - now() + 100;
    assert.equal(stale.explain().token, "stale");
    assert.equal(await stale.token(), tokens[2]);
    assert.equal(asked, 2, "renewed while it serves");
    ahead = 3_595_000;
    assert.equal(expired.explain().token, "expired");
    assert.notEqual((await expired.token()).value, tokens[3].value);
    assert.equal(asked, 3);
    // What it would be by a clock that was set back, its machine could have said.
    ahead = -1_800_000;
    assert.notEqual((await early.token()).value, tokens[4].value);
    assert.equal(asked, 4);
    for (const client of clients) client.close();
  } finally {
    Date.now = now;
  }
});

test("no two clients that were dropped throw the same dice", async () => {
  const nonces = new Set();
  const fetch = (_, { body }) => {
    nonces.add(new URLSearchParams(body).get("nonce"));
    return answer(PLAIN);
  };
  const provider = { token_endpoint: PLAIN, parameters: { nonce: "{uuid}" } };
  const clients = times(2, () => tenant({ provider, fetch }));
  for (const client of clients) await client.authorization();
  crowdOut();
  for (const client of clients) {
    client.invalidate();
    await client.authorization();
  }
  assert.equal(nonces.size, 4);
});

test("a refused token is replaced by a client that was dropped", async () => {
  const fake = fakeProvider();
  const client = tenant({ credentials: fake.credentials, fetch: fake.fetch });
  await client.authorization();
  fake.revokeAll();
  crowdOut();
  const responses = await Promise.all(times(50, () => client.fetch(API)));
  assert.ok(responses.every(({ status }) => status === 200));
  assert.equal(fake.count("token"), 2);
});

test("what nobody could get back is not dropped: a request under way, a cooldown, a refresh token, what an issuer said", async () => {
  const slow = fakeProvider();
  slow.fail([{ type: "slow", delay: 300 }]);
  const underWay = tenant({ credentials: slow.credentials, fetch: slow.fetch });
  const waiting = underWay.authorization();
  const limited = fakeProvider();
  limited.fail([{ type: "rate_limited", retryAfter: 600 }]);
  const cooling = tenant({ credentials: limited.credentials, fetch: limited.fetch, patience: 0 });
  await assert.rejects(cooling.authorization(), { code: "ERR_RATE_LIMITED" });
  const user = fakeProvider();
  const grant = { type: "password", username: "fake-user", password: "fake-password" };
  const refreshing = tenant({ credentials: user.credentials, fetch: user.fetch, grant });
  await refreshing.authorization();
  const urls = [];
  const finding = tenant({
    provider: { issuer: "https://as.example" },
    fetch: (url) => {
      urls.push(url);
      return url === PLAIN
        ? answer(url)
        : Promise.resolve(Response.json({ issuer: "https://as.example", token_endpoint: PLAIN }));
    },
  });
  await finding.authorization();
  crowdOut();
  finding.invalidate();
  await finding.authorization();
  assert.deepEqual(urls, ["https://as.example/.well-known/openid-configuration", PLAIN, PLAIN]);
  await waiting;
  assert.equal(slow.count("token"), 1);
  await assert.rejects(cooling.authorization(), { code: "ERR_RATE_LIMITED" });
  assert.equal(limited.count("token"), 1);
  refreshing.invalidate();
  await refreshing.authorization();
  const grants = user.calls.filter(({ kind }) => kind === "token").map(({ body }) =>
    new URLSearchParams(body).get("grant_type")
  );
  assert.deepEqual(grants, ["password", "refresh_token"]);
});

test("clients that got no token, and that nobody closed, take what 10,000 take once they may ask again", async () => {
  const fetch = () => Promise.reject(new TypeError("no network"));
  const make = (count) =>
    inBatches(count, () => assert.rejects(tenant({ fetch, patience: 0 }).authorization(), { code: "ERR_UNREACHABLE" }));
  await make(MAX);
  const before = taken();
  await sleep(1000);
  await make(2000);
  expectNoMoreThan(before);
  crowdOut();
});

test("least recently used is who is dropped, and asking the machine is use", async () => {
  const options = { name: "regular", credentials: { client_id: "a", client_secret: "s" } };
  const regular = tenant(options);
  const header = await regular.authorization();
  for (let batch = 0; batch < 4; batch += 1) {
    for (const client of times(MAX / 4, () => tenant())) client.close();
    times(MAX / 4, () => tenant());
    await regular.token({ minValidity: 1 });
  }
  // Whoever is in the registry is found by a client of equal options.
  assert.equal(await tenant(options).authorization(), header);
  crowdOut();
  assert.notEqual(await tenant(options).authorization(), header);
  assert.equal(await regular.authorization(), header);
});

test("a client that was dropped is not known again where another has its place, and that one can be dropped too", async () => {
  const options = { name: "twice", credentials: { client_id: "a", client_secret: "s" } };
  const dropped = tenant(options);
  const tokens = [await dropped.authorization()];
  crowdOut();
  const another = tenant(options);
  tokens.push(await another.authorization());
  dropped.invalidate();
  tokens.push(await dropped.authorization());
  dropped.close();
  assert.equal(await tenant(options).authorization(), tokens[1]);
  crowdOut();
  tokens.push(await tenant(options).authorization());
  assert.equal(new Set(tokens).size, 4);
  crowdOut();
  tokens.push(await tenant(options).authorization());
  assert.equal(new Set(tokens).size, 5);
});

test("clients that share a machine take it with them when the last is closed", async () => {
  const options = { name: "shared", credentials: { client_id: "a", client_secret: "s" } };
  asked = 0;
  const clients = times(1000, () => tenant(options));
  const before = taken();
  await Promise.all(clients.map((client) => client.authorization()));
  assert.equal(asked, 1);
  for (const client of clients.slice(1)) client.close();
  assert.equal(await clients[0].authorization(), await tenant(options).authorization());
  assert.equal(taken(), before);
});
