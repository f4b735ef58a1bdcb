// What a user writes against "bearerkit", and what the compiler must refuse. Nothing here depends on the host.
import {
  type AccessToken,
  AuthError,
  type AuthErrorCode,
  type Client,
  type ClientEvent,
  type ClientOptions,
  createClient,
  type Credentials,
  type ExplainedError,
  type ExplainedStore,
  type Explanation,
  type Grant,
  type Jwk,
  type Provider,
  type SignRequest,
} from "bearerkit";
import { fuse, fuuffy } from "bearerkit/providers";
import { fakeCredentials, fakeProvider } from "bearerkit/testing";
import { holds, type Same } from "./same.js";

declare const env: { ID: string; SECRET: string; MAYBE: string | undefined };
const credentials = { client_id: env.ID, client_secret: env.SECRET };

// --- options that are good

const api: Client = createClient({
  provider: fuuffy,
  variables: { environment: "production" },
  credentials: { client_id: env.ID, client_secret: env.SECRET },
});
createClient({ provider: "https://as.example/token", credentials });
createClient({ provider: new URL("https://as.example/token"), credentials });
createClient({ provider: fuse, credentials: [credentials, { ...credentials, client_secret: "next" }] });
createClient({ provider: fuse, credentials: () => credentials, name: "shop" });
createClient({ provider: fuse, credentials: async () => ({ client_id: env.ID, client_secret: env.SECRET }) });
createClient({ provider: fuse, credentials, scope: "a b", resource: "https://api.example" });
createClient({ provider: fuse, credentials, scope: ["a", "b"] as const, resource: ["https://a.example"] });
createClient({
  provider: fuse,
  credentials,
  parameters: { audience: "x" },
  origins: ["https://api.example"],
  refreshMargin: 60,
  defaultLifetime: 600,
  patience: 0,
  timeout: 2.5,
  allowInsecure: true,
});
createClient({ provider: fuse, credentials, allowInsecure: ["http://keycloak:8080"] as const });
// @ts-expect-error a list, also of one
createClient({ provider: fuse, credentials, allowInsecure: "http://keycloak:8080" });
createClient({ provider: fuse, credentials, fetch: globalThis.fetch, waitUntil: (promise) => void promise.then() });
createClient({ provider: fuse, credentials, fetch: (input, init) => fetch(input, init) });
createClient({ provider: fuse, credentials: fakeCredentials, fetch: fakeProvider().fetch });
createClient({ provider: fuse, credentials, fetch: api.fetch });

// --- credentials

interface Secrets {
  client_id: string;
  client_secret: string;
}
declare const secrets: Secrets;
declare const unknownNames: Record<string, string>;
declare const jwk: Jwk;
declare const own: Provider;
createClient({ provider: fuse, credentials: secrets });
createClient({ provider: own, credentials: unknownNames });
createClient({ provider: own, credentials: { client_id: env.ID, api_key: "k", "step1.url": "u" } });
createClient({ provider: own, credentials: { client_id: env.ID, private_key: jwk, other_key: jwk } });
async function keysElsewhere(hmac = { name: "HMAC", hash: "SHA-256" }) {
  const own_key = await crypto.subtle.importKey("raw", new Uint8Array(32), hmac, false, ["sign"]);
  createClient({ provider: own, credentials: { client_id: env.ID, private_key: own_key, own_key } });
  const sign = ({ alg, kid, input }: SignRequest) => new Uint8Array([alg.length, kid?.length ?? 0, input.length]);
  createClient({ provider: own, credentials: { client_id: env.ID }, sign });
  createClient({ provider: own, credentials: { client_id: env.ID }, sign: async ({ input }) => input.slice().buffer });
  // @ts-expect-error a signature is bytes
  createClient({ provider: own, credentials: { client_id: env.ID }, sign: () => "signature" });
}
keysElsewhere();
createClient({ provider: own, credentials: { private_key: { kty: "EC", crv: "P-256", x: "x", y: "y", d: "d" } } });
// @ts-expect-error a credential is text
createClient({ provider: own, credentials: { client_id: 42 } });
// @ts-expect-error … whatever its name
createClient({ provider: own, credentials: { client_id: env.ID, api_key: 42 } });
// @ts-expect-error two at the most
createClient({ provider: fuse, credentials: [credentials, credentials, credentials] });
// @ts-expect-error and two at the least
createClient({ provider: fuse, credentials: [credentials] });
// @ts-expect-error they are not a string
createClient({ provider: fuse, credentials: "client:secret" });
// @ts-expect-error nor missing
createClient({ provider: fuse });
// @ts-expect-error the function brings an object
createClient({ provider: fuse, credentials: () => "secret" });
// @ts-expect-error a JWK has no such member
createClient({ provider: own, credentials: { private_key: { kty: "RSA", modulus: "x" } } });
const typed: Credentials = { username: "u", password: "p" };
createClient({ provider: own, credentials: typed });

