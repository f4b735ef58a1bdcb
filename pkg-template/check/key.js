// What can be said of a signing key without trying it.
import { isObject, tableOf } from "./places.js";

/** DER of the object identifiers, as they stand in a PKCS#8 key. */
const OIDS = [
  ["RSA", "2a864886f70d010101"],
  ["RSA-PSS", "2a864886f70d01010a"],
  ["P-256", "2a8648ce3d030107"],
  ["P-384", "2b81040022"],
  ["P-521", "2b81040023"],
  ["secp256k1", "2b8104000a"],
  ["Ed25519", "2b6570"],
];
const WANTED = tableOf({ ES256: "P-256", ES384: "P-384", ES512: "P-521", EdDSA: "Ed25519", Ed25519: "Ed25519" });
const wantedBy = (alg) => WANTED[alg] ?? "RSA";
const TO_PKCS8 = "openssl pkey -in key.pem -out plain.pem";

/** Why this key cannot sign with that algorithm: `{ reason, remedy }`; null: it looks right. The key is never quoted. */
export function keyProblem(alg, key) {
  // createClient says what a CryptoKey cannot do.
  if (typeof key === "object" && typeof key.extractable === "boolean") return null;
  const text = typeof key === "string" ? key.trim() : JSON.stringify(key);
  if (alg.startsWith("HS")) return secretProblem(alg, text);
  if (text.startsWith("{")) return jwkProblem(alg, text);
  const labels = [...text.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----/g)].map(([, label]) => label);
  // Certificates may stand before it.
  const label = labels.find((label) => label.endsWith("PRIVATE KEY")) ?? labels[0];
  if (label === "ENCRYPTED PRIVATE KEY" || /Proc-Type: 4,ENCRYPTED/.test(text)) {
    return { reason: "is encrypted", remedy: `${TO_PKCS8}, which asks for its passphrase` };
  }
  if (label === "OPENSSH PRIVATE KEY") {
    return { reason: "is an OpenSSH key, not PKCS#8", remedy: "ssh-keygen -p -m PKCS8 -f key" };
  }
  if (label && /PUBLIC KEY|CERTIFICATE/.test(label)) {
    return { reason: `is a ${label.toLowerCase()}`, remedy: "give the private key that belongs to it" };
  }
  if (label && !["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"].includes(label)) {
    return { reason: `is ${/^[AEIO]/.test(label) ? "an" : "a"} ${label}, which cannot be used`, remedy: TO_PKCS8 };
  }
  const der = label === undefined ? undefined : hexOf(text);
  if (label !== undefined && !(der && isWhole(der))) {
    return {
      reason: "is incomplete or damaged",
      remedy: "give all of it, from BEGIN to END (line breaks may be written \\n)",
    };
  }
  if (!der) {
    return {
      reason: "is neither PEM nor a JWK",
      remedy: 'give all of it, from "-----BEGIN PRIVATE KEY-----" on (line breaks may be written \\n)',
    };
  }
  const kind = label === "RSA PRIVATE KEY" ? "RSA" : OIDS.find(([, oid]) => der.includes(oid))?.[0];
  return mismatch(alg, kind ?? "another kind");
}

/** Whether DER is as long as it says that it is. */
function isWhole(der) {
  const first = parseInt(der.slice(2, 4), 16);
  const digits = first < 128 ? 0 : 2 * (first - 128);
  const length = digits > 0 ? parseInt(der.slice(4, 4 + digits), 16) : first;
  return der.startsWith("30") && der.length === 4 + digits + 2 * length;
}

const BETTER = tableOf({ RSA: "RS256", "P-256": "ES256", "P-384": "ES384", "P-521": "ES512", Ed25519: "EdDSA" });

function mismatch(alg, kind) {
  if (wantedBy(alg) === kind) return null;
  const better = BETTER[kind];
  return {
    // What is of RSA-PSS by its own name no runtime but Node reads.
    reason: `is a key of ${kind}, which cannot sign with ${alg}`,
    remedy: better
      ? `write "alg": "${better}" in the profile's "assertion", or give a key of ${wantedBy(alg)}`
      : `give a key of ${wantedBy(alg)}`,
  };
}

function secretProblem(alg, text) {
  if (!text.startsWith("{")) {
    if (!text.includes("-----BEGIN ")) return null;
    return {
      reason: `is a PEM key, but ${alg} signs with a shared secret`,
      remedy: 'is "alg": "RS256" or "ES256" meant?',
    };
  }
  const jwk = read(text);
  if (!jwk || jwk.kty === "oct") return null;
  return { reason: "is not a JWK of a shared secret", remedy: 'give the secret itself, or a JWK with "kty": "oct"' };
}

function jwkProblem(alg, text) {
  const jwk = read(text);
  if (!jwk) {
    return { reason: "begins like a JWK but is not JSON", remedy: "give all of it, quoted for the shell" };
  }
  if (typeof jwk.private_key === "string" || typeof jwk.privateKey === "string") {
    return { reason: "is a file that contains a key, not the key", remedy: "give the value of its private key member" };
  }
  if (Array.isArray(jwk.keys)) return { reason: "is a set of keys", remedy: "give one of them" };
  const kind = jwk.kty === "EC" ? jwk.crv : jwk.kty;
  if (!["RSA", "EC", "OKP"].includes(jwk.kty)) {
    return { reason: "is a JWK of a type that cannot sign", remedy: `give a key of ${wantedBy(alg)}` };
  }
  if (jwk.d === undefined) return { reason: "is a public key", remedy: "give the private key that belongs to it" };
  return mismatch(alg, jwk.kty === "OKP" ? jwk.crv ?? "OKP" : kind);
}

function read(text) {
  try {
    const value = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What is between the lines of a PEM, as hexadecimal; `undefined` for what is no base64. */
function hexOf(text) {
  const [, block = text] = /-----BEGIN (?:RSA |EC )?PRIVATE KEY-----([^-]+)/.exec(text) ?? [];
  const base64 = block.replaceAll("\\n", "\n").replaceAll("\\r", "").replace(/-----[A-Z0-9 ]+-----|\s/g, "");
  try {
    const bytes = atob(base64);
    return bytes.length < 32
      ? undefined
      : Array.from(bytes, (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  } catch {
    return undefined;
  }
}
