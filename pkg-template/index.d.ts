/**
 * Gets, caches, renews and attaches OAuth 2.0 access tokens for server-side code at the edge.
 *
 * @example
 * ```ts
 * import { createClient } from "bearerkit";
 * import { auth0 } from "bearerkit/providers";
 *
 * const api = createClient({
 *   provider: auth0,
 *   variables: { domain: "acme.eu.auth0.com", audience: "https://api.acme.example" },
 *   credentials: { client_id: env.ID, client_secret: env.SECRET },
 * });
 * const orders = await api.fetch("https://api.acme.example/v1/orders");
 * ```
 *
 * @module
 */

import type { SharedStore } from "./stores.js";

/**
 * Creates a client. A client has one token; for another scope or audience create another client, see {@link Client.extend}.
 *
 * It sends nothing and reads neither the clock nor random numbers, so it may be called at the top level of a Worker. It may
 * also be called in each request: clients with equal options share one token within an isolate, and with the same
 * {@link ClientOptions.store} within the fleet. `fetch`, `waitUntil`, `onEvent` and `store` are not compared; each client has
 * its own.
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

/** The options of a client. All durations are in seconds. */
export interface ClientOptions {
  /**
   * The authorization server: a profile, an issuer, or the token endpoint of a plain RFC 6749 server.
   *
   * @example
   * ```ts
   * const plain = createClient({ provider: "https://as.example/oauth/token", credentials });
   * ```
   */
  readonly provider: Provider | IssuerProvider | SelfSignedProvider | string | URL;
  /**
   * The secrets that the provider's templates name; see {@link Credentials}.
   *
   * - Two of them during a rotation: if one is refused, the other is tried once, and the one that worked is
   *   remembered.
   * - A function, for example one that reads a secret store: it is called once per token request. A cached token does not
   *   call it. If the function is created anew in each request, set {@link ClientOptions.name}.
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
   * Identifies the client if `credentials` is a function, since functions cannot be compared. Clients with equal options and
   * equal names share one token, whichever function is called for it. Clients with different names never share one.
   *
   * With a {@link ClientOptions.store} it is required if `credentials` is a function, and with the grants `refresh_token` and
   * `authorization_code`. It then identifies the record, so that a rotated secret does not move it. Use one for each tenant.
   *
   * @default the function itself: clients with two functions share no token
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
   * Signs the JWTs that the profile asks for with a key that is not here: one in a KMS, an HSM or another service. It is called
   * instead of WebCrypto, once for each JWT, within `timeout`. No `private_key` is needed then (the types of a shipped profile want
   * `private_key: undefined`).
   *
   * It returns the bytes of the signature. An ECDSA signature may be in DER, as most key services return it. If it throws, the
   * call fails with `ERR_OPTIONS` (`credentials: the signer failed: …`) unless a later try within `patience` succeeds.
   *
   * Functions cannot be compared: clients with two functions share no token unless they have the same `name`.
   *
   * @default WebCrypto, with the key among the credentials
   * @example
   * ```ts
   * const api = createClient({
   *   provider,
   *   credentials: { client_id: env.ID },
   *   sign: async ({ input }) => await kms.sign(env.KEY_ID, input),
   * });
   * ```
   */
  readonly sign?: ((request: SignRequest) => Uint8Array | ArrayBuffer | Promise<Uint8Array | ArrayBuffer>) | undefined;
  /**
   * The values of the other `{names}` in the provider's templates, such as a tenant. They are not secret, and errors may show
   * them. A variable that no template names is refused, since it is probably misspelt.
   *
   * @default the profile's `defaults`
   * @example
   * ```ts
   * const sandbox = createClient({ provider: fuse, credentials, variables: { environment: "sandbox" } });
   * ```
   */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /**
   * The scope to request. A string is split at its spaces; the values are joined with the profile's `scope_separator`, in
   * this order. The order does not matter when clients are compared.
   *
   * @default the profile's `scope`
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.3 RFC 6749 §3.3}
   */
  readonly scope?: string | readonly string[] | undefined;
  /**
   * Further parameters of the token request. They are sent as they are and override those of the profile.
   *
   * Parameters that the grant or the authentication sets are refused here: `grant_type`, `client_id`, `client_secret`,
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
   * The target API of the token, or several of them (the parameter `resource`).
   *
   * @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc8707#section-2 RFC 8707 §2}
   */
  readonly resource?: string | readonly string[] | undefined;
  /**
   * The grant that the client presents to get a token.
   *
   * @default the profile's `grant_type`, with the values that it needs taken from the credentials
   */
  readonly grant?: Grant | undefined;
  /**
   * The origins that may get the token. {@link Client.fetch} refuses every other one with `ERR_ORIGIN`. An origin is scheme,
   * host and port; a path or a wildcard is refused. Templates are allowed.
   *
   * @default the profile's `resource_request.origins`, else any https origin
   * @example
   * ```ts
   * const api = createClient({ provider, credentials, origins: ["https://api.example"] });
   * ```
   */
  readonly origins?: readonly string[] | undefined;
  /**
   * How many seconds before its hard expiry a token is renewed, at most a day and at most half of the lifetime. Random jitter
   * makes the renewal earlier still, so that a fleet does not renew at the same moment.
   *
   * @default the profile's `refresh_margin`, else 300 and at most a tenth of the lifetime
   */
  readonly refreshMargin?: number | undefined;
  /**
   * How many seconds a token is used if the server does not say when it expires; at most 30 days.
   *
   * @default 3600
   */
  readonly defaultLifetime?: number | undefined;
  /**
   * How many seconds a call without a token waits for the end of a cooldown (after a 429, a 5xx or the like), at most 3600.
   * With 0 it never waits. If the cooldown ends later, the call fails at once with an {@link AuthError} that has `retryAt`.
   *
   * @default 10
   */
  readonly patience?: number | undefined;
  /**
   * The time limit of a token request in seconds, to the last byte of its answer, at most 300. It is also the time limit of a
   * credentials function.
   *
   * @default 10
   */
  readonly timeout?: number | undefined;
  /**
   * Sends every request, both for tokens and for {@link Client.fetch}; for example the `fetch` of an mTLS binding. It is called in
   * the turn and the async context of the call that the request is for. An error with a `digest`, as Next.js throws it, is passed
   * on unchanged.
   *
   * @default the global `fetch`, looked up at each call
   * @example
   * ```ts
   * const api = createClient({ provider, credentials, fetch: (input, init) => env.MTLS.fetch(input, init) });
   * ```
   */
  readonly fetch?: ((input: string | Request, init?: RequestInit) => Promise<Response>) | undefined;
  /**
   * Keeps the host alive for a renewal in the background.
   *
   * @default on Workers that of `cloudflare:workers`, else none
   * @example
   * ```ts
   * const api = createClient({ provider, credentials, waitUntil: (promise) => ctx.waitUntil(promise) });
   * ```
   */
  readonly waitUntil?: ((promise: Promise<unknown>) => void) | undefined;
  /**
   * Is called for each step in the life of the token, for logs and metrics. No event contains a secret. An error that it throws
   * or rejects with is ignored.
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
   * Shares the token, the cooldown and a rotating refresh token with every isolate, process and machine that has equal options
   * and the same store. One of the adapters of `bearerkit/stores` creates it.
   *
   * Memory stays in front: a call with a fresh token does not touch the store. If the store is down, the client requests its
   * tokens without it, with one exception: a client that has nothing but a refresh token, which the server may rotate, does not
   * send it without a lease. If its token expires meanwhile, calls fail with `ERR_UNREACHABLE` and `retryAt`.
   *
   * @default none: each isolate or process has a token of its own
   * @example
   * ```ts
   * import { redis } from "bearerkit/stores";
   * import { Redis } from "ioredis";
   *
   * const store = redis(new Redis(env.REDIS_URL!, { enableOfflineQueue: false }));
   * const api = createClient({ provider, credentials, store });
   * ```
   */
  readonly store?: SharedStore | undefined;
  /**
   * `true` allows `http:` URLs to loopback hosts, for tests. A list allows exactly these `http:` origins and no others. Use it
   * only inside a cluster or a network of containers that you trust, since secrets and tokens are sent unencrypted. Without
   * `origins` the token may be sent to these origins too.
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
 * The options of a client of this provider: {@link ClientOptions}. If the provider is one of `bearerkit/providers`, the names in
 * `variables` and `credentials` are checked, and those that the profile requires must be given.
 *
 * With a profile of your own, a copy of a shipped one, or a shipped one `as Provider`, any name is accepted.
 */
export type OptionsFor<P> =
  & Omit<ClientOptions, "provider" | "variables" | "credentials">
  & { readonly provider: ProviderOf<P> }
  & InputsFor<P>;

/** The argument of {@link Client.extend}: those of {@link OptionsFor} that change. */
export type OverridesFor<P> =
  & Optional<Omit<ClientOptions, "provider" | "variables" | "credentials">>
  & { readonly provider?: ProviderOf<P> }
  & Partial<InputsFor<P>>;

/** A shipped profile is inferred; any other value is checked against {@link Provider}. */
type ProviderOf<P> = [P] extends [Named<infer _Variables, infer _Secrets, infer _GrantSecrets>] ? P
  : ClientOptions["provider"];

/** For a union of shipped profiles it is unknown which names apply, so any name is accepted. */
type InputsFor<P> = [P] extends [ShippedProvider<infer Variables, infer Secrets, infer GrantSecrets>]
  ? unknown extends Secrets ? Pick<ClientOptions, "variables" | "credentials">
  : VariablesOf<Variables> & CredentialsFor<Secrets, GrantSecrets>
  : Pick<ClientOptions, "variables" | "credentials">;

type VariablesOf<Variables> = Nothing extends Variables ? { readonly variables?: Variables | undefined }
  : { readonly variables: Variables };

/** The credentials of the profile's own grant are required unless the options name another grant. */
type CredentialsFor<Secrets, GrantSecrets> = Nothing extends GrantSecrets
  ? { readonly credentials: CredentialsOf<Secrets> }
  :
    | { readonly credentials: CredentialsOf<Secrets & GrantSecrets>; readonly grant?: undefined }
    | { readonly credentials: CredentialsOf<Secrets>; readonly grant: Grant };

/** What a credentials function returns is known at run time only, so each name is optional. */
type CredentialsOf<Secrets> =
  | Secrets & NamedCredentials
  | readonly [Secrets & NamedCredentials, Secrets & NamedCredentials]
  | (() => Optional<Secrets> & NamedCredentials | Promise<Optional<Secrets> & NamedCredentials>);

type Nothing = Readonly<Record<never, never>>;

type Optional<T> = { readonly [Name in keyof T]?: T[Name] | undefined };

/**
 * The secret values that a provider's templates name. None may be empty. Names consist of letters, digits, `_` and `.`.
 *
 * They never appear in an error, an event, `explain()` or a printed client.
 *
 * @example
 * ```ts
 * const credentials: Credentials = { client_id: env.ID, private_key: env.PEM, api_key: env.API_KEY };
 * ```
 */
export type Credentials = NamedCredentials | { readonly [name: string]: string | Jwk | SigningKey };

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
  /** @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 §2.1} */
  readonly subject_token?: string | undefined;
  /** @default "jwt", that is `urn:ietf:params:oauth:token-type:jwt` */
  readonly subject_token_type?: string | undefined;
  /** @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 §2.1} */
  readonly actor_token?: string | undefined;
  /** @default "jwt", if there is an `actor_token` */
  readonly actor_token_type?: string | undefined;
  /** @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 §2.1} */
  readonly requested_token_type?: string | undefined;
  /** @see {@link https://www.rfc-editor.org/rfc/rfc7521#section-4.1 RFC 7521 §4.1} */
  readonly assertion?: string | undefined;
  /**
   * The key that signs assertions: PEM (PKCS#8, PKCS#1 or SEC 1; a literal `\n` is accepted as a line break, and text around the
   * block is ignored), a JWK, as text or as an object, or a `CryptoKey` with the usage `sign`.
   *
   * A `CryptoKey` is compared as the object that it is: clients with two imports of one key share no token.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.2 RFC 7523 §2.2}
   */
  readonly private_key?: string | Jwk | SigningKey | undefined;
}

