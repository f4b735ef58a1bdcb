import { asThrown, AuthError, authError } from "./error.js";
import { readOptions } from "./options.js";
import { AccessToken } from "./token.js";
import { bug, isTrap, restart, wasm } from "./wasm.js";

export { AuthError };

/** See core.d.ts, which is the reference. */
export function buildTokenRequest(options, now, random = crypto.getRandomValues(new Uint8Array(8))) {
  const machine = described(() => new wasm.Machine(shaping(options), false));
  machine.reseed(random.reduce((seed, byte) => seed * 257n + BigInt(byte), 0n));
  const action = described(() => machine.poll(now, now, 0, now));
  if (action.type === "fail") throw authError(action.error);
  return requestOf(machine, action.request, now);
}

/** What the next need of a token request is: a request, or something to be signed first. */
function requestOf(machine, { serial, next }, now) {
  if (next.type === "sign") {
    const { alg, input } = next;
    return {
      sign: { alg, input },
      complete(signature) {
        const following = described(() => machine.on_signature(serial, signature, now));
        if (following) return requestOf(machine, following, now);
        const wrong = described(() => machine.token())?.value.startsWith(`${input}.`)
          ? "provider.assertion.use: no token request is sent: the token is sign.input, a dot and the signature"
          : "signature: this request has ended; build another";
        throw new AuthError("ERR_OPTIONS", wrong);
      },
    };
  }
  const { method, url, headers, body } = next;
  const request = { method, url, headers, body };
  // A profile with steps: the answer to this request makes the next one.
  const proceed = (response, at = now) => {
    const following = described(() =>
      machine.on_response(serial, response.status, flat(response.headers), bytes(response.body), at)
    );
    if (following?.next) return requestOf(machine, following, at);
    // A step that failed is no answer for parseTokenResponse to explain.
    const { lastError } = machine.explain(at);
    if (lastError) throw authError(lastError);
    return null;
  };
  return Object.defineProperty(request, "next", { value: proceed });
}

export function parseTokenResponse(options, response, now) {
  const { status, headers, body, receivedAt = now } = response;
  const found = described(() =>
    wasm.parse_token_response(shaping(options), status, flat(headers), bytes(body), now, receivedAt)
  );
  return new AccessToken(found);
}

export function buildAuthorizationUrl(options, { redirectUri, state, codeChallenge }) {
  // Whatever else crosses as a string is a trap.
  for (const [name, value] of Object.entries({ redirectUri, state, codeChallenge: codeChallenge ?? "" })) {
    if (typeof value !== "string") throw new AuthError("ERR_OPTIONS", `${name}: expected a string`);
  }
  return described(() => wasm.authorization_url(shaping(options), redirectUri, state, codeChallenge));
}

/** RFC 7636 §4.1: 256 bits of randomness. */
export function generateCodeVerifier() {
  return base64url(crypto.getRandomValues(new Uint8Array(32)));
}

/** RFC 7636 §4.2, method S256. */
export async function calculateCodeChallenge(codeVerifier) {
  return base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier))));
}

export function readJwtExpiry(token) {
  return typeof token === "string" ? described(() => wasm.read_jwt_expiry(token)) : null;
}

export function parseRetryAfter(value, now) {
  return typeof value === "string" ? described(() => wasm.parse_retry_after(value, now)) ?? null : null;
}

export function parseChallenges(header) {
  return typeof header === "string" ? described(() => wasm.parse_challenges(header)) : [];
}

function shaping(options) {
  const { json, asks } = readOptions(options);
  if (asks) {
    throw new AuthError(
      "ERR_OPTIONS",
      "credentials: expected values, found a function; call it and pass what it returns",
    );
  }
  return json;
}

function described(operation) {
  try {
    return operation();
  } catch (thrown) {
    if (!isTrap(thrown)) throw asThrown(thrown);
    restart();
    throw bug();
  }
}

function flat(headers) {
  // A Headers has entries of its own.
  const entries = typeof headers?.entries === "function" ? headers.entries() : Object.entries(headers ?? {});
  return [...entries].flat().join("\0");
}

function bytes(body) {
  return typeof body === "string" ? new TextEncoder().encode(body) : body ?? new Uint8Array();
}

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
