// The command, as users run it: the built package in a process of its own, against servers on loopback.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync, verify } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { awkwardCredentials, fakeCredentials } from "../pkg-template/testing.js";
import { startLoopback } from "../scripts/loopback.mjs";
import { bin, root } from "../scripts/paths.mjs";
import { startOdd, TOKEN } from "./cli/odd.mjs";
import { assertHidden, cli, pkg, run, shell } from "./cli/run.mjs";

const { buildTokenRequest } = await import(pathToFileURL(join(pkg, "core.js")));
const samples = JSON.parse(readFileSync(join(root, "tests", "vectors", "providers.json"), "utf8"));
const pem = generateKeyPairSync("rsa", { modulusLength: 2048 });
const privateKey = pem.privateKey.export({ type: "pkcs8", format: "pem" });

const CLIENT = {
  BEARERKIT_CLIENT_ID: fakeCredentials.client_id,
  BEARERKIT_CLIENT_SECRET: fakeCredentials.client_secret,
};
const LOGIN = { BEARERKIT_USERNAME: fakeCredentials.username, BEARERKIT_PASSWORD: fakeCredentials.password };
/** Names of credentials are no secrets where they are the test's own words. */
const ID = { shows: ["BEARERKIT_CLIENT_ID", "BEARERKIT_USERNAME"] };
const A = "--allow-insecure";

let folder, loopback, odd;
before(async () => {
  folder = mkdtempSync(join(tmpdir(), "bearerkit-cli-"));
  loopback = await startLoopback();
  odd = await startOdd();
});
after(async () => {
  await loopback?.close();
  await odd?.close();
  rmSync(folder, { recursive: true, force: true });
});

let spaces = 0;
/** A scripted server of a test's own: `{ at(path), calls(), fail(script) }`. */
function space(options) {
  const origin = `${loopback.origin}/ns/cli-${spaces += 1}`;
  const post = (command, body) =>
    fetch(`${origin}/_control/${command}`, { method: "POST", body: JSON.stringify(body) });
  const ready = options ? post("options", options) : Promise.resolve();
  return {
    ready,
    at: (path) => `${origin}/${path}`,
    token: `${origin}/as.example/oauth/token`,
    fail: (script) => post("fail", script),
    calls: async () => await (await fetch(`${origin}/_control/calls`)).json(),
  };
}

let files = 0;
function file(content, name = `profile-${files += 1}.json`) {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return path;
}

const oddProfile = (path, more) => file({ token_endpoint: `${odd.origin}${path}`, ...more });

describe("help", () => {
  const commands = ["check", "token", "header", "fetch", "list"];

  test("without a command it says what there is, and that is a wrong call", async () => {
    const { code, stdout, stderr } = await run([]);
    assert.equal(code, 2);
    assert.equal(stderr, "");
    for (const command of commands) assert.match(stdout, new RegExp(`bearerkit ${command}`));
    assert.equal((await run(["--help"])).stdout, stdout);
    assert.equal((await run(["-h"])).code, 0);
  });

  for (const command of commands) {
    test(`${command} --help names each of its options`, async () => {
      const { code, stdout, stderr } = await run([command, "--help"]);
      assert.deepEqual([code, stderr], [0, ""]);
      const source = readFileSync(join(pkg, "cli", "arguments.js"), "utf8");
      const { ALWAYS, CALLS } = optionsIn(source);
      for (const name of [...Object.keys(ALWAYS), ...CALLS[command]]) {
        assert.match(stdout, new RegExp(`--${name}\\b`), name);
      }
      for (const line of stdout.split("\n")) assert.ok(line.length <= 82, line);
    });
  }

  test("--version is that of package.json", async () => {
    const { stdout } = await run(["--version"]);
    assert.equal(stdout.trim(), JSON.parse(readFileSync(join(pkg, "package.json"), "utf8")).version);
  });

  test("list has each shipped profile, by names that the other commands take", async () => {
    const { stdout } = await run(["list"]);
    const { json } = await run(["list", "--json"]);
    const files = execFileSync("ls", [join(pkg, "providers")], { encoding: "utf8" }).split("\n")
      .filter((name) => name.endsWith(".json") && name !== "schema.json").map((name) => name.slice(0, -5));
    assert.deepEqual(json.map(({ file }) => file).sort(), files.sort());
    for (const { file, title } of json) {
      assert.ok(stdout.split("\n").some((line) => line.startsWith(`${file} `) && line.endsWith(title)), file);
    }
    // Each by one of its names: a process for each takes its time.
    await Promise.all([0, 1].map(async (half) => {
      for (const { name, file } of json.filter((_, index) => index % 2 === half)) {
        const { code, stdout } = await run(["check", half ? name : file, "--no-send"]);
        assert.equal(code, 0, file);
        assert.match(stdout, /\nThe token request\ncurl /);
      }
    }));
  });

  test("what says what there is loads no WebAssembly", async () => {
    const bare = join(folder, "bare");
    mkdirSync(bare);
    cpSync(pkg, bare, { recursive: true, filter: (path) => !path.endsWith("wasm-base64.js") });
    const command = [process.execPath, join(bare, "cli.js")];
    for (const args of [["--help"], ["--version"], ["list"], ["check", "--help"]]) {
      assert.equal((await run(args, { command })).code, 0, args.join(" "));
    }
    assert.equal((await run(["check", "fuse"], { command })).code, 4);
  });
});

