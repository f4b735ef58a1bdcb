// Keys that cannot serve, keys that are objects, and signers that do what they should not.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign, verify } from "node:crypto";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { createClient } from "../pkg/index.js";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = (namedCurve) => generateKeyPairSync("ec", { namedCurve });
const p256 = ec("P-256");
const p384 = ec("P-384");
const ed = generateKeyPairSync("ed25519");
const exported = (pair, type, more) => pair.privateKey.export({ type, format: "pem", ...more });
const cipher = { cipher: "aes-256-cbc", passphrase: "p" };
const lines = (pem) => pem.split("\n").filter((line) => line.length > 20 && !line.startsWith("-----"));

function optionsOf(alg, private_key, further = {}) {
  const jwts = [];
  const options = {
    provider: {
      token_endpoint: "https://as.example/token",
      token_endpoint_auth_method: "private_key_jwt",
      assertion: { alg },
    },
    credentials: { client_id: "app", private_key },
    fetch(_, { body }) {
      jwts.push(new URLSearchParams(body).get("client_assertion"));
      return Promise.resolve(Response.json({ access_token: `token-${jwts.length}`, expires_in: 3600 }));
    },
    patience: 0,
    ...further,
  };
  return { options, jwts };
}

/** An error and all that anyone may print of it hold nothing of the key. */
function assertBare(error, ...secrets) {
  const shown = [error.message, error.stack, inspect(error, { depth: 9, showHidden: true }), JSON.stringify(error)];
  for (const secret of secrets) assert.ok(!shown.join().includes(secret), shown[0]);
}

describe("a key that cannot serve is told by createClient", () => {
  const whole = exported(p256, "pkcs8");
  const damaged = whole.replace(/\n(.{30})..../, "\n$1");
  const sec1 = exported(ec("secp256k1"), "sec1");
  for (
    const [what, alg, key, said] of [
      ["encrypted", "RS256", exported(rsa, "pkcs8", cipher), /is encrypted; decrypt it using `openssl pkey -in/],
      [
        "encrypted, PKCS#1",
        "RS256",
        exported(rsa, "pkcs1", cipher),
        /is encrypted; decrypt it using `openssl pkey -in/,
      ],
      ["cut off", "RS256", exported(rsa, "pkcs8").slice(0, 900), /is incomplete or damaged/],
      ["a line is missing", "RS256", exported(rsa, "pkcs1").replace(/\n.{64}\n/, "\n"), /is incomplete or damaged/],
      ["characters are missing", "ES256", damaged, /is incomplete or damaged/],
      ["PKCS#8 called PKCS#1", "RS256", exported(rsa, "pkcs8").replaceAll("PRIVATE", "RSA PRIVATE"), /incomplete or/],
      ["another curve", "ES256", exported(p384, "sec1"), /is a key of type P-384, but ES256 needs one of type P-256/],
      ["a curve nobody signs with", "ES256", sec1, /is a key of type secp256k1, but ES256/],
      ["RSA for EdDSA", "EdDSA", exported(rsa, "pkcs1"), /is a key of type RSA, but EdDSA needs one of type Ed25519/],
      ["a public key", "RS256", rsa.publicKey.export({ type: "spki", format: "pem" }), /is a public key/],
      ["a public JWK", "ES256", p256.publicKey.export({ format: "jwk" }), /is a JWK without its private part/],
      ["a JWK of another curve", "ES256", p384.privateKey.export({ format: "jwk" }), /is a JWK of the wrong type/],
    ]
  ) {
    test(what, () => {
      const { options } = optionsOf(alg, key);
      assert.throws(() => createClient(options), (error) => {
        assert.equal(error.code, "ERR_OPTIONS");
        assert.match(error.message, /^credentials\.private_key: /);
        assert.match(error.message, said);
        assertBare(error, ...(typeof key === "string" ? lines(key) : [key.x, key.d ?? key.x]));
        return true;
      });
    });
  }

  test("and at a credentials function, which is asked again", async () => {
    const keys = [exported(rsa, "pkcs8", cipher), exported(rsa, "pkcs1")];
    const { options, jwts } = optionsOf("RS256");
    let asked = 0;
    const client = createClient({
      ...options,
      credentials: () => ({ client_id: "app", private_key: keys[asked++ ? 1 : 0] }),
    });
    await assert.rejects(client.token(), (error) => {
      assert.equal(error.code, "ERR_CREDENTIALS");
      assert.match(error.message, /credentials\.private_key: is encrypted/);
      assertBare(error, ...lines(keys[0]));
      return true;
    });
    assert.equal(jwts.length, 0);
  });
});

