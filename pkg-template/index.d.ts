/**
 * Gets, keeps, attaches and recovers OAuth 2.0 access tokens for server-side code at the edge.
 *
 * @example
 * ```ts
 * import { createClient } from "bearerkit";
 * import { fuuffy } from "bearerkit/providers";
 *
 * const api = createClient({
 *   provider: fuuffy,
 *   variables: { environment: "production" },
 *   credentials: { client_id: env.ID, client_secret: env.SECRET },
 * });
 * const orders = await api.fetch("https://api-gateway.fuuffy.com/v1/orders");
 * ```
 *
 * @module
 */

/**
 * Makes a client, which has one token: another scope or audience is another client, see {@link Client.extend}.
 *
 * It sends nothing and reads no clock and no randomness, so it may be called at a Worker's top level. Inside a request
 * it keeps its token too: clients that were made with equal options in one isolate share one. `fetch`, `waitUntil` and
 * `onEvent` stay each client's own.
 *
 * @throws {AuthError} `ERR_OPTIONS` with the path of the member that is missing, mistyped or contradictory.
 * @example
 * ```ts
 * const api = createClient({
 *   provider: "https://as.example/oauth/token",
 *   credentials: { client_id: env.ID, client_secret: env.SECRET },
 *   scope: ["orders.read"],
 * });
 * ```
 */
export function createClient<P extends ClientOptions["provider"]>(options: OptionsFor<P>): Client;

/** What a client is made of. Spans are in seconds. */
export interface ClientOptions {
  /**
   * The authorization server: a profile, its issuer, or the token endpoint of a plain RFC 6749 server.
   *
   * @example
   * ```ts
   * const plain = createClient({ provider: "https://as.example/oauth/token", credentials });
   * ```
   */
  readonly provider: Provider | IssuerProvider | string | URL;
  /**
   * The secrets that the provider's templates name; see {@link Credentials}.
   *
   * - Two of them during a rotation: where one is refused the other is tried once, and the one that worked is
   *   remembered.
   * - A function, for example one that reads a secret store: it is called before each token request, and not while a cached
   *   token is used.
   *   See {@link ClientOptions.name} if it is made anew in each request.
   *
   * @example
   * ```ts
   * const rotating = createClient({
   *   provider,
   *   credentials: [
   *     { client_id: env.ID, client_secret: env.SECRET },
   *     { client_id: env.ID, client_secret: env.NEXT_SECRET },
   *   ],
   * });
   * ```
   */
  readonly credentials:
    | Credentials
    | readonly [Credentials, Credentials]
    | (() => Credentials | Promise<Credentials>);
  /**
   * Says which clients are the same where a credentials function cannot be compared: of equal options with equal names
   * one token is shared, whichever function is asked for it. Clients of other names never share one.
   *
   * @default the function itself: two functions are two clients
   * @example
   * ```ts
   * const api = createClient({
   *   provider,
   *   name: "shop",
   *   credentials: async () => ({ client_id: env.ID, client_secret: await readSecret("shop") }),
   * });
   * ```
   */
  readonly name?: string | undefined;
  /**
   * The other `{names}` of the provider's templates, such as a tenant. They are no secrets, and errors may show them. One
   * that no template names is refused, since it is probably misspelt.
   *
   * @default the profile's `defaults`
   * @example
   * ```ts
   * const sandbox = createClient({ provider: fuse, credentials, variables: { environment: "sandbox" } });
   * ```
   */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /**
   * The scope to ask for: a string is split at its spaces, and what there is is joined by the profile's `scope_separator`, in
   * this order. Another order is the same client.
   *
   * @default the profile's `scope`
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 §3.3}
   */
  readonly scope?: string | readonly string[] | undefined;
  /**
   * Further parameters of the token request, sent as they are, over those of the profile.
   *
   * What the grant and the authentication set is refused here: `grant_type`, `client_id`, `client_secret`,
   * `client_assertion*`, `code`, `redirect_uri`, `code_verifier`, `refresh_token`, `username`, `password`, `scope`.
   *
   * @default none
   * @example
   * ```ts
   * const api = createClient({ provider, credentials, parameters: { audience: "https://api.example" } });
   * ```
   */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /**
   * The API that the token is for, or several of them.
   *
   * @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 §2}
   */
  readonly resource?: string | readonly string[] | undefined;
  /**
   * What is shown for a token.
   *
   * @default what the profile's `grant_type` says, with what of it is among the credentials
   */
  readonly grant?: Grant | undefined;
  /**
   * The origins that the token may be sent to, templates allowed; {@link Client.fetch} refuses every other. Each is scheme,
   * host and port and nothing more: a path or a wildcard is refused.
   *
   * @default the profile's `resource_request.origins`, else any https origin
   * @example
   * ```ts
   * const api = createClient({ provider, credentials, origins: ["https://api.example"] });
   * ```
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * How many seconds (a day at most) before its hard expiry a token is renewed, less a random part that keeps a fleet out of step. A
   * margin that is named counts in full, up to half of the lifetime.
   *
   * @default the profile's `refresh_margin`, else 300 and at most a tenth of the lifetime
   */
  readonly refreshMargin?: number | undefined;
  /**
   * How many seconds a token is used whose expiry the server does not say; 30 days at most.
   *
   * @default 3600
   */
  readonly defaultLifetime?: number | undefined;
  /**
   * How many seconds (3600 at most) a call waits for the token endpoint's cooldown (after a 429, a 5xx…) to end; 0: it
   * never waits. A longer cooldown is an {@link AuthError} at once, with `retryAt`.
   *
   * @default 10
   */
  readonly patience?: number | undefined;
  /**
   * How many seconds (300 at most) a token request may take to the last byte of its answer; also what a credentials
   * function may take.
   *
   * @default 10
   */
  readonly timeout?: number | undefined;
  /**
   * Sends every request, those for a token and those of {@link Client.fetch}; e.g. an mTLS binding's. It is called in the turn and
   * the async context of the call that the request is for. An error with a `digest`, as Next.js throws it, is passed on unchanged.
   *
   * @default the global `fetch`, looked up at each call
   * @example
   * ```ts
   * const api = createClient({ provider, credentials, fetch: (input, init) => env.MTLS.fetch(input, init) });
   * ```
   */
  readonly fetch?: ((input: string | Request, init?: RequestInit) => Promise<Response>) | undefined;
  /**
   * Keeps the host alive for a renewal that nobody waits for.
   *
   * @default that of `cloudflare:workers` on Workers, else none
   * @example
   * ```ts
   * const api = createClient({ provider, credentials, waitUntil: (promise) => ctx.waitUntil(promise) });
   * ```
   */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
  /**
   * Is told of each step, never of a secret. What it throws, or rejects with, is ignored.
   *
   * @default none
   * @example
   * ```ts
   * const api = createClient({
   *   provider,
   *   credentials,
   *   onEvent: (event) => {
   *     if (event.type === "token_error") console.warn(event.provider, event.code, event.status);
   *   },
   * });
   * ```
   */
  readonly onEvent?: ((event: ClientEvent) => void) | undefined;
  /**
   * `true` lets `http:` URLs to loopback hosts pass, for tests. A list lets those to exactly these `http:` origins pass, and
   * to no others: inside a cluster or a network of containers that you trust, since secrets and tokens travel in the clear.
   * Without `origins` the token may be sent to them too.
   *
   * @default false
   * @example
   * ```ts
   * const api = createClient({ provider, credentials, allowInsecure: ["http://keycloak:8080"] });
   * ```
   */
  readonly allowInsecure?: boolean | readonly string[] | undefined;
}

