// What is made of the profiles is committed: is it of these profiles? And does the guide's page about profiles tell the truth?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import Ajv from "ajv/dist/2020.js";
import { pages } from "../scripts/docs.mjs";
import { root } from "../scripts/paths.mjs";
import { blocksOf } from "./snippets/blocks.mjs";
import { anchorsOf, linksOf } from "./support/links.mjs";

const pkg = resolve(process.env.BEARERKIT_PKG ?? resolve(root, "pkg"));
const { buildTokenRequest, parseTokenResponse } = await import(pathToFileURL(resolve(pkg, "core.js")));
const { createClient } = await import(pathToFileURL(resolve(pkg, "index.js")));
const schema = JSON.parse(readFileSync(join(root, "providers", "schema.json"), "utf8"));
const validate = new Ajv({ strict: true, strictTypes: false, strictRequired: false }).compile(schema);

for (const [path, text] of pages()) {
  test(`${path} is current`, () => {
    assert.equal(readFileSync(join(root, path), "utf8"), text, "`npm run docs` writes it");
  });
}

describe("links", () => {
  const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const isThere = (path) => tracked.some((name) => name === path || name.startsWith(`${path.replace(/\/$/, "")}/`));
  const papers = ["README.md", "src/README.md", "SECURITY.md", "CHANGELOG.md"];
  const pages = tracked.filter((name) => /^www\/.*\.md$/.test(name));

  for (const name of [...papers, ...pages]) {
    test(`${name}: each leads to something in the repository`, () => {
      for (const { target, tracked, file, anchor } of linksOf(read(name))) {
        // The links from page to page are followed in tests/www/.
        if (!tracked && pages.includes(name)) continue;
        const path = tracked ?? (file ? posix.join(posix.dirname(name), file) : name);
        assert.ok(isThere(path), target);
        if (anchor) assert.ok(anchorsOf(read(path)).includes(anchor), target);
      }
    });
  }

  for (const [name, where] of [["README.md", "npm and JSR show"], ["src/README.md", "docs.rs shows"]]) {
    test(`${name}: ${where} it as a page without files beside it`, () => {
      const relative = linksOf(read(name)).filter(({ file }) => file).map(({ target }) => target);
      assert.deepEqual(relative, [], "write the whole URL, of the repository");
    });
  }

  test("README.md has at most 150 lines", () => assert.ok(read("README.md").trimEnd().split("\n").length <= 150));
});

const read = (name) => readFileSync(join(root, name), "utf8");

describe("www/guide/profiles.md", () => {
  const page = read("www/guide/profiles.md");
  const blocks = (language) =>
    blocksOf("www/guide/profiles.md").filter((block) => block.language === language).map(({ source }) => source);

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
