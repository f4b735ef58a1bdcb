// Profiles whose JWT is the API's token: what is signed, judged by jose; no request anywhere; the whole life-cycle.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { join, resolve } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { decodeProtectedHeader, exportPKCS8, generateKeyPair, jwtVerify } from "jose";
import { root } from "../scripts/paths.mjs";
import { camelCase, profiles } from "../scripts/profiles.mjs";

const pkg = resolve(process.env.BEARERKIT_PKG ?? resolve(root, "pkg"));
const load = (name) => import(pathToFileURL(resolve(pkg, name)));
const { createClient } = await load("index.js");
const { buildTokenRequest } = await load("core.js");
const shipped = await load("providers.js");

const minted = profiles().filter(({ profile }) => profile.assertion?.use === "access_token");

/** What signs, and what jose verifies with. */
async function keyOf({ alg, key, encoding }, credentials) {
  if (alg === "HS256") return { verifying: Buffer.from(credentials[key] ?? key, encoding), credentials };
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { verifying: publicKey, credentials: { ...credentials, [key]: await exportPKCS8(privateKey) } };
}

const noFetch = () => assert.fail("a request was sent");
const rejected = (promise) => promise.then(() => assert.fail("it resolved"), (error) => error);

/** A client of a sample, and what judges its tokens. */
async function of({ file, samples }, options = {}, sample = samples[0]) {
  const { inputs, expect_jwt: expected } = sample;
  const { verifying, credentials } = await keyOf(expected, inputs.credentials);
  const client = createClient({
    provider: shipped[camelCase(file)],
    credentials,
    ...(inputs.config && { variables: inputs.config }),
    ...(inputs.scopes && { scope: inputs.scopes }),
    name: crypto.randomUUID(),
    fetch: noFetch,
    ...options,
  });
  return { client, verifying, expected };
}

test("there are some", () => assert.ok(minted.length >= 9));

for (const one of minted) {
  for (const [index, sample] of one.samples.entries()) {
    test(`${one.file}[${index}]: jose takes what is signed, and nothing was sent`, async () => {
      const { client, verifying, expected } = await of(one, {}, sample);
      const { value, expiresAt } = await client.token();
      const { lifetime } = one.profile.assertion;
      const { aud: audience, iss: issuer, sub: subject } = expected.claims;
      const { payload } = await jwtVerify(value, verifying, {
        algorithms: [expected.alg],
        maxTokenAge: lifetime,
        ...(audience && { audience }),
        ...(issuer && { issuer }),
        ...(subject && { subject }),
      });
      const { iat, exp, ...claims } = payload;
      for (const name of expected.fresh) delete claims[name];
      assert.deepEqual(claims, expected.claims);
      assert.deepEqual(decodeProtectedHeader(value), { alg: expected.alg, ...expected.header });
      const { backdate = 0 } = one.profile.assertion;
      if (expected.exp === undefined) assert.equal(exp, undefined);
      else assert.equal(exp - iat, lifetime + backdate);
      assert.ok(Math.abs(expiresAt.getTime() / 1000 - iat - backdate - lifetime) <= 2);
      client.close();
    });
  }
}

