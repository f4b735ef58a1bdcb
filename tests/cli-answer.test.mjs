// `check`, tried: what came back, what was understood of it, and what to write where it was not.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync, verify } from "node:crypto";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { root } from "../scripts/paths.mjs";
import { gzipSync } from "node:zlib";
import { jwt, TOKEN } from "./cli/odd.mjs";
import { assertHidden, cli, run } from "./cli/run.mjs";
import { A, CLIENT, file, folder, ID, odd, oddProfile, privateKey, rsa, space } from "./cli/setup.mjs";

describe("check: tried", () => {
  test("without credentials nothing is sent, and it says what was looked for", async () => {
    const server = space();
    const { code, stdout } = await run(["check", server.token, A]);
    assert.equal(code, 0);
    assert.match(stdout, /Nothing was sent: BEARERKIT_CLIENT_ID, BEARERKIT_CLIENT_SECRET not set\./);
    const half = await run(["check", server.token, A], { env: { BEARERKIT_CLIENT_ID: "fake-client" }, ...ID });
    assert.equal(half.code, 2);
    assert.match(half.stdout, /Nothing was sent: BEARERKIT_CLIENT_SECRET not set\./);
    const empty = await run(["check", server.token, A], { env: { ...CLIENT, BEARERKIT_CLIENT_SECRET: "" }, ...ID });
    assert.match(empty.stdout, /client_secret {2}BEARERKIT_CLIENT_SECRET {2}set, but empty/);
    assert.equal((await run(["check", server.token, A, "--no-send"], { env: CLIENT })).code, 0);
    assert.deepEqual(await server.calls(), []);
  });

  test("what may be left out is shown before it is sent, and named where it was refused", async () => {
    const login = {
      grant_type: null,
      token_endpoint_auth_method: "none",
      parameters: { username: "{username}", password: "{password}", realm: "{realm}" },
    };
    const profile = oddProfile("/deep", login);
    const none = await run(["check", profile, A]);
    assert.equal(none.code, 0);
    assert.match(none.stdout, /Nothing was sent: BEARERKIT_USERNAME, BEARERKIT_PASSWORD not set\./);
    for (const name of ["username", "password", "realm"]) {
      assert.match(none.stdout, new RegExp(`--data-urlencode "${name}=\\$BEARERKIT_${name.toUpperCase()}"`));
    }
    assert.equal((await run(["token", profile, A])).code, 2);
    const env = { BEARERKIT_USERNAME: "ada.lovelace" };
    const { code, stdout } = await run(["check", profile, A], { env });
    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /=\$BEARERKIT_PASSWORD/);
    assert.match(stdout, /BEARERKIT_REALM, BEARERKIT_PASSWORD are not set, and left out\n/);
    const token = await run(["token", profile, A], { env });
    assert.match(token.stderr, /Not set and left out: BEARERKIT_REALM, BEARERKIT_PASSWORD\./);
  });

  test("what came back, and what was understood of it", async () => {
    const server = space();
    const { code, stdout, stderr } = await run(["check", server.token, A], { env: CLIENT });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /\nSent\. It answered 200 in \d+ ms\.\n {2}token {10}at \/access_token: an opaque one of \d+ characters\n {2}token type {5}Bearer\n {2}lifetime {7}1 h, a span at \/expires_in\n {2}renewed {8}after (49|5[0-4]) min( \d+ s)?\n {2}not used {7}after 59 min 50 s\n {2}refresh token {2}no\n {2}scope {10}not stated\nNothing else in the answer looks like a token, an expiry or an error\.\n$/,
    );
    assert.doesNotMatch(stdout, /access-\d/);
    assert.equal((await server.calls()).length, 1);
  });

  for (
    const [what, path, more, expected] of [
      ["a span", "/envelope", {
        response: { access_token: "/data/accessToken", expiry: { pointer: "/data/expiresIn" } },
      }, { by: "expires_in", pointer: "/data/expiresIn", seconds: 1800 }],
      ["a span in minutes", "/minutes", {
        response: { expiry: { source: "expires_in", pointer: "/validity_minutes", unit: "min" } },
      }, { by: "expires_in", seconds: 1200 }],
      ["days and hours", "/days", { response: { expiry: { pointer: "/expires", unit: "d:hh:mm" } } }, {
        by: "expires_in",
        seconds: 93_780,
      }],
      ["an instant, by the server's clock", "/instant", {}, {
        by: "expires_at",
        pointer: "/expires_in",
        usesDate: true,
      }],
      ["a date", "/header", {
        response: {
          access_token: "header:x-subject-token",
          expiry: { source: "expires_at", pointer: "/token/expires_at", format: "rfc3339" },
        },
      }, { by: "expires_at", pointer: "/token/expires_at", usesDate: true }],
      ["the earlier of two", "/jwt", {}, { by: "jwt_exp", seconds: 1800 }],
      ["exp alone, by the server's clock", "/jwt-dated", {}, { by: "jwt_exp", usesDate: true }],
      ["exp, because the profile says so", "/jwt", { response: { expiry: { source: "jwt_exp" } } }, {
        by: "jwt_exp",
        seconds: 1800,
      }],
      ["what the profile says", "/silent", { response: { expiry: { source: "fixed", seconds: 90 } } }, {
        by: "fixed",
        seconds: 90,
        usesDate: false,
      }],
      ["nothing", "/silent", {}, { by: "default", seconds: 3600, usesDate: false }],
    ]
  ) {
    test(`the lifetime's evidence: ${what}`, async () => {
      const { code, json } = await run(["check", oddProfile(path, more), A, "--json"], { env: CLIENT });
      assert.equal(code, 0);
      const { lifetime } = json.token;
      for (const [name, value] of Object.entries(expected)) {
        assert.equal(lifetime[name], value, `${name}: ${JSON.stringify(lifetime)}`);
      }
      const length = new Date(json.token.hardExpiry) - new Date(json.token.renewAt);
      assert.ok(length > 0 && json.token.renewedAfter < json.token.notUsedAfter);
    });
  }

  test("refresh token, scope, captures, the kind of the token: by name, not by value", async () => {
    const server = space();
    const args = [
      "check",
      "fusio",
      "--variable",
      `base_url=${server.at("fusio.example")}`,
      "--scope",
      "backend",
      "--scope",
      "todo",
      A,
    ];
    const { stdout } = await run(args, { env: CLIENT });
    assert.match(stdout, /a JWT of \d+ characters, HS256/);
    assert.match(stdout, /lifetime {7}2 d, an instant at \/expires_in\n/);
    assert.match(stdout, /refresh token {2}yes\n {2}scope {10}backend,todo/);
    assert.doesNotMatch(stdout, /eyJ|refresh-\d/);
    const capture = {
      response: { access_token: "/payload/session/token", capture: { fresh: "/payload/session/refreshToken" } },
    };
    const login = {
      grant_type: null,
      token_endpoint_auth_method: "none",
      request_format: "json",
      parameters: { username: "{username}", password: "{password}" },
    };
    const env = { BEARERKIT_USERNAME: "ada", BEARERKIT_PASSWORD: "lovelace-1843" };
    const found = await run(["check", oddProfile("/login", { ...login, ...capture }), A], { env });
    assert.match(found.stdout, /captured {7}fresh\n/);
    assert.doesNotMatch(found.stdout, /r-0123456789abcdef/);
  });

  test("a private key from a file: an assertion that the server can verify", async () => {
    const key = file(privateKey, "key.pem");
    const profile = oddProfile("/silent", { token_endpoint_auth_method: "private_key_jwt" });
    const env = { BEARERKIT_CLIENT_ID: "app-1", BEARERKIT_PRIVATE_KEY: `@${key}` };
    const result = await run(["check", profile, A], { env, shows: ["BEARERKIT_PRIVATE_KEY", "BEARERKIT_CLIENT_ID"] });
    assert.equal(result.code, 0, result.stdout);
    assertHidden(result, privateKey.split("\n")[5], "check");
    const jwt = new URLSearchParams(odd.requests.at(-1).body).get("client_assertion");
    const [header, claims, signature] = jwt.split(".");
    assert.ok(verify("sha256", Buffer.from(`${header}.${claims}`), rsa.publicKey, Buffer.from(signature, "base64url")));
    assertHidden(result, jwt, "check");
    assertHidden(result, signature, "check");
    assert.match(result.stdout, /signed with RS256 by BEARERKIT_PRIVATE_KEY/);
    const missing = await run(["check", profile, A], {
      env: { ...env, BEARERKIT_PRIVATE_KEY: "@nowhere.pem" },
      shows: Object.keys(env),
    });
    assert.equal(missing.code, 2);
    assert.match(missing.stderr, /BEARERKIT_PRIVATE_KEY: nowhere.pem cannot be read \(ENOENT\)/);
  });

  test("the JWT is shown before it is sent, and never its signature", { timeout: 20_000 }, async () => {
    const key = file(privateKey, "shown-first.pem");
    let shown = "";
    let jwt;
    const server = createServer(async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      jwt = new URLSearchParams(body).get("client_assertion");
      // Until it is there, nobody answers.
      while (!/claims .*"aud":"http/.test(shown)) await new Promise((resolve) => setTimeout(resolve, 10));
      response.setHeader("content-type", "application/json").end('{"access_token":"t-0123456789","expires_in":60}');
    });
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const token_endpoint = `http://127.0.0.1:${server.address().port}/token`;
    const profile = file({ token_endpoint, token_endpoint_auth_method: "private_key_jwt" });
    const env = { PATH: process.env.PATH, BEARERKIT_CLIENT_ID: "app-1", BEARERKIT_PRIVATE_KEY: `@${key}` };
    const child = spawn(process.execPath, [cli, "check", profile, A], { env });
    child.stdout.setEncoding("utf8").on("data", (text) => shown += text);
    const code = await new Promise((resolve) => child.once("close", resolve));
    server.close();
    assert.equal(code, 0, shown);
    assert.ok(shown.indexOf("claims") < shown.indexOf("Sent."), shown);
    assert.equal(shown.match(/claims \{/g).length, 1, "once");
    assertHidden({ stdout: shown, stderr: "" }, jwt.split(".")[2], "check");
  });

  test("a clock that is off is told", async () => {
    const { stdout } = await run(["check", oddProfile("/hour-ago"), A], { env: CLIENT });
    assert.match(stdout, /\nThis machine's clock is 1 h( 1 s)? ahead of the server's: correct it\.\n/);
    const { json } = await run(["check", oddProfile("/hour-ago"), A, "--json"], { env: CLIENT });
    assert.ok(Math.abs(json.clock.ahead - 3600) < 3 && json.clock.isCorrected === false);
    const good = await run(["check", oddProfile("/silent"), A], { env: CLIENT });
    assert.doesNotMatch(good.stdout, /clock/);
  });

  test("steps are sent one after the other", async () => {
    const step = {
      token_endpoint: `${odd.origin}/nonce`,
      token_endpoint_auth_method: "none",
      grant_type: null,
      response: { capture: { nonce: "/nonce" } },
    };
    const profile = oddProfile("/after-nonce", { steps: [step], parameters: { nonce: "{nonce}" } });
    const { code, stdout } = await run(["check", profile, A], { env: CLIENT });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /Sent\. Request 1 answered 200 in \d+ ms\.\nRequest 2 answered 200 in \d+ ms\.\n {2}token/);
    assert.doesNotMatch(stdout, /n-1234567890/);
    const wrong = oddProfile("/after-nonce", {
      steps: [{ ...step, response: { capture: { nonce: "/data/nonce" } } }],
      parameters: { nonce: "{nonce}" },
    });
    const { json } = await run(["check", wrong, A, "--json"], { env: CLIENT });
    assert.deepEqual(json.findings.map(({ set }) => set), [{ "steps[0].response.capture.nonce": "/nonce" }]);
  });

  for (
    const [what, script, code, pattern] of [
      [
        "429",
        { type: "rate_limited", retryAfter: 77 },
        3,
        /ERR_RATE_LIMITED: .*\n {2}Send no request before 20/,
      ],
      ["503", { type: "unavailable" }, 3, /answered 503 .*\n {2}ERR_UNREACHABLE/],
      ["no connection", { type: "network" }, 3, /It got no answer.*\n {2}ERR_UNREACHABLE/],
      ["no answer in time", { type: "hang" }, 3, /ERR_TIMEOUT/],
      ["half an answer", { type: "cut_off" }, 3, /ERR_UNREACHABLE/],
      [
        "refused",
        { type: "unauthorized" },
        1,
        /ERR_REFUSED: .*invalid_client[^]*write: "token_endpoint_auth_method": "client_secret_post"/,
      ],
      ["a page", { type: "html" }, 1, /ERR_BAD_RESPONSE[^]*the answer is a web page/],
      ["half of JSON", { type: "malformed" }, 1, /ERR_BAD_RESPONSE: .*ends too early/],
      ["nothing", { type: "empty" }, 1, /ERR_BAD_RESPONSE[^]*the answer is empty/],
      ["too much", { type: "oversized" }, 1, /ERR_BAD_RESPONSE/],
      [
        "a redirect",
        { type: "redirect", location: "https://evil.example/steal?x=1" },
        1,
        /ERR_BAD_RESPONSE[^]*it redirects[^]*to https:\/\/evil.example\/steal\)/,
      ],
      ["no token", { type: "no_token" }, 1, /there is no token at \/access_token/],
      ["a token that is none", { type: "bad_token", token: "a b" }, 1, /the token at \/access_token contains a space/],
    ]
  ) {
    test(`exit code ${code}: ${what}`, async () => {
      const server = space();
      await server.fail([{ ...script, times: "always" }]);
      const { code: found, stdout, stderr } = await run(["check", server.token, A, "--timeout", "1"], { env: CLIENT });
      assert.equal(found, code, stdout + stderr);
      assert.match(stdout, pattern);
      assert.equal((await server.calls()).length, 1);
      if (code === 1) return;
      const token = await run(["token", server.token, A, "--timeout", "1"], { env: CLIENT });
      assert.deepEqual([token.code, token.stdout], [code, ""]);
      const { host } = new URL(server.token);
      assert.match(token.stderr, new RegExp(`^bearerkit: (could not reach ${host}|${host} [a-z])`));
      const { json } = await run(["token", server.token, A, "--timeout", "1", "--json"], { env: CLIENT });
      assert.match(json.error.code, /^ERR_/);
      assert.equal("retryAt" in json.error, what === "429");
    });
  }

  test("nobody there", async () => {
    const { code, stdout } = await run(["check", "http://127.0.0.1:9/token", A, "--timeout", "2"], { env: CLIENT });
    assert.equal(code, 3);
    assert.match(stdout, /Sent\. It got no answer/);
  });

  test("http: to anything but loopback is refused, also with --allow-insecure, unless its origin is named", async () => {
    const { code, stdout } = await run(["check", "http://as.example/token", A], { env: CLIENT });
    assert.equal(code, 2);
    assert.match(stdout, /is http: to as\.example; --allow-insecure=http:\/\/as\.example allows this one origin/);
    const named = ["--allow-insecure=http://other.example", "--allow-insecure=http://as.example"];
    const allowed = await run(["check", "http://as.example/token", "--no-send", ...named], { env: CLIENT });
    assert.equal(allowed.code, 0, allowed.stdout);
    assert.match(allowed.stdout, /curl http:\/\/as\.example\/token/);
  });
});

