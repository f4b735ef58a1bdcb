// Token exchange, the JWT bearer grant and a client assertion that someone else signed, at a real authorization server:
// oidc-provider with the grants registered. What it takes for an identity is judged by jose.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { resolve } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import Provider from "oidc-provider";
import { root } from "../scripts/paths.mjs";

const pkg = resolve(process.env.BEARERKIT_PKG ?? resolve(root, "pkg"));
const { createClient } = await import(pathToFileURL(resolve(pkg, "index.js")));

const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const JWT = "urn:ietf:params:oauth:token-type:jwt";
const PARAMETERS = [
  "subject_token",
  "subject_token_type",
  "actor_token",
  "actor_token_type",
  "requested_token_type",
  "audience",
];

let server, origin, platform, received;

before(async () => {
  server = createServer((request, response) => provider.callback()(request, response));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  origin = `http://127.0.0.1:${server.address().port}`;
  platform = await generateKeyPair("RS256");
  const provider = new Provider(origin, {
    clients: [
      {
        client_id: "exchanger",
        client_secret: "s3cr3t",
        grant_types: [EXCHANGE, JWT_BEARER],
        redirect_uris: [],
        response_types: [],
      },
      {
        client_id: "workload",
        grant_types: ["client_credentials"],
        redirect_uris: [],
        response_types: [],
        token_endpoint_auth_method: "private_key_jwt",
        token_endpoint_auth_signing_alg: "RS256",
        jwks: { keys: [{ ...(await exportJWK(platform.publicKey)), kid: "1", use: "sig", alg: "RS256" }] },
      },
    ],
    clientAuthMethods: ["client_secret_basic", "private_key_jwt"],
    cookies: { keys: [randomBytes(32).toString("hex")] },
    features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false } },
  });
  const grant = (name) => async (ctx) => {
    const { client, params } = ctx.oidc;
    received = { ...params };
    const { payload } = await jwtVerify(params[name], platform.publicKey, { audience: origin }).catch(() => ({}));
    if (!payload) {
      ctx.status = 400;
      ctx.body = { error: "invalid_grant", error_description: "who is that?" };
      return;
    }
    const token = new ctx.oidc.provider.ClientCredentials({ client });
    const isIdJag = params.requested_token_type?.endsWith(":id-jag");
    ctx.body = {
      access_token: await token.save(),
      issued_token_type: `urn:ietf:params:oauth:token-type:${isIdJag ? "id-jag" : "access_token"}`,
      token_type: isIdJag ? "N_A" : "Bearer",
      expires_in: token.expiration,
      scope: payload.sub,
    };
  };
  provider.registerGrantType(EXCHANGE, grant("subject_token"), PARAMETERS, ["audience"]);
  provider.registerGrantType(JWT_BEARER, grant("assertion"), ["assertion"]);
});
after(() => {
  server.close();
  server.closeAllConnections();
});

const identity = (sub, claims = {}, expires = "5m") =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: "1" }).setSubject(sub).setAudience(origin).setIssuedAt()
    .setExpirationTime(expires).setJti(crypto.randomUUID()).sign(platform.privateKey);

const client = (more) =>
  createClient({
    provider: `${origin}/token`,
    credentials: { client_id: "exchanger", client_secret: "s3cr3t" },
    allowInsecure: true,
    name: crypto.randomUUID(),
    patience: 0,
    ...more,
  });
const rejected = (promise) => promise.then(() => assert.fail("it resolved"), (error) => error);

test("a token exchange by the options' grant: one client for each subject", async () => {
  const base = client();
  for (const subject of ["alice", "bob"]) {
    const grant = {
      type: EXCHANGE,
      subjectToken: await identity(subject),
      subjectTokenType: "jwt",
      actorToken: await identity("service"),
      actorTokenType: "id_token",
      audience: ["https://a.example", "https://b.example"],
    };
    const api = base.extend({ grant });
    const { scope, issuedTokenType, tokenType } = await api.token();
    assert.deepEqual([scope, tokenType], [subject, "Bearer"]);
    assert.equal(issuedTokenType, "urn:ietf:params:oauth:token-type:access_token");
    assert.equal(received.subject_token_type, JWT);
    assert.equal(received.actor_token_type, "urn:ietf:params:oauth:token-type:id_token");
    assert.deepEqual(received.audience, ["https://a.example", "https://b.example"]);
    api.close();
  }
  base.close();
});

test("by the profile, with the identity among the credentials", async () => {
  const api = client({
    provider: { token_endpoint: `${origin}/token`, grant_type: EXCHANGE },
    credentials: async () => ({
      client_id: "exchanger",
      client_secret: "s3cr3t",
      subject_token: await identity("carol"),
    }),
  });
  assert.equal((await api.token()).scope, "carol");
  assert.equal(received.subject_token_type, JWT);
  api.close();
});

test("a dead subject is refused once, by name, and not tried again", async () => {
  const grant = {
    type: EXCHANGE,
    subjectToken: await identity("dave", {}, Math.floor(Date.now() / 1000) - 60),
    subjectTokenType: "jwt",
  };
  const events = [];
  const api = client({ grant, onEvent: ({ type }) => events.push(type) });
  const error = await rejected(api.token());
  assert.deepEqual([error.code, error.error], ["ERR_REFUSED", "invalid_grant"]);
  assert.match(error.message, /the JWT in grant\.subjectToken has expired$/);
  assert.deepEqual(events, ["token_request", "token_error"]);
  api.close();
});

test("an ID-JAG is a token that is no access token", async () => {
  const grant = {
    type: EXCHANGE,
    subjectToken: await identity("erin"),
    subjectTokenType: "id_token",
    requestedTokenType: "id-jag",
  };
  const api = client({ grant });
  const { tokenType, issuedTokenType } = await api.token();
  assert.deepEqual([tokenType, issuedTokenType], ["N_A", "urn:ietf:params:oauth:token-type:id-jag"]);
  assert.equal((await rejected(api.authorization())).code, "ERR_OPTIONS");
  api.close();
});

test("a JWT as the grant", async () => {
  const api = client({ grant: { type: JWT_BEARER, assertion: await identity("frank") } });
  assert.equal((await api.token()).scope, "frank");
  api.close();
});

test("a client assertion that the platform signed", async () => {
  const api = client({
    provider: {
      token_endpoint: `${origin}/token`,
      token_endpoint_auth_method: "private_key_jwt",
      assertion: { token: "{identity_token}" },
    },
    credentials: async () => ({
      client_id: "workload",
      identity_token: await identity("workload", { iss: "workload" }),
    }),
  });
  const first = await api.token();
  assert.equal(first.tokenType, "Bearer");
  api.invalidate();
  // oidc-provider takes each assertion once.
  assert.notEqual((await api.token()).value, first.value);
  api.close();
});