/** A `CryptoKey` of WebCrypto, whichever types the program has for it. */
export interface SigningKey {
  readonly type: string;
  readonly extractable: boolean;
  readonly algorithm: { readonly name: string };
  readonly usages: readonly string[];
}

/** What the function {@link ClientOptions.sign} has to sign. */
export interface SignRequest {
  /** The signature algorithm that the profile names. */
  readonly alg: SignatureAlgorithm;
  /** The `kid` of the JWT's header, if it has one. */
  readonly kid?: string | undefined;
  /** The bytes to sign: `base64url(header).base64url(claims)`. */
  readonly input: Uint8Array;
}

/**
 * A signature algorithm of the JOSE registry. `ES512` signs with a P-521 key; `EdDSA` and `Ed25519` are two names of one.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 RFC 7518 §3.1}
 * @see {@link https://www.rfc-editor.org/rfc/rfc9864#section-2.2 RFC 9864 §2.2}
 */
export type SignatureAlgorithm =
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "ES384"
  | "ES512"
  | "EdDSA"
  | "Ed25519"
  | "HS256"
  | "HS384"
  | "HS512";

/**
 * A JSON Web Key, as WebCrypto exports it or as it is in a file.
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
 * The grant that a client presents to get a token.
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
   * A code is good for one token request. Afterwards the client renews with the refresh token that came with the token.
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
   * Exchanges a token for another one. Each subject is a client of its own: `api.extend({ grant: { …, subjectToken } })`.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.1 RFC 8693 §2.1}
   */
  | {
    readonly type: "urn:ietf:params:oauth:grant-type:token-exchange";
    /** The token of the party on whose behalf the request is made. */
    readonly subjectToken: string;
    readonly subjectTokenType: TokenType;
    /** The token of the acting party. It requires `actorTokenType`. */
    readonly actorToken?: string | undefined;
    readonly actorTokenType?: TokenType | undefined;
    readonly requestedTokenType?: TokenType | undefined;
    readonly audience?: string | readonly string[] | undefined;
  }
  /**
   * A JWT or a SAML assertion of someone else as the grant.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc7523#section-2.1 RFC 7523 §2.1}, {@link https://www.rfc-editor.org/rfc/rfc7522#section-2.1 RFC 7522 §2.1}
   */
  | {
    readonly type:
      | "urn:ietf:params:oauth:grant-type:jwt-bearer"
      | "urn:ietf:params:oauth:grant-type:saml2-bearer";
    readonly assertion: string;
  }
  /**
   * Any other grant, by its `grant_type`, with the parameters that it requires.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.5 RFC 6749 §4.5}
   */
  | { readonly type: string; readonly parameters: Readonly<Record<string, string>> };

