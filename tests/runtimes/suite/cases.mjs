// Providers by their samples, through createClient and through the pure functions: what goes out, what is understood, what
// the API then gets. The 26 cases bring a profile each; a shipped profile is the package's own export. tests/cases.rs says what
// a sample is made of, and run.mjs writes them into vectors.mjs.
import { createClient } from "bearerkit";
import { buildTokenRequest, parseTokenResponse, readJwtExpiry } from "bearerkit/core";
import * as shipped from "bearerkit/providers";
import { equal, match, near, ok, rejection } from "./assert.mjs";
import { samples } from "./vectors.mjs";

const ALGORITHMS = {
  RS256: { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) },
  PS256: {
    name: "RSA-PSS",
    hash: "SHA-256",
    saltLength: 32,
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  ES256: { name: "ECDSA", hash: "SHA-256", namedCurve: "P-256" },
  HS256: { name: "HMAC", hash: "SHA-256" },
};

export const cases = Object.fromEntries(samples.map(({ name, exported, ...sample }) => [
  name,
  async () => {
    const provider = sample.profile ?? shipped[exported];
    const keys = await makeKeys(sample);
    const { credentials, config: variables, scopes: scope } = sample.inputs;
    const options = {
      provider,
      credentials: { ...credentials, ...keys.credentials },
      ...(variables && { variables }),
      ...(scope && { scope }),
    };
    if (sample.expect_jwt) return await checkMinted(sample, options, keys, name);
    await checkPure(sample, options, keys);
    await checkClient(sample, options, keys, name);
    if (sample.error_response) await checkError(sample, options, keys, name);
    for (const refusal of sample.dead_token ?? []) await checkRefusal(sample, options, name, refusal, true);
    for (const refusal of sample.live_token ?? []) await checkRefusal(sample, options, name, refusal, false);
  },
]));

/** The JWT is the token: nothing is sent but the call of the API. */
async function checkMinted(sample, options, keys, name) {
  const { expect_jwt: expected, expect: { api_call, expires_at } } = sample;
  const { sign, complete } = buildTokenRequest(options, sample.now * 1000);
  const bytes = new TextEncoder().encode(sign.input);
  const signature = new Uint8Array(await crypto.subtle.sign(ALGORITHMS[sign.alg], keys.signing, bytes));
  await checkJwt(`${sign.input}.${url64(signature)}`, expected, keys, 0);
  match((await rejection(Promise.resolve().then(() => complete(signature)))).message, /no token request is sent/);
  const sent = [];
  const client = createClient({
    ...options,
    name,
    fetch: async (url, init) => {
      sent.push({ url: new URL(url), headers: Object.fromEntries(new Headers(init.headers)) });
      return await Promise.resolve(new Response("{}"));
    },
  });
  const [url, elsewhere] = places(options);
  const shift = Math.floor(Date.now() / 1000) - sample.now;
  equal((await client.fetch(url)).status, 200);
  const { value, expiresAt } = await client.token();
  equal(sent.length, 1, "the API's own request, and no other");
  await checkJwt(value, expected, keys, shift);
  near(expiresAt.getTime() / 1000, expires_at + shift, 10, "when it expires");
  for (const [name, text] of Object.entries(api_call.headers ?? {})) {
    equal(sent[0].headers[name], text.replace("{access_token}", value), name);
  }
  for (const [name, text] of Object.entries(api_call.query ?? {})) {
    equal(sent[0].url.searchParams.get(name), text, name);
  }
  if (elsewhere) equal((await rejection(client.fetch(elsewhere))).code, "ERR_ORIGIN");
  client.close();
}

/** To the second, at the sample's own time. */
async function checkPure(sample, options, keys) {
  const now = sample.now * 1000;
  const exchanges = [sample, ...(sample.more_steps ?? [])];
  let request = buildTokenRequest(options, now);
  for (const { expect_request, response } of exchanges) {
    ok(request, "there is another request");
    if (request.sign) {
      const signature = await crypto.subtle.sign(
        ALGORITHMS[request.sign.alg],
        keys.signing,
        new TextEncoder().encode(request.sign.input),
      );
      request = request.complete(new Uint8Array(signature));
    }
    await checkRequest(request, expect_request, keys, 0);
    request = request.next({ ...response, body: text(response.body) }, now);
  }
  equal(request, null, "no further request");
  if (sample.more_steps) return; // what they captured is not known to a pure function
  const { access_token, expires_at = null, refresh_token } = sample.expect;
  const token = parseTokenResponse(options, { ...sample.response, body: text(sample.response.body) }, now);
  equal([token.value, token.refreshToken], [access_token, refresh_token]);
  equal(token.expiresAt?.getTime() ?? null, expires_at && expires_at * 1000);
}

