// Whether what is about to be released is one version everywhere, and when it is not to be published.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readSources, refusals, versions } from "../scripts/release.mjs";

const sources = {
  cargo:
    '[package]\nname = "bearerkit"\nversion = "1.2.3"\n\n[dependencies]\nwasm-bindgen = { version = "=0.2.130" }\n',
  lock: '[[package]]\nname = "base64"\nversion = "0.23.0"\n\n[[package]]\nname = "bearerkit"\nversion = "1.2.3"\n',
  npm: '{ "name": "bearerkit", "version": "1.2.3" }',
  copies: 'export const COPIES = Symbol.for("bearerkit/1.2.3");\n',
  changelog: "# Changelog\n\n## 1.2.3 (2026-11-25)\n\n- Something.\n\n## 1.2.2 (2026-11-01)\n",
  readme: "npm install path/to/bearerkit/bearerkit-1.2.3.tgz\n",
};

test("this repository has one version", () => assert.deepEqual(versions(readSources()).others, []));

describe("versions", () => {
  test("are the same everywhere", () => assert.deepEqual(versions(sources), { version: "1.2.3", others: [] }));

  for (
    const [name, place] of [
      ["cargo", "Cargo.toml"],
      ["lock", "Cargo.lock"],
      ["copies", "pkg-template/error.js"],
      ["changelog", "CHANGELOG.md"],
      ["readme", "README.md"],
    ]
  ) {
    test(`another one in ${place} is seen`, () => {
      const { others } = versions({ ...sources, [name]: sources[name].replace("1.2.3", "1.2.4") });
      assert.equal(others.length, 1);
      assert.match(others[0], new RegExp(`^${place}.*: 1.2.4, not 1.2.3$`));
    });
  }
});

describe("what is not to be published", () => {
  const good = { ...sources, status: "", branch: "main" };

  test("is not a clean main with a date in the changelog", () => assert.deepEqual(refusals(good), []));

  for (
    const [what, change, reason] of [
      ["a tree with changes", { status: " M README.md" }, /not clean/],
      ["a branch", { branch: "h-release" }, /h-release, not main/],
      ["no branch at all", { branch: "" }, /no branch, not main/],
      ["a version without a date", { changelog: "## 1.2.3 (unreleased)\n\n## 1.2.2 (2026-11-01)\n" }, /has no date/],
      ["a README of before the first release", { readme: "The package is not published yet." }, /not published yet/],
    ]
  ) {
    test(what, () => {
      const found = refusals({ ...good, ...change });
      assert.equal(found.length, 1);
      assert.match(found[0], reason);
    });
  }
});