/**
 * A token type of RFC 8693 §3: a URI, or its last word, which `urn:ietf:params:oauth:token-type:` completes.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-3 RFC 8693 §3}
 */
export type TokenType =
  | "access_token"
  | "refresh_token"
  | "id_token"
  | "saml1"
  | "saml2"
  | "jwt"
  | "id-jag"
  | `${string}:${string}`;

/** Gets, caches, renews and attaches one token. Its functions are bound, so each can be passed on by itself. */
export interface Client {
  /**
   * `fetch` with the token. It can be used wherever a `fetch` is expected (ky, hono/client, openapi-fetch).
   *
   * - It never throws for an HTTP status.
   * - After a 401 that a new token can cure, `error="invalid_token"` with any 4xx, or an answer that the profile's
   *   `invalid_token_when` describes, the token is renewed and the request is sent once more, if its body can be sent again: a
   *   string, bytes, `URLSearchParams`, `FormData` or `Blob` in `init`, or the body of a `Request` that is complete at once (at
   *   most 64 KiB, within 10 ms). A stream, or the body of any other `Request`, cannot be sent again: its 401, 307 or 308 is
   *   returned.
   * - If the options have a `fetch`, it is called with a URL and an `init`, never with a `Request`.
   * - A request with an `Authorization` header of its own is sent as it is, and nothing is renewed for it.
   * - A redirect to an allowed origin is followed with the token, a redirect to any other origin without it.
   *
   * On Bun it has no `preconnect`, although its type has it.
   *
   * @throws {AuthError} if there is no token, or with `ERR_ORIGIN` if the URL may not get it.
   * @throws {TypeError} if `fetch` itself throws one. If its message could quote the token, a bare `fetch failed` is thrown instead.
   * @example
   * ```ts
   * const response = await api.fetch("https://api.example/v1/orders", { method: "POST", body: "{}" });
   * ```
   */
  readonly fetch: typeof globalThis.fetch;
  /**
   * The token with its dates and scope.
   *
   * @param options `signal` cancels this call only, with `ERR_ABORTED`. `minValidity` is the time in seconds that the token must
   * still be valid (default 0, at most 86400); if less is left, the token is renewed first.
   * @throws {AuthError} if there is no token.
   * @example
   * ```ts
   * const { value, expiresAt } = await api.token({ minValidity: 60 });
   * ```
   */
  token(
    options?: { readonly signal?: AbortSignal | undefined; readonly minValidity?: number | undefined },
  ): Promise<AccessToken>;
  /**
   * The value of the `Authorization` header, such as `Bearer …`. It is the cheapest way to the token.
   *
   * @param options `signal` cancels this call only, with `ERR_ABORTED`.
   * @throws {AuthError} if there is no token; `ERR_OPTIONS` if the profile sends the token in another way.
   * @example
   * ```ts
   * const headers = { authorization: await api.authorization() };
   * ```
   */
  authorization(options?: { readonly signal?: AbortSignal | undefined }): Promise<string>;
  /** Drops the access token, so that the next call requests another one. The refresh token is kept. */
  invalidate(): void;
  /**
   * Creates a client with these options over the old ones. It has a token of its own.
   *
   * @throws {AuthError} `ERR_OPTIONS`, as {@link createClient}.
   * @example
   * ```ts
   * const writer = api.extend({ scope: ["orders.write"] });
   * ```
   */
  extend<P extends ClientOptions["provider"]>(options: OverridesFor<P>): Client;
  /**
   * Revokes the refresh token and the access token, and forgets both. With a shared store the other instances learn of it when they
   * next read the store.
   *
   * @throws {AuthError} `ERR_OPTIONS` if the profile has no `revocation_endpoint`; otherwise the error of the request.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2.1 RFC 7009 §2.1}
   */
  revoke(): Promise<void>;
  /**
   * Asks the server about a token: whether it is active, whose it is, and until when.
   *
   * @param token Any token of this server. The default is the client's own.
   * @throws {AuthError} `ERR_OPTIONS` if the profile has no `introspection_endpoint`; otherwise the error of the request.
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 §2}
   * @example
   * ```ts
   * const { active, sub } = await api.introspect(token.value);
   * ```
   */
  introspect(token?: string): Promise<Introspection>;
  /**
   * The state of the token and of its requests. It contains no secret.
   *
   * @example
   * ```ts
   * const { token, nextRequestAt, lastError } = api.explain();
   * ```
   */
  explain(): Explanation;
  /** Ends the client: every later call fails with `ERR_OPTIONS`. The token is dropped with the last client that shares it. */
  close(): void;
}

