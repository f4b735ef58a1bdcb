// The guide's page about errors: a heading for each code, each variant of the Rust error, and messages as they are. Each message
// stands before a comment that names the case in `CASES` which provokes it.
//
//   WRITE=1 node --test tests/errors-page.test.mjs     writes the messages into the page
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../scripts/paths.mjs";

const PAGE = join(root, "www", "guide", "errors.md");
const pkg = resolve(process.env.BEARERKIT_PKG ?? join(root, "pkg"));
const { AuthError, createClient } = await import(pathToFileURL(join(pkg, "index.js")));
const { auth0 } = await import(pathToFileURL(join(pkg, "providers.js")));
const { resetAll } = await import(pathToFileURL(join(pkg, "testing.js")));
const { durableObject, sharedStore } = await import(pathToFileURL(join(pkg, "stores.js")));

const ENDPOINT = "https://login.acme.example/oauth/token";
const token = (api) => api.token();
const answering = (status, body = "", headers = {}) => ({
  fetch: () =>
    Promise.resolve(new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers })),
});
const granting = answering(200, { access_token: "t", expires_in: 3600 });
const failing = (code, message) => ({
  fetch: () => Promise.reject(new TypeError("fetch failed", { cause: Object.assign(new Error(message), { code }) })),
});
const hanging = {
  fetch: (_, { signal }) => new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason))),
};
const secret = (client_secret) => ({ credentials: { client_id: "app", client_secret } });

const KEY = "a store key for tests, not secret";
const storing = (found, options = { key: KEY }) => ({
  store: sharedStore({ atomic: true, get: found, set: () => Promise.resolve(true) }, options),
});
const empty = () => Promise.resolve(null);
const chain = { name: "shop", grant: { type: "refresh_token", refreshToken: "configured" } };

/** Name of the message -> its code, the options, or a function that makes them, and the call where it is not `token()`. */
const CASES = {
  "empty secret": ["ERR_OPTIONS", secret("")],
  "missing credential": ["ERR_OPTIONS", { credentials: { client_id: "app" } }],
  "missing variable": ["ERR_OPTIONS", { provider: auth0 }],
  "misspelt option": ["ERR_OPTIONS", { patince: 3 }],
  milliseconds: ["ERR_OPTIONS", { timeout: 10_000 }],
  http: ["ERR_OPTIONS", { provider: "http://login.acme.example/oauth/token" }],
  "no store": ["ERR_OPTIONS", { store: new Map() }],
  "binding missing": ["ERR_OPTIONS", () => ({ store: durableObject(undefined) })],
  "store name": ["ERR_OPTIONS", { credentials: () => ({}), ...storing(empty) }],
  "store name of a chain": ["ERR_OPTIONS", { grant: chain.grant, ...storing(empty) }],
  "store key": ["ERR_OPTIONS", { name: "shop", credentials: () => ({}), ...storing(empty, {}) }],
  "short secret": ["ERR_OPTIONS", storing(empty, {})],
  "short key": ["ERR_OPTIONS", () => storing(empty, { key: "too short" })],
  closed: ["ERR_OPTIONS", granting, (api) => (api.close(), api.token())],
  "invalid client": ["ERR_REFUSED", answering(401, { error: "invalid_client", error_description: "unknown client" })],
  "invalid scope": ["ERR_REFUSED", answering(400, { error: "invalid_scope" })],
  "invalid grant": ["ERR_REFUSED", answering(400, { error: "invalid_grant", error_description: "token revoked" })],
  "unauthorized client": ["ERR_REFUSED", answering(400, { error: "unauthorized_client" })],
  "not found": ["ERR_REFUSED", answering(404, "<p>")],
  "no reason": ["ERR_REFUSED", answering(403, "{}")],
  "rate limited": ["ERR_RATE_LIMITED", answering(429, "", { "retry-after": "30" })],
  postponed: [
    "ERR_RATE_LIMITED",
    answering(429, "", { "retry-after": "30" }),
    (api) => api.token().catch(() => api.token()),
  ],
  "server error": ["ERR_UNREACHABLE", answering(503)],
  "no such host": ["ERR_UNREACHABLE", failing("ENOTFOUND", "getaddrinfo ENOTFOUND login.acme.example")],
  "refused connection": ["ERR_UNREACHABLE", failing("ECONNREFUSED", "connect ECONNREFUSED 192.0.2.1:443")],
  certificate: ["ERR_UNREACHABLE", failing("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate")],
  "store down": ["ERR_UNREACHABLE", { ...chain, ...storing(() => Promise.reject(new Error("down"))) }],
  "store unreadable": ["ERR_UNREACHABLE", { ...chain, ...storing(() => Promise.resolve("of another key")) }],
  timeout: ["ERR_TIMEOUT", { ...hanging, timeout: 0.1 }],
  "no token": ["ERR_BAD_RESPONSE", answering(200, { data: { token: "t" } })],
  "not JSON": ["ERR_BAD_RESPONSE", answering(200, "<!doctype html>")],
  redirect: ["ERR_BAD_RESPONSE", answering(302, "", { location: "https://login.acme.example/login" })],
  "token type": ["ERR_BAD_RESPONSE", answering(200, { access_token: "t", token_type: "mac" })],
  "bad token": ["ERR_BAD_RESPONSE", answering(200, { access_token: "a\nb" })],
  "credentials threw": ["ERR_CREDENTIALS", { credentials: () => Promise.reject(new Error("the vault is sealed")) }],
  "credentials nothing": ["ERR_CREDENTIALS", { credentials: () => undefined }],
  "illegal invocation": ["ERR_FETCH", {
    fetch: () => {
      throw new TypeError("Illegal invocation");
    },
  }],
  "no response": ["ERR_FETCH", { fetch: () => Promise.resolve({}) }],
  "read response": ["ERR_FETCH", {
    fetch: async () => {
      const response = Response.json({});
      await response.text();
      return response;
    },
  }],
  origin: [
    "ERR_ORIGIN",
    { ...granting, origins: ["https://api.acme.example"] },
    (api) => api.fetch("https://elsewhere.example/v1"),
  ],
  "http origin": ["ERR_ORIGIN", granting, (api) => api.fetch("http://api.acme.example/v1")],
  aborted: ["ERR_ABORTED", granting, (api) => api.token({ signal: AbortSignal.abort() })],
};

