// What the README, the crate's page and the guide show, beyond running each block (tests/snippets.test.mjs): that it does what the
// text beside it says.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import Ajv from "ajv/dist/2020.js";
import { root } from "../scripts/paths.mjs";
import { blocksOf } from "./snippets/blocks.mjs";
import { place, runProgram, snippetProject } from "./snippets/programs.mjs";
import { linksOf } from "./support/links.mjs";

const pkg = resolve(process.env.BEARERKIT_PKG ?? join(root, "pkg"));
const { buildTokenRequest, parseTokenResponse } = await import(pathToFileURL(join(pkg, "core.js")));
const { createClient } = await import(pathToFileURL(join(pkg, "index.js")));
const stores = await import(pathToFileURL(join(pkg, "stores.js")));
const read = (name) => readFileSync(join(root, name), "utf8");

describe("README.md and src/README.md", () => {
  const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");

  test("README.md has at most 150 lines", () => assert.ok(read("README.md").trimEnd().split("\n").length <= 150));

  test("README.md says what a minimal Worker weighs in one line, below its mark", () => {
    assert.match(read("README.md"), /<!-- size -->\n.*\d+ KB gzip/);
  });

  for (const name of ["README.md", "src/README.md"]) {
    test(`${name}: links to files are whole URLs, and lead somewhere`, () => {
      for (const { target, file, tracked: path } of linksOf(read(name))) {
        assert.ok(!file, `${target}: npm, JSR and docs.rs show the page without files beside it`);
        assert.ok(!path || tracked.some((known) => known === path || known.startsWith(`${path}/`)), target);
      }
    });
  }
});

describe("www/guide/grants.md", () => {
  let project;
  before(() => project = snippetProject(mkdtempSync(join(tmpdir(), "bearerkit-guide-"))));
  after(() => rmSync(project, { recursive: true, force: true }));

  const block = blocksOf("www/guide/grants.md").find(({ source }) => source.includes("buildAuthorizationUrl("));

  function run(name, further) {
    const folder = join(project, name);
    mkdirSync(folder);
    const source = `${block.source}\nimport { fake } from "./world.mjs";\n${further}`;
    return runProgram(project, { ...block, source }, place(folder, "login.ts", source));
  }

  test("its authorization code is redeemed, and revoked", async () => {
    const { calls } = await run(
      "redeemed",
      `
      const { url, login } = await begin();
      const user = comeBack(fake.authorize(url).href, login);
      await user.fetch("https://fusio.example/todo");
      await user.revoke();
    `,
    );
    assert.deepEqual(calls, ["authorize 302", "token 200", "api 200", "revoke 200"]);
  });

  test("its user who says no is told from one who comes back with a code, and from another user", async () => {
    const { stdout } = await run(
      "denied",
      `
      const { login } = await begin();
      for (const state of [login.state, "other"]) {
        try {
          comeBack("https://me.example/back?" + new URLSearchParams({ error: "access_denied", state }), login);
        } catch (error) {
          console.log((error as Error).message);
        }
      }
    `,
    );
    assert.deepEqual(stdout.split("\n").slice(0, 2), ["access_denied", "this is not the user who was sent away"]);
  });
});

