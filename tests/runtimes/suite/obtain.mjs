// A token that a function of the user's obtains: what it is given, what it may return and throw, and the life cycle around it.
import { createClient } from "bearerkit";
import { equal, match, ok, rejection, sleep, until } from "./assert.mjs";
import { at } from "./lifecycle.mjs";
import { shown } from "./leaks.mjs";
import { API } from "./world.mjs";

/** A client of its own whose token that function obtains. */
const source = (token, options = {}, provider = {}) =>
  createClient({ provider: { name: "sts", token, ...provider }, name: crypto.randomUUID(), patience: 0, ...options });

const failing = (members, message = "no") => () => Promise.reject(Object.assign(new Error(message), members));

export const obtain = {
  async "a token function is called once for any number of callers, and again after a 401"(world) {
    let called = 0;
    const token = () => ({ access_token: `own-${called += 1}`, expires_in: 3600 });
    const sent = [];
    const fetch = (input, init) => {
      sent.push(new Request(input, init).headers.get("authorization"));
      return Promise.resolve(new Response(null, { status: sent.length === 1 ? 401 : 200 }));
    };
    const client = source(token, { fetch });
    equal(called, 0, "not by createClient");
    const tokens = await Promise.all(Array.from({ length: 10 }, () => client.token()));
    equal([called, new Set(tokens.map(({ value }) => value)).size], [1, 1]);
    equal((await client.fetch(API)).status, 200);
    equal([called, sent], [2, ["Bearer own-1", "Bearer own-2"]]);
    await world.expectCalls({});
  },

  async "what it is given: credentials, scope, the refresh token, fetch and a signal"() {
    const given = [];
    const fetch = () => Promise.resolve(new Response("asked"));
    const token = async ({ fetch, signal, ...rest }) => {
      given.push({ ...rest, said: await (await fetch("https://sts.example/")).text(), isAborted: signal.aborted });
      return { access_token: "a", refresh_token: `r${given.length}`, expires_in: 3600 };
    };
    const credentials = () => Promise.resolve({ key: "k", jwk: { kty: "oct", k: "AA" } });
    const client = source(token, { fetch, credentials, scope: "b a" });
    await client.token();
    client.invalidate();
    await client.token();
    const same = { credentials: { jwk: '{"k":"AA","kty":"oct"}', key: "k" }, scope: ["b", "a"] };
    const seen = { said: "asked", isAborted: false };
    equal(given, [{ ...same, refreshToken: undefined, ...seen }, { ...same, refreshToken: "r1", ...seen }]);
    const key = await crypto.subtle.generateKey({ name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
    for (const credentials of [{ key }, () => ({ key })]) {
      let found;
      await source(({ credentials }) => (found = credentials.key) && { access_token: "a", expires_in: 60 }, {
        credentials,
      })
        .token();
      equal(found === key, true, "a CryptoKey is itself");
    }
    let own = "unset";
    await source(function () {
      // The bundle of edge-runtime is sloppy.
      "use strict";
      own = this;
      return { access_token: "a", expires_in: 60 };
    }).token();
    equal(own, undefined, "it is called without this");
  },

  async "what it may return: members, a Response, a text; and where the profile says that they are"() {
    const response = {
      access_token: "/Session/Token",
      expiry: { pointer: "/Session/Until" },
      capture: { shard: "/Shard" },
    };
    const resource_request = { headers: { "x-session": "{access_token}@{shard}" } };
    const until = new Date(Date.now() + 600_000);
    for (
      const answer of [
        { Session: { Token: "t", Until: until }, Shard: 7 },
        JSON.stringify({ Session: { Token: "t", Until: until }, Shard: 7 }),
        Response.json({ Session: { Token: "t", Until: until }, Shard: 7 }),
      ]
    ) {
      const sent = [];
      const fetch = (input, init) => {
        sent.push(new Request(input, init).headers.get("x-session"));
        return Promise.resolve(new Response("ok"));
      };
      const client = source(() => answer, { fetch }, { response, resource_request });
      equal((await client.fetch(API)).status, 200);
      equal(sent, ["t@7"]);
      const left = (await client.token()).expiresAt - Date.now();
      ok(left > 590_000 && left <= 601_000, `it lives as long as is said: ${left}`);
    }
    equal((await source(() => "plain", {}, { response: { format: "text" } }).token()).value, "plain");
  },

  async "what is no token: one clear error each, and the next call works"() {
    const jwt = `e30.${btoa(JSON.stringify({ iat: 1, exp: 2 })).replaceAll("=", "")}.c2ln`;
    const answers = {
      nothing: [undefined, "the body is empty"],
      null: [null, "there is no token at /access_token; see response.access_token"],
      "a string": ["fake-secret", "the body is not JSON"],
      html: ["<html><body>Log in, fake-secret</body></html>", "the body is not JSON"],
      "a number": [7, "there is no token at /access_token; see response.access_token"],
      "another name": [{ token: "fake-secret" }, "there is no token at /access_token; see response.access_token"],
      expired: [{ access_token: "fake-secret", expires_in: -1 }, "the token has expired"],
      "an expired JWT": [{ access_token: jwt }, "the token has expired"],
      "too much": ["x".repeat(1024 * 1024 + 1), "the body is larger than 1 MiB"],
    };
    for (const [name, [answer, reason]] of Object.entries(answers)) {
      let called = 0;
      const client = source(() => (called += 1) === 1 ? answer : { access_token: "good", expires_in: 60 });
      const error = await rejection(client.token(), name);
      equal([error.code, error.message], ["ERR_BAD_RESPONSE", `the token function answered, but ${reason}`], name);
      ok(!/fake-?secret/.test(await shown([error, client.explain()])), `${name}: the error shows no secret; it`);
      equal((await at(error.retryAt.getTime() + 1, () => client.token())).value, "good", name);
    }
  },

  async "what it may throw: the code, the cause without secrets, and the next call works"() {
    const cycle = {};
    cycle.own = cycle;
    const functions = {
      fails: [failing({}, "no such tenant"), "ERR_UNREACHABLE", "no such tenant"],
      "throws at once": [
        () => {
          throw new Error("vault: fake-secret");
        },
        "ERR_UNREACHABLE",
        "vault: [redacted]",
      ],
      "throws a text": [() => Promise.reject("fake-secret"), "ERR_UNREACHABLE", "[redacted]"],
      "throws nothing": [() => Promise.reject(undefined), "ERR_UNREACHABLE", "it threw nothing"],
      "has a mistake": [() => undefined.token, "ERR_UNREACHABLE"],
      "returns a circle": [() => cycle, "ERR_UNREACHABLE"],
      "is refused": [failing({ status: 401, error: "invalid_client" }), "ERR_REFUSED", "no: invalid_client"],
      "has a code": [failing({ error: "invalid_grant" }), "ERR_REFUSED", "no: invalid_grant"],
      "has what is no code": [failing({ error: "fake-secret 7" }), "ERR_UNREACHABLE", "no"],
      "is limited": [failing({ status: 429, error: 7 }), "ERR_RATE_LIMITED", "no"],
      "is down": [failing({ status: 503 }), "ERR_UNREACHABLE", "no"],
      "has an odd status": [failing({ status: "401" }), "ERR_UNREACHABLE", "no"],
      "throws again": [
        () =>
          Promise.reject({
            get status() {
              throw new Error("fake-secret");
            },
            retryAfter: Symbol("fake-secret"),
          }),
        "ERR_UNREACHABLE",
      ],
      hangs: [() => new Promise(() => {}), "ERR_TIMEOUT"],
    };
    for (const [name, [token, code, reason]] of Object.entries(functions)) {
      let called = 0;
      const either = (request) => (called += 1) === 1 ? token(request) : { access_token: "good", expires_in: 60 };
      const client = source(either, { timeout: 0.2, credentials: { key: "fake-secret" } });
      const error = await rejection(client.token(), name);
      equal(error.code, code, name);
      if (reason) equal(error.message, `the token function failed: ${reason}`, name);
      else match(error.message, /^the token function (failed: .|did not answer within 200 ms)/, name);
      if (/^throws (at|a )/.test(name)) match(error.cause.message, /\[redacted\]/, name);
      ok(!/fake-?secret/.test(await shown([error, client.explain()])), `${name}: the error shows no secret; it`);
      equal((await at(error.retryAt.getTime() + 1, () => client.token())).value, "good", name);
    }
  },

  async "retryAfter, as seconds, a text or a date, and retryAt of another client's error"() {
    const date = new Date(Date.now() + 120_000);
    for (
      const members of [
        { retryAfter: 120 },
        { retryAfter: "120" },
        { retryAfter: date },
        { retryAfter: date.toUTCString() },
        { retryAt: date },
      ]
    ) {
      const { retryAt } = await rejection(source(failing(members)).token());
      const wait = (retryAt - Date.now()) / 1000;
      ok(wait > 117 && wait < 127, `${JSON.stringify(members)}: ${wait}`);
    }
    for (const members of [{ retryAfter: -5 }, { retryAfter: NaN }, { retryAfter: null }, { retryAfter: "soon" }]) {
      const { retryAt } = await rejection(source(failing(members)).token());
      ok(retryAt - Date.now() <= 1000, JSON.stringify(members));
    }
    const limited = new Response(null, { status: 429, headers: { "retry-after": "120" } });
    const { code, retryAt } = await rejection(source(() => limited).token());
    equal(code, "ERR_RATE_LIMITED");
    ok(retryAt - Date.now() > 117_000, "a Response says it itself");
  },

  async "its signal aborts at the time limit, and what comes later is not taken"() {
    let resolve, aborted;
    const token = ({ signal }) => {
      signal.addEventListener("abort", () => aborted = true);
      return new Promise((done) => resolve = done);
    };
    const client = source(token, { timeout: 0.1 });
    equal((await rejection(client.token())).code, "ERR_TIMEOUT");
    equal(aborted, true);
    resolve({ access_token: "late", expires_in: 60 });
    await sleep(10);
    equal(client.explain().token, "none");
  },

  async "a renewal in the background, in the call's own turn, and events without a host"() {
    const events = [];
    let called = 0;
    const token = () => ({ access_token: `${called += 1}`, expires_in: 3600 });
    const client = source(token, { onEvent: (event) => events.push(event) });
    const { renewAt } = await client.token();
    await at(renewAt.getTime(), async () => equal((await client.token()).value, "1"));
    await until(() => events.length === 4, "the renewal");
    equal(events.map(({ type, provider, host, from }) => [type, provider, host, from]), [
      ["token_request", "sts", undefined, undefined],
      ["token", "sts", undefined, "server"],
      ["token_request", "sts", undefined, undefined],
      ["token", "sts", undefined, "server"],
    ]);
    const { token: state, provider } = { ...client.explain(), provider: events[0].provider };
    equal([state, provider], ["fresh", "sts"]);
  },

  async "the same function, or the same name, is the same client, and no other is"() {
    const called = [];
    const [one, other] = ["one", "other"].map((name) => () => {
      called.push(name);
      return { access_token: name, expires_in: 3600 };
    });
    const unnamed = { name: undefined };
    for (const token of [one, other, one, other]) await source(token, unnamed).token();
    equal(called.splice(0), ["one", "other"]);
    const name = crypto.randomUUID();
    equal((await source(one, { name }).token()).value, (await source(other, { name }).token()).value);
    const narrow = source(one, unnamed).extend({ scope: "a" });
    await narrow.token();
    equal(called, ["one", "one"]);
    equal((await narrow.extend({ scope: "a" }).token()).value, "one");
    equal(called.length, 2, "an extension keeps the function");
  },

  async "what contradicts a token function is told, and so is what is no function"() {
    const token = () => ({ access_token: "a" });
    const why = "contradicts provider.token, which makes the token request itself";
    const wrong = [
      [{ provider: { token, token_endpoint: "https://as.example/token" } }, `provider.token_endpoint: ${why}`],
      [{ provider: { token, steps: [] } }, `provider.steps: ${why}`],
      [{ provider: { token }, grant: { type: "client_credentials" } }, `grant: ${why}`],
      [{ provider: { token: true } }, "provider.token: expected a function (in JSON: true), found null"],
      [{ provider: { token: "a" } }, "provider.token: expected a function (in JSON: true), found null"],
      [
        { provider: { token }, credentials: { key: undefined } },
        "credentials.key: is undefined, null or empty; is an environment variable not set?",
      ],
    ];
    for (const [options, message] of wrong) {
      const error = await rejection(Promise.resolve().then(() => createClient(options)));
      equal([error.code, error.message], ["ERR_OPTIONS", message]);
    }
  },
};
