/**
 * A scripted authorization server and API behind one `fetch`, for tests: no network, no port, no secret.
 *
 * @example
 * ```js
 * import { createClient } from "bearerkit";
 * import { fuse } from "bearerkit/providers";
 * import { fakeProvider } from "bearerkit/testing";
 *
 * const fake = fakeProvider();
 * const api = createClient({ provider: fuse, credentials: fake.credentials, fetch: fake.fetch });
 *
 * fake.fail([{ type: "rate_limited", retryAfter: 1 }]);
 * const response = await api.fetch("https://api.fuse.me/v1/accounts");
 *
 * fake.count("token"); // 2: one refused, one answered
 * api.close();
 * ```
 *
 * Clients with equal options share one token and its cooldown, whatever their `fetch` is. Call {@link resetAll} after each test.
 *
 * Under fake timers a token ages as the test moves the clock. bearerkit's own waits (`patience`, `timeout`, cooldowns) stay in real
 * time, so use `patience: 0` and a small `timeout` in tests of failures. The delays of the fake are on the timers of the test, and
 * need a tick.
 *
 * @example
 * ```js
 * import { mock } from "node:test";
 *
 * mock.timers.enable({ apis: ["Date", "setTimeout"], now: Date.now() });
 * await api.token();
 * mock.timers.tick(86_400_000); // a day later the token has expired
 * await api.token(); // a second token request
 * mock.timers.reset();
 * ```
 *
 * @module
 */

import type { SharedStore, TokenStore } from "./stores.js";

/**
 * Creates a fake provider. It speaks all dialects at once and distinguishes them by the URL:
 *
 * | dialect        | token requests                                   | API                              |
 * | -------------- | ------------------------------------------------ | -------------------------------- |
 * | `fuse`         | `auth.fuse.me`, `auth-sandbox.fuse.me` `/oauth/token` | `api.fuse.me`, `api-sandbox.fuse.me` |
 * | `apsisOne`     | `api.apsis.one/oauth/token`                      | the same host                    |
 * | `fuuffy`       | `api-gateway.fuuffy.com`, `testing-api-gateway.fuuffy.com` `/v1/auth/token` | the same host |
 * | `basicTokenV2` | any other host, `…/oauth/v2/token`               | see below                        |
 * | `fusio`        | any other host, `…/authorization/{token,revoke,authorize}`, `…/consumer/login` | see below |
 * | `plain`        | any other host, `…/token`, `…/revoke`, `…/authorize` | see below                    |
 *
 * Every other path is the API, which requires a valid token of its own provider. On a host that does not belong to one of the
 * first three dialects, the API accepts the tokens that this host issued or, if it issued none (`api.example` beside
 * `as.example`), those of any such host.
 *
 * Over loopback (`127.0.0.1`, `localhost`, `[::1]`), a first path segment that contains a dot is the host:
 * `http://127.0.0.1:8080/auth.fuse.me/oauth/token`.
 *
 * Creating one uses no clock, timer or random number, so it may be done at the top level of a Worker.
 */
export function fakeProvider(options?: FakeProviderOptions): FakeProvider;

export interface FakeProviderOptions {
  /**
   * The credentials that are accepted. Those that are left out are those of {@link fakeCredentials}.
   *
   * @example { client_id: "id", client_secret: "s:e%c+ret" }
   * @default fakeCredentials
   */
  readonly credentials?: { readonly [Name in keyof FakeCredentials]?: string | undefined } | undefined;
  /**
   * The lifetime of access tokens in seconds, instead of that of the dialect. The `expires_in` of APSIS One stays wrong, as it is in
   * reality.
   *
   * @example 2
   * @default the dialect's: 86400 fuse, apsisOne; 3600 fuuffy, basicTokenV2, plain, Fusio's login; 172800 fusio
   */
  readonly lifetime?: number | undefined;
  /**
   * The server's clock in milliseconds since the epoch. It decides when tokens are issued and expire, and it is the `Date` of the
   * answers.
   *
   * @example () => clock
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
  /**
   * How many milliseconds every answer takes to arrive. The request itself is processed at once. Under fake timers the delay needs a
   * tick.
   *
   * @example 50
   * @default 0
   */
  readonly latency?: number | undefined;
  /**
   * The form of Fusio's `expires_in`: a Unix time, as up to release 4.0.2, or seconds, as from 4.0.3 on.
   *
   * @example "seconds"
   * @default "absolute"
   */
  readonly expiresIn?: "absolute" | "seconds" | undefined;
  /**
   * Whether a refresh rotates the refresh token in the `plain` dialect (in Fusio's it always does). If false, the answer has none and
   * the old one stays valid.
   *
   * @example true
   * @default false
   */
  readonly rotate?: boolean | undefined;
}

