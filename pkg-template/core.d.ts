/**
 * The pure functions of bearerkit, for one's own transport and for tests. They send nothing and read no clock: `now` is
 * an argument, in milliseconds since the epoch (`Date.now()`).
 *
 * On Workers and on Vercel Edge `bearerkit` has a smaller WebAssembly module, without these functions. A program that imports
 * both entries there uploads both modules; imported from `bearerkit/workerd` or `bearerkit/edge`, which have all of both
 * entries, it uploads one.
 *
 * @example
 * ```ts
 * import { buildTokenRequest, parseTokenResponse } from "bearerkit/core";
 *
 * const options = { provider: "https://as.example/token", credentials: { client_id: env.ID, client_secret: env.SECRET } };
 * const sent = Date.now();
 * const request = buildTokenRequest(options, sent);
 * if (request.sign) throw new Error("a plain provider wants no signature");
 * const { url, ...init } = request;
 * const response = await fetch(url, { ...init, redirect: "manual" });
 * const { status } = response;
 * const headers = Object.fromEntries(response.headers);
 * const token = parseTokenResponse(options, { status, headers, body: await response.text() }, sent);
 * ```
 *
 * @module
 */

import type { AccessToken, ClientOptions, JsonValue, OptionsFor } from "./index.js";

export { AuthError } from "./index.js";

/**
 * The request that a client of these options sends first, to the byte.
 *
 * @param options A client's; credentials have to be there, a function that knows them will not do.
 * @param now When it is sent, in milliseconds: the `iat` of an assertion.
 * @param random What the `{uuid}` of an assertion is made of. The same bytes make the same request. Default: 8 random
 * bytes.
 * @returns The request; or, where the profile has an assertion, what is to be signed first.
 * @throws {AuthError} `ERR_OPTIONS` with the path of what is missing or wrong.
 * @example
 * ```ts
 * let request = buildTokenRequest(options, Date.now());
 * if (request.sign) {
 *   const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key, new TextEncoder().encode(request.sign.input));
 *   request = request.complete(new Uint8Array(signature));
 * }
 * ```
 */
export function buildTokenRequest<P extends ClientOptions["provider"]>(
  options: OptionsFor<P>,
  now: number,
  random?: Uint8Array,
): HttpRequest | UnsignedRequest;

/** A request to be sent as it is: no redirect followed, no cookie, no cache. */
export interface HttpRequest {
  readonly method: "POST" | "GET";
  /** Where to. Some providers want the secret in it: do not log it. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** null: none. */
  readonly body: string | null;
  /** Only on an {@link UnsignedRequest}. */
  readonly sign?: undefined;
  /**
   * What its answer asks for: the next request of a profile with steps, or the same one with the other credentials
   * where the first were refused. Not enumerable.
   *
   * @param now When that one is sent, in milliseconds. Default: that of `buildTokenRequest`.
   * @returns null: nothing more is to be sent, and the answer is one for {@link parseTokenResponse}.
   * @throws {AuthError} for an answer that is a refusal, or a step's without what it was made for.
   */
  next(response: HttpResponse, now?: number): HttpRequest | UnsignedRequest | null;
}

/** A request that lacks a signature. */
export interface UnsignedRequest {
  /** What is to be signed. */
  readonly sign: SigningInput;
  /**
   * The request with its signature.
   *
   * @param signature The bytes that WebCrypto returns; for ES256 the two numbers of RFC 7518 §3.4, not DER.
   */
  complete(signature: Uint8Array): HttpRequest | UnsignedRequest;
}

/**
 * What a JWT's signature is made of.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.1 RFC 7515 §5.1}, step 5
 */
export interface SigningInput {
  /** @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 RFC 7518 §3.1} */
  readonly alg: "RS256" | "PS256" | "ES256" | "HS256";
  /** `base64url(header).base64url(claims)`, ASCII. */
  readonly input: string;
}

/** An answer, received to its end. */
export interface HttpResponse {
  readonly status: number;
  /** Names in any case. Not a `Headers`: `Object.fromEntries(response.headers)`. */
  readonly headers: Readonly<Record<string, string>>;
  /** Decoded from its content coding. Bytes that are not UTF-8 are seen only if it is given as bytes. */
  readonly body: string | Uint8Array;
}

/**
 * Reads a token response as a client of these options does.
 *
 * Variables that the profile's steps capture are not known here.
 *
 * @param now When the request was sent, in milliseconds: lifetimes are counted from here.
 * @param response `receivedAt`: when the answer came, in milliseconds, which is what `Retry-After` counts from. Default:
 * `now`.
 * @throws {AuthError} for an answer without a usable token.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-5 RFC 6749 §5}
 * @example
 * ```ts
 * const token = parseTokenResponse(options, { status: 200, headers: {}, body: '{"access_token":"abc"}' }, Date.now());
 * ```
 */
export function parseTokenResponse(
  options: ClientOptions,
  response: HttpResponse & { readonly receivedAt?: number | undefined },
  now: number,
): ParsedToken;

/** An access token, and the refresh token that came with it. */
export interface ParsedToken extends AccessToken {
  /** Not enumerable, as `value`. */
  readonly refreshToken?: string;
}

/**
 * The URL that the user's browser is sent to, to grant access.
 *
 * @throws {AuthError} `ERR_OPTIONS` where the profile names no `authorization_endpoint`, or not all of it can be filled
 * in.
 * @see {@link https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1 RFC 6749 §4.1.1}, {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.3 RFC 7636 §4.3}
 * @example
 * ```ts
 * const codeVerifier = generateCodeVerifier();
 * const url = buildAuthorizationUrl(options, {
 *   redirectUri: "https://me.example/back",
 *   state: crypto.randomUUID(),
 *   codeChallenge: await calculateCodeChallenge(codeVerifier),
 * });
 * ```
 */