/**
 * The options of a client of this provider: {@link ClientOptions}; where the provider is one of `bearerkit/providers`,
 * with the names that it knows in `variables` and `credentials`, and none missing that it cannot do without.
 *
 * A profile of one's own is free in its names, and so is a copy of a shipped one, or a shipped one
 * `as Provider`.
 */
export type OptionsFor<P> =
  & Omit<ClientOptions, "provider" | "variables" | "credentials">
  & { readonly provider: ProviderOf<P> }
  & InputsFor<P>;

/** What {@link Client.extend} takes: {@link OptionsFor}, as far as they change. */
export type OverridesFor<P> =
  & Optional<Omit<ClientOptions, "provider" | "variables" | "credentials">>
  & { readonly provider?: ProviderOf<P> }
  & Partial<InputsFor<P>>;

/** Inferred where it is shipped; else what is written there is held against {@link Provider}. */
type ProviderOf<P> = [P] extends [Named<infer _Variables, infer _Secrets, infer _GrantSecrets>] ? P
  : ClientOptions["provider"];

/** Of several shipped ones it cannot be said which names count: they are free. */
type InputsFor<P> = [P] extends [ShippedProvider<infer Variables, infer Secrets, infer GrantSecrets>]
  ? unknown extends Secrets ? Pick<ClientOptions, "variables" | "credentials">
  : VariablesOf<Variables> & CredentialsFor<Secrets, GrantSecrets>
  : Pick<ClientOptions, "variables" | "credentials">;

type VariablesOf<Variables> = Nothing extends Variables ? { readonly variables?: Variables | undefined }
  : { readonly variables: Variables };

/** What the profile's own grant shows is needed unless the options name another grant. */
type CredentialsFor<Secrets, GrantSecrets> = Nothing extends GrantSecrets
  ? { readonly credentials: CredentialsOf<Secrets> }
  :
    | { readonly credentials: CredentialsOf<Secrets & GrantSecrets>; readonly grant?: undefined }
    | { readonly credentials: CredentialsOf<Secrets>; readonly grant: Grant };

/** What a function returns is known at run time only. */
type CredentialsOf<Secrets> =
  | Secrets & NamedCredentials
  | readonly [Secrets & NamedCredentials, Secrets & NamedCredentials]
  | (() => Optional<Secrets> & NamedCredentials | Promise<Optional<Secrets> & NamedCredentials>);

type Nothing = Readonly<Record<never, never>>;

type Optional<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/**
 * The secret values that a provider's templates name, none of them empty. Names have letters, digits, `_` and `.` only.
 *
 * They never appear in an error, an event, `explain()` or a printed client.
 *
 * @example
 * ```ts
 * const credentials: Credentials = { client_id: env.ID, private_key: env.PEM, api_key: env.API_KEY };
 * ```
 */
export type Credentials = NamedCredentials | { readonly [name: string]: string | Jwk };

