import { AuthError } from "./error.js";

/** WebCrypto's name and parameters for an algorithm of the JOSE registry. `ES512` is that of P-521. */
function algorithmOf(alg) {
  const bits = alg.slice(2);
  const hash = `SHA-${bits}`;
  if (alg.startsWith("RS")) return { name: "RSASSA-PKCS1-v1_5", hash };
  if (alg.startsWith("PS")) return { name: "RSA-PSS", hash, saltLength: bits / 8 };
  if (alg.startsWith("HS")) return { name: "HMAC", hash };
  if (alg.startsWith("ES")) return { name: "ECDSA", hash, namedCurve: bits > 384 ? "P-521" : `P-${bits}` };
  return { name: "Ed25519" };
}

/** The algorithm of a CryptoKey. */
export function algOf({ algorithm: { name, hash, namedCurve } }) {
  const kind = { "RSASSA-PKCS1-v1_5": "RS", "RSA-PSS": "PS", HMAC: "HS", ECDSA: "ES" }[name];
  const bits = (namedCurve ?? hash?.name ?? "").slice(namedCurve ? 2 : 4);
  return kind ? `${kind}${bits === "521" ? 512 : bits}` : name;
}

/** Signs `input` with a PEM (PKCS#8, PKCS#1, SEC 1), a JWK, for HS256 and its like a secret, or one of the CryptoKeys in `keys`. */
export async function sign({ alg, key, input }, keys) {
  const algorithm = algorithmOf(alg);
  const signature = await crypto.subtle.sign(algorithm, await imported(algorithm, key, keys), utf8(input));
  return new Uint8Array(signature);
}

/** Has `input` signed by a function of the caller's. */
export async function signedBy(signer, { alg, input }) {
  const { kid } = JSON.parse(atob(input.split(".")[0].replaceAll("-", "+").replaceAll("_", "/")));
  const given = await signer({ alg, kid, input: utf8(input) });
  if (!(given?.byteLength > 0)) throw new AuthError("ERR_OPTIONS", "it returned no bytes");
  const { buffer = given, byteOffset, byteLength } = given;
  const signature = new Uint8Array(buffer, byteOffset, byteLength);
  const size = { ES256: 64, ES384: 96, ES512: 132, EdDSA: 64, Ed25519: 64 }[alg] ?? signature.length;
  if (signature.length === size) return signature;
  const joined = alg.startsWith("ES") && fromDer(signature, size / 2);
  if (joined) return joined;
  throw new AuthError("ERR_OPTIONS", `it returned ${signature.length} bytes, where ${alg} has ${size}`);
}

/** An ECDSA signature as most key services return it, in DER: its two numbers, one behind the other (RFC 7518 §3.4). */
function fromDer(der, size) {
  const joined = new Uint8Array(2 * size);
  let at = der[1] < 128 ? 2 : 3;
  for (const end of [size, 2 * size]) {
    // A number may begin with a zero, for its sign, and with no more zeros than that.
    if (der[0] !== 0x30 || der[at] !== 2 || der[at + 1] > size + 1) return undefined;
    const next = at + 2 + der[at + 1];
    const number = der.subarray(Math.max(at + 2, next - size), next);
    joined.set(number, end - number.length);
    at = next;
  }
  return at === der.length ? joined : undefined;
}

function imported(algorithm, key, keys) {
  const take = (format, bytes) => crypto.subtle.importKey(format, bytes, algorithm, false, ["sign"]);
  if (key.trimStart().startsWith("{")) {
    // `use`, `key_ops` and `alg` of someone else's making would only be in the way.
    const { kty, n, e, d, p, q, dp, dq, qi, crv, x, y, k } = JSON.parse(key);
    return kty === "CryptoKey" ? keys.get(k) : take("jwk", { kty, n, e, d, p, q, dp, dq, qi, crv, x, y, k });
  }
  if (algorithm.name === "HMAC") return take("raw", utf8(key));
  // Whatever stands around it: Bag Attributes, certificates.
  const [, label, base64] = key.replaceAll("\\n", "\n").replaceAll("\\r", "")
    .match(/-----BEGIN (RSA |EC )?PRIVATE KEY-----([^-]+)/);
  // atob overlooks the line breaks.
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return take("pkcs8", label ? wrapped(label, bytes) : bytes);
}

/** PKCS#8 (RFC 5958 §2) around PKCS#1 (RFC 8017 appendix A.1.2) or SEC 1 (RFC 5915 §3). */
function wrapped(label, key) {
  let algorithm = [6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 1, 5, 0];
  if (label === "EC ") {
    // Behind the version and the number it says which curve it is on.
    const number = key[1] < 128 ? 5 : 6;
    const curve = number + 2 + key[number + 1];
    algorithm = [6, 7, 42, 134, 72, 206, 61, 2, 1, ...key.subarray(curve + 2, curve + 2 + key[curve + 1])];
  }
  return new Uint8Array(element(48, [2, 1, 0, ...element(48, algorithm), ...element(4, key)]));
}

/** An element of DER. */
function element(tag, content) {
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [129, length] : [130, length >> 8, length & 255];
  return [tag, ...size, ...content];
}

function utf8(text) {
  return new TextEncoder().encode(text);
}
