// The ways into the package, and what two copies of it in one process share.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { packedProject } from "../scripts/runtimes.mjs";

let project;
before(() => {
  project = packedProject(mkdtempSync(join(tmpdir(), "bearerkit-entries-")));
});
after(() => rmSync(project, { recursive: true, force: true }));

/** What a module prints that is run in the project, under these conditions. */
function printed(code, { conditions = [], flags = [] } = {}) {
  const args = [...conditions.map((name) => `--conditions=${name}`), ...flags, "--input-type=module", "--eval", code];
  return execFileSync(process.execPath, args, { cwd: project, encoding: "utf8" }).trim();
}

const OPTIONS = `{
  provider: "https://as.example/token",
  credentials: { client_id: "id", client_secret: "secret" },
  fetch: async () => Response.json({ access_token: \`token-\${++issued}\`, expires_in: 60 }),
}`;

describe("which entry a host gets", () => {
  /** Conditions of hosts, as they were measured, and the file that has to come of them. */
  const HOSTS = {
    "Node": [[], "index.js"],
    "Nitro's presets of the edge": [
      ["wintercg", "worker", "browser", "workerd", "edge-light", "deno"],
      "index.inline.js",
    ],
    "Vite, told workerd": [["workerd"], "index.inline.js"],
    "wrangler and @cloudflare/vite-plugin": [["workerd", "worker", "browser"], "index.workerd.js"],
    "Next, by webpack and Turbopack": [["edge-light", "worker", "browser", "module", "webpack"], "index.edge-light.js"],
    "SvelteKit for Vercel": [["edge-light", "module"], "index.inline.js"],
  };
  for (const [host, [conditions, file]] of Object.entries(HOSTS)) {
    test(host, () => {
      assert.match(printed('console.log(import.meta.resolve("bearerkit"))', { conditions }), new RegExp(`/${file}$`));
      const core = printed('console.log(import.meta.resolve("bearerkit/core"))', { conditions });
      assert.match(core, new RegExp(`/${file.replace("index", "core")}$`));
      assert.match(
        printed(
          'import { createRequire } from "node:module"; console.log(createRequire(process.cwd() + "/x.js").resolve("bearerkit"))',
          { conditions },
        ),
        /\/cjs\/index\.js$/,
      );
    });
  }
});

describe("two copies in one process", () => {
  test("share the clients, and an AuthError of one is one of the other", () => {
    const found = printed(`
      import { createRequire } from "node:module";
      import * as esm from "bearerkit";
      import * as inline from "bearerkit/inline";
      const cjs = createRequire(process.cwd() + "/x.js")("bearerkit");
      let issued = 0;
      const options = ${OPTIONS};
      const headers = await Promise.all([esm, cjs, inline].map(({ createClient }) => createClient(options).authorization()));
      const thrown = [esm, cjs, inline].map(({ AuthError }) => new AuthError("ERR_REFUSED", "no"));
      class Own extends esm.AuthError {}
      console.log(JSON.stringify([
        headers,
        [esm, cjs, inline].flatMap(({ AuthError }) => thrown.map((error) => error instanceof AuthError)),
        [new Error("x"), null, "text", {}].map((value) => value instanceof cjs.AuthError),
        [thrown[1] instanceof Own, new Own("ERR_REFUSED", "no") instanceof Own, new Own("ERR_REFUSED", "no") instanceof cjs.AuthError],
        Object.keys(thrown[0]),
      ]));
    `);
    assert.deepEqual(JSON.parse(found), [
      Array(3).fill("Bearer token-1"),
      Array(9).fill(true),
      Array(4).fill(false),
      [false, true, true],
      ["name", "code"],
    ]);
  });

  test("know each other by the version, which is the package's", () => {
    const { version } = createRequire(join(project, "x.js"))("bearerkit/package.json");
    assert.equal(
      printed(`import "bearerkit"; console.log(typeof globalThis[Symbol.for("bearerkit/${version}")])`),
      "function",
    );
  });

  test("are each for themselves where globalThis is frozen", () => {
    const found = printed(`
      import { createRequire } from "node:module";
      // Node makes them when they are first asked for.
      void [atob, crypto, fetch, Headers, Request, Response];
      Object.freeze(globalThis);
      let issued = 0;
      const options = ${OPTIONS};
      for (const { createClient } of [await import("bearerkit"), createRequire(process.cwd() + "/x.js")("bearerkit")]) {
        console.log(await createClient(options).authorization());
      }
    `);
    assert.equal(found, "Bearer token-1\nBearer token-2");
  });
});