describe("a CryptoKey", () => {
  const imported = (alg = { name: "ECDSA", namedCurve: "P-256" }, pair = p256, usages = ["sign"]) =>
    crypto.subtle.importKey("jwk", pair.privateKey.export({ format: "jwk" }), alg, false, usages);

  test("is compared as the object that it is", async () => {
    const [one, other] = [await imported(), await imported()];
    const { options, jwts } = optionsOf("ES256", one);
    const first = createClient(options);
    assert.equal((await first.token()).value, "token-1");
    assert.equal((await createClient(options).token()).value, "token-1", "the same key");
    const { options: others } = optionsOf("ES256", other);
    const second = createClient({ ...others, fetch: options.fetch });
    assert.equal((await second.token()).value, "token-2", "another import of it");
    assert.equal((await first.extend({ scope: "a" }).token()).value, "token-3");
    for (const jwt of jwts) assertSigned("sha256", p256, jwt);
  });

  test("may come from a credentials function, a new one each time", async () => {
    const { options, jwts } = optionsOf("ES256");
    const client = createClient({
      ...options,
      credentials: async () => ({ client_id: "app", private_key: await imported() }),
    });
    for (let times = 1; times <= 3; times += 1) {
      assert.equal((await client.token()).value, `token-${times}`);
      client.invalidate();
    }
    for (const jwt of jwts) assertSigned("sha256", p256, jwt);
  });

  test("that cannot serve is told", async () => {
    const verifying = await crypto.subtle.importKey(
      "jwk",
      p256.publicKey.export({ format: "jwk" }),
      { name: "ECDSA", namedCurve: "P-256" },
      true,
      ["verify"],
    );
    const of256 = await imported({ name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" }, rsa);
    for (
      const [alg, key, said] of [
        ["ES256", verifying, 'credentials.private_key: is a CryptoKey without the usage "sign"'],
        ["ES384", await imported(), "credentials.private_key: is a JWK of the wrong type for its algorithm"],
        ["RS384", of256, "credentials.private_key: is a JWK of the wrong type for its algorithm"],
        ["PS256", of256, "credentials.private_key: is a JWK of the wrong type for its algorithm"],
      ]
    ) {
      assert.throws(() => createClient(optionsOf(alg, key).options), { code: "ERR_OPTIONS", message: said });
    }
  });
});

describe("a signer", () => {
  const es256 = ({ input }) => sign("sha256", input, p256.privateKey);

  test("is compared as a credentials function is: by its name, or by itself", async () => {
    const { options, jwts } = optionsOf("ES256", undefined, { sign: (request) => es256(request) });
    assert.equal((await createClient(options).token()).value, "token-1");
    assert.equal((await createClient(options).token()).value, "token-1");
    const another = { ...options, sign: (request) => es256(request) };
    assert.equal((await createClient(another).token()).value, "token-2");
    const named = (sign) => createClient({ ...options, name: "the signer", sign });
    assert.equal((await named((request) => es256(request)).token()).value, "token-3");
    assert.equal((await named((request) => es256(request)).token()).value, "token-3");
    assert.equal((await createClient(options).extend({ scope: "a" }).token()).value, "token-4");
    for (const jwt of jwts) assertSigned("sha256", p256, jwt);
  });

  test("is no function", () => {
    for (const wrong of [null, "sign", {}]) {
      assert.throws(() => createClient(optionsOf("ES256", undefined, { sign: wrong }).options), {
        code: "ERR_OPTIONS",
        message: "sign: expected a function",
      });
    }
  });

  const SECRET = "MHcCAQEEIKey+material/of=the==signer";
  for (
    const [what, wrong, said] of [
      ["throws", () => {
        throw new Error(`no access to ${SECRET}`);
      }, /^credentials: the signer failed: no access to/],
      ["rejects", () => Promise.reject(new Error(`denied: ${SECRET}`)), /^credentials: the signer failed: denied:/],
      ["throws nothing", () => Promise.reject(), /^credentials: the signer failed: it threw nothing/],
      ["hangs", () => new Promise(() => {}), /^credentials: the signer failed: no answer within 0\.2 s/],
      ["returns nothing", () => undefined, /^credentials: the signer failed: it returned no bytes/],
      ["returns text", () => SECRET, /^credentials: the signer failed: it returned no bytes/],
      ["returns too little", () => new Uint8Array(63), /the signer failed: it returned 63 bytes, where ES256 has 64/],
      ["returns half of DER", (request) => es256(request).subarray(0, 50), /it returned 50 bytes, where ES256 has 64/],
      ["returns DER of another curve", () => sign("sha384", "x", p384.privateKey), /bytes, where ES256 has 64/],
    ]
  ) {
    test(`that ${what}: one clear error, and the next call works`, async () => {
      let isGood = false;
      const { options, jwts } = optionsOf("ES256", undefined, {
        timeout: 0.2,
        sign: (request) => isGood ? es256(request) : wrong(request),
      });
      let client = createClient(options);
      const error = await client.token().then(() => assert.fail("there is a token"), (error) => error);
      assert.equal(error.code, "ERR_OPTIONS");
      assert.match(error.message, said);
      assertBare(error, SECRET);
      assert.equal(jwts.length, 0, "nothing was sent");
      isGood = true;
      // What may pass is tried again after a second at most; a mistake of its code, by a client whose code is another.
      if (!/bytes/.test(error.message)) await sleep(1000);
      else client = createClient({ ...options, sign: (request) => es256(request) });
      assert.equal((await client.token()).value, "token-1");
      assertSigned("sha256", p256, jwts[0]);
    });
  }

  test("that fails for a moment is asked again within the patience of the call", async () => {
    let asked = 0;
    const { options } = optionsOf("ES256", undefined, {
      patience: 10,
      sign(request) {
        asked += 1;
        if (asked < 3) throw new Error("the key service is busy");
        return es256(request);
      },
    });
    assert.equal((await createClient(options).token()).value, "token-1");
    assert.equal(asked, 3);
  });

  test("whose DER has short and long numbers: each is what JOSE wants", async () => {
    for (
      const [alg, hash, pair] of [["ES256", "sha256", p256], ["ES384", "sha384", p384], [
        "ES512",
        "sha512",
        ec("P-521"),
      ]]
    ) {
      const { options, jwts } = optionsOf(alg, undefined, { sign: ({ input }) => sign(hash, input, pair.privateKey) });
      const client = createClient(options);
      // One of 256 has a number that begins with a zero.
      for (let times = 0; times < 700; times += 1) {
        await client.token();
        client.invalidate();
      }
      for (const jwt of jwts) assertSigned(hash, pair, jwt);
    }
  });

  test("EdDSA and RSA", async () => {
    for (const [alg, hash, pair] of [["EdDSA", null, ed], ["RS384", "sha384", rsa]]) {
      const { options, jwts } = optionsOf(alg, undefined, {
        // As an ArrayBuffer, and as a view of a part of one.
        sign({ input }) {
          const signature = sign(hash, input, pair.privateKey);
          return alg === "EdDSA"
            ? Uint8Array.from(signature).buffer
            : Buffer.concat([signature, signature]).subarray(signature.length);
        },
      });
      await createClient(options).token();
      assertSigned(hash, pair, jwts[0]);
    }
  });
});

function assertSigned(hash, { publicKey }, jwt) {
  const [header, claims, signature] = jwt.split(".");
  const bytes = Buffer.from(signature, "base64url");
  const key = { key: publicKey, dsaEncoding: "ieee-p1363" };
  assert.ok(verify(hash, Buffer.from(`${header}.${claims}`), key, bytes), header);
}
