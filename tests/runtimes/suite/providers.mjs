// The five providers, each by its shipped profile and with each grant that its document names. The bytes are those of
// the documents' samples.
import { buildAuthorizationUrl, calculateCodeChallenge, generateCodeVerifier } from "bearerkit/core";
import { apsisOne, basicTokenV2, fuse, fusio, fusioLogin, fuuffy } from "bearerkit/providers";
import { awkwardCredentials, fakeCredentials } from "bearerkit/testing";
import { equal, near, ok, rejection } from "./assert.mjs";

const DAY = 86_400_000;
const { client_id, client_secret, username, password } = fakeCredentials;
const BASIC = `Basic ${btoa(`${client_id}:${client_secret}`)}`;
const FORM = "application/x-www-form-urlencoded";
const FUSIO = "https://fusio.example";
const fusioOptions = { provider: fusio, variables: { base_url: FUSIO } };

/** Calls the API, and compares the token request with what the document shows. */
async function expectRequest(world, client, url, { path, body, contentType = FORM, authorization, kind = "token" }) {
  const response = await client.fetch(url);
  equal([response.status, (await response.json()).ok], [200, true]);
  const calls = await world.calls();
  equal(calls.map((call) => call.kind), [kind, "api"]);
  const [{ method, path: found, headers, body: sent }, api] = calls;
  equal([method, found, headers["content-type"], headers.authorization], ["POST", path, contentType, authorization]);
  equal(contentType === FORM ? sent : JSON.parse(sent), body);
  equal(api.headers.authorization, `Bearer ${(await client.token()).value}`);
}

async function lifetime(client) {
  const { expiresAt } = await client.token();
  return expiresAt - Date.now();
}

const fuseBody = { grant_type: "client_credentials", client_id, client_secret, audience: "https://api.fuse.me" };

