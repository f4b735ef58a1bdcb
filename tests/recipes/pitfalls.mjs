// What the pages quote of bearerkit's messages, provoked. Each entry makes one error, or resolves to what was told.
import { createClient } from "../../pkg/index.js";
import { telemetry } from "../../pkg/integrations.js";

const provider = "https://login.acme.example/oauth/token";
const credentials = { client_id: "id", client_secret: "secret" };
const cluster = { provider: "http://keycloak:8080/token", credentials };
const answers = (body, init) => () => Promise.resolve(Response.json(body, init));
const granted = answers({ access_token: "of-acme", expires_in: 60 });
let clients = 0;

/** A client that shares nothing with another, and does not wait. */
const client = (options) =>
  createClient({ provider, credentials, patience: 0, name: `pitfall-${clients += 1}`, ...options });
const failing = (error) => () => Promise.reject(error);
const unreachable = (code) =>
  Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(code), { code }) });

export const PROVOKED = [
  async () => {
    // As it is in the module for a Worker without a store.
    const { share, start } = await import("../../pkg/wasm.js?pitfall");
    start(() => ({ Machine: class {} }));
    share();
  },
  () => client({ credentials: { client_id: undefined } }),
  () => client({ credentials: { client_id: "id", client_secret: undefined } }),
  () => client({ credentials: { client_id: "id", client_secret: { get() {} } } }),
  () =>
    client({ fetch: failing(new TypeError("Illegal invocation: function called with incorrect `this` reference.")) })
      .token(),
  () => client({ fetch: failing(unreachable("ENOTFOUND")) }).token(),
  () => client({ fetch: failing(unreachable("ECONNREFUSED")) }).token(),
  () => client({ fetch: failing(unreachable("ETIMEDOUT")) }).token(),
  () => client({ fetch: failing(unreachable("DEPTH_ZERO_SELF_SIGNED_CERT")) }).token(),
  () => client({ fetch: failing(unreachable("SELF_SIGNED_CERT_IN_CHAIN")) }).token(),
  () => client({ fetch: granted, origins: ["https://api.acme.example"] }).fetch("https://other.example/"),
  () => client({ fetch: granted }).fetch("http://orders:8080/v1/orders"),
  () => client({ credentials: failing(new Error("the secrets extension answered 400")) }).token(),
  () => client(cluster),
  () =>
    client({ ...cluster, allowInsecure: ["http://keycloak:8080"], fetch: failing(unreachable("ECONNREFUSED")) })
      .token(),
  () =>
    client({
      provider: { issuer: "http://keycloak:8080/realms/acme" },
      allowInsecure: ["http://keycloak:8080"],
      fetch: answers({ issuer: "https://login.acme.example/realms/acme", token_endpoint: provider }),
    }).token(),
  () => telemetry({}),
  () =>
    new Promise((resolve) => {
      const onEvent = ({ type, message }) => type === "warning" && resolve(message);
      const each = () => createClient({ provider, credentials: () => credentials, fetch: granted, onEvent });
      for (let request = 0; request < 20; request += 1) each();
    }),
];

/** Of others: runtimes, platforms, frameworks. */
export const OF_OTHERS = [
  "Requires net access to",
  "Relative import path",
  "invalid peer certificate",
  "Leaking async ops",
  "deno test",
  "Property 'api'",
  "Can't modify immutable headers",
  "CompileError: WebAssembly.Module()",
  "This context has no ExecutionContext",
  "Task timed out",
  "ERR_TIMEOUT",
  "Cannot use import statement",
  "FUNCTION_INVOCATION_TIMEOUT",
  "next build",
  "vite build",
  "Dynamic server usage",
  "Module not found",
  ".wasm",
  ".output/",
  "event.waitUntil is not a function",
  "Cannot import $env/dynamic/private",
  "EnvInvalidVariables",
  'The "astro:env/server" module',
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UND_ERR_SOCKET: other side closed",
  "dispatcher",
  "no new request until",
  "Exceeded timeout",
];
