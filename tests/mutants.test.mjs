// tests/mutants.json: what `npm run mutants` puts into the sources still has its place there, and tests/MUTANTS.md knows it.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { describe, test } from "node:test";

const root = resolve(import.meta.dirname, "..");
const read = (path) => readFileSync(resolve(root, path), "utf8");
const parts = JSON.parse(read("tests/mutants.json"));
const table = read("tests/MUTANTS.md");

for (const { part, mutants } of parts) {
  describe(part, () => {
    for (const { rule, file, find, replace } of mutants) {
      test(rule, () => {
        assert.equal(read(file).split(find).length - 1, 1, `${find}\n  does not stand in ${file} once`);
        assert.notEqual(find, replace);
      });
    }
  });
}

test("tests/MUTANTS.md has these rules and no others, and something notices each", () => {
  const rows = parts.flatMap(({ part, mutants }) => [`## ${part}`, ...mutants.map(({ rule }) => rule)]);
  const shown = [...table.matchAll(/^(## .*)$|^\| (?!rule \||---)(.*?) \| (.*) \| (.*) \|$/gm)];
  assert.deepEqual(shown.map(([, part, rule]) => part ?? rule), rows, "npm run mutants");
  for (const [row, , rule, invariants, tests] of shown) {
    assert.ok(!rule || !row.includes("**nothing**") && (invariants !== "–" || tests !== "–"), row);
  }
});