/** An access token with its dates and scope. The object is frozen. */
export interface AccessToken {
  /** The token itself. It is not enumerable, so a printed or serialized `AccessToken` does not show it. */
  readonly value: string;
  /**
   * The token type as the server wrote it; `Bearer` if the answer has none.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-7.1 RFC 6749 §7.1}
   */
  readonly tokenType: string;
  /** When the token expires, on the local clock; null if the server does not say. The token is used until shortly before. */
  readonly expiresAt: Date | null;
  /** From this moment on the token is renewed in the background; null: unknown. */
  readonly renewAt: Date | null;
  /** The granted scope, if the server says it. */
  readonly scope?: string;
  /**
   * The kind of token that a token exchange brought, as a URI. If `tokenType` is `N_A`, it is no access token: `fetch` and
   * `authorization()` refuse to send it.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc8693#section-2.2.1 RFC 8693 §2.2.1}
   */
  readonly issuedTokenType?: string;
  /**
   * The values that `response.capture` and the profile's steps found, by their names in the profile. Like `value`, it is not
   * enumerable, since a secret may be among them.
   */
  readonly captured?: Readonly<Record<string, string>>;
  /** What the answer says about the lifetime and was ignored, and what is used instead. The profile should be corrected. */
  readonly warning?: string;
}

/**
 * The stable code of an {@link AuthError}. Switch on it.
 *
 * | code | what happened | transient |
 * | --- | --- | --- |
 * | `ERR_OPTIONS` | options, profile or credentials are missing, mistyped or contradictory; a URL is not https | no |
 * | `ERR_REFUSED` | the token endpoint refused the request: an OAuth error, 401, 403, any other 4xx | no |
 * | `ERR_RATE_LIMITED` | the token endpoint answered 429, or that cooldown still runs | yes |
 * | `ERR_UNREACHABLE` | no connection, 5xx, 408, 425, `temporarily_unavailable`, `server_error` | yes |
 * | `ERR_TIMEOUT` | the token endpoint did not answer within `timeout` | yes |
 * | `ERR_BAD_RESPONSE` | an answer without a usable token: 2xx without one, a redirect, a body that is too large | no |
 * | `ERR_CREDENTIALS` | the credentials function failed, or did not return credentials | yes |
 * | `ERR_FETCH` | `options.fetch` threw before anything was sent, or did not resolve to an unread `Response` | no |
 * | `ERR_ORIGIN` | the URL given to `fetch` may not get the token | no |
 * | `ERR_ABORTED` | the caller's signal was aborted; its reason is the `cause`, and the `name` is `AbortError` as with `fetch` | |
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
 * The only error that bearerkit throws. Switch on `code`. `instanceof` is true across copies of one version (ESM beside
 * CommonJS).
 *
 * It contains no secret, no token and no response body.
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
  /** For tests. bearerkit creates its own. */
  constructor(code: AuthErrorCode, message: string, known?: {
    readonly provider?: string | null | undefined;
    readonly host?: string | null | undefined;
    readonly status?: number | null | undefined;
    readonly error?: string | null | undefined;
    readonly errorDescription?: string | null | undefined;
    readonly retryAt?: Date | number | null | undefined;
    readonly cause?: unknown;
  });
  /** With `ERR_ABORTED` the name of the signal's reason, if it is one of these, as with `fetch`. */
  readonly name: "AuthError" | "AbortError" | "TimeoutError";
  /** What went wrong. */
  readonly code: AuthErrorCode;
  /** The name of the profile, if it has one. */
  readonly provider?: string;
  /** The host that was asked, with its port unless that is the default. A credential in it is redacted. */
  readonly host?: string;
  /** The HTTP status of the token endpoint's answer, if there was an answer. */
  readonly status?: number;
  /**
   * The server's error code, such as `invalid_client`.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5.2 RFC 6749 §5.2}
   */
  readonly error?: string;
  /** The server's description, at most 512 characters, without control characters and secrets. */
  readonly errorDescription?: string;
  /** When the next token request may be sent. */
  readonly retryAt?: Date;
  /**
   * What the runtime, `options.fetch` or the credentials function threw: an Error with its name, code and message, and in turn its
   * cause, up to three. Secrets and tokens are redacted, and only the host of a URL is kept. With `ERR_ABORTED` it is the signal's
   * reason.
   */
  readonly cause?: unknown;
}