/**
 * By the clock as it is: the server's answers bear the `Date` of the sample, and so all of its times count from now. (A token
 * that is older than the sample shows what the server's clock was then.) What the API gets is what `fetch` sends.
 */
async function checkClient(sample, options, keys, name) {
  const exchanges = [sample, ...(sample.more_steps ?? [])];
  const wire = createWire(sample);
  const client = createClient({ ...options, name, fetch: wire.fetch });
  for (const { response } of exchanges) wire.answer(response);
  const [url, elsewhere] = places(options);
  equal((await client.fetch(url)).status, 200);
  const sent = wire.sent.splice(0);
  equal(sent.length, exchanges.length + 1, "the token requests, then the API's");
  for (const [index, { expect_request }] of exchanges.entries()) {
    await checkRequest(sent[index], expect_request, keys, wire.shift);
  }
  checkCall(sent.at(-1), sample.expect, url);
  await checkToken(client, sample.expect, wire.shift);
  if (elsewhere) equal((await rejection(client.fetch(elsewhere))).code, "ERR_ORIGIN");
  if (sample.refresh) {
    client.invalidate();
    wire.answer(sample.refresh.response);
    await checkToken(client, sample.refresh.expect, wire.shift);
    await checkRequest(wire.sent.pop(), sample.refresh.expect_request, keys, wire.shift);
  } else if (!sample.expect.refresh_token) {
    client.invalidate();
    for (const { response } of exchanges) wire.answer(response);
    await client.token();
    for (const [index, { expect_request }] of exchanges.entries()) {
      checkFresh(sent[index], wire.sent[index], expect_request);
    }
  }
  client.close();
}

async function checkError(sample, options, keys, name) {
  const exchanges = [sample, ...(sample.more_steps ?? [])];
  const wire = createWire(sample);
  const client = createClient({ ...options, name: `${name}, refused`, fetch: wire.fetch, patience: 0 });
  for (const { response } of exchanges.slice(0, -1)) wire.answer(response);
  // Twice: what is signed is signed once more by the clock that the answer shows, the sample's.
  for (let i = 0; i < 2; i += 1) wire.answer(sample.error_response);
  const refused = await rejection(client.token());
  const { code = "ERR_REFUSED", error, error_description } = sample.error_response.expect ?? {};
  equal(refused.code, code);
  if (error !== undefined) equal(refused.error, error);
  if (error_description !== undefined) equal(refused.errorDescription, error_description);
  for (const secret of Object.values(keys.credentials)) {
    ok(!String(refused.stack).includes(secret), "it shows no key; it");
  }
  client.close();
}

/** What the API answers to the first token: recovered where it tells of a dead one, else the caller's. */
async function checkRefusal(sample, options, name, refusal, isDead) {
  const exchanges = [sample, ...(sample.more_steps ?? [])].map(({ response }) => response);
  const wire = createWire(sample);
  const client = createClient({ ...options, name: `${name}, ${JSON.stringify(refusal)}`, fetch: wire.fetch });
  for (const answer of [...exchanges, refusal, ...(isDead ? exchanges : [])]) wire.answer(answer);
  const [url] = places(options);
  const response = await client.fetch(url);
  equal([response.status, await response.text()], isDead ? [200, "{}"] : [refusal.status, text(refusal.body)]);
  equal(wire.sent.length, (exchanges.length + 1) * (isDead ? 2 : 1));
  client.close();
}

