// What becomes of VitePress's files: any path will do, and each page has a policy.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { createMarkdownRenderer } from "vitepress";
import { root } from "../scripts/paths.mjs";
import { markdown } from "../www/.vitepress/build/markdown.mjs";
import { notFound } from "../www/.vitepress/build/not-found.mjs";
import { withPolicy } from "../www/.vitepress/build/policy.mjs";
import { BASE, relocatedModule, relocatedPage } from "../www/.vitepress/build/relocate.mjs";
import { withSiteMap } from "../www/.vitepress/build/site-map.mjs";
import { serviceWorker } from "../www/.vitepress/build/service-worker.mjs";

describe("any path", () => {
  const page = `<a href="${BASE}">start</a><a href="${BASE}guide/x.html#y">x</a>`;
  for (
    const [path, start, link] of [
      ["index.html", "./", "./guide/x.html#y"],
      ["guide/x.html", "../", "../guide/x.html#y"],
      ["reference/api/core.html", "../../", "../../guide/x.html#y"],
    ]
  ) {
    test(`${path} refers to what is beside it`, () => {
      assert.equal(relocatedPage(page, path), `<a href="${start}">start</a><a href="${link}">x</a>`);
    });
  }

  for (
    const [what, source, expected] of [
      ["a text", `export const a = "${BASE}x";`, "/some/where/x"],
      ["the base alone", `export const a = '${BASE}';`, "/some/where/"],
      ["several in one text", `export const a = "${BASE}x ${BASE}y";`, "/some/where/x /some/where/y"],
      ["a text with escapes", String.raw`export const a = "\"${BASE}\n\\";`, '"/some/where/\n\\'],
      ["a template", `const b = 1; export const a = \`${BASE}x\${b}${BASE}\`;`, "/some/where/x1/some/where/"],
      ["a member of a text", `export const a = "${BASE}".length;`, "/some/where/".length],
      ["an argument", `export const a = JSON.parse('{"base":"${BASE}"}').base;`, "/some/where/"],
      ["none", `export const a = "x";`, "x"],
    ]
  ) {
    test(`a module finds out where it is: ${what}`, async () => {
      const code = relocatedModule(source, "assets/chunks/theme.js");
      assert.ok(!code.includes(BASE));
      // A data: URL has no path, so the one that it would have stands here.
      const moved = code.replace("import.meta.url", '"https://host.example/some/where/assets/chunks/theme.js"');
      const { a } = await import(`data:text/javascript,${encodeURIComponent(moved)}`);
      assert.equal(a, expected);
    });
  }
});

describe("the policy of a page", () => {
  const script = "(() => {})();";
  const html =
    `<html><head><meta charset="utf-8"><script>${script}</script><script src="./a.js"></script></head></html>`;
  const policy = /content="([^"]*)"/.exec(withPolicy(html))[1];
  const directives = Object.fromEntries(policy.split("; ").map((one) => [one.split(" ")[0], one.split(" ").slice(1)]));

  test("stands before everything that it is about", () => {
    const page = withPolicy(html);
    assert.ok(page.indexOf("Content-Security-Policy") < page.indexOf("<script"));
  });

  test("allows the inline scripts that are there, and no other", () => {
    const hash = createHash("sha256").update(script).digest("base64");
    assert.deepEqual(directives["script-src"], ["'self'", "'wasm-unsafe-eval'", `'sha256-${hash}'`]);
  });

  test("allows neither another origin, nor eval, nor an inline style", () => {
    assert.deepEqual(directives["default-src"], ["'self'"]);
    assert.deepEqual(directives["style-src"], ["'self'"]);
    assert.deepEqual(directives["connect-src"], ["'self'"]);
    assert.ok(!/https?:|\*|'unsafe-(inline|eval)'/.test(policy), policy);
  });

  test("a page that has no place for it is an error", () => assert.throws(() => withPolicy("<html></html>")));

  test("the page for what is not there loads nothing, and its link leads to where the site is", () => {
    const page = notFound({ base: "/docs/" });
    assert.match(page, /href="\/docs\/"/);
    assert.doesNotMatch(page, /<(script|link|img)/);
  });
});

test("a reader without JavaScript finds each page of the menus", () => {
  const items = [{ text: "The client", link: "/guide/client" }];
  const menus = { nav: [{ text: "A & B", link: "/providers/" }], sidebar: { "/guide/": [{ text: "Start", items }] } };
  const page = relocatedPage(withSiteMap("<body></body>", menus), "guide/x.html");
  assert.match(page, /<noscript>.*<a href="\.\.\/providers\/">A &amp; B<\/a>.*<\/noscript>/);
  assert.match(page, /<h2>Start<\/h2><ul><li><a href="\.\.\/guide\/client\.html">The client<\/a>/);
});

describe("Markdown", () => {
  const rendered = async (text) => (await createMarkdownRenderer(root, markdown)).render(text);

  test("code has classes and no inline style", async () => {
    const html = await rendered('```js\nconst a = "b"; // c\n```\n');
    assert.match(html, /class="code-keyword"/);
    assert.match(html, /class="code-string[^"]*"/);
    assert.match(html, /class="code-comment"/);
    assert.doesNotMatch(html, /style=/);
  });

  test("a column's alignment is a class, an empty head a cell", async () => {
    const html = await rendered("| | b |\n| --- | ---: |\n| 1 | 2 |\n");
    assert.match(html, /<th class="align-right">b<\/th>/);
    assert.match(html, /<td class="align-right">2<\/td>/);
    assert.doesNotMatch(html, /<th><\/th>|style=/);
  });
});

describe("the service worker", () => {
  const folder = mkdtempSync(join(tmpdir(), "bearerkit-www-"));
  mkdirSync(join(folder, "assets"));
  const paths = ["404.html", "assets/a.js", "index.html", "sw.js"];
  for (const path of paths) writeFileSync(join(folder, path), path);

  test("keeps each file but itself and the page for what is not there", () => {
    assert.match(serviceWorker(folder, paths), /const FILES = \["assets\/a.js","index.html"\];/);
  });

  test("is another one where a file is another", () => {
    const before = serviceWorker(folder, paths);
    assert.equal(serviceWorker(folder, paths), before);
    writeFileSync(join(folder, "index.html"), "changed");
    assert.notEqual(serviceWorker(folder, paths), before);
  });
});

test("the figures of the start page are those of the repository's own tables", () => {
  const front = readFileSync(join(root, "www", ".vitepress", "theme", "Front.vue"), "utf8");
  const guide = join(root, "www", "guide");
  const pages = readdirSync(guide).filter((name) => name.endsWith(".md")).map((name) => join(guide, name));
  const texts = [join(root, "README.md"), ...pages].map((path) => readFileSync(path, "utf8")).join("\n");
  const fleet = /\| 24 h \| 10,000 \| [\d,]+ \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|/.exec(texts);
  const [busiest, withoutJitter, storm, withoutCooldown] = fleet.slice(1).map((text) =>
    Number(text.replaceAll(",", ""))
  );
  const [, size] = /minimal Worker (?:is|\|) (\d+) KB gzip/.exec(texts);
  const shown = (value, unit, text) =>
    assert.ok(front.includes(`value: "${value}", unit: "${unit}", text: "${text}`), text);
  const many = withoutJitter.toLocaleString("en");
  shown(busiest, "a second", `at most from 10,000 isolates that started together; ${many} without jitter`);
  const each = `while the token endpoint answers 429 for ten minutes; ${withoutCooldown / 10_000} without cooldown`;
  shown(storm / 10_000, "per isolate", each);
  shown(size, "KB gzip", "for a minimal Worker");
});
