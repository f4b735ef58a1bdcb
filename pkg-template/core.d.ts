/**
 * The pure functions of bearerkit, for a transport of your own and for tests. They send nothing and read no clock: `now` is an
 * argument, in milliseconds since the epoch (`Date.now()`).
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
 * if (request.sign) throw new Error("this provider needs a signature");
 * const { url, ...init } = request;
 * const response = await fetch(url, { ...init, redirect: "manual" });
 * const { status } = response;
 * const headers = Object.fromEntries(response.headers);
 * const token = parseTokenResponse(options, { status, headers, body: await response.text() }, sent);
 * ```
 *
 * @module
 */

import type { AccessToken, ClientOptions, JsonValue, OptionsFor, SignatureAlgorithm } from "./index.js";

export { AuthError } from "./index.js";

/**
 * Builds the first request that a client with these options sends, byte for byte.
 *
 * @param options The options of a client. The credentials have to be given as values, not as a function.
 * @param now When the request is sent, in milliseconds. It is the `iat` of an assertion.
 * @param random The random bytes for the `{uuid}` of an assertion. The same bytes make the same request. Default: 8 random
 * bytes.
 * @returns The request; or, if the profile has an assertion, what has to be signed first.
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

/** A request to send as it is: without following redirects, without cookies and without a cache. */
export interface HttpRequest {
  readonly method: "POST" | "GET";
  /** The URL. For some providers it contains the secret: do not log it. */
  readonly url: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** null: the request has no body. */
  readonly body: string | null;
  /** Present on an {@link UnsignedRequest} only. */
  readonly sign?: undefined;
  /**
   * The request that follows this answer: the next one of a profile with steps, or the same one with the other credentials if
   * the first were refused. It is not enumerable.
   *
   * @param now When the next request is sent, in milliseconds. Default: the `now` of `buildTokenRequest`.
   * @returns null if nothing more has to be sent; then give the answer to {@link parseTokenResponse}.
   * @throws {AuthError} if the answer is a refusal, or the answer of a step lacks what the step captures.
   */
  next(response: HttpResponse, now?: number): HttpRequest | UnsignedRequest | null;
}

/** A request that needs a signature before it can be sent. */
export interface UnsignedRequest {
  /** What has to be signed. */
  readonly sign: SigningInput;
  /**
   * The request with its signature.
   *
   * @param signature The bytes that WebCrypto returns; for ECDSA the two numbers of RFC 7518 §3.4, not DER.
   * @throws {AuthError} `ERR_OPTIONS` with `assertion.use: "access_token"`: the JWT is the token, and no request is sent.
   */
  complete(signature: Uint8Array): HttpRequest | UnsignedRequest;
}

/**
 * The input of a JWT's signature.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7515#section-5.1 RFC 7515 §5.1}, step 5
 */
export interface SigningInput {
  /** @see {@link https://www.rfc-editor.org/rfc/rfc7518#section-3.1 RFC 7518 §3.1} */
  readonly alg: SignatureAlgorithm;
  /** `base64url(header).base64url(claims)`, ASCII. */
  readonly input: string;
}

/** A complete answer. */
export interface HttpResponse {
  readonly status: number;
  /** Names in any case. A plain object, not a `Headers`: `Object.fromEntries(response.headers)`. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body, decoded from its content coding. Bytes that are not UTF-8 are detected only if the body is given as bytes. */
  readonly body: string | Uint8Array;
}

/**
 * Reads a token response as a client with these options does.
 *
 * Variables that the profile's steps capture are not known here.
 *
 * @param now When the request was sent, in milliseconds. Lifetimes are counted from this moment.
 * @param response The answer. `receivedAt` is when it arrived, in milliseconds; `Retry-After` is counted from that moment.
 * Default: `now`.
 * @throws {AuthError} if the answer has no usable token.
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
  /** Like `value`, it is not enumerable. */
  readonly refreshToken?: string;
}

/**
 * Builds the URL to which the user's browser is sent, to grant access.
 *
 * @throws {AuthError} `ERR_OPTIONS` if the profile has no `authorization_endpoint`, or if a variable in it has no value.
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

/** The parameters of one authorization request. Everything else comes from the client's options. */
export interface AuthorizationRequest {
  /** The URL to which the user returns. */
  readonly redirectUri: string;
  /** It comes back unchanged with the user: compare it. */
  readonly state: string;
  /**
   * See {@link calculateCodeChallenge}.
   *
   * @default no PKCE
   */
  readonly codeChallenge?: string | undefined;
}

/**
 * Generates a secret of 256 random bits for PKCE, 43 characters long. Keep it until the user comes back with the code.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.1 RFC 7636 §4.1}
 */
export function generateCodeVerifier(): string;

/**
 * Calculates the code challenge for the authorization request, with the method S256.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc7636#section-4.2 RFC 7636 §4.2}
 */