/** The credentials that the standards have names for. A profile's templates may name others. */
export interface NamedCredentials {
  /** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.2 RFC 6749 §2.2} */
  readonly client_id?: string | undefined;
  /** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 §2.3.1} */
  readonly client_secret?: string | undefined;
  /** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2 RFC 6749 §4.3.2} */
  readonly username?: string | undefined;
  /** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.3.2 RFC 6749 §4.3.2} */
  readonly password?: string | undefined;
  /** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 §6} */
  readonly refresh_token?: string | undefined;
  /**
   * Signs assertions: PEM (PKCS#8, literal `\n` allowed) or a JWK, as text or as the object that it is.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523 §2.2}
   */
  readonly private_key?: string | Jwk | undefined;
}

/**
 * A JSON Web Key, as WebCrypto exports it or as it stands in a file.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7517#section-4 RFC 7517 §4}, {@link https://www.rfc-editor.org/rfc/rfc7518#section-6 RFC 7518 §6}
 */
export interface Jwk {
  readonly kty?: string | undefined;
  readonly alg?: string | undefined;
  readonly crv?: string | undefined;
  readonly d?: string | undefined;
  readonly dp?: string | undefined;
  readonly dq?: string | undefined;
  readonly e?: string | undefined;
  readonly ext?: boolean | undefined;
  readonly k?: string | undefined;
  readonly key_ops?: readonly string[] | undefined;
  readonly kid?: string | undefined;
  readonly n?: string | undefined;
  readonly p?: string | undefined;
  readonly q?: string | undefined;
  readonly qi?: string | undefined;
  readonly use?: string | undefined;
  readonly x?: string | undefined;
  readonly y?: string | undefined;
}

/**
 * What a client shows for a token.
 *
 * @example
 * ```ts
 * const api = createClient({
 *   provider: fusio,
 *   credentials,
 *   variables: { base_url: "https://fusio.example" },
 *   grant: { type: "authorization_code", code, redirectUri: "https://me.example/back", codeVerifier },
 * });
 * ```
 */
export type Grant =
  /** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.4 RFC 6749 §4.4} */
  | { readonly type: "client_credentials" }
  /** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.3 RFC 6749 §4.3} */
  | { readonly type: "password"; readonly username: string; readonly password: string }
  /** @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 §6} */
  | { readonly type: "refresh_token"; readonly refreshToken: string }
  /**
   * Good for one token request; afterwards the refresh token that came with the token serves.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3 RFC 6749 §4.1.3}, {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.5 RFC 7636 §4.5}
   */
  | {
    readonly type: "authorization_code";
    readonly code: string;
    readonly redirectUri: string;
    readonly codeVerifier?: string | undefined;
  }
  /**
   * Any other grant, by its `grant_type`, with the parameters that it wants.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.5 RFC 6749 §4.5}
   */
  | { readonly type: string; readonly parameters: Readonly<Record<string, string>> };

/** Gets, keeps, attaches and recovers one token. Its functions are bound: they may be passed on by themselves. */
export interface Client {
  /**
   * `fetch` with the token; fits wherever a `fetch` is wanted (ky, hono/client, openapi-fetch).
   *
   * - It never throws for an HTTP status.
   * - A 401 that a new token can cure, `error="invalid_token"` with any 4xx, or what the profile's `invalid_token_when` says,
   *   buys one renewal and one more try, if the body can be sent again: a string, bytes, `URLSearchParams`, `FormData` or `Blob`
   *   in `init`, or the body of a `Request` that is all there at once (64 KiB at most, within 10 ms). A stream, or the body
   *   of any other `Request`, cannot: its 401, 307 or 308 is returned.
   * - Where the options have a `fetch` of their own, that one gets a URL and an `init`, never a `Request`.
   * - A request with an `Authorization` of its own is sent as it is, and nothing is renewed for it.
   * - A redirect to an allowed origin is followed with the token, one to any other without it.
   *
   * On Bun it has no `preconnect`, whatever its type says.
   *
   * @throws {AuthError} if no token can be had, or with `ERR_ORIGIN` if the URL may not get it.
   * @throws {TypeError} where `fetch` itself throws one; a bare `fetch failed` where the runtime's could quote the token.
   * @example
   * ```ts
   * const response = await api.fetch("https://api.example/v1/orders", { method: "POST", body: "{}" });
   * ```
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * The token, and what is known of it.
   *
   * @param options `signal` ends the waiting of this call only, with `ERR_ABORTED`. `minValidity`: at least so many
   * seconds (86400 at most) are left, else the token is renewed first (default 0).
   * @throws {AuthError} if no token can be had.
   * @example
   * ```ts
   * const { value, expiresAt } = await api.token({ minValidity: 60 });
   * ```
   */
  token(
    options?: { readonly signal?: AbortSignal | undefined; readonly minValidity?: number | undefined },
  ): Promise<AccessToken>;
  /**
   * The value of the `Authorization` header, e.g. `Bearer …`; the cheapest way to the token.
   *
   * @param options `signal` ends the waiting of this call only, with `ERR_ABORTED`.
   * @throws {AuthError} if no token can be had; `ERR_OPTIONS` where the profile carries the token in no such header.
   * @example
   * ```ts
   * const headers = { authorization: await api.authorization() };
   * ```
   */
  authorization(options?: { readonly signal?: AbortSignal | undefined }): Promise<string>;
  /** Forgets the access token, so that the next call gets another; the refresh token is kept. */
  invalidate(): void;
  /**
   * A client of these options over the old ones, with a token of its own.
   *
   * @throws {AuthError} `ERR_OPTIONS`, as {@link createClient}.
   * @example
   * ```ts
   * const writer = api.extend({ scope: ["orders.write"] });
   * ```
   */
  extend<P extends ClientOptions["provider"]>(options: OverridesFor<P>): Client;
  /**
   * Revokes what is in hand, the refresh token and the access token, and forgets both.
   *
   * @throws {AuthError} `ERR_OPTIONS` where the profile names no `revocation_endpoint`, else what became of the request.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2.1 RFC 7009 §2.1}
   */
  revoke(): Promise<void>;
  /**
   * Asks the server what a token is worth: whether it is active, whose it is, until when.
   *
   * @param token any token of this server; the client's own by default
   * @throws {AuthError} `ERR_OPTIONS` where the profile names no `introspection_endpoint`, else what became of the request.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 §2}
   * @example
   * ```ts
   * const { active, sub } = await api.introspect(token.value);
   * ```
   */
  introspect(token?: string): Promise<Introspection>;
  /**
   * The state of the token, and why it is so. No secret is in it.
   *
   * @example
   * ```ts
   * const { token, nextRequestAt, lastError } = api.explain();
   * ```
   */
  explain(): Explanation;
  /** Ends the client; every later call is `ERR_OPTIONS`. The token goes with the last client that shares it. */
  close(): void;
}

