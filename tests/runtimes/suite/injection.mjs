// CR, LF, NUL and what is not ASCII: nothing of it reaches a header, and what has no use for it is refused with its place.
import { createClient } from "bearerkit";
import { buildTokenRequest } from "bearerkit/core";
import { equal, ok, rejection, thrown } from "./assert.mjs";
import { API, PLAIN } from "./world.mjs";

const credentials = { client_id: "app", client_secret: "s3cr3t" };
const profile = (further) => ({ token_endpoint: PLAIN, ...further });
const inHeaders = (headers) => ({ provider: profile({ headers }), credentials });
const secret = (name, value, provider = {}) => ({
  provider: profile(provider),
  credentials: { ...credentials, [name]: value },
});
const password = (further) => ({
  provider: PLAIN,
  credentials,
  grant: { type: "password", username: "u", password: "p", ...further },
});

/** Where a text stands: the beginning of the message, and the options with it there. No control character may stand here. */
const places = [
  ["credentials.client_id: ", (text) => secret("client_id", text)],
  ["credentials.client_secret: ", (text) => secret("client_secret", text)],
  ["credentials.client_secret: ", (text) => secret("client_secret", text, { basic_encoding: "raw" })],
  [
    "credentials.client_secret: ",
    (text) => secret("client_secret", text, { token_endpoint_auth_method: "client_secret_post" }),
  ],
  [
    "credentials.client_secret: ",
    (text) => secret("client_secret", text, { token_endpoint_auth_method: "client_secret_jwt" }),
  ],
  [
    "credentials[1].client_secret: ",
    (text) => ({ provider: PLAIN, credentials: [credentials, { ...credentials, client_secret: text }] }),
  ],
  ["credentials.username: ", (text) => secret("username", text, { grant_type: "password" })],
  ["credentials.api_key: ", (text) => secret("api_key", text, { parameters: { key: "{api_key}" } })],
  [
    "credentials.api_key: ",
    (text) => secret("api_key", text, { request_format: "json", parameters: { key: "{api_key}" } }),
  ],
  ["credentials.api_key: ", (text) => secret("api_key", text, { token_endpoint: `${PLAIN}/{api_key}` })],
  [
    "credentials.api_key: ",
    (text) => secret("api_key", text, { headers: { "x-key": { scheme: "Key", base64: "{api_key}" } } }),
  ],
  ["credentials.api_key: ", (text) => secret("api_key", text, { resource_request: { query: { key: "{api_key}" } } })],
  ["credentials.unused: ", (text) => secret("unused", text)],
  ["credentials.a", (text) => secret(text, "value")],
  ["scope: ", (text) => ({ provider: PLAIN, credentials, scope: text })],
  ["scope: ", (text) => ({ provider: PLAIN, credentials, scope: ["a", text] })],
  ["parameters.a", (text) => ({ provider: PLAIN, credentials, parameters: { [text]: "p" } })],
  ["resource: ", (text) => ({ provider: PLAIN, credentials, resource: text })],
  ["resource: ", (text) => ({ provider: PLAIN, credentials, resource: ["https://a.example/", text] })],
  ["variables.x: ", (text) => ({ provider: `https://as.example/{x}`, credentials, variables: { x: text } })],
  ["variables.x: ", (text) => ({ provider: `https://{x}.example/`, credentials, variables: { x: text } })],
  ["variables.x: ", (text) => ({ provider: `{+x}/token`, credentials, variables: { x: text } })],
  [
    "variables.x: ",
    (text) => ({ provider: PLAIN, credentials, origins: ["https://{x}.example"], variables: { x: text } }),
  ],
  [
    "credentials.client_id: ",
    (text) => ({ provider: PLAIN, credentials: { client_secret: "s" }, variables: { client_id: text } }),
  ],
  ["grant.username: ", (text) => password({ username: text })],
  ["grant.password: ", (text) => password({ password: text })],
  ["grant.type: ", (text) => ({ provider: PLAIN, credentials, grant: { type: text, parameters: {} } })],
  [
    "grant.parameters.a",
    (text) => ({ provider: PLAIN, credentials, grant: { type: "urn:x", parameters: { [text]: "p" } } }),
  ],
  [
    "grant.refreshToken: ",
    (text) => ({ provider: PLAIN, credentials, grant: { type: "refresh_token", refreshToken: text } }),
  ],
];

