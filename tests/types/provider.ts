// Profiles: what a user writes, what comes from a JSON file, and what the compiler must refuse.
import {
  createClient,
  type HeaderTemplate,
  type IssuerProvider,
  type JsonValue,
  type Pointer,
  type Provider,
  type SelfSignedProvider,
} from "bearerkit";
import * as providers from "bearerkit/providers";
import { apsisOne, basicTokenV2, fuse, fusio, fusioLogin, fuuffy } from "bearerkit/providers";
import fromFile from "./profile.json" with { type: "json" };
import { holds, type Same } from "./same.js";

const all: Provider[] = [apsisOne, basicTokenV2, fuse, fusio, fusioLogin, fuuffy];
all.push(...Object.values(providers));

createClient({ provider: { issuer: "https://as.example" }, credentials: { client_id: "i", client_secret: "s" } });

// A file's strings are any strings to the compiler.
createClient({ provider: fromFile as Provider, credentials: { client_id: "i", client_secret: "s" } });
// @ts-expect-error so it wants to be told
createClient({ provider: fromFile, credentials: { client_id: "i", client_secret: "s" } });

({ token_endpoint: "https://as.example/token" }) satisfies Provider;

// DESIGN §5, all of it
({
  $schema: "./schema.json",
  name: "Everything",
  documentation: "https://docs.example",
  token_endpoint: "https://{tenant}.example.com/oauth/token",
  token_endpoint_method: "POST",
  token_endpoint_auth_method: "client_secret_basic",
  basic_encoding: "form",
  grant_type: "client_credentials",
  scope: [],
  scope_separator: " ",
  request_format: "json",
  client_id: "{client_id}",
  client_secret: "{client_secret}",
  parameters: { audience: "{audience}", nested: { list: [1, true, null, { deep: "{x}" }] } },
  headers: {
    "x-api-key": "{api_key}",
    accept: null,
    authorization: { scheme: "ID", base64: "{client_id}:{client_secret}" },
  },
  defaults: { audience: "https://api.example", environment: "production" },
  environments: { production: { tenant: "acme" }, sandbox: { tenant: "acme-sandbox" } },
  assertion: {
    use: "client_assertion",
    alg: "ES256",
    key: "private_key",
    lifetime: 300,
    header: { kid: "{kid}" },
    claims: { iss: "{client_id}", aud: ["{token_endpoint}"], jti: null },
  },
  response: {
    format: "json",
    access_token: "/access_token",
    refresh_token: null,
    token_type: "/token_type",
    scope: "/scope",
    expiry: { source: "auto", pointer: "/expires_in", unit: "d:hh:mm", format: "unix", seconds: 3600 },
    error: "/error",
    error_description: "header:x-error",
    error_when: { pointer: "/code", not: [0, "0", null] },
    token_types: ["bearer"],
    capture: { instance_url: "/instance_url", all: "" },
  },
  resource_request: {
    headers: { authorization: "Bearer {access_token}" },
    query: { token: "{access_token}" },
    origins: ["https://api.example.com"],
    error: "/error/code",
  },
  refresh_margin: 300,
  refresh_invalidates_access_token: false,
  refresh: { token_endpoint: "https://as.example/refresh", grant_type: "refresh_token", parameters: {} },
  revocation_endpoint: "https://as.example/revoke",
  revocation_endpoint_auth_method: "bearer",
  introspection_endpoint: "https://as.example/introspect",
  introspection_endpoint_auth_method: "client_secret_post",
  authorization_endpoint: "https://as.example/authorize",
  steps: [{ name: "login", token_endpoint: "https://as.example/login", grant_type: null }],
}) satisfies Provider;

const token_endpoint = "https://as.example/token";
({ token_endpoint, grant_type: null, scope: null, client_id: null, client_secret: null }) satisfies Provider;
({ token_endpoint, assertion: null, response: { error_when: null, token_types: null } }) satisfies Provider;
({ token_endpoint, revocation_endpoint: null, authorization_endpoint: null }) satisfies Provider;
({ token_endpoint, scope: "a", resource_request: { origins: "https://a.example" } }) satisfies Provider;
({ token_endpoint, response: { token_types: "mac" } }) satisfies Provider;

