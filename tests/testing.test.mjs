// The fake provider, against what the five documents say (shared seeds), and each of its faults; then the same over a
// real socket. Runs on Node, Deno and Bun: `node --test`, `deno test -A`, `bun test`.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { awkwardCredentials, fakeCredentials, fakeProvider, NetworkFault, resetAll } from "../pkg-template/testing.js";
import { startLoopback } from "../scripts/loopback.mjs";

const NOW = 1_700_000_000_000;
const { client_id, client_secret, username, password } = fakeCredentials;
const FORM = { "content-type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "content-type": "application/json" };

const basic = (id = client_id, secret = client_secret) => {
  const bytes = new TextEncoder().encode(`${id}:${secret}`);
  return { authorization: `Basic ${btoa(String.fromCharCode(...bytes))}` };
};
const formEncode = (text) => new URLSearchParams({ x: text }).toString().slice(2);
const bearer = (token) => ({ authorization: `Bearer ${token}` });
const post = (headers, body) => ({ method: "POST", headers, body });
const claimsOf = (token) => JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));

/** A fake whose clock stands still until it is moved. */
function frozen(options = {}) {
  const clock = { now: NOW };
  return { clock, fake: fakeProvider({ now: () => clock.now, ...options }) };
}

/**
 * The seeds' sample requests, with the credentials of the fake: one per dialect, and an API URL that takes the token.
 */
const samples = {
  fuse: {
    url: "https://auth.fuse.me/oauth/token",
    init: post(
      JSON_TYPE,
      JSON.stringify({ client_id, client_secret, audience: "https://api.fuse.me", grant_type: "client_credentials" }),
    ),
    api: "https://api.fuse.me/v1/accounts",
    lifetime: 86_400,
  },
  basicTokenV2: {
    url: "https://basic.example/oauth/v2/token",
    init: post({ ...basic(), ...FORM }, "grant_type=client_credentials"),
    api: "https://basic.example/v1/things",
    lifetime: 3600,
  },
  apsisOne: {
    url: "https://api.apsis.one/oauth/token",
    init: post(JSON_TYPE, JSON.stringify({ grant_type: "client_credentials", client_id, client_secret })),
    api: "https://api.apsis.one/audience/keyspaces",
    lifetime: 86_400,
  },
  fuuffy: {
    url: "https://testing-api-gateway.fuuffy.com/v1/auth/token",
    init: post(FORM, `grant_type=client_credentials&client_id=${client_id}&client_secret=${client_secret}`),
    api: "https://testing-api-gateway.fuuffy.com/v1/orders",
    lifetime: 3600,
  },
  fusio: {
    url: "https://fusio.example/authorization/token",
    init: post({ ...basic(), ...FORM }, "grant_type=client_credentials&scope=authorization,backend"),
    api: "https://fusio.example/backend/user",
    lifetime: 172_800,
  },
  plain: {
    url: "https://as.example/oauth2/token",
    init: post({ ...basic(), ...FORM }, "grant_type=client_credentials&scope=a%20b"),
    api: "https://api.example/orders?page=2",
    lifetime: 3600,
  },
};

const readToken = (answer) => answer.access_token ?? answer.data?.access_token ?? answer.token;

async function obtain(fake, dialect, init = samples[dialect].init) {
  const response = await fake.fetch(samples[dialect].url, init);
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return { ...answer, token: readToken(answer) };
}

const callApi = (fake, dialect, token) => fake.fetch(samples[dialect].api, { headers: bearer(token) });