export function buildAuthorizationUrl(options: ClientOptions, request: AuthorizationRequest): string;

/** What an authorization request says of itself; the rest is the client's. */
export interface AuthorizationRequest {
  /** Where the user comes back to. */
  readonly redirectUri: string;
  /** Comes back unchanged: compare it. */
  readonly state: string;
  /**
   * See {@link calculateCodeChallenge}.
   *
   * @default no PKCE
   */
  readonly codeChallenge?: string | undefined;
}

/**
 * A secret of 256 random bits for PKCE, 43 characters long; keep it until the code is there.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.1 RFC 7636 §4.1}
 */
export function generateCodeVerifier(): string;

/**
 * What of the secret is shown in the authorization request, by method S256.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.2 RFC 7636 §4.2}
 */
export function calculateCodeChallenge(codeVerifier: string): Promise<string>;

/**
 * The dates in a signed JWT, in seconds since the epoch, fractions cut off. Nothing is verified: they say when to renew,
 * never whom to trust.
 *
 * @returns null for what is no such JWT (opaque, encrypted, malformed).
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4 RFC 7519 §4.1.4}
 * @example
 * ```ts
 * const expiresAt = readJwtExpiry(token.value)?.exp;
 * ```
 */
export function readJwtExpiry(token: string): { exp: number | null; iat: number | null } | null;

/**
 * How many milliseconds a `Retry-After` asks to wait: 0 for a date in the past, at most an hour.
 *
 * @param value Seconds, or a date in any of the three forms of RFC 9110 §5.6.7.
 * @param now What a date is counted from, in milliseconds.
 * @returns null for anything else.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 RFC 9110 §10.2.3}
 * @example
 * ```ts
 * const wait = parseRetryAfter("120", Date.now()); // 120000
 * ```
 */
export function parseRetryAfter(value: string, now: number): number | null;

/**
 * The challenges of a `WWW-Authenticate` header, several headers joined by a comma. It never throws.
 *
 * @returns [] for what cannot be parsed.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1 RFC 9110 §11.6.1}
 * @example
 * ```ts
 * const [challenge] = parseChallenges('Bearer realm="api", error="invalid_token"');
 * const isExpired = challenge?.parameters.error === "invalid_token";
 * ```
 */
export function parseChallenges(header: string): AuthChallenge[];

/** One challenge of a `WWW-Authenticate` header. */
export interface AuthChallenge {
  /** In lower case: `bearer`. */
  scheme: string;
  /** The token68 form, where the challenge has it instead of parameters. */
  token68?: string;
  /** Names in lower case, quotes resolved. */
  parameters: Record<string, string>;
}

/**
 * Judges a profile: all that is wrong with it, not just the first thing, and what to do about it. It sends nothing, and
 * it never throws for a bad profile.
 *
 * @param provider A profile, a token endpoint, or the JSON text of a profile: then problems have a line and a column.
 * @param options What a client of it would be made with, or some of that; it is judged too. Nothing has to be there.
 * @example
 * ```ts
 * const { problems } = checkProvider({ token_endpoint: "https://as.example/token", request_format: "JSON" });
 * for (const { path, reason, remedy } of problems) console.log(`${path}: ${reason}; ${remedy}`);
 * ```
 */
export function checkProvider(provider: unknown, options?: CheckOptions): ProviderCheck;

/** {@link ClientOptions}, as far as they are known. */
export type CheckOptions = {
  readonly [Name in keyof Omit<ClientOptions, "provider">]?: ClientOptions[Name] | undefined;
};

/** What {@link checkProvider} found. No credential is in it. */
export interface ProviderCheck {
  /**
   * What `createClient` refuses, in the order of the text where there is one. What is merely not given yet is no
   * problem: see `variables` and `credentials`.
   */
  readonly problems: readonly ProviderProblem[];
  /** What `createClient` takes, and is probably not meant. */
  readonly warnings: readonly ProviderProblem[];
  /** The variables that the profile names. Empty, if there are problems that leave nothing to judge. */
  readonly variables: readonly ProviderVariable[];
  /** The credentials that it names, and those that the authentication and the grant need. */
  readonly credentials: readonly ProviderCredential[];
}

/** One thing that is wrong. */
export interface ProviderProblem {
  /** Where: as an {@link AuthError} of `createClient` says it, `provider.response.expiry.unit`. */
  readonly path: string;
  /** What is wrong with it; never its value, where that could be a secret. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
  /**
   * Members that would mend it, where that is clear: by their path in the profile.
   *
   * @example { "response.expiry.unit": "ms" }
   */
  readonly set?: { readonly [path: string]: JsonValue };
  /** Where it stands in the text, from 1. */
  readonly line?: number;
  /** Where it stands in the line, from 1. */
  readonly column?: number;
}

/** A name of the profile's templates that someone gives a value. */
export interface ProviderName {
  readonly name: string;
  /** Whether a client cannot do without it; else what names it is left out. */
  readonly required: boolean;
  /** Whether it is among the options. */
  readonly given: boolean;
  /** Where the profile names it. */
  readonly paths: readonly string[];
}

/** A name whose value is no secret. */
export interface ProviderVariable extends ProviderName {
  /** The value without any, where the profile has one. */
  readonly default?: string;
  /** The values that it may have: the names of the profile's `environments`. */
  readonly values?: readonly string[];
  /** Whether it is a part of a URL. */
  readonly inUrl: boolean;
}

/** A name whose value is a secret, by all that can be said of it. */
export interface ProviderCredential extends ProviderName {
  /** Whether it signs: PEM (PKCS#8) or a JWK. */
  readonly isKey: boolean;
}
