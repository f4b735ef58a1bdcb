// providers/schema.json: what an editor says of a profile is what the core says of it.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import Ajv from "ajv/dist/2020.js";

const root = resolve(import.meta.dirname, "..");
const pkg = resolve(process.env.BEARERKIT_PKG ?? resolve(root, "pkg"));
const { buildTokenRequest, parseTokenResponse } = await import(pathToFileURL(resolve(pkg, "core.js")));
const { createClient } = await import(pathToFileURL(resolve(pkg, "index.js")));

const read = (path) => JSON.parse(readFileSync(resolve(root, path), "utf8"));
const schema = read("providers/schema.json");
// Rules of two members name them without repeating their types.
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false });
const validate = ajv.compile(schema);
const complaints = (profile) => validate(profile) ? "" : ajv.errorsText(validate.errors);

const token_endpoint = "https://as.example/token";
const credentials = { client_id: "id", client_secret: "secret", private_key: "PEM", username: "u", password: "p" };
const NOW = 1_700_000_000_000;

describe("good profiles", () => {
  for (const name of readdirSync(resolve(root, "providers")).filter((name) => name !== "schema.json")) {
    test(`providers/${name}`, () => {
      const profile = read(`providers/${name}`);
      assert.equal(complaints(profile), "");
      assert.equal(profile.$schema, "./schema.json");
    });
  }
  for (const file of ["tests/vectors/providers.json", "tests/vectors/further.json"]) {
    for (const { name, profile } of read(file)) {
      test(`${file}: ${name}`, () => assert.equal(complaints(profile), ""));
    }
  }
  for (
    const profile of [
      { token_endpoint },
      { issuer: "https://as.example", parameters: { audience: "x" } },
      { token_endpoint, introspection_endpoint: "https://as.example/i", introspection_endpoint_auth_method: "bearer" },
      {
        token_endpoint,
        token_endpoint_auth_method: "none",
        grant_type: null,
        scope: null,
        client_id: null,
        assertion: null,
      },
      { token_endpoint, revocation_endpoint: null, authorization_endpoint: null, resource_request: { error: null } },
      { token_endpoint, resource_request: { invalid_token_when: { status: 498 } } },
      {
        token_endpoint,
        resource_request: {
          invalid_token_when: [{ pointer: "" }, { status: [100, 599], pointer: "header:x-error", is: [1, "1", true] }],
        },
      },
      { token_endpoint, scope: "a b", response: { token_types: "mac", error_when: null } },
      { token_endpoint, scope: "a b", response: { token_types: "mac", error_when: null, retry_after: null } },
      { token_endpoint, response: { retry_after: { pointer: "/wait", unit: "ms" } } },
      { token_endpoint, response: { retry_after: { unit: "min" } } },
      { token_endpoint, token_endpoint_method: "GET" },
      { token_endpoint, token_endpoint_method: "GET", request_format: "none" },
      { token_endpoint, request_format: "none", parameters: {} },
      { token_endpoint, parameters: { list: ["a", "b"], on: true, none: null } },
      { token_endpoint, headers: { "X-Key": { base64: "{client_id}" }, accept: null } },
      { token_endpoint, response: { access_token: "header:x-token", scope: "/a~1b/0", error: "" } },
      { token_endpoint, response: { expiry: { source: "fixed", seconds: 0.5 } } },
      { token_endpoint, response: { capture: { "A.b_1": "" } } },
      { token_endpoint, token_endpoint_auth_method: "client_secret_jwt", assertion: { claims: { jti: null } } },
      { token_endpoint, token_endpoint_auth_method: "none", assertion: { use: "authorization" } },
      { token_endpoint, assertion: { use: "grant" } },
      { token_endpoint, refresh: {} },
      { token_endpoint, request_format: "json", refresh: { parameters: { nested: {} } } },
      { token_endpoint, token_endpoint_auth_method: "private_key_jwt", refresh: { assertion: { lifetime: 60 } } },
      {
        token_endpoint,
        environments: { production: { host: "h" }, "any name": {} },
        defaults: { environment: "production" },
      },
      {
        token_endpoint,
        steps: [{ name: "login", token_endpoint, grant_type: null, response: { capture: { url: "/url" } } }],
      },
    ]
  ) {
    test(JSON.stringify(profile), () => {
      assert.equal(complaints(profile), "");
      buildTokenRequest({ provider: profile, credentials }, NOW);
    });
  }
});

