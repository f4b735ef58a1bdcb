// What every dialect shares of HTTP and OAuth: reading a request, shaping an answer.

/** An error that an endpoint answers; how it is spelled out is the dialect's business. */
export class Refusal extends Error {
  constructor(status, code, description, headers = {}) {
    super(`${code}: ${description}`);
    Object.assign(this, { status, code, description, headers });
  }
}

/** RFC 6749 §5.1 wants `no-store` on every answer that holds a token; it does no harm on the others. */
export function json(status, value, headers = {}) {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store", ...headers },
  });
}

/**
 * The parameters of a request body. The media type must be right: a client that forgets it fails at real servers.
 * As RFC 6749 §3.2 has it, an empty parameter is an absent one and a repeated one is an error (RFC 8707's `resource`
 * may repeat).
 */
export function readParameters(call, format) {
  const mediaType = format === "json" ? "application/json" : "application/x-www-form-urlencoded";
  if (call.headers["content-type"]?.split(";")[0].trim().toLowerCase() !== mediaType) {
    throw new Refusal(400, "invalid_request", `the content type must be ${mediaType}`);
  }
  const parameters = new Map();
  for (const [name, value] of format === "json" ? jsonEntries(call.body) : new URLSearchParams(call.body)) {
    if (parameters.has(name) && name !== "resource") {
      throw new Refusal(400, "invalid_request", `the parameter ${name} is repeated`);
    }
    if (value !== "") parameters.set(name, value);
  }
  return parameters;
}

function jsonEntries(body) {
  try {
    return Object.entries(JSON.parse(body));
  } catch {
    throw new Refusal(400, "invalid_request", "the body is not JSON");
  }
}

/**
 * Whether a header holds this pair, in either spelling: form-encoded before Base64 as RFC 6749 §2.3.1 wants it, or raw
 * as RFC 7617 has it and many servers expect it. Which of the two was sent can be read from the call's headers.
 */
export function isBasic(authorization, id, secret) {
  const pair = decodeBase64(/^Basic +(\S+)$/i.exec(authorization)?.[1] ?? "");
  if (pair === `${id}:${secret}`) return true;
  const [encodedId, ...rest] = pair.split(":");
  return formDecode(encodedId) === id && formDecode(rest.join(":")) === secret;
}

function decodeBase64(text) {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0)));
  } catch {
    return "";
  }
}

function formDecode(text) {
  return new URLSearchParams(`x=${text.replaceAll("&", "%26")}`).get("x");
}

/** The token in `Authorization: Bearer …`, or undefined. */
export function bearerOf(call) {
  return /^Bearer +([!-~]+)$/i.exec(call.headers.authorization ?? "")?.[1];
}

/** A well-formed JWT. The signature is a stand-in: nobody here could verify a real one either. */
export function jwt(header, claims) {
  return [JSON.stringify(header), JSON.stringify(claims), `not a signature ${claims.jti}`].map(base64url).join(".");
}

function base64url(text) {
  return bytesToBase64url(new TextEncoder().encode(text));
}

function bytesToBase64url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** RFC 7636 §4.2. */
export async function s256(codeVerifier) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  return bytesToBase64url(new Uint8Array(digest));
}

/** Waits, unless the caller gives up first. */
export async function pause(ms, signal) {
  let timer;
  const elapsed = new Promise((resolve) => timer = setTimeout(resolve, ms));
  try {
    await Promise.race([elapsed, untilAborted(signal)]);
  } finally {
    clearTimeout(timer);
  }
}

/** Never resolves; rejects when the caller gives up. */
export function untilAborted(signal) {
  return new Promise((_, reject) => {
    const giveUp = () => reject(signal.reason);
    if (signal?.aborted) giveUp();
    else signal?.addEventListener("abort", giveUp, { once: true });
  });
}