describe("every dialect", () => {
  for (const [dialect, { url, init, api, lifetime }] of Object.entries(samples)) {
    test(`${dialect}: a token, the API, the end of the token`, async () => {
      const { fake, clock } = frozen();
      const response = await fake.fetch(new Request(url, init));
      assert.equal(response.status, 200);
      assert.equal(response.headers.get("content-type"), "application/json");
      assert.equal(response.headers.get("cache-control"), "no-store");
      assert.equal(response.headers.get("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
      const token = readToken(await response.json());

      const echoed = await fake.fetch(api, { method: "PUT", headers: bearer(token), body: "hello" });
      const { pathname, search } = new URL(api);
      assert.deepEqual(await echoed.json(), {
        ok: true,
        provider: dialect,
        path: pathname + search,
        method: "PUT",
        body: "hello",
      });

      clock.now = NOW + lifetime * 1000 - 1;
      assert.equal((await callApi(fake, dialect, token)).status, 200);
      clock.now += 1;
      assert.equal((await callApi(fake, dialect, token)).status, 401);
    });

    test(`${dialect}: wrong credentials are a 401, and no token comes of them`, async () => {
      const { fake } = frozen({ credentials: { client_secret: "another" } });
      const response = await fake.fetch(url, init);
      assert.equal(response.status, 401);
      const { error } = await response.json();
      assert.equal(error.code ?? error, "invalid_client");
    });

    test(`${dialect}: every token differs from every other, of other fakes too`, async () => {
      const [one, other] = [frozen().fake, frozen().fake];
      const tokens = [await obtain(one, dialect), await obtain(one, dialect), await obtain(other, dialect)];
      assert.equal(new Set(tokens.map(({ token }) => token)).size, 3);
      assert.equal((await callApi(other, dialect, tokens[0].token)).status, 401);
    });

    test(`${dialect}: the API refuses no token, an unknown one and a revoked one`, async () => {
      const { fake } = frozen();
      const { token } = await obtain(fake, dialect);
      assert.equal((await fake.fetch(api)).status, 401);
      assert.equal((await callApi(fake, dialect, "nobody")).status, 401);
      fake.revokeAll();
      assert.equal((await callApi(fake, dialect, token)).status, 401);
      assert.equal((await callApi(fake, dialect, (await obtain(fake, dialect)).token)).status, 200);
    });

    test(`${dialect}: a token request is a POST of the right media type`, async () => {
      const { fake } = frozen();
      assert.equal((await fake.fetch(url)).status, 405);
      const text = { ...init, headers: { ...init.headers, "content-type": "text/plain" } };
      assert.equal((await fake.fetch(url, text)).status, 400);
    });
  }

  test("lifetime overrides them all", async () => {
    for (const dialect of Object.keys(samples)) {
      const { fake, clock } = frozen({ lifetime: 2 });
      const { token } = await obtain(fake, dialect);
      clock.now += 1999;
      assert.equal((await callApi(fake, dialect, token)).status, 200, dialect);
      clock.now += 1;
      assert.equal((await callApi(fake, dialect, token)).status, 401, dialect);
    }
  });

  test("a token is good at its own provider and environment only", async () => {
    const { fake } = frozen();
    const sandbox = samples.fuse.url.replace("auth.", "auth-sandbox.");
    const tokens = { sandbox: (await (await fake.fetch(sandbox, samples.fuse.init)).json()).access_token };
    for (const dialect of Object.keys(samples)) tokens[dialect] = (await obtain(fake, dialect)).token;

    for (const [name, token] of Object.entries(tokens)) {
      for (const dialect of Object.keys(samples)) {
        // The plain sample's API lies beside its authorization server, so it takes what any unowned host issued.
        const isTaken = name === dialect || (dialect === "plain" && ["basicTokenV2", "fusio"].includes(name));
        assert.equal((await callApi(fake, dialect, token)).status, isTaken ? 200 : 401, `${name} at ${dialect}`);
      }
    }
    const inSandbox = await fake.fetch("https://api-sandbox.fuse.me/v1/accounts", { headers: bearer(tokens.sandbox) });
    assert.equal(inSandbox.status, 200);
  });

  test("a provider's token endpoint is not found on its API's host", async () => {
    const { fake } = frozen();
    const response = await fake.fetch("https://api.fuse.me/oauth/token", samples.fuse.init);
    assert.equal(response.status, 401);
    assert.equal(fake.calls[0].kind, "api");
    assert.equal(fake.calls[0].dialect, "fuse");
  });
});

describe("fuse", () => {
  test("answers a JWT of 24 hours", async () => {
    const { fake } = frozen();
    const { access_token, token, scope, ...rest } = await obtain(fake, "fuse");
    assert.deepEqual(rest, { expires_in: 86_400, token_type: "Bearer" });
    assert.equal(typeof scope, "string");
    assert.equal(access_token, token);
    assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.equal(JSON.parse(atob(token.split(".")[0])).alg, "RS256");
    const { iat, exp, aud } = claimsOf(token);
    assert.deepEqual({ iat, exp, aud }, { iat: NOW / 1000, exp: NOW / 1000 + 86_400, aud: "https://api.fuse.me" });
  });

  test("all four members are required", async () => {
    const { fake } = frozen();
    const body = JSON.parse(samples.fuse.init.body);
    for (const name of Object.keys(body)) {
      const { [name]: _, ...rest } = body;
      const response = await fake.fetch(samples.fuse.url, post(JSON_TYPE, JSON.stringify(rest)));
      assert.equal(response.status, name.startsWith("client") ? 401 : 400, name);
    }
    const elsewhere = JSON.stringify({ ...body, audience: "https://api.example" });
    assert.equal((await fake.fetch(samples.fuse.url, post(JSON_TYPE, elsewhere))).status, 403);
    assert.equal((await fake.fetch(samples.fuse.url, post(JSON_TYPE, "{"))).status, 400);
  });

  test("its API's 401 is a challenge", async () => {
    const { fake } = frozen();
    const withToken = await callApi(fake, "fuse", "dead");
    assert.match(withToken.headers.get("www-authenticate"), /^Bearer error="invalid_token"/);
    const without = await fake.fetch(samples.fuse.api);
    assert.equal(without.headers.get("www-authenticate"), "Bearer");
  });
});

describe("basicTokenV2", () => {
  test("answers an opaque token that ends in =", async () => {
    const { fake } = frozen();
    const { token, access_token: _, ...rest } = await obtain(fake, "basicTokenV2");
    assert.deepEqual(rest, { token_type: "Bearer", expires_in: 3600 });
    assert.match(token, /^[A-Za-z0-9+/]+=$/);
  });

  test("takes awkward credentials in both spellings of Basic, and no third", async () => {
    const { fake } = frozen({ credentials: awkwardCredentials });
    const { client_id: id, client_secret: secret } = awkwardCredentials;
    const status = async (headers) => {
      const init = post({ ...headers, ...FORM }, "grant_type=client_credentials");
      return (await fake.fetch(samples.basicTokenV2.url, init)).status;
    };
    assert.equal(await status(basic(id, secret)), 200);
    assert.equal(await status(basic(formEncode(id), formEncode(secret))), 200);
    assert.equal(await status(basic(formEncode(formEncode(id)), formEncode(formEncode(secret)))), 401);
    assert.equal(await status({ authorization: "Basic !" }), 401);
    assert.equal(await status({}), 401);
  });

  test("credentials in the body are not taken, nor is a second method beside Basic", async () => {
    const { fake } = frozen();
    const body = `grant_type=client_credentials&client_id=${client_id}&client_secret=${client_secret}`;
    assert.equal((await fake.fetch(samples.basicTokenV2.url, post(FORM, body))).status, 401);
    const both = await fake.fetch(samples.basicTokenV2.url, post({ ...basic(), ...FORM }, body));
    assert.equal(both.status, 400);
    assert.equal((await both.json()).error, "invalid_request");
  });
});

describe("apsisOne", () => {
  test("its expires_in misleads and the exp of its JWT counts", async () => {
    const { fake } = frozen();
    const { token, expires_in, token_type } = await obtain(fake, "apsisOne");
    assert.deepEqual({ expires_in, token_type }, { expires_in: 2_592_000, token_type: "Bearer" });
    assert.equal(claimsOf(token).exp, NOW / 1000 + 86_400);
  });
});

describe("fuuffy", () => {
  test("wraps its answer", async () => {
    const { fake } = frozen();
    const { data, token } = await obtain(fake, "fuuffy");
    assert.deepEqual(data, { access_token: token, token_type: "Bearer", expires_in: 3600 });
    assert.match(token, /^sk-[0-9a-f]{32}$/);
  });

  test("says why in the body and not in a header", async () => {
    const { fake } = frozen();
    const response = await callApi(fake, "fuuffy", "dead");
    assert.equal(response.headers.get("www-authenticate"), null);
    assert.deepEqual(await response.json(), {
      error: {
        code: "invalid_token",
        message: "The access token expired",
        details: "Please request a new access token",
      },
    });
  });

  test("production is another place than testing", async () => {
    const { fake } = frozen();
    const { token } = await obtain(fake, "fuuffy");
    const elsewhere = samples.fuuffy.api.replace("testing-", "");
    assert.equal((await fake.fetch(elsewhere, { headers: bearer(token) })).status, 401);
  });
});

describe("fusio", () => {
  const { url, api } = samples.fusio;
  const ask = (fake, parameters, headers = basic()) =>
    fake.fetch(url, post({ ...headers, ...FORM }, new URLSearchParams(parameters).toString()));
  const refresh = (fake, refresh_token, headers = {}) =>
    ask(fake, { grant_type: "refresh_token", refresh_token, client_id, client_secret }, headers);

  test("answers as the document shows, with an absolute expires_in", async () => {
    const { fake } = frozen();
    const { token, access_token, refresh_token, ...rest } = await obtain(fake, "fusio");
    assert.deepEqual(rest, {
      token_type: "bearer",
      expires_in: NOW / 1000 + 172_800,
      scope: "authorization,backend",
    });
    assert.equal(token, access_token);
    assert.equal(typeof refresh_token, "string");
    assert.equal(claimsOf(token).exp, NOW / 1000 + 172_800);
  });

  test("from 4.0.3 on expires_in is seconds", async () => {
    const { fake } = frozen({ expiresIn: "seconds" });
    assert.equal((await obtain(fake, "fusio")).expires_in, 172_800);
  });

  test("scopes joined by a blank are one impossible scope", async () => {
    const { fake } = frozen();
    const response = await ask(fake, { grant_type: "client_credentials", scope: "authorization backend" });
    assert.equal(response.status, 400);
    assert.equal((await response.json()).error, "invalid_scope");
  });

  test("login: JSON in, a JWT of one hour out", async () => {
    const { fake } = frozen();
    const login = (secret) =>
      fake.fetch(
        "https://fusio.example/consumer/login",
        post(JSON_TYPE, JSON.stringify({ username, password: secret })),
      );
    const answer = await (await login(password)).json();
    assert.deepEqual(Object.keys(answer), ["token"]);
    assert.equal(claimsOf(answer.token).exp - claimsOf(answer.token).iat, 3600);
    assert.equal((await fake.fetch(api, { headers: bearer(answer.token) })).status, 200);

    const refused = await login("wrong");
    assert.equal(refused.status, 400);
    assert.equal((await refused.json()).message, "Invalid name or password");
    assert.equal(fake.count("login"), 2);
    assert.equal(fake.count("token"), 0);
  });

  test("password grant", async () => {
    const { fake } = frozen();
    assert.equal((await ask(fake, { grant_type: "password", username, password })).status, 200);
    const refused = await ask(fake, { grant_type: "password", username, password: "wrong" });
    assert.deepEqual([refused.status, (await refused.json()).error], [400, "invalid_grant"]);
  });

  test("a refresh kills the old pair at once", async () => {
    const { fake } = frozen();
    const old = await obtain(fake, "fusio");
    const renewed = await (await refresh(fake, old.refresh_token)).json();
    assert.notEqual(renewed.access_token, old.token);
    assert.notEqual(renewed.refresh_token, old.refresh_token);
    assert.equal((await callApi(fake, "fusio", old.token)).status, 401);
    assert.equal((await callApi(fake, "fusio", renewed.access_token)).status, 200);

    const again = await refresh(fake, old.refresh_token);
    assert.deepEqual([again.status, (await again.json()).error], [400, "invalid_request"]);
  });

  test("a refresh wants the credentials in the body, and lives three days", async () => {
    const { fake, clock } = frozen();
    const { refresh_token } = await obtain(fake, "fusio");
    const withBasic = await ask(fake, { grant_type: "refresh_token", refresh_token });
    assert.equal(withBasic.status, 401);
    clock.now += 259_200_000;
    assert.equal((await refresh(fake, refresh_token)).status, 400);
  });

  const verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"; // RFC 7636, appendix B
  const authorization = (extra = {}) =>
    `https://fusio.example/authorization/authorize?${new URLSearchParams({
      response_type: "code",
      client_id,
      redirect_uri: "https://app.example/callback?x=1",
      state: "s t",
      code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
      code_challenge_method: "S256",
      ...extra,
    })}`;
  const redeem = (fake, code, extra = {}) =>
    ask(fake, {
      grant_type: "authorization_code",
      code,
      redirect_uri: "https://app.example/callback?x=1",
      code_verifier: verifier,
      ...extra,
    });

  test("authorization code with PKCE", async () => {
    const { fake } = frozen();
    const back = fake.authorize(authorization());
    assert.equal(back.origin + back.pathname, "https://app.example/callback");
    assert.equal(back.searchParams.get("x"), "1");
    assert.equal(back.searchParams.get("state"), "s t");
    const response = await redeem(fake, back.searchParams.get("code"));
    assert.equal(response.status, 200);
    const { access_token, refresh_token } = await response.json();
    assert.equal((await callApi(fake, "fusio", access_token)).status, 200);
    assert.equal((await refresh(fake, refresh_token)).status, 200);
  });

  test("a code is refused with a wrong verifier, without one, elsewhere, late and twice", async () => {
    const { fake, clock } = frozen();
    const fresh = (extra) => fake.authorize(authorization(extra)).searchParams.get("code");
    const refusal = async (code, extra) => {
      const response = await redeem(fake, code, extra);
      return [response.status, (await response.json()).error];
    };
    const refused = [400, "invalid_grant"];
    assert.deepEqual(await refusal(fresh(), { code_verifier: "x".repeat(43) }), refused);
    assert.deepEqual(await refusal(fresh(), { code_verifier: "" }), refused);
    assert.deepEqual(await refusal(fresh(), { redirect_uri: "https://app.example/" }), refused);
    assert.deepEqual(await refusal(fresh({ code_challenge: "" })), refused, "a verifier nobody asked for");

    const used = fresh();
    assert.equal((await redeem(fake, used)).status, 200);
    assert.deepEqual(await refusal(used), refused);

    const late = fresh();
    clock.now += 1_800_000;
    assert.deepEqual(await refusal(late), refused);
  });

  test("an authorization request is checked", async () => {
    const { fake } = frozen();
    const errorOf = (extra) => fake.authorize(authorization(extra)).searchParams.get("error");
    assert.equal(errorOf({ response_type: "token" }), "unsupported_response_type");
    assert.equal(errorOf({ code_challenge_method: "plain" }), "invalid_request");
    assert.throws(() => fake.authorize(authorization({ client_id: "other" })), /client_id/);
    assert.throws(() => fake.authorize(authorization({ redirect_uri: "" })), /redirect_uri/);
    assert.deepEqual(fake.calls.map(({ kind, status }) => [kind, status]), [
      ["authorize", 302],
      ["authorize", 302],
      ["authorize", 400],
      ["authorize", 400],
    ]);
    const response = await fake.fetch(authorization());
    assert.equal(response.status, 302);
    assert.match(response.headers.get("location"), /^https:\/\/app\.example\/callback\?x=1&code=.+&state=s\+t$/);
  });

  test("revocation, in both ways", async () => {
    const { fake } = frozen();
    const revoke = (headers, body) => fake.fetch("https://fusio.example/authorization/revoke", post(headers, body));

    const one = await obtain(fake, "fusio");
    assert.equal((await revoke({ ...basic(), ...FORM }, `token=${one.token}`)).status, 200);
    assert.equal((await callApi(fake, "fusio", one.token)).status, 401);
    assert.equal((await refresh(fake, one.refresh_token)).status, 400);
    assert.equal((await revoke({ ...basic(), ...FORM }, "token=unknown")).status, 200);
    assert.equal((await revoke({ ...basic("nobody"), ...FORM }, "token=unknown")).status, 401);
    assert.equal((await revoke({ ...basic(), ...FORM }, "")).status, 400);

    const other = await obtain(fake, "fusio");
    assert.deepEqual(await (await revoke(bearer(other.token))).json(), { success: true });
    assert.equal((await callApi(fake, "fusio", other.token)).status, 401);
    assert.equal((await revoke(bearer(other.token))).status, 401);
    assert.equal(fake.count("revoke"), 6);
  });
});

describe("plain", () => {
  const { url } = samples.plain;
  const post6749 = { client_id, client_secret };
  const ask = async (fake, parameters) => {
    const response = await fake.fetch(url, {
      method: "POST",
      body: new URLSearchParams({ ...post6749, ...parameters }),
    });
    return { status: response.status, ...(await response.json()) };
  };

  test("Basic and post, scope echoed, no refresh token for client credentials", async () => {
    const { fake } = frozen();
    const { token, access_token, ...rest } = await obtain(fake, "plain");
    assert.equal(token, access_token);
    assert.deepEqual(rest, { token_type: "Bearer", expires_in: 3600, scope: "a b" });
    const byPost = await ask(fake, { grant_type: "client_credentials" });
    assert.equal(byPost.status, 200);
    assert.equal("scope" in byPost, false);
    assert.equal((await ask(fake, { grant_type: "client_credentials", scope: "" })).status, 200, "empty is absent");
  });

  test("errors have RFC 6749's names", async () => {
    const { fake } = frozen();
    const errorOf = async (parameters) => (await ask(fake, parameters)).error;
    assert.equal(await errorOf({}), "invalid_request");
    assert.equal(await errorOf({ grant_type: "telepathy" }), "unsupported_grant_type");
    assert.equal(await errorOf({ grant_type: "client_credentials", client_secret: "x" }), "invalid_client");
    assert.equal(await errorOf({ grant_type: "client_credentials", scope: 'a"b' }), "invalid_scope");
    assert.equal(await errorOf({ grant_type: "refresh_token", refresh_token: "x" }), "invalid_grant");
    const twice = await fake.fetch(url, post({ ...basic(), ...FORM }, "grant_type=a&grant_type=b"));
    assert.equal((await twice.json()).error, "invalid_request");
    const refused = await fake.fetch(url, post({ ...basic("x"), ...FORM }, "grant_type=client_credentials"));
    assert.match(refused.headers.get("www-authenticate"), /^Basic /);
  });

  test("a refresh token stays by default and rotates on demand", async () => {
    const { fake: stays } = frozen();
    const first = await ask(stays, { grant_type: "password", username, password });
    const second = await ask(stays, { grant_type: "refresh_token", refresh_token: first.refresh_token });
    assert.equal("refresh_token" in second, false);
    assert.equal((await callApi(stays, "plain", first.access_token)).status, 200);
    assert.equal((await ask(stays, { grant_type: "refresh_token", refresh_token: first.refresh_token })).status, 200);

    const { fake: rotates } = frozen({ rotate: true });
    const { refresh_token } = await ask(rotates, { grant_type: "password", username, password });
    const renewed = await ask(rotates, { grant_type: "refresh_token", refresh_token });
    assert.notEqual(renewed.refresh_token, refresh_token);
    assert.equal((await ask(rotates, { grant_type: "refresh_token", refresh_token })).error, "invalid_grant");
  });

  test("a refresh token is good where it was issued", async () => {
    const { fake } = frozen();
    const { refresh_token } = await ask(fake, { grant_type: "password", username, password });
    const body = new URLSearchParams({ ...post6749, grant_type: "refresh_token", refresh_token });
    assert.equal((await fake.fetch("https://other.example/token", { method: "POST", body })).status, 400);
    assert.equal((await fake.fetch(url, { method: "POST", body })).status, 200);
  });

  test("revoking the refresh token kills both, the access token only itself", async () => {
    const { fake } = frozen();
    const revoke = (token) =>
      fake.fetch("https://as.example/revoke", { method: "POST", body: new URLSearchParams({ ...post6749, token }) });
    const pair = await ask(fake, { grant_type: "password", username, password });
    await revoke(pair.access_token);
    assert.equal((await callApi(fake, "plain", pair.access_token)).status, 401);
    const renewed = await ask(fake, { grant_type: "refresh_token", refresh_token: pair.refresh_token });
    assert.equal(renewed.status, 200);
    await revoke(pair.refresh_token);
    assert.equal((await ask(fake, { grant_type: "refresh_token", refresh_token: pair.refresh_token })).status, 400);
  });

  test("a host that issues tokens takes its own only", async () => {
    const { fake } = frozen();
    const { token } = await obtain(fake, "plain");
    assert.equal((await fake.fetch("https://other.example/x", { headers: bearer(token) })).status, 200);
    await fake.fetch("https://other.example/token", samples.plain.init);
    assert.equal((await fake.fetch("https://other.example/x", { headers: bearer(token) })).status, 401);
  });
});

describe("the call log", () => {
  test("has every request, in order, with what was answered", async () => {
    const { fake, clock } = frozen();
    const { token } = await obtain(fake, "fuuffy");
    clock.now += 5;
    await fake.fetch(`${samples.fuuffy.api}?page=2`, {
      method: "POST",
      headers: { ...bearer(token), "X-Mine": "1" },
      body: "b",
    });
    const [first, second] = fake.calls;
    assert.deepEqual({ ...first, headers: first.headers["content-type"] }, {
      kind: "token",
      dialect: "fuuffy",
      method: "POST",
      url: samples.fuuffy.url,
      host: "testing-api-gateway.fuuffy.com",
      path: "/v1/auth/token",
      headers: "application/x-www-form-urlencoded",
      body: samples.fuuffy.init.body,
      status: 200,
      fault: null,
      at: NOW,
    });
    assert.equal(second.kind, "api");
    assert.equal(second.path, "/v1/orders?page=2");
    assert.equal(second.headers["x-mine"], "1");
    assert.equal(second.headers.authorization, `Bearer ${token}`);
    assert.equal(second.body, "b");
    assert.equal(second.at, NOW + 5);
    assert.equal(fake.count("api"), 1);
    assert.equal(fake.count("api", ({ status }) => status === 401), 0);
  });

  test("notes a request at its arrival, before it is answered", async () => {
    const fake = fakeProvider({ latency: 5 });
    const pending = fake.fetch(samples.plain.url, samples.plain.init);
    assert.equal(fake.calls.length, 1);
    assert.equal(fake.calls[0].status, null);
    await pending;
    assert.equal(fake.calls[0].status, 200);
  });

  test("reset forgets calls, faults and tokens; clear only the faults", async () => {
    const { fake } = frozen();
    const { calls } = fake;
    const { token } = await obtain(fake, "plain");
    fake.fail([{ type: "html", times: Infinity }]);
    fake.clear();
    assert.equal(calls.length, 1);
    await obtain(fake, "plain");
    fake.fail([{ type: "html", times: Infinity }]);
    fake.reset();
    assert.equal(calls.length, 0);
    assert.equal((await callApi(fake, "plain", token)).status, 401);
    await obtain(fake, "plain");
  });
});

describe("faults", () => {
  const { url, init, api } = samples.plain;
  const struck = async (fault, dialect = "plain") => {
    const { fake } = frozen();
    fake.fail([fault]);
    const response = await fake.fetch(samples[dialect].url, samples[dialect].init);
    assert.equal(fake.calls[0].fault, fault.type);
    assert.equal(fake.calls[0].status, response.status);
    return response;
  };

  test("status", async () => {
    const asText = await struck({ type: "status", status: 418, headers: { "X-Tea": "1" }, body: "short and stout" });
    assert.deepEqual(
      [asText.status, asText.headers.get("x-tea"), await asText.text()],
      [418, "1", "short and stout"],
    );
    const asJson = await struck({ type: "status", status: 400, body: { error: "invalid_scope" } });
    assert.equal(asJson.headers.get("content-type"), "application/json");
    assert.deepEqual(await asJson.json(), { error: "invalid_scope" });
    assert.equal(await (await struck({ type: "status", status: 204 })).text(), "");
  });

  test("rate_limited and unavailable, with every form of Retry-After", async () => {
    const retryAfter = async (fault) => {
      const response = await struck(fault);
      return [response.status, response.headers.get("retry-after")];
    };
    const date = new Date("1994-11-06T08:49:37Z");
    assert.deepEqual(await retryAfter({ type: "rate_limited" }), [429, null]);
    assert.deepEqual(await retryAfter({ type: "rate_limited", retryAfter: 7 }), [429, "7"]);
    assert.deepEqual(await retryAfter({ type: "rate_limited", retryAfter: date }), [
      429,
      "Sun, 06 Nov 1994 08:49:37 GMT",
    ]);
    assert.deepEqual(await retryAfter({ type: "unavailable", retryAfter: "soon" }), [503, "soon"]);
    assert.deepEqual(await retryAfter({ type: "unavailable" }), [503, null]);
    const { error } = await (await struck({ type: "rate_limited" }, "fuuffy")).json();
    assert.equal(error.code, "too_many_requests");
  });

  test("unauthorized: the client at the token endpoint, the token at the API; always, if asked", async () => {
    assert.equal((await (await struck({ type: "unauthorized" })).json()).error, "invalid_client");
    const { fake } = frozen();
    const { token } = await obtain(fake, "fuuffy");
    fake.fail([{ type: "unauthorized", at: "api", times: Infinity }]);
    for (let i = 0; i < 3; i += 1) {
      const response = await callApi(fake, "fuuffy", token);
      assert.deepEqual([response.status, (await response.json()).error.code], [401, "invalid_token"]);
    }
  });

  test("forbidden: a 403 that no new token cures", async () => {
    const { fake } = frozen();
    const { token } = await obtain(fake, "basicTokenV2");
    fake.fail([{ type: "forbidden" }]);
    const response = await callApi(fake, "basicTokenV2", token);
    assert.equal(response.status, 403);
    assert.match(response.headers.get("www-authenticate"), /insufficient_scope/);
    assert.equal((await callApi(fake, "basicTokenV2", token)).status, 200);
  });

  test("late: a 401 for a token that was good", async () => {
    const { fake } = frozen();
    const { token } = await obtain(fake, "plain");
    fake.fail([{ type: "late", at: "api", delay: 20 }]);
    const order = [];
    const late = callApi(fake, "plain", token).then(({ status }) => order.push(status));
    await callApi(fake, "plain", token).then(({ status }) => order.push(status));
    await late;
    assert.deepEqual(order, [200, 401]);
  });

  test("slow: the right answer, late; the work was done at once", async () => {
    const { fake, clock } = frozen();
    fake.fail([{ type: "slow", delay: 20 }]);
    const pending = obtain(fake, "fuse");
    await new Promise((resolve) => setTimeout(resolve, 5));
    assert.equal(fake.calls[0].status, null);
    clock.now += 60_000;
    assert.equal(claimsOf((await pending).token).iat, NOW / 1000);
  });

  test("slow body: headers at once", async () => {
    const response = await struck({ type: "slow", delay: 20, body: true });
    assert.equal(response.status, 200);
    let isRead = false;
    const body = response.json().finally(() => isRead = true);
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(isRead, false);
    assert.equal(typeof (await body).access_token, "string");
  });

  test("hang, slow and latency end when the caller gives up", async () => {
    for (
      const [fault, options] of [[{ type: "hang" }], [{ type: "slow", delay: 60_000 }], [null, { latency: 60_000 }]]
    ) {
      const fake = fakeProvider(options);
      if (fault) fake.fail([fault]);
      const controller = new AbortController();
      const reason = new Error("no patience");
      const pending = fake.fetch(url, { ...init, signal: controller.signal });
      setTimeout(() => controller.abort(reason), 10);
      await assert.rejects(pending, reason);
      assert.equal(fake.calls[0].status, null);
    }
  });

  test("a slow body ends when the caller gives up", async () => {
    const fake = fakeProvider();
    fake.fail([{ type: "slow", delay: 60_000, body: true }]);
    const controller = new AbortController();
    const response = await fake.fetch(url, { ...init, signal: controller.signal });
    setTimeout(() => controller.abort(new Error("no patience")), 10);
    await assert.rejects(response.text(), /no patience/);
  });

  test("what is aborted before it is sent is not seen", async () => {
    const fake = fakeProvider();
    await assert.rejects(
      fake.fetch(url, { ...init, signal: AbortSignal.abort(new Error("never mind")) }),
      /never mind/,
    );
    assert.equal(fake.calls.length, 0);
  });

  test("cut_off: half of the right answer, and then an error", async () => {
    const response = await struck({ type: "cut_off" });
    assert.equal(response.status, 200);
    const reader = response.body.getReader();
    const { value } = await reader.read();
    assert.match(new TextDecoder().decode(value), /^\{"access_token":"[^}]*$/);
    await assert.rejects(reader.read(), NetworkFault);
  });

  test("malformed, empty, html", async () => {
    const truncated = await struck({ type: "malformed" });
    assert.deepEqual([truncated.status, truncated.headers.get("content-type")], [200, "application/json"]);
    await assert.rejects(truncated.json(), SyntaxError);
    const own = await struck({ type: "malformed", body: "{}{}", status: 201, contentType: "text/x" });
    assert.deepEqual([own.status, own.headers.get("content-type"), await own.text()], [201, "text/x", "{}{}"]);

    assert.equal((await struck({ type: "empty" })).status, 204);
    const empty = await struck({ type: "empty", status: 200 });
    assert.deepEqual([empty.status, await empty.text()], [200, ""]);

    const html = await struck({ type: "html" });
    assert.equal(html.status, 200);
    assert.match(html.headers.get("content-type"), /^text\/html/);
    assert.match(await html.text(), /^<!doctype html>/);
  });

  test("oversized: the right answer, and blanks up to the size", async () => {
    for (const bytes of [undefined, 100_000]) {
      const text = await (await struck({ type: "oversized", bytes })).text();
      assert.equal(text.length, bytes ?? 2 * 1024 * 1024);
      assert.equal(typeof JSON.parse(text).access_token, "string");
    }
  });

  test("redirect", async () => {
    const away = await struck({ type: "redirect", location: "https://evil.example/token" });
    assert.deepEqual([away.status, away.headers.get("location")], [307, "https://evil.example/token"]);
    assert.equal((await struck({ type: "redirect", location: "/", status: 302 })).status, 302);
  });

  test("no_token and bad_token keep the dialect's form, and the API takes neither", async () => {
    assert.deepEqual(await (await struck({ type: "no_token" }, "fuuffy")).json(), {
      data: { token_type: "Bearer", expires_in: 3600 },
    });
    const bad = await (await struck({ type: "bad_token", token: "a\nb" }, "fuuffy")).json();
    assert.equal(bad.data.access_token, "a\nb");
    const { fake } = frozen();
    fake.fail([{ type: "bad_token", token: "well-formed" }]);
    assert.equal((await obtain(fake, "plain")).token, "well-formed");
    assert.equal((await callApi(fake, "plain", "well-formed")).status, 401);
  });

  test("network: what a fetch rejects with", async () => {
    const { fake } = frozen();
    fake.fail([{ type: "network" }]);
    const error = await fake.fetch(url, init).catch((reason) => reason);
    assert.ok(error instanceof NetworkFault);
    assert.ok(error instanceof TypeError);
    assert.equal(error.name, "TypeError");
    assert.equal(fake.calls[0].status, null);
    await obtain(fake, "plain");
  });

  test("are met in order, by those they fit, `after` and `times` as told", async () => {
    const { fake } = frozen();
    fake.fail([
      { type: "status", status: 500, times: 2 },
      { type: "status", status: 501, after: 1 },
      { type: "status", status: 502, dialect: "fusio" },
      { type: "status", status: 503, at: "api", after: 1 },
      { type: "status", status: 504, at: "revoke" },
    ]);
    const token = async (dialect) => (await fake.fetch(samples[dialect].url, samples[dialect].init)).status;
    assert.deepEqual([await token("plain"), await token("plain")], [500, 500]);
    assert.deepEqual([await token("plain"), await token("plain"), await token("plain")], [200, 501, 200]);
    assert.deepEqual([await token("fusio"), await token("fusio")], [502, 200]);
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await fake.fetch(api)).status);
    assert.deepEqual(statuses, [401, 503, 401]);
    assert.equal((await fake.fetch("https://as.example/revoke", { method: "POST" })).status, 504);
  });

  test("a login meets the faults of token requests", async () => {
    const { fake } = frozen();
    fake.fail([{ type: "unauthorized", at: undefined, times: undefined }]);
    assert.equal((await fake.fetch("https://fusio.example/consumer/login", { method: "POST" })).status, 401);
  });

  test("a misspelt script is refused as a whole, and says where", async () => {
    const { fake } = frozen();
    const fine = { type: "html" };
    const refused = [
      [[fine, { type: "teapot" }], /fault 1: unknown type "teapot"/],
      [[{}], /fault 0: unknown type/],
      [[null], /fault 0 is not an object/],
      [[fine, fine, { type: "html", status: 200 }], /fault 2 \(html\): unknown member "status"/],
      [[{ type: "slow" }], /fault 0 \(slow\): "delay" is missing/],
      [[{ type: "slow", delay: "1" }], /"delay" is invalid/],
      [[{ type: "slow", delay: 2 ** 31 }], /"delay" is invalid/],
      [[{ type: "html", at: "tokens" }], /"at" is invalid/],
      [[{ type: "html", times: 0 }], /"times" is invalid/],
      [[{ type: "html", after: -1 }], /"after" is invalid/],
      [[{ type: "html", dialect: "klingon" }], /"dialect" is invalid/],
      [[{ type: "html", dialect: "toString" }], /"dialect" is invalid/],
      [[{ type: "toString" }], /unknown type/],
      [[{ type: "html", constructor: "x" }], /unknown member "constructor"/],
      [[{ type: "status", status: 99 }], /"status" is invalid/],
      [[{ type: "status", status: 204, body: "x" }], /status 204 has no "body"/],
      [[{ type: "malformed", status: 304 }], /status 304 has no "body"/],
      [[{ type: "status", status: 400, headers: { "a b": "x" } }], /"headers" is invalid/],
      [[{ type: "rate_limited", retryAfter: new Date(NaN) }], /"retryAfter" is invalid/],
      [[{ type: "rate_limited", retryAfter: "1\n2" }], /"retryAfter" is invalid/],
      [[{ type: "redirect", location: "https://é.example/✓" }], /"location" is invalid/],
      [[{ type: "no_token", at: "api" }], /"at" must be "token"/],
      [[{ type: "forbidden", at: "token" }], /"at" must be "api"/],
    ];
    for (const [faults, message] of refused) {
      assert.throws(
        () => fake.fail(faults),
        (error) => error instanceof TypeError && message.test(error.message),
        `${message}`,
      );
    }
    assert.throws(() => fake.fail(fine), /array/);
    await obtain(fake, "plain");
  });
});

test("an unknown option is refused", () => {
  assert.throws(() => fakeProvider({ lifetimes: 1 }), /unknown option "lifetimes"/);
  assert.throws(() => fakeProvider({ expiresIn: "minutes" }), /expiresIn/);
});

test("an option that is undefined is as if it were not there", () => {
  const nothing = { lifetime: undefined, now: undefined, latency: undefined, expiresIn: undefined, rotate: undefined };
  assert.deepEqual(fakeProvider({ credentials: undefined, ...nothing }).credentials, fakeCredentials);
  assert.deepEqual(fakeProvider({ credentials: { client_id: undefined } }).credentials, fakeCredentials);
});

test("making a fake touches no clock, timer, randomness or network", () => {
  const forbidden = { now: Date.now, random: Math.random, setTimeout: globalThis.setTimeout, fetch: globalThis.fetch };
  const refuse = () => {
    throw new Error("not at top level");
  };
  Date.now =
    Math.random =
    globalThis.setTimeout =
    globalThis.fetch =
      refuse;
  try {
    fakeProvider().fail([{ type: "rate_limited", retryAfter: 1 }]);
  } finally {
    Date.now = forbidden.now;
    Math.random = forbidden.random;
    globalThis.setTimeout = forbidden.setTimeout;
    globalThis.fetch = forbidden.fetch;
  }
});

describe("over loopback", () => {
  const fake = fakeProvider();
  let server;
  before(async () => server = await startLoopback(fake));
  after(() => server.close());

  const at = (url, namespace = "") => server.origin + namespace + url.replace("https://", "/");
  const control = (command, body, namespace = "") =>
    fetch(`${server.origin}${namespace}/_control/${command}`, {
      method: body === undefined ? "GET" : "POST",
      body: body === undefined ? null : JSON.stringify(body),
    });
  const callsOf = async (namespace) => await (await control("calls", undefined, namespace)).json();

  for (const [dialect, { url, init, api }] of Object.entries(samples)) {
    test(`${dialect}: the host is the first path segment`, async () => {
      fake.reset();
      const response = await fetch(at(url), init);
      const token = readToken(await response.json());
      const echoed = await fetch(at(api), { method: "POST", headers: bearer(token), body: "hello" });
      const { pathname, search } = new URL(api);
      const { provider, path, body } = await echoed.json();
      assert.deepEqual({ provider, path, body }, { provider: dialect, path: pathname + search, body: "hello" });
      assert.deepEqual(fake.calls.map((call) => [call.kind, call.dialect, call.host, call.status]), [
        ["token", dialect, new URL(url).host, 200],
        ["api", dialect, new URL(api).host, 200],
      ]);
    });
  }

  test("without a host in the path the server is a plain one", async () => {
    const { access_token } = await (await fetch(`${server.origin}/token`, samples.plain.init)).json();
    assert.equal((await fetch(`${server.origin}/v1/orders`, { headers: bearer(access_token) })).status, 200);
    assert.equal((await fetch(`${server.origin}/v1/orders`)).status, 401);
  });

  test("the fake's Date is sent, once", async () => {
    const skewed = await startLoopback(fakeProvider({ now: () => NOW }));
    try {
      const response = await fetch(`${skewed.origin}/x`);
      assert.equal(response.headers.get("date"), "Tue, 14 Nov 2023 22:13:20 GMT");
      await response.body?.cancel();
    } finally {
      await skewed.close();
    }
  });

  test("network and cut_off destroy the socket", async () => {
    fake.reset();
    fake.fail([{ type: "network" }, { type: "cut_off" }]);
    const { url, init } = samples.plain;
    await assert.rejects(fetch(at(url), init));
    const response = await fetch(at(url), init);
    assert.equal(response.status, 200);
    await assert.rejects(response.text());
    assert.equal((await fetch(at(url), init)).status, 200);
  });

  test("a caller that goes away ends the hanging request", async () => {
    fake.reset();
    fake.fail([{ type: "hang" }, { type: "slow", delay: 60_000, body: true }]);
    const { url, init } = samples.plain;
    await assert.rejects(fetch(at(url), { ...init, signal: AbortSignal.timeout(30) }));
    const response = await fetch(at(url), { ...init, signal: AbortSignal.timeout(200) });
    assert.equal(response.status, 200);
    await assert.rejects(response.text());
    assert.deepEqual(fake.calls.map(({ status }) => status), [null, 200]);
  });

  test("the request's signal follows the connection", async () => {
    let arrived, ended;
    const hasArrived = new Promise((resolve) => arrived = resolve);
    const hasEnded = new Promise((resolve) => ended = resolve);
    const witness = {
      fetch: (request) =>
        new Promise((_, reject) => {
          request.signal.addEventListener("abort", () => {
            reject(request.signal.reason);
            ended();
          });
          arrived();
        }),
    };
    const other = await startLoopback(witness);
    try {
      const controller = new AbortController();
      const pending = fetch(other.origin, { signal: controller.signal });
      await hasArrived;
      controller.abort();
      await assert.rejects(pending);
      await hasEnded;
    } finally {
      await other.close();
    }
  });

  test("oversized is streamed whole", async () => {
    fake.reset();
    fake.fail([{ type: "oversized" }]);
    const response = await fetch(at(samples.plain.url), samples.plain.init);
    assert.equal((await response.text()).length, 2 * 1024 * 1024);
  });

  test("is driven from another process", async () => {
    fake.reset();
    const { url, init, api } = samples.plain;
    assert.equal((await control("fail", [{ type: "unavailable", times: "always" }])).status, 204);
    for (let i = 0; i < 3; i += 1) assert.equal((await fetch(at(url), init)).status, 503);
    assert.equal((await control("clear", {})).status, 204);
    const { access_token } = await (await fetch(at(url), init)).json();
    assert.equal((await control("revoke-all", {})).status, 204);
    assert.equal((await fetch(at(api), { headers: bearer(access_token) })).status, 401);
    assert.deepEqual((await callsOf()).map(({ status, fault }) => [status, fault]), [
      ...Array(3).fill([503, "unavailable"]),
      [200, null],
      [401, null],
    ]);
    assert.equal((await control("reset", {})).status, 204);
    assert.deepEqual(await callsOf(), []);
  });

  test("says what is wrong with a command", async () => {
    const misspelt = await control("fail", [{ type: "teapot" }]);
    assert.deepEqual([misspelt.status, await misspelt.json()], [400, { error: 'fault 0: unknown type "teapot"' }]);
    assert.equal((await control("explode", {})).status, 404);
    assert.equal((await control("options", {})).status, 400);
  });

  test("namespaces do not disturb each other, and have options of their own", async () => {
    fake.reset();
    const { url, init } = samples.fusio;
    assert.equal((await control("options", { lifetime: 60, expiresIn: "seconds" }, "/ns/one")).status, 204);
    await control("fail", [{ type: "html" }], "/ns/two");
    const one = await (await fetch(at(url, "/ns/one"), init)).json();
    const two = await fetch(at(url, "/ns/two"), init);
    assert.equal(one.expires_in, 60);
    assert.match(await two.text(), /^<!doctype html>/);
    assert.deepEqual([(await callsOf("/ns/one")).length, (await callsOf("/ns/two")).length, fake.calls.length], [
      1,
      1,
      0,
    ]);
    const api = at(samples.fusio.api, "/ns/two");
    assert.equal((await fetch(api, { headers: bearer(one.access_token) })).status, 401);
  });
});

describe("resetAll", () => {
  const PLAIN = "https://as.example/token";
  const packages = {};
  before(async () => {
    packages.esm = await import("../pkg/index.js");
    packages.cjs = createRequire(import.meta.url)("../pkg/cjs/index.js");
  });

  /** A client as it stands at the top of a module, of the fake that its tests share. */
  function shared({ createClient } = packages.esm, options) {
    const fake = fakeProvider({ rotate: true });
    const credentials = { client_id, client_secret };
    return { fake, api: createClient({ provider: PLAIN, credentials, fetch: fake.fetch, patience: 0, ...options }) };
  }

  test("a client that was there asks for a token of its own, and so does its equal", async () => {
    const { fake, api } = shared();
    const before = await api.authorization();
    resetAll();
    assert.equal(api.explain().token, "none");
    const after = await api.authorization();
    assert.notEqual(after, before);
    const credentials = { client_id, client_secret };
    const equal = packages.esm.createClient({ provider: PLAIN, credentials, fetch: fake.fetch, patience: 0 });
    assert.equal(await equal.authorization(), after);
    assert.equal(fake.count("token"), 2);
    equal.close();
    assert.equal(await api.authorization(), after);
    api.close();
  });

  test("a cooldown and a grant that was spent are forgotten", async () => {
    const { fake, api } = shared();
    fake.fail([{ type: "rate_limited", retryAfter: 60 }]);
    await assert.rejects(api.token(), { code: "ERR_RATE_LIMITED" });
    resetAll();
    assert.equal(api.explain().lastError, null);
    await api.token();
    api.close();

    const url = new URL("https://as.example/authorize?response_type=code&redirect_uri=https://app.example/");
    url.searchParams.set("client_id", client_id);
    const code = fake.authorize(url).searchParams.get("code");
    const asked = [];
    const grant = { type: "authorization_code", code, redirectUri: "https://app.example/" };
    const watched = (input, init) => (asked.push(init.body), fake.fetch(input, init));
    const other = shared(packages.esm, { grant, fetch: watched }).api;
    await other.token();
    resetAll();
    // The server's no, and not the client's, which would send the refresh token or nothing.
    await assert.rejects(other.token(), { error: "invalid_grant" });
    assert.equal(asked.filter((body) => body.includes(`code=${code}`)).length, 2);
    other.close();
  });

  test("an answer that is under way is dropped, and whoever waits for it gets the next one", async () => {
    const { fake, api } = shared();
    fake.fail([{ type: "slow", delay: 50 }]);
    const waiting = api.token();
    resetAll();
    const { value } = await api.token();
    assert.equal((await waiting).value, value);
    assert.equal(api.explain().serial, 2);
    assert.equal(fake.count("token"), 2);
    api.close();
  });

  test("a clock that the last test moved does not count", async () => {
    const { fake, api } = shared();
    const { now } = Date;
    try {
      Date.now = () => now() + 86_400_000;
      await api.token();
      resetAll();
    } finally {
      Date.now = now;
    }
    assert.ok((await api.token()).expiresAt - Date.now() < 3_700_000);
    assert.equal(fake.count("token"), 2);
    api.close();
  });

  test("both copies of the package", async () => {
    const both = [shared(packages.esm), shared(packages.cjs, { name: "of the other copy" })];
    for (const { api } of both) await api.token();
    resetAll();
    for (const { api, fake } of both) {
      await api.token();
      assert.equal(fake.count("token"), 2);
      api.close();
    }
  });
});