/** A `fetch` that keeps what was sent, and answers a token request with what was laid down for it, an API's with a 200. */
function createWire({ now, expect }) {
  const answers = [];
  const sent = [];
  const serverTime = readJwtExpiry(expect.access_token)?.iat ?? now;
  return {
    sent,
    /** From the sample's time to this one, in seconds. */
    shift: Math.floor(Date.now() / 1000) - now,
    answer: (response) => answers.push(response),
    fetch(url, { method, headers, body }) {
      sent.push({ method, url: String(url), headers: Object.fromEntries(new Headers(headers)), body: body ?? null });
      const answer = answers.shift();
      if (!answer) return Promise.resolve(new Response("{}"));
      const date = new Date(serverTime * 1000).toUTCString();
      return Promise.resolve(
        new Response(text(answer.body), { status: answer.status, headers: { date, ...answer.headers } }),
      );
    },
  };
}

async function checkRequest(found, expected, keys, shift) {
  const url = new URL(found.url);
  const wanted = new URL(expected.url_original);
  equal([found.method, url.origin, segments(url)], [expected.method, wanted.origin, segments(wanted)]);
  const { body, body_format: format } = expected;
  equal(pairs(url.searchParams), pairs(wanted.searchParams));
  if (expected.query) equal(pairs(url.searchParams), [...expected.query].sort());
  for (const [name, value] of Object.entries(expected.headers)) {
    const header = found.headers[name];
    if (value?.$jwt) {
      ok(header?.startsWith(`${value.scheme} `), `${name} is a ${value.scheme}`);
      await checkJwt(header.slice(value.scheme.length + 1), value.$jwt, keys, shift);
    } else if (name === "authorization" && expected.basic_credentials) {
      checkBasic(header, expected);
    } else if (name === "content-type") {
      equal(header?.split(";")[0], value);
    } else {
      equal(header, value ?? undefined, name);
    }
  }
  if (format === "none") return equal(found.body, null);
  const sent = format === "json" ? JSON.parse(found.body) : Object.fromEntries(new URLSearchParams(found.body));
  if (format === "form") equal(pairs(new URLSearchParams(found.body)).length, Object.keys(sent).length, "none twice");
  const compared = structuredClone(body);
  for (const [name, value] of Object.entries(body)) {
    if (!value?.$jwt) continue;
    await checkJwt(sent[name], value.$jwt, keys, shift);
    compared[name] = sent[name];
  }
  equal(sent, madeUp(compared, sent));
}

/** Either encoding carries the pair, unless the profile names one. */
function checkBasic(header, { basic_credentials: { id, secret }, basic_encoding: encoding = "" }) {
  const bytes = Uint8Array.from(atob(header.slice("Basic ".length)), (character) => character.charCodeAt(0));
  const found = new TextDecoder().decode(bytes);
  const encode = (value) => new URLSearchParams([["", value]]).toString().slice(1);
  const forms = { raw: `${id}:${secret}`, form: `${encode(id)}:${encode(secret)}` };
  ok(encoding ? found === forms[encoding] : Object.values(forms).includes(found), "the pair, encoded");
}

async function checkJwt(jwt, expected, keys, shift) {
  const [head, claims, signature] = jwt.split(".");
  const signed = new TextEncoder().encode(`${head}.${claims}`);
  const algorithm = ALGORITHMS[expected.alg];
  const bytes = Uint8Array.from(atob(unurl(signature)), (character) => character.charCodeAt(0));
  ok(await crypto.subtle.verify(algorithm, keys.verifying, bytes, signed), "the public half verifies it");
  const header = decoded(head);
  equal(header.alg, expected.alg);
  for (const [name, value] of Object.entries(expected.header)) equal(header[name], value, name);
  const found = decoded(claims);
  const { iat, exp, ...others } = found;
  if (expected.exp === undefined) equal(exp, undefined, "it says nothing of its end");
  else equal(exp - iat, expected.exp - expected.iat, "how long it is good for");
  if (shift === 0) equal(iat, expected.iat);
  else near(iat, expected.iat + shift, 10, "when it was made");
  for (const name of expected.fresh) {
    match(others[name], /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/);
    delete others[name];
  }
  equal(others, expected.claims);
}

/** The claims that are to be new in each attempt are. */
function checkFresh(first, second, expected) {
  const jwtOf = (request) => {
    const [name] = Object.entries(expected.body ?? {}).find(([, value]) => value?.$jwt) ?? [];
    return name && decoded(new URLSearchParams(request.body).get(name).split(".")[1]);
  };
  for (const name of Object.values(expected.body ?? {}).flatMap((value) => value?.$jwt?.fresh ?? [])) {
    ok(jwtOf(first)[name] !== jwtOf(second)[name], `${name} is new`);
  }
}

