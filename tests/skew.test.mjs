// A local clock that is wrong, and servers that look at the dates of what is signed: their own `Date` is what helps.
import assert from "node:assert/strict";
import { generateKeyPairSync, verify } from "node:crypto";
import { test } from "node:test";
import { createClient } from "../pkg/index.js";
import { githubApp } from "../pkg/providers.js";

const { now } = Date;
/** How far ahead the local clock is, in seconds. */
let ahead = 0;
Date.now = () => now() + ahead * 1000;

const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
const pem = privateKey.export({ type: "pkcs1", format: "pem" });
const SKEWED = [1, -1, 34, -34, 300, -300, 3600, -3600, -86_400];

/** The claims of a JWT that this key signed. */
function claimsOf(jwt) {
  const [header, claims, signature] = jwt.split(".");
  const isSigned = verify(
    "sha256",
    Buffer.from(`${header}.${claims}`),
    publicKey,
    Buffer.from(signature, "base64url"),
  );
  assert.ok(isSigned);
  return JSON.parse(Buffer.from(claims, "base64url"));
}

/** A server that looks at `iat` and `exp` by the right clock. `date`: what it says of that clock, as headers. */
function serverOf({ jwtOf, isGood, granted, date = () => ({ date: new Date(now()).toUTCString() }) }) {
  const asked = [];
  const fetch = (url, init) => {
    const claims = claimsOf(jwtOf(new Headers(init.headers), init.body));
    const isAccepted = isGood(claims, now() / 1000);
    asked.push(isAccepted);
    const headers = date();
    if (!isAccepted) return Promise.resolve(Response.json({ error: "invalid_client" }, { status: 401, headers }));
    return Promise.resolve(Response.json(granted(), { headers }));
  };
  return { fetch, asked };
}

/** As GitHub does it: nothing from the future, and ten minutes at most. */
const github = (further) =>
  serverOf({
    jwtOf: (headers) => headers.get("authorization").slice("Bearer ".length),
    isGood: ({ iat, exp }, at) => iat <= at && exp > at && exp <= at + 600,
    granted: () => ({ token: crypto.randomUUID(), expires_at: new Date(now() + 3_600_000).toISOString() }),
    ...further,
  });

const appOf = (fetch) =>
  createClient({
    provider: githubApp,
    variables: { installation_id: "1" },
    credentials: { app_id: "12345", private_key: pem },
    fetch,
    name: crypto.randomUUID(),
    patience: 0,
  });

/** As a server of RFC 7523 does it: a minute of tolerance. */
const strict = (further) =>
  serverOf({
    jwtOf: (_, body) => new URLSearchParams(body).get("client_assertion"),
    isGood: ({ iat, exp }, at) => iat <= at + 60 && exp > at - 60,
    granted: () => ({ access_token: crypto.randomUUID(), expires_in: 3600 }),
    ...further,
  });

const clientOf = (fetch) =>
  createClient({
    provider: { token_endpoint: "https://as.example/token", token_endpoint_auth_method: "private_key_jwt" },
    credentials: { client_id: "app", private_key: pem },
    fetch,
    name: crypto.randomUUID(),
    patience: 0,
  });

for (const off of SKEWED) {
  for (const [what, made, open] of [["a GitHub App", github, appOf], ["private_key_jwt", strict, clientOf]]) {
    test(`${what}, with a clock that is ${off} s off`, async () => {
      ahead = off;
      const { fetch, asked } = made();
      const client = open(fetch);
      await client.token();
      assert.ok(asked.length <= 2 && asked.at(-1), `${asked}`);
      const { clockSkew } = client.explain();
      assert.ok(asked.length === 1 ? clockSkew === 0 : Math.abs(clockSkew + off * 1000) < 2000, `${clockSkew}`);
      // The next one is right at once.
      const before = asked.length;
      client.invalidate();
      await client.token();
      assert.equal(asked.length, before + 1);
      ahead = 0;
    });
  }
}

test("a minute ahead a GitHub App needs no second request", async () => {
  ahead = 55;
  const { fetch, asked } = github();
  await appOf(fetch).token();
  assert.deepEqual(asked, [true]);
  ahead = 0;
});

for (
  const [what, date, requests] of [
    ["no Date", () => ({}), 1],
    ["a Date from a cache", () => ({ date: new Date(now()).toUTCString(), age: "7" }), 1],
    ["a Date that is none", () => ({ date: "yesterday" }), 1],
    ["a Date that lies", () => ({ date: new Date(now() + 86_400_000).toUTCString() }), 2],
  ]
) {
  test(`a clock an hour off, and ${what}: refused, and the next call works once the clock does`, async () => {
    ahead = 3600;
    const { fetch, asked } = strict({ date });
    const client = clientOf(fetch);
    await assert.rejects(client.token(), { code: "ERR_REFUSED", status: 401 });
    assert.equal(asked.length, requests);
    assert.equal(client.explain().clockSkew, 0, "what did not help is not believed");
    // The clock is set right, and the cooldown goes by.
    ahead = 0;
    assert.equal(client.explain().flight, "cooldown");
    ahead = 31;
    assert.equal((await client.token()).tokenType, "Bearer");
    ahead = 0;
  });
}
