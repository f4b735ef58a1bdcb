// A real authorization server, oidc-provider, and clients that authenticate by nothing but assertions, at each of its endpoints.
import assert from "node:assert/strict";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import Provider from "oidc-provider";
import { createClient } from "../pkg/index.js";

const SECRET = randomBytes(64).toString("base64url");
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = (namedCurve) => generateKeyPairSync("ec", { namedCurve });
const ed = generateKeyPairSync("ed25519");
/** What oidc-provider knows: RS256 and PS256 are in oidc.test.mjs. */
const PAIRS = {
  RS384: rsa,
  RS512: rsa,
  PS384: rsa,
  PS512: rsa,
  ES256: ec("P-256"),
  ES384: ec("P-384"),
  ES512: ec("P-521"),
  EdDSA: ed,
  Ed25519: ed,
};
const ALGORITHMS = Object.keys(PAIRS);

const servers = [];
after(() => servers.forEach((server) => server.close() && server.closeAllConnections()));

/** A server, and the audiences of the assertions that came: `{ origin, audiences }`. */
async function serverWith(features) {
  const server = createServer();
  servers.push(server);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${server.address().port}`;
  const machine = (client_id, further) => ({
    client_id,
    grant_types: ["client_credentials"],
    redirect_uris: [],
    response_types: [],
    ...further,
  });
  const clients = Object.entries(PAIRS).map(([alg, { publicKey }]) =>
    machine(alg, {
      token_endpoint_auth_method: "private_key_jwt",
      token_endpoint_auth_signing_alg: alg,
      jwks: { keys: [{ ...publicKey.export({ format: "jwk" }), alg, use: "sig" }] },
    })
  );
  const isFapi = features.fapi !== undefined;
  if (!isFapi) {
    clients.push(machine("secret", {
      client_secret: SECRET,
      token_endpoint_auth_method: "client_secret_jwt",
      token_endpoint_auth_signing_alg: "HS256",
    }));
  }
  const provider = new Provider(origin, {
    clients,
    clientAuthMethods: isFapi ? ["private_key_jwt"] : ["private_key_jwt", "client_secret_jwt"],
    enabledJWA: { clientAuthSigningAlgValues: isFapi ? ALGORITHMS : [...ALGORITHMS, "HS256"] },
    cookies: { keys: [randomBytes(32).toString("hex")] },
    jwks: { keys: [{ ...rsa.privateKey.export({ format: "jwk" }), use: "sig" }] },
    ttl: { ClientCredentials: 600 },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
      revocation: { enabled: true },
      ...features,
    },
  });
  const audiences = [];
  provider.use(async (ctx, next) => {
    await next();
    const { client_assertion: jwt } = ctx.oidc?.params ?? ctx.oidc?.body ?? {};
    if (jwt) audiences.push(JSON.parse(Buffer.from(jwt.split(".")[1], "base64url")).aud);
  });
  // What is used after this is not heard.
  server.on("request", provider.callback());
  return { origin, audiences };
}

const pem = (alg) => PAIRS[alg].privateKey.export({ type: "pkcs8", format: "pem" });

const clientOf = (alg, provider, further) =>
  createClient({
    provider,
    credentials: { client_id: alg, private_key: pem(alg) },
    allowInsecure: true,
    name: crypto.randomUUID(),
    patience: 0,
    ...further,
  });

describe("as it is by default", () => {
  let origin, audiences;
  before(async () => ({ origin, audiences } = await serverWith({})));

  for (const alg of ALGORITHMS) {
    test(`${alg}, at the token endpoint, at introspection and at revocation`, async () => {
      const client = clientOf(alg, {
        token_endpoint: `${origin}/token`,
        introspection_endpoint: `${origin}/token/introspection`,
        revocation_endpoint: `${origin}/token/revocation`,
        token_endpoint_auth_method: "private_key_jwt",
        assertion: { alg },
      });
      audiences.length = 0;
      const { value } = await client.token();
      assert.equal((await client.introspect()).active, true);
      await client.revoke();
      assert.deepEqual(await client.introspect(value), { active: false });
      const [token, introspection] = ["/token", "/token/introspection"].map((path) => origin + path);
      assert.deepEqual(audiences, [token, introspection, `${origin}/token/revocation`, introspection]);
    });
  }

  test("by its issuer alone: one audience for all endpoints, the issuer", async () => {
    for (const alg of ["ES256", "ES384", "ES512", "EdDSA", "PS384"]) {
      // The server lists what any of its clients may use, and this one is tied to PS384.
      const assertion = alg === "PS384" ? { assertion: { alg }, token_endpoint_auth_method: "private_key_jwt" } : {};
      const client = clientOf(alg, { issuer: origin, ...assertion });
      audiences.length = 0;
      const { value } = await client.token();
      assert.equal((await client.introspect(value)).active, true);
      await client.revoke();
      assert.deepEqual(audiences, [origin, origin, origin], alg);
    }
  });

  test("a secret signs at each endpoint too", async () => {
    const client = createClient({
      provider: { issuer: origin, token_endpoint_auth_method: "client_secret_jwt" },
      credentials: { client_id: "secret", client_secret: SECRET },
      allowInsecure: true,
    });
    assert.equal((await client.introspect()).active, true);
    await client.revoke();
  });

  test("a signer in another place, whose signatures are DER, serves at each endpoint", async () => {
    const { sign } = await import("node:crypto");
    let signed = 0;
    const client = createClient({
      provider: { issuer: origin, assertion: { alg: "ES384" }, token_endpoint_auth_method: "private_key_jwt" },
      credentials: { client_id: "ES384" },
      sign({ input }) {
        signed += 1;
        return sign("sha384", input, PAIRS.ES384.privateKey);
      },
      allowInsecure: true,
    });
    assert.equal((await client.introspect()).active, true);
    await client.revoke();
    assert.equal(signed, 3);
  });

  test("a signer that fails at another endpoint fails that call alone", async () => {
    const { sign } = await import("node:crypto");
    let isDown = false;
    const client = createClient({
      provider: { issuer: origin, assertion: { alg: "ES256" }, token_endpoint_auth_method: "private_key_jwt" },
      credentials: { client_id: "ES256" },
      sign({ input }) {
        if (isDown) throw new Error("the key service is down");
        return sign("sha256", input, { key: PAIRS.ES256.privateKey, dsaEncoding: "ieee-p1363" });
      },
      allowInsecure: true,
    });
    await client.token();
    isDown = true;
    const message = "credentials: the signer failed: the key service is down";
    await assert.rejects(client.introspect(), { code: "ERR_OPTIONS", message });
    await assert.rejects(client.revoke(), { code: "ERR_OPTIONS", message });
    isDown = false;
    assert.equal((await client.introspect()).active, true);
    await client.revoke();
  });
});

describe("with the profile FAPI 2.0", () => {
  let origin;
  before(async () => ({ origin } = await serverWith({ fapi: { enabled: true, profile: "2.0" } })));

  test("the issuer is the audience, and that is what it accepts", async () => {
    for (const alg of ["ES256", "EdDSA", "PS384"]) {
      const client = clientOf(alg, {
        issuer: origin,
        token_endpoint_auth_method: "private_key_jwt",
        assertion: { alg },
      });
      assert.equal((await client.token()).tokenType, "Bearer", alg);
      assert.equal((await client.introspect()).active, true);
    }
  });

  test("the token endpoint as the audience is what it refuses", async () => {
    const client = clientOf("ES256", {
      issuer: origin,
      token_endpoint_auth_method: "private_key_jwt",
      assertion: { alg: "ES256", claims: { aud: "{token_endpoint}" } },
    });
    await assert.rejects(client.token(), { code: "ERR_REFUSED", status: 401, error: "invalid_client" });
  });
});