describe("bearerkit/stores", () => {
  test("loads no core, and an error of it is an AuthError of any copy", () => {
    for (
      const load of ['await import("bearerkit/stores")', 'createRequire(process.cwd() + "/x.js")("bearerkit/stores")']
    ) {
      const found = printed(`
        import { createRequire } from "node:module";
        const { AuthError } = await import("bearerkit");
        delete globalThis.WebAssembly;
        const { redis } = ${load};
        try {
          redis(undefined);
        } catch (error) {
          console.log(error instanceof AuthError, error.code);
        }
      `);
      assert.equal(found, "true ERR_OPTIONS");
    }
    assert.equal(
      printed('delete globalThis.WebAssembly; console.log(Object.keys(await import("bearerkit/stores")).length)'),
      "10",
    );
  });
});

describe("the core without the functions of bearerkit/core", () => {
  const LOAD = `
    import { readFileSync } from "node:fs";
    import { pathToFileURL } from "node:url";
    const folder = new URL("node_modules/bearerkit/", pathToFileURL(process.cwd() + "/"));
    const load = async (wasm, glue, start) => {
      const { instantiate } = await import(new URL(glue, folder));
      const module = new WebAssembly.Module(readFileSync(new URL(wasm, folder)));
      (await import(new URL("wasm.js", folder)))[start](() => instantiate(module));
    };`;
  const CLIENT = 'await load("bearerkit_client_bg.wasm", "client-glue.js", "startClient");';
  const WHOLE = 'await load("bearerkit_bg.wasm", "glue.js", "start");';
  const USED = `
    let issued = 0;
    const { createClient } = await import(new URL("client.js", folder));
    console.log(await createClient(${OPTIONS}).authorization());`;
  const READ = `
    const { readJwtExpiry } = await import(new URL("pure.js", folder));
    try {
      console.log(JSON.stringify(readJwtExpiry("e30.eyJleHAiOjE3MDB9.e30")));
    } catch (thrown) {
      console.log(thrown.name);
    }`;

  test("gets tokens, and has none of those functions", () => {
    assert.equal(printed(LOAD + CLIENT + USED + READ), "Bearer token-1\nTypeError");
  });

  test("gives way to the whole one, whichever of the two was loaded first", () => {
    for (const order of [CLIENT + WHOLE, WHOLE + CLIENT]) {
      assert.equal(printed(LOAD + order + USED + READ), 'Bearer token-1\n{"exp":1700,"iat":null}');
    }
  });
});

describe("where WebAssembly cannot be compiled", () => {
  const FORBIDDEN = `
    WebAssembly.Module = function () { throw Object.assign(new Error("disallowed by embedder"), { name: "CompileError" }); };
    let issued = 0;
    const options = ${OPTIONS};
  `;

  test("require falls back to the core as JavaScript, and bearerkit/inline is that", () => {
    for (const load of ['createRequire(process.cwd() + "/x.js")("bearerkit")', 'await import("bearerkit/inline")']) {
      const found = printed(`import { createRequire } from "node:module"; ${FORBIDDEN}
        const { createClient } = ${load};
        console.log(await createClient(options).authorization());`);
      assert.equal(found, "Bearer token-1");
    }
  });

  test("the entry of Node says what to import instead", () => {
    const found = printed(`${FORBIDDEN}
      await import("bearerkit").catch((error) => console.log(error.code, error.message, error.cause.name));`);
    assert.equal(
      found,
      'ERR_OPTIONS this host compiles no WebAssembly: import from "bearerkit/inline" instead CompileError',
    );
  });

  test("without WebAssembly at all, as in Fastly's and AWS's small runtimes", () => {
    // Node's own `fetch` needs it, so nothing of that is touched.
    const found = printed(`
      delete globalThis.WebAssembly;
      const { readJwtExpiry } = await import("bearerkit/inline");
      console.log(typeof WebAssembly, JSON.stringify(readJwtExpiry("e30.eyJleHAiOjE3MDB9.e30")));
    `);
    assert.equal(found, 'undefined {"exp":1700,"iat":null}');
  });
});
