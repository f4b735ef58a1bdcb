// Deno KV, in Deno: what it promises, in memory and in a file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { bin, root } from "../../scripts/paths.mjs";
import { packedProject } from "../../scripts/runtimes.mjs";
import { DENO_ARGS } from "../../scripts/runtimes/deno.mjs";
import { SHARED, SHARED_RECORD as RECORD } from "./shared.mjs";

describe("Deno KV", () => {
  const project = packedProject(join(root, "target", "stores-deno"));
  copyFileSync(join(import.meta.dirname, "deno.mjs"), join(project, "deno.mjs"));
  const folder = mkdtempSync(join(tmpdir(), "bearerkit-deno-kv-"));
  const run = (path, flags) => {
    const args = [...DENO_ARGS, "--unstable-kv", "--allow-env", ...flags, "deno.mjs"];
    const env = { ...process.env, GIVEN: JSON.stringify([SHARED, RECORD, path]) };
    return JSON.parse(execFileSync(bin("deno"), args, { cwd: project, env, encoding: "utf8" }).trim());
  };

  for (
    const [what, path, flags] of [
      ["in memory", ":memory:", []],
      ["in a file", join(folder, "kv"), [`--allow-read=${folder}`, `--allow-write=${folder}`]],
    ]
  ) {
    test(`${what}: keeps the promises of a store, and one of 60 racers wins`, () => {
      const { found, first, read, stale, winners, closed } = run(path, flags);
      assert.equal(found.atomic, true);
      assert.equal(first.outcome, "written");
      assert.deepEqual(read, { found: "record", record: RECORD, sealed: first.sealed });
      assert.deepEqual(stale, { outcome: "outdone" });
      assert.equal(winners, 1);
      assert.deepEqual(closed, [{ found: "failed", reason: "failed" }, { outcome: "failed", reason: "failed" }]);
    });
  }

  after(() => rmSync(folder, { recursive: true, force: true }));
});
