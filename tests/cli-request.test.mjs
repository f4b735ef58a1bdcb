// `check`: what is wrong with a profile, and the requests that it would make.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../scripts/paths.mjs";
import { assertHidden, pkg, run } from "./cli/run.mjs";
import { A, CLIENT, file, ID, privateKey, space } from "./cli/setup.mjs";

const { buildTokenRequest } = await import(pathToFileURL(join(pkg, "core.js")));
const samples = JSON.parse(readFileSync(join(root, "tests", "vectors", "providers.json"), "utf8"));

describe("check: what is wrong with a profile", () => {
  const bad = `{
  // of my own
  "tokenEndpoint": "http://{tenant}.acme.example/token",
  "token_endpoint_auth_method": "basic"
  "response": { "access_token": "data.token", "expiry": { "unit": "millis" } },
  "audience": "x",
}`;

  test("each problem has a line, a path and a remedy; nothing is sent", async () => {
    const path = file(bad);
    const { code, stdout, stderr } = await run(["check", path], { env: CLIENT, ...ID });
    assert.deepEqual([code, stderr], [2, ""]);
    for (
      const lines of [
        `${path}: 9 problems.`,
        "  line 2:3, the profile: there is a comment, and JSON has none\n    remove it",
        '  line 3:3, tokenEndpoint: unknown member\n    it is called "token_endpoint"',
        "  line 3:3, token_endpoint: is not https:\n    write ",
        "  line 4:3, token_endpoint_auth_method: expected client_secret_basic",
        '    write "client_secret_basic"',
        "  line 4:40, the profile: a comma is missing here\n    write a comma",
        "  line 5:17, response.access_token: expected a pointer",
        '    write "/data/token"',
        '  line 5:59, response.expiry.unit: expected s | ms | min | d:hh:mm\n    write "ms"',
        '  line 6:3, audience: unknown member\n    it is a parameter: "parameters": { "audience": "{audience}" }',
        "  line 6:18, the profile: there is a comma before the }\n    remove the comma",
        "  tenant         BEARERKIT_TENANT         missing",
        "Nothing was sent.",
      ]
    ) {
      assert.ok(stdout.includes(lines), `${lines}\nin\n${stdout}`);
    }
    assert.ok(!stdout.includes("curl"));
  });

  test("the same as JSON, from standard input", async () => {
    const { code, json } = await run(["check", "-", "--json"], { stdin: bad });
    assert.equal(code, 2);
    assert.equal(json.exit, 2);
    assert.equal(json.sent, false);
    assert.deepEqual(json.problems.map(({ line }) => line), [2, 3, 3, 4, 4, 5, 5, 6, 6]);
    for (const { path, reason, remedy } of json.problems) assert.ok(path && reason && remedy);
  });

  test("the other commands say the same, and end", async () => {
    const path = file(bad);
    for (const args of [["token", path], ["header", path], ["fetch", path, "https://api.example/"]]) {
      const { code, stdout, stderr } = await run(args, { env: CLIENT });
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, /line 6:3, audience: unknown member\n {4}it is a parameter/);
    }
  });

  test("a key that cannot sign", async () => {
    const profile = {
      token_endpoint: "https://as.example/t",
      token_endpoint_auth_method: "private_key_jwt",
      assertion: { alg: "ES256" },
    };
    const env = { BEARERKIT_CLIENT_ID: "app", BEARERKIT_PRIVATE_KEY: privateKey };
    const { code, stdout } = await run(["check", file(profile)], { env, shows: ["BEARERKIT_CLIENT_ID"] });
    assert.equal(code, 2);
    assert.match(
      stdout,
      /credentials.private_key: is a key of RSA, which cannot sign with ES256\n {4}write "alg": "RS256"/,
    );
  });

  test("a name of the file, the profile or the answer moves no cursor", async () => {
    const profile = { token_endpoint: "https://as.example/t", name: "A\u001b[2JB\u202eC", "\u001b]0;x\u0007": 1 };
    const { stdout } = await run(["check", file(profile)]);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  });
});