/** An access token, and what is known of it. Frozen. */
export interface AccessToken {
  /** The token itself; not enumerable, so that a printed or serialised `AccessToken` does not show it. */
  readonly value: string;
  /**
   * As the server wrote it; `Bearer` where it said nothing.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-7.1 RFC 6749 §7.1}
   */
  readonly tokenType: string;
  /** The stated expiry on the local clock; null: the server stated none. It is used until shortly before that. */
  readonly expiresAt: Date | null;
  /** From here on it is renewed in the background; null: unknown. */
  readonly renewAt: Date | null;
  /** The scope that was granted, where the server says so. */
  readonly scope?: string;
  /**
   * What `response.capture` and the profile's steps found, by the names that the profile gives. As `value`, it is not
   * enumerable: a secret may be among it.
   */
  readonly captured?: Readonly<Record<string, string>>;
  /** What the answer says of the token's lifetime and is not believed, and what counts instead: a mistake in the profile. */
  readonly warning?: string;
}

/**
 * What went wrong, and the contract to switch on.
 *
 * | code | what happened | transient |
 * | --- | --- | --- |
 * | `ERR_OPTIONS` | options, profile or credentials are missing, mistyped or contradictory; a URL is not https | no |
 * | `ERR_REFUSED` | the token endpoint said no: an OAuth error, 401, 403, any other 4xx | no |
 * | `ERR_RATE_LIMITED` | it answered 429, or its cooldown still runs | yes |
 * | `ERR_UNREACHABLE` | no connection, 5xx, 408, 425, `temporarily_unavailable`, `server_error` | yes |
 * | `ERR_TIMEOUT` | the time limit passed | yes |
 * | `ERR_BAD_RESPONSE` | 2xx without a usable token, a redirect, too large | no |
 * | `ERR_CREDENTIALS` | the credentials function failed, or did not return credentials | yes |
 * | `ERR_FETCH` | `options.fetch` threw before anything was sent, or did not resolve to an unread `Response` | no |
 * | `ERR_ORIGIN` | the URL given to `fetch` may not get the token | no |
 * | `ERR_ABORTED` | the caller's signal; its reason is the `cause`, and the `name` is `AbortError` as with `fetch` | |
 */
export type AuthErrorCode =
  | "ERR_OPTIONS"
  | "ERR_REFUSED"
  | "ERR_RATE_LIMITED"
  | "ERR_UNREACHABLE"
  | "ERR_TIMEOUT"
  | "ERR_BAD_RESPONSE"
  | "ERR_CREDENTIALS"
  | "ERR_FETCH"
  | "ERR_ORIGIN"
  | "ERR_ABORTED";

/**
 * The one error that bearerkit throws. Switch on `code`. `instanceof` holds across copies of one version (ESM beside CommonJS).
 *
 * No secret, token or response body is in it.
 *
 * @example
 * ```ts
 * try {
 *   await api.token();
 * } catch (error) {
 *   if (!(error instanceof AuthError)) throw error;
 *   if (error.code === "ERR_RATE_LIMITED") console.log("again at", error.retryAt);
 * }
 * ```
 */
export class AuthError extends Error {
  /** For tests; bearerkit makes its own. */
  constructor(code: AuthErrorCode, message: string, known?: {
    readonly provider?: string | null | undefined;
    readonly host?: string | null | undefined;
    readonly status?: number | null | undefined;
    readonly error?: string | null | undefined;
    readonly errorDescription?: string | null | undefined;
    readonly retryAt?: Date | number | null | undefined;
    readonly cause?: unknown;
  });
  /** With `ERR_ABORTED` that of the signal's reason, as with `fetch`, where it is one of these. */
  readonly name: "AuthError" | "AbortError" | "TimeoutError";
  /** What went wrong. */
  readonly code: AuthErrorCode;
  /** The profile's name, where it has one. */
  readonly provider?: string;
  /** The host that was asked, and its port where it is not that of the scheme; a credential in it is redacted. */
  readonly host?: string;
  /** The HTTP status of the token endpoint's answer, where there was one. */
  readonly status?: number;
  /**
   * The server's error code, such as `invalid_client`.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 §5.2}
   */
  readonly error?: string;
  /** The server's words, at most 512 characters, without control characters and secrets. */
  readonly errorDescription?: string;
  /** When the token endpoint will be asked again. */
  readonly retryAt?: Date;
  /**
   * What the runtime, `options.fetch` or the credentials function threw: an Error of its name, its code and its message, and so on for
   * at most three causes. Secrets and tokens are redacted, and of a URL the host alone is left. With `ERR_ABORTED`: the signal's reason.
   */
  readonly cause?: unknown;
}

