// A real authorization server, oidc-provider, on loopback; and an API that asks it about every token it is shown.
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { calculateJwkThumbprint, createRemoteJWKSet, exportJWK, exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import Provider from "oidc-provider";
import { packedProject } from "../scripts/runtimes.mjs";

// All that RFC 6749 allows in them is VSCHAR (appendix A), and oidc-provider keeps to it: so no é here, but in the password below.
const AWKWARD = "a:b%2B+c d\"e'f\\g&h=i?j#k/{x}${y}~";
const JWT_API = "urn:example:jwt-api";
/** Lifetimes of access tokens by client, in seconds. */
const LIFETIMES = { brief: 4, user: 3 };
const ASSERTIONS = {
  RS256: "private_key_jwt",
  PS256: "private_key_jwt",
  ES256: "private_key_jwt",
  HS256: "client_secret_jwt",
};

let createClient, core;
let folder, server, origin, provider;
/** By algorithm: the key as PEM and as JWK. */
const keys = {};
/** What the server granted: `{ grant, client, accessToken, refreshToken, used }`. */
let granted = [];
/** The API's answers. */
let answers = [];

before(async () => {
  folder = packedProject(mkdtempSync(join(tmpdir(), "bearerkit-oidc-")));
  writeFileSync(
    join(folder, "entry.mjs"),
    'export { createClient } from "bearerkit"; export * as core from "bearerkit/core";\n',
  );
  ({ createClient, core } = await import(join(folder, "entry.mjs")));
  server = createServer((request, response) => {
    serve(request, response).catch((error) => response.writeHead(500).end(error.stack));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${server.address().port}`;
  await makeKeys();
  provider = authorizationServer();
});

after(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

beforeEach(() => {
  granted = [];
  answers = [];
});

async function makeKeys() {
  for (const alg of ["RS256", "PS256", "ES256"]) {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = { ...(await exportJWK(privateKey)), alg };
    keys[alg] = {
      pem: await exportPKCS8(privateKey),
      jwk: { ...jwk, use: "sig", kid: await calculateJwkThumbprint(jwk) },
    };
  }
}

function authorizationServer() {
  const machine = (client_id, further) => ({
    client_id,
    client_secret: AWKWARD,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    ...further,
  });
  const isPublic = ([name]) => !["d", "p", "q", "dp", "dq", "qi"].includes(name);
  const withAssertion = Object.entries(ASSERTIONS).map(([alg, token_endpoint_auth_method]) =>
    machine(alg, {
      client_secret: alg === "HS256" ? AWKWARD.repeat(2) : undefined,
      token_endpoint_auth_method,
      token_endpoint_auth_signing_alg: alg,
      jwks: keys[alg] && { keys: [Object.fromEntries(Object.entries(keys[alg].jwk).filter(isPublic))] },
    })
  );
  const made = new Provider(origin, {
    clients: [
      machine(AWKWARD, { token_endpoint_auth_method: "client_secret_basic" }),
      machine("post", { token_endpoint_auth_method: "client_secret_post" }),
      machine("brief"),
      machine("api"),
      machine("password", { grant_types: ["password"] }),
      machine("user", {
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: [`${origin}/callback`],
        response_types: ["code"],
      }),
      ...withAssertion,
    ],
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "client_secret_jwt", "private_key_jwt"],
    cookies: { keys: [randomBytes(32).toString("hex")] },
    jwks: { keys: [keys.RS256.jwk] },
    scopes: ["openid", "offline_access", "orders.read", "orders.write"],
    rotateRefreshToken: true,
    findAccount: (_, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_, { uid }) => `/consent/${uid}` },
    ttl: {
      ClientCredentials: (_, __, client) => LIFETIMES[client.clientId] ?? 600,
      AccessToken: (_, __, client) => LIFETIMES[client.clientId] ?? 600,
      RefreshToken: 3600,
      Grant: 3600,
      Interaction: 60,
      Session: 60,
      IdToken: 60,
    },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true, allowedPolicy: (_, client) => client.clientId === "api" },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_, audience) => ({
          audience,
          scope: "orders.read",
          accessTokenFormat: "jwt",
          accessTokenTTL: 600,
        }),
      },
    },
  });
  made.registerGrantType("password", grantByPassword, ["username", "password"]);
  made.on("grant.success", ({ oidc, body }) => {
    granted.push({
      grant: oidc.params.grant_type,
      client: oidc.client.clientId,
      accessToken: body.access_token,
      refreshToken: body.refresh_token,
      used: oidc.params.refresh_token,
    });
  });
  return made;
}

/** Puts what was received into the token's scope, so that the test can see it. */
async function grantByPassword(ctx) {
  const { client, params } = ctx.oidc;
  const token = new ctx.oidc.provider.ClientCredentials({ client });
  const received = createHash("sha256").update(`${params.username}\n${params.password}`).digest("hex");
  ctx.body = {
    access_token: await token.save(),
    token_type: token.tokenType,
    expires_in: token.expiration,
    scope: received,
  };
}

async function serve(request, response) {
  if (request.url.startsWith("/api/")) return await serveApi(request, response);
  if (request.url.startsWith("/consent/")) return await consent(request, response);
  await provider.callback()(request, response);
}

/** The protected resource: it believes the authorization server and nobody else (RFC 7662). */
async function serveApi(request, response) {
  const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  const { active } = token ? await introspect(token) : { active: false };
  answers.push(active ? 200 : 401);
  if (active) return response.writeHead(200, { "content-type": "application/json" }).end('{"orders":[]}');
  response.writeHead(401, { "www-authenticate": 'Bearer realm="orders", error="invalid_token"' }).end();
}

async function introspect(token) {
  const response = await fetch(`${origin}/token/introspection`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`api:${encodeURIComponent(AWKWARD)}`)}` },
    body: new URLSearchParams({ token }),
  });
  assert.equal(response.status, 200);
  return await response.json();
}

/** A user who signs in and says yes to everything. */
async function consent(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: "alice", clientId: params.client_id });
  grant.addOIDCScope(params.scope);
  const result = { login: { accountId: "alice" }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result);
}

