// The recipes of www/guide/, run as they stand: the page's files are written into a project, its commands are run, and the
// scripted server sees a token being used.
import { build } from "esbuild";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import { fakeCredentials, fakeProvider } from "../pkg-template/testing.js";
import { startLoopback } from "../scripts/loopback.mjs";
import { root } from "../scripts/paths.mjs";
import { installed, packedProject, startRuntime } from "../scripts/runtimes.mjs";
import { makeCertificates, startAuthority, startProxy } from "./recipes/authority.mjs";
import { commandWith, readPage, writePage } from "./recipes/pages.mjs";
import { OF_OTHERS, PROVOKED } from "./recipes/pitfalls.mjs";
import { freePort, serve } from "./support/serve.mjs";
import { answerWithoutSecret, startWorker } from "./recipes/worker.mjs";

const execute = promisify(execFile);
const RELAY = join(import.meta.dirname, "recipes", "relay.mjs");
const BIN = join(root, "node_modules", ".bin");
const PACKAGES = ["@hono", "hono", "undici", "@opentelemetry", "@cloudflare", "esbuild", "typescript", "@types"];
/** From the local node_modules and no network. */
const DENO_LOCAL = "--no-prompt --no-lock --cached-only --node-modules-dir=manual";

/** Those of tests/frameworks among them. */
const PAGES =
  "cloudflare-workers deno node bun vercel next nuxt sveltekit astro hono aws-lambda docker proxies-and-mtls testing observability"
    .split(" ");

let project, loopback;

before(async () => {
  project = packedProject(mkdtempSync(join(tmpdir(), "bearerkit-recipes-")));
  installed(project, PACKAGES);
  loopback = await startLoopback();
});

after(async () => {
  await loopback?.close();
  rmSync(project, { recursive: true, force: true });
});

/** The page's files in a folder of the project, and a fake of its own behind the loopback server. */
function recipe(name, source = name) {
  const folder = join(project, name);
  mkdirSync(folder, { recursive: true });
  const page = writePage(source, folder);
  const space = `${loopback.origin}/ns/${name}`;
  const env = {
    RELAY: space,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_LOG_PATH: join(folder, "wrangler.log"),
    DENO_NO_UPDATE_CHECK: "1",
    PATH: `${BIN}:${process.env.PATH}`,
  };
  const exec = async (command, further) => {
    const options = {
      cwd: folder,
      env: { ...process.env, NO_COLOR: "1", NODE_TEST_CONTEXT: undefined, ...env, ...further },
    };
    const { stdout, stderr } = await execute("sh", ["-c", command], options).catch((error) => {
      throw new Error(`${command}\n${error.stdout}${error.stderr}`);
    });
    return stdout + stderr;
  };
  const listen = (command, further) => serve("sh", ["-c", command], { cwd: folder, env: { ...env, ...further } });
  return {
    page,
    folder,
    env,
    /** A command of the page, served. */
    serve: (word, { change = (command) => command, ...further } = {}) =>
      listen(change(commandWith(page, word)), further),
    listen,
    /** A command of the page, run to its end: what it printed. */
    run: (word, { change = (command) => command, ...further } = {}) => exec(change(commandWith(page, word)), further),
    exec,
    calls: async () => {
      const calls = await (await fetch(`${space}/_control/calls`)).json();
      return namesOf(calls);
    },
  };
}

/** Three requests, and what the API answered to each. */
async function asked(origin, path = "/") {
  for (let call = 1; call <= 3; call += 1) {
    const response = await fetch(`${origin}${path}`);
    const text = await response.text();
    assert.equal(response.status, 200, text);
    assert.match(text, /"provider":\s*"plain"/);
  }
}

const CREDENTIALS = { CLIENT_ID: fakeCredentials.client_id, CLIENT_SECRET: fakeCredentials.client_secret };
const TYPES =
  "--noEmit --ignoreConfig --strict --skipLibCheck --target es2022 --lib es2024 --types @cloudflare/workers-types --module esnext --moduleResolution bundler";
const ONE_TOKEN = ["token 200", "api 200", "api 200", "api 200"];

