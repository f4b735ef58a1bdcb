// "bearerkit/core": the pure functions.
import { AuthError as Same1, type ClientOptions, type SignatureAlgorithm } from "bearerkit";
import {
  type AuthChallenge,
  AuthError,
  buildAuthorizationUrl,
  buildTokenRequest,
  calculateCodeChallenge,
  checkProvider,
  generateCodeVerifier,
  type HttpRequest,
  parseChallenges,
  type ParsedToken,
  parseRetryAfter,
  parseTokenResponse,
  readJwtExpiry,
  type UnsignedRequest,
} from "bearerkit/core";
import { holds, type Same } from "./same.js";

declare const options: ClientOptions;
declare function sign(alg: string, input: string): Promise<ArrayBuffer>;

holds<Same<typeof AuthError, typeof Same1>>();

// --- a request, whatever it needs

async function make(): Promise<HttpRequest> {
  let request = buildTokenRequest(options, Date.now(), new Uint8Array(8));
  holds<Same<typeof request, HttpRequest | UnsignedRequest>>();
  // @ts-expect-error it may have to be signed first
  request.url;
  while (request.sign) {
    const { alg, input } = request.sign;
    holds<Same<typeof alg, SignatureAlgorithm>>();
    request = request.complete(new Uint8Array(await sign(alg, input)));
  }
  return request;
}

async function exchange(): Promise<ParsedToken> {
  for (let request: HttpRequest | null = await make();;) {
    const sent = Date.now();
    const { method, url, headers, body } = request;
    holds<Same<typeof method, "POST" | "GET">>();
    holds<Same<typeof body, string | null>>();
    const response = await fetch(url, { method, headers, body, redirect: "manual" });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const answer = { status: response.status, headers: { date: response.headers.get("date") ?? "" }, body: bytes };
    const next: HttpRequest | UnsignedRequest | null = request.next(answer, Date.now());
    if (next === null) return parseTokenResponse(options, { ...answer, receivedAt: Date.now() }, sent);
    if (next.sign) throw new Error("not here");
    request = next;
  }
}
void exchange;

const unsigned = buildTokenRequest(options, 0);
// "in" narrows too.
if ("sign" in unsigned && unsigned.sign !== undefined) unsigned.complete(new Uint8Array());
else unsigned.next({ status: 200, headers: {}, body: "" });

// @ts-expect-error the clock is an argument
buildTokenRequest(options);
// @ts-expect-error in milliseconds
buildTokenRequest(options, new Date());
// @ts-expect-error bytes
buildTokenRequest(options, 0, [1, 2, 3]);
// @ts-expect-error Headers have no enumerable members: they would pass for none
parseTokenResponse(options, { status: 200, headers: new Headers(), body: "" }, 0);
// @ts-expect-error the body has been read
parseTokenResponse(options, new Response("{}"), 0);
// @ts-expect-error when was it sent?
parseTokenResponse(options, { status: 200, headers: {}, body: "" });

declare const token: ParsedToken;
holds<Same<typeof token.refreshToken, string | undefined>>();
token.expiresAt?.getTime();

// --- PKCE

const codeVerifier: string = generateCodeVerifier();
const challenge: Promise<string> = calculateCodeChallenge(codeVerifier);
const url: string = buildAuthorizationUrl(options, { redirectUri: "https://me.example/", state: "s" });
challenge.then((codeChallenge) =>
  buildAuthorizationUrl(options, { redirectUri: "https://me.example/", state: "s", codeChallenge })
);
void url;
// @ts-expect-error a state is not optional
buildAuthorizationUrl(options, { redirectUri: "https://me.example/" });
// @ts-expect-error the challenge is a promise, as digests are in WebCrypto
buildAuthorizationUrl(options, { redirectUri: "https://me.example/", state: "s", codeChallenge: challenge });

// --- readers

holds<Same<ReturnType<typeof readJwtExpiry>, { exp: number | null; iat: number | null } | null>>();
holds<Same<ReturnType<typeof parseRetryAfter>, number | null>>();
holds<Same<ReturnType<typeof parseChallenges>, AuthChallenge[]>>();
parseRetryAfter("120", Date.now())?.toFixed();
parseChallenges("Bearer")[0]?.parameters.error?.toUpperCase();
// @ts-expect-error what is no JWT has no dates
readJwtExpiry("").exp;
// @ts-expect-error a missing header is the caller's to see
parseRetryAfter(null, 0);

// --- a profile, judged

const { problems, warnings, variables, credentials } = checkProvider("{}", { variables: { tenant: "eu" } });
checkProvider(null).problems[0]?.line?.toFixed();
const told: readonly string[] = [...problems, ...warnings].map(({ path, reason, remedy }) => path + reason + remedy);
const required: readonly boolean[] = [...variables, ...credentials].map(({ required }) => required);
holds<Same<(typeof variables)[number]["default"], string | undefined>>();
void told;
void required;
// @ts-expect-error the provider is the first argument
checkProvider("{}", { provider: "https://as.example/token" });
// @ts-expect-error a list to be read
problems.push({ path: "", reason: "", remedy: "" });
