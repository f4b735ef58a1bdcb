// `--store`: the command takes part in a fleet's record, in a real Redis, by the client that is installed beside it.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { createServer } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { Redis } from "ioredis";
import { root } from "../scripts/paths.mjs";
import { listen } from "../scripts/runtimes/child.mjs";
import { createClient } from "../pkg/index.js";
import { redis } from "../pkg/stores.js";
import { assertHidden, pkg, run as runCommand } from "./cli/run.mjs";
import { A, CLIENT, file, folder, ID, space } from "./cli/setup.mjs";
import { programOf } from "./stores/engines/debian.mjs";
import { freePort } from "./support/serve.mjs";

const PASSWORD = "hunter2/of the+store";
const KEY = "a key of the fleet's store";
const CREDENTIALS = { client_id: CLIENT.BEARERKIT_CLIENT_ID, client_secret: CLIENT.BEARERKIT_CLIENT_SECRET };

let server, plain, env;
before(async () => {
  server = await startRedis(["--requirepass", PASSWORD]);
  plain = await connected(server);
  env = { ...CLIENT, BEARERKIT_STORE: server.url, BEARERKIT_STORE_KEY: KEY };
});
after(async () => {
  plain?.disconnect();
  await server?.stop();
});

/** Nothing secret may be in any output, and no call takes longer than two limits of the store and a busy machine. */
async function run(args, { env: given = env, ...options } = {}) {
  const began = Date.now();
  const result = await runCommand(args, { env: given, ...ID, ...options });
  const took = Date.now() - began;
  assert.ok(took < 12_000, `it took ${took} ms`);
  for (const secret of [PASSWORD, encodeURIComponent(PASSWORD), KEY]) assertHidden(result, secret, args[0]);
  return result;
}

/** A client of the fleet, as a service has it. */
async function fleet(options, key = KEY) {
  const connection = await connected(server);
  const client = createClient({
    credentials: CREDENTIALS,
    allowInsecure: true,
    store: redis(connection, { key }),
    ...options,
  });
  return { client, close: () => (client.close(), connection.disconnect()) };
}

async function requestsTo(space) {
  return (await space.calls()).filter(({ kind }) => kind === "token").length;
}

