// The world that a snippet runs in: every host answers as a scripted server (bearerkit/testing), every secret is the one it
// accepts. Runs on Node, Deno and Bun: `node run.mjs PROGRAM`, which imports this first. The command line of bearerkit gets
// it by `--import`.
import process from "node:process";
import { fakeProvider } from "bearerkit/testing";
import { bindings } from "./engines.mjs";

/** A key is derived from a secret that is long enough. */
const longer = process.env.SNIPPET_SHARES ? { client_secret: "fake-secret-0123456789" } : {};
export const fake = fakeProvider({ credentials: longer });
const { client_id, client_secret, username, password } = fake.credentials;

/** What a program finds in its environment, by the name of what it looks for. */
export function secretNamed(name) {
  if (/CLIENT_?ID$|_ID$|^ID$/i.test(name)) return client_id;
  if (/STORE_KEY/.test(name)) return "a store key for tests, not secret";
  if (/SECRET|_KEY$/i.test(name)) return client_secret;
  if (/USER/i.test(name)) return username;
  if (/PASSWORD/i.test(name)) return password;
  if (/TOKEN_(ENDPOINT|URL)$/i.test(name)) return "https://login.acme.example/oauth/token";
  if (/DOMAIN$/i.test(name)) return "acme.eu.auth0.com";
  if (/TENANT$/i.test(name)) return "acme.onmicrosoft.com";
  if (/API_URL$/i.test(name)) return "https://api.acme.example/v1/orders";
  if (/^(REDIS|UPSTASH|DATABASE)_/.test(name)) return `https://${name.toLowerCase().replaceAll("_", "-")}.example`;
  return undefined;
}

/** An environment in which each name has a value: the process's own, or what is made of the name. */
export const environment = (own = {}) =>
  new Proxy(own, {
    get: (target, name) => (Object.hasOwn(target, name) || typeof name !== "string" ? target[name] : secretNamed(name)),
    has: (target, name) => name in target || (typeof name === "string" && secretNamed(name) !== undefined),
  });

globalThis.fetch = fake.fetch;
for (const name of listed("SNIPPET_NAMES")) {
  const value = secretNamed(name);
  if (process.env[name] === undefined && value !== undefined) process.env[name] = value;
}

/**
 * The `env` of a Worker. A binding whose `get` or `fetch` the snippet calls is a secret store's or a service's; one that it hands to
 * an adapter of bearerkit/stores, as in `r2(env.BUCKET)`, is a stand-in.
 */
export const env = environment({
  ...Object.fromEntries(listed("SNIPPET_STORES").map((name) => [name, { get: async () => secretNamed(name) }])),
  ...Object.fromEntries(
    listed("SNIPPET_BINDINGS").map((wish) => wish.split(":")).map(([kind, name]) => [name, bindings[kind]]),
  ),
  ...Object.fromEntries(listed("SNIPPET_SERVICES").map((name) => [name, { fetch: fake.fetch }])),
});

function listed(variable) {
  return (process.env[variable] ?? "").split(",").filter(Boolean);
}
