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
 * Clients of equal options share one token, and its cooldown, whatever their `fetch`: call {@link resetAll} after each test.
 *
 * Under fake timers a token ages as the clock is moved. bearerkit's own waits (`patience`, `timeout`, cooldowns) stay in real
 * time, so give the client `patience: 0` and a small `timeout` where a test is about failures. The fake's delays are on the
 * timers of the test, and have to be ticked.
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

/**
 * Makes a fake provider. It speaks every dialect at once and tells them apart by the URL:
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
 * Every other path is the API, which wants a live token of its own provider. On a host that none of the first three
 * owns these are the tokens which that host issued or, if it issued none (`api.example` beside `as.example`), those of
 * any such host.
 *
 * Served over loopback (`127.0.0.1`, `localhost`, `[::1]`), a first path segment with a dot in it is taken as the host:
 * `http://127.0.0.1:8080/auth.fuse.me/oauth/token`.
 *
 * Making one touches no clock, timer or randomness, so it may be done at a Worker's top level.
 */
export function fakeProvider(options?: FakeProviderOptions): FakeProvider;

export interface FakeProviderOptions {
  /**
   * What is accepted; what is left out is as in {@link fakeCredentials}.
   *
   * @example { client_id: "id", client_secret: "s:e%c+ret" }
   * @default fakeCredentials
   */
  readonly credentials?: { readonly [Name in keyof FakeCredentials]?: string | undefined } | undefined;
  /**
   * How many seconds access tokens live, whatever the dialect says; APSIS One's `expires_in` stays misleading.
   *
   * @example 2
   * @default the dialect's: 86400 fuse, apsisOne; 3600 fuuffy, basicTokenV2, plain, Fusio's login; 172800 fusio
   */
  readonly lifetime?: number | undefined;
  /**
   * The server's clock in milliseconds since the epoch: when tokens are issued and expire, and the `Date` of its
   * answers.
   *
   * @example () => clock
   * @default Date.now
   */
  readonly now?: (() => number) | undefined;
  /**
   * How many milliseconds every answer takes to arrive; the work is done at once. Under fake timers it has to be ticked.
   *
   * @example 50
   * @default 0
   */
  readonly latency?: number | undefined;
  /**
   * What Fusio's `expires_in` is: Unix time, as up to its release 4.0.2, or seconds, as from 4.0.3 on.
   *
   * @example "seconds"
   * @default "absolute"
   */
  readonly expiresIn?: "absolute" | "seconds" | undefined;
  /**
   * Whether a refresh replaces the refresh token in the `plain` dialect (Fusio's always does); else the answer has none
   * and the old one stays good.
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

/** What a fake provider accepts by default. */
export const fakeCredentials: FakeCredentials;

/** Credentials with colons, percent signs, quotes, braces and non-ASCII letters, for those who ask for them. */
export const awkwardCredentials: FakeCredentials;

export interface FakeProvider {
  /**
   * Answers a request. It is bound, fits wherever a `fetch` is wanted, and never follows a redirect.
   *
   * It rejects with the signal's reason when the request is aborted, and with a {@link NetworkFault} where the script
   * says so; a server around it should destroy the socket in both cases.
   */
  readonly fetch: typeof globalThis.fetch;
  /** Every request seen, in order of arrival; the same array for the fake's whole life. */
  readonly calls: readonly Call[];
  /** What this fake accepts. */
  readonly credentials: FakeCredentials;
  /**
   * Appends faults to the script. Each request takes the first fault that fits it; with none it is answered properly.
   *
   * @throws {TypeError} naming the fault's index and the member, if a fault is misspelt; then none of the script is
   * taken.
   * @example fake.fail([{ type: "unavailable", times: 2 }, { at: "api", type: "unauthorized" }])
   */
  fail(script: readonly Fault[]): void;
  /**
   * Plays the user who consents, at any authorization URL: the redirect with `code` and `state`, or with `error` and
   * `state`.
   *
   * @throws {Error} if the client id is unknown or the redirect URI is no URL: a browser would be sent nowhere.
   * @example fake.authorize(url).searchParams.get("code")
   */
  authorize(authorizationUrl: string | URL): URL;
  /**
   * How many calls of this kind there were.
   *
   * @example fake.count("api", (call) => call.status === 401)
   */
  count(kind: CallKind, filter?: (call: Call) => boolean): number;
  /**
   * Makes the API refuse every access token issued so far, as a rotation of the signing key does; refresh tokens stay
   * good.
   */
  revokeAll(): void;
  /** Drops the faults still to come: the provider is well again. */
  clear(): void;
  /** Forgets calls, faults, tokens and codes. */
  reset(): void;
}

export type DialectName = "fuse" | "basicTokenV2" | "apsisOne" | "fuuffy" | "fusio" | "plain";

/** `login` is Fusio's `/consumer/login`; every other way to a token is `token`. */
export type CallKind = "token" | "login" | "revoke" | "authorize" | "api";

export interface Call {
  readonly kind: CallKind;
  readonly dialect: DialectName;
  readonly method: string;
  /** As it was received. */
  readonly url: string;
  /** The host it was meant for: over loopback the one in the path. */
  readonly host: string;
  /** Path and query without that host. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** As text; empty until it has been read. */
  readonly body: string;
  /** What was answered; null while it is pending, and for good if it never was. */
  readonly status: number | null;
  /** The fault it met. */
  readonly fault: Fault["type"] | null;
  /** When it arrived, in milliseconds by the fake's clock. */
  readonly at: number;
}

/** One entry of the script: where it strikes, how often, and what then happens. */
export type Fault = FaultPlace & FaultEffect;

export interface FaultPlace {
  /**
   * Which requests it is for; `token` includes Fusio's login.
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
   * How many requests it strikes; `Infinity` for all that follow.
   *
   * @example 3
   * @default 1
   */
  readonly times?: number | undefined;
  /**
   * How many fitting requests pass unharmed before.
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
  /** The dialect's 401: at the API the token is refused, elsewhere the client. */
  | { readonly type: "unauthorized" }
  /** The API's 403 for lack of permission, which no new token cures. */
  | { readonly type: "forbidden" }
  /** A 401 after `delay` milliseconds, when the client may long have a newer token. */
  | { readonly type: "late"; readonly delay: number }
  /**
   * The right answer after `delay` milliseconds; with `body: true` its headers come at once and only the body is late.
   */
  | { readonly type: "slow"; readonly delay: number; readonly body?: boolean | undefined }
  /**
   * No answer, ever; ends when the request is aborted. The client asks again after its `timeout`, within its `patience`: for
   * `ERR_TIMEOUT` give it `patience: 0`, or the fault `times: Infinity`.
   */
  | { readonly type: "hang" }
  /** The right answer, whose body breaks off half-way: the token was issued, and is lost. */
  | { readonly type: "cut_off" }
  /** By default a JSON document that ends too early. */
  | {
    readonly type: "malformed";
    readonly body?: string | undefined;
    readonly status?: number | undefined;
    readonly contentType?: string | undefined;
  }
  /** No body; 204 by default. */
  | { readonly type: "empty"; readonly status?: 200 | 204 | undefined }
  /** A friendly web page, with status 200. */
  | { readonly type: "html" }
  /** The right answer, followed by blanks up to so many `bytes` (2 MiB by default), streamed. */
  | { readonly type: "oversized"; readonly bytes?: number | undefined }
  /** Elsewhere; 307 by default. */
  | { readonly type: "redirect"; readonly location: string; readonly status?: 301 | 302 | 303 | 307 | 308 | undefined }
  /** The dialect's answer without its token. */
  | { readonly type: "no_token" }
  /** The dialect's answer with this as its token, e.g. `"a\nb"`, `"jeton-é"`, `42`. */
  | { readonly type: "bad_token"; readonly token: unknown }
  /** `fetch` rejects with a {@link NetworkFault}. */
  | { readonly type: "network" };

/**
 * Makes every client of this isolate begin anew: tokens, cooldowns, refresh tokens and what an issuer said of itself are
 * forgotten, and nothing is revoked. The clients stay as they are, those at the top of a module too, and their next call asks
 * for a token. The answer to a token request that is under way is dropped.
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

/** The TypeError that stands for a failed connection; a body that is `cut_off` ends with one too. */
export class NetworkFault extends TypeError {
  constructor(message?: string);
}