export function calculateCodeChallenge(codeVerifier: string): Promise<string>;

/**
 * Reads the dates of a signed JWT, in whole seconds since the epoch. The signature is not verified: the dates say when to renew,
 * and nothing about whom to trust.
 *
 * @returns null if the token is not such a JWT (opaque, encrypted or malformed).
 * @see {@link https://www.rfc-editor.org/rfc/rfc7519#section-4.1.4 RFC 7519 §4.1.4}
 * @example
 * ```ts
 * const expiresAt = readJwtExpiry(token.value)?.exp;
 * ```
 */
export function readJwtExpiry(token: string): { exp: number | null; iat: number | null } | null;

/**
 * Reads a `Retry-After` header and returns the milliseconds to wait: 0 for a date in the past, at most an hour.
 *
 * @param value Seconds, or a date in any of the three forms of RFC 9110 §5.6.7.
 * @param now The current time in milliseconds, from which a date is counted.
 * @returns null for any other text.
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3 RFC 9110 §10.2.3}
 * @example
 * ```ts
 * const wait = parseRetryAfter("120", Date.now()); // 120000
 * ```
 */
export function parseRetryAfter(value: string, now: number): number | null;

/**
 * Parses the challenges of a `WWW-Authenticate` header, or of several headers joined by a comma. It never throws.
 *
 * @returns [] if the header cannot be parsed.
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
  /** The scheme in lower case, such as `bearer`. */
  scheme: string;
  /** The token68 value, if the challenge has one instead of parameters. */
  token68?: string;
  /** Names in lower case, quotes resolved. */
  parameters: Record<string, string>;
}

/**
 * Checks a profile and returns all problems, each with a remedy. It sends nothing, and it never throws for a bad profile.
 *
 * @param provider A profile, a token endpoint, or the JSON text of a profile. For a text, problems have a line and a column.
 * @param options The options of a client with this profile, or some of them. They are checked too; none is required.
 * @example
 * ```ts
 * const { problems } = checkProvider({ token_endpoint: "https://as.example/token", request_format: "JSON" });
 * for (const { path, reason, remedy } of problems) console.log(`${path}: ${reason}; ${remedy}`);
 * ```
 */
export function checkProvider(provider: unknown, options?: CheckOptions): ProviderCheck;

/** {@link ClientOptions} without the provider, all optional. */
export type CheckOptions = {
  readonly [Name in keyof Omit<ClientOptions, "provider">]?: ClientOptions[Name] | undefined;
};

/** The result of {@link checkProvider}. It contains no credential. */
export interface ProviderCheck {
  /**
   * What `createClient` would refuse, in the order of the text. A variable or credential that has no value yet is not a
   * problem: see `variables` and `credentials`.
   */
  readonly problems: readonly ProviderProblem[];
  /** What `createClient` accepts and is probably a mistake. */
  readonly warnings: readonly ProviderProblem[];
  /** The variables that the profile names. Empty if the problems leave nothing to check. */
  readonly variables: readonly ProviderVariable[];
  /** The credentials that the profile names, and those that its authentication and its grant need. */
  readonly credentials: readonly ProviderCredential[];
}

/** One problem of a profile. */
export interface ProviderProblem {
  /** The path of the member, as in an {@link AuthError} of `createClient`: `provider.response.expiry.unit`. */
  readonly path: string;
  /** What is wrong. It never contains a value that could be a secret. */
  readonly reason: string;
  /** What to do about it. */
  readonly remedy: string;
  /**
   * The members that correct the problem, by their path in the profile, if that is clear.
   *
   * @example { "response.expiry.unit": "ms" }
   */
  readonly set?: { readonly [path: string]: JsonValue };
  /** The line in the text, from 1. */
  readonly line?: number;
  /** The column in the line, from 1. */
  readonly column?: number;
}

/** A name in the profile's templates that needs a value. */
export interface ProviderName {
  readonly name: string;
  /** Whether the client needs a value. If not, a member of the profile that contains the name is left out. */
  readonly required: boolean;
  /** Whether the options have a value. */
  readonly given: boolean;
  /** The paths of the members that contain the name. */
  readonly paths: readonly string[];
}

/** A variable: a name whose value is not secret. */
export interface ProviderVariable extends ProviderName {
  /** The default value, if the profile has one. */
  readonly default?: string;
  /** The allowed values, for `environment`: the names of the profile's `environments`. */
  readonly values?: readonly string[];
  /** Whether the name is part of a URL. */
  readonly inUrl: boolean;
}

/** A credential: a name whose value is secret. */
export interface ProviderCredential extends ProviderName {
  /** Whether the value is a key that signs: PEM (PKCS#8, PKCS#1 or SEC 1) or a JWK. */
  readonly isKey: boolean;
}