/** Follows redirects as a browser does, until one leads to `callback`. */
async function browse(url, callback) {
  const cookies = new Map();
  for (let hops = 0; hops < 10; hops += 1) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const response = await fetch(url, { redirect: "manual", headers: { cookie } });
    assert.equal(response.status, 303, await response.text());
    for (const set of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set);
      cookies.set(name, value);
    }
    url = new URL(response.headers.get("location"), url);
    if (url.href.startsWith(callback)) return url;
  }
  assert.fail("too many redirects");
}

/** Options for a client of this server. */
function options(client_id, { profile, credentials = { client_secret: AWKWARD }, ...further } = {}) {
  return {
    provider: {
      token_endpoint: `${origin}/token`,
      authorization_endpoint: `${origin}/auth`,
      revocation_endpoint: `${origin}/token/revocation`,
      ...profile,
    },
    credentials: { client_id, ...credentials },
    allowInsecure: true,
    ...further,
  };
}

function discovered(client_id, { credentials = { client_secret: AWKWARD }, ...further } = {}) {
  return {
    provider: { issuer: origin },
    credentials: { client_id, ...credentials },
    allowInsecure: true,
    name: crypto.randomUUID(),
    ...further,
  };
}

const POST = { profile: { token_endpoint_auth_method: "client_secret_post" } };

test("client_secret_basic: awkward characters in both halves", async () => {
  const client = createClient(options(AWKWARD, { scope: ["orders.read", "orders.write"] }));
  const token = await client.token();
  assert.equal(token.tokenType, "Bearer");
  assert.equal(token.scope, "orders.read orders.write");
  const { active, client_id, scope, exp } = await introspect(token.value);
  assert.deepEqual({ active, client_id, scope }, {
    active: true,
    client_id: AWKWARD,
    scope: "orders.read orders.write",
  });
  // The server counts in whole seconds.
  assert.ok(Math.abs(token.expiresAt - exp * 1000) <= 2000);
});

test("client_secret_post: awkward characters, one request for a herd, and an API that accepts the token", async () => {
  const client = createClient(options("post", POST));
  const herd = await Promise.all(Array.from({ length: 50 }, () => client.authorization()));
  assert.equal(new Set(herd).size, 1);
  const response = await client.fetch(`${origin}/api/orders`);
  assert.deepEqual(await response.json(), { orders: [] });
  assert.deepEqual(granted.map(({ grant, client }) => ({ grant, client })), [{
    grant: "client_credentials",
    client: "post",
  }]);
});

test("a form with non-ASCII characters arrives as it was", async () => {
  const [username, password] = ["renée", 'pä:s+s%41 "wörd" 🗝'];
  const client = createClient(options("password", { grant: { type: "password", username, password } }));
  const { scope } = await client.token();
  assert.equal(scope, createHash("sha256").update(`${username}\n${password}`).digest("hex"));
});

