// Bad input: `createClient` refuses it before anything is sent, and names the member's path.
import { AuthError, createClient } from "bearerkit";
import { auth0, fuse, fusio, fuuffy } from "bearerkit/providers";
import { equal, ok, thrown } from "./assert.mjs";
import { PLAIN } from "./world.mjs";

const SECRET = "s3cr3t-of-mine";
const credentials = { client_id: "app", client_secret: SECRET };
const good = { provider: PLAIN, credentials };

/** Options, by the beginning of the message that they get. */
const bad = [
  // missing
  ["options: ", undefined],
  ["provider: ", { credentials, scope: ["b", "a"] }],
  ["options: ", null],
  ["options: ", "https://as.example/token"],
  ["provider: ", { credentials }],
  ["credentials: ", { provider: PLAIN }],
  ["provider.token_endpoint: ", { ...good, provider: {} }],
  ["provider.token_endpoint: ", { ...good, provider: "" }],
  ["provider: missing; is an environment variable not set?", { ...good, provider: undefined }],
  ['provider: expected a URL or a profile; a shipped profile is imported from "bearerkit/providers"', {
    ...good,
    provider: "auth0",
  }],
  ["credentials: expected a JSON value, found a promise; await it", {
    ...good,
    credentials: Promise.resolve(credentials),
  }],
  ["credentials.client_secret: expected a JSON value, found a promise; await it", {
    ...good,
    credentials: { client_id: "app", client_secret: Promise.resolve(SECRET) },
  }],
  ["fetch: expected a function; pass its method fetch, bound to it", { ...good, fetch: { fetch() {} } }],
  ["waitUntil: expected a function; pass its method waitUntil", { ...good, waitUntil: { waitUntil() {} } }],
  ["audience: unknown member; does it belong in credentials, variables or parameters?", { ...good, audience: "x" }],
  ["credentials.client_secret: ", { ...good, credentials: { client_id: "app" } }],
  ["credentials.client_id: ", { ...good, credentials: { client_secret: SECRET } }],
  ["credentials.client_secret: ", { ...good, credentials: { client_id: "app", client_secret: "" } }],
  ...[undefined, null].flatMap((client_secret) => [
    ["credentials.client_secret: is undefined, null or empty; is an environment variable not set?", {
      ...good,
      credentials: { client_id: "app", client_secret },
    }],
    ["credentials.client_secret: is undefined, null or empty; ", {
      ...good,
      credentials: [credentials, { client_id: "app", client_secret }],
    }],
  ]),
  ['credentials.client_id: missing; found "clientId"', {
    ...good,
    credentials: { clientId: "app", client_secret: SECRET },
  }],
  ["credentials.client_secret: ", { provider: fuse, credentials: { client_id: "app" } }],
  ["credentials.private_key: ", {
    ...good,
    provider: { token_endpoint: PLAIN, token_endpoint_auth_method: "private_key_jwt" },
  }],
  ...["hunter2", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", {
    kty: "EC",
    crv: "P-256",
    d: "z",
  }]
    .map((private_key) => ["credentials.private_key: ", {
      provider: { token_endpoint: PLAIN, token_endpoint_auth_method: "private_key_jwt" },
      credentials: { client_id: "app", private_key },
    }]),
  ["provider.token_endpoint: ", { provider: fusio, credentials }],
  ["grant.refreshToken: ", { ...good, grant: { type: "refresh_token" } }],
  ["grant.username: ", { ...good, grant: { type: "password", password: SECRET } }],
  ["grant.redirectUri: ", { ...good, grant: { type: "authorization_code", code: SECRET } }],
  ["grant.type: ", { ...good, grant: {} }],

  // mistyped
  ["provider: ", { ...good, provider: 7 }],
  ["provider.token_endpoint: ", { ...good, provider: { token_endpoint: 7 } }],
  ["provider.request_format: ", { ...good, provider: { token_endpoint: PLAIN, request_format: "xml" } }],
  ["provider.response.expiry.unit: ", {
    ...good,
    provider: { token_endpoint: PLAIN, response: { expiry: { unit: "h" } } },
  }],
  ["provider.scope", { ...good, provider: { token_endpoint: PLAIN, scope: [7] } }],
  ["credentials.client_secret: ", { ...good, credentials: { client_id: "app", client_secret: 7 } }],
  ["credentials: ", { ...good, credentials: SECRET }],
  ["credentials: ", { ...good, credentials: [credentials, credentials, credentials] }],
  ["credentials[1].client_secret: ", { ...good, credentials: [credentials, { client_id: "app", client_secret: "" }] }],
  ["scope", { ...good, scope: 7 }],
  ["variables.tenant: ", { ...good, variables: { tenant: 7 } }],
  ["parameters.audience: ", { ...good, parameters: { audience: ["a"] } }],
  ["timeout: ", { ...good, timeout: "10" }],
  ["timeout: ", { ...good, timeout: 0 }],
  ["patience: ", { ...good, patience: -1 }],
  ["patience: ", { ...good, patience: NaN }],
  ["refreshMargin: ", { ...good, refreshMargin: Infinity }],
  ["defaultLifetime: ", { ...good, defaultLifetime: null }],
  ["allowInsecure: ", { ...good, allowInsecure: "yes" }],
  ["allowInsecure[0]: ", { ...good, allowInsecure: [true] }],
  ["allowInsecure[1]: ", { ...good, allowInsecure: ["http://a.example", "https://a.example"] }],
  ["allowInsecure[0]: ", { ...good, allowInsecure: ["a.example:8080"] }],
  ["allowInsecure[0]: ", { ...good, allowInsecure: ["http://a.example/path"] }],
  ["allowInsecure[0]: ", { ...good, allowInsecure: ["http://*.example"] }],
  ["allowInsecure[0]: ", { ...good, allowInsecure: [`http://app:${SECRET}@a.example`] }],
  ["timeout: expected at most 300 seconds, found 10000; is it in milliseconds?", { ...good, timeout: 10_000 }],
  ["patience: expected at most 3600 seconds, found 10000; ", { ...good, patience: 10_000 }],
  ["refreshMargin: expected at most 86400 seconds, found 300000; ", { ...good, refreshMargin: 300_000 }],
  ["defaultLifetime: expected at most 2592000 seconds, found 3600000; ", { ...good, defaultLifetime: 3_600_000 }],
  ["fetch: ", { ...good, fetch: "fetch" }],
  ["onEvent: ", { ...good, onEvent: {} }],
  ["waitUntil: ", { ...good, waitUntil: 1 }],
  ["name: ", { ...good, name: 7 }],
  ["variables.f: ", { ...good, variables: { f: () => {} } }],
  ["parameters.n: ", { ...good, parameters: { n: 1n } }],
  ["variables.environment: ", { provider: fuuffy, credentials, variables: { environment: "staging" } }],

  // contradictory
  ["parameters.grant_type: ", { ...good, parameters: { grant_type: "password" } }],
  ["parameters.client_secret: ", { ...good, parameters: { client_secret: SECRET } }],
  ["parameters.client_assertion_type: ", { ...good, parameters: { client_assertion_type: "x" } }],
  ["parameters.scope: ", { ...good, parameters: { scope: "a" } }],
  ["provider.request_format: ", {
    ...good,
    provider: { token_endpoint: PLAIN, token_endpoint_method: "GET", request_format: "json" },
  }],
  ["provider.assertion", { ...good, provider: { token_endpoint: PLAIN, assertion: { use: "client_assertion" } } }],
  ["provider.parameters.p: ", { ...good, provider: { token_endpoint: PLAIN, parameters: { p: { nested: true } } } }],

  // URLs
  ["provider.token_endpoint: ", { ...good, provider: "http://as.example/token" }],
  ["provider.token_endpoint: ", { ...good, provider: "http://127.0.0.1/token" }],
  ["provider.token_endpoint: ", { ...good, provider: "http://as.example/token", allowInsecure: true }],
  ["provider.token_endpoint: ", { ...good, provider: new URL("http://as.example/token") }],
  ["provider.token_endpoint: ", { ...good, provider: `https://app:${SECRET}@as.example/token` }],
  ["provider.token_endpoint: ", { ...good, provider: "https://as.example/token#fragment" }],
  ["provider.token_endpoint: ", { ...good, provider: "as.example/token" }],
  ["provider.token_endpoint: ", { ...good, provider: "file:///etc/passwd" }],
  ["provider.token_endpoint: ", { provider: fusio, credentials, variables: { base_url: "http://fusio.example" } }],
  ["provider.token_endpoint: is http: to 127.0.0.1:8080; allowInsecure: true allows loopback", {
    ...good,
    provider: "http://127.0.0.1:8080/token",
  }],
  ...[false, true, ["http://other:8080"], ["http://keycloak"]].map((allowInsecure) => [
    'provider.token_endpoint: is http: to keycloak:8080; allowInsecure: ["http://keycloak:8080"] allows this one origin',
    { ...good, provider: "http://keycloak:8080/token", allowInsecure },
  ]),
  ["provider.token_endpoint: is http: to host:port; ", {
    provider: { token_endpoint: "http://{client_secret}.example/" },
    credentials,
  }],
  ["provider.token_endpoint: is http: to localhost; ", {
    ...good,
    provider: "http://localhost/token",
    allowInsecure: ["http://localhost:8080"],
  }],
  ["variables.domain: is a URL; only the host name is expected here, as in https://{domain}", {
    provider: auth0,
    credentials,
    variables: { domain: "https://acme.eu.auth0.example" },
  }],
  ["variables.domain: is a URL; ", { provider: auth0, credentials, variables: { domain: "acme.auth0.example/" } }],
  ["origins[0]: ", { ...good, origins: ["http://api.example"] }],
  ...["/v1", "//", "?x=1", "#x", "/?x"].map((more) => [
    'origins[1]: has a path, a query or a fragment; an origin is scheme, host and port only: "https://api.example"',
    { ...good, origins: ["https://other.example", `https://api.example${more}`] },
  ]),
  ...["*", "https://*.example", "https://*"].map((
    all,
  ) => ["origins[0]: has a wildcard; ", { ...good, origins: [all] }]),
  ["provider.resource_request.origins[0]: has a path", {
    ...good,
    provider: { token_endpoint: PLAIN, resource_request: { origins: ["https://api.example/v1"] } },
  }],
  ["origins[1]: ", { ...good, origins: ["https://api.example", `https://app:${SECRET}@api.example`] }],

  // unknown
  ["provider.token_endpont: ", { ...good, provider: { token_endpoint: PLAIN, token_endpont: PLAIN } }],
  ["provider.response.expiry.units: ", {
    ...good,
    provider: { token_endpoint: PLAIN, response: { expiry: { units: "s" } } },
  }],
  // A URL has that, and more.
  ["provider.href: ", { ...good, provider: { token_endpoint: PLAIN, href: PLAIN } }],
  ['scopes: unknown member; is "scope" meant?', { ...good, scopes: ["a"] }],
  ['onEvents: unknown member; is "onEvent" meant?', { ...good, onEvents: () => {} }],
  ['fetcher: unknown member; is "fetch" meant?', { ...good, fetcher: () => {} }],
  ['wait_until: unknown member; is "waitUntil" meant?', { ...good, wait_until: () => {} }],
  ["scope: expected a string", { ...good, scope: () => "a" }],
  ["variables.base_url: is undefined, null or empty; is an environment variable not set?", {
    provider: fusio,
    credentials,
    variables: { base_url: undefined },
  }],
  ["variables.base_url: is undefined, null or empty; is an environment variable not set?", {
    provider: fusio,
    credentials,
    variables: { base_url: "" },
  }],
  ['variables.envirnment: unknown; is "environment" meant?', {
    provider: fuuffy,
    credentials,
    variables: { envirnment: "testing" },
  }],
  ["variables.realm: unknown; the profile has no variables", { ...good, variables: { realm: "r" } }],
  ["variables.realm: unknown; the profile's variables are ", {
    provider: fusio,
    credentials,
    variables: { base_url: "https://fusio.example", realm: "r" },
  }],
  ["grant.codeVerfier: ", {
    ...good,
    grant: { type: "authorization_code", code: "c", redirectUri: "https://a.example/", codeVerfier: "v" },
  }],

  // what no header or log line can hold
  ["credentials.client_id: ", { ...good, credentials: { client_id: "a\r\nb", client_secret: SECRET } }],
  ["scope: ", { ...good, scope: "a\nb" }],
  ["variables.base_url: ", { provider: fusio, credentials, variables: { base_url: "https://fusio.example\n" } }],
];