const page = () => readFileSync(PAGE, "utf8");
const pattern = (name) => new RegExp(`(^- \`)(.*)(\` <!-- ${name} -->)`, "m");

for (const [name, [code, options, call = token]] of Object.entries(CASES)) {
  test(`${code}, ${name}: the page has the message`, async () => {
    resetAll();
    const error = await provoked(options, call);
    assert.ok(error instanceof AuthError, error);
    assert.equal(error.code, code);
    const message = error.message.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/, "2026-11-25T20:21:24.000Z")
      .replace("within 100 ms", "within 10 s");
    if (process.env.WRITE) {
      writeFileSync(
        PAGE,
        page().replace(pattern(name), (_, before, __, after) => before + message + after),
      );
    }
    assert.equal(pattern(name).exec(sectionOf(code))?.[2], message, "WRITE=1 writes it");
  });
}

async function provoked(options, call) {
  try {
    const given = typeof options === "function" ? options() : options;
    return await call(createClient({ provider: ENDPOINT, patience: 0, ...secret("s3cr3t"), ...given }));
  } catch (error) {
    return error;
  }
}

function sectionOf(code) {
  return page().split(/^## /m).find((section) => section.startsWith(`${code}\n`)) ?? "";
}

test("each message of the page is provoked by a case", () => {
  const shown = [...page().matchAll(/^- `.*` <!-- (.*) -->/gm)].map(([, name]) => name);
  assert.deepEqual(shown.toSorted(), Object.keys(CASES).toSorted());
});

test("it has one heading for each code of index.d.ts, and for no other", () => {
  const types = readFileSync(join(pkg, "index.d.ts"), "utf8");
  const union = /export type AuthErrorCode =([^;]*);/.exec(types)[1];
  const codes = [...union.matchAll(/"(ERR_\w+)"/g)].map(([, code]) => code);
  assert.ok(codes.length > 5);
  const headings = [...page().matchAll(/^## (ERR_\w+)$/gm)].map(([, code]) => code);
  assert.deepEqual(headings.toSorted(), codes.toSorted());
  for (const code of codes) {
    for (const words of ["**What it means.**", "**What it looks like, and what to do.**"]) {
      assert.ok(sectionOf(code).includes(words), `${code}: ${words}`);
    }
  }
});

test("it names each variant of the crate's Error, where its code stands", () => {
  const name = readdirSync(join(root, "src"), { recursive: true }).map(String).find((path) =>
    /\berror\.rs$/.test(path)
  );
  const source = readFileSync(join(root, "src", name), "utf8");
  const pairs = [...source.matchAll(/Error::(\w+)(?:\(_\)| \{ \.\. \}) => "(ERR_\w+)"/g)];
  assert.ok(pairs.length > 5);
  for (const [, variant, code] of pairs) assert.match(sectionOf(code), new RegExp(`\`Error::${variant}\\b`), variant);
});
