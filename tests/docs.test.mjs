// What is made of the profiles is committed: is it of these profiles? And does docs/providers.md tell the truth?
import assert from "node:assert/strict";
import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix, resolve } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import Ajv from "ajv/dist/2020.js";
import { pages } from "../scripts/docs.mjs";
import { root } from "../scripts/paths.mjs";
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
  const texts = ["README.md", "SECURITY.md", "CHANGELOG.md", ...tracked.filter((name) => /^docs\/.*\.md$/.test(name))];

  for (const name of texts) {
    test(`${name}: each leads to something in the repository`, () => {
      for (const { target, tracked, file, anchor } of linksOf(read(name))) {
        const path = tracked ?? (file ? posix.join(posix.dirname(name), file) : name);
        assert.ok(isThere(path), target);
        if (anchor) assert.ok(anchorsOf(read(path)).includes(anchor), target);
      }
    });
  }

  test("README.md: docs.rs shows it as a page without files beside it", () => {
    const relative = linksOf(read("README.md")).filter(({ file }) => file).map(({ target }) => target);
    assert.deepEqual(relative, [], "write the whole URL, of the repository");
  });
});

const read = (name) => readFileSync(join(root, name), "utf8");

describe("docs/providers.md", () => {
  const page = readFileSync(join(root, "docs", "providers.md"), "utf8");
  const blocks = (language) =>
    [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, text]) => text);

  test("its example runs", async () => {
    const [source] = blocks("js");
    const alias = { bearerkit: resolve(pkg, "index.js"), "bearerkit/providers": resolve(pkg, "providers.js") };
    const { outputFiles: [{ text }] } = await build({
      stdin: { contents: source, resolveDir: root },
      bundle: true,
      write: false,
      format: "esm",
      platform: "node",
      alias,
    });
    const asked = [];
    const { fetch } = globalThis;
    globalThis.env = { CLIENT_ID: "id", CLIENT_SECRET: "secret" };
    globalThis.fetch = (url) => {
      asked.push(String(url));
      return Promise.resolve(Response.json({ access_token: "t", token_type: "Bearer", expires_in: 3599 }));
    };
    try {
      await import(`data:text/javascript;base64,${Buffer.from(text).toString("base64")}`);
    } finally {
      globalThis.fetch = fetch;
      delete globalThis.env;
    }
    assert.deepEqual(asked, [
      "https://login.microsoftonline.com/contoso.onmicrosoft.com/oauth2/v2.0/token",
      "https://graph.microsoft.com/v1.0/users",
    ]);
  });

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
