// One client's token from the first request to the last: kept, renewed, forgotten, revoked.
import { createClient } from "bearerkit";
import { fakeCredentials } from "bearerkit/testing";
import { equal, near, ok, rejection, sleep, until } from "./assert.mjs";
import { scripted } from "./script.mjs";
import { delaysOf } from "./timers.mjs";
import { API, PLAIN } from "./world.mjs";

/** Stale after less than two seconds, expired after five. */
const SHORT = { lifetime: 6 };
const EARLY = { provider: PLAIN, refreshMargin: 3 };

/** What a call does at once, at that time. */
export function at(now, operation) {
  const { now: clock } = Date;
  Date.now = () => now;
  try {
    return operation();
  } finally {
    Date.now = clock;
  }
}

async function untilStale(client) {
  await sleep((await client.token()).renewAt - Date.now() + 5);
}

export const lifecycle = {
  async "a token is kept"(world) {
    const client = world.client({ provider: PLAIN });
    const header = await client.authorization();
    for (let i = 0; i < 3; i += 1) equal((await client.fetch(API)).status, 200);
    equal(await client.authorization(), header);
    equal(`Bearer ${(await client.token()).value}`, header);
    await world.expectCalls({ token: 1, api: 3 });
  },

  async "a plain server over http, by nothing but its URL"(world) {
    const provider = world.localized(PLAIN);
    const client = world.client({ provider, allowInsecure: true, fetch: undefined });
    equal((await client.fetch(world.localized(API))).status, 200);
    equal((await client.fetch(new URL(world.localized(API)))).status, 200);
    const byUrl = world.client({ provider: new URL(provider), allowInsecure: true, fetch: undefined });
    equal(await byUrl.authorization(), await client.authorization(), "a URL and its string are the same provider");
    await world.expectCalls({ token: 1, api: 2 });
  },

  async "a stale token serves while it is renewed in the background"(world) {
    await world.options(SHORT);
    const client = world.client(EARLY);
    const old = await client.authorization();
    await untilStale(client);
    await world.fail({ type: "slow", delay: 900 });
    const served = await Promise.all(Array.from({ length: 20 }, () => client.authorization()));
    equal(served, Array(20).fill(old), "nobody waits for the renewal");
    await until(async () => (await client.authorization()) !== old, "the new token");
    await world.expectCalls({ token: 2 });
  },

  async "stale from the renewal point on, and whenever the clock was set back by more than a second"() {
    const begun = [];
    const onEvent = ({ type }) => type === "token_request" && begun.push(type);
    for (const [ahead, renewals] of [[0, 1], [-1, 0], [-2000 - 1000, 0], [-2000 - 1001, 1]]) {
      const { client } = scripted(undefined, { onEvent });
      const { renewAt } = await client.token();
      at(renewAt - 2000, () => client.token());
      begun.length = 0;
      at(renewAt.getTime() + ahead, () => client.token());
      equal(begun.length, renewals, `${ahead} ms from the renewal point`);
    }
  },

  async "a clock that was set back costs one renewal; while that fails the token is as stale as it was"() {
    for (const isRefused of [false, true]) {
      let begun = 0;
      let ended = 0;
      const onEvent = ({ type }) => type === "token_request" ? begun += 1 : ended += 1;
      const { client } = scripted(
        undefined,
        { onEvent },
        (access_token) =>
          isRefused && begun === 2
            ? new Response(null, { status: 503 })
            : Response.json({ access_token, expires_in: 3600 }),
      );
      const { renewAt } = await client.token();
      at(renewAt - 2000, () => client.token());
      const then = renewAt - 1_200_000;
      at(then, () => client.token());
      await until(() => ended === 2, "the renewal");
      // A first failure is backed off for a second at most.
      at(then + 2000, () => client.token());
      equal(begun, isRefused ? 3 : 2);
    }
  },

  async "the same token again is the newer one: a 401 is that one's"() {
    const events = [];
    const onEvent = (event) => events.push(event);
    const refused = () => new Response(null, { status: 401 });
    const same = () => Response.json({ access_token: "same", expires_in: 3600 });
    const { client } = scripted(refused, { onEvent }, same);
    const { renewAt } = await client.token();
    at(renewAt.getTime(), () => client.token());
    await until(() => events.filter(({ type }) => type === "token").length === 2, "the renewal");
    await client.fetch(API);
    equal(events.filter(({ type }) => type === "unauthorized").map(({ serial }) => serial), [2, 3]);
  },

  async "no two machines throw the same dice"() {
    const nonces = [];
    for (let i = 0; i < 2; i += 1) {
      const fetch = (_, { body }) => {
        nonces.push(new URLSearchParams(body).get("nonce"));
        return Promise.resolve(Response.json({ access_token: "a" }));
      };
      const provider = { token_endpoint: PLAIN, parameters: { nonce: "{uuid}" } };
      const client = createClient({ provider, credentials: fakeCredentials, name: crypto.randomUUID(), fetch });
      await client.token();
    }
    ok(nonces[0].length === 36 && nonces[0] !== nonces[1], `${nonces} are two; it`);
  },

  async "ten seconds are the time limit, unless the options say otherwise"() {
    const limits = [[undefined, 10_000, 11_000], [2, 2000, 3000], [300, 300_000, 301_000]];
    for (const [timeout, limit, lease] of limits) {
      const credentials = () => new Promise(() => {});
      const { client } = scripted(undefined, { timeout, credentials, patience: 0 });
      const ended = [];
      const delays = delaysOf(() => ended.push(rejection(client.token()), rejection(client.token())));
      await Promise.all(ended);
      equal(delays[0], limit);
      for (const delay of delays.slice(1, 3)) near(delay, lease, 100, "whoever waits waits for the lease");
    }
  },

  async "a failed renewal hides no live token"(world) {
    await world.options(SHORT);
    const client = world.client(EARLY);
    const old = await client.authorization();
    await untilStale(client);
    await world.fail({ type: "unavailable", retryAfter: 60 });
    equal(await client.authorization(), old);
    await until(() => client.explain().flight === "cooldown", "the failure");
    equal(await client.authorization(), old);
    equal(client.explain().lastError.code, "ERR_UNREACHABLE");
    await world.expectCalls({ token: 2 });
  },

  async "an expired token is not used"(world) {
    await world.options({ lifetime: 2 });
    const client = world.client({ provider: PLAIN });
    const old = await client.authorization();
    await sleep(client.explain().hardExpiry - Date.now() + 5);
    await client.fetch(API);
    const [call] = await world.calls("api");
    ok(call.headers.authorization !== old, "a new token");
    equal(call.status, 200);
  },

  async "an answer that took its time is not taken for a clock that was set back"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail({ type: "slow", delay: 1300 });
    for (let i = 0; i < 3; i += 1) equal((await client.fetch(API)).status, 200);
    equal([client.explain().token, client.explain().flight], ["fresh", "idle"]);
    await world.expectCalls({ token: 1, api: 3 });
  },

  async "minValidity is in seconds"(world) {
    const client = world.client({ provider: PLAIN });
    for (const minValidity of [86_401, 300_000, -1, NaN, Infinity]) {
      const { code, message } = await rejection(client.token({ minValidity }));
      equal([code, message.split(";")[0]], [
        "ERR_OPTIONS",
        `minValidity: expected 0 to 86400 seconds, found ${minValidity}`,
      ]);
    }
    await world.expectCalls({});
  },

  async "minValidity renews what would not last"(world) {
    const client = world.client({ provider: PLAIN });
    const first = await client.token();
    equal((await client.token({ minValidity: 3000 })).value, first.value);
    await sleep(5);
    const second = await client.token({ minValidity: 7200 });
    ok(second.value !== first.value, "a new token, which is as good as it gets");
    await world.expectCalls({ token: 2 });
  },

  async "what token() tells"(world) {
    const token = await world.client({ provider: PLAIN, scope: ["read", "write"] }).token();
    near(token.expiresAt - Date.now(), 3_600_000, 5000);
    ok(token.renewAt < token.expiresAt, "renewed before it expires");
    equal(Object.keys(token).sort(), ["expiresAt", "renewAt", "scope", "tokenType"]);
    equal([token.tokenType, token.scope, typeof token.value], ["Bearer", "read write", "string"]);
    ok(Object.isFrozen(token), "frozen");
  },

  async "invalidate forgets the token"(world) {
    const client = world.client({ provider: PLAIN });
    const old = await client.authorization();
    client.invalidate();
    equal(client.explain().token, "none");
    ok(await client.authorization() !== old, "a new token");
    await world.expectCalls({ token: 2 });
  },

  async "a refresh token is used first, and kept where the answer has none"(world) {
    const grant = { type: "password", username: "fake-user", password: "fake-password" };
    const client = world.client({ provider: PLAIN, grant });
    for (let i = 0; i < 3; i += 1) {
      await client.authorization();
      client.invalidate();
    }
    const sent = (await world.calls("token")).map(({ body }) => new URLSearchParams(body));
    equal(sent.map((body) => body.get("grant_type")), ["password", "refresh_token", "refresh_token"]);
    equal(sent[1].get("refresh_token"), sent[2].get("refresh_token"));
  },

  async "a refresh token that the caller brings"(world) {
    await world.options({ rotate: true });
    const owner = world.client({
      provider: { token_endpoint: PLAIN, response: { capture: { refreshed: "/refresh_token" } } },
      grant: { type: "password", username: "fake-user", password: "fake-password" },
    });
    const { captured } = await owner.token();
    const client = world.client({
      provider: PLAIN,
      grant: { type: "refresh_token", refreshToken: captured.refreshed },
    });
    equal((await client.fetch(API)).status, 200);
    client.invalidate();
    equal((await client.fetch(API)).status, 200, "the rotated one is used next");
    await world.fail({ type: "status", status: 400, body: { error: "invalid_grant" } });
    client.invalidate();
    const error = await rejection(client.token());
    equal([error.code, error.error], ["ERR_REFUSED", "invalid_grant"]);
  },

  async "revoke revokes both tokens and forgets them"(world) {
    const provider = { token_endpoint: PLAIN, revocation_endpoint: "https://as.example/revoke" };
    const grant = { type: "password", username: "fake-user", password: "fake-password" };
    const client = world.client({ provider, grant });
    const { value } = await client.token();
    equal(client.explain().refreshToken, true);
    await client.revoke();
    const bodies = (await world.calls("revoke")).map((
      { body, status },
    ) => [status, new URLSearchParams(body).get("token_type_hint")]);
    equal(bodies, [[200, "refresh_token"], [200, "access_token"]]);
    equal([client.explain().token, client.explain().refreshToken], ["none", false]);
    ok((await client.token()).value !== value, "nobody gets the one that was revoked");
    equal((await client.fetch(API)).status, 200, "the primary grant still serves");
  },

  async "a revocation that fails says so, and forgets nothing"(world) {
    const provider = { token_endpoint: PLAIN, revocation_endpoint: "https://as.example/revoke" };
    const client = world.client({ provider, timeout: 0.3 });
    const { value } = await client.token();
    for (
      const [fault, code] of [["unavailable", "ERR_UNREACHABLE"], ["unauthorized", "ERR_REFUSED"], [
        "hang",
        "ERR_TIMEOUT",
      ]]
    ) {
      await world.fail({ at: "revoke", type: fault });
      equal((await rejection(client.revoke(), fault)).code, code);
    }
    equal((await client.token()).value, value);
    const unable = await rejection(world.client({ provider: PLAIN }).revoke());
    equal([unable.code, unable.message], ["ERR_OPTIONS", "provider.revocation_endpoint: missing"]);
  },

  async "after close every call is refused"(world) {
    const client = world.client({ provider: PLAIN });
    const other = world.client({ provider: PLAIN });
    const header = await client.authorization();
    client.close();
    client.close();
    for (const call of ["token", "authorization", "revoke"]) {
      equal((await rejection(client[call](), call)).code, "ERR_OPTIONS");
    }
    equal((await rejection(client.fetch(API))).code, "ERR_OPTIONS");
    for (const call of ["invalidate", "explain", "extend"]) {
      const error = await rejection((async () => await client[call]({}))(), call);
      equal(error.code, "ERR_OPTIONS");
    }
    equal(await other.authorization(), header, "its twin goes on");
    await world.expectCalls({ token: 1 });
  },

  async "close takes the token with it, and a call under way has no other one sent"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail({ type: "slow", delay: 200 });
    const waiting = Array.from({ length: 3 }, () => client.token().then(() => "token", (error) => error.code));
    await until(async () => (await world.calls("token")).length === 1, "the token request");
    client.close();
    for (const outcome of await Promise.all(waiting)) ok(["token", "ERR_OPTIONS"].includes(outcome), outcome);
    await world.expectCalls({ token: 1 });
    equal((await world.client({ provider: PLAIN }).fetch(API)).status, 200);
    await world.expectCalls({ token: 2, api: 1 });
  },

  async "an expiry that is not understood is told, once, and how it looks"() {
    const told = [];
    const onEvent = ({ type, message, serial }) => type === "warning" && told.push([serial, message]);
    const grant = (access_token) => Response.json({ access_token, expires_in: "in 10 m1nutes" });
    const { client } = scripted(undefined, { onEvent }, grant);
    equal(client.explain().warnings, []);
    for (let i = 0; i < 3; i += 1) {
      await client.token();
      client.invalidate();
    }
    const token = await client.token();
    equal(told, [[1, token.warning]]);
    ok(told[0][1].includes('a text of the form "aa 99 a9aaaaa"; the default lifetime is used'), told[0][1]);
    equal(client.explain().warnings, [token.warning]);
    equal(token.expiresAt, null);
  },

  async "explain tells the state"(world) {
    const client = world.client({ provider: PLAIN, patience: 0 });
    const { nextRequestAt, ...before } = client.explain();
    near(nextRequestAt, Date.now(), 1000);
    equal(before, {
      token: "none",
      flight: "idle",
      serial: null,
      expiresAt: null,
      renewAt: null,
      hardExpiry: null,
      refreshToken: false,
      lastError: null,
      clockSkew: 0,
      warnings: [],
      store: null,
    });
    await world.fail({ type: "rate_limited", retryAfter: 1 });
    await rejection(client.token());
    const limited = client.explain();
    equal([limited.token, limited.flight, limited.lastError.code], ["none", "cooldown", "ERR_RATE_LIMITED"]);
    equal(limited.nextRequestAt.getTime(), limited.lastError.retryAt.getTime());
    await sleep(limited.nextRequestAt - Date.now() + 5);
    equal(client.explain().flight, "idle", "the cooldown is over");
    await client.token();
    const fresh = client.explain();
    equal([fresh.token, fresh.flight, fresh.lastError, fresh.refreshToken], ["fresh", "idle", null, false]);
    ok(fresh.renewAt < fresh.hardExpiry && fresh.hardExpiry < fresh.expiresAt, "the three points are in order");
  },
};
