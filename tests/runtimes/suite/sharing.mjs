// Many callers, many clients, one token.
import { createClient } from "bearerkit";
import { fakeCredentials } from "bearerkit/testing";
import { equal, ok, rejection, thrown } from "./assert.mjs";
import { taken } from "./memory.mjs";
import { API, PLAIN } from "./world.mjs";

export const sharing = {
  async "a herd of 100 costs one token request"(world) {
    await world.options({ latency: 50 });
    const client = world.client({ provider: PLAIN });
    const headers = await Promise.all(Array.from({ length: 100 }, () => client.authorization()));
    equal(new Set(headers).size, 1);
    await world.expectCalls({ token: 1 });
  },

  async "a herd of 100 calls of the API costs one token request"(world) {
    await world.options({ latency: 20 });
    const client = world.client({ provider: PLAIN });
    const responses = await Promise.all(Array.from({ length: 100 }, () => client.fetch(API)));
    ok((await Promise.all(responses.map((response) => response.json()))).every(({ ok }) => ok), "all are served");
    await world.expectCalls({ token: 1, api: 100 });
  },

  async "clients of equal options share one token, whatever else is their own"(world) {
    const events = [];
    const parameters = { q: "{x}{y}" };
    const options = { provider: { scope: ["a"], token_endpoint: PLAIN, parameters }, variables: { x: "1", y: "2" } };
    const one = world.client(options);
    const other = world.client({
      onEvent: (event) => events.push(event.type),
      variables: { y: "2", x: "1" },
      provider: { token_endpoint: PLAIN, parameters, scope: ["a"] },
      fetch: (input, init) => world.fetch(input, init),
      waitUntil: () => {},
    });
    equal(await one.authorization(), await other.authorization());
    equal(await one.authorization(), await world.client(options).authorization());
    equal(events, [], "the second had nothing to do");
    await world.expectCalls({ token: 1 });
  },

  async "a scope is a set: its order and its form make no other client"(world) {
    const headers = [];
    for (const scope of ["b a", "a b", ["a", "b"], ["b", "a"], ["a", "a", "b"], ["a b"], " a  b"]) {
      headers.push(await world.client({ provider: PLAIN, scope }).authorization());
    }
    equal(new Set(headers).size, 1);
    const [call] = await world.calls("token");
    equal(call.body.scope ?? new URLSearchParams(call.body).get("scope"), "b a", "the order of the first");
    await world.client({ provider: PLAIN, scope: "a" }).authorization();
    await world.expectCalls({ token: 2 });
    for (const scope of [[["a", "b"]], 7]) {
      equal(thrown(() => world.client({ provider: PLAIN, scope })).code, "ERR_OPTIONS", JSON.stringify(scope));
    }
  },

  async "clients share a request under way"(world) {
    await world.fail({ type: "slow", delay: 100 });
    const clients = Array.from({ length: 10 }, () => world.client({ provider: PLAIN }));
    const headers = await Promise.all(clients.map((client) => client.authorization()));
    equal(new Set(headers).size, 1);
    await world.expectCalls({ token: 1 });
  },

  async "whatever shapes the token makes it another"(world) {
    const options = { provider: PLAIN, credentials: { client_id: "fake-client", client_secret: "fake-secret" } };
    const variants = [
      {},
      { scope: ["read"] },
      { scope: ["read", "write"] },
      { parameters: { audience: "a" } },
      { resource: "https://api.example/" },
      { refreshMargin: 7 },
      { credentials: { ...options.credentials, other: "x" } },
      { name: `${world.localized("https://x")} other` },
    ];
    const headers = await Promise.all(
      variants.map((variant) => world.client({ ...options, ...variant }).authorization()),
    );
    equal(new Set(headers).size, variants.length);
    await world.expectCalls({ token: variants.length });
  },

  async "extend: these options over the old ones, with a token of its own"(world) {
    const client = world.client({ provider: PLAIN, scope: "read" });
    const extended = client.extend({ scope: ["read", "write"] });
    ok(await client.authorization() !== await extended.authorization(), "two tokens");
    equal(await client.extend({ scope: "read" }).authorization(), await client.authorization());
    equal([(await client.token()).scope, (await extended.token()).scope], ["read", "read write"]);
    const error = await rejection((async () => await client.extend({ scope: 7 }))());
    equal(error.code, "ERR_OPTIONS");
    await world.expectCalls({ token: 2 });
  },

  async "a fetch of the options is called as nobody's method: that of workerd would be an illegal invocation"(world) {
    const seen = [];
    async function fetch(input, init) {
      // edge-runtime's programs are scripts.
      seen.push(this === undefined || this === globalThis);
      return await globalThis.fetch(input, init);
    }
    const client = world.client({ provider: world.localized(PLAIN), allowInsecure: true, patience: 0, fetch });
    equal((await client.fetch(world.localized(API))).status, 200);
    equal(seen, [true, true]);
    const global = client.extend({ fetch: globalThis.fetch, scope: "read" });
    equal((await global.fetch(world.localized(API))).status, 200);
  },

  async "extend: over the options as they were when the client was made"(world) {
    const options = { provider: PLAIN, credentials: { ...fakeCredentials }, parameters: { audience: "a" } };
    const client = world.client(options);
    // Another tenant's client is made of the same object.
    options.parameters.audience = "b";
    options.credentials.client_id = "another";
    await client.extend({ scope: "read" }).token();
    const own = { provider: PLAIN, credentials: () => fakeCredentials, fetch: world.fetch };
    const asking = createClient(own);
    own.credentials = () => ({ client_id: "another", client_secret: "another" });
    own.fetch = () => Promise.reject(new Error("another's"));
    await asking.extend({ scope: "read" }).token();
    const [first, second] = await world.calls("token");
    equal(first.body, "grant_type=client_credentials&scope=read&audience=a");
    equal([first.status, second.status], [200, 200]);
  },

  async "client.fetch fits wherever a fetch is wanted"(world) {
    const { fetch } = world.client({ provider: PLAIN });
    equal((await fetch(API)).status, 200);
    equal((await fetch(new URL(API))).status, 200);
    equal((await fetch(new Request(API, { headers: { "x-own": "1" } }))).status, 200);
    const [, , api] = (await world.calls("api")).map((call) => call.headers["x-own"]);
    equal(api, "1");
    await world.expectCalls({ token: 1, api: 3 });
  },
};