/**
 * A step in a token's life, for logs and metrics. No secret is in it.
 *
 * - `token_request`: a request for a token begins.
 * - `token`: it brought one, which is renewed from `renewAt` on.
 * - `token_error`: it failed; `status` is null where there was no answer.
 * - `cooldown`: a call was refused since the endpoint is left alone until `retryAt`; nothing was sent for it.
 * - `unauthorized`: the API refused the token of that serial, by a 401 or in another way; `retry`: a new token is worth one
 *   more try.
 * - `not_replayed`: … but the request's body cannot be sent again, so that answer was returned; or its redirect was.
 * - `warning`: something to mend, such as an expiry that is not understood; told once for each cause.
 */
export type ClientEvent =
  & {
    /** The profile's name, where it has one. */
    readonly provider: string | undefined;
    /** The host of the endpoint that is asked for the token, where one is. */
    readonly host: string | undefined;
    /** When it happened. */
    readonly at: Date;
    /** The number of the token request, and of the token that came of it. */
    readonly serial: number;
  }
  & (
    | { readonly type: "token_request" }
    | { readonly type: "token"; readonly renewAt: Date; readonly durationMs: number }
    | {
      readonly type: "token_error";
      readonly code: ExplainedError["code"];
      readonly status: number | null;
      /** The server's error code, such as `invalid_client`. */
      readonly error: string | null;
      /** That of the {@link AuthError}. */
      readonly message: string;
      /** How long the request took. */
      readonly durationMs: number;
      /** When the endpoint will be asked again. */
      readonly retryAt: Date | null;
    }
    | {
      readonly type: "cooldown";
      readonly code: ExplainedError["code"];
      readonly message: string;
      readonly retryAt: Date;
    }
    | { readonly type: "unauthorized"; readonly retry: boolean }
    | { readonly type: "not_replayed" }
    | { readonly type: "warning"; readonly message: string }
  );

/**
 * What {@link Client.introspect} says of a token; further members are the server's.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.2 RFC 7662 §2.2}
 */
export interface Introspection {
  /** Whether the token is good. If it is not, nothing else is said of it. */
  readonly active: boolean;
  readonly scope?: string;
  readonly client_id?: string;
  readonly username?: string;
  readonly token_type?: string;
  /** In seconds since the epoch, as are `iat` and `nbf`. */
  readonly exp?: number;
  readonly iat?: number;
  readonly nbf?: number;
  readonly sub?: string;
  readonly aud?: string | readonly string[];
  readonly iss?: string;
  readonly jti?: string;
  readonly [member: string]: unknown;
}

/** What {@link Client.explain} says. */
export interface Explanation {
  /** The age of the token in hand. Stale: past its renewal point and still good. Expired: not used any more. */
  readonly token: "none" | "fresh" | "stale" | "expired";
  /** Whether a token request is under way, or the token endpoint is left alone for a while. */
  readonly flight: "idle" | "in_flight" | "cooldown";
  /** The number of the token in hand; null: there is none. */
  readonly serial: number | null;
  /** The stated expiry on the local clock; null: no token, or the server stated none. */
  readonly expiresAt: Date | null;
  /** From here on the token is renewed; null: there is none. */
  readonly renewAt: Date | null;
  /** From here on the token is not used: the stated expiry less a safety margin; null: there is none. */
  readonly hardExpiry: Date | null;
  /** Whether there is a refresh token in hand. */
  readonly refreshToken: boolean;
  /** When the next token request may be sent: at once, when the one under way ends, when the cooldown ends. */
  readonly nextRequestAt: Date;
  /** Why the last token request failed; null once one succeeds. */
  readonly lastError: ExplainedError | null;
  /** What should be corrected: the messages of the current token's `warning` events. */
  readonly warnings: readonly string[];
}

/** An {@link AuthError} as {@link Client.explain} tells of it; null is unknown. */
export interface ExplainedError {
  readonly code: Exclude<AuthErrorCode, "ERR_ORIGIN" | "ERR_ABORTED">;
  readonly message: string;
  readonly provider: string | null;
  readonly host: string | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly errorDescription: string | null;
  /** How long the request took. */
  readonly durationMs: number | null;
  readonly retryAt: Date | null;
}

/**
 * The provider profile: an authorization server, and the API behind it, described as JSON.
 *
 * Everything but `token_endpoint` has the default of RFC 6749, so `{ token_endpoint: "https://as.example/token" }` is
 * complete. `null` switches a default off.
 *
 * Strings are templates where it makes sense: `{name}` is replaced by the credential or variable of that name, and braces in
 * its value are not replaced again. In a URL `{name}` is percent-encoded and `{+name}` inserted as it is. Built in are
 * `{access_token}`, `{refresh_token}`, `{scope}`, `{token_endpoint}` and `{uuid}`; a credential or variable of the same name
 * wins. A missing one that a URL, a header or a credential needs is an error; an object member that names one is left out.
 *
 * In a JSON file `"$schema": "./node_modules/bearerkit/providers/schema.json"` brings completion; a profile imported
 * from one is `profile as Provider` in TypeScript.
 *
 * @example
 * ```ts
 * const acme: Provider = {
 *   name: "Acme",
 *   token_endpoint: "https://{tenant}.acme.example/oauth/token",
 *   token_endpoint_auth_method: "client_secret_post",
 *   parameters: { audience: "{audience}" },
 *   defaults: { audience: "https://api.acme.example" },
 *   resource_request: { origins: ["https://api.acme.example"] },
 * };
 * ```
 */