/** Here neither a control character nor one that is not ASCII may stand. */
const headers = [
  ["provider.headers.x-own: ", (text) => inHeaders({ "x-own": text })],
  ["provider.headers.x-own: ", (text) => inHeaders({ "x-own": { scheme: text, base64: "x" } })],
  [
    "provider.headers.x-own: ",
    (text) => ({
      ...inHeaders({ "x-own": "{x}" }),
      provider: profile({ headers: { "x-own": "{x}" }, defaults: { x: text } }),
    }),
  ],
  ["provider.headers.a", (text) => inHeaders({ [text]: "x" })],
  [
    "provider.resource_request.headers.x-own: ",
    (text) => ({ provider: profile({ resource_request: { headers: { "x-own": text } } }), credentials }),
  ],
  [
    "provider.resource_request.headers.a",
    (text) => ({ provider: profile({ resource_request: { headers: { [text]: "x" } } }), credentials }),
  ],
  ["provider.token_endpoint: ", (text) => ({ provider: `${PLAIN}/${text}`, credentials })],
  [
    "provider.token_endpoint: ",
    (text) => ({ provider: profile({ token_endpoint: "https://{+x}.example/", defaults: { x: text } }), credentials }),
  ],
  ["origins[0]: ", (text) => ({ provider: PLAIN, credentials, origins: [`https://${text}.example`] })],
];

/** What these would hold in a header only shows there: the profile is good. */
const secretHeaders = [
  ["provider.headers.x-key: ", (text) => secret("api_key", text, { headers: { "x-key": "{api_key}" } })],
  [
    "provider.resource_request.headers.x-key: ",
    (text) => secret("api_key", text, { resource_request: { headers: { "x-key": "{api_key}" } } }),
  ],
  ["provider.headers.x-own: ", (text) => ({ ...inHeaders({ "x-own": "{x}" }), variables: { x: text } })],
];

const CONTROLS = {
  "CR": "\r",
  "LF": "\n",
  "CR LF and a header": "\r\nx-injected: 1",
  "NUL": "\0",
  "TAB": "\t",
  "ESC": "\x1b",
  "DEL": "\x7f",
  "NEL": "\x85",
};
const FOREIGN = { "é": "é", "a line separator": "\u2028", "an emoji": "\u{1f4a9}", "full-width CR": "\uff0d" };

function expectRefused(table, texts) {
  for (const [begins, make] of table) {
    for (const [what, text] of Object.entries(texts)) {
      let sent = 0;
      const fetch = () => Promise.reject(sent += 1);
      const error = thrown(() => createClient({ fetch, ...make(`a${text}b`) }), `${begins}${what}`);
      equal([error.name, error.code], ["AuthError", "ERR_OPTIONS"], `${begins}${what}: ${error.stack}`);
      ok(error.message.startsWith(begins), `"${error.message}" begins with "${begins}" (${what}); it`);
      // deno-lint-ignore no-control-regex
      ok(!/[\x00-\x1f\x7f-\x9f]/.test(error.message), `no log line is forged by ${JSON.stringify(error.message)}; it`);
      equal(sent, 0);
    }
  }
}