describe("check: the request", () => {
  /** Words that every encoding leaves as they are, so that what a shell makes of the command can be compared. */
  const plain = (name) => `value-of.${name}`;

  for (const { name, profile, inputs } of samples) {
    test(`${name}: the curl command is the request that the client sends`, async () => {
      const names = { credentials: Object.keys(inputs.credentials), variables: Object.keys(inputs.config ?? {}) };
      const signs = Object.values(inputs.credentials).some(({ $key }) => $key);
      const value = (name) => name === "private_key" && signs ? privateKey : plain(name);
      const given = (list) => Object.fromEntries(list.map((name) => [name, value(name)]));
      const env = Object.fromEntries(
        [...names.credentials, ...names.variables].map((name) => [`BEARERKIT_${name.toUpperCase()}`, value(name)]),
      );
      const scopes = (inputs.scopes ?? []).flatMap((scope) => ["--scope", scope]);
      const { code, json } = await run(["check", file(profile), "--no-send", "--json", ...scopes], { env });
      assert.equal(code, 0);
      assert.equal(json.sent, false);

      const scope = inputs.scopes ? { scope: inputs.scopes.length === 1 ? inputs.scopes[0] : inputs.scopes } : {};
      let real = buildTokenRequest({
        provider: profile,
        credentials: given(names.credentials),
        variables: given(names.variables),
        ...scope,
      }, Date.now());
      const signed = real.sign?.input;
      if (real.sign) real = real.complete(new Uint8Array([1]));
      const [{ curl, assertion, note }] = json.requests;
      // A key is no value that goes into a request.
      assert.equal(note, undefined);
      const shown = await requestOfCurl(curl, { ...env, ASSERTION: `${signed}.AQ` });
      assert.deepEqual(shown, asPairs(real));
      assert.equal(assertion !== undefined, signed !== undefined);
      if (signed) {
        const decoded = signed.split(".").map((part) => JSON.parse(Buffer.from(part, "base64url").toString()));
        const hide = (value) =>
          JSON.parse(
            JSON.stringify(value).replaceAll(/value-of\.(\w+)/g, (_, name) => `$BEARERKIT_${name.toUpperCase()}`),
          );
        const { jti, iat, exp, ...claims } = assertion.claims;
        const { jti: fresh, iat: _, exp: __, ...expected } = hide(decoded[1]);
        assert.deepEqual([assertion.header, claims], [hide(decoded[0]), expected]);
        assert.equal(typeof jti, typeof fresh);
        assert.ok(exp > iat || iat === undefined);
      }
    });
  }

  test("it runs in a shell, and brings a token", async () => {
    const server = space();
    const profiles = [
      file({ token_endpoint: server.token }),
      file({
        token_endpoint: server.at("auth.fuse.me/oauth/token"),
        token_endpoint_auth_method: "client_secret_post",
        request_format: "json",
        parameters: { audience: "https://api.fuse.me" },
      }),
      file({
        token_endpoint: server.at("api-gateway.fuuffy.com/v1/auth/token"),
        token_endpoint_auth_method: "client_secret_post",
      }),
      file({
        token_endpoint: server.token,
        headers: { authorization: { scheme: "Basic", base64: "{client_id}:{client_secret}" } },
        token_endpoint_auth_method: "none",
      }),
    ];
    for (const profile of profiles) {
      const { json } = await run(["check", profile, A, "--json", "--no-send"], { env: CLIENT });
      const { stdout } = await run(["-c", json.requests[0].curl], { env: CLIENT, command: ["sh"], ...ID });
      assert.match(stdout, /access_token/, json.requests[0].curl);
    }
  });

  test("no value of the environment is in it, whatever it is called; what the command line says is", async () => {
    const profile = {
      token_endpoint: "https://{host}/{+path}?key={ticket}&region={region}",
      token_endpoint_auth_method: "none",
      request_format: "json",
      parameters: { user: "{user}", nested: { list: ["{pass_word}"] } },
      headers: { "x-key": { base64: "{user}:{api_key}" }, "x-two": "a {user} b" },
      defaults: { region: "eu" },
    };
    const awkward = "ä\"$`\\'!{x}%20 &";
    const env = {
      BEARERKIT_HOST: "h.example",
      BEARERKIT_PATH: "some/longer/path",
      BEARERKIT_TICKET: `t1cket${awkward}`,
      BEARERKIT_USER: "someone-else",
      BEARERKIT_PASS_WORD: `p4ss${awkward}`,
      BEARERKIT_API_KEY: "k3y-of-mine",
    };
    for (const more of [[], ["--json"]]) {
      const { code, stdout } = await run(["check", file(profile), "--no-send", ...more], { env });
      assert.equal(code, 0, stdout);
      for (const name of Object.keys(env)) assert.ok(stdout.includes(`$${name}`), name);
    }
    const { stdout } = await run(["check", file(profile), "--no-send", "--variable", "region=us-east"], { env });
    assert.match(stdout, /region=us-east/);
    assert.match(stdout, /bearerkit encodes the values/);
  });

  test("whatever stands around the variables, a shell leaves it as it is", async () => {
    const awkward = "a \"b\" 'c' $HOME `d` $(e) \\ \\$ 100% é\u00fc !f";
    const ascii = awkward.replace(/[^\x20-\x7e]/g, "");
    for (const request_format of ["form", "json", "query"]) {
      const profile = {
        token_endpoint: "https://as.example/to'k\"en$x",
        token_endpoint_auth_method: "none",
        request_format,
        parameters: { constant: awkward, mixed: `${awkward}{user}${awkward}`, n: 1, on: true },
        headers: { "x-constant": ascii, "x-mixed": `${ascii}{user}0`, "x-base64": { base64: `${awkward}{user}` } },
      };
      const env = { BEARERKIT_USER: "someone" };
      const { json } = await run(["check", file(profile), "--no-send", "--json"], { env });
      const real = buildTokenRequest({ provider: profile, credentials: {}, variables: { user: "someone" } }, 0);
      assert.deepEqual(await requestOfCurl(json.requests[0].curl, env), asPairs(real), json.requests[0].curl);
    }
  });

  test("a secret that stands in the profile is not shown, and is warned of", async () => {
    const SECRET = "pr0file-s3cret";
    const profile = {
      token_endpoint: `https://as.example/token?api_key=${SECRET}1`,
      client_secret: SECRET,
      token_endpoint_auth_method: "client_secret_post",
      parameters: { password: `${SECRET}2`, "deep.er": { access_key: `${SECRET}3` } },
      request_format: "json",
      headers: { Authorization: `Bearer ${SECRET}4`, "x-api-key": `${SECRET}5` },
    };
    for (const more of [[], ["--json"]]) {
      const result = await run(["check", file(profile), "--no-send", ...more]);
      assert.equal(result.code, 0, result.stdout);
      assertHidden(result, SECRET, "check");
      assert.equal(result.stdout.match(/seems to contain a secret/g)?.length, 6);
    }
  });

  test("a port, a URL, an answer that cannot be made up", async () => {
    const profile = {
      token_endpoint: "{+base}:{port}/token",
      parameters: { n: "{n}" },
      steps: [{
        token_endpoint: "https://as.example:{port}/n",
        response: { capture: { n: "" }, error_when: { pointer: "/x", not: [] } },
      }],
    };
    const { code, stdout } = await run(["check", file(profile), "--no-send"], { env: { BEARERKIT_PORT: "8443" } });
    assert.equal(code, 0, stdout);
    assert.match(stdout, /curl https:\/\/as.example:443\/n/);
    assert.match(stdout, /What follows depends on its answer/);
  });

  test("steps: each request, and what it brings", async () => {
    const profile = {
      token_endpoint: "{+base}/token",
      parameters: { nonce: "{nonce}", sig: "{step1.sig}", code: "{code}" },
      steps: [
        {
          name: "Nonce",
          token_endpoint: "https://as.example/nonce",
          token_endpoint_auth_method: "none",
          grant_type: null,
          request_format: "none",
          response: {
            capture: { nonce: "/a/b~1c", sig: "header:x-sig", base: "/base" },
            error_when: { pointer: "/code", not: [0] },
          },
        },
        {
          token_endpoint: "{+base}/code?n={nonce}",
          response: { format: "text", access_token: "", capture: { code: "" } },
        },
      ],
    };
    const { stdout } = await run(["check", file(profile), "--no-send"], { env: CLIENT });
    assert.match(stdout, /Step 1, Nonce, which returns nonce, sig, base\ncurl -X POST https:\/\/as.example\/nonce/);
    assert.match(
      stdout,
      /Step 2, which returns code\ncurl "\$step1_base\/code\?n=\$step1_nonce"|curl -G .*"\$step1_base\/code"/,
    );
    assert.match(stdout, /The token request\ncurl "\$step1_base\/token"/);
    for (const pair of ["nonce=$step1_nonce", "sig=$step1_sig", "code=$step2_code"]) {
      assert.ok(stdout.includes(`"${pair}"`), pair);
    }
  });
});