/**
 * A step in the life of a token, for logs and metrics. It contains no secret.
 *
 * - `token_request`: a token request begins. Reading and writing the store is none.
 * - `token`: there is a new token: from the `server`, or from the shared `store`, where another instance put it. The token is
 *   renewed from `renewAt` on.
 * - `token_error`: the token request failed. `status` is null if there was no answer.
 * - `cooldown`: a call failed because no token request is sent before `retryAt`. Nothing was sent for it.
 * - `unauthorized`: the API refused the token of that serial, with a 401 or in another way. `retry` says whether the request is
 *   sent once more with a new token.
 * - `not_replayed`: the request, or its redirect, could not be repeated because its body cannot be sent again. The API's answer was
 *   returned.
 * - `warning`: something to correct, such as an expiry that is not understood. It is emitted once for each cause.
 * - `store_error`: the shared store failed or was too slow, or what it had was not readable. The call goes on without it.
 * - `store_unsafe`: the server rotates refresh tokens, and the shared store does not compare, so that two instances may use the
 *   same refresh token. Use a store that compares. It is emitted once.
 */
export type ClientEvent =
  & {
    /** The name of the profile, if it has one. */
    readonly provider: string | undefined;
    /** The host of the token endpoint, if it is known. */
    readonly host: string | undefined;
    /** When it happened. */
    readonly at: Date;
    /** The number of the token request, and of the token that it brought. */
    readonly serial: number;
  }
  & (
    | { readonly type: "token_request" }
    | {
      readonly type: "token";
      readonly from: "server" | "store";
      readonly renewAt: Date;
      /** How long the request took; undefined if none was needed. */
      readonly durationMs: number | undefined;
    }
    | {
      readonly type: "token_error";
      readonly code: ExplainedError["code"];
      readonly status: number | null;
      /** The server's error code, such as `invalid_client`. */
      readonly error: string | null;
      /** The message of the {@link AuthError}. */
      readonly message: string;
      /** How long the request took. */
      readonly durationMs: number;
      /** When the next token request may be sent. */
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
    | {
      readonly type: "store_error";
      readonly operation: "get" | "set";
      /**
       * `timeout`: it took longer than the adapter's `timeout`. `failed`: it rejected, threw, or resolved to something else than
       * promised. `unreadable`: what is there is sealed with another key, or is no record. `too_large`: the record has more than
       * 60 KiB and is not stored. `outdone`: another instance wrote first, four times in a row.
       */
      readonly reason: "timeout" | "failed" | "unreadable" | "too_large" | "outdone";
      /** Until then the store is left alone; null: it is used at the next occasion. */
      readonly retryAt: Date | null;
    }
    | { readonly type: "store_unsafe" }
  );

/**
 * The answer of {@link Client.introspect}. Further members are the server's.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2.2 RFC 7662 §2.2}
 */
export interface Introspection {
  /** Whether the token is valid. If it is not, there are no other members. */
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

/** The answer of {@link Client.explain}. */
export interface Explanation {
  /** The age of the cached token. Stale: past its renewal point and still used. Expired: not used any more. */
  readonly token: "none" | "fresh" | "stale" | "expired";
  /** Whether a token request is in flight, or a cooldown runs in which none is sent. */
  readonly flight: "idle" | "in_flight" | "cooldown";
  /** The number of the cached token; null: there is none. */
  readonly serial: number | null;
  /** When the token expires, on the local clock; null: there is no token, or the server does not say. */
  readonly expiresAt: Date | null;
  /** From this moment on the token is renewed; null: there is no token. */
  readonly renewAt: Date | null;
  /** From this moment on the token is not used: the expiry less a safety margin; null: there is no token. */
  readonly hardExpiry: Date | null;
  /** Whether the client has a refresh token. */
  readonly refreshToken: boolean;
  /** When the next token request may be sent: now, when the one in flight ends, or when the cooldown ends. */
  readonly nextRequestAt: Date;
  /** Why the last token request failed; null after a success. */
  readonly lastError: ExplainedError | null;
  /**
   * How many milliseconds the server's clock is ahead of the local one, where that was seen to matter: a signature by the local clock
   * was refused, and one by the server's accepted. Else 0.
   */
  readonly clockSkew: number;
  /** What should be corrected: the messages of the `warning` events of the current token. */
  readonly warnings: readonly string[];
  /** How the client and its shared store are getting on; null: it has none. */
  readonly store: ExplainedStore | null;
}

/** The shared store in the answer of {@link Client.explain}. */
export interface ExplainedStore {
  /** `down`: it failed and is left alone until `retryAt`. */
  readonly state: "ok" | "down";
  /** The highest generation of the record that was seen; each write adds one. 0: none was seen. */
  readonly generation: number;
  /** Whether the refresh token in memory is in the store. If not, it is written again until it is. */
  readonly isSaved: boolean;
  /** When the store is used again; null: now. */
  readonly retryAt: Date | null;
}

/** An {@link AuthError} in the answer of {@link Client.explain}; null means unknown. */
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
 * The provider profile: an authorization server and the API behind it, described as JSON.
 *
 * Only `token_endpoint` is required; every other member has the default of RFC 6749, so
 * `{ token_endpoint: "https://as.example/token" }` is complete. `null` switches a default off.
 *
 * URLs, parameters, headers and claims are templates: `{name}` is replaced by the credential or variable of that name, and braces
 * in its value are not replaced again. In a URL `{name}` is percent-encoded and `{+name}` is inserted as it is. Built in are
 * `{access_token}`, `{refresh_token}`, `{scope}`, `{token_endpoint}`, `{issuer}` and `{uuid}`; a credential or variable of the same name is
 * used instead. If a name has no value, a URL, a header or a credential that contains it is an error, and a member of an object
 * that contains it is left out.
 *
 * In a JSON file `"$schema": "./node_modules/bearerkit/providers/schema.json"` gives completion in an editor. In TypeScript, a
 * profile imported from a JSON file needs `profile as Provider`.
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
  /** The JSON Schema, for completion in an editor. It is ignored otherwise. */
  readonly $schema?: string | undefined;
  /** The name of the provider, as events and errors show it. */
  readonly name?: string | undefined;
  /** The URL of the provider's documentation. */
  readonly documentation?: string | undefined;
  /** Default values of variables, by name. They are used if the options do not set the variable. */
  readonly defaults?: Readonly<Record<string, string>> | undefined;
  /**
   * Named sets of variables, such as production and sandbox. The variable `environment` chooses one of them.
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
  /** How the token is attached to calls of the API, and which origins may get it. */
  readonly resource_request?: ProviderResourceRequest | undefined;
  /**
   * How many seconds before its hard expiry a token is renewed, at most half of the lifetime.
   *
   * @default 300, and at most a tenth of the lifetime
   */
  readonly refresh_margin?: number | undefined;
  /**
   * Whether a refresh revokes the old access token at once (Fusio). If true, the client refreshes only after the old token has
   * expired.
   *
   * @default false
   */
  readonly refresh_invalidates_access_token?: boolean | undefined;
  /**
   * What differs in a refresh request. Each member replaces that of the profile; `headers` and `response` are merged with those of
   * the profile, member by member.
   *
   * `grant_type` is `refresh_token` and there are no `parameters` unless they are given; `scope: []` sends no scope.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-6 RFC 6749 §6}
   */
  readonly refresh?: Optional<ProviderRequest> | undefined;
  /**
   * The URL of the revocation endpoint, for {@link Client.revoke}.
   *
   * @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc7009#section-2 RFC 7009 §2}
   */
  readonly revocation_endpoint?: string | null | undefined;
  /**
   * The authentication method of the revocation endpoint. `bearer` sends the access token instead of client credentials (Fusio).
   *
   * @default that of the token endpoint
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 §2}
   */
  readonly revocation_endpoint_auth_method?:
    | "client_secret_basic"
    | "client_secret_post"
    | "private_key_jwt"
    | "client_secret_jwt"
    | "tls_client_auth"
    | "self_signed_tls_client_auth"
    | "none"
    | "bearer"
    | undefined;
  /**
   * The URL of the introspection endpoint, for {@link Client.introspect}.
   *
   * @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc7662#section-2 RFC 7662 §2}
   */
  readonly introspection_endpoint?: string | null | undefined;
  /**
   * The authentication method of the introspection endpoint. `bearer` sends the token itself instead of client credentials.
   *
   * @default that of the token endpoint
   * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-2 RFC 8414 §2}
   */
  readonly introspection_endpoint_auth_method?:
    | "client_secret_basic"
    | "client_secret_post"
    | "private_key_jwt"
    | "client_secret_jwt"
    | "tls_client_auth"
    | "self_signed_tls_client_auth"
    | "none"
    | "bearer"
    | undefined;
  /**
   * The URL of the authorization endpoint, where the user consents; for `buildAuthorizationUrl` of `bearerkit/core`.
   *
   * @default none
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.1 RFC 6749 §3.1}
   */
  readonly authorization_endpoint?: string | null | undefined;
  /**
   * Requests that are sent before the token request, in this order. What a step captures is available to the following ones as
   * `{name}` and `{step1.name}`, and its token as `{access_token}`.
   *
   * @default []
   */
  readonly steps?: readonly ProviderStep[] | undefined;
}

/**
 * A provider that publishes metadata. They are read with the first token request and kept for a day.
 *
 * They supply what the profile does not say: the endpoints, and a `token_endpoint_auth_method` for which there are credentials.
 *
 * @example
 * ```ts
 * const api = createClient({ provider: { issuer: "https://login.acme.example" }, credentials });
 * ```
 * @see {@link https://www.rfc-editor.org/rfc/rfc8414#section-3 RFC 8414 §3}, {@link https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig OpenID Connect Discovery 1.0 §4}
 */
export interface IssuerProvider extends Omit<Provider, "token_endpoint"> {
  /** The issuer identifier: an https URL, or a template of one. The metadata have to name exactly this issuer. */
  readonly issuer: string;
  readonly token_endpoint?: undefined;
}

/**
 * A profile whose JWT is the token of the API: the client signs it, and no token request is sent. It has no member that would say
 * how one is sent.
 *
 * @example
 * ```ts
 * const provider: SelfSignedProvider = {
 *   name: "App Store Connect",
 *   assertion: {
 *     use: "access_token",
 *     alg: "ES256",
 *     lifetime: 900,
 *     header: { kid: "{key_id}" },
 *     claims: { iss: "{issuer_id}", aud: "appstoreconnect-v1" },
 *   },
 *   resource_request: { origins: ["https://api.appstoreconnect.apple.com"] },
 * };
 * ```
 */
export interface SelfSignedProvider extends
  Pick<
    Provider,
    | "$schema"
    | "name"
    | "documentation"
    | "defaults"
    | "environments"
    | "scope"
    | "scope_separator"
    | "resource_request"
    | "refresh_margin"
  > {
  readonly assertion: ProviderAssertion & { readonly use: "access_token" };
  readonly token_endpoint?: undefined;
}

/**
 * A profile of `bearerkit/providers`, whose type has its names: `Variables`, the `Secrets` of its templates, and the
 * `GrantSecrets` of its grant. A copy by spreading is a plain {@link Provider}.
 */
export interface ShippedProvider<Variables, Secrets, GrantSecrets = Nothing>
  extends Provider, Named<Variables, Secrets, GrantSecrets> {}

/** For the compiler only. It is a private member of a class, since a copy by spreading does not have those. */
declare class Named<Variables, Secrets, GrantSecrets> {
  #names: (names: [Variables, Secrets, GrantSecrets]) => [Variables, Secrets, GrantSecrets];
}

/** A request to a token endpoint, and how its answer is read. */
export interface ProviderRequest {
  /**
   * The https URL of the token endpoint.
   *
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-3.2 RFC 6749 §3.2}
   */
  readonly token_endpoint: string;
  /**
   * The HTTP method of the token request. With `GET`, `request_format` has to be `query` or `none`.
   *
   * @default "POST"
   */
  readonly token_endpoint_method?: "POST" | "GET" | undefined;
  /**
   * How the client authenticates. `none` adds nothing by itself. The profile of a public client says
   * `client_id: "{client_id}"`, which is then sent as a parameter.
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
   * How the client id and the secret are encoded for `client_secret_basic`: form-encoded (`form`) or as they are (`raw`, RFC
   * 7617). Many servers expect `raw`.
   *
   * @default "form"
   * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-2.3.1 RFC 6749 §2.3.1}
   */
  readonly basic_encoding?: "form" | "raw" | undefined;
  /**
   * The grant type, unless the options name another grant. null sends no `grant_type`, for logins that are not OAuth.
   *
   * @default "client_credentials"
   */
  readonly grant_type?: string | null | undefined;
  /**
   * The scope to request, unless the options name another.
   *
   * If a template contains `{scope}`, the scope is sent there and nowhere else.
   *
   * @default []
   */
  readonly scope?: string | readonly string[] | null | undefined;
  /**
   * The separator between two scope values.
   *
   * @default " "
   */
  readonly scope_separator?: string | undefined;
  /**
   * How the parameters are sent: as a form, as a JSON object, in the query, or not at all (`none`).
   *
   * @default "form" ("query" with `token_endpoint_method: "GET"`)
   */
  readonly request_format?: "form" | "json" | "query" | "none" | undefined;
  /** @default "{client_id}" */
  readonly client_id?: string | null | undefined;
  /** @default "{client_secret}" */
  readonly client_secret?: string | null | undefined;
  /**
   * Further parameters of the token request. An array is sent as several parameters of that name; only
   * `request_format: "json"` can nest objects. A parameter with the name of a standard one replaces it.
   *
   * @default {}
   */
  readonly parameters?: { readonly [name: string]: JsonValue } | undefined;
  /**
   * Further headers of the token request. null removes a default header.
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
  /** Where the answer has the token, its expiry and the error. */
  readonly response?: ProviderResponse | undefined;
}

/** A request that is sent before the token request. It has the defaults of RFC 6749 and inherits nothing from the profile. */
export interface ProviderStep extends ProviderRequest {
  /** The name of the step, for people. It is not sent. */
  readonly name?: string | undefined;
}

/**
 * A JWT that the client signs. It is created anew for each attempt.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7523 RFC 7523}
 */
export interface ProviderAssertion {
  /**
   * The purpose of the JWT. `client_assertion` authenticates the client, with `private_key_jwt` or `client_secret_jwt` only.
   * `grant` is the grant itself. `authorization` is sent as the bearer token of the token request, with
   * `token_endpoint_auth_method: "none"`. `access_token` is the token of the API: no token request is sent, and the profile has
   * no member that would say how.
   *
   * @default "client_assertion"
   */
  readonly use?: "client_assertion" | "grant" | "authorization" | "access_token" | undefined;
  /**
   * The signature algorithm.
   *
   * @default "RS256" ("HS256" with `client_secret_jwt`)
   */
  readonly alg?: SignatureAlgorithm | undefined;
  /**
   * The name of the credential that contains the key: PEM (PKCS#8, PKCS#1 or SEC 1) or a JWK, and for HS256 and its like the secret
   * itself. A text with `{name}` in it is a template of the key.
   *
   * @default "private_key" ("client_secret" with `client_secret_jwt`)
   */
  readonly key?: string | undefined;
  /**
   * How the shared secret of HS256, HS384 and HS512 is written. `utf8`: the characters are the secret.
   *
   * @default "utf8"
   */
  readonly key_encoding?: "utf8" | "hex" | "base64" | "base64url" | undefined;
  /**
   * How many seconds from now the JWT expires.
   *
   * @default 300
   */
  readonly lifetime?: number | undefined;
  /**
   * How many seconds `iat` lies before now, for servers that refuse a JWT from the future. `exp` stays where it is.
   *
   * @default 0
   */
  readonly backdate?: number | undefined;
  /**
   * Further members of the JOSE header, besides `alg` and `typ: "JWT"`.
   *
   * @default {}
   */
  readonly header?: { readonly [name: string]: JsonValue } | undefined;
  /**
   * The claims of the JWT. `iat` and `exp` are added; null removes a claim. A claim that is exactly `"{iat}"` or `"{exp}"` is that
   * number. A variable that `iss`, `sub` or `aud` of a client assertion names is required.
   *
   * @default for a client assertion iss and sub "{client_id}", aud the issuer where the profile names one, else the URL that is
   * asked, jti "{uuid}"; else none
   */
  readonly claims?: { readonly [name: string]: JsonValue } | undefined;
  /**
   * A JWT that someone else has signed, such as the identity of the platform: `"{identity_token}"`. It is sent as it is, so no
   * other member but `use` may stand beside it.
   *
   * @default none: the client signs the JWT
   */
  readonly token?: string | undefined;
}

/** How a token response is read. */
export interface ProviderResponse {
  /**
   * The format of the body. `text` means that the body is the token and nothing else.
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
  /** How the expiry of the token is found. */
  readonly expiry?: ProviderExpiry | undefined;
  /** @default "/error" */
  readonly error?: Pointer | null | undefined;
  /** @default "/error_description" */
  readonly error_description?: Pointer | null | undefined;
  /**
   * How an error with status 200 is recognized: the value at `pointer` is not one of those in `not`. A missing value is null.
   *
   * @default null
   * @example
   * ```ts
   * const response: Provider["response"] = { error_when: { pointer: "/code", not: [0] } };
   * ```
   */
  readonly error_when?: { readonly pointer: Pointer; readonly not: readonly JsonValue[] } | null | undefined;
  /**
   * Where the body of a refusal says how long to wait, in addition to the header `Retry-After`. The longest time is used, an hour
   * at most. A number is in `unit`, by default in seconds (from 10^9 on Unix time); a text may be a date or have a unit. The
   * default of `pointer` is `/retry_after`.
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
   * The token types that are accepted, ignoring case. null accepts all. An answer without a token type is accepted.
   *
   * @default ["bearer"]
   */
  readonly token_types?: string | readonly string[] | null | undefined;
  /**
   * Further values to keep from the answer, by name. They are available in the next step, in `resource_request` and as
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

/** How the expiry of a token is found. */
export interface ProviderExpiry {
  /**
   * - `auto`: the value at `pointer` is a number of seconds, or from 10^9 on a Unix time (from 10^12 on in milliseconds, from
   *   10^15 on in microseconds), or a text: a date (RFC 3339, HTTP, as JavaScript prints one) or a duration (`PT15M`, `15m`,
   *   `900 seconds`). If the token is a JWT with `exp`, the earlier of the two is used. A lifetime of more than a year is
   *   ignored.
   * - `expires_in`: a duration, in `unit`, or such a text.
   * - `expires_at`: an instant, in `format`, or such a date.
   * - `jwt_exp`: the `exp` of the token alone.
   * - `fixed`: the value of `seconds`, whatever the answer says.
   *
   * @default "auto"
   */
  readonly source?: "auto" | "expires_in" | "expires_at" | "jwt_exp" | "fixed" | undefined;
  /** @default "/expires_in" ("/expires_at" with `source: "expires_at"`) */
  readonly pointer?: Pointer | undefined;
  /**
   * The unit of a duration. With `auto`, a unit says that the value is a duration, however large it is.
   *
   * @default "s"
   */
  readonly unit?: "s" | "ms" | "min" | "d:hh:mm" | undefined;
  /**
   * How an instant is written: seconds or milliseconds since 1970, or a date. A date is understood with every format.
   *
   * @default "unix"
   */
  readonly format?: "unix" | "unix_ms" | "rfc3339" | undefined;
  /** The lifetime in seconds, for `source: "fixed"`. */
  readonly seconds?: number | undefined;
}

/** How the token is attached to calls of the API, and which origins may get it. */
export interface ProviderResourceRequest {
  /**
   * The headers that are added to calls of the API; `{}` adds none. A header whose template contains neither the token nor a
   * credential nor a capture (such as `user-agent`) is a default: a header of that name in the call overrides it.
   *
   * @default { authorization: "Bearer {access_token}" }
   */
  readonly headers?: Readonly<Record<string, HeaderTemplate | null>> | undefined;
  /**
   * The query parameters that are added to calls of the API.
   *
   * @default {}
   */
  readonly query?: Readonly<Record<string, string>> | undefined;
  /**
   * The origins that may get the token.
   *
   * @default any https origin
   */
  readonly origins?: string | readonly string[] | undefined;
  /**
   * Where the body of a 401 has its error code. If the code is `insufficient_scope`, the token is not renewed.
   *
   * @default null
   */
  readonly error?: Pointer | null | undefined;
  /**
   * Further answers of the API that mean that the token is no longer valid, besides a 401 and `error="invalid_token"` in a
   * challenge: a rule, or a list of rules of which one has to match. If a rule looks into the body, up to 64 KiB of JSON are read
   * for at most a second; the caller can still read them. If no rule can match the status, the body is not read.
   *
   * @default none
   * @example
   * const api: Provider["resource_request"] = {
   *   invalid_token_when: [{ status: 200, pointer: "/errcode", is: [40001, 42001] }, { status: [419, 440, 498] }],
   * };
   */
  readonly invalid_token_when?: InvalidTokenRule | readonly InvalidTokenRule[] | undefined;
}

/** A rule for answers of the API. All members that are given have to match; at least `status` or `pointer` is required. */
export interface InvalidTokenRule {
  /**
   * The HTTP status, or a list of them.
   *
   * @default any
   */
  readonly status?: number | readonly number[] | undefined;
  /** Where the value is: in the body or in a header. */
  readonly pointer?: Pointer | undefined;
  /**
   * The value, or a list of values. A number and the same number as a string are equal.
   *
   * @default any but `null`
   */
  readonly is?: string | number | boolean | readonly (string | number | boolean)[] | undefined;
}

/** The value of a header, or a scheme and a template to encode as Base64: `{ scheme: "ID", base64: "{client_id}:{key}" }`. */
export type HeaderTemplate = string | { readonly scheme?: string | undefined; readonly base64: string };

/**
 * A place in an answer: a JSON pointer into the body (`""` is the whole body), or a header.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc6901 RFC 6901}
 */
export type Pointer = "" | `/${string}` | `header:${string}`;

/** A JSON value. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

// Only declarations with `export` are exported.
export {};