describe("one token for the fleet and for scripts", { timeout: 120_000 }, () => {
  for (const name of ["ioredis", "redis"]) {
    test(`over ${name}, installed where the command is called`, async () => {
      const { command, cwd } = installed(`with-${name}`, [name]);
      const as = space();
      const first = await run(["token", as.token, A], { command, cwd });
      assert.deepEqual([first.code, first.stderr], [0, ""]);
      // It ended with its token in the record, where the fleet and the next script find it.
      const { client, close } = await fleet({ provider: as.token });
      assert.equal((await client.token()).value, first.stdout.trim());
      close();
      const header = await run(["header", as.token, A], { command, cwd });
      assert.deepEqual([header.stdout, header.stderr], [`Authorization: Bearer ${first.stdout}`, ""]);
      const fetched = await run(["fetch", as.token, as.at("as.example/v1/me"), A], { command, cwd });
      assert.equal(fetched.code, 0, fetched.stderr);
      assert.equal(await requestsTo(as), 1);
    });
  }

  test("the fleet's token is printed, and none is requested", async () => {
    const as = space();
    const { client, close } = await fleet({ provider: as.token });
    const { value } = await client.token();
    await untilSaved(client);
    close();
    assert.equal((await run(["token", as.token, A])).stdout, `${value}\n`);
    assert.equal(await requestsTo(as), 1);
  });

  test("eight scripts that start at once: one token request", async () => {
    const as = space();
    const results = await Promise.all(Array.from({ length: 8 }, () => run(["token", as.token, A])));
    assert.deepEqual([...new Set(results.map(({ stdout, stderr }) => stdout + stderr))].length, 1);
    assert.equal(await requestsTo(as), 1);
  });

  test("the fleet's cooldown holds for scripts, and theirs for the fleet", async () => {
    const as = space();
    await as.fail([{ at: "token", type: "status", status: 429, headers: { "retry-after": "60" } }]);
    for (let turn = 0; turn < 3; turn += 1) {
      const { code, stdout, stderr } = await run(["token", as.token, A]);
      assert.deepEqual([code, stdout], [3, ""]);
      assert.match(stderr, /Send no request before/);
    }
    assert.equal(await requestsTo(as), 1);
  });

  test("a refresh token that rotates is presented once, by one script after the other and by those that start at once", async () => {
    const presented = [];
    const as = createHttpServer(async (incoming, outgoing) => {
      let body = "";
      for await (const chunk of incoming) body += chunk;
      presented.push(new URLSearchParams(body).get("refresh_token"));
      const count = presented.length;
      const answer = {
        access_token: `a-${count}`,
        refresh_token: `rotated-${count}`,
        expires_in: 2,
        token_type: "Bearer",
      };
      outgoing.setHeader("content-type", "application/json").end(JSON.stringify(answer));
    });
    await new Promise((resolve) => as.listen(0, "127.0.0.1", resolve));
    const token_endpoint = `http://127.0.0.1:${as.address().port}/token`;
    const profile = file({ token_endpoint, grant_type: "refresh_token" });
    const given = { ...env, BEARERKIT_REFRESH_TOKEN: "the-first-refresh-token" };
    try {
      for (let turn = 0; turn < 3; turn += 1) {
        const results = await Promise.all(
          Array.from({ length: 3 }, () => run(["token", profile, A, "--name", "chain"], { env: given })),
        );
        for (const { code, stderr } of results) assert.deepEqual([code, stderr], [0, ""]);
        await new Promise((resolve) => setTimeout(resolve, 2000));
      }
      const expected = presented.map((_, index) => index === 0 ? "the-first-refresh-token" : `rotated-${index}`);
      assert.deepEqual(presented, expected);
      assert.ok(presented.length >= 3);
    } finally {
      as.close();
      as.closeAllConnections();
    }
  });

  test("redis://, rediss:// with TLS, valkey://, a number of a database; --store without a password", async () => {
    const as = space();
    const tls = await startTls();
    const open = await startRedis();
    try {
      const urls = [server.url.replace("redis:", "valkey:"), `${server.url}/3`, tls.url];
      for (const [index, BEARERKIT_STORE] of urls.entries()) {
        for (let turn = 0; turn < 2; turn += 1) {
          const { code, stderr } = await run(["token", as.token, A], { env: { ...env, ...tls.env, BEARERKIT_STORE } });
          assert.deepEqual([code, stderr], [0, ""], BEARERKIT_STORE.replace(/:.*@/, ""));
        }
        assert.equal(await requestsTo(as), index + 1);
      }
      for (let turn = 0; turn < 2; turn += 1) {
        const { stderr } = await run(["token", as.token, A, "--store", open.url], {
          env: { ...CLIENT, BEARERKIT_STORE_KEY: KEY },
        });
        assert.equal(stderr, "");
      }
      assert.equal(await requestsTo(as), urls.length + 1);
    } finally {
      await Promise.all([tls.stop(), open.stop()]);
    }
  });
});