describe("the life-cycle", () => {
  const store = minted.find(({ file }) => file === "app-store-connect");

  test("a herd of 1,000 costs one signature", async (context) => {
    const sign = context.mock.method(crypto.subtle, "sign");
    const { client } = await of(store);
    const headers = await Promise.all(Array.from({ length: 1000 }, () => client.authorization()));
    assert.equal(new Set(headers).size, 1);
    assert.equal(sign.mock.callCount(), 1);
    assert.equal(client.explain().flight, "idle");
    client.close();
  });

  test("it is renewed ahead, in the background", async (context) => {
    const { client } = await of(store);
    const { value, renewAt } = await client.token();
    context.mock.timers.enable({ apis: ["Date"], now: renewAt.getTime() + 1 });
    assert.equal((await client.token()).value, value, "stale, and used");
    let renewed = value;
    // The clock that is mocked is another.
    const until = performance.now() + 5000;
    while (renewed === value && performance.now() < until) {
      await new Promise((next) => setImmediate(next));
      renewed = (await client.token()).value;
    }
    assert.notEqual(renewed, value);
    client.close();
  });

  test("a 401 renews it once, and that of a fresh one opens the gate", async (context) => {
    const sign = context.mock.method(crypto.subtle, "sign");
    const sent = [];
    const { client } = await of(store, {
      fetch: async (url, { headers }) => {
        sent.push([new URL(url).hostname, new Headers(headers).get("authorization")]);
        return await Promise.resolve(new Response(null, { status: 401 }));
      },
    });
    const url = "https://api.appstoreconnect.apple.com/v1/apps";
    assert.equal((await client.fetch(url)).status, 401);
    assert.equal((await client.fetch(url)).status, 401);
    assert.equal(sign.mock.callCount(), 2);
    assert.deepEqual([...new Set(sent.map(([host]) => host))], ["api.appstoreconnect.apple.com"]);
    client.close();
  });

  test("minValidity, origins, what has no request", async () => {
    const { client } = await of(store);
    const first = await client.token();
    assert.equal((await client.token({ minValidity: 600 })).value, first.value);
    assert.equal((await rejected(client.fetch("https://elsewhere.example/"))).code, "ERR_ORIGIN");
    for (const call of [client.revoke, client.introspect]) assert.equal((await rejected(call())).code, "ERR_OPTIONS");
    assert.equal((await client.token()).value, first.value);
    client.close();
  });

  test("the clock is not read by createClient", async (context) => {
    const { credentials } = await keyOf(store.samples[0].expect_jwt, store.samples[0].inputs.credentials);
    context.mock.method(Date, "now", () => assert.fail("the clock was read"));
    createClient({ provider: shipped.appStoreConnect, credentials, fetch: noFetch, name: crypto.randomUUID() }).close();
  });

  test("a key that cannot sign is told by createClient, and the client that there is works on", async () => {
    const broken = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0w\n-----END PRIVATE KEY-----\n";
    const { client } = await of(store);
    const credentials = { ...store.samples[0].inputs.credentials, private_key: broken };
    assert.throws(() => client.extend({ credentials }), (error) => {
      assert.equal(error.code, "ERR_OPTIONS");
      assert.match(error.message, /^credentials\.private_key: /);
      assert.ok(!error.stack.includes("MIGH"));
      return true;
    });
    await client.token();
    client.close();
  });

  test("a signer that fails is told, and the next call signs", async () => {
    let answer = () => Promise.reject(new Error("the KMS is away"));
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const { client } = await of(store, { patience: 5, sign: (request) => answer(request) });
    assert.match((await rejected(client.token())).message, /the signer failed: the KMS is away/);
    answer = ({ input }) => crypto.subtle.sign({ name: "ECDSA", hash: "SHA-256" }, privateKey, input);
    const { value } = await client.extend({ name: crypto.randomUUID() }).token();
    await jwtVerify(value, publicKey, { audience: "appstoreconnect-v1" });
    client.close();
  });

  test("the pure functions show what is signed, and have no request", async () => {
    const { now, expect_jwt: expected, inputs: { credentials: given } } = store.samples[0];
    const { credentials } = await keyOf(expected, given);
    const { sign, complete } = buildTokenRequest(
      { provider: shipped.appStoreConnect, credentials },
      now * 1000,
    );
    const claims = JSON.parse(Buffer.from(sign.input.split(".")[1], "base64url"));
    assert.deepEqual(claims, { ...expected.claims, iat: expected.iat, exp: expected.exp });
    assert.throws(() => complete(new Uint8Array(64)), /no token request is sent/);
  });
});

describe("the command", () => {
  const run = (...args) => {
    const { privateKey: pem } = generateKeyPairSync("ec", {
      namedCurve: "P-256",
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const env = { BEARERKIT_KEY_ID: "KEY1", BEARERKIT_ISSUER_ID: "ISSUER1", BEARERKIT_PRIVATE_KEY: pem, NO_COLOR: "1" };
    const { status, stdout, stderr } = spawnSync(process.execPath, [join(pkg, "cli.js"), ...args], {
      env: { PATH: process.env.PATH, ...env },
      encoding: "utf8",
    });
    assert.ok(!`${stdout}${stderr}`.includes("PRIVATE KEY-----"), "it shows no key");
    assert.equal(status, 0, stderr);
    return stdout;
  };

  test("check shows header and claims, and that nothing is sent", () => {
    for (const more of [[], ["--no-send"]]) {
      const said = run("check", "app-store-connect", ...more);
      assert.match(
        said,
        /curl https:\/\/api\.appstoreconnect\.apple\.com\/ \\\n {2}-H "authorization: Bearer \$ASSERTION"/,
      );
      assert.match(said, /No token request is sent: the JWT is the token\./);
      assert.match(said, /header \{"alg":"ES256","kid":"\$BEARERKIT_KEY_ID"/);
      assert.match(said, /claims \{"aud":"appstoreconnect-v1"/);
      assert.match(said, /Nothing was sent/);
    }
  });

  test("token and header print what is signed", () => {
    const [header, claims] = run("token", "app-store-connect").trim().split(".").slice(0, 2)
      .map((part) => JSON.parse(Buffer.from(part, "base64url")));
    assert.deepEqual([header.kid, claims.iss, claims.exp - claims.iat], ["KEY1", "ISSUER1", 960]);
    assert.match(run("header", "app-store-connect"), /^Authorization: Bearer ey[\w-]+\.ey[\w-]+\.[\w-]+\n$/i);
  });
});