export interface Provider extends ProviderRequest {
  /** For editors; ignored. */
  readonly $schema?: string | undefined;
  /** What the provider is called, in events. */
  readonly name?: string | undefined;
  /** The URL of the document that the profile follows. */
  readonly documentation?: string | undefined;
  /** The values of variables that the options do not set, by name. */
  readonly defaults?: Readonly<Record<string, string>> | undefined;
  /**
   * Named sets of variables: the variable `environment` chooses one, and has to name one of them.
   *
   * @default none
   * @example
   * ```ts
   * const environments: Provider["environments"] = {
   *   production: { host: "auth.example" },
   *   sandbox: { host: "auth-sandbox.example" },
   * };
   * ```
   */
  readonly environments?: Readonly<Record<string, Readonly<Record<string, string>>>> | undefined;
  /** How the API wants the token, and where it may go. */
  readonly resource_request?: ProviderResourceRequest | undefined;
  /**
   * How many seconds before its hard expiry a token is renewed; counts in full, up to half of the lifetime.
   *
   * @default 300, and at most a tenth of the lifetime
   */
  readonly refresh_margin?: number | undefined;
  /**
   * Whether a refresh kills the old access token at once (Fusio). Then it is not done while that one still serves.
   *
   * @default false
   */
  readonly refresh_invalidates_access_token?: boolean | undefined;
  /**
   * What of the token request is otherwise in a refresh request: `parameters` and what else is given replace those of
   * the profile, `headers` and `response` are merged with them, member by member.
   *
   * `grant_type` is `refresh_token` and `parameters` are none unless they are given; `scope: []` sends none.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 §6}
   */
  readonly refresh?: Optional<ProviderRequest> | undefined;
  /**
   * Where {@link Client.revoke} sends tokens to.
   *
   * @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 §2}
   */
  readonly revocation_endpoint?: string | null | undefined;
  /**
   * Who authenticates there, and how; `bearer`: whoever holds the access token (Fusio).
   *
   * @default as at the token endpoint
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 §2}
   */
  readonly revocation_endpoint_auth_method?:
    | "client_secret_basic"
    | "client_secret_post"
    | "none"
    | "bearer"
    | undefined;
  /**
   * Where {@link Client.introspect} asks.
   *
   * @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 §2}
   */
  readonly introspection_endpoint?: string | null | undefined;
  /**
   * Who authenticates there, and how; `bearer`: whoever holds the token that is asked about.
   *
   * @default as at the token endpoint
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 §2}
   */
  readonly introspection_endpoint_auth_method?:
    | "client_secret_basic"
    | "client_secret_post"
    | "none"
    | "bearer"
    | undefined;
  /**
   * Where the user consents; `buildAuthorizationUrl` of `bearerkit/core` fills it in.
   *
   * @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.1 RFC 6749 §3.1}
   */
  readonly authorization_endpoint?: string | null | undefined;
  /**
   * Requests made before the token request. What one captures is a variable of the next, by its name and as
   * `{step1.name}`; so is its token, as `{access_token}`.
   *
   * @default []
   */
  readonly steps?: readonly ProviderStep[] | undefined;
}

/**
 * A provider that says itself where its endpoints are: its metadata are read with the first token request, and kept for a day.
 *
 * They count where the profile says nothing: the endpoints, and a `token_endpoint_auth_method` that the credentials serve.
 *
 * @example
 * ```ts
 * const api = createClient({ provider: { issuer: "https://login.acme.example" }, credentials });
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414 §3}, {@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig OpenID Connect Discovery 1.0 §4}
 */
export interface IssuerProvider extends Omit<Provider, "token_endpoint"> {
  /** Its identifier: an https URL, a template where it has to be. The metadata have to name it exactly so. */
  readonly issuer: string;
  readonly token_endpoint?: undefined;
}

/**
 * A profile of `bearerkit/providers`, which knows its names: `Variables` by name, `Secrets` that its templates want, and
 * `GrantSecrets` that its grant shows. Spread, it is a {@link Provider} like any other.
 */
export interface ShippedProvider<Variables, Secrets, GrantSecrets = Nothing>
  extends Provider, Named<Variables, Secrets, GrantSecrets> {}

/** There for the compiler only. A member of a class, since a spread has none of those. */
declare class Named<Variables, Secrets, GrantSecrets> {
  #names: (names: [Variables, Secrets, GrantSecrets]) => [Variables, Secrets, GrantSecrets];
}

