// Where a token request comes from: credentials and their functions, two during a rotation, signatures; and who is told.
import { createClient } from "bearerkit";
import { equal, match, ok, rejection, sleep, until } from "./assert.mjs";
import { shown } from "./leaks.mjs";
import { scripted } from "./script.mjs";
import { API, BROKEN, PLAIN } from "./world.mjs";

const GOOD = { client_id: "fake-client", client_secret: "fake-secret" };
const OLD = { client_id: "fake-client", client_secret: "an-old-secret" };

export const sources = {
  async "a credentials function is asked for a token request, and never on the hot path"(world) {
    let asked = 0;
    const credentials = async () => {
      asked += 1;
      return await Promise.resolve(GOOD);
    };
    const client = world.client({ provider: PLAIN, credentials });
    equal(asked, 0, "not by createClient");
    await Promise.all(Array.from({ length: 10 }, () => client.authorization()));
    equal((await client.fetch(API)).status, 200);
    equal(asked, 1);
    client.invalidate();
    await client.authorization();
    equal(asked, 2);
  },

  async "the same function, or the same name, is the same client, and no other is"() {
    const asked = [];
    const scope = crypto.randomUUID();
    const [one, other] = ["one", "other"].map((client_id) => () => {
      asked.push(client_id);
      return { ...GOOD, client_id };
    });
    const token = (credentials, name) => scripted(undefined, { credentials, name, scope }).client.token();
    for (const credentials of [one, other, one, other]) await token(credentials, undefined);
    equal(asked.splice(0), ["one", "other"]);
    for (const name of ["a", "b", ""]) {
      await token(one, name);
      await token(other, name);
    }
    equal(asked, ["one", "one", "one"]);
  },

  async "a secret that was rotated is found by asking again"(world) {
    const answers = [OLD, GOOD];
    const client = world.client({ provider: PLAIN, credentials: () => answers.shift() ?? GOOD });
    equal((await client.fetch(API)).status, 200);
    equal((await world.calls("token")).map((call) => call.status), [401, 200]);
  },

  async "a secret that is replaced after it was refused is found by the next call"(world) {
    let current = OLD;
    const client = world.client({ provider: PLAIN, credentials: () => current });
    equal((await rejection(client.token())).code, "ERR_REFUSED");
    equal((await rejection(client.token())).code, "ERR_REFUSED", "the refusal is remembered");
    await world.expectCalls({ token: 1 });
    current = GOOD;
    equal((await client.fetch(API)).status, 200);
    await world.expectCalls({ token: 2, api: 1 });
  },

  async "a credentials function is asked again for a refusal alone, and may fail then"(world) {
    let asked = 0;
    const credentials = () => {
      asked += 1;
      return asked <= 2 ? OLD : Promise.reject(new Error("vault"));
    };
    const refused = world.client({ provider: PLAIN, credentials });
    for (let i = 0; i < 2; i += 1) equal((await rejection(refused.token())).code, "ERR_REFUSED");
    equal(asked, 4, "by the refused request, and by each call");
    asked = 1;
    const limited = world.client({
      provider: PLAIN,
      credentials: () => ({ ...GOOD, times: `${asked += 1}` }),
      name: "x",
    });
    await world.fail({ type: "rate_limited", retryAfter: 60 });
    for (let i = 0; i < 2; i += 1) equal((await rejection(limited.token())).code, "ERR_RATE_LIMITED");
    equal(asked, 2);
  },

  async "a credentials function that fails, hangs or answers nonsense"(world) {
    const functions = {
      fails: [() => Promise.reject(new Error("vault: fake-secret")), "vault: [redacted]"],
      "fails without a word": [() => Promise.reject(undefined), "it threw nothing"],
      throws: [() => {
        throw new Error("vault: fake-secret");
      }, "vault: [redacted]"],
      "quotes what it read": [
        () => JSON.parse("fakesecret fake-secret"),
        // Each runtime has words of its own for it.
        undefined,
      ],
      hangs: [() => new Promise(() => {}), "no answer within 0.3 s"],
      nothing: [() => {}, "it returned nothing; it has to return the credentials"],
      "a function": [
        () => ({ client_secret: () => "fake-secret" }),
        "credentials.client_secret: expected a JSON value, found a function",
      ],
      nonsense: [() => "fake-secret", "expected an object, found a string"],
      number: [() => ({ client_id: "fake-client", client_secret: 7 }), "credentials.client_secret: expected a string"],
      "too little": [() => ({ client_id: "fake-client" })],
    };
    for (const [name, [credentials, message]] of Object.entries(functions)) {
      const client = world.client({ provider: PLAIN, credentials, name: undefined, timeout: 0.3, patience: 0 });
      const error = await rejection(client.token(), name);
      equal(error.code, "ERR_CREDENTIALS", name);
      match(error.message, /^the credentials function failed: ./, name);
      if (message) equal(error.message, `the credentials function failed: ${message}`, name);
      ok(error.retryAt > Date.now() - 1000, `${name}: it may be asked again`);
      const all = await shown([error, client.explain()]);
      ok(!/fake-?secret/.test(all), `${name}: the error shows no secret; it`);
    }
    await world.expectCalls({});
  },

  async "a credentials function that is down for a moment is waited for, one with a mistake in it is not"(world) {
    let asked = 0;
    const down = () => (asked += 1) === 1 ? Promise.reject(new TypeError("fetch failed")) : GOOD;
    equal((await world.client({ provider: PLAIN, credentials: down, name: "down" }).fetch(API)).status, 200);
    equal(asked, 2);
    const mistakes = [() => undefined.secret, () => nothing.at.all, () => (7)(), () => ({ client_secret: 7 })];
    for (const mistake of mistakes) {
      const before = Date.now();
      const error = await rejection(world.client({ provider: PLAIN, credentials: mistake, name: undefined }).token());
      equal(error.code, "ERR_CREDENTIALS", mistake);
      ok(Date.now() - before < 100, `${mistake} is told at once: ${error.message}; it`);
    }
    await world.expectCalls({ token: 1, api: 1 });
  },

  async "an unnamed credentials function that is made anew is told of, once"(world) {
    const events = [];
    const warned = [];
    const make = (further) => {
      const { warn } = console;
      console.warn = (message) => warned.push(message);
      try {
        const onEvent = (event) => events.push(event);
        return world.client({ provider: PLAIN, credentials: () => GOOD, name: undefined, onEvent, ...further });
      } finally {
        console.warn = warn;
      }
    };
    const audience = { parameters: { audience: `of ${Math.random()}` } };
    const same = () => GOOD;
    make({ ...audience, credentials: same });
    make({ ...audience, credentials: same });
    make({ ...audience, name: "a" });
    make({ ...audience, name: "b" });
    make({ ...audience, scope: "another" });
    equal([events, warned], [[], []], "these are known apart");
    for (let i = 0; i < 3; i += 1) make(audience);
    equal(events.map(({ type }) => type), ["warning"]);
    equal(warned, [`bearerkit: ${events[0].message}`]);
    match(events[0].message, /create the client once, at module level, or give both the same options\.name/);
  },

  async "two credentials: the other is tried once, and the one that worked is remembered"(world) {
    const client = world.client({ provider: PLAIN, credentials: [OLD, GOOD] });
    equal((await client.fetch(API)).status, 200);
    client.invalidate();
    equal((await client.fetch(API)).status, 200);
    equal((await world.calls("token")).map((call) => call.status), [401, 200, 200]);
  },

  async "two credentials that are both refused"(world) {
    const client = world.client({ provider: PLAIN, credentials: [OLD, { ...OLD, client_secret: "older" }] });
    const error = await rejection(client.token());
    equal([error.code, error.status, error.error], ["ERR_REFUSED", 401, "invalid_client"]);
    await rejection(client.token());
    await world.expectCalls({ token: 2 });
  },

  async "a signed assertion: RS256, PS256, ES256 and HS256"() {
    for (const [alg, { generate, verify }] of Object.entries(ALGORITHMS)) {
      const { publicKey, credentials } = await generated(generate);
      const { client, sent } = signer(alg, credentials);
      equal(await client.authorization(), "Bearer stub", alg);
      const body = new URLSearchParams(sent[0].body);
      equal(body.get("client_assertion_type"), "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
      const [header, claims, signature] = body.get("client_assertion").split(".");
      const input = new TextEncoder().encode(`${header}.${claims}`);
      ok(await crypto.subtle.verify(verify, publicKey, decoded(signature), input), `${alg}: the signature is good; it`);
      const { iss, sub, aud, jti, iat, exp } = JSON.parse(new TextDecoder().decode(decoded(claims)));
      equal([iss, sub, aud, exp - iat], ["app", "app", PLAIN, 300]);
      match(jti, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    }
  },

  async "the forms that a key may have"() {
    for (const [alg, { generate, verify }] of Object.entries(ALGORITHMS)) {
      const { publicKey, credentials, jwk } = await generated(generate);
      const [[name, key]] = Object.entries(credentials).slice(1);
      const others = { ...jwk, use: "enc", key_ops: ["encrypt"], alg: "RSA-OAEP", ext: false };
      const forms = [JSON.stringify(jwk), `\n ${JSON.stringify(others, null, 2)}`];
      if (generate) forms.push(jwk, key.replaceAll("\n", "\\n"), key.replaceAll("\n", "\r\n"));
      for (const [index, form] of forms.entries()) {
        const { client, sent } = signer(alg, { ...credentials, [name]: form });
        equal(await client.authorization(), "Bearer stub", `${alg}, ${index}`);
        const assertion = new URLSearchParams(sent[0].body).get("client_assertion");
        const end = assertion.lastIndexOf(".");
        const input = new TextEncoder().encode(assertion.slice(0, end));
        const signature = decoded(assertion.slice(end + 1));
        ok(
          await crypto.subtle.verify(verify, publicKey, signature, input),
          `${alg}, ${index}: the signature is good; it`,
        );
      }
    }
  },

  async "a provider by its issuer: metadata first, then tokens; introspection"() {
    const token = "grant_type-client_credentials-client_id-app-client_secret-s3cr3t";
    const urls = [];
    const answers = {
      "https://as.example/.well-known/openid-configuration": () => new Response("no such page", { status: 404 }),
      "https://as.example/.well-known/oauth-authorization-server": () =>
        Response.json({
          issuer: "https://as.example",
          token_endpoint: "https://as.example/t",
          introspection_endpoint: "https://as.example/i",
          token_endpoint_auth_methods_supported: ["client_secret_post"],
        }),
      "https://as.example/t": (body) => Response.json({ access_token: body.replaceAll(/[&=]/g, "-") }),
      "https://as.example/i"(body) {
        const asked = new URLSearchParams(body).get("token");
        return Response.json(asked === "bad" ? {} : { active: asked === token });
      },
    };
    const fetch = (url, { body }) => {
      urls.push(new URL(url).pathname);
      return Promise.resolve(answers[url](body));
    };
    const credentials = { client_id: "app", client_secret: "s3cr3t" };
    const provider = { issuer: "https://as.example" };
    const make = () => createClient({ provider, credentials, fetch, name: crypto.randomUUID() });
    equal(await make().introspect("another"), { active: false }, "its endpoints are found before it is asked");
    urls.length = 0;
    const client = make();
    equal(await Promise.all([client.authorization(), client.authorization()]), [`Bearer ${token}`, `Bearer ${token}`]);
    const discovery = ["/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"];
    equal(urls.splice(0), [...discovery, "/t"]);
    equal([await client.introspect(), await client.introspect("another")], [{ active: true }, { active: false }]);
    const error = await rejection(client.introspect("bad"));
    equal([error.code, error.status], ["ERR_BAD_RESPONSE", 200]);
    equal((await rejection(client.introspect(7))).code, "ERR_OPTIONS");
    client.invalidate();
    await client.authorization();
    equal(urls, ["/i", "/i", "/i", "/t"]);
  },

  async "a key that cannot sign is ERR_OPTIONS, and is not shown"() {
    const provider = { token_endpoint: PLAIN, token_endpoint_auth_method: "private_key_jwt" };
    // All of it is there, and there is no number in it.
    const damaged = "-----BEGIN PRIVATE KEY-----\nMBUCAQAwDQYJKoZIhvcNAQEBBQAEAQA=\n-----END PRIVATE KEY-----";
    const { client, sent } = stub({ provider, credentials: { client_id: "app", private_key: damaged } });
    const error = await rejection(client.token());
    equal([error.code, error.message, sent.length], ["ERR_OPTIONS", "credentials: the key cannot sign with RS256", 0]);
  },

  async "onEvent may be asynchronous, and stops nothing by rejecting"() {
    const rejections = [];
    const onUnhandled = (event) => rejections.push(event);
    // On edge-runtime and workerd nobody can listen so, and on the others it would end the process.
    globalThis.process?.on?.("unhandledRejection", onUnhandled);
    let caught = 0;
    const { client } = scripted(() => new Response("ok"), {
      onEvent: () => {
        const rejected = Promise.reject(new Error("mine"));
        const { catch: keep } = rejected;
        rejected.catch = (callback) => keep.call(rejected, (error) => callback(error, caught += 1));
        return rejected;
      },
    });
    equal((await client.fetch(API)).status, 200);
    await sleep(20);
    globalThis.process?.off?.("unhandledRejection", onUnhandled);
    equal([caught, rejections.length], [2, 0]);
  },

  async "onEvent is told of each step, and stops nothing by throwing"(world) {
    const events = [];
    const onEvent = (event) => {
      events.push(event);
      throw new Error("an observer's own business");
    };
    const client = world.client({ provider: { token_endpoint: PLAIN, name: "Plain" }, onEvent, patience: 0 });
    await world.fail({ type: "unavailable" }, { at: "api", type: "unauthorized" });
    await rejection(client.token());
    await sleep(client.explain().nextRequestAt - Date.now() + 5);
    equal((await client.fetch(API)).status, 200);
    const steps = ["token_request", "token_error", "token_request", "token", "unauthorized", "token_request", "token"];
    equal(events.map((event) => event.type), steps);
    equal([events[1].code, events[1].status, events[4].retry], ["ERR_UNREACHABLE", 503, true]);
    equal(events[6].renewAt, (await client.token()).renewAt);
    ok(events[6].renewAt > Date.now(), "it says until when it is fresh");
    equal(events.map((event) => event.serial), [1, 1, 2, 2, 2, 3, 3]);
    ok(events.every(({ at, provider }) => at instanceof Date && provider === "Plain"), "each says when, and of whom");
  },

  async "options.waitUntil is given the token request, which never rejects"(world) {
    const promises = [];
    const client = world.client({ provider: PLAIN, waitUntil: (promise) => promises.push(promise), patience: 0 });
    await world.fail(BROKEN);
    await rejection(client.token());
    equal(promises.length, 1);
    equal(await promises[0], undefined);
  },

  async "a waitUntil that throws costs nobody the token"(world) {
    const waitUntil = () => {
      throw new Error("no request is under way");
    };
    equal((await world.client({ provider: PLAIN, waitUntil }).fetch(API)).status, 200);
  },

  async "an observer that invalidates while the token is handed out"(world) {
    await world.options({ lifetime: 4 });
    const onEvent = ({ type }) => type === "token_request" && client.invalidate();
    const client = world.client({ provider: PLAIN, refreshMargin: 2, onEvent });
    const { renewAt } = await client.token();
    await until(() => Date.now() > renewAt, "the renewal point");
    match(await client.authorization(), /^Bearer /);
  },
};

/** A client of a server that grants all. */
function stub(options) {
  const sent = [];
  const fetch = (_, init) => {
    sent.push(init);
    return Promise.resolve(Response.json({ access_token: "stub", expires_in: 3600 }));
  };
  return { client: createClient({ ...options, fetch, name: crypto.randomUUID() }), sent };
}

function signer(alg, credentials) {
  const method = alg === "HS256" ? "client_secret_jwt" : "private_key_jwt";
  const provider = { token_endpoint: PLAIN, token_endpoint_auth_method: method, assertion: { alg } };
  return stub({ provider, credentials });
}

const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" };
const ALGORITHMS = {
  RS256: { generate: { name: "RSASSA-PKCS1-v1_5", ...RSA }, verify: "RSASSA-PKCS1-v1_5" },
  PS256: { generate: { name: "RSA-PSS", ...RSA }, verify: { name: "RSA-PSS", saltLength: 32 } },
  ES256: { generate: { name: "ECDSA", namedCurve: "P-256" }, verify: { name: "ECDSA", hash: "SHA-256" } },
  HS256: { generate: undefined, verify: "HMAC" },
};

async function generated(algorithm) {
  if (!algorithm) {
    const secret = "a secret of no less than 32 bytes";
    const bytes = new TextEncoder().encode(secret);
    const publicKey = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    const jwk = { kty: "oct", k: btoa(secret).replaceAll("=", "") };
    return { publicKey, jwk, credentials: { client_id: "app", client_secret: secret } };
  }
  const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const der = new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey));
  const lines = btoa(String.fromCharCode(...der)).replace(/.{64}/g, "$&\n");
  const pem = `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
  const jwk = await crypto.subtle.exportKey("jwk", privateKey);
  return { publicKey, jwk, credentials: { client_id: "app", private_key: pem } };
}

function decoded(base64url) {
  const binary = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}