describe("the record is found by the options", { timeout: 120_000 }, () => {
  const parted = (as) => ({ token_endpoint: as.at("{host}/oauth/token"), parameters: { realm: "{realm}" } });
  for (
    const [what, args, options] of [
      ["scope, resource and parameters", [
        ["--scope", "b", "--scope", "a", "--resource", "https://api.example", "--parameter", "audience=x"],
      ], { scope: "a b", resource: "https://api.example", parameters: { audience: "x" } }],
      ["a name", [["--name", "tenant-1"]], { name: "tenant-1" }],
      ["credentials from a function", [["--name", "tenant-1", "--credentials-function"]], {
        name: "tenant-1",
        credentials: () => CREDENTIALS,
      }],
    ]
  ) {
    test(`${what}: the fleet's record, and the one whose name check prints`, async () => {
      const as = space();
      const { client, close } = await fleet({ provider: as.token, ...options });
      const before = await plain.keys("*");
      const { value } = await client.token();
      await untilSaved(client);
      close();
      const [name] = (await plain.keys("*")).filter((name) => !before.includes(name));
      const token = await run(["token", as.token, A, ...args.flat()]);
      assert.deepEqual([token.stdout, token.stderr], [`${value}\n`, ""]);
      const check = await run(["check", as.token, A, ...args.flat(), "--no-send"]);
      assert.match(check.stdout, new RegExp(`\\nThe record in the shared store\\n {2}${name}\\n`));
      const { json } = await run(["check", as.token, A, ...args.flat(), "--no-send", "--json"]);
      assert.deepEqual(json.record, { name });
      assert.equal(await requestsTo(as), 1);
      // One that differs has a record of its own.
      await run(["token", as.token, A, ...args.flat(), "--parameter", "other=1"]);
      assert.equal(await requestsTo(as), 2);
    });
  }

  test("a profile with variables", async () => {
    const as = space();
    const provider = parted(as);
    const { client, close } = await fleet({ provider, variables: { host: "as.example", realm: "one" } });
    const { value } = await client.token();
    await untilSaved(client);
    close();
    const args = ["--variable", "host=as.example", "--variable", "realm=one"];
    assert.equal((await run(["token", file(provider), A, ...args])).stdout, `${value}\n`);
  });

  test("check says what the name cannot be said without, and needs no store", async () => {
    const { stdout } = await run(["check", "fuse", "--store", "redis://127.0.0.1:1"], { env: {} });
    assert.match(
      stdout,
      /\nThe record in the shared store\n {2}its name cannot be said without BEARERKIT_CLIENT_ID, BEARER/,
    );
  });

  test("check sends nothing where the refresh token is the fleet's", async () => {
    const as = space();
    const profile = file({ token_endpoint: as.token, grant_type: "refresh_token" });
    const given = { ...env, BEARERKIT_REFRESH_TOKEN: "refresh-token-of-old" };
    const { code, stdout } = await run(["check", profile, A, "--name", "x"], { env: given });
    assert.equal(code, 0);
    assert.match(stdout, /Nothing was sent: the refresh token is the fleet's/);
    assert.equal(await requestsTo(as), 0);
    // Without the store it does.
    await run(["check", profile, A], { env: { ...given, BEARERKIT_STORE: "" } });
    assert.equal(await requestsTo(as), 1);
  });

  test("a variable of a profile that is called store is the profile's", async () => {
    const base = { ...env, BEARERKIT_BASE_URL: "https://shop.example", BEARERKIT_USERNAME: "u-name" };
    const mine = await run(["check", "magento", "--no-send", "--json"], {
      env: { ...base, BEARERKIT_STORE: "default" },
      shows: [...ID.shows, "BEARERKIT_STORE"],
    });
    assert.equal(mine.json.record, undefined);
    assert.equal(mine.json.variables.find(({ name }) => name === "store").from, "environment");
    const both = await run(["check", "magento", "--no-send", "--json", "--variable", "store=default"], { env: base });
    assert.ok(both.json.record);
  });
});

describe("a store that cannot be used costs nobody the token", { timeout: 120_000 }, () => {
  const warned = async (given, pattern, more) => {
    const as = space();
    const result = await run(["token", as.token, A], { env: { ...env, ...given }, ...more });
    assert.match(result.stdout, /^access-\d+\n$/, result.stderr);
    assert.match(result.stderr, pattern);
    assert.equal(result.stderr.trim().split("\n").length, 1, result.stderr);
    assert.equal(result.code, 0);
  };
  for (const name of ["ioredis", "redis"]) {
    test(`over ${name}: refused, frozen, silent, a wrong password, no host`, async () => {
      const place = installed(`down-${name}`, [name]);
      const port = await freePort();
      await warned({ BEARERKIT_STORE: `redis://127.0.0.1:${port}` }, /the store failed \(ECONNREFUSED\)/, place);
      await warned(
        { BEARERKIT_STORE: server.url.replace("hunter2", "hunter3") },
        /the store failed \(WRONGPASS\)/,
        place,
      );
      await warned(
        { BEARERKIT_STORE: "redis://no-such-host.invalid:6379" },
        /the store failed \((ENOTFOUND|EAI_AGAIN)\)/,
        place,
      );
      server.freeze();
      try {
        await warned({}, /the store failed \(no answer within 2 s\)/, place);
      } finally {
        server.thaw();
      }
      const silent = createServer(() => {}).listen(0, "127.0.0.1");
      await new Promise((resolve) => silent.once("listening", resolve));
      const connections = new Set();
      silent.on("connection", (socket) => connections.add(socket.on("error", () => {})));
      try {
        const url = `redis://127.0.0.1:${silent.address().port}`;
        await warned({ BEARERKIT_STORE: url }, /the store failed \(no answer within 2 s\)/, place);
      } finally {
        for (const socket of connections) socket.destroy();
        silent.close();
      }
    });
  }

  test("a record that another key sealed is replaced, and that is said", async () => {
    const as = space();
    const named = ["--name", "one"];
    await run(["token", as.token, A, ...named]);
    const other = { ...env, BEARERKIT_STORE_KEY: "another key of sixteen bytes" };
    const result = await run(["token", as.token, A, ...named], { env: other });
    assert.match(result.stderr, /^bearerkit: the record in the store could not be read .* BEARERKIT_STORE_KEY the key/);
    assert.deepEqual([(await run(["token", as.token, A, ...named], { env: other })).stderr, await requestsTo(as)], [
      "",
      2,
    ]);
  });
});

describe("what is wrong with the call is said before anything is sent", { timeout: 120_000 }, () => {
  for (
    const [args, given, pattern] of [
      [
        ["--store", "redis://:hunter2@store.example"],
        {},
        /does not belong on the command line.*\n.*Set BEARERKIT_STORE in/,
      ],
      [["--store-key", KEY], {}, /does not belong on the command line.*\n.*Set BEARERKIT_STORE_KEY in/],
      [["--store", "https://store.example"], {}, /--store is not the URL of a Redis\n {2}Write redis:\/\/HOST/],
      [[], { BEARERKIT_STORE: "memcached://hunter2.example" }, /BEARERKIT_STORE is not the URL of a Redis/],
      [[], { BEARERKIT_STORE: "rediss:///3" }, /BEARERKIT_STORE is not the URL/],
      [[], { BEARERKIT_STORE_KEY: "" }, /store key: is required where .*\n.*Set BEARERKIT_STORE_KEY in/],
      [[], { BEARERKIT_STORE_KEY: "short" }, /store key: has 5 bytes, and 16 are required\n.*Set BEARERKIT_STORE_KEY/],
      [["--credentials-function"], {}, /name: is required with store where .*\n.*--name NAME/],
    ]
  ) {
    test(pattern.source.slice(0, 60), async () => {
      const as = space();
      const result = await run(["token", as.token, A, ...args], { env: { ...env, ...given } });
      assert.deepEqual([result.code, result.stdout], [2, ""]);
      assert.match(result.stderr, pattern);
      assertHidden(result, "hunter2", "token");
      assert.equal(await requestsTo(as), 0);
    });
  }

  test("neither client of Redis is installed", async () => {
    const result = await run(["token", space().token, A], installed("bare-of-clients", []));
    assert.deepEqual([result.code, result.stdout], [2, ""]);
    assert.match(
      result.stderr,
      /needs the package ioredis or redis, and neither .*\n.*npx -p bearerkit -p ioredis bearerkit/,
    );
  });
});

/** The package beside these others only, in a folder of its own. */
function installed(name, clients) {
  const cwd = join(folder, name);
  const place = join(cwd, "node_modules");
  mkdirSync(place, { recursive: true });
  cpSync(pkg, join(place, "bearerkit"), { recursive: true });
  // What is linked finds its own dependencies where it really is.
  for (const client of clients) symlinkSync(realpathSync(join(root, "node_modules", client)), join(place, client));
  return { cwd, command: [process.execPath, join(place, "bearerkit", "cli.js")] };
}

async function connected({ url }) {
  const client = new Redis(url);
  await client.ping();
  return client;
}

async function untilSaved(client) {
  while (client.explain().store.generation < 2) await new Promise((resolve) => setTimeout(resolve, 5));
}

async function startRedis(more = []) {
  const port = await freePort();
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", ...more];
  const program = await programOf("redis-server", "redis-server");
  const child = await listen(program, args, { listening: /port=(\d+)[^]*Ready to accept connections/ });
  const secret = more[0] === "--requirepass" ? `:${encodeURIComponent(more[1])}@` : "";
  return {
    url: `redis://${secret}127.0.0.1:${port}`,
    freeze: () => process.kill(child.pid, "SIGSTOP"),
    thaw: () => process.kill(child.pid, "SIGCONT"),
    stop: () => child.stop(),
  };
}

/** With a certificate of its own, which `env` makes the command trust. */
async function startTls() {
  const [key, cert] = ["store.key", "store.crt"].map((name) => join(folder, name));
  const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"];
  execFileSync(await programOf("openssl", "openssl"), [
    ...request,
    "-addext",
    "subjectAltName=DNS:localhost",
    "-keyout",
    key,
    "-out",
    cert,
  ], {
    stdio: "ignore",
  });
  const port = await freePort();
  const args = [
    "--port",
    "0",
    "--tls-port",
    `${port}`,
    "--bind",
    "127.0.0.1",
    "--save",
    "",
    "--tls-auth-clients",
    "no",
  ];
  const program = await programOf("redis-server", "redis-server");
  const child = await listen(program, [...args, "--tls-cert-file", cert, "--tls-key-file", key], {
    listening: /port=(\d+)?[^]*Ready to accept connections/,
  });
  return { url: `rediss://localhost:${port}`, env: { NODE_EXTRA_CA_CERTS: cert }, stop: () => child.stop() };
}