export interface FakeCredentials {
  readonly client_id: string;
  readonly client_secret: string;
  readonly username: string;
  readonly password: string;
}

/** The credentials that a fake provider accepts by default. */
export const fakeCredentials: FakeCredentials;

/** Credentials with colons, percent signs, quotes, braces and non-ASCII letters, to test encodings. */
export const awkwardCredentials: FakeCredentials;

export interface FakeProvider {
  /**
   * Answers a request. It is bound, can be used wherever a `fetch` is expected, and never follows a redirect.
   *
   * It rejects with the signal's reason if the request is aborted, and with a {@link NetworkFault} if the script says so. A server
   * around it should destroy the socket in both cases.
   */
  readonly fetch: typeof globalThis.fetch;
  /** All requests in order of arrival. It is the same array for the whole life of the fake. */
  readonly calls: readonly Call[];
  /** The credentials that this fake accepts. */
  readonly credentials: FakeCredentials;
  /**
   * Appends faults to the script. Each request takes the first fault that matches it; without one it is answered normally.
   *
   * @throws {TypeError} with the index of the fault and the member, if a fault is misspelt. Then no fault of the script is added.
   * @example fake.fail([{ type: "unavailable", times: 2 }, { at: "api", type: "unauthorized" }])
   */
  fail(script: readonly Fault[]): void;
  /**
   * Plays the user who consents at an authorization URL. Returns the URL of the redirect, with `code` and `state`, or with `error`
   * and `state`.
   *
   * @throws {Error} if the client id is unknown or the redirect URI is not a URL, since then a browser would not be redirected.
   * @example fake.authorize(url).searchParams.get("code")
   */
  authorize(authorizationUrl: string | URL): URL;
  /**
   * Counts the calls of a kind.
   *
   * @example fake.count("api", (call) => call.status === 401)
   */
  count(kind: CallKind, filter?: (call: Call) => boolean): number;
  /**
   * Revokes all access tokens issued so far, as a rotation of the signing key does. Refresh tokens stay valid.
   */
  revokeAll(): void;
  /** Drops the remaining faults. */
  clear(): void;
  /** Forgets calls, faults, tokens and codes. */
  reset(): void;
}

export type DialectName = "fuse" | "basicTokenV2" | "apsisOne" | "fuuffy" | "fusio" | "plain";

/** `login` is Fusio's `/consumer/login`; every other request for a token is `token`. */
export type CallKind = "token" | "login" | "revoke" | "authorize" | "api";

export interface Call {
  readonly kind: CallKind;
  readonly dialect: DialectName;
  readonly method: string;
  /** The URL as it was received. */
  readonly url: string;
  /** The host that the request is for; over loopback the one in the path. */
  readonly host: string;
  /** Path and query without that host. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body as text; empty until it has been read. */
  readonly body: string;
  /** The status of the answer; null while the request is pending, and if it was never answered. */
  readonly status: number | null;
  /** The fault that the request took. */
  readonly fault: Fault["type"] | null;
  /** When the request arrived, in milliseconds of the fake's clock. */
  readonly at: number;
}

/** One entry of the script: which requests it affects, how many of them, and what happens. */
export type Fault = FaultPlace & FaultEffect;

export interface FaultPlace {
  /**
   * Which requests are affected. `token` includes Fusio's login.
   *
   * @example "api"
   * @default "token" ("api" for `forbidden`)
   */
  readonly at?: "token" | "api" | "revoke" | undefined;
  /**
   * Only requests in this dialect.
   *
   * @example "fuuffy"
   * @default any
   */
  readonly dialect?: DialectName | undefined;
  /**
   * How many requests are affected; `Infinity` for all that follow.
   *
   * @example 3
   * @default 1
   */
  readonly times?: number | undefined;
  /**
   * How many matching requests are answered normally before.
   *
   * @example 1
   * @default 0
   */
  readonly after?: number | undefined;
}