test("a JWT access token for a resource (RFC 8707), whose exp is read", async () => {
  const client = createClient(options("post", { ...POST, scope: "orders.read", resource: JWT_API }));
  const { value, expiresAt } = await client.token();
  const { payload } = await jwtVerify(value, createRemoteJWKSet(new URL(`${origin}/jwks`)), {
    issuer: origin,
    audience: JWT_API,
  });
  assert.equal(payload.client_id, "post");
  assert.deepEqual(core.readJwtExpiry(value), { exp: payload.exp, iat: payload.iat });
  assert.ok(Math.abs(expiresAt - payload.exp * 1000) <= 2000);
  // A JWT cannot be revoked there, and stays in hand.
  await assert.rejects(client.revoke(), { code: "ERR_REFUSED", status: 400 });
  assert.equal((await client.token()).value, value);
});

test("a token of four seconds is renewed while it lives, and nobody waits for it", async () => {
  const client = createClient(options("brief", { refreshMargin: 2 }));
  const first = await client.token();
  assert.equal((await client.token()).value, first.value);
  await sleep(first.renewAt - Date.now());
  assert.equal((await client.token()).value, first.value, "stale is good enough, and says that it is time");
  while ((await client.token()).value === first.value) await sleep(10);
  assert.ok(Date.now() < first.expiresAt - 1000, "renewed before anyone had to wait");
  assert.equal((await client.fetch(`${origin}/api/orders`)).status, 200);
  assert.deepEqual([granted.length, answers], [2, [200]]);
});

test("authorization code with PKCE, then refresh tokens that rotate, and each is used once", async () => {
  const base = options("user", { scope: "openid offline_access", parameters: { prompt: "consent" } });
  const redirectUri = `${origin}/callback`;
  const codeVerifier = core.generateCodeVerifier();
  const codeChallenge = await core.calculateCodeChallenge(codeVerifier);
  const state = "s t&a=t%e";
  const url = core.buildAuthorizationUrl(base, { redirectUri, state, codeChallenge });
  const { searchParams } = await browse(url, redirectUri);
  assert.equal(searchParams.get("state"), state);
  const code = searchParams.get("code");
  assert.ok(code, searchParams.toString());

  const client = createClient({ ...base, grant: { type: "authorization_code", code, redirectUri, codeVerifier } });
  let held = await client.token();
  for (let round = 0; round < 2; round += 1) {
    // A second before its stated end a token counts as expired: servers round.
    await sleep(held.expiresAt - 1000 + 20 - Date.now());
    // oidc-provider ends the whole grant if a used refresh token comes again: a herd that does not share one request gets nothing.
    const herd = await Promise.all(Array.from({ length: 20 }, () => client.token()));
    assert.equal(new Set(herd.map(({ value }) => value)).size, 1);
    assert.notEqual(herd[0].value, held.value);
    [held] = herd;
    assert.equal((await introspect(held.value)).active, true);
  }
  assert.deepEqual(granted.map(({ grant }) => grant), ["authorization_code", "refresh_token", "refresh_token"]);
  assert.deepEqual(
    granted.slice(1).map(({ used }) => used),
    granted.slice(0, -1).map(({ refreshToken }) => refreshToken),
  );
  assert.equal(new Set(granted.map(({ refreshToken }) => refreshToken)).size, 3);

  await client.revoke();
  assert.equal((await introspect(granted[2].refreshToken)).active, false);
  assert.equal((await introspect(granted[2].accessToken)).active, false);
  await assert.rejects(client.token(), { code: "ERR_REFUSED" }, "the code is spent and the refresh token is gone");
});

test("revocation (RFC 7009), and the next call gets another token", async () => {
  const client = createClient(options(AWKWARD, { name: "revoked" }));
  const { value } = await client.token();
  assert.equal((await introspect(value)).active, true);
  await client.revoke();
  assert.equal((await introspect(value)).active, false);
  assert.equal((await client.fetch(`${origin}/api/orders`)).status, 200);
  assert.equal(granted.length, 2);
});

