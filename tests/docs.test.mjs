// What is made of the profiles is committed: is it of these profiles?
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pages } from "../scripts/docs.mjs";
import { root } from "../scripts/paths.mjs";

for (const [path, text] of pages()) {
  test(`${path} is current`, () => {
    assert.equal(readFileSync(join(root, path), "utf8"), text, "`npm run docs` writes it");
  });
}