describe("an issuer", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });

  test("before it is asked, its metadata are all that is known", async () => {
    const { code, stdout } = await run(["check", "--issuer", "https://as.example/a", "--no-send"]);
    assert.equal(code, 0);
    assert.match(stdout, /^https:\/\/as.example\/a, according to its metadata\.\n/);
    assert.match(stdout, /The issuer's metadata\ncurl https:\/\/as.example\/a\/.well-known\/openid-configuration/);
    assert.match(stdout, /client_secret {2}BEARERKIT_CLIENT_SECRET {2}not given\n/);
    assert.doesNotMatch(stdout, /The token request/);
  });

  for (
    const [what, env, pattern] of [
      ["a secret", CLIENT, /\/signed \\\n[^]*--data-urlencode "client_secret=\$BEARERKIT_CLIENT_SECRET"/],
      [
        "a key",
        { BEARERKIT_CLIENT_ID: "app-1", BEARERKIT_PRIVATE_KEY: ec },
        /signed with ES256 by BEARERKIT_PRIVATE_KEY/,
      ],
    ]
  ) {
    test(`asked with ${what}: the requests, what came of them, what is not used`, async () => {
      const { code, stdout } = await run(["check", "--issuer", odd.origin, A], { env, shows: ["BEARERKIT_CLIENT_ID"] });
      assert.equal(code, 0, stdout);
      assert.match(stdout, pattern);
      assert.match(
        stdout,
        /Sent\. Request 1 answered 200 in \d+ ms\.\nRequest 2 answered 200 in \d+ ms\.\n {2}token {10}at \/access_token/,
      );
      assert.match(stdout, /lifetime {7}1 min, a span at \/expires_in/);
      assert.match(stdout, /"refresh_token": "\/data\/refresh_token"/);
      const { json } = await run(["check", "--issuer", odd.origin, A, "--json"], {
        env,
        shows: ["BEARERKIT_CLIENT_ID"],
      });
      assert.deepEqual(json.requests.map(({ title }) => title), ["The issuer's metadata", "The token request"]);
      assert.equal((await run(["token", "--issuer", odd.origin, A], { env })).stdout, `${TOKEN}\n`);
    });
  }

  test("at the other place, and refused", async () => {
    const { code, stdout } = await run(["check", "--issuer", `${odd.origin}/tenant`, A], { env: CLIENT });
    assert.equal(code, 1);
    assert.match(stdout, /Request 3 answered 401[^]*ERR_REFUSED[^]*overrides the metadata/);
    assert.equal(stdout.match(/The issuer's metadata/g).length, 2);
  });

  test("an issuer that is none", async () => {
    const { code, stdout } = await run(["check", "--issuer", `${odd.origin}/nowhere`, A], { env: CLIENT });
    assert.equal(code, 1);
    assert.match(stdout, /ERR_BAD_RESPONSE: .*no issuer metadata/);
    const fetched = await run(["fetch", "--issuer", odd.origin, `${odd.origin}/text`, A], { env: CLIENT });
    assert.deepEqual([fetched.code, fetched.stdout], [0, `${TOKEN}\n`]);
  });
});

describe("check: what was not understood, and what to write", () => {
  const pointers = (set) =>
    Object.entries(set ?? {}).map(([path, value]) => `${path}=${JSON.stringify(value)}`).join(" ");
  for (
    const [path, more, ...expected] of [
      ["/html", {}, /web page/],
      ["/text", {}, /^response.format="text"/],
      ["/form", {}, /^response.format="form"/],
      ["/json-string", {}, /^response.access_token=""/],
      [
        "/header",
        {},
        /^response.access_token="header:x-subject-token"/,
        /^response.expiry=\{"pointer":"\/token\/expires_at"\}/,
      ],
      ["/empty", {}, /the answer is empty/],
      [
        "/envelope",
        {},
        /^response.access_token="\/data\/accessToken"/,
        /^response.expiry=\{"pointer":"\/data\/expiresIn"\}/,
        /^response.refresh_token="\/data\/refreshToken"/,
      ],
      [
        "/millis",
        {},
        /^response.expiry=\{"source":"expires_in","pointer":"\/expires_in","unit":"ms"\} 83 days is a long lifetime/,
      ],
      [
        "/years",
        {},
        /^response.expiry=\{"source":"expires_in","pointer":"\/expires_in","unit":"s"\} \/expires_in says more than a year/,
      ],
      [
        "/year-of-millis",
        {},
        /^response.expiry=\{"source":"expires_in","pointer":"\/expires_in","unit":"ms"\} \/expires_in says/,
      ],
      [
        "/far-date",
        {},
        /^response.expiry=\{"source":"expires_at","pointer":"\/expires_in"\} \/expires_in says more than a year/,
      ],
      [
        "/soon",
        {},
        /^response.expiry=\{"source":"fixed","seconds":3600\} the value at \/expires_in .*the form "a99a"/,
      ],
      [
        "/clock",
        {},
        /^response.expiry=\{"source":"expires_in","pointer":"\/expires_in","unit":"d:hh:mm"\} the value/,
      ],
      ["/http-date", {}, /^response.expiry=\{"pointer":"\/.expires"\}/],
      ["/minutes", {}, /^response.expiry=\{"source":"expires_in","pointer":"\/validity_minutes","unit":"min"\}/],
      [
        "/bare-millis",
        {},
        /^response.expiry=\{"source":"expires_in","pointer":"\/data\/ttl","unit":"ms"\}/,
      ],
      ["/short-millis", {}, /^response.expiry=\{"source":"expires_in","pointer":"\/ttlMs","unit":"ms"\}/],
      ["/days", {}, /^response.expiry=\{"source":"expires_in","pointer":"\/expires","unit":"d:hh:mm"\}/],
      ["/mac", {}, /^response.token_types=null/],
      ["/verdict", {}, /^response.error_when=\{"pointer":"\/ok","not":\[true\]\}/],
      ["/two", {}, /the value at \/admin\/access_token looks like a token too/],
      ["/error", {}, /^response.error="\/fault\/code" response.error_description="\/fault\/text"/],
      ["/errors", {}, /^response.error="\/errors\/0\/code" response.error_description="\/errors\/0\/detail"/],
      ["/deep", {}, /^response.error="\/a\/b\/error\/code" response.error_description="\/a\/b\/error\/message"/],
      ["/media", {}, /^request_format="json"/],
      ["/media", { request_format: "json" }, /^request_format="form"/],
      ["/method", {}, /^token_endpoint_method="GET" request_format="query"/],
      ["/method", { token_endpoint_method: "GET" }, /^token_endpoint_method="POST" request_format="form"/],
      ["/grant", {}, /does not support this grant/],
      ["/scope", {}, /does not grant this scope/],
      ["/unauthorized", {}, /^token_endpoint_auth_method="client_secret_post"/],
      [
        "/unauthorized",
        { token_endpoint_auth_method: "client_secret_post" },
        /^token_endpoint_auth_method="client_secret_basic"/,
      ],
      ["/not-found", {}, /there is nothing at this URL \(404\)/],
      [
        "/capture",
        { response: { capture: { instance_url: "/instance_url" } } },
        /^response.capture.instance_url="\/data\/instance_url"/,
      ],
      ["/instant", {}],
      ["/silent", {}],
    ]
  ) {
    test(`${path} ${JSON.stringify(more)}`, async () => {
      const profile = oddProfile(path, more);
      const { json } = await run(["check", profile, A, "--json"], { env: CLIENT });
      const lines = json.findings.map(({ set, reason }) => `${pointers(set)} ${reason}`.trim());
      assert.equal(lines.length, expected.length, lines.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(lines[index], pattern);
      const { stdout } = await run(["check", profile, A], { env: CLIENT });
      for (const { reason, remedy } of json.findings) {
        assert.ok(stdout.includes(reason) && stdout.includes(remedy), reason);
      }
      for (const value of [TOKEN, "r-0123456789abcdef", "not you", "boom", "E17"]) {
        assert.ok(!stdout.includes(value) && !JSON.stringify(json).includes(value), value);
      }
    });
  }
});

describe("check: an advice about the token works when it is followed, and where none would it says so", () => {
  const GRANTED = { access_token: TOKEN, expires_in: 900 };
  const TEXT = JSON.stringify(GRANTED);
  const JWT = jwt({ sub: "a", exp: 4_000_000_000 });
  const base64 = (text) => Buffer.from(text).toString("base64");
  const of = (type, body, headers) => ({ headers: { "content-type": type, ...headers }, body });
  const json = (body) => of("application/json", JSON.stringify(body));

  /** What is answered, and the token that the advice leads to. */
  const READABLE = {
    "an array": [json([GRANTED])],
    "an array in an envelope": [json({ tokens: [{ kind: "a", value: TOKEN }] })],
    "three deep": [json({ data: { login: { session: GRANTED } } })],
    "deeper, in camel case": [json({ a: { b: { c: { d: { accessToken: TOKEN } } } } })],
    "in capitals": [json({ ACCESS_TOKEN: TOKEN })],
    "with a hyphen": [json({ "access-token": TOKEN })],
    "a name with a slash and a tilde": [json({ "urn:a/b~c": { access_token: TOKEN } })],
    "an ID token before it": [json({ id_token: JWT, accessToken: TOKEN })],
    "a refresh token before it": [json({ refresh: `r-${TOKEN}`, access: TOKEN })],
    "an object under the name": [json({ access_token: { value: TOKEN, expires_in: 60 } })],
    "a short one": [json({ data: { access_token: "abcdefghijkl" } }), "abcdefghijkl"],
    "an envelope, and another token type": [json({ data: { accessToken: TOKEN, type: "x" }, token_type: "session" })],
    "a type that is none": [json({ ...GRANTED, token_type: "Session" })],
    "a JSON string": [json(TOKEN)],
    "a JWT as a JSON string": [json(JWT), JWT],
    "a JWT alone": [of("text/plain", `${JWT}\r\n`), JWT],
    "a JWT alone, that says it is JSON": [of("application/json", JWT), JWT],
    "an opaque text": [of("text/plain", TOKEN)],
    "a form that says it is JSON": [of("application/json", `access_token=${TOKEN}&expires_in=900`)],
    "a form, and another name": [of("text/plain", `expires_in=900&oauth_token=${encodeURIComponent(TOKEN)}`)],
    "JSON, where the profile says text": [json(GRANTED), TOKEN, { response: { format: "text" } }],
    "an envelope, where the profile says form": [json({ data: GRANTED }), TOKEN, { response: { format: "form" } }],
    "a text, where the profile has a pointer": [of("text/plain", JWT), JWT, {
      response: { access_token: "/data/token" },
    }],
    "no body and a header": [{ status: 204, headers: { "x-auth-token": TOKEN }, body: "" }],
    "a page's worth of text and a header": [of("text/plain", "Welcome back, Ada", { "x-subject-token": TOKEN })],
    "JSON behind a byte order mark": [json({ data: GRANTED }), TOKEN, {}, (body) => `\ufeff${body}`],
    "a verdict beside it": [json({ ok: false, errors: 0, accessToken: TOKEN, result: "x" })],
  };
  for (const [what, [answer, token = TOKEN, profile = {}, change = (body) => body]] of Object.entries(READABLE)) {
    test(what, async () => {
      odd.answers["/followed"] = () => ({ ...answer, body: change(answer.body) });
      const followed = { token_endpoint: `${odd.origin}/followed`, ...profile };
      for (let round = 0; round < 3; round += 1) {
        const { json } = await run(["check", file(followed), A, "--json"], { env: CLIENT });
        const proposed = json.findings.filter(({ set }) => set);
        if (round === 0) assert.ok(proposed.length > 0, JSON.stringify(json.findings));
        for (const { set } of proposed) for (const place of Object.keys(set)) put(followed, place, set[place]);
        const { stdout, stderr } = await run(["token", file(followed), A], { env: CLIENT });
        assert.equal(stdout, `${token}\n`, `round ${round}: ${JSON.stringify(followed)}\n${stderr}`);
      }
    });
  }

  /** What is answered, and what is said of it. */
  const UNREADABLE = {
    "JSON in a JSON string": [json(TEXT), /the answer is JSON within a text/],
    "twice": [json(JSON.stringify(TEXT)), /the answer is JSON within a text/],
    "JSON in a member": [json({ statusCode: 200, body: TEXT, message: "ok" }), /at \/body is JSON within a text/],
    "under the token's own name": [json({ access_token: TEXT }), /at \/access_token is JSON within a text/],
    "in base64": [of("text/plain", base64(TEXT)), /the answer is JSON within a text/],
    "in base64, in a member": [json({ data: { token: base64(TEXT) } }), /at \/data\/token is JSON within a text/],
    "in a form": [of("text/plain", `d=${encodeURIComponent(TEXT)}`), /at \/d is JSON within a text/],
    "a page": [of("text/html", "<html><title>Log in</title>"), /a web page/],
    "a page that says it is JSON": [of("application/json", " <!DOCTYPE html><p>Hi"), /a web page/],
    "XML": [of("application/xml", `<?xml version="1.0"?><access_token>${TOKEN}</access_token>`), /is XML/],
    "XML without a declaration": [of("text/plain", `<token>${TOKEN}</token>`), /is XML/],
    "JSONP": [of("text/javascript", `callback(${TEXT});`), /other text around its JSON/],
    "a guard": [json(GRANTED), /other text around its JSON/, (body) => `)]}',\n${body}`],
    "a trailing comma": [json(GRANTED), /begins like JSON, but is not JSON/, (body) => body.replace("}", ",}")],
    "single quotes": [json(GRANTED), /begins like JSON, but is not JSON/, (body) => body.replaceAll('"', "'")],
    "half of it": [json(GRANTED), /begins like JSON, but is not JSON/, (body) => body.slice(0, -9)],
    "line by line": [of("application/x-ndjson", `${TEXT}\n${TEXT}\n`), /JSON line by line/],
    "gzip that says nothing": [of("application/json", gzipSync(TEXT)), /compressed, but has no content-encoding/],
    "UTF-16": [of("application/json", Buffer.from(`\ufeff${TEXT}`, "utf16le")), /is UTF-16/],
    "Latin-1 in the token": [of("text/plain", Buffer.from(`jeton-é-${TOKEN}`, "latin1")), /is not UTF-8/],
    "more than 1 MiB": [json({ ...GRANTED, more: "x".repeat(2 ** 20) }), /longer than 1 MiB/],
    "nothing": [of("application/json", ""), /the answer is empty/],
    "nothing at all": [{ status: 204, body: "" }, /the answer is empty/],
    "a cookie": [{ status: 204, headers: { "set-cookie": `sid=${TOKEN}; Path=/` }, body: "" }, /sets a cookie/],
    "null": [json(null), /nothing in the answer looks like a token/],
    "an empty object": [json({}), /nothing in the answer looks like a token/],
    "an empty array": [json([]), /nothing in the answer looks like a token/],
    "a word": [of("text/plain", "unauthorized_client"), /nothing in the answer looks like a token/],
    "a sentence": [of("text/plain", "Please log in first"), /nothing in the answer looks like a token/],
    "a number for a token": [json({ data: { access_token: 1234567890123 } }), /\/data\/access_token is called a token/],
    "a token with spaces": [json({ accessToken: "a b c d e f g" }), /\/accessToken is called a token/],
    "XML, where the profile says text": [
      of("text/plain", `<token>${TOKEN}</token>`),
      /is XML/,
      undefined,
      { response: { format: "text" } },
    ],
  };
  test("what is too short for a token, and is called one", async () => {
    odd.answers["/short"] = () => json({ accessToken: "abc" });
    const { json: told } = await run(["check", oddProfile("/short", {}), A, "--json"], { env: CLIENT });
    const [{ reason, remedy, set }] = told.findings;
    assert.deepEqual([reason, remedy], ["the value at /accessToken is called a token", "if it is one, write"]);
    assert.deepEqual(set, { "response.access_token": "/accessToken" });
  });
  for (const [what, [answer, pattern, change = (body) => body, profile = {}]] of Object.entries(UNREADABLE)) {
    test(`no advice for ${what}`, async () => {
      odd.answers["/unreadable"] = () => ({ ...answer, body: change(answer.body) });
      const path = oddProfile("/unreadable", profile);
      const { json } = await run(["check", path, A, "--json"], { env: CLIENT });
      assert.match(json.findings.map(({ reason }) => reason).join("\n"), pattern);
      assert.equal(json.findings.length, 1);
      assert.deepEqual(json.findings.filter(({ set }) => set), []);
      const { stdout } = await run(["check", path, A], { env: CLIENT });
      assert.doesNotMatch(stdout, /"(access_token|format)":/);
      assert.ok(!stdout.includes(TOKEN) && !JSON.stringify(json).includes(TOKEN));
    });
  }

  test("a token too short to be taken for one unasked is proposed where it is called so", async () => {
    odd.answers["/short"] = () => json({ access_token: "tok-19", token_type: "Bearer" });
    const response = { access_token: "/data/token" };
    const { json: found } = await run(["check", oddProfile("/short", { response }), A, "--json"], { env: CLIENT });
    const [{ reason, set }, ...more] = found.findings;
    assert.deepEqual(more, []);
    assert.match(reason, /\/access_token is called a token$/);
    assert.deepEqual(set, { "response.access_token": "/access_token" });
  });

  test("it is said where to write what is to be written, if the provider is no file yet", async () => {
    odd.answers["/auth/realms/r/protocol/openid-connect/token"] = () => json({ data: { accessToken: TOKEN } });
    const variables = ["--variable", `base_url=${odd.origin}/auth`, "--variable", "realm=r"];
    const shipped = await run(["check", "keycloak", ...variables, A], { env: CLIENT });
    assert.match(shipped.stdout, /copy node_modules\/bearerkit\/providers\/keycloak\.json.*\{ \.\.\.keycloak, … \}/);
    const url = `${odd.origin}/auth/realms/r/protocol/openid-connect/token`;
    const endpoint = await run(["check", `${url}?key=s3cr3t-0123`, A], { env: CLIENT });
    assert.ok(
      endpoint.stdout.includes(
        `Write this into a profile file of your own and give its path: { "token_endpoint": "${url}", … }`,
      ),
    );
    assert.ok(!endpoint.stdout.includes("s3cr3t-0123, …"));
    const own = await run(["check", file({ token_endpoint: url }), A], { env: CLIENT });
    assert.match(own.stdout, /write: "response"/);
    assert.doesNotMatch(own.stdout, /give its path/);
  });

  test("an ID token is no access token, and an API that takes it all the same is the user's word", async () => {
    odd.answers["/id-token"] = () => json({ id_token: JWT, token_type: "Bearer" });
    const { json: found } = await run(["check", oddProfile("/id-token"), A, "--json"], { env: CLIENT });
    const [{ reason, remedy, set }, ...more] = found.findings;
    assert.deepEqual(more, []);
    assert.match(reason, /an ID token at \/id_token, and no access token/);
    assert.match(remedy, /--scope.*if this API takes ID tokens/);
    assert.deepEqual(set, { "response.access_token": "/id_token" });
    odd.answers["/both"] = () => json({ ...GRANTED, id_token: JWT });
    const both = await run(["check", oddProfile("/both"), A, "--json"], { env: CLIENT });
    assert.deepEqual(both.json.findings, []);
  });

  test("a step's format", async () => {
    odd.answers["/nonce-form"] = () => of("text/plain", "nonce=n-1234567890");
    const step = {
      token_endpoint: `${odd.origin}/nonce-form`,
      token_endpoint_auth_method: "none",
      grant_type: null,
      response: { capture: { nonce: "/nonce" } },
    };
    const profile = { token_endpoint: `${odd.origin}/after-nonce`, steps: [step], parameters: { nonce: "{nonce}" } };
    const { json } = await run(["check", file(profile), A, "--json"], { env: CLIENT });
    assert.deepEqual(json.findings.map(({ set }) => set), [{ "steps[0].response.format": "form" }]);
    step.response.format = "form";
    assert.equal((await run(["token", file(profile), A], { env: CLIENT })).stdout, `${TOKEN}\n`);
  });
});

/** Writes a member of a profile where its path says. */
function put(profile, place, value) {
  const names = place.split(".");
  const last = names.pop();
  names.reduce((at, name) => at[name] ??= {}, profile)[last] = value;
}

test("a newcomer finds an odd provider by what check says alone", async (context) => {
  // All that is known: where one logs in, and as whom.
  const profile = { token_endpoint: `${odd.origin}/login` };
  const env = { BEARERKIT_USERNAME: "ada", BEARERKIT_PASSWORD: "wrong-password-at-first" };
  const path = file(profile);
  let rounds = 0;
  for (; rounds < 12; rounds += 1) {
    const { json } = await run(["check", path, A, "--json"], { env });
    const { stdout } = await run(["check", path, A], { env });
    assert.deepEqual(json.problems, []);
    const proposed = [...json.warnings, ...(json.findings ?? [])].filter(({ set }) => set);
    for (const { set } of proposed) {
      for (const [place, value] of Object.entries(set)) {
        const last = JSON.stringify(place.split(".").at(-1));
        assert.ok(stdout.includes(last), `${place} is said in words too\n${stdout}`);
        put(profile, place, value);
      }
    }
    writeFileSync(path, JSON.stringify(profile, null, 2));
    if (proposed.length > 0) continue;
    // Nothing more to write: now it says what the server means.
    if (json.error) {
      assert.equal(json.error.error, "E_LOGIN");
      assert.match(json.error.errorDescription, /^\[redacted\] is not the password of/);
      env.BEARERKIT_PASSWORD = "lovelace-1843";
      continue;
    }
    break;
  }
  context.diagnostic(`${rounds} rounds: ${JSON.stringify(profile)}`);
  assert.ok(rounds < 9, `${rounds} rounds`);
  assert.deepEqual(profile, {
    token_endpoint: `${odd.origin}/login`,
    grant_type: null,
    token_endpoint_auth_method: "none",
    request_format: "json",
    parameters: { username: "{username}", password: "{password}" },
    response: {
      error: "/fault/code",
      error_description: "/fault/text",
      access_token: "/payload/session/token",
      expiry: { source: "expires_in", pointer: "/payload/session/lifetimeMs", unit: "ms" },
      refresh_token: "/payload/session/refreshToken",
      error_when: { pointer: "/ok", not: [true] },
    },
  });
  const { json } = await run(["check", path, A, "--json"], { env });
  assert.equal(json.token.lifetime.seconds, 7200);
  assert.equal((await run(["token", path, A], { env })).stdout, `${TOKEN}\n`);
});

const PAGE = join(root, "www", "guide", "cli.md");

test("what the guide shows of check is what it prints", async () => {
  const page = readFileSync(PAGE, "utf8");
  const [profile] = /```json [^\n]*\n([^]*?)```/.exec(page).slice(1);
  const shown = [...page.matchAll(/```console\n\$ npx bearerkit check acme.json\n([^]*?)```/g)].map(([, text]) => text);
  assert.equal(shown.length, 2);
  const endpoint = "https://acme.example/oauth/token";
  const directory = mkdtempSync(join(folder, "guide-"));
  const printed = async (content) => {
    writeFileSync(join(directory, "acme.json"), content.replace(endpoint, `${odd.origin}/envelope`));
    const { stdout } = await run(["check", "acme.json", A], { env: CLIENT, ...ID, cwd: directory });
    return stdout.replaceAll(`${odd.origin}/envelope`, endpoint).replaceAll(
      new URL(odd.origin).host,
      new URL(endpoint).host,
    )
      .replace(/in \d+ ms/, "in 143 ms");
  };
  const mended = profile.replace('"token_url"', '"token_endpoint"').replace('"post"', '"client_secret_post"')
    .replace('"data.token"', '"/data/token"');
  assert.deepEqual(JSON.parse(mended).response, { access_token: "/data/token" });
  const found = [await printed(profile), await printed(mended)];
  if (process.env.WRITE) found.forEach((text, index) => writePage(shown[index], text));
  assert.deepEqual(shown, found);
});

/** `WRITE=1 node --test --test-name-pattern guide tests/cli-answer.test.mjs` puts in what is printed. */
function writePage(before, after) {
  writeFileSync(
    PAGE,
    readFileSync(PAGE, "utf8").replace(`check acme.json\n${before}\`\`\``, () => `check acme.json\n${after}\`\`\``),
  );
}