export const providers = {
  async "Fuse: JSON with an audience, a JWT for a day"(world) {
    const client = world.client({ provider: fuse });
    const request = { path: "/oauth/token", body: fuseBody, contentType: "application/json" };
    await expectRequest(world, client, "https://api.fuse.me/v1/accounts", request);
    near(await lifetime(client), DAY, 5000);
    equal((await client.token()).scope, "accounts:read payments:write");
  },

  async "Fuse: the sandbox"(world) {
    const client = world.client({ provider: fuse, variables: { environment: "sandbox" } });
    const request = { path: "/oauth/token", body: fuseBody, contentType: "application/json" };
    await expectRequest(world, client, "https://api-sandbox.fuse.me/v1/accounts", request);
    const [{ host }] = await world.calls("token");
    equal(host, "auth-sandbox.fuse.me");
    equal((await rejection(client.fetch("https://api.fuse.me/v1/accounts"))).code, "ERR_ORIGIN");
  },

  async "Basic token v2: Basic authentication, an opaque token for an hour"(world) {
    const client = world.client({ provider: basicTokenV2, variables: { base_url: "https://basic.example" } });
    const request = { path: "/oauth/v2/token", body: "grant_type=client_credentials", authorization: BASIC };
    await expectRequest(world, client, "https://basic.example/v1/things", request);
    near(await lifetime(client), 3_600_000, 5000);
    ok((await client.token()).value.endsWith("="), "the token is as the server wrote it");
  },

  async "Basic token v2: credentials that break whoever encodes too much or too little"(world) {
    await world.options({ credentials: awkwardCredentials });
    const variables = { base_url: "https://basic.example" };
    const client = world.client({ provider: basicTokenV2, variables, credentials: awkwardCredentials });
    equal((await client.fetch("https://basic.example/v1/things")).status, 200);
  },

  async "APSIS One: the JWT's exp decides, not expires_in"(world) {
    const client = world.client({ provider: apsisOne });
    const body = { grant_type: "client_credentials", client_id, client_secret };
    const request = { path: "/oauth/token", body, contentType: "application/json" };
    await expectRequest(world, client, "https://api.apsis.one/audience/keyspaces", request);
    near(await lifetime(client), DAY, 5000);
  },

  async "Fuuffy: a form with the credentials in it, an answer in an envelope"(world) {
    const client = world.client({ provider: fuuffy });
    const body = `grant_type=client_credentials&client_id=${client_id}&client_secret=${client_secret}`;
    await expectRequest(world, client, "https://api-gateway.fuuffy.com/v1/orders", { path: "/v1/auth/token", body });
    near(await lifetime(client), 3_600_000, 5000);
    equal((await world.calls("token"))[0].host, "api-gateway.fuuffy.com");
  },

  async "Fuuffy: the testing environment, and its 401 whose code is in the body"(world) {
    const client = world.client({ provider: fuuffy, variables: { environment: "testing" } });
    const url = "https://testing-api-gateway.fuuffy.com/v1/orders";
    equal((await client.fetch(url)).status, 200);
    await world.revokeAll();
    equal((await client.fetch(url)).status, 200);
    await world.expectCalls({ token: 2, api: 3 });
  },

  async "Fusio: client credentials, scopes joined by commas, an absolute expires_in"(world) {
    const client = world.client({ ...fusioOptions, scope: ["authorization", "backend"] });
    const body = "grant_type=client_credentials&scope=authorization,backend";
    const request = { path: "/authorization/token", body, authorization: BASIC };
    await expectRequest(world, client, `${FUSIO}/backend/user`, request);
    near(await lifetime(client), 2 * DAY, 5000);
  },

  async "Fusio from 4.0.3 on: expires_in in seconds"(world) {
    await world.options({ expiresIn: "seconds" });
    near(await lifetime(world.client(fusioOptions)), 2 * DAY, 5000);
  },

  async "Fusio: the resource owner's password"(world) {
    const client = world.client({ ...fusioOptions, grant: { type: "password", username, password } });
    const body = `grant_type=password&username=${username}&password=${password}`;
    const request = { path: "/authorization/token", body, authorization: BASIC };
    await expectRequest(world, client, `${FUSIO}/backend/user`, request);
  },

  async "Fusio: a refresh has the credentials in the body, and kills both old tokens"(world) {
    const client = world.client({ ...fusioOptions, scope: ["authorization", "backend"] });
    const first = await client.token();
    client.invalidate();
    const second = await client.token();
    client.invalidate();
    equal((await client.fetch(`${FUSIO}/backend/user`)).status, 200);
    ok(first.value !== second.value, "the refresh brought a new token");
    const [, ...refreshes] = await world.calls("token");
    equal(refreshes.map((call) => [call.status, call.headers.authorization]), [[200, undefined], [200, undefined]]);
    const [one, two] = refreshes.map((call) => Object.fromEntries(new URLSearchParams(call.body)));
    equal(one, { grant_type: "refresh_token", refresh_token: one.refresh_token, client_id, client_secret });
    ok(one.refresh_token !== two.refresh_token, "the refresh token that rotated is the one that is used");
  },

  async "Fusio: a refused refresh token is dropped for the primary grant"(world) {
    const client = world.client(fusioOptions);
    await client.token();
    client.invalidate();
    await world.fail({ type: "status", status: 400, body: { error: "invalid_request" } });
    equal((await client.fetch(`${FUSIO}/backend/user`)).status, 200);
    const grants = (await world.calls("token")).map((call) => new URLSearchParams(call.body).get("grant_type"));
    equal(grants, ["client_credentials", "refresh_token", "client_credentials"]);
  },

  async "Fusio: an authorization code with PKCE, then refreshes"(world) {
    const codeVerifier = generateCodeVerifier();
    const redirectUri = "https://app.example/back?from=fusio";
    const credentials = { client_id, client_secret };
    const url = buildAuthorizationUrl({ ...fusioOptions, credentials, scope: ["authorization", "backend"] }, {
      redirectUri,
      state: "s t/ate",
      codeChallenge: await calculateCodeChallenge(codeVerifier),
    });
    ok(url.startsWith(`${FUSIO}/apps/developer/auth?`), `the consent page, not ${url}`);
    // The scripted user consents where Fusio's page would post to.
    const consented = url.replace("/apps/developer/auth?", "/authorization/authorize?");
    const answer = await world.fetch(consented, { redirect: "manual" });
    const back = new URL(answer.headers.get("location"));
    equal([back.origin + back.pathname, back.searchParams.get("state")], ["https://app.example/back", "s t/ate"]);

    const grant = { type: "authorization_code", code: back.searchParams.get("code"), redirectUri, codeVerifier };
    const client = world.client({ ...fusioOptions, grant });
    equal((await client.fetch(`${FUSIO}/consumer/account`)).status, 200);
    client.invalidate();
    equal((await client.fetch(`${FUSIO}/consumer/account`)).status, 200);
    const [exchange, refresh] = (await world.calls("token")).map((call) => new URLSearchParams(call.body));
    equal([exchange.get("grant_type"), exchange.get("code_verifier")], ["authorization_code", codeVerifier]);
    equal(exchange.get("redirect_uri"), redirectUri);
    equal(refresh.get("grant_type"), "refresh_token");
  },

  async "a spent authorization code is not sent twice"(world) {
    const grant = { type: "authorization_code", code: "unknown", redirectUri: "https://app.example/back" };
    const client = world.client({ ...fusioOptions, grant, patience: 0 });
    const errors = [await rejection(client.token()), await rejection(client.token())];
    equal(errors.map(({ code, error }) => [code, error]), Array(2).fill(["ERR_REFUSED", "invalid_grant"]));
    await world.expectCalls({ token: 1 });
  },

  async "Fusio's login: JSON, a bare JWT"(world) {
    const client = world.client({
      provider: fusioLogin,
      variables: { base_url: FUSIO },
      credentials: { username, password },
    });
    const request = {
      kind: "login",
      path: "/consumer/login",
      body: { username, password },
      contentType: "application/json",
    };
    await expectRequest(world, client, `${FUSIO}/consumer/account`, request);
    near(await lifetime(client), 3_600_000, 5000);
  },

  async "Fusio: revocation by the token itself"(world) {
    for (const client of [world.client(fusioOptions), world.client({ ...fusioOptions, provider: fusioLogin })]) {
      const { value } = await client.token();
      await client.revoke();
      const [revocation] = (await world.calls("revoke")).slice(-1);
      equal([revocation.path, revocation.status], ["/authorization/revoke", 200]);
      equal(revocation.headers.authorization, `Bearer ${value}`);
      const direct = await world.fetch(`${FUSIO}/backend/user`, { headers: { authorization: `Bearer ${value}` } });
      equal(direct.status, 401, "the server knows it no more");
      equal((await client.fetch(`${FUSIO}/backend/user`)).status, 200, "and the client asks for a new one");
    }
  },
};