describe("recipes", { concurrency: 3 }, () => {
  test("cloudflare-workers: types, bundles, and serves with one token request", async () => {
    const { folder, exec } = recipe("cloudflare-workers");
    rmSync(join(folder, "worker-configuration.d.ts")); // wrangler makes it
    const checked = `wrangler types --include-runtime=false && tsc ${TYPES} src/index.ts worker-configuration.d.ts`;
    await exec(checked);
    const fake = fakeProvider();
    const worker = await startWorker(folder, "wrangler.jsonc", fake, { bindings: CREDENTIALS });
    await asked(worker.origin).finally(worker.stop);
    assert.deepEqual(namesOf(fake.calls), ONE_TOKEN);
  });

  test("cloudflare-workers: the secret comes out of the Secrets Store, once per token request", async () => {
    const { folder, exec } = recipe("secrets-store", "cloudflare-workers");
    rmSync(join(folder, "worker-configuration.d.ts"));
    const checked = `cd secrets-store && wrangler types --include-runtime=false && tsc ${TYPES} *.ts`;
    await exec(checked);
    const fake = fakeProvider();
    const secret = { ACME_SECRET: { store_id: "0123456789abcdef0123456789abcdef", secret_name: "acme_client_secret" } };
    const bindings = { CLIENT_ID: CREDENTIALS.CLIENT_ID };
    const worker = await startWorker(folder, "secrets-store/wrangler.jsonc", fake, {
      bindings,
      secretsStoreSecrets: secret,
    });
    const store = await (await worker.miniflare.getSecretsStoreSecretAPI("ACME_SECRET"))();
    await store.create(CREDENTIALS.CLIENT_SECRET);
    await asked(worker.origin).finally(worker.stop);
    assert.deepEqual(namesOf(fake.calls), ONE_TOKEN);
  });

  test("node: serves with one token request, and its test passes", async () => {
    const { serve, run, calls } = recipe("node");
    const server = await serve("server.mjs", { NODE_OPTIONS: `--import=${RELAY}` });
    await asked(server.origin).finally(server.stop);
    assert.deepEqual(await calls(), ONE_TOKEN);
    assert.match(await run("node --test"), /pass 1/);
  });

  test("bun: serves with one token request, bundles, and its test passes", async () => {
    const { page, serve, listen, run, exec, calls } = recipe("bun");
    const server = await serve("bun run server.ts", {
      change: (command) => command.replace("bun ", `bun --no-install --preload=${RELAY} `),
    });
    await asked(server.origin).finally(server.stop);
    assert.deepEqual(await calls(), ONE_TOKEN);
    const [bundle, start] = commandWith(page, "bun build").trim().split("\n");
    await exec(bundle);
    const bundled = await listen(start.replace("bun ", `bun --preload=${RELAY} `));
    await asked(bundled.origin).finally(bundled.stop);
    assert.deepEqual(await calls(), [...ONE_TOKEN, ...ONE_TOKEN]);
    assert.match(await run("bun test"), /1 pass/);
  });

  test("deno: serves with the permissions that it names, and its test passes", async () => {
    const { serve, exec, calls } = recipe("deno");
    const port = await freePort();
    const server = await serve("deno run", {
      PORT: String(port),
      change: (command) =>
        command
          .replace("deno run", `deno run ${DENO_LOCAL} --preload=${RELAY}`)
          .replace("0.0.0.0:8000", `0.0.0.0:${port},${new URL(loopback.origin).host}`)
          .replace("--allow-env=", "--allow-env=RELAY,"),
    });
    await asked(server.origin).finally(server.stop);
    assert.deepEqual(await calls(), ONE_TOKEN);
    assert.match(await exec(`deno test ${DENO_LOCAL}`), /1 passed/);
  });

  test("hono: the same app serves on Workers, Bun, Deno and Node, with one token request on each", async () => {
    const { page, folder, serve, listen, exec, calls } = recipe("hono");
    const fake = fakeProvider();
    const worker = await startWorker(folder, "wrangler.jsonc", fake, { bindings: CREDENTIALS });
    await asked(worker.origin).finally(worker.stop);
    assert.deepEqual(namesOf(fake.calls), ONE_TOKEN);

    const bun = await serve("bun run", {
      change: (command) => command.replace("bun ", `bun --no-install --preload=${RELAY} `),
    });
    await asked(bun.origin).finally(bun.stop);
    // `deno serve` preloads nothing.
    const relayed = `import ${JSON.stringify(RELAY)};\nexport { default } from "./app.ts";\n`;
    writeFileSync(join(folder, "src", "relayed.ts"), relayed);
    const deno = await serve("deno serve", {
      change: (command) =>
        command.replace("deno serve", `deno serve ${DENO_LOCAL}`).replace("--port=3000", "--port=0")
          .replace("app.ts", "relayed.ts"),
    });
    await asked(deno.origin).finally(deno.stop);
    const [bundle, start] = commandWith(page, "dist/node.mjs").trim().split("\n");
    await exec(bundle.replace("npx ", ""));
    const node = await listen(start, { NODE_OPTIONS: `--import=${RELAY}` });
    await asked(node.origin).finally(node.stop);
    assert.deepEqual(await calls(), [...ONE_TOKEN, ...ONE_TOKEN, ...ONE_TOKEN]);
  });

  test("aws-lambda: the bundle's handler reads the secret once, and waits for a renewal", async () => {
    const { run, exec } = recipe("aws-lambda");
    await run("npx esbuild", { change: (command) => command.replace("npx ", "") });
    assert.match(await run("node --test"), /pass 1/);
    assert.match(
      await exec(`node ${join(import.meta.dirname, "recipes", "freeze.mjs")}`),
      /renewed/,
    );
  });

  test("docker: http to the two services that are named, with the secret of a file", async () => {
    const { folder, listen, exec, calls } = recipe("docker");
    writeFileSync(join(folder, "secret"), `${CREDENTIALS.CLIENT_SECRET}\n`);
    const server = await listen("node server.mjs", {
      NODE_OPTIONS: `--import=${RELAY}`,
      CLIENT_ID: CREDENTIALS.CLIENT_ID,
      CLIENT_SECRET_FILE: join(folder, "secret"),
    });
    await asked(server.origin).finally(server.stop);
    assert.deepEqual(await calls(), ONE_TOKEN);
    assert.match(await exec("node --test orders.test.mjs"), /pass 2/);
  });

  test("proxies-and-mtls: through a proxy by CONNECT, to the hosts of the page", async () => {
    const { folder, run, exec } = recipe("proxies-and-mtls");
    makeCertificates(folder);
    const authority = await startAuthority(folder);
    const proxy = await startProxy(authority.port);
    const env = `CLIENT_ID=${CREDENTIALS.CLIENT_ID}\nCLIENT_SECRET=${CREDENTIALS.CLIENT_SECRET}\n`;
    writeFileSync(join(folder, ".env"), env);
    const ca = { NODE_EXTRA_CA_CERTS: join(folder, "ca.pem"), DENO_CERT: join(folder, "ca.pem") };
    try {
      const change = (command) => command.replace("http://proxy.acme.example:3128", proxy.origin);
      assert.match(await run("proxied.mjs", { change, ...ca }), /^200 /m);
      assert.deepEqual(authority.calls.map(({ host, url }) => `${host}${url}`), [
        "login.acme.example/oauth/token",
        "api.acme.example/v1/orders",
      ]);
      // Deno and Bun need no code for it.
      writeFileSync(
        join(folder, "plain.mjs"),
        readFileSync(join(folder, "proxied.mjs"), "utf8").replace(/^.*undici.*$|^.*dispatcher.*$/gm, ""),
      );
      for (const command of [`deno run ${DENO_LOCAL} -A plain.mjs`, "bun --no-install plain.mjs"]) {
        assert.match(await exec(command, { ...ca, ...CREDENTIALS, HTTPS_PROXY: proxy.origin }), /^200 /m);
      }
      assert.deepEqual(proxy.hosts, Array(3).fill(["login.acme.example:443", "api.acme.example:443"]).flat());
    } finally {
      await Promise.all([proxy.close(), authority.close()]);
    }
  });

  test("proxies-and-mtls: both requests show the client's certificate, on Node, Deno and Bun", async () => {
    const { folder, exec } = recipe("mtls", "proxies-and-mtls");
    makeCertificates(folder);
    const authority = await startAuthority(folder, { wantsCertificate: true });
    const commands = {
      "mtls.mjs": "node mtls.mjs",
      "mtls-deno.ts": `deno run ${DENO_LOCAL} --allow-net --allow-env --allow-read mtls-deno.ts`,
      "mtls-bun.ts": "bun --no-install mtls-bun.ts",
    };
    try {
      for (const [file, command] of Object.entries(commands)) {
        const path = join(folder, file);
        const source = readFileSync(path, "utf8");
        writeFileSync(path, source.replaceAll(/https:\/\/(login|api)\.acme\.example/g, authority.origin));
        const output = await exec(command, { CLIENT_ID: CREDENTIALS.CLIENT_ID });
        assert.match(output, /^200 /m, file);
        assert.deepEqual(authority.calls.map(({ certificate }) => certificate), ["client", "client"], file);
        const sent = new URLSearchParams(authority.calls[0].body);
        assert.deepEqual([...sent.keys()].sort(), ["client_id", "grant_type"], file);
        authority.calls.length = 0;
      }
    } finally {
      await authority.close();
    }
  });

  test("proxies-and-mtls: a Worker sends both through the certificate's binding", async () => {
    const { folder } = recipe("mtls-worker", "proxies-and-mtls");
    const fake = fakeProvider();
    const worker = await startWorker(folder, "wrangler.jsonc", fake, {
      bindings: { CLIENT_ID: CREDENTIALS.CLIENT_ID },
      serviceBindings: { ACME_CERT: (request) => answerWithoutSecret(fake, request) },
      outboundService: () => new Response("this went past the binding", { status: 599 }),
    });
    const response = await fetch(worker.origin).finally(worker.stop);
    assert.equal(response.status, 200);
  });

  test("vercel: a function for Node and one for the Edge runtime, with one token request each", async () => {
    const { folder, env, calls } = recipe("vercel");
    const functions = join(folder, "node_modules", "@vercel", "functions");
    mkdirSync(functions, { recursive: true });
    // A double: the package itself finds the request's context in a global of Vercel's.
    writeFileSync(
      join(functions, "index.js"),
      "export const waitUntil = (promise) => globalThis.waited.push(promise);\n",
    );
    writeFileSync(
      join(functions, "package.json"),
      '{ "name": "@vercel/functions", "type": "module", "main": "index.js" }',
    );
    const node = join(folder, "node.mjs");
    writeFileSync(
      node,
      `import ${JSON.stringify(RELAY)};
      import { GET } from "./api/orders";
      globalThis.waited = [];
      for (let call = 0; call < 3; call += 1) console.log((await GET()).status);
      console.log("waited for", globalThis.waited.length);`,
    );
    const bundle = join(folder, "node.bundle.mjs");
    await build({
      entryPoints: [node],
      outfile: bundle,
      bundle: true,
      platform: "node",
      format: "esm",
      logLevel: "silent",
    });
    const { stdout } = await execute(process.execPath, [bundle], { env: { ...process.env, ...env, ...CREDENTIALS } });
    assert.equal(stdout, "200\n200\n200\nwaited for 1\n");
    assert.deepEqual(await calls(), ONE_TOKEN);

    const program = join(folder, "edge.js");
    // The runtime has no node:process, and its `process` is there once the program runs.
    writeFileSync(
      program,
      `const { fetch } = globalThis;
      globalThis.fetch = (input, init) => {
        const { host, pathname } = new URL(input.url ?? input);
        return fetch(process.env.RELAY + "/" + host + pathname, init);
      };
      export default { fetch: async () => await (await import("./api/edge-orders")).default() };`,
    );
    const edge = await startRuntime("edge-runtime", { project, program, env: { ...CREDENTIALS, RELAY: env.RELAY } });
    await asked(edge.origin).finally(edge.stop);
    assert.deepEqual(await calls(), [...ONE_TOKEN, ...ONE_TOKEN]);
  });

  test("testing: its test passes, and its server serves another process", async () => {
    const { folder, listen, run, exec } = recipe("testing");
    assert.match(await run("node --test orders"), /pass 3/);
    assert.match(await run("node --test store"), /pass 1/);
    const server = await listen("node fake-server.mjs");
    const program = `
      import { createClient } from "bearerkit";
      const api = createClient({
        provider: "${server.origin}/login.acme.example/oauth/token",
        credentials: { client_id: "fake-client", client_secret: "fake-secret" },
        allowInsecure: true,
      });
      console.log((await api.fetch("${server.origin}/api.acme.example/v1/orders")).status);
    `;
    writeFileSync(join(folder, "another.mjs"), program);
    const output = await exec("node another.mjs").finally(server.stop);
    assert.equal(output, "200\n");

    writeFileSync(
      join(folder, "asks.mjs"),
      'import { countOrders } from "./orders.mjs";\nconsole.log(await countOrders());\n',
    );
    assert.equal(await run("--import ./fake.mjs", { change: (command) => command.replace("orders", "asks") }), "200\n");
  });

  test("observability: the lines, the span and the fields are as the page shows them", async () => {
    const { page, folder, exec } = recipe("observability");
    const shown = page.blocks.find(({ source }) => source.startsWith("bearerkit (Acme): ")).source;
    const plain = (text) => text.replaceAll(/in \d+ ms/g, "in 0 ms").replaceAll(/\d{4}-\S+Z/g, "DATE");
    const env = { ...CREDENTIALS, NODE_OPTIONS: `--import=${RELAY}` };
    const logged = await exec("node logged.mjs", env);
    const lines = plain(logged).split("\n").filter((line) => line.startsWith("bearerkit")).map((line) =>
      line.replace(/ \{$/, "")
    );
    assert.deepEqual(lines, plain(shown).trimEnd().split("\n"));
    assert.match(logged, /^200$/m);

    const traced = await exec("node traced.mjs", env);
    assert.match(traced, /name: 'token request'/);
    for (const [, name] of /\| span \| (.*) \|/.exec(page.text)[1].matchAll(/\| `(.*?)`/g)) {
      assert.ok(traced.includes(name));
    }

    const fake = fakeProvider();
    fake.fail([{ type: "unauthorized" }]);
    let output = "";
    const worker = await startWorker(folder, "wrangler.jsonc", fake, {
      bindings: CREDENTIALS,
      handleRuntimeStdio: (...streams) => streams.forEach((stream) => stream.on("data", (text) => output += text)),
    });
    await fetch(worker.origin).then((response) => response.text()).finally(worker.stop);
    assert.match(output, /source: 'bearerkit'/);
    assert.match(output, /code: 'ERR_REFUSED'/);
    assert.doesNotMatch(output, new RegExp(CREDENTIALS.CLIENT_SECRET));
  });
});

test("the messages of bearerkit that pages quote are those that it throws", async () => {
  const thrown = [];
  for (const provoke of PROVOKED) {
    const told = await Promise.resolve().then(provoke).catch((error) => error.message);
    assert.equal(typeof told, "string", `nothing was thrown by ${provoke}`);
    thrown.push(told);
  }
  for (const page of PAGES) {
    const [, pitfalls] = readPage(page).text.split("\n## Pitfalls\n");
    assert.ok(pitfalls, `${page} has no pitfalls`);
    for (const [heading] of pitfalls.matchAll(/^### .*$/gm)) {
      for (const [, quoted] of heading.matchAll(/`([^`]+)`/g)) {
        const isKnown = thrown.some((message) => message.includes(quoted)) ||
          OF_OTHERS.some((words) => quoted.includes(words));
        assert.ok(isKnown, `${page}: nobody says ${quoted}\n${thrown.join("\n")}`);
      }
    }
  }
});

const namesOf = (calls) => calls.map(({ kind, status }) => `${kind} ${status}`);
