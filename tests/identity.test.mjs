// bearerkit/identity, and federation by the shipped profiles: the identity of a platform in the place of a secret, judged by jose.
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import process from "node:process";
import { after, afterEach, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { exportJWK, generateKeyPair, jwtVerify, SignJWT } from "jose";
import { root } from "../scripts/paths.mjs";

const pkg = resolve(process.env.BEARERKIT_PKG ?? resolve(root, "pkg"));
const load = (name) => import(pathToFileURL(resolve(pkg, name)));
const { createClient } = await load("index.js");
const { file, githubActions, variable, vercel } = await load("identity.js");
const providers = await load("providers.js");

const AUDIENCE = "https://api.example/v1?a=b&c";
const CONTEXT = Symbol.for("@vercel/request-context");
const ownFetch = globalThis.fetch;
const { privateKey, publicKey } = await generateKeyPair("RS256");
let serial = 0;

/** A JWT of a platform, each another one. */
const identity = (claims = {}, expires = "5m") =>
  new SignJWT({ sub: "workload", ...claims }).setProtectedHeader({ alg: "RS256", kid: "1" }).setIssuer(
    "https://id.example",
  )
    .setIssuedAt().setExpirationTime(expires).setJti(String(serial += 1)).sign(privateKey);
const verified = async (jwt, options) =>
  (await jwtVerify(jwt, publicKey, { issuer: "https://id.example", ...options })).payload;
const rejected = (promise) => promise.then(() => assert.fail("it resolved"), (error) => error);

const set = [];
function environment(values) {
  for (const [name, value] of Object.entries(values)) {
    set.push(name);
    process.env[name] = value;
  }
}
afterEach(() => {
  globalThis.fetch = ownFetch;
  delete globalThis[CONTEXT];
  for (const name of set.splice(0)) delete process.env[name];
});

describe("vercel", () => {
  test("the request's own identity goes before that of the environment", async () => {
    const [own, build] = [await identity(), await identity()];
    environment({ VERCEL_OIDC_TOKEN: build });
    assert.equal(await vercel(), build);
    globalThis[CONTEXT] = { get: () => ({ headers: { "x-vercel-oidc-token": own } }) };
    assert.equal(await vercel(), own);
  });

  test("an audience costs one exchange, which keeps nothing", async () => {
    environment({ VERCEL_OIDC_TOKEN: await identity() });
    const sent = [];
    globalThis.fetch = async (url, init) => {
      sent.push({ url, method: init.method, body: JSON.parse(init.body) });
      return Response.json({ token: await identity({ aud: JSON.parse(init.body).aud }), expiry: 1 });
    };
    for (let calls = 1; calls <= 2; calls += 1) {
      await verified(await vercel({ audience: AUDIENCE }), { audience: AUDIENCE });
      assert.equal(sent.length, calls);
    }
    assert.deepEqual(sent[0], {
      url: "https://oidc.vercel.com/~token",
      method: "POST",
      body: { token: process.env.VERCEL_OIDC_TOKEN, aud: AUDIENCE },
    });
  });

  test("elsewhere it says what to do", async () => {
    assert.match((await rejected(vercel())).message, /OIDC on in the settings of the project/);
  });
});

describe("githubActions", () => {
  test("asks the job's endpoint, with the audience in the URL that it has", async () => {
    environment({
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://run.actions.example/token?api-version=2.0",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "request-s3cret",
    });
    let sent;
    globalThis.fetch = async (url, { headers }) => {
      sent = { url, headers };
      return Response.json({ value: await identity({ aud: new URL(url).searchParams.get("audience") }) });
    };
    await verified(await githubActions({ audience: AUDIENCE }), { audience: AUDIENCE });
    assert.equal(
      sent.url,
      `https://run.actions.example/token?api-version=2.0&audience=${encodeURIComponent(AUDIENCE)}`,
    );
    assert.equal(sent.headers.authorization, "Bearer request-s3cret");
    await githubActions();
    assert.equal(sent.url, "https://run.actions.example/token?api-version=2.0");
  });

  test("without the permission it says which", async () => {
    assert.match((await rejected(githubActions({ audience: "x" }))).message, /permissions: id-token: write/);
  });

  for (
    const [what, answer, told] of [
      [
        "a page",
        () => new Response("<html>s3cret</html>"),
        "githubActions: no JSON answer from run.example, status 200",
      ],
      [
        "a refusal",
        () => Response.json({ message: "s3cret" }, { status: 403 }),
        "githubActions: run.example answered 403",
      ],
      ["no token", () => Response.json({ count: 1 }), "githubActions: what came is not a JWT"],
      ["a page for a token", () => Response.json({ value: "<html>s3cret" }), "githubActions: what came is not a JWT"],
      ["null", () => Response.json(null), "githubActions: what came is not a JWT"],
      [
        "nothing",
        () => Promise.reject(new TypeError("fetch failed s3cret")),
        "githubActions: no JSON answer from run.example",
      ],
    ]
  ) {
    test(`${what} in the place of an identity`, async () => {
      environment({ ACTIONS_ID_TOKEN_REQUEST_URL: "https://run.example/t", ACTIONS_ID_TOKEN_REQUEST_TOKEN: "s3cret" });
      globalThis.fetch = async () => await answer();
      assert.equal((await rejected(githubActions())).message, told);
    });
  }
});

describe("file and variable", () => {
  let folder;
  before(() => folder = mkdtempSync(join(tmpdir(), "bearerkit-identity-")));
  after(() => rmSync(folder, { recursive: true }));

  test("a file is read each time, without its line break", async () => {
    const path = join(folder, "token");
    for (let round = 0; round < 2; round += 1) {
      const token = await identity();
      writeFileSync(path, `${token}\n`);
      assert.equal(await file(path), token);
    }
    assert.match((await rejected(file(join(folder, "none")))).message, /none cannot be read: ENOENT$/);
    writeFileSync(path, "<html>s3cret");
    assert.equal((await rejected(file(path))).message, "file: what came is not a JWT");
  });

  test("a variable", async () => {
    const token = await identity();
    environment({ API_ID_TOKEN: token, BROKEN: "s3cret" });
    assert.equal(variable("API_ID_TOKEN"), token);
    assert.throws(() => variable("NOT_THERE"), { message: "variable: NOT_THERE is not set" });
    assert.throws(() => variable("BROKEN"), { message: "variable: what came is not a JWT" });
  });
});

describe("a client with an identity", () => {
  const wif = (credentials, options = {}) =>
    createClient({
      provider: providers.openrouterWorkloadIdentity,
      variables: { federation_policy_id: "4b2f7d1e" },
      name: crypto.randomUUID(),
      patience: 0,
      credentials,
      ...options,
    });
  const exchange = (check = verified) => {
    const sent = [];
    const fetch = async (_, { body }) => {
      const parameters = new URLSearchParams(body);
      sent.push(parameters.get("subject_token"));
      try {
        await check(parameters.get("subject_token"));
      } catch {
        return Response.json({ error: "invalid_grant" }, { status: 400 });
      }
      return Response.json({ access_token: `at-${sent.length}`, token_type: "Bearer", expires_in: 900 });
    };
    return { sent, fetch };
  };

  test("it is asked for at each token request, and rotation in mid-life is seen", async () => {
    const { sent, fetch } = exchange();
    const client = wif(async () => ({ subject_token: await identity() }), { fetch });
    for (let round = 1; round <= 3; round += 1) {
      assert.equal((await client.token()).value, `at-${round}`);
      assert.equal((await client.token()).value, `at-${round}`);
      client.invalidate();
    }
    assert.equal(new Set(sent).size, 3);
    client.close();
  });

  test("a refused identity costs one token request, not one for each call, though each call has another identity", async () => {
    const { sent, fetch } = exchange(() => Promise.reject(new Error("not trusted")));
    const client = wif(async () => ({ subject_token: await identity() }), { fetch });
    for (let call = 0; call < 10; call += 1) assert.equal((await rejected(client.token())).code, "ERR_REFUSED");
    assert.equal(sent.length, 1);
    client.close();
  });

  test("one that has expired is told, and a new one serves the next call", async () => {
    const { sent, fetch } = exchange();
    const tokens = [await identity({}, Math.floor(Date.now() / 1000) - 60), await identity()];
    const client = wif(() => ({ subject_token: tokens[0] }), { fetch });
    const error = await rejected(client.token());
    assert.match(error.message, /the JWT in credentials\.subject_token has expired$/);
    assert.ok(!error.stack.includes(tokens[0]));
    tokens.shift();
    assert.equal((await client.token()).value, "at-2");
    assert.equal(sent.length, 2);
    client.close();
  });

  for (
    const [what, credentials, told] of [
      ["throws", () => {
        throw new Error("the platform is away");
      }, /^the credentials function failed: the platform is away/],
      ["rejects", () => Promise.reject(new Error("the platform is away")), /the platform is away/],
      ["hangs", () => new Promise(() => {}), /no answer within 0.1 s/],
      [
        "returns HTML",
        () => ({ subject_token: "<!doctype html><p>s3cret" }),
        /credentials\.subject_token: is not a JWT/,
      ],
      ["returns an object", () => ({ subject_token: { value: "s3cret" } }), /credentials\.subject_token: is not a JWT/],
      ["returns nothing", () => undefined, /it returned nothing/],
      ["returns an empty one", () => ({ subject_token: "" }), /credentials\.subject_token: is empty/],
    ]
  ) {
    test(`a function that ${what}: one clear error, and the next call works`, async () => {
      const { sent, fetch } = exchange();
      let answer = credentials;
      const client = wif(() => answer(), { fetch, timeout: what === "hangs" ? 0.1 : 5 });
      const error = await rejected(client.token());
      assert.equal(error.code, "ERR_CREDENTIALS", error.stack);
      assert.match(error.message, told);
      assert.ok(!`${error.stack}${JSON.stringify(client.explain())}`.includes("s3cret"), error.stack);
      assert.deepEqual(sent, []);
      const good = await identity();
      answer = () => ({ subject_token: good });
      client.invalidate();
      assert.equal((await nextToken(client)).value, "at-1");
      client.close();
    });
  }

  /** After the cooldown of the failure; that of a mistake is half a minute, and a client with another name has none. */
  async function nextToken(client) {
    const wait = client.explain().nextRequestAt - Date.now();
    if (wait > 1500) return await client.extend({ name: crypto.randomUUID(), timeout: 5 }).token();
    await new Promise((resolve) => setTimeout(resolve, wait + 5));
    return await client.token();
  }
});

test("introspection and revocation show an identity of their own", async () => {
  const shown = [];
  const client = createClient({
    provider: {
      token_endpoint: "https://as.example/token",
      introspection_endpoint: "https://as.example/introspect",
      revocation_endpoint: "https://as.example/revoke",
      token_endpoint_auth_method: "private_key_jwt",
      assertion: { token: "{identity_token}" },
    },
    name: crypto.randomUUID(),
    credentials: async () => ({ client_id: "app", identity_token: await identity() }),
    fetch: async (url, { body }) => {
      const { pathname } = new URL(url);
      const jwt = new URLSearchParams(body).get("client_assertion");
      shown.push([pathname, (await verified(jwt)).jti]);
      return Response.json(pathname === "/introspect" ? { active: true } : { access_token: "a", expires_in: 900 });
    },
  });
  await client.token();
  assert.equal((await client.introspect()).active, true);
  await client.revoke();
  assert.deepEqual(shown.map(([pathname]) => pathname), ["/token", "/introspect", "/revoke"]);
  assert.equal(new Set(shown.map(([, id]) => id)).size, 3);
  client.close();
});

describe("what nobody imports nobody loads", () => {
  test("no file of the package but its own names bearerkit/identity", () => {
    const files = readdirSync(pkg, { recursive: true }).map(String).filter((name) => /\.js$/.test(name));
    assert.ok(files.includes("identity.js") && files.includes(join("cjs", "identity.js")));
    const own = ["identity.js", join("cjs", "identity.js")];
    const named = (name) =>
      [...readFileSync(join(pkg, name), "utf8").matchAll(/["'](\.{1,2}\/[^"']*)["']/g)]
        .map(([, from]) => join(dirname(name), from));
    const others = files.filter((name) => !own.includes(name) && named(name).some((from) => own.includes(from)));
    assert.deepEqual(others, []);
  });

  test("and it loads nothing itself", async () => {
    assert.doesNotMatch(readFileSync(join(pkg, "identity.js"), "utf8"), /^import /m);
    const required = createRequire(import.meta.url)(resolve(pkg, "cjs", "identity.js"));
    assert.deepEqual(Object.keys(required).sort(), ["file", "githubActions", "variable", "vercel"]);
    const token = await identity();
    environment({ API_ID_TOKEN: token });
    assert.equal(required.variable("API_ID_TOKEN"), token);
  });
});

describe("subjects", () => {
  test("two of them never share a token, and equal ones do", async () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    console.log(`seed ${seed}`);
    let state = seed;
    const dice = (most) => (state = (state * 48271 + 1) % 2147483647) % most;
    const subjects = Array.from({ length: 60 }, () => `s${dice(40)}${["", "é", " ", '"', "{x}"][dice(5)]}`);
    const fetch = async (_, { body }) =>
      await Promise.resolve(Response.json({
        access_token: btoa(encodeURIComponent(new URLSearchParams(body).get("subject_token"))).replaceAll("=", ""),
        issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
        token_type: "Bearer",
      }));
    const base = createClient({
      provider: "https://as.example/token",
      credentials: { client_id: "app", client_secret: "s3cr3t" },
      scope: String(seed),
      fetch,
    });
    const type = "urn:ietf:params:oauth:grant-type:token-exchange";
    await Promise.all(subjects.map(async (subject) => {
      const client = base.extend({ grant: { type, subjectToken: subject, subjectTokenType: "access_token" } });
      const { value, issuedTokenType } = await client.token();
      assert.equal(decodeURIComponent(atob(value)), subject, `seed ${seed}`);
      assert.equal(issuedTokenType, "urn:ietf:params:oauth:token-type:access_token");
    }));
    base.close();
  });

  test("a token that is no access token is read, and not sent", async () => {
    const client = createClient({
      provider: "https://as.example/token",
      credentials: { client_id: "app", client_secret: "s3cr3t" },
      name: crypto.randomUUID(),
      grant: {
        type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subjectToken: "s",
        subjectTokenType: "id_token",
        requestedTokenType: "id-jag",
      },
      fetch: async () =>
        await Promise.resolve(Response.json({
          access_token: "an.id.jag",
          issued_token_type: "urn:ietf:params:oauth:token-type:id-jag",
          token_type: "N_A",
        })),
    });
    const { value, tokenType, issuedTokenType } = await client.token();
    assert.deepEqual([value, tokenType, issuedTokenType], [
      "an.id.jag",
      "N_A",
      "urn:ietf:params:oauth:token-type:id-jag",
    ]);
    for (const call of [client.authorization, client.authorization, () => client.fetch("https://api.example/")]) {
      const error = await rejected(call());
      assert.equal(error.code, "ERR_OPTIONS");
      assert.match(error.message, /^grant: the token has the type N_A, so it is no access token/);
    }
    client.close();
  });
});

test("the identity endpoint of a platform, over HTTP", async () => {
  const jwk = await exportJWK(publicKey);
  assert.equal(jwk.kty, "RSA");
  const server = createServer(async (request, response) => {
    const audience = new URL(request.url, "http://localhost").searchParams.get("audience");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ value: await identity({ aud: audience }) }));
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  environment({
    ACTIONS_ID_TOKEN_REQUEST_URL: `http://127.0.0.1:${server.address().port}/?v=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t",
  });
  await verified(await githubActions({ audience: AUDIENCE }), { audience: AUDIENCE });
  server.closeAllConnections();
  await new Promise((closed) => server.close(closed));
});