// --- options that are wrong

// @ts-expect-error provider is missing
createClient({ credentials });
// @ts-expect-error a provider is no number
createClient({ provider: 1, credentials });
// @ts-expect-error options are camelCase, wire names are not
createClient({ provider: fuse, credentials, refresh_margin: 60 });
// @ts-expect-error a span is a number of seconds
createClient({ provider: fuse, credentials, timeout: "10s" });
// @ts-expect-error a scope is text
createClient({ provider: fuse, credentials, scope: [1] });
// @ts-expect-error variables are strings
createClient({ provider: fuse, credentials, variables: { port: 8080 } });
// @ts-expect-error … and are set
createClient({ provider: fuse, credentials, variables: { tenant: env.MAYBE } });
// @ts-expect-error parameters are strings
createClient({ provider: fuse, credentials, parameters: { long: true } });
// @ts-expect-error origins are a list
createClient({ provider: fuse, credentials, origins: "https://api.example" });
// @ts-expect-error a function of bearerkit/stores makes a store
createClient({ provider: fuse, credentials, store: {} });
// @ts-expect-error … and of one's own too
createClient({ provider: fuse, credentials, store: { atomic: true, get: async () => null, set: async () => true } });
// @ts-expect-error a fetch brings a Response
createClient({ provider: fuse, credentials, fetch: async () => "text" });
declare const frozen: ClientOptions;
// @ts-expect-error options are not changed
frozen.timeout = 1;

// --- grants

const grants: Grant[] = [
  { type: "client_credentials" },
  { type: "password", username: "u", password: "p" },
  { type: "refresh_token", refreshToken: "r" },
  { type: "authorization_code", code: "c", redirectUri: "https://me.example/" },
  { type: "authorization_code", code: "c", redirectUri: "https://me.example/", codeVerifier: "v" },
  { type: "urn:ietf:params:oauth:grant-type:token-exchange", parameters: { subject_token: "t" } },
];
createClient({ provider: fuse, credentials, grant: grants[0] as Grant });
// @ts-expect-error a password grant has a password
createClient({ provider: fuse, credentials, grant: { type: "password", username: "u" } });
// @ts-expect-error the options' own names are camelCase
createClient({ provider: fuse, credentials, grant: { type: "refresh_token", refresh_token: "r" } });
// @ts-expect-error an extension grant has parameters
createClient({ provider: fuse, credentials, grant: { type: "account_credentials" } });
// @ts-expect-error … which are strings
createClient({ provider: fuse, credentials, grant: { type: "x:y", parameters: { n: 1 } } });
// @ts-expect-error a grant is no string
createClient({ provider: fuse, credentials, grant: "client_credentials" });

// --- the client

holds<Same<Client["fetch"], typeof globalThis.fetch>>();
holds<Same<ReturnType<Client["token"]>, Promise<AccessToken>>>();
holds<Same<ReturnType<Client["authorization"]>, Promise<string>>>();
holds<Same<ReturnType<Client["invalidate"]>, void>>();
holds<Same<ReturnType<Client["extend"]>, Client>>();
holds<Same<ReturnType<Client["revoke"]>, Promise<void>>>();
holds<Same<Parameters<Client["introspect"]>[0], string | undefined>>();
holds<Same<Awaited<ReturnType<Client["introspect"]>>["active"], boolean>>();
holds<Same<ReturnType<Client["explain"]>, Explanation>>();
holds<Same<ReturnType<Client["close"]>, void>>();

const { fetch: bound, token, authorization } = api;
api.fetch("https://api.example/", { method: "POST", body: "{}", headers: { accept: "*/*" } })
  .then((response) => response.status.toFixed());
bound(new URL("https://api.example/"));
bound(new Request("https://api.example/"));
token({ signal: AbortSignal.timeout(1000), minValidity: 60 });
authorization({ signal: new AbortController().signal });
api.extend({ scope: ["orders.write"] }).extend({});
// @ts-expect-error minValidity is for token()
api.authorization({ minValidity: 60 });
// @ts-expect-error minValidity is a number of seconds
api.token({ minValidity: new Date() });
// @ts-expect-error still the names of the options
api.extend({ scopes: ["a"] });
// @ts-expect-error a client is not changed
api.fetch = fetch;
// @ts-expect-error no synchronous token
api.token().value;

// --- the token

declare const accessToken: AccessToken;
holds<Same<AccessToken["value"], string>>();
holds<Same<AccessToken["expiresAt"], Date | null>>();
holds<Same<AccessToken["renewAt"], Date | null>>();
accessToken.captured?.instance_url?.toUpperCase();
accessToken.warning?.toUpperCase();
// @ts-expect-error nobody may know when it expires
accessToken.expiresAt.getTime();
// @ts-expect-error it is frozen
accessToken.value = "x";
// @ts-expect-error the refresh token is not handed out
accessToken.refreshToken;