describe("www/guide/store-*.md", () => {
  const pages = readdirSync(join(root, "www", "guide")).filter((name) => name.startsWith("store-"));
  /** What each adapter takes, as far as it looks at it. */
  const anything = new Proxy(() => {}, { get: () => () => {} });
  const adapters = Object.keys(stores).filter((name) => name !== "sharedStore");
  const overview = read("www/guide/shared-stores.md");
  const said = Object.fromEntries(
    [...overview.matchAll(/^\| .* \| (atomic|hint) \| \[.*\]\((store-[\w-]+\.md)\)/gm)].map((
      [, kind, page],
    ) => [page, kind]),
  );

  test("the overview has a row for each page", () => assert.deepEqual(Object.keys(said).toSorted(), pages.toSorted()));

  for (const name of adapters) {
    test(`${name} has a page, which says whether it compares`, () => {
      const page = pages.find((page) =>
        read(`www/guide/${page}`).includes(`import { ${name} } from "bearerkit/stores";`)
      );
      assert.ok(page, "no page imports it");
      const kind = stores[name](anything).isAtomic ? "atomic" : "hint";
      assert.equal(said[page], kind);
      assert.match(read(`www/guide/${page}`), new RegExp(`\\*\\*${kind}s?\\*\\*`));
    });
  }

  for (const page of pages) {
    test(`${page}: what it promises, what it costs, when not to use it, and its limits`, () => {
      const headings = [...read(`www/guide/${page}`).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
      const asked = [
        /^Set it up$/,
        /^What (it promises|they promise)$/,
        /^What (it costs|they cost)$/,
        /^When not/,
        /^Limits$/,
      ];
      assert.equal(headings.length, asked.length);
      headings.forEach((heading, index) => assert.match(heading, asked[index]));
    });
  }

  for (const [page, type] of [["store-postgres.md", "timestamptz"], ["store-d1.md", "integer"]]) {
    test(`${page}: its table is that of stores.d.ts`, () => {
      const tables = [...read("pkg-template/stores.d.ts").matchAll(/create table .*;/g)].map(([table]) => table);
      const [{ source }] = blocksOf(`www/guide/${page}`).filter(({ language }) => language === "sql");
      assert.equal(source.trim(), tables.find((table) => table.includes(`expires ${type}`)));
    });
  }
});

describe("www/guide/profiles.md", () => {
  const schema = JSON.parse(read("providers/schema.json"));
  const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);
  const page = read("www/guide/profiles.md");
  const all = blocksOf("www/guide/profiles.md");
  const blocks = (wanted) => all.filter(({ language }) => language === wanted).map(({ source }) => source);
  const [sample] = blocks("http");
  const [answer, profile] = blocks("json").map((text) => JSON.parse(text));
  const options = {
    provider: profile,
    variables: { environment: "sandbox" },
    credentials: { api_key: "key-1", api_secret: "s3cr3t" },
  };

  test("Acme's profile makes Acme's request", () => {
    assert.ok(validate(profile), JSON.stringify(validate.errors));
    const [head, body] = sample.split("\n\n");
    const [line, ...headers] = head.split("\n");
    const request = buildTokenRequest(options, 0);
    assert.equal(`${request.method} ${request.url}`, line);
    for (const [name, value] of headers.map((header) => header.split(": "))) {
      assert.equal(request.headers[name.toLowerCase()], value);
    }
    assert.equal(request.headers.authorization, undefined);
    assert.deepEqual(JSON.parse(request.body), JSON.parse(body));
    assert.ok(buildTokenRequest({ ...options, variables: {} }, 0).url.startsWith("https://api.acme.example/"));
  });

  test("and understands its answers", async () => {
    const answered = (body) => ({ status: 200, headers: {}, body: JSON.stringify(body) });
    const token = parseTokenResponse(options, answered(answer), 0);
    assert.deepEqual([token.value, token.expiresAt.getTime()], ["abc.def.ghi", 45 * 60_000]);
    const [refusal] = page.match(/\{ "status": "error".*?\}/);
    assert.throws(() => parseTokenResponse(options, answered(JSON.parse(refusal)), 0), {
      code: "ERR_REFUSED",
      error: "unknown key",
    });
    const sent = [];
    const fetch = (url, init) => {
      sent.push([String(url), new Headers(init.headers).get("x-acme-token")]);
      return Promise.resolve(Response.json(answer));
    };
    const client = createClient({ ...options, fetch });
    await client.fetch("https://sandbox.acme.example/v2/me");
    assert.deepEqual(sent[1], ["https://sandbox.acme.example/v2/me", "abc.def.ghi"]);
    await assert.rejects(client.fetch("https://api.acme.example/v2/me"), { code: "ERR_ORIGIN" });
    client.close();
  });

  const rows = page.slice(page.indexOf("| the document says |")).split("\n").filter((line) => line.startsWith("| "));
  const said = rows.flatMap((row) => [...row.split(" | ")[1].matchAll(/`(".*?)`/g)].map(([, members]) => members));

  test("what a profile says to what a document says is more than a few", () => assert.ok(said.length > 25));

  for (const members of said) {
    test(members, () => {
      const provider = { token_endpoint: "https://as.example/token", ...JSON.parse(`{ ${members} }`) };
      assert.ok(validate(provider), JSON.stringify(validate.errors));
      const names = [...members.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name);
      const credentials = { client_id: "i", client_secret: "s", private_key: "PEM" };
      for (const name of names.filter((name) => name !== "access_token")) credentials[name] = "x";
      buildTokenRequest({ provider, credentials }, 0);
    });
  }
});
