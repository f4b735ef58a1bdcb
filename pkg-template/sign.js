/** WebCrypto's names for the algorithms of RFC 7518 §3.1. */
const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" },
  PS256: { name: "RSA-PSS", hash: "SHA-256", saltLength: 32 },
  ES256: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" },
  HS256: { name: "HMAC", hash: "SHA-256" },
};

/** Signs `input` with a PEM (PKCS#8, also with literal `\n`), a JWK, or for HS256 the secret itself. */
export async function sign({ alg, key, input }) {
  const algorithm = ALGORITHMS[alg];
  const signature = await crypto.subtle.sign(algorithm, await imported(alg, algorithm, key), utf8(input));
  return new Uint8Array(signature);
}

function imported(alg, algorithm, key) {
  if (key.trimStart().startsWith("{")) {
    // `use`, `key_ops` and `alg` of someone else's making would only be in the way.
    const { kty, n, e, d, p, q, dp, dq, qi, crv, x, y, k } = JSON.parse(key);
    return crypto.subtle.importKey("jwk", { kty, n, e, d, p, q, dp, dq, qi, crv, x, y, k }, algorithm, false, ["sign"]);
  }
  if (alg === "HS256") return crypto.subtle.importKey("raw", utf8(key), algorithm, false, ["sign"]);
  // Whatever stands around it: Bag Attributes, certificates.
  const [, base64] = key.replaceAll("\\n", "\n").replaceAll("\\r", "").match(/-----BEGIN PRIVATE KEY-----([^-]+)/);
  // atob overlooks the line breaks.
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return crypto.subtle.importKey("pkcs8", bytes, algorithm, false, ["sign"]);
}

function utf8(text) {
  return new TextEncoder().encode(text);
}
