// Signs with keys of every kind. What comes of it is judged by node:crypto, in run.mjs.
import { createClient } from "bearerkit";
import { keys } from "./vectors.mjs";

const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };

/** The JWT of each key, or what went wrong: `[{ jwt } | { error }]`. */
export async function signatures() {
  const made = [];
  for (const one of keys) made.push(await jwtOf(one).then((jwt) => ({ jwt }), (error) => ({ error: String(error) })));
  return made;
}

async function jwtOf({ name, alg, kind, key, encoding, jwk }) {
  let jwt;
  const own = kind === "CryptoKey" ? await imported(alg, jwk) : key;
  const client = createClient({
    provider: {
      token_endpoint: "https://as.example/token",
      token_endpoint_auth_method: "private_key_jwt",
      assertion: { alg, ...(encoding && { key_encoding: encoding }), header: { kid: "the key" } },
    },
    name: `${name} ${crypto.randomUUID()}`,
    credentials: { client_id: "app", ...(own && { private_key: own }) },
    ...(kind.startsWith("signer") && { sign: signerOf(alg, jwk, kind === "signer of DER") }),
    async fetch(_, { body }) {
      jwt = new URLSearchParams(body).get("client_assertion");
      return Response.json({ access_token: "t", expires_in: 60 });
    },
  });
  await client.token();
  client.close();
  return jwt;
}

/** A service that has the key, as far as the client sees. */
function signerOf(own, jwk, isDer) {
  return async ({ alg, kid, input }) => {
    if (alg !== own || kid !== "the key") throw new Error(`asked for ${alg} by ${kid}`);
    const signature = await crypto.subtle.sign(parameters(alg), await imported(alg, jwk), input);
    return isDer ? inDer(new Uint8Array(signature)) : signature;
  };
}

function parameters(alg) {
  const hash = `SHA-${alg.slice(2)}`;
  if (alg.startsWith("Ed")) return { name: "Ed25519" };
  if (alg.startsWith("HS")) return { name: "HMAC", hash };
  if (alg.startsWith("ES")) return { name: "ECDSA", hash, namedCurve: CURVES[alg] };
  const isPss = alg.startsWith("PS");
  return { name: isPss ? "RSA-PSS" : "RSASSA-PKCS1-v1_5", hash, saltLength: alg.slice(2) / 8 };
}

function imported(alg, jwk) {
  return crypto.subtle.importKey("jwk", { ...jwk, alg: undefined }, parameters(alg), false, ["sign"]);
}

/** As most key services return it: two integers, without zeros before them but for the sign. */
function inDer(signature) {
  const half = signature.length / 2;
  const integers = [signature.subarray(0, half), signature.subarray(half)].flatMap((number) => {
    const digits = [...number].slice(number.findIndex((digit) => digit > 0));
    return element(2, digits[0] > 127 ? [0, ...digits] : digits);
  });
  return Uint8Array.from(element(48, integers));
}

const element = (tag, content) => [tag, ...(content.length > 127 ? [129] : []), content.length, ...content];