describe("bad profiles are refused, by the core too", () => {
  const bad = (path, more) => ({ path, profile: { token_endpoint, ...more } });
  const nested = { request: { deep: true } };
  for (
    const { path, profile } of [
      { path: "", profile: {} },
      { path: "", profile: [] },
      { path: "issuer", profile: { issuer: "" } },
      { path: "issuer", profile: { issuer: 1 } },
      { path: "", profile: { issuer: "https://as.example", token_endpoint } },
      bad("token_endpoint", { token_endpoint: "" }),
      bad("token_endpoint", { token_endpoint: null }),
      bad("tokenEndpoint", { tokenEndpoint: "x" }),
      bad("name", { name: 1 }),
      bad("documentation", { documentation: {} }),
      bad("token_endpoint_method", { token_endpoint_method: "PUT" }),
      bad("token_endpoint_method", { token_endpoint_method: null }),
      bad("token_endpoint_auth_method", { token_endpoint_auth_method: "tls_client_auth" }),
      bad("basic_encoding", { basic_encoding: "url" }),
      bad("grant_type", { grant_type: false }),
      bad("scope", { scope: [1] }),
      bad("scope_separator", { scope_separator: null }),
      bad("request_format", { request_format: "xml" }),
      bad("request_format", { token_endpoint_method: "GET", request_format: "form" }),
      bad("request_format", { token_endpoint_method: "GET", request_format: "json" }),
      bad("client_id", { client_id: 1 }),
      bad("client_secret", { client_secret: ["x"] }),
      bad("parameters", { parameters: [] }),
      bad("parameters", { parameters: nested }),
      bad("parameters", { parameters: nested, request_format: "query" }),
      bad("parameters", { parameters: { a: "b" }, request_format: "none" }),
      bad("headers", { headers: "accept: */*" }),
      bad("headers", { headers: { "not a name": "x" } }),
      bad("headers", { headers: { "": "x" } }),
      bad("headers", { headers: { accept: ["x"] } }),
      bad("headers", { headers: { authorization: { base64: "{x}", prefix: "ID" } } }),
      bad("headers", { headers: { authorization: { base64: 1 } } }),
      bad("assertion", { assertion: "RS256" }),
      bad("assertion", { assertion: {} }),
      bad("assertion", { token_endpoint_auth_method: "private_key_jwt", assertion: { use: "grant" } }),
      bad("assertion", { token_endpoint_auth_method: "client_secret_post", assertion: { use: "authorization" } }),
      bad("assertion", { token_endpoint_auth_method: "private_key_jwt", assertion: { alg: "ES521" } }),
      bad("assertion", { token_endpoint_auth_method: "private_key_jwt", assertion: { lifetime: -1 } }),
      bad("assertion", { token_endpoint_auth_method: "private_key_jwt", assertion: { key: 1 } }),
      bad("assertion", { token_endpoint_auth_method: "private_key_jwt", assertion: { kid: "x" } }),
      bad("assertion", { token_endpoint_auth_method: "private_key_jwt", assertion: { claims: [] } }),
      bad("response", { response: null }),
      bad("response", { response: { token: "/token" } }),
      bad("response", { response: { format: "xml" } }),
      bad("response", { response: { access_token: "access_token" } }),
      bad("response", { response: { access_token: "$.access_token" } }),
      bad("response", { response: { access_token: null } }),
      bad("response", { response: { scope: "/a~2" } }),
      bad("response", { response: { error: "header:" } }),
      bad("response", { response: { error_when: { pointer: "/code" } } }),
      bad("response", { response: { error_when: { not: [0] } } }),
      bad("response", { response: { error_when: { pointer: "/code", not: 0 } } }),
      bad("response", { response: { retry_after: 600 } }),
      bad("response", { response: { retry_after: { pointer: "wait" } } }),
      bad("response", { response: { retry_after: { unit: "h" } } }),
      bad("response", { response: { retry_after: { seconds: 600 } } }),
      bad("response", { response: { token_types: [null] } }),
      bad("response", { response: { capture: { "a-b": "/a" } } }),
      bad("response", { response: { capture: { a: "a" } } }),
      bad("response", { response: { expiry: "jwt_exp" } }),
      bad("response", { response: { expiry: { source: "never" } } }),
      bad("response", { response: { expiry: { source: "fixed" } } }),
      bad("response", { response: { expiry: { seconds: "60" } } }),
      bad("response", { response: { expiry: { unit: "h" } } }),
      bad("response", { response: { expiry: { format: "iso" } } }),
      bad("defaults", { defaults: { port: 443 } }),
      bad("defaults", { defaults: null }),
      bad("environments", { environments: { production: "https://as.example" } }),
      bad("environments", { environments: { production: { host: null } } }),
      bad("resource_request", { resource_request: { body: {} } }),
      bad("resource_request", { resource_request: { query: { token: 1 } } }),
      bad("resource_request", { resource_request: { origins: 1 } }),
      bad("resource_request", { resource_request: { error: "code" } }),
      ...[
        [],
        null,
        "dead",
        {},
        [{}],
        { status: [] },
        { status: 99 },
        { status: [600] },
        { status: 403.5 },
        { status: "403" },
        { status: null },
        { pointer: "code" },
        { pointer: null },
        { is: 1 },
        { status: 403, is: 1 },
        { pointer: "/code", is: [] },
        { pointer: "/code", is: null },
        { pointer: "/code", is: {} },
        { pointer: "/code", is: [null] },
        { pointer: "/code", not: 1 },
      ].map((invalid_token_when) => bad("resource_request", { resource_request: { invalid_token_when } })),
      bad("refresh_margin", { refresh_margin: -1 }),
      bad("refresh_margin", { refresh_margin: "300" }),
      bad("refresh_invalidates_access_token", { refresh_invalidates_access_token: "yes" }),
      bad("refresh", { refresh: null }),
      bad("refresh", { refresh: { resource_request: {} } }),
      bad("refresh", { refresh: { token_endpoint: "" } }),
      bad("refresh", { refresh: { parameters: nested } }),
      bad("refresh", { request_format: "none", refresh: { parameters: { a: "b" } } }),
      bad("refresh", { request_format: "json", refresh: { request_format: "form", parameters: nested } }),
      bad("refresh", { request_format: "json", refresh: { token_endpoint_method: "GET" } }),
      bad("refresh", { token_endpoint_method: "GET", refresh: { request_format: "json" } }),
      bad("refresh", { refresh: { assertion: {} } }),
      bad("refresh", { token_endpoint_auth_method: "private_key_jwt", refresh: { assertion: { use: "grant" } } }),
      bad("refresh", {
        token_endpoint_auth_method: "private_key_jwt",
        refresh: { token_endpoint_auth_method: "none", assertion: {} },
      }),
      bad("revocation_endpoint", { revocation_endpoint: {} }),
      bad("revocation_endpoint_auth_method", { revocation_endpoint_auth_method: "private_key" }),
      bad("authorization_endpoint", { authorization_endpoint: 1 }),
      bad("steps", { steps: {} }),
      bad("steps", { steps: [{}] }),
      bad("steps", { steps: [{ token_endpoint, defaults: {} }] }),
      bad("steps", { steps: [{ token_endpoint, parameters: nested }] }),
    ]
  ) {
    test(JSON.stringify(profile), () => {
      const said = complaints(profile);
      assert.notEqual(said, "");
      const place = validate.errors[0].instancePath.split("/")[1] ?? validate.errors[0].params.additionalProperty ?? "";
      assert.equal(place, path, said);
      assert.throws(() => buildTokenRequest({ provider: profile, credentials }, NOW), (error) => {
        return error.code === "ERR_OPTIONS" && error.message.startsWith(path ? `provider.${path}` : "provider");
      });
    });
  }
});