/** The options that the command's own table has. */
function optionsIn(source) {
  const table = (name) => new RegExp(`const ${name} = (\\{[^]*?\\n?\\});\\n`).exec(source)[1];
  const flag = {}, text = {}, texts = {};
  const ALWAYS = Function("flag", "text", `return ${table("ALWAYS")}`)(flag, text);
  const OF_A_PROVIDER = Function("flag", "text", "texts", `return ${table("OF_A_PROVIDER")}`)(flag, text, texts);
  const CALLS = Function("flag", "text", "texts", "OF_A_PROVIDER", `return ${table("CALLS")}`)(
    flag,
    text,
    texts,
    OF_A_PROVIDER,
  );
  return {
    ALWAYS,
    CALLS: Object.fromEntries(Object.entries(CALLS).map(([name, { options }]) => [name, Object.keys(options)])),
  };
}

describe("wrong calls are exit code 2, say what to do, and repeat nothing that may be a secret", () => {
  const SECRET = "hunter2-ä&%=";
  for (
    const [args, pattern] of [
      [["chekc", "fuse"], /no such command\n {2}Is it check\?/],
      [["token"], /it takes a provider/],
      [["check", "fuse", SECRET], /more words than it takes/],
      [["fetch", "fuse"], /a provider and a URL/],
      [["fetch", "--issuer", "https://as.example"], /it takes a URL/],
      [["token", "fuse", "--issuer", "https://as.example"], /no other provider/],
      [["token", "fuze"], /no shipped provider and no file.*\n.*Is it fuse\?/],
      [["token", "./nowhere.json"], /nowhere.json cannot be read \(ENOENT\)/],
      [["token", "fuse", "--scop", "a"], /no option --scop\n.*Is it --scope\?/],
      [["token", "fuse", "--timeout", "soon"], /--timeout wants a number/],
      [["token", "fuse", "--scope"], /--scope wants a value/],
      [["token", "fuse", "--scope", "--show"], /--scope wants a value/],
      [["token", "fuse", "--issuer", "a", "--issuer", "b"], /--issuer is there twice/],
      [["token", "fuse", "--show=yes"], /--show takes no value/],
      [["token", "fuse", "--variable", SECRET], /--variable wants name=value/],
      [
        ["token", "fuse", "--client-secret", SECRET],
        /does not belong on the command line.*\n.*Set BEARERKIT_CLIENT_SECRET in the environment/,
      ],
      [["token", "fuse", `--client-secret=${SECRET}`], /Set BEARERKIT_CLIENT_SECRET/],
      [["token", "fuse", "--client-id", SECRET], /Set BEARERKIT_CLIENT_ID/],
      [["token", "fuse", "--private-key", SECRET], /Set BEARERKIT_PRIVATE_KEY/],
      [["token", "fuse", "-u", SECRET], /Set BEARERKIT_CLIENT_ID and BEARERKIT_CLIENT_SECRET/],
      [["token", "fuse", `-p${SECRET}`], /no option/],
      [["token", "fuse", "--variable", `client_secret=${SECRET}`], /Set BEARERKIT_CLIENT_SECRET/],
      [["token", "fuse", "--variable", `api_token=${SECRET}`], /Set BEARERKIT_API_TOKEN/],
      [["token", "fuse", "--parameter", `api_key=${SECRET}`], /Set BEARERKIT_API_KEY/],
      [
        ["token", "fuse", "--parameter", "x=eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0."],
        /does not belong on the command line/,
      ],
      [
        ["fetch", "fuse", "https://api.fuse.me/", "-H", `Authorization: Bearer ${SECRET}`],
        /the header Authorization may hold a secret/,
      ],
      [["fetch", "fuse", "https://api.fuse.me/", "-H", `x-api-key: ${SECRET}`], /resource_request/],
      [["fetch", "fuse", "https://api.fuse.me/", "-H", SECRET], /-H wants name:value/],
      [["fetch", "fuse", SECRET], /the URL is none/],
      [["fetch", "fuse", "https://api.fuse.me/", "-X", "GET", "-d", "x"], /a GET has no body/],
      [["token", "https://user:hunter2-too@as.example/token"], /user name or a password/],
      [["token", "https://user:hunter2/too@as.example/token"], /has no good host/],
      [["token", "http://as.example/token?client_secret=hunter2-too"], /is not https:/],
    ]
  ) {
    test(args.join(" ").replaceAll(SECRET, "…"), async () => {
      for (const more of [[], ["--json"]]) {
        const result = await run([...args, ...more], { env: CLIENT });
        assert.equal(result.code, 2, result.stderr + result.stdout);
        for (const secret of [SECRET, "hunter2-too"]) assertHidden(result, secret, args[0]);
        if (more.length === 0) {
          assert.equal(result.stdout, "");
          assert.match(result.stderr, /^bearerkit: /);
          assert.match(result.stderr, pattern);
        } else {
          assert.equal(result.stderr, "");
          assert.match(result.json.error.code, /^ERR_(USAGE|OPTIONS|PROFILE)$/);
        }
      }
    });
  }

  test("a file that --env-file names, and is not there", async () => {
    // Node 20 looks for this option of its own behind the script's name too, and ends with 9 (nodejs/node#54232).
    const args = ["token", "fuse", "--env-file", "./nowhere"];
    const { code, stderr } = await run(args, { command: [process.execPath, "--", cli] });
    assert.equal(code, 2);
    assert.match(stderr, /--env-file: .\/nowhere cannot be read \(ENOENT\)/);
  });

  test("what is missing is named, with the ways to give it", async () => {
    const { code, stdout, stderr } = await run(["token", "basic-token-v2"], { env: { BEARERKIT_CLIENT_ID: "x" } });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /base_url and client_secret are missing/);
    assert.match(stderr, /Set BEARERKIT_BASE_URL, or --variable base_url=…; BEARERKIT_CLIENT_SECRET\./);
    const { json } = await run(["token", "basic-token-v2", "--json"], { env: { BEARERKIT_CLIENT_ID: "x" } });
    assert.deepEqual(json.error.missing.map(({ environment }) => environment), [
      "BEARERKIT_BASE_URL",
      "BEARERKIT_CLIENT_SECRET",
    ]);
  });
});

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
        "  line 2:3, the profile: there is a comment, and JSON has none\n    take it away",
        '  line 3:3, tokenEndpoint: unknown member\n    it is called "token_endpoint"',
        "  line 3:3, token_endpoint: is not https:\n    write ",
        "  line 4:3, token_endpoint_auth_method: expected client_secret_basic",
        '    write "client_secret_basic"',
        "  line 4:40, the profile: a comma is missing here\n    write a comma",
        "  line 5:17, response.access_token: expected a pointer",
        '    write "/data/token"',
        '  line 5:59, response.expiry.unit: expected s | ms | min | d:hh:mm\n    write "ms"',
        '  line 6:3, audience: unknown member\n    it is a parameter: "parameters": { "audience": "{audience}" }',
        "  line 6:18, the profile: there is a comma before the }\n    take the comma away",
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
    assert.match(stdout, /The values go in encoded/);
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
      assert.equal(result.stdout.match(/a secret seems to stand/g)?.length, 6);
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
    assert.match(stdout, /Step 1, Nonce, which brings nonce, sig, base\ncurl -X POST https:\/\/as.example\/nonce/);
    assert.match(
      stdout,
      /Step 2, which brings code\ncurl "\$step1_base\/code\?n=\$step1_nonce"|curl -G .*"\$step1_base\/code"/,
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

  test("what came back, and what was understood of it", async () => {
    const server = space();
    const { code, stdout, stderr } = await run(["check", server.token, A], { env: CLIENT });
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(
      stdout,
      /\nSent\. It answered 200 in \d+ ms\.\n {2}token {10}at \/access_token: an opaque one of \d+ characters\n {2}token type {5}Bearer\n {2}lifetime {7}1 h, a span at \/expires_in\n {2}renewed {8}after (49|5[0-4]) min( \d+ s)?\n {2}not used {7}after 59 min 50 s\n {2}refresh token {2}no\n {2}scope {10}not said\nNothing else in the answer looks like a token, an expiry or an error\.\n$/,
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
    assert.ok(verify("sha256", Buffer.from(`${header}.${claims}`), pem.publicKey, Buffer.from(signature, "base64url")));
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
        /ERR_RATE_LIMITED: .*\n {2}It wants to be left alone until 20/,
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
      ["a token that is none", { type: "bad_token", token: "a b" }, 1, /the token at \/access_token has a space/],
    ]
  ) {
    test(`exit code ${code}: ${what}`, async () => {
      const server = space();
      await server.fail([{ ...script, times: "always" }]);
      const { code: found, stdout, stderr } = await run(["check", server.token, A, "--timeout", "1"], { env: CLIENT });
      assert.equal(found, code, stdout + stderr);
      assert.match(stdout, pattern);
      assert.equal((await server.calls()).length, 1);
      const token = await run(["token", server.token, A, "--timeout", "1"], { env: CLIENT });
      assert.deepEqual([token.code, token.stdout], [code, ""]);
      assert.match(token.stderr, /^bearerkit: the token endpoint /);
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

  test("http: to anything but loopback is refused, also with --allow-insecure", async () => {
    const { code, stdout } = await run(["check", "http://as.example/token", A], { env: CLIENT });
    assert.equal(code, 2);
    assert.match(stdout, /is http: and not to a loopback host/);
  });
});

describe("an issuer", () => {
  const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" });

  test("before it is asked, its metadata are all that is known", async () => {
    const { code, stdout } = await run(["check", "--issuer", "https://as.example/a", "--no-send"]);
    assert.equal(code, 0);
    assert.match(stdout, /^https:\/\/as.example\/a, as its metadata say\.\n/);
    assert.match(stdout, /The issuer's metadata\ncurl https:\/\/as.example\/a\/.well-known\/openid-configuration/);
    assert.match(stdout, /client_secret {2}BEARERKIT_CLIENT_SECRET {2}not given \(optional\)/);
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
    assert.match(stdout, /Request 3 answered 401[^]*ERR_REFUSED[^]*counts over the metadata/);
    assert.equal(stdout.match(/The issuer's metadata/g).length, 2);
  });

  test("an issuer that is none", async () => {
    const { code, stdout } = await run(["check", "--issuer", `${odd.origin}/nowhere`, A], { env: CLIENT });
    assert.equal(code, 1);
    assert.match(stdout, /ERR_BAD_RESPONSE: .*no metadata of the issuer/);
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
        /^response.expiry=\{"source":"expires_in","pointer":"\/expires_in","unit":"ms"\} 83 days are a long life/,
      ],
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
      ["/two", {}, /what stands at \/admin\/access_token looks like a token too/],
      ["/error", {}, /^response.error="\/fault\/code" response.error_description="\/fault\/text"/],
      ["/errors", {}, /^response.error="\/errors\/0\/code" response.error_description="\/errors\/0\/detail"/],
      ["/deep", {}, /^response.error="\/a\/b\/error\/code" response.error_description="\/a\/b\/error\/message"/],
      ["/media", {}, /^request_format="json"/],
      ["/media", { request_format: "json" }, /^request_format="form"/],
      ["/method", {}, /^token_endpoint_method="GET" request_format="query"/],
      ["/method", { token_endpoint_method: "GET" }, /^token_endpoint_method="POST" request_format="form"/],
      ["/grant", {}, /does not know this grant/],
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
        const steps = place.split(".");
        const last = steps.pop();
        assert.ok(stdout.includes(JSON.stringify(last)), `${place} is said in words too\n${stdout}`);
        steps.reduce((at, step) => at[step] ??= {}, profile)[last] = value;
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

describe("no secret is in any output", () => {
  const awkward = {
    BEARERKIT_CLIENT_ID: awkwardCredentials.client_id,
    BEARERKIT_CLIENT_SECRET: awkwardCredentials.client_secret,
  };
  for (
    const [what, more] of [
      ["in a form", { token_endpoint_auth_method: "client_secret_post" }],
      ["in JSON", { token_endpoint_auth_method: "client_secret_post", request_format: "json" }],
      ["in the URL", { token_endpoint_auth_method: "client_secret_post", request_format: "query" }],
      ["as Basic", {}],
      ["as raw Basic", { basic_encoding: "raw" }],
      ["in a header of its own", {
        token_endpoint_auth_method: "none",
        headers: { "x-key": { base64: "{client_id}:{client_secret}" } },
      }],
    ]
  ) {
    test(`sent ${what}, and echoed in every way`, async () => {
      const response = { error: "/error/code", error_description: "/error/message" };
      for (const path of ["/echo", "/echo?redirect"]) {
        const profile = oddProfile(path, { ...more, response });
        for (
          const args of [["check", profile], ["token", profile], ["header", profile], [
            "fetch",
            profile,
            `${odd.origin}/api`,
          ]]
        ) {
          for (const json of [[], ["--json"]]) {
            const result = await run([...args, A, ...json], { env: awkward, ...ID });
            assert.equal(result.code, 1, result.stdout + result.stderr);
            assertHidden(result, `${awkwardCredentials.client_id}:${awkwardCredentials.client_secret}`, args[0]);
            assertHidden(result, TOKEN, args[0]);
          }
        }
      }
    });
  }

  test("also what only the environment knows to be one", async () => {
    const response = { error: "/error/code", error_description: "/error/message" };
    const parameters = { ticket: "{ticket}" };
    const profile = oddProfile("/echo", { token_endpoint_auth_method: "none", grant_type: null, parameters, response });
    for (const args of [["check", profile], ["token", profile], ["token", profile, "--json"]]) {
      const result = await run([...args, A], { env: { BEARERKIT_TICKET: "t1cket-of-mine/+" } });
      assert.equal(result.code, 1, result.stdout);
      assert.match(result.stdout + result.stderr, /\[redacted\]/);
    }
  });

  test("also not as a pointer to what looks like a token", async () => {
    for (const json of [[], ["--json"]]) {
      const result = await run(["check", oddProfile("/named"), A, ...json], { env: CLIENT, ...ID });
      assert.equal(result.code, 1);
      assert.match(result.stdout, /there is no token at \/access_token/);
    }
  });

  test("also of a core that is broken", async () => {
    // A bug shows where it happened, and no word of what a runtime says of it: that may quote what it was given.
    const bare = join(folder, "broken");
    cpSync(pkg, bare, { recursive: true });
    writeFileSync(
      join(bare, "cli", "evidence.js"),
      `export function evidenceOf({ credentials }) { throw new TypeError(credentials.client_secret); }\n`,
    );
    const result = await run(["check", space().token, A], {
      env: CLIENT,
      command: [process.execPath, join(bare, "cli.js")],
    });
    assert.equal(result.code, 4);
    assert.match(result.stderr, /a bug of its own: TypeError\n +at /);
  });
});

describe("token, header", () => {
  test("print nothing but what they are for, fit for $(…) and pipes", async () => {
    const server = space();
    const env = { ...CLIENT, API: server.at("as.example/v1/me"), SERVER: server.token };
    const token = await run(["token", server.token, A], { env: CLIENT });
    assert.match(token.stdout, /^access-\d+\n$/);
    assert.equal(token.stderr, "");
    const header = await run(["header", server.token, A], { env: CLIENT });
    assert.match(header.stdout, /^Authorization: Bearer access-\d+\n$/);
    for (
      const line of [
        `curl -s -H "$(bearerkit header "$SERVER" ${A})" "$API"`,
        `curl -s -H "Authorization: Bearer $(bearerkit token "$SERVER" ${A})" "$API"`,
        `bearerkit header "$SERVER" ${A} | curl -s -H @- "$API"`,
      ]
    ) {
      const { stdout, stderr } = await shell(line, { env });
      assert.match(stdout, /"ok":true/, stderr);
    }
  });

  test("as JSON", async () => {
    const server = space();
    const { json } = await run(["token", server.token, A, "--json"], { env: CLIENT });
    assert.match(json.value, /^access-/);
    assert.deepEqual([json.kind, json.length, json.tokenType], ["opaque", json.value.length, "Bearer"]);
    assert.ok(new Date(json.expiresAt) > new Date(json.renewAt));
    const header = await run(["header", server.token, A, "--json"], { env: CLIENT });
    assert.match(header.json.Authorization, /^Bearer access-/);
  });

  test("a header of another name, several, none", async () => {
    const server = space();
    const profile = (headers, more) => file({ token_endpoint: server.token, resource_request: { headers, ...more } });
    const several = await run(
      ["header", profile({ "x-auth-token": "{access_token}", "client-id": "{client_id}" }), A],
      { env: CLIENT, ...ID },
    );
    assert.match(several.stdout, /^Client-Id: fake-client\nX-Auth-Token: access-\d+\n$/);
    const none = await run(["header", profile({}, { query: { access_token: "{access_token}" } }), A], { env: CLIENT });
    assert.deepEqual([none.code, none.stdout], [2, ""]);
    assert.match(none.stderr, /carries its token in no header\n.*bearerkit fetch puts it there/);
  });

  test("a reader that has enough is no error", async () => {
    const { code, stderr } = await shell(`bearerkit check "$SERVER" ${A} --json | head -c 1 >/dev/null`, {
      env: { ...CLIENT, SERVER: space().token },
    });
    assert.deepEqual([code, stderr], [0, ""]);
  });

  const hasScript = (() => {
    try {
      execFileSync("script", ["--version"]);
      return true;
    } catch {
      return false;
    }
  })();

  test("a terminal does not get to see the token, unless it is asked for", {
    skip: hasScript ? false : "no script(1) here",
  }, async () => {
    const server = space();
    const terminal = async (line) => {
      const command = `${JSON.stringify(process.execPath)} ${JSON.stringify(cli)} ${line}`;
      const { code, stdout } = await run(["-qec", command, "/dev/null"], {
        env: { ...CLIENT, SHELL: "/bin/sh" },
        command: ["script"],
      });
      return { code, text: stdout.replaceAll("\r", "") };
    };
    for (const name of ["token", "header"]) {
      const hidden = await terminal(`${name} ${server.token} ${A}`);
      assert.equal(hidden.code, 0);
      assert.doesNotMatch(hidden.text, /access-\d/);
      assert.match(hidden.text, /\(opaque token, \d+ characters\)\nA terminal does not get to see the token: .*--show/);
      const json = await terminal(`${name} ${server.token} ${A} --json`);
      assert.doesNotMatch(json.text, /access-\d/);
      const shown = await terminal(`${name} ${server.token} ${A} --show`);
      assert.match(shown.text, /^(Authorization: Bearer )?access-\d+\n$/);
    }
  });

  test("scope, resource, parameters and variables reach the server", async () => {
    const server = space();
    const profile = file({ token_endpoint: server.at("{host}/oauth/token"), parameters: { realm: "{realm}" } });
    const args = [
      "--scope",
      "a",
      "--scope",
      "b",
      "--resource",
      "https://api.example",
      "--parameter",
      "audience=x=y",
      "--variable",
      "realm=one",
    ];
    const { code, stderr } = await run(["token", profile, A, ...args], {
      env: { ...CLIENT, BEARERKIT_HOST: "as.example" },
    });
    assert.equal(code, 0, stderr);
    const [{ body }] = await server.calls();
    assert.deepEqual(Object.fromEntries(new URLSearchParams(body)), {
      grant_type: "client_credentials",
      scope: "a b",
      audience: "x=y",
      resource: "https://api.example",
      realm: "one",
    });
  });

  test("--env-file: quotes, comments, export, line breaks; the environment wins", async () => {
    const server = space();
    const path = file(
      `# comment\nexport BEARERKIT_CLIENT_ID='fake-client' \r\nBEARERKIT_CLIENT_SECRET=fake-secret # mine\nOTHER=1\nBEARERKIT_PRIVATE_KEY="-----BEGIN\nline two"\n`,
      "dotenv",
    );
    assert.equal((await run(["token", server.token, A, "--env-file", path])).code, 0);
    const wins = await run(["token", server.token, A, "--env-file", path], {
      env: { BEARERKIT_CLIENT_SECRET: "another-secret" },
    });
    assert.equal(wins.code, 1);
  });

  test("a warning goes beside the result, not into it", async () => {
    const server = space();
    const profile = file({ token_endpoint: server.token, headers: { "x-api-key": "literal-key" } });
    const result = await run(["token", profile, A], { env: CLIENT });
    assert.match(result.stdout, /^access-\d+\n$/);
    assert.match(result.stderr, /x-api-key: a secret seems to stand in the profile/);
    assertHidden(result, "literal-key", "token");
  });
});

describe("fetch", () => {
  const api = (server) => server.at("as.example/v1/things");

  test("prints the body, byte for byte", async () => {
    const server = space();
    await server.fail([{ at: "api", type: "status", status: 200, body: "no newline at the end" }]);
    const { code, stdout, stderr } = await run(["fetch", server.token, api(server), A], { env: CLIENT });
    assert.deepEqual([code, stdout, stderr], [0, "no newline at the end", ""]);
  });

  test("method, headers and body", async () => {
    const server = space();
    const body = file('{"a":[1]}', "body.json");
    for (
      const [args, stdin, method, type, sent] of [
        [[], "", "GET", undefined, ""],
        [["-d", '{"a":1}'], "", "POST", "application/json", '{"a":1}'],
        [
          ["-d", "a=1", "-H", "Content-Type: application/x-www-form-urlencoded"],
          "",
          "POST",
          "application/x-www-form-urlencoded",
          "a=1",
        ],
        [["-d", `@${body}`, "-X", "put"], "", "PUT", "application/json", '{"a":[1]}'],
        [["-d", "-"], "from a pipe", "POST", "text/plain;charset=UTF-8", "from a pipe"],
        [["-X", "DELETE", "-H", "x-request-id: 7", "--header", "accept: text/csv"], "", "DELETE", undefined, ""],
      ]
    ) {
      const { code } = await run(["fetch", server.token, api(server), A, ...args], { env: CLIENT, stdin });
      assert.equal(code, 0);
      const call = (await server.calls()).at(-1);
      assert.deepEqual([call.method, call.headers["content-type"], call.body], [method, type, sent]);
      assert.match(call.headers.authorization, /^Bearer access-/);
      if (method === "DELETE") assert.deepEqual([call.headers["x-request-id"], call.headers.accept], ["7", "text/csv"]);
    }
  });

  test("-i and --json", async () => {
    const server = space();
    const { stdout } = await run(["fetch", server.token, api(server), A, "-i"], { env: CLIENT });
    assert.match(stdout, /^HTTP 200 OK\n[^]*\ncontent-type: application\/json\n[^]*\n\n\{"ok":true/);
    const { json } = await run(["fetch", server.token, api(server), A, "--json"], { env: CLIENT });
    assert.equal(json.status, 200);
    assert.equal(json.headers["content-type"], "application/json");
    assert.equal(JSON.parse(json.body).ok, true);
  });

  test("a status of 400 or above is exit code 1, and the body is there", async () => {
    const server = space();
    await server.fail([{ at: "api", type: "status", status: 404, body: { error: "gone" } }]);
    const { code, stdout, stderr } = await run(["fetch", server.token, api(server), A], { env: CLIENT });
    assert.deepEqual([code, stdout, stderr], [1, '{"error":"gone"}', "bearerkit: the API answered 404\n"]);
  });

  test("a 401 is cured once", async () => {
    const server = space();
    await server.fail([{ at: "api", type: "unauthorized" }]);
    assert.equal((await run(["fetch", server.token, api(server), A], { env: CLIENT })).code, 0);
    assert.deepEqual((await server.calls()).map(({ kind, status }) => `${kind} ${status}`), [
      "token 200",
      "api 401",
      "token 200",
      "api 200",
    ]);
  });

  test("the token goes where the profile says, and nowhere else", async () => {
    const server = space();
    const profile = file({ token_endpoint: server.token, resource_request: { origins: ["https://api.example"] } });
    const { code, stdout, stderr } = await run(["fetch", profile, "https://evil.example/x?y", A], { env: CLIENT });
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /the token may not go to https:\/\/evil.example\n.*"origins"/);
    assert.deepEqual(await server.calls(), []);
  });

  test("an API that is not there", async () => {
    const server = space();
    const { code, stdout, stderr } = await run(["fetch", server.token, "http://127.0.0.1:9/", A], { env: CLIENT });
    assert.deepEqual([code, stdout], [3, ""]);
    assert.match(stderr, /the API could not be reached/);
  });
});

test("what the README shows of check is what it prints", async () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");
  const section = /\n## From the command line\n([^]*?)\n## /.exec(readme)[1];
  const [profile] = /```json\n([^]*?)```/.exec(section).slice(1);
  const shown = [...section.matchAll(/```console\n\$ npx bearerkit check acme.json\n([^]*?)```/g)].map(([, text]) =>
    text
  );
  assert.equal(shown.length, 2);
  const endpoint = "https://acme.example/oauth/token";
  const directory = mkdtempSync(join(folder, "readme-"));
  const printed = async (content) => {
    writeFileSync(join(directory, "acme.json"), content.replace(endpoint, `${odd.origin}/envelope`));
    const { stdout } = await run(["check", "acme.json", A], { env: CLIENT, ...ID, cwd: directory });
    return stdout.replaceAll(`${odd.origin}/envelope`, endpoint).replace(/in \d+ ms/, "in 143 ms");
  };
  const mended = profile.replace('"token_url"', '"token_endpoint"').replace('"post"', '"client_secret_post"')
    .replace('"data.token"', '"/data/token"');
  assert.deepEqual(JSON.parse(mended).response, { access_token: "/data/token" });
  const found = [await printed(profile), await printed(mended)];
  if (process.env.WRITE) found.forEach((text, index) => writeReadme(shown[index], text));
  assert.deepEqual(shown, found);
});

/** `WRITE=1 node --test --test-name-pattern README tests/cli.test.mjs` puts in what is printed. */
function writeReadme(before, after) {
  const path = join(root, "README.md");
  writeFileSync(
    path,
    readFileSync(path, "utf8").replace(`check acme.json\n${before}\`\`\``, () => `check acme.json\n${after}\`\`\``),
  );
}

test("logins of a shipped profile", async () => {
  const server = space();
  const args = ["fusio-login", "--variable", `base_url=${server.at("fusio.example")}`, A];
  const { stdout } = await run(["token", ...args], { env: LOGIN });
  assert.match(stdout, /^eyJ/);
  const check = await run(["check", ...args], { env: LOGIN });
  assert.match(check.stdout, /an? JWT of \d+ characters/);
});

for (
  const [name, ...command] of [
    ["Deno", bin("deno"), "run", "--quiet", "--allow-env", "--allow-net", "--allow-read", cli],
    ["Bun", bin("bun"), cli],
  ]
) {
  test(`the same on ${name}`, async () => {
    const server = space();
    const env = { ...CLIENT, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    const token = await run(["token", server.token, A], { env, command });
    assert.match(token.stdout, /^access-\d+\n$/, token.stderr);
    const check = await run(["check", server.token, A], { env, command });
    assert.match(check.stdout, /Sent\. It answered 200[^]*lifetime {7}1 h, a span at \/expires_in/);
    const fetched = await run(["fetch", server.token, server.at("as.example/v1/me"), A, "-d", "-"], {
      env,
      command,
      stdin: "x",
    });
    assert.match(fetched.stdout, /"ok":true.*"body":"x"/);
    const bad = await run(["check", "-"], { env, command, stdin: '{ "token_url": 1 }' });
    assert.equal(bad.code, 2);
    const refused = await run(["token", "fuse", "--client-secret=abc"], { env, command });
    assert.deepEqual([refused.code, refused.stdout], [2, ""]);
  });
}