export const injection = {
  "control characters are refused in every place, and the place is named"() {
    expectRefused([...places, ...headers, ...secretHeaders.slice(2)], CONTROLS);
  },

  "the values of parameters travel encoded, whatever is in them"() {
    const pretty = '{\r\n\t"userinfo": null\0\x7f\x85\n}';
    const provider = (further) => ({ token_endpoint: PLAIN, parameters: { own: "{x}" }, ...further });
    const options = { credentials, variables: { x: pretty }, parameters: { claims: pretty } };
    const form = buildTokenRequest({ ...options, provider: provider() }, 0);
    equal(Object.fromEntries(new URLSearchParams(form.body)), {
      grant_type: "client_credentials",
      claims: pretty,
      own: pretty,
    });
    // deno-lint-ignore no-control-regex
    ok(!/[\x00-\x1f\x7f-\x9f]/.test(form.body), "encoded");
    const query = buildTokenRequest({ ...options, provider: provider({ request_format: "query" }) }, 0);
    equal(new URL(query.url).searchParams.get("claims"), pretty);
    const json = buildTokenRequest({ ...options, provider: provider({ request_format: "json" }) }, 0);
    equal(JSON.parse(json.body), { grant_type: "client_credentials", claims: pretty, own: pretty });
    const base64 = buildTokenRequest({
      credentials,
      variables: { x: pretty.slice(0, 20) },
      provider: provider({ headers: { "x-own": { base64: "{x}" } } }),
    }, 0);
    equal(atob(base64.headers["x-own"]), pretty.slice(0, 20));
    const grant = { type: "urn:x", parameters: { assertion: "<a>\n</a>" } };
    equal(
      buildTokenRequest({ provider: PLAIN, credentials, grant }, 0).body,
      "grant_type=urn%3Ax&assertion=%3Ca%3E%0A%3C%2Fa%3E",
    );
  },

  "what is not ASCII is refused where a header or a URL would carry it"() {
    expectRefused([...headers, ...secretHeaders], FOREIGN);
  },

  "half of a character is refused, and the place is named"() {
    const halves = [
      ["credentials.client_secret: ", (text) => secret("client_secret", text)],
      ["credentials.a", (text) => secret(text, "value")],
      ["scope[1]: ", (text) => ({ provider: PLAIN, credentials, scope: ["a", text] })],
      ["provider: ", (text) => ({ provider: text, credentials })],
    ];
    expectRefused(halves, { "the first": "\ud83d", "the second": "\udca9", "both, the wrong way": "\udca9\ud83d" });
    createClient(secret("client_secret", "\ud83d\udca9")).close();
  },

  "a secret that ends in a line break is refused by that name"() {
    for (const text of ["s3cr3t\n", "s3cr3t\r\n"]) {
      const error = thrown(() => createClient(secret("client_secret", text)));
      ok(error.message.startsWith("credentials.client_secret: "), `${error.message}`);
      ok(!error.message.includes("s3cr3t"), "without showing it");
    }
  },

  "a key has lines, and what is not ASCII has a place in a body"() {
    const key = "-----BEGIN PRIVATE KEY-----\nMBUCAQAwDQYJKoZIhvcNAQEBBQAEAQA=\n-----END PRIVATE KEY-----\n";
    const jwk = { kty: "RSA", n: "x", e: "AQAB", d: "y" };
    const bag =
      `Bag Attributes\n    localKeyID: 01\n${key}-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`;
    const escaped = key.replaceAll("\n", "\\r\\n");
    for (const private_key of [key, `\n${key}`, bag, escaped, jwk, JSON.stringify(jwk, null, 2)]) {
      createClient({
        provider: profile({ token_endpoint_auth_method: "private_key_jwt" }),
        credentials: { client_id: "app", private_key },
      }).close();
    }
    const { headers, body } = buildTokenRequest({
      provider: PLAIN,
      credentials: { client_id: "äpp", client_secret: "s€cret" },
      scope: "läsen",
    }, 0);
    equal([headers.authorization, body], [
      `Basic ${btoa("%C3%A4pp:s%E2%82%ACcret")}`,
      "grant_type=client_credentials&scope=l%C3%A4sen",
    ]);
  },

  async "a credentials function that returns such is refused when it is asked, before anything is sent"() {
    for (
      const [begins, make] of [["credentials.client_secret: ", (text) => ({ ...credentials, client_secret: text })], [
        "credentials.a",
        (text) => ({ ...credentials, [text]: "x" }),
      ]]
    ) {
      for (const [what, text] of Object.entries(CONTROLS)) {
        let sent = 0;
        const client = createClient({
          provider: PLAIN,
          name: crypto.randomUUID(),
          credentials: () => make(`a${text}b`),
          fetch: () => Promise.reject(sent += 1),
        });
        const error = await rejection(client.token(), what);
        equal(
          [error.code, error.message.startsWith(`the credentials function failed: ${begins}`), sent],
          ["ERR_CREDENTIALS", true, 0],
          `${what}: ${error.message}`,
        );
      }
    }
    const inHeader = createClient({
      provider: profile({ headers: { "x-key": "{api_key}" } }),
      name: crypto.randomUUID(),
      credentials: () => ({ ...credentials, api_key: "clé" }),
      fetch: () => Promise.reject(new Error("nothing is to be sent")),
    });
    const error = await rejection(inHeader.token());
    equal([error.code, error.message.startsWith("provider.headers.x-key: ")], ["ERR_OPTIONS", true], error.message);
    ok(!error.message.includes("clé"), "without showing it");
  },

  async "a token, and what is captured with it, reaches no header it could break"() {
    const broken = { ...CONTROLS, ...FOREIGN, "a space": " " };
    const fields = [["access_token", { access_token: null }], ["id", { id: null }]];
    for (const [field, further] of fields) {
      for (const [what, text] of Object.entries(broken)) {
        // A space is a character of headers, though not of tokens.
        if (field === "id" && what === "a space") continue;
        const sent = [];
        const answer = { access_token: "good", id: "good", ...further, [field]: `a${text}b` };
        const client = createClient({
          provider: profile({
            response: { capture: { id: "/id" } },
            resource_request: { headers: { "x-id": "{id}", authorization: "Bearer {access_token}" } },
          }),
          credentials,
          name: crypto.randomUUID(),
          patience: 0,
          fetch: (url) => (sent.push(url), Promise.resolve(Response.json(answer))),
        });
        const error = await rejection(client.fetch(API), `${field}, ${what}`);
        equal([error.code, sent], ["ERR_BAD_RESPONSE", [PLAIN]], `${field}, ${what}: ${error.message}`);
      }
    }
  },

  async "a header of the caller's that is none is a TypeError that does not quote it"() {
    let sent = 0;
    const client = createClient({ provider: PLAIN, credentials, fetch: () => Promise.reject(sent += 1) });
    for (
      const headers of [{ "x-own": "a-secret\nof-mine" }, { "x-own": "a-secret\0" }, { "x\nown": "a-secret" }, [[
        "a-secret",
      ]]]
    ) {
      const error = await rejection(client.fetch(API, { headers }), JSON.stringify(headers));
      equal([error.message, error.name, sent], ["init.headers: one of them is not a valid header", "TypeError", 0]);
      ok(
        !`${error.message}${error.stack}${error.cause?.message}`.includes("a-secret"),
        `${error.message} does not quote it; it`,
      );
    }
  },
};