describe("a default of the schema is what the core does without it", () => {
  const { request, response, expiry, assertion } = schema.$defs;
  const jwt = { token_endpoint_auth_method: "private_key_jwt" };
  const places = [
    ["", { ...schema.properties, ...request.properties }, (part) => part],
    ["response.", response.properties, (part) => ({ response: part })],
    ["response.expiry.", expiry.properties, (part) => ({ response: { expiry: part } })],
    ["resource_request.", schema.properties.resource_request.properties, (part) => ({ resource_request: part })],
    ["assertion.", assertion.properties, (part) => ({ ...jwt, assertion: part })],
  ];
  for (const [place, members, within] of places) {
    for (const [name, { default: value }] of Object.entries(members).filter(([, member]) => "default" in member)) {
      test(`${place}${name}: ${JSON.stringify(value)}`, async () => {
        assert.deepEqual(await outcome(within({ [name]: value })), await outcome(within({})));
      });
    }
  }
});

/** What comes of a profile: its requests, and what it makes of two answers. */
async function outcome(part) {
  const options = {
    provider: { token_endpoint, ...part },
    // Whoever does not name it has no use for it.
    credentials: { ...credentials, audience: "x" },
    scope: ["a", "b"],
  };
  const granted = { access_token: "t", refresh_token: "r", token_type: "Bearer", scope: "a b", expires_in: 3600 };
  const refused = { error: "invalid_client", error_description: "who?" };
  const [good, bad] = [[200, granted], [401, refused]].map(([status, body]) => {
    try {
      const token = parseTokenResponse(options, { status, headers: {}, body: JSON.stringify(body) }, NOW);
      return { ...token, value: token.value, refreshToken: token.refreshToken };
    } catch ({ code, message, error, errorDescription }) {
      return { code, message, error, errorDescription };
    }
  });
  assert.equal(good.value, "t");
  assert.equal(bad.errorDescription, "who?");
  const built = buildTokenRequest(options, NOW, new Uint8Array(8));
  const sent = built.sign ? { sign: built.sign, ...built.complete(new Uint8Array(1)) } : { ...built };
  if (built.sign) return { sent };
  const calls = [];
  const fetch = (url, init) => {
    calls.push([url, ...new Headers(init.headers)]);
    return Promise.resolve(Response.json(calls.length === 1 ? granted : {}));
  };
  const client = createClient({ ...options, fetch });
  await client.fetch("https://api.example/orders");
  client.close();
  return { sent, good, bad, calls };
}

test("the schema and the core's table have the same members", () => {
  const table = readFileSync(resolve(root, "src/config/members.rs"), "utf8");
  const ofCore = new Set([...table.matchAll(/\(\s*"([\w$]+)",/g)].map((match) => match[1]));
  const ofSchema = new Set();
  const collect = (value) => {
    if (typeof value !== "object" || value === null) return;
    if (value.additionalProperties === false || value === schema.$defs.request) {
      Object.keys(value.properties).forEach((name) => ofSchema.add(name));
    }
    Object.values(value).forEach(collect);
  };
  collect(schema);
  // These two are of a header's encoded form, which is a shape of its own there.
  assert.deepEqual([...ofCore, "base64", "scheme"].sort(), [...ofSchema].sort());
});