function checkCall({ method, url, headers }, { access_token, api_call }, requested) {
  const bearer = { headers: { authorization: `Bearer ${access_token}` } };
  const { headers: carried = {}, extra_headers = {}, query = {} } = api_call ?? bearer;
  equal(method, "GET");
  for (const [name, value] of Object.entries({ ...carried, ...extra_headers })) {
    equal(headers[name], value ?? undefined, name);
  }
  const expected = new URL(requested);
  for (const [name, value] of Object.entries(query)) expected.searchParams.set(name, value);
  equal(pairs(new URL(url).searchParams), pairs(expected.searchParams));
}

async function checkToken(client, { access_token, expires_at = null, captured = {} }, shift) {
  const token = await client.token();
  equal(token.value, access_token);
  if (expires_at === null) equal(token.expiresAt, null);
  else near(token.expiresAt.getTime() / 1000, expires_at + shift, 10, "when it expires");
  for (const [name, value] of Object.entries(captured)) equal(token.captured[name], value, name);
}

/** A key for each credential that wants one: its private half as the client gets it, and both as the tests need them. */
async function makeKeys({ inputs, expect_request, expect_jwt }) {
  const wanted = Object.entries(inputs.credentials).find(([, value]) => value?.$key);
  if (!wanted && expect_jwt) {
    const text = inputs.credentials[expect_jwt.key] ?? expect_jwt.key;
    const bytes = expect_jwt.encoding === "hex"
      ? Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16))
      : new TextEncoder().encode(text);
    const key = await crypto.subtle.importKey("raw", bytes, ALGORITHMS[expect_jwt.alg], false, ["sign", "verify"]);
    return { credentials: {}, signing: key, verifying: key };
  }
  if (!wanted) return { credentials: {} };
  const [name, { $key: { as } }] = wanted;
  const { alg } = expect_jwt ?? [...Object.values(expect_request.headers), ...Object.values(expect_request.body ?? {})]
    .find((value) => value?.$jwt?.key === name).$jwt;
  const { privateKey, publicKey } = await crypto.subtle.generateKey(ALGORITHMS[alg], true, ["sign", "verify"]);
  const exported = as === "jwk"
    ? JSON.stringify(await crypto.subtle.exportKey("jwk", privateKey))
    : pem(new Uint8Array(await crypto.subtle.exportKey("pkcs8", privateKey)));
  return { credentials: { [name]: exported }, signing: privateKey, verifying: publicKey };
}

function pem(bytes) {
  const lines = btoa(String.fromCharCode(...bytes)).match(/.{1,64}/g).join("\n");
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

/** A URL that the token may be sent to, and one that it may not, where the profile says so. */
function places({ provider, variables = {} }) {
  const [origin] = provider.resource_request?.origins ?? [];
  if (!origin) return ["https://api.example/things?a=b"];
  const environment = variables.environment ?? provider.defaults?.environment;
  const known = { ...provider.defaults, ...provider.environments?.[environment], ...variables };
  const filled = origin.replace(/\{\+?([\w.]+)\}/g, (_, name) => known[name]);
  return [`${filled}/things?a=b`, "https://elsewhere.example/"];
}

/** What may be any value is what was found, where that is one of its kind. */
function madeUp(expected, found) {
  if (expected?.$uuid) return /^[\da-f-]{36}$/.test(found) ? found : "a UUID";
  if (Array.isArray(expected)) return expected.map((value, index) => madeUp(value, found?.[index]));
  if (typeof expected !== "object" || expected === null) return expected;
  return Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, madeUp(value, found?.[name])]));
}

const segments = (url) => url.pathname.split("/").map(decodeURIComponent);
const pairs = (parameters) => [...parameters].map(([name, value]) => [name, value]).sort();
const text = (body) => typeof body === "string" ? body : JSON.stringify(body);
const url64 = (bytes) =>
  btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const unurl = (base64url) => base64url.replaceAll("-", "+").replaceAll("_", "/");

function decoded(part) {
  const bytes = Uint8Array.from(atob(unurl(part)), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