({ issuer: "https://as.example", scope: ["a"], parameters: { audience: "x" } }) satisfies IssuerProvider;

({
  assertion: { use: "access_token", claims: { exp: null } },
  scope: "a",
  refresh_margin: 60,
}) satisfies SelfSignedProvider;
// @ts-expect-error: nothing is sent
({ assertion: { use: "access_token" }, token_endpoint }) satisfies SelfSignedProvider;
// @ts-expect-error: it would have to be sent somewhere
({ assertion: { use: "grant" } }) satisfies SelfSignedProvider;
// @ts-expect-error the metadata name it
({ issuer: "https://as.example", token_endpoint }) satisfies IssuerProvider;
// @ts-expect-error token_endpoint is missing
({ name: "x" }) satisfies Provider;
// @ts-expect-error unknown member
({ token_endpoint, tokenEndpoint: "x" }) satisfies Provider;
// @ts-expect-error a name of the IANA registry, and one that can be done
({ token_endpoint, token_endpoint_auth_method: "tls_client_auth" }) satisfies Provider;
// @ts-expect-error POST | GET
({ token_endpoint, token_endpoint_method: "PUT" }) satisfies Provider;
// @ts-expect-error no default to switch off
({ token_endpoint, request_format: null }) satisfies Provider;
// @ts-expect-error form | json | query | none
({ token_endpoint, request_format: "xml" }) satisfies Provider;
// @ts-expect-error a pointer begins with a slash
({ token_endpoint, response: { access_token: "access_token" } }) satisfies Provider;
// @ts-expect-error a token has to be somewhere
({ token_endpoint, response: { access_token: null } }) satisfies Provider;
// @ts-expect-error RFC 6901, not JSONPath
({ token_endpoint, response: { capture: { url: "$.url" } } }) satisfies Provider;
// @ts-expect-error a span is a number of seconds
({ token_endpoint, refresh_margin: "300" }) satisfies Provider;
// @ts-expect-error h is no unit
({ token_endpoint, response: { expiry: { unit: "h" } } }) satisfies Provider;
// @ts-expect-error error_when has two members
({ token_endpoint, response: { error_when: { pointer: "/code" } } }) satisfies Provider;
// @ts-expect-error a header's encoded form has something to encode
({ token_endpoint, headers: { authorization: { scheme: "ID" } } }) satisfies Provider;
// @ts-expect-error variables are strings
({ token_endpoint, defaults: { port: 443 } }) satisfies Provider;
// @ts-expect-error an environment is a set of variables
({ token_endpoint, environments: { production: "https://as.example" } }) satisfies Provider;
// @ts-expect-error JSON has no undefined, no functions and no dates
({ token_endpoint, parameters: { at: new Date() } }) satisfies Provider;
({
  token_endpoint,
  assertion: { alg: "ES512", key: "{id}{secret}", key_encoding: "hex", backdate: 60 },
}) satisfies Provider;
// @ts-expect-error ES521 is the name of its curve
({ token_endpoint, assertion: { alg: "ES521" } }) satisfies Provider;
// @ts-expect-error a refresh has no resource_request
({ token_endpoint, refresh: { resource_request: {} } }) satisfies Provider;
// @ts-expect-error a step stands alone
({ token_endpoint, steps: [{ grant_type: null }] }) satisfies Provider;
({ token_endpoint, revocation_endpoint_auth_method: "private_key_jwt" }) satisfies Provider;
// @ts-expect-error no method of that name
({ token_endpoint, revocation_endpoint_auth_method: "private_key" }) satisfies Provider;
// @ts-expect-error a profile is not changed
fuse.token_endpoint = "https://evil.example";
// @ts-expect-error … nor is what is in it
fuse.response!.access_token = "/x";
// @ts-expect-error … nor its lists
fuse.steps!.push({ token_endpoint });

holds<Same<Extract<Pointer, "">, "">>();
"header:x-subject-token" satisfies Pointer;
// @ts-expect-error
"data/token" satisfies Pointer;
({ base64: "{x}" }) satisfies HeaderTemplate;
[null, { a: [] }] satisfies JsonValue;
