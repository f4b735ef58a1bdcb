// What is made of the profiles is committed: is it of these profiles? And do the links hold?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { describe, test } from "node:test";
import { pages } from "../scripts/docs.mjs";
import { root } from "../scripts/paths.mjs";
import { anchorsOf, linksOf } from "./support/links.mjs";

for (const [path, text] of pages()) {
  test(`${path} is current`, () => {
    assert.equal(readFileSync(join(root, path), "utf8"), text, "`npm run docs` writes it");
  });
}

const read = (name) => readFileSync(join(root, name), "utf8");

describe("links", () => {
  const tracked = execFileSync("git", ["ls-files"], { cwd: root, encoding: "utf8" }).trim().split("\n");
  const isThere = (path) => tracked.some((name) => name === path || name.startsWith(`${path.replace(/\/$/, "")}/`));
  const papers = ["README.md", "SECURITY.md", "CHANGELOG.md"];
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

  test("README.md: docs.rs shows it as a page without files beside it", () => {
    const relative = linksOf(read("README.md")).filter(({ file }) => file).map(({ target }) => target);
    assert.deepEqual(relative, [], "write the whole URL, of the repository");
  });
});
