// Keys of every kind that a provider hands out, and the judge of what is signed with them: node:crypto, which knows nothing of us.
import { constants, createHmac, createPublicKey, generateKeyPairSync, randomBytes, verify } from "node:crypto";

const RSA = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"];
const CURVES = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" };

/**
 * `[{ name, alg, kind, key, encoding?, jwk, verifier }]`, all of it JSON: the key as a provider hands it out, the same as a JWK for
 * whoever imports it, and what `isSigned` wants. `kind` says what the client gets: the `key` itself, a `CryptoKey` or a `signer`
 * made of the JWK; one of these returns DER.
 */
export function signingKeys() {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const list = RSA.flatMap((alg) => ofPair(alg, rsa, ["pkcs8", "pkcs1"]));
  for (const [namedCurve, alg] of Object.entries(CURVES)) {
    const pair = generateKeyPairSync("ec", { namedCurve });
    list.push(...ofPair(alg, pair, ["pkcs8", "sec1"]), { ...given(alg, pair), kind: "signer of DER" });
  }
  const ed = generateKeyPairSync("ed25519");
  for (const alg of ["EdDSA", "Ed25519"]) list.push(...ofPair(alg, ed, ["pkcs8"]));
  for (const alg of ["HS256", "HS384", "HS512"]) list.push(...ofSecret(alg));
  return list.map((one) => ({ ...one, name: `${one.alg} by ${one.kind}` }));
}

function ofPair(alg, pair, types) {
  const texts = types.map((type) => ({ kind: type, key: pair.privateKey.export({ type, format: "pem" }) }));
  const [{ key }] = texts;
  const one = given(alg, pair);
  return [
    ...texts,
    { kind: "PEM on one line", key: key.replaceAll("\n", "\\n") },
    {
      kind: "PEM with a bag around it",
      key: `Bag Attributes\r\n  localKeyID: 01\r\n${key.replaceAll("\n", "\r\n  ")}`,
    },
    { kind: "JWK", key: JSON.stringify(one.jwk) },
    { kind: "CryptoKey" },
    { kind: "signer" },
  ].map((kind) => ({ ...one, ...kind }));
}

function given(alg, { privateKey, publicKey }) {
  return {
    alg,
    jwk: privateKey.export({ format: "jwk" }),
    verifier: publicKey.export({ format: "pem", type: "spki" }),
  };
}

function ofSecret(alg) {
  const bytes = randomBytes(64);
  const text = `${bytes.toString("base64url")}+ä`;
  const jwk = { kty: "oct", k: bytes.toString("base64url") };
  return [
    { kind: "secret", key: text, verifier: Buffer.from(text).toString("hex") },
    ...["hex", "base64", "base64url"].map((encoding) => ({ kind: encoding, key: bytes.toString(encoding), encoding })),
    { kind: "JWK", key: JSON.stringify(jwk) },
    { kind: "CryptoKey" },
    { kind: "signer" },
  ].map((kind) => ({ alg, jwk, verifier: bytes.toString("hex"), ...kind }));
}

/** Whether a JWT was signed with that key and that algorithm. */
export function isSigned({ alg, verifier }, jwt) {
  const [header, claims, signature] = jwt.split(".");
  if (JSON.parse(Buffer.from(header, "base64url")).alg !== alg) return false;
  const bytes = Buffer.from(signature, "base64url");
  const signed = Buffer.from(`${header}.${claims}`);
  const hash = alg.startsWith("Ed") ? null : `sha${alg.slice(2)}`;
  if (alg.startsWith("HS")) {
    return createHmac(hash, Buffer.from(verifier, "hex")).update(signed).digest().equals(bytes);
  }
  const padding = alg.startsWith("PS")
    ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: alg.slice(2) / 8 }
    : {};
  return verify(hash, signed, { key: createPublicKey(verifier), dsaEncoding: "ieee-p1363", ...padding }, bytes);
}