test("a token that someone else revoked: the API says 401, and one renewal cures ten calls", async () => {
  const client = createClient(options("post", { ...POST, name: "recovered" }));
  const { value } = await client.token();
  await provider.ClientCredentials.find(value).then((token) => token.destroy());
  const responses = await Promise.all(
    Array.from({ length: 10 }, () => client.fetch(`${origin}/api/orders`, { method: "POST", body: "{}" })),
  );
  assert.deepEqual(responses.map(({ status }) => status), Array(10).fill(200));
  assert.equal(answers.filter((status) => status === 401).length, 10);
  assert.equal(granted.length, 2);
});

test("by its issuer alone: discovery, Basic, revocation, introspection", async () => {
  const events = [];
  const client = createClient(discovered(AWKWARD, { onEvent: ({ type }) => events.push(type) }));
  assert.equal((await client.fetch(`${origin}/api/orders`)).status, 200);
  const { value } = await client.token();
  await client.revoke();
  assert.equal((await introspect(value)).active, false);
  assert.equal((await client.fetch(`${origin}/api/orders`)).status, 200);
  assert.equal(granted.length, 2);
  assert.equal(events.filter((type) => type === "token_request").length, 2);

  const api = createClient(discovered("api"));
  const { value: live } = await client.token();
  const said = await api.introspect(live);
  assert.deepEqual([said.active, said.client_id, said.token_type], [true, AWKWARD, "Bearer"]);
  assert.deepEqual(await api.introspect(value), { active: false });
  assert.deepEqual(await api.introspect("no token"), { active: false });
  assert.deepEqual(await client.introspect(), { active: false }, "this client may not ask");
});

test("by its issuer alone: a key signs with the algorithm that it can do", async () => {
  for (const alg of ["PS256", "ES256"]) {
    const client = createClient(discovered(alg, { credentials: { private_key: keys[alg].pem } }));
    assert.equal((await client.fetch(`${origin}/api/orders`)).status, 200, alg);
  }
});

test("an issuer that the server does not say it is", async () => {
  const client = createClient(discovered(AWKWARD, { provider: { issuer: `${origin}/` } }));
  const both =
    `"${origin}", and provider.issuer is "${origin}/", which differ only in the trailing slash; if the first one is right`;
  await assert.rejects(
    client.token(),
    ({ code, message }) => code === "ERR_BAD_RESPONSE" && message.includes(`its metadata has issuer ${both}`),
  );
  assert.deepEqual(granted, []);
});

for (const further of [{}, POST]) {
  const method = further.profile?.token_endpoint_auth_method ?? "client_secret_basic";
  test(`a wrong secret by ${method}: invalid_client, and no secret in sight`, async () => {
    const secret = "wr0ng:secret+%";
    const client = createClient(options("post", { ...further, credentials: { client_secret: secret } }));
    const error = await client.token().then(() => assert.fail("there is a token"), (error) => error);
    assert.equal(error.name, "AuthError");
    assert.deepEqual([error.code, error.status, error.error], ["ERR_REFUSED", 401, "invalid_client"]);
    const shown = inspect(error, { depth: 9, showHidden: true }) + JSON.stringify(error) + error.stack +
      inspect(client.explain());
    const forms = [
      secret,
      encodeURIComponent(secret),
      btoa(`post:${secret}`),
      btoa(`post:${encodeURIComponent(secret)}`),
    ];
    for (const form of forms) assert.ok(!shown.includes(form), `${form} in ${shown}`);
    // A refused credential is not shown to the server again at once.
    await assert.rejects(client.token(), { code: "ERR_REFUSED", error: "invalid_client" });
    assert.deepEqual(granted, []);
  });
}

for (const [alg, token_endpoint_auth_method] of Object.entries(ASSERTIONS)) {
  test(`${token_endpoint_auth_method} with ${alg}`, async () => {
    const assertion = { use: "client_assertion", alg };
    const forms = alg === "HS256" ? [AWKWARD.repeat(2)] : [keys[alg].pem, JSON.stringify(keys[alg].jwk)];
    for (const [index, key] of forms.entries()) {
      const member = alg === "HS256" ? "client_secret" : "private_key";
      const client = createClient(options(alg, {
        name: String(index),
        profile: { token_endpoint_auth_method, assertion },
        credentials: { [member]: key },
      }));
      assert.equal((await client.fetch(`${origin}/api/orders`)).status, 200);
      // The jti is new each time, or the server would refuse the second one as a replay.
      client.invalidate();
      assert.equal((await client.fetch(`${origin}/api/orders`)).status, 200);
    }
    assert.deepEqual(granted.map(({ client }) => client), forms.flatMap(() => [alg, alg]));
  });
}