export type FaultEffect =
  /** Any answer; a body that is not a string is sent as JSON. */
  | {
    readonly type: "status";
    readonly status: number;
    readonly headers?: Readonly<Record<string, string>> | undefined;
    readonly body?: unknown;
  }
  /** 429; `Retry-After` as seconds (number), as a date (Date) or verbatim (string). */
  | { readonly type: "rate_limited"; readonly retryAfter?: number | string | Date | undefined }
  /** 503; `Retry-After` likewise. */
  | { readonly type: "unavailable"; readonly retryAfter?: number | string | Date | undefined }
  /** A 401 in the dialect: the API refuses the token, other endpoints refuse the client. */
  | { readonly type: "unauthorized" }
  /** A 403 of the API for a missing permission, which a new token does not cure. */
  | { readonly type: "forbidden" }
  /** A 401 after `delay` milliseconds, when the client may already have a newer token. */
  | { readonly type: "late"; readonly delay: number }
  /**
   * The normal answer after `delay` milliseconds. With `body: true` the headers arrive at once and only the body is late.
   */
  | { readonly type: "slow"; readonly delay: number; readonly body?: boolean | undefined }
  /**
   * No answer; it ends when the request is aborted. The client tries again after its `timeout`, within its `patience`. To get
   * `ERR_TIMEOUT`, use `patience: 0` in the client or `times: Infinity` in the fault.
   */
  | { readonly type: "hang" }
  /** The normal answer, whose body breaks off half-way. The token was issued and is lost. */
  | { readonly type: "cut_off" }
  /** A body that cannot be parsed; by default a JSON document that ends too early. */
  | {
    readonly type: "malformed";
    readonly body?: string | undefined;
    readonly status?: number | undefined;
    readonly contentType?: string | undefined;
  }
  /** An answer without a body; status 204 by default. */
  | { readonly type: "empty"; readonly status?: 200 | 204 | undefined }
  /** An HTML page with status 200. */
  | { readonly type: "html" }
  /** The normal answer, followed by blanks up to this number of `bytes` (2 MiB by default), as a stream. */
  | { readonly type: "oversized"; readonly bytes?: number | undefined }
  /** A redirect; status 307 by default. */
  | { readonly type: "redirect"; readonly location: string; readonly status?: 301 | 302 | 303 | 307 | 308 | undefined }
  /** The normal answer without its token. */
  | { readonly type: "no_token" }
  /** The normal answer with this value as its token, such as `"a\nb"`, `"jeton-é"` or `42`. */
  | { readonly type: "bad_token"; readonly token: unknown }
  /** `fetch` rejects with a {@link NetworkFault}. */
  | { readonly type: "network" };

/**
 * Resets every client of this isolate: tokens, cooldowns, refresh tokens and the metadata of issuers are forgotten. Nothing is
 * revoked. The clients can still be used, also those at the top of a module; their next call requests a token. The answer to a token
 * request in flight is dropped.
 *
 * @example
 * ```js
 * import { resetAll } from "bearerkit/testing";
 * import { afterEach } from "node:test"; // jest, vitest with `globals` and bun test have it without an import
 *
 * afterEach(() => resetAll());
 * ```
 */
export function resetAll(): void;

/** The TypeError of a failed connection. A body that is `cut_off` ends with one too. */
export class NetworkFault extends TypeError {
  constructor(message?: string);
}

/**
 * Checks whether a store keeps the promises of `TokenStore` of `bearerkit/stores`: values and names come back as they were
 * written, a miss is null or undefined, a lifetime is in seconds; and, if the store says that it compares, that one of 100 writers
 * at the same moment succeeds, and none over a value that is no longer there. What an adapter of `bearerkit/stores` returned is
 * accepted too: then it is your server that is checked.
 *
 * It writes about ten records under random names. They have a lifetime of 60 s at the end.
 *
 * @throws {Error} that lists the checks that failed, and what was found instead.
 * @example
 * ```js
 * import { redis } from "bearerkit/stores";
 * import { checkStore } from "bearerkit/testing";
 * import { Redis } from "ioredis";
 *
 * const { atomic, slowest } = await checkStore(redis(new Redis(env.REDIS_URL)));
 * ```
 */
export function checkStore(store: TokenStore | SharedStore, options?: CheckStoreOptions): Promise<StoreCheck>;

/** The options of {@link checkStore}. */
export interface CheckStoreOptions {
  /**
   * How many seconds a call may take before the check counts as failed.
   *
   * @default 10
   */
  readonly timeout?: number | undefined;
  /**
   * The same store with an engine that is down. Its calls have to reject, or to hang: if they resolve, a client takes "down" for
   * "nothing there".
   *
   * @example sharedStore({ ...store, … }) // with a client that connects to a closed port
   * @default not checked
   */
  readonly unreachable?: TokenStore | SharedStore | undefined;
}

/** What {@link checkStore} found. */
export interface StoreCheck {
  /** Whether the store compares. */
  readonly atomic: boolean;
  /** The checks that passed. */
  readonly checks: readonly string[];
  /** How many calls were made. */
  readonly calls: number;
  /** Milliseconds that the slowest call took. */
  readonly slowest: number;
}