/** A request to a token endpoint, and where its answer has what. */
export interface ProviderRequest {
  /**
   * Where tokens come from: an https URL.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749 §3.2}
   */
  readonly token_endpoint: string;
  /**
   * The HTTP method. A `GET` has no body: its `request_format` is `query` or `none`.
   *
   * @default "POST"
   */
  readonly token_endpoint_method?: "POST" | "GET" | undefined;
  /**
   * How the client proves who it is. `none` adds nothing by itself: a public client's profile says
   * `client_id: "{client_id}"`, which then travels as a parameter.
   *
   * @default "client_secret_basic"
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 §2}
   */
  readonly token_endpoint_auth_method?:
    | "client_secret_basic"
    | "client_secret_post"
    | "private_key_jwt"
    | "client_secret_jwt"
    | "none"
    | undefined;
  /**
   * Whether id and secret are form-encoded before they are joined (`form`), or go as they are (`raw`, RFC 7617), which
   * is what many servers really want.
   *
   * @default "form"
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 §2.3.1}
   */
  readonly basic_encoding?: "form" | "raw" | undefined;
  /**
   * The grant that is shown unless the options name another; null sends none (logins and the like).
   *
   * @default "client_credentials"
   */
  readonly grant_type?: string | null | undefined;
  /**
   * The scope that is asked for unless the options name another.
   *
   * Where a template names `{scope}`, the scope goes there and nowhere else.
   *
   * @default []
   */
  readonly scope?: string | readonly string[] | null | undefined;
  /**
   * What stands between two scope values.
   *
   * @default " "
   */
  readonly scope_separator?: string | undefined;
  /**
   * Where the parameters go: into a form, a JSON object or the query; `none`: there are none.
   *
   * @default "form" ("query" with `token_endpoint_method: "GET"`)
   */
  readonly request_format?: "form" | "json" | "query" | "none" | undefined;
  /** @default "{client_id}" */
  readonly client_id?: string | null | undefined;
  /** @default "{client_secret}" */
  readonly client_secret?: string | null | undefined;
  /**
   * Further parameters. An array is sent as several of the name; only `request_format: "json"` can nest objects. One
   * with the name of a standard parameter takes its place.
   *
   * @default {}
   */
  readonly parameters?: { readonly [name: string]: JsonValue } | undefined;
  /**
   * Further headers; null takes one away.
   *
   * @default { accept: "application/json" }
   */
  readonly headers?: Readonly<Record<string, HeaderTemplate | null>> | undefined;
  /**
   * The JWT that the client signs.
   *
   * @default none; with `private_key_jwt` and `client_secret_jwt` that of RFC 7523 §3
   */
  readonly assertion?: ProviderAssertion | null | undefined;
  /** Where the answer has what. */
  readonly response?: ProviderResponse | undefined;
}

/** A request that is made before the token request. It takes the defaults of RFC 6749 and inherits nothing. */
export interface ProviderStep extends ProviderRequest {
  /** For people. */
  readonly name?: string | undefined;
}

/**
 * A JWT that the client signs, made anew for each attempt.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523 RFC 7523}
 */
export interface ProviderAssertion {
  /**
   * What it is for: it authenticates the client (with `private_key_jwt` and `client_secret_jwt`, and no other), it is
   * the grant, or it is the request's own bearer token (with `token_endpoint_auth_method: "none"`).
   *
   * @default "client_assertion"
   */
  readonly use?: "client_assertion" | "grant" | "authorization" | undefined;
  /**
   * The signature algorithm.
   *
   * @default "RS256" ("HS256" with `client_secret_jwt`)
   * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 RFC 7518 §3.1}
   */
  readonly alg?: "RS256" | "PS256" | "ES256" | "HS256" | undefined;
  /**
   * The name of the credential that holds the key: PEM (PKCS#8) or a JWK; for HS256 the secret itself.
   *
   * @default "private_key" ("client_secret" with `client_secret_jwt`)
   */
  readonly key?: string | undefined;
  /**
   * How many seconds it is good for.
   *
   * @default 300
   */
  readonly lifetime?: number | undefined;
  /**
   * Further members of its JOSE header, over `alg` and `typ: "JWT"`.
   *
   * @default {}
   */
  readonly header?: { readonly [name: string]: JsonValue } | undefined;
  /**
   * Its claims; `iat` and `exp` are added, null takes one away.
   *
   * @default for a client assertion iss and sub "{client_id}", aud "{token_endpoint}", jti "{uuid}"; else none
   */
  readonly claims?: { readonly [name: string]: JsonValue } | undefined;
}