/** What leaves no other test its machine. */
export const crowd = {
  async "10,000 machines at most are kept"(world) {
    const credentials = { client_id: "fake-client", client_secret: "fake-secret" };
    const first = world.client({ provider: PLAIN, credentials });
    const header = await first.authorization();
    for (let i = 0; i < 10_000; i += 1) createClient({ provider: PLAIN, credentials, name: `${i}` }).close();
    equal(await world.client({ provider: PLAIN, credentials }).authorization(), header, "closed ones take no room");
    const make = (_, index) => createClient({ provider: PLAIN, credentials, name: `kept ${index}` });
    const others = Array.from({ length: 9999 }, make);
    equal(await world.client({ provider: PLAIN, credentials }).authorization(), header, "it is one of 10,000");
    for (const client of others) client.close();
    const many = Array.from({ length: 10_000 }, make);
    equal(await first.authorization(), header, "whoever holds a client keeps its token");
    ok(await world.client({ provider: PLAIN, credentials }).authorization() !== header, "the oldest was let go");
    for (const client of many) client.close();
  },

  async "clients that nobody closes take no more than 10,000 of them"(world) {
    const credentials = { client_id: "fake-client", client_secret: "fake-secret" };
    const make = (index) => createClient({ provider: PLAIN, credentials, name: `dropped ${index}` });
    const kept = world.client({ provider: PLAIN, credentials });
    const header = await kept.authorization();
    for (let index = 0; index < 10_000; index += 1) make(index);
    const before = taken();
    for (let index = 10_000; index < 20_000; index += 1) make(index);
    ok(before > 0 && taken() <= before + 8 * 65_536, `${before} bytes, and then ${taken()}`);
    equal(await kept.authorization(), header);
    equal((await kept.token({ minValidity: 1 })).value, header.slice("Bearer ".length));
    equal(kept.explain().token, "fresh");
    await world.expectCalls({ token: 1 });
    for (let index = 10_000; index < 20_000; index += 1) make(index).close();
  },
};