export const options = {
  ...Object.fromEntries(
    bad.map(([path, given], index) => [
      `ERR_OPTIONS ${index + 1}: ${path.replace(/: $/, "")}`,
      () => {
        let sent = 0;
        const counting = typeof given === "object" && given !== null
          ? { fetch: () => Promise.reject(sent += 1), ...given }
          : given;
        const error = thrown(() => createClient(counting));
        equal([error.name, error.code, error instanceof AuthError], ["AuthError", "ERR_OPTIONS", true], error.stack);
        ok(error.message.startsWith(path), `"${error.message}" begins with "${path}"; it`);
        ok(!`${error.message}${error.stack}${JSON.stringify(error)}`.includes(SECRET), "no secret shows; it");
        equal(sent, 0);
      },
    ]),
  ),

  "options that look odd and are good"() {
    const oddities = [
      { ...good, scope: "" },
      { ...good, scope: [] },
      { ...good, patience: 0 },
      { ...good, timeout: 0.001 },
      { ...good, fetch: undefined, store: undefined },
      { ...good, provider: new URL(PLAIN) },
      { ...good, provider: "http://[::1]:8080/token", allowInsecure: true },
      { ...good, credentials: { ...credentials, unused: "x" } },
      { ...good, credentials: { client_id: "x{y}", client_secret: "${z}{client_id}" } },
      { ...good, provider: { $schema: "./schema.json", token_endpoint: PLAIN } },
      { provider: { token_endpoint: PLAIN, grant_type: null, token_endpoint_auth_method: "none" }, credentials: {} },
      { ...good, origins: [] },
      { ...good, origins: ["https://api.example/"] },
      { ...good, credentials: { ...credentials, optional: undefined, other: null } },
      { ...good, provider: "http://keycloak:8080/token", allowInsecure: ["http://keycloak:8080"] },
      { ...good, provider: "http://KEYCLOAK/token", allowInsecure: ["http://keycloak/"] },
      { ...good, allowInsecure: ["http://api:9000"], origins: ["http://api:9000"] },
      { ...good, timeout: 300, patience: 3600, refreshMargin: 86_400, defaultLifetime: 2_592_000 },
      { ...good, provider: fusio, variables: { base_url: "https://fusio.example/sub/" } },
      Object.freeze({ ...good }),
    ];
    for (const odd of oddities) createClient(odd).close();
  },

  "a profile that refers to itself, or is bottomless"() {
    const endless = { token_endpoint: PLAIN };
    endless.parameters = endless;
    const list = [];
    list.push(list);
    const found = [endless, { token_endpoint: PLAIN, parameters: list }].map((provider) => {
      const { code, message } = thrown(() => createClient({ ...good, provider }));
      return [code, message];
    });
    equal(found, [
      ["ERR_OPTIONS", `provider${".parameters".repeat(60)}: is nested too deeply`],
      ["ERR_OPTIONS", `provider.parameters${"[0]".repeat(59)}: is nested too deeply`],
    ]);
  },

  "what JSON would change in silence is refused, and said to be what it is"() {
    const kinds = {
      "NaN or Infinity": [NaN, Infinity],
      "a function": [() => {}],
      "a symbol": [Symbol()],
      "a bigint": [1n],
    };
    for (const [kind, values] of Object.entries(kinds)) {
      for (const value of values) {
        const provider = { token_endpoint: PLAIN, refresh_margin: value };
        const { code, message } = thrown(() => createClient({ ...good, provider }), kind);
        equal([code, message], ["ERR_OPTIONS", `provider.refresh_margin: expected a JSON value, found ${kind}`]);
      }
    }
  },
};