// --- the error

function explain(error: unknown): string {
  if (!(error instanceof AuthError)) throw error;
  holds<Same<typeof error.code, AuthErrorCode>>();
  switch (error.code) {
    case "ERR_OPTIONS":
    case "ERR_ORIGIN":
      return error.message;
    case "ERR_REFUSED":
      return `${error.status?.toFixed()} ${error.error?.toUpperCase()} ${error.errorDescription?.trim()}`;
    case "ERR_RATE_LIMITED":
    case "ERR_UNREACHABLE":
    case "ERR_TIMEOUT":
      return error.retryAt?.toISOString() ?? "";
    case "ERR_CREDENTIALS":
    case "ERR_FETCH":
    case "ERR_BAD_RESPONSE":
      return String(error.status);
    case "ERR_ABORTED":
      return String(error.cause);
    default:
      // No code is forgotten above.
      return error.code satisfies never;
  }
}
explain(new AuthError("ERR_TIMEOUT", "too late", { retryAt: new Date(), cause: 1 }));
const plain: Error = new AuthError("ERR_REFUSED", "no", { status: 401, error: null });
plain.message;
// @ts-expect-error no such code
new AuthError("ERR_UNKNOWN", "?");
// @ts-expect-error the code comes first
new AuthError("message");
// @ts-expect-error codes are compared with codes
if ((plain as AuthError).code === "ERR_NETWORK") throw plain;

// --- events

function watch(event: ClientEvent): string {
  const always = `${event.at.toISOString()} ${event.provider?.length} ${event.host?.length} ${event.serial.toFixed()}`;
  switch (event.type) {
    case "token_request":
    case "not_replayed":
      return always;
    case "token":
      holds<Same<typeof event.from, "server" | "store">>();
      return `${event.renewAt.toISOString()} ${event.durationMs?.toFixed()}`;
    case "token_error":
      holds<Same<typeof event.status, number | null>>();
      holds<Same<typeof event.error, string | null>>();
      holds<Same<typeof event.retryAt, Date | null>>();
      return `${event.code} ${event.message} ${event.durationMs.toFixed()}`;
    case "cooldown":
      return `${event.code} ${event.message} ${event.retryAt.toISOString()}`;
    case "warning":
      return event.message;
    case "unauthorized":
      return event.retry ? "again" : always;
    case "store_error":
      holds<Same<typeof event.operation, "get" | "set">>();
      return `${event.reason} ${event.retryAt?.toISOString()}`;
    case "store_unsafe":
      return always;
    default:
      return event satisfies never;
  }
}
createClient({ provider: fuse, credentials, onEvent: watch });
createClient({ provider: fuse, credentials, onEvent: ({ type }) => void type });
// @ts-expect-error only a token has a renewal point
createClient({ provider: fuse, credentials, onEvent: (event) => event.renewAt });
// @ts-expect-error a core that has no caller cannot be aborted
createClient({ provider: fuse, credentials, onEvent: (e) => e.type === "token_error" && e.code === "ERR_ABORTED" });

// --- token exchange

const exchanged = "urn:ietf:params:oauth:grant-type:token-exchange";
createClient({ provider: fuse, credentials, grant: { type: exchanged, subjectToken: "s", subjectTokenType: "jwt" } });
createClient({
  provider: fuse,
  credentials,
  grant: {
    type: exchanged,
    subjectToken: "s",
    subjectTokenType: "urn:a:b",
    actorToken: "a",
    actorTokenType: "id-jag",
    audience: ["a"],
  },
});
createClient({
  provider: fuse,
  credentials,
  grant: { type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "j" },
});
createClient({ provider: fuse, credentials, grant: { type: exchanged, parameters: { subject_token: "s" } } });
// @ts-expect-error whose token is it?
createClient({ provider: fuse, credentials, grant: { type: exchanged, subjectTokenType: "jwt" } });
const misspelt = { type: exchanged, subjectToken: "s", subjectTokenType: "acess_token" } as const;
// @ts-expect-error no token type is called so
createClient({ provider: fuse, credentials, grant: misspelt });

// --- the explanation

const { token: age, flight, nextRequestAt, lastError, ...rest } = api.explain();
holds<Same<typeof age, "none" | "fresh" | "stale" | "expired">>();
holds<Same<typeof flight, "idle" | "in_flight" | "cooldown">>();
holds<Same<typeof nextRequestAt, Date>>();
holds<Same<typeof lastError, ExplainedError | null>>();
holds<
  Same<
    keyof typeof rest,
    "serial" | "expiresAt" | "renewAt" | "hardExpiry" | "refreshToken" | "clockSkew" | "warnings" | "store"
  >
>();
holds<Same<typeof rest.store, ExplainedStore | null>>();
// @ts-expect-error it may have had no error
lastError.code;
// @ts-expect-error there is no secret in it
api.explain().value;
