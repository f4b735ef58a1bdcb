// The command, as users run it: the built package in a process of its own, against servers on loopback.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { fakeCredentials } from "../pkg-template/testing.js";
import { bin } from "../scripts/paths.mjs";
import { assertHidden, cli, pkg, run, shell } from "./cli/run.mjs";
import { A, CLIENT, file, folder, ID, space } from "./cli/setup.mjs";

const LOGIN = { BEARERKIT_USERNAME: fakeCredentials.username, BEARERKIT_PASSWORD: fakeCredentials.password };

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
        // Of some the JWT is the token, and no request is sent.
        assert.match(stdout, /\n(The token request|A call of the API)\ncurl /);
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
  const flag = {}, flagFor = {}, text = {}, texts = {};
  const ALWAYS = Function("flag", "text", `return ${table("ALWAYS")}`)(flag, text);
  const OF_A_PROVIDER = Function("flag", "flagFor", "text", "texts", `return ${table("OF_A_PROVIDER")}`)(
    flag,
    flagFor,
    text,
    texts,
  );
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
      [["check", "fuse", SECRET], /too many arguments/],
      [["fetch", "fuse"], /a provider and a URL/],
      [["fetch", "--issuer", "https://as.example"], /it takes a URL/],
      [["token", "fuse", "--issuer", "https://as.example"], /takes the place of a provider/],
      [["token", "fuze"], /no shipped provider and no file.*\n.*Is it fuse\?/],
      [["token", "./nowhere.json"], /nowhere.json cannot be read \(ENOENT\)\n.*"token_endpoint".*bearerkit list/],
      [["token", "fuuffy", "--environment=testing"], /no option --environment\n.*--variable environment=/],
      [["token", "fuuffy", "environment=testing"], /too many arguments.*\n.*--variable NAME=VALUE/],
      [["token", "fuse", "--scop", "a"], /no option --scop\n.*Is it --scope\?/],
      [["token", "fuse", "--timeout", "soon"], /--timeout needs a number/],
      [["token", "fuse", "--scope"], /--scope needs a value/],
      [["token", "fuse", "--scope", "--show"], /--scope needs a value/],
      [["token", "fuse", "--issuer", "a", "--issuer", "b"], /--issuer is given twice/],
      [["token", "fuse", "--show=yes"], /--show takes no value/],
      [["token", "fuse", "--variable", SECRET], /--variable: expected name=value\n.*--variable NAME=/],
      [["token", "keycloak", "--variable", "realm"], /--variable realm: expected name=value\n.*--variable realm=…/],
      [
        ["token", "keycloak", "--variable", "realm=a", "--variable", SECRET],
        /--variable number 2: expected name=value/,
      ],
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
      [["fetch", "fuse", "https://api.fuse.me/", "-H", SECRET], /-H needs name:value/],
      [["fetch", "fuse", SECRET], /the URL is not absolute/],
      [["fetch", "fuse", "https://api.fuse.me/", "-X", "GET", "-d", "x"], /a GET has no body/],
      [["token", "https://user:hunter2-too@as.example/token"], /user name or a password/],
      [["token", "https://user:hunter2/too@as.example/token"], /has no valid host/],
      [
        ["token", "http://as.example/token?client_secret=hunter2-too"],
        /is http: to as.example; --allow-insecure=http:\/\/as.example allows/,
      ],
      [
        ["token", "http://as.example/token", "--allow-insecure", "--allow-insecure=http://as.example"],
        /with a value and/,
      ],
      [
        ["token", "http://as.example/token", "--allow-insecure=as.example"],
        /allow-insecure\[0\]: expected an http: origin/,
      ],
    ]
  ) {
    test(args.join(" ").replaceAll(SECRET, "…"), async () => {
      // Each way of saying it takes a process, and their words are the same.
      const isOneOfSome = args.length % 2 === 0;
      for (const more of isOneOfSome ? [[], ["--json"]] : [[]]) {
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
    assert.match(stderr, /Set BEARERKIT_BASE_URL \(or --variable base_url=…\) and BEARERKIT_CLIENT_SECRET\./);
    const { json } = await run(["token", "basic-token-v2", "--json"], { env: { BEARERKIT_CLIENT_ID: "x" } });
    assert.deepEqual(json.error.missing.map(({ environment }) => environment), [
      "BEARERKIT_BASE_URL",
      "BEARERKIT_CLIENT_SECRET",
    ]);
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
    assert.match(none.stderr, /does not send its token in a header\n.*bearerkit fetch puts it there/);
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
      assert.match(hidden.text, /\(opaque token, \d+ characters\)\nThe token is not shown on a terminal: .*--show/);
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
      `# comment\nexport BEARERKIT_CLIENT_ID='fake-client' \r\nBEARERKIT_CLIENT_SECRET=fake-secret # mine\nOTHER=1\nBEARERKIT_PRIVATE_KEY="-----BEGIN PRIVATE KEY-----\nline two"\n`,
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
    assert.match(result.stderr, /x-api-key: the profile itself seems to contain a secret/);
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
