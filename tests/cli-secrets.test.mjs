// No secret leaves the command, whatever a server makes of it.
import assert from "node:assert/strict";
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, test } from "node:test";
import { awkwardCredentials } from "../pkg-template/testing.js";
import { TOKEN } from "./cli/odd.mjs";
import { assertHidden, pkg, run } from "./cli/run.mjs";
import { hide, redact } from "../pkg/cli/redact.js";
import { A, CLIENT, folder, ID, odd, oddProfile, space } from "./cli/setup.mjs";

describe("no secret is in any output", () => {
  const awkward = {
    BEARERKIT_CLIENT_ID: awkwardCredentials.client_id,
    BEARERKIT_CLIENT_SECRET: awkwardCredentials.client_secret,
  };
  for (
    const [what, more] of [
      ["in a form", { token_endpoint_auth_method: "client_secret_post" }],
      ["in JSON", { token_endpoint_auth_method: "client_secret_post", request_format: "json" }],
      ["in the URL", { token_endpoint_auth_method: "client_secret_post", request_format: "query" }],
      ["as Basic", {}],
      ["as raw Basic", { basic_encoding: "raw" }],
      ["in a header of its own", {
        token_endpoint_auth_method: "none",
        headers: { "x-key": { base64: "{client_id}:{client_secret}" } },
      }],
    ]
  ) {
    test(`sent ${what}, and echoed in every way`, async () => {
      const response = { error: "/error/code", error_description: "/error/message" };
      const [echo, redirect] = ["/echo", "/echo?redirect"].map((path) => oddProfile(path, { ...more, response }));
      for (
        const args of [
          ["check", echo],
          ["check", echo, "--json"],
          ["check", redirect],
          ["token", echo],
          ["token", redirect, "--json"],
          ["header", echo],
          ["fetch", echo, `${odd.origin}/api`],
          ["fetch", redirect, `${odd.origin}/api`, "--json"],
        ]
      ) {
        const result = await run([...args, A], { env: awkward, ...ID });
        assert.equal(result.code, 1, result.stdout + result.stderr);
        assertHidden(result, `${awkwardCredentials.client_id}:${awkwardCredentials.client_secret}`, args[0]);
        assertHidden(result, TOKEN, args[0]);
      }
    });
  }

  test("Base64 is taken out to its end, wherever the secret begins in it", () => {
    const secret = "s3 cr+t/?.$&";
    hide([secret]);
    for (const before of ["", "a", "ab", "abc"]) {
      for (const after of ["", "a", "ab"]) {
        const standard = btoa(before + secret + after);
        for (const encoded of [standard, standard.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")]) {
          // Of the first byte there may be half, in the character that it shares with what is before it.
          const most = Math.ceil(before.length * 8 / 6) + 1;
          const [first, last] = redact(`(${encoded})`).split("[redacted]");
          assert.ok(first.length <= 1 + most, first);
          assert.equal(last, ")");
        }
      }
    }
    assert.equal(redact(`a ${secret} b`), "a [redacted] b");
  });

  test("also what only the environment knows to be one", async () => {
    const response = { error: "/error/code", error_description: "/error/message" };
    const parameters = { ticket: "{ticket}" };
    const profile = oddProfile("/echo", { token_endpoint_auth_method: "none", grant_type: null, parameters, response });
    for (const args of [["check", profile], ["token", profile], ["token", profile, "--json"]]) {
      const result = await run([...args, A], { env: { BEARERKIT_TICKET: "t1cket-of-mine/+" } });
      assert.equal(result.code, 1, result.stdout);
      assert.match(result.stdout + result.stderr, /\[redacted\]/);
    }
  });

  test("also not as a pointer to what looks like a token", async () => {
    for (const json of [[], ["--json"]]) {
      const result = await run(["check", oddProfile("/named"), A, ...json], { env: CLIENT, ...ID });
      assert.equal(result.code, 1);
      assert.match(result.stdout, /there is no token at \/access_token/);
    }
  });

  test("also of a core that is broken", async () => {
    // A bug shows where it happened, and no word of what a runtime says of it: that may quote what it was given.
    const bare = join(folder, "broken");
    cpSync(pkg, bare, { recursive: true });
    writeFileSync(
      join(bare, "cli", "evidence.js"),
      `export function evidenceOf({ credentials }) { throw new TypeError(credentials.client_secret); }\n`,
    );
    const result = await run(["check", space().token, A], {
      env: CLIENT,
      command: [process.execPath, join(bare, "cli.js")],
    });
    assert.equal(result.code, 4);
    assert.match(result.stderr, /internal error, please report it: TypeError\n +at /);
  });
});