/** What a shell makes of a curl command: the request, its parameters as decoded pairs. */
async function requestOfCurl(command, env) {
  const spy =
    'curl() { for word; do printf "%s\\0" "$word"; done; printf "\\0"; case " $* " in *" @- "*) cat;; esac; }\n';
  const { code, stdout, stderr } = await run(["-c", spy + command], { env, command: ["sh"], shows: Object.keys(env) });
  assert.equal(code, 0, stderr);
  const [words, document] = stdout.split("\0\0");
  const request = { method: undefined, headers: {}, pairs: [], json: undefined };
  let isQuery = false;
  const list = words.split("\0");
  while (list.length > 0) {
    const word = list.shift();
    if (word === "-X") request.method = list.shift();
    else if (word === "-G") isQuery = true;
    else if (word === "-H") {
      const [, name, value] = /^([^:]+): (.*)$/s.exec(list.shift());
      request.headers[name] = value;
    } else if (word === "-u") request.headers.authorization = `Basic ${Buffer.from(list.shift()).toString("base64")}`;
    else if (word === "-d" && request.headers["content-type"] === "application/json") {
      request.json = JSON.parse(list.shift());
    } else if (word === "-d" || word === "--data-urlencode") {
      const pair = list.shift();
      request.pairs.push([pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    } else if (word === "--data-binary") {
      assert.equal(list.shift(), "@-");
      request.json = JSON.parse(document);
    } else if (word !== "") request.url = word;
  }
  const hasForm = request.pairs.length > 0 && !isQuery;
  if (hasForm) request.headers["content-type"] = "application/x-www-form-urlencoded";
  request.method ??= isQuery ? "GET" : request.pairs.length > 0 || request.json ? "POST" : "GET";
  const url = new URL(request.url);
  request.pairs.push(...url.searchParams);
  return { ...request, url: url.origin + url.pathname };
}

function asPairs({ method, url, headers, body }) {
  const type = headers["content-type"];
  const { origin, pathname, searchParams } = new URL(url);
  const pairs = [...(type?.includes("form") ? new URLSearchParams(body) : []), ...searchParams];
  return {
    method,
    headers: { ...headers },
    pairs,
    json: type?.includes("json") ? JSON.parse(body) : undefined,
    url: origin + pathname,
  };
}