/** Where a token response has what. */
export interface ProviderResponse {
  /**
   * What the body is; `text`: the token and nothing else.
   *
   * @default "json"
   */
  readonly format?: "json" | "text" | "form" | undefined;
  /** @default "/access_token" ("" with `format: "text"`) */
  readonly access_token?: Pointer | undefined;
  /** @default "/refresh_token" */
  readonly refresh_token?: Pointer | null | undefined;
  /** @default "/token_type" */
  readonly token_type?: Pointer | null | undefined;
  /** @default "/scope" */
  readonly scope?: Pointer | null | undefined;
  /** How the answer says when the token expires. */
  readonly expiry?: ProviderExpiry | undefined;
  /** @default "/error" */
  readonly error?: Pointer | null | undefined;
  /** @default "/error_description" */
  readonly error_description?: Pointer | null | undefined;
  /**
   * An error that comes with a 200: what stands at `pointer` (null, if nothing does) is none of these values.
   *
   * @default null
   * @example
   * ```ts
   * const response: Provider["response"] = { error_when: { pointer: "/code", not: [0] } };
   * ```
   */
  readonly error_when?: { readonly pointer: Pointer; readonly not: readonly JsonValue[] } | null | undefined;
  /**
   * Where a refusal's body says how long to wait, beside the header `Retry-After`: the longest counts, an hour at most. A
   * number is in `unit`, by default seconds (Unix time from 10^9 on); a text may be a date, or name its unit. The default
   * of `pointer` is `/retry_after`.
   *
   * @default null
   * @example
   * ```ts
   * const response: Provider["response"] = { retry_after: { pointer: "/retry_after" } };
   * ```
   */
  readonly retry_after?:
    | { readonly pointer?: Pointer | undefined; readonly unit?: "s" | "ms" | "min" | undefined }
    | null
    | undefined;
  /**
   * The token types that are understood, in any case; null: all. An answer without one passes.
   *
   * @default ["bearer"]
   */
  readonly token_types?: string | readonly string[] | null | undefined;
  /**
   * What else is kept of the answer, by name: a variable of the next step and of `resource_request`, and
   * {@link AccessToken.captured}.
   *
   * @default {}
   * @example
   * ```ts
   * const response: Provider["response"] = { capture: { instance_url: "/instance_url" } };
   * ```
   */
  readonly capture?: Readonly<Record<string, Pointer>> | undefined;
}

/** How an answer says when its token expires. */
export interface ProviderExpiry {
  /**
   * - `auto`: what stands at `pointer` is seconds, or from 10^9 on Unix time (from 10^12 on in milliseconds, from 10^15 on
   *   in microseconds), or a text that says itself what it is: a date (RFC 3339, HTTP, as JavaScript prints one) or a span
   *   (`PT15M`, `15m`, `900 seconds`). If the token is a JWT with `exp`, the earlier of the two counts. More than a year is
   *   not believed.
   * - `expires_in`: a span, in `unit`, or such a text.
   * - `expires_at`: an instant, in `format`, or such a date.
   * - `jwt_exp`: the token's `exp`, and nothing else.
   * - `fixed`: `seconds`, whatever the answer says.
   *
   * @default "auto"
   */
  readonly source?: "auto" | "expires_in" | "expires_at" | "jwt_exp" | "fixed" | undefined;
  /** @default "/expires_in" ("/expires_at" with `source: "expires_at"`) */
  readonly pointer?: Pointer | undefined;
  /**
   * The unit of a span. With `auto` it says that the value is one, whatever its size.
   *
   * @default "s"
   */
  readonly unit?: "s" | "ms" | "min" | "d:hh:mm" | undefined;
  /**
   * How an instant is written: seconds or milliseconds since 1970, or a date. A date is understood whichever is set.
   *
   * @default "unix"
   */
  readonly format?: "unix" | "unix_ms" | "rfc3339" | undefined;
  /** The lifetime in seconds, with `source: "fixed"`. */
  readonly seconds?: number | undefined;
}

/** How the API wants the token, and where it may go. */
export interface ProviderResourceRequest {
  /**
   * The headers that carry the token, and others that the API wants; `{}`: none. One that names neither the token nor a
   * credential or capture (a `user-agent`) is a default: where the caller's request has its own, that one is sent.
   *
   * @default { authorization: "Bearer {access_token}" }
   */
  readonly headers?: Readonly<Record<string, HeaderTemplate | null>> | undefined;
  /**
   * The query parameters that carry it.
   *
   * @default {}
   */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /**
   * The origins that the token may be sent to.
   *
   * @default any https origin
   */
  readonly origins?: string | readonly string[] | undefined;
  /**
   * Where the body of a 401 hides its error code; `insufficient_scope` there is no reason for a new token.
   *
   * @default null
   */
  readonly error?: Pointer | null | undefined;
  /**
   * Signs of a dead token other than a 401 and `error="invalid_token"` in a challenge: a rule, or a list of rules of which one
   * has to match. Where a rule looks into the body, up to 64 KiB of JSON are read, for a second at most; the caller can still
   * read them. The body is not read where no rule can match the status.
   *
   * @default none
   * @example
   * const api: Provider["resource_request"] = {
   *   invalid_token_when: [{ status: 200, pointer: "/errcode", is: [40001, 42001] }, { status: [419, 440, 498] }],
   * };
   */
  readonly invalid_token_when?: InvalidTokenRule | readonly InvalidTokenRule[] | undefined;
}

/** A sign of a dead token in an API's answer: all members that are given have to match; one is a status or a pointer. */
export interface InvalidTokenRule {
  /**
   * The HTTP status, or those that it may be.
   *
   * @default any
   */
  readonly status?: number | readonly number[] | undefined;
  /** Where to look: in the body, or in a header. */
  readonly pointer?: Pointer | undefined;
  /**
   * The value that stands there, or those that it may be; a number and the same number as a string are one.
   *
   * @default any but `null`
   */
  readonly is?: string | number | boolean | readonly (string | number | boolean)[] | undefined;
}

/** A header's value, or a scheme and what is encoded behind it: `{ scheme: "ID", base64: "{client_id}:{key}" }`. */
export type HeaderTemplate = string | { readonly scheme?: string | undefined; readonly base64: string };

/**
 * Where in an answer something stands: a JSON pointer into the body (`""` is all of it), or a header.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6901 RFC 6901}
 */
export type Pointer = "" | `/${string}` | `header:${string}`;

/** What JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

// Nothing is exported but what says so.
export {};
