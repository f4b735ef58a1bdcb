// bearerkit/providers: the profiles as a program gets them.
import assert from "node:assert/strict";
import { build } from "esbuild";
import { generateKeyPairSync } from "node:crypto";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { root } from "../scripts/paths.mjs";
import { camelCase, profiles } from "../scripts/profiles.mjs";

const pkg = resolve(process.env.BEARERKIT_PKG ?? resolve(root, "pkg"));
const { createClient } = await import(pathToFileURL(resolve(pkg, "index.js")));
const imported = await import(pathToFileURL(resolve(pkg, "providers.js")));
const required = createRequire(import.meta.url)(resolve(pkg, "cjs", "providers.js"));
const all = profiles();

test("each file is an export, and there is no other", () => {
  const names = all.map(({ file }) => camelCase(file)).sort();
  assert.deepEqual(Object.keys(imported).sort(), names);
  assert.deepEqual(Object.keys(required).sort(), names);
});

for (const [how, exported] of Object.entries({ imported, required })) {
  describe(how, () => {
    for (const { file, profile } of all) {
      test(`${file} is its file, frozen to the bottom`, () => {
        const found = exported[camelCase(file)];
        assert.deepEqual(found, profile);
        assertFrozen(found, file);
        assert.throws(() => {
          found.token_endpoint = "https://evil.example";
        }, TypeError);
      });
    }
  });
}

describe("a bundle has the provider that is used, and no other", () => {
  for (const { file, profile } of all) {
    test(file, async () => {
      const contents = `import { ${camelCase(file)} as used } from "./providers.js"; console.log(used);`;
      const stdin = { contents, resolveDir: pkg };
      const { outputFiles: [{ text }] } = await build({ stdin, bundle: true, write: false, format: "esm" });
      assert.ok(text.includes(JSON.stringify(profile.name)));
      assert.equal(text.match(/freeze\(\{/g).length, 1);
    });
  }
});

test("each export says what it wants, shows how it is used and where its documents are", () => {
  const types = readFileSync(resolve(pkg, "providers.d.ts"), "utf8");
  for (const { file, profile, variables, credentials } of all) {
    const [, comment] = types.match(
      new RegExp(`/\\*\\*((?:(?!\\*/)[^])*)\\*/\\nexport const ${camelCase(file)}: ShippedProvider<`),
    );
    for (const { name } of [...variables, ...credentials]) {
      assert.ok(comment.includes(`\`${name}\``), `${file}: ${name}`);
    }
    assert.match(comment, /@example\n \* ```ts\n \* import/, file);
    if (profile.documentation) assert.ok(comment.includes(`@see {@link ${profile.documentation}}`), file);
  }
});

test("the types require a variable where there is no request without it, and no other", () => {
  const types = readFileSync(resolve(pkg, "providers.d.ts"), "utf8");
  const pemOf = (...kind) => generateKeyPairSync(...kind).privateKey.export({ type: "pkcs8", format: "pem" });
  const rsa = pemOf("rsa", { modulusLength: 2048 });
  const ec = pemOf("ec", { namedCurve: "P-256" });
  for (const { file, profile, samples: [{ inputs }] } of all) {
    const pem = profile.assertion?.alg === "ES256" ? ec : rsa;
    const [, declared] = types.match(new RegExp(`^export const ${camelCase(file)}: ShippedProvider<(.*?)}?>;$`, "ms"));
    const [variables] = declared.split("}, {");
    const credentials = Object.fromEntries(
      Object.entries(inputs.credentials).map(([name, value]) => [name, typeof value === "string" ? value : pem]),
    );
    const isNeeded = (name) => {
      const { [name]: _, ...variables } = inputs.config;
      try {
        createClient({ provider: imported[camelCase(file)], variables, credentials }).close();
        return false;
      } catch (error) {
        assert.equal(error.code, "ERR_OPTIONS", error.stack);
        assert.match(error.message, new RegExp(`\\b${name}\\b`));
        return true;
      }
    };
    for (const name of Object.keys(inputs.config ?? {})) {
      const [, mark] = new RegExp(`readonly ${name}(\\??): `).exec(variables) ?? [];
      assert.equal(mark, isNeeded(name) ? "" : "?", `${file}: ${name}`);
    }
  }
});

function assertFrozen(value, path) {
  if (typeof value !== "object" || value === null) return;
  assert.ok(Object.isFrozen(value), `${path} is frozen`);
  for (const [name, member] of Object.entries(value)) assertFrozen(member, `${path}.${name}`);
}
