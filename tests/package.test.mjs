// What is shipped, looked at as it is shipped: the files of the tarball and of the crate, what runs at their installation
// (nothing), what they tell of the machine that made them (nothing), whose code they carry and what they say of it.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { homedir, tmpdir } from "node:os";
import { join, posix } from "node:path";
import process from "node:process";
import { after, before, describe, test } from "node:test";
import Ajv from "ajv";
import { chosen, linkedCrates, textOf } from "../scripts/crates.mjs";
import { bin, pkg, root } from "../scripts/paths.mjs";
import { packedProject } from "../scripts/runtimes.mjs";
import { sbom } from "../scripts/sbom.mjs";
import { linksOf } from "./support/links.mjs";

let project, shipped;
const read = (name) => readFileSync(join(shipped, name), "utf8");
const run = (command, args) =>
  execFileSync(command, args, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });

before(() => {
  project = packedProject(mkdtempSync(join(tmpdir(), "bearerkit-package-")));
  shipped = join(project, "node_modules", "bearerkit");
});

after(() => rmSync(project, { recursive: true, force: true }));

/**
 * The files of the tarball: what git has of the sources, what the build makes of them, and the same for `require`. A file
 * that git does not know, or of another kind, has no business there.
 */
function expectedFiles() {
  const tracked = (folder) => run("git", ["ls-files", "--", folder]).trim().split("\n");
  const sources = tracked("pkg-template").map((name) => name.slice("pkg-template/".length));
  const modules = sources.filter((name) => name !== "package.json");
  for (const name of modules) assert.match(name, /^((check|cjs|cli|stores|testing)\/)?[a-z0-9.-]+\.(js|d\.ts)$/);
  const made = ["glue.js", "client-glue.js", "plain.js", "wasm-base64.js"];
  modules.push(...made, "providers.js", "providers.d.ts", "check/members.js");
  const bundles = ["workerd", "edge-light"].flatMap((host) =>
    ["core", "index", "stores", "shared.min"].map((name) => `${name}.${host}.js`)
  );
  modules.push(...bundles.filter((name) => name.startsWith("shared."))); // what two others share
  bundles.push("workerd.js", "edge.js");
  const profiles = tracked("providers");
  for (const name of profiles) assert.match(name, /^providers\/[a-z0-9-]+\.json$/);
  const isRequired = (name) =>
    !/\.(workerd|edge-light|inline)\.js$|^(workerd|edge|inline|load|client-glue)\.js$|^cli(\.js$|\/)|^cjs\//.test(name);
  const papers = ["README.md", "CHANGELOG.md", "SECURITY.md", "THIRD-PARTY.md", "LICENSE-MIT", "LICENSE-APACHE"];
  return [
    ...[
      "package.json",
      "bearerkit_bg.wasm",
      "bearerkit_client_bg.wasm",
      "cjs/package.json",
      ...papers,
      ...profiles,
      ...modules,
    ],
    ...bundles.map((name) => `${name}.map`),
    ...modules.filter(isRequired).map((name) => `cjs/${name}`),
  ].sort();
}

const filesIn = (folder) =>
  readdirSync(folder, { recursive: true }).map(String).filter((name) => statSync(join(folder, name)).isFile()).sort();

describe("the npm package", () => {
  test("has the files that are listed here, and no other", () => {
    assert.deepEqual(filesIn(shipped), expectedFiles());
  });

  test("runs nothing at its installation, and has no dependency", () => {
    const manifest = JSON.parse(read("package.json"));
    for (const member of ["scripts", "gypfile"]) assert.equal(manifest[member], undefined, member);
    assert.deepEqual(manifest.bin, { bearerkit: "./cli.js" });
    for (const member of Object.keys(manifest)) assert.doesNotMatch(member, /dependenc/i);
    assert.deepEqual(filesIn(shipped).filter((name) => /\.(node|gyp|sh|exe|dll|so)$/.test(name)), []);
  });

  test("says where the project lives, and so does the crate", () => {
    const { repository, homepage, bugs } = JSON.parse(read("package.json"));
    const { packages: [crate] } = JSON.parse(
      run("cargo", ["metadata", "--no-deps", "--locked", "--format-version", "1"]),
    );
    assert.equal(repository.url, `git+${crate.repository}.git`);
    assert.equal(homepage, crate.homepage);
    assert.equal(bugs.url, `${crate.repository}/issues`);
    assert.equal(crate.documentation, "https://docs.rs/bearerkit");
  });

  test("has small files for hosts that count bytes, and what they were made of beside them", () => {
    for (const [host, all] of [["workerd", "workerd"], ["edge-light", "edge"]]) {
      const entries = {
        client: `index.${host}.js`,
        core: `core.${host}.js`,
        all: `${all}.js`,
        stores: `stores.${host}.js`,
      };
      const shared = `shared.min.${host}.js`;
      for (const name of [...Object.values(entries), shared]) {
        const lines = read(name).trimEnd().split("\n");
        assert.equal(lines.at(-1), `//# sourceMappingURL=${name}.map`);
        const { sources } = JSON.parse(read(`${name}.map`));
        assert.ok(sources.length > 0);
        for (const source of sources) assert.ok(filesIn(shipped).includes(source), `${name}: ${source}`);
      }
      const imported = (name) =>
        [...read(name).matchAll(/\b(?:from|import)"([^" ]+)"/g)].map(([, from]) => from)
          .filter((from) => from !== "cloudflare:workers").map((from) => from.replace("?module", "")).sort();
      // A client alone has the smaller module; a program with both entries has one state, and so has the entry with all.
      assert.deepEqual(imported(entries.client), ["./bearerkit_client_bg.wasm", `./${shared}`]);
      assert.deepEqual(imported(entries.core), ["./bearerkit_bg.wasm", `./${shared}`]);
      assert.deepEqual(imported(entries.stores), ["./bearerkit_bg.wasm"]);
      assert.deepEqual(imported(entries.all), ["./bearerkit_bg.wasm"]);
      assert.deepEqual(imported(shared), []);
    }
  });

  test("carries the wasm twice, and they are the same", () => {
    const [, base64] = /^export const base64 = "(.*)";\n$/.exec(read("wasm-base64.js"));
    assert.ok(Buffer.from(base64, "base64").equals(readFileSync(join(shipped, "bearerkit_bg.wasm"))));
  });

  test("tells nothing of the machine that made it", () => {
    // Of one segment they are too common a word.
    const ours = [root, homedir(), process.env.CARGO_HOME].filter((path) => path?.split(/[/\\]/).length > 2);
    // Kubernetes mounts its tokens there, on every machine.
    const anyones = String.raw`(?!/var/run/secrets/)/(home|root|Users|work|tmp|private|var|builds)/[\w.-]+/|[A-Z]:\\\w`;
    const hosts = [".cargo", "registry/src", "rustup/", "index.crates.io"];
    const told = new RegExp([anyones, ...[...ours, ...hosts].map(literal)].join("|"));
    // The wasm as text is the wasm, as the test above says; and its letters may spell anything.
    for (const name of filesIn(shipped).filter((name) => !name.endsWith("wasm-base64.js"))) {
      const bytes = readFileSync(join(shipped, name), "latin1");
      const found = told.exec(bytes);
      const around = found && bytes.slice(Math.max(0, found.index - 40), found.index + 80);
      assert.ok(!found, `${name}: ${JSON.stringify(around)}`);
    }
  });

  test("has no dead link among its files", () => {
    assertLinks(filesIn(shipped), read);
  });

  test("names each crate of the wasm, and holds the words of its licence", async () => {
    const notice = read("THIRD-PARTY.md");
    const words = plain(notice);
    // Cargo's own list, told apart by cargo itself.
    const args = ["tree", "--locked", "--target", "wasm32-unknown-unknown", "--edges", "normal,no-proc-macro"];
    const tree = run("cargo", [...args, "--prefix", "none", "--format", "{p}"]);
    const listed = new Set(
      tree.split("\n").map((line) => /^(\S+) v(\S+)/.exec(line)).filter(Boolean).map(([, name, version]) =>
        `${name} ${version}`
      ),
    );
    listed.delete(`bearerkit ${JSON.parse(read("package.json")).version}`);
    const rows = [...notice.matchAll(/^\| \[(\S+)\]\(https:\S+\) \| (\S+) \| /gm)].map(([, name, version]) =>
      `${name} ${version}`
    );
    assert.deepEqual(rows.filter((row) => !row.startsWith("std ")).sort(), [...listed].sort());
    assert.ok(rows.some((row) => row.startsWith("std ")), "Rust's standard library");

    const [, ...crates] = await linkedCrates();
    for (const found of crates) {
      for (const license of chosen(found)) {
        for (const paragraph of textOf(found, license).split(/\n\s*\n/)) {
          const lines = paragraph.split("\n").filter((line) => !/^\s*(the )?mit license/i.test(line));
          const copyrights = lines.filter((line) => /^\s*copyright (\(c\)|©|\d)/i.test(line));
          for (const line of copyrights) assert.ok(notice.includes(line.trim()), `${found.name}: ${line}`);
          const rest = plain(lines.filter((line) => !copyrights.includes(line)).join("\n"));
          assert.ok(words.includes(rest), `${found.name}, ${license}: ${rest}`);
        }
      }
    }
  });
});

/** What a text of these files links to is one of them. */
function assertLinks(names, read) {
  for (const name of names.filter((name) => name.endsWith(".md"))) {
    for (const { target, file } of linksOf(read(name))) {
      if (file) assert.ok(names.includes(posix.join(posix.dirname(name), file)), `${name}: ${target}`);
    }
  }
}

/** Words, however their lines break. */
const plain = (text) => text.replace(/^> ?/gm, "").replace(/\s+/g, " ").trim();
const literal = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

describe("the crate", () => {
  const listed = run("cargo", ["package", "--list", "--allow-dirty", "--locked"]).trim().split("\n");

  test("has sources, profiles, examples and the papers, and no other files", () => {
    const allowed = [
      /^src\/[\w/]+\.rs$/,
      /^providers\/[\w-]+\.json$/,
      /^examples\/(\w+\/)?\w+\.rs$/,
      /^(src\/README|CHANGELOG|SECURITY)\.md$/,
      /^LICENSE-(MIT|APACHE)$/,
      /^Cargo\.(toml|toml\.orig|lock)$/,
      /^\.cargo_vcs_info\.json$/,
    ];
    assert.deepEqual(listed.filter((name) => !allowed.some((pattern) => pattern.test(name))), []);
    for (const name of ["SECURITY.md", "CHANGELOG.md", "src/README.md", "src/lib.rs", "providers/schema.json"]) {
      assert.ok(listed.includes(name), name);
    }
  });

  test("has no dead link among its files", () => {
    assertLinks(listed, (name) => readFileSync(join(root, name), "utf8"));
  });
});

describe("the JSR package", () => {
  const jsr = JSON.parse(readFileSync(join(pkg, "jsr.json"), "utf8"));

  test("is the npm package, as far as any host can load it", () => {
    const manifest = JSON.parse(read("package.json"));
    assert.deepEqual([jsr.name, jsr.version, jsr.license], [
      "@bearerkit/bearerkit",
      manifest.version,
      manifest.license,
    ]);
    for (const place of [".", "./core", "./providers", "./stores", "./testing"]) {
      const { node, default: fallback } = manifest.exports[place];
      assert.equal(jsr.exports[place], (node ?? fallback).default);
    }
    for (const place of ["./workerd", "./edge", "./stores/durable-object", "./package.json"]) {
      assert.equal(jsr.exports[place], undefined, place);
    }
    for (const entry of Object.values(jsr.exports)) {
      const [, types] = /^\/\* @ts-self-types="(.*)" \*\/\n/.exec(read(entry));
      assert.ok(statSync(join(shipped, types)).isFile(), entry);
    }
  });

  test("is what `deno publish` takes, types and all, and has nothing of Node's", () => {
    const args = ["publish", "--dry-run", "--allow-dirty"];
    const { stderr, status } = spawnSync(bin("deno"), args, {
      cwd: pkg,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
    });
    assert.equal(status, 0, stderr);
    const names = [...stderr.matchAll(/^ +file:\S+?\/pkg\/(\S+) \(/gm)].map(([, name]) => name);
    for (const name of ["jsr.json", "README.md", "index.js", "index.d.ts"]) assert.ok(names.includes(name), name);
    assert.deepEqual(
      names.filter((name) => /^(cjs\/|cli[/.]|package\.json)|\.(workerd|edge-light)\.js$|\.(wasm|map)$/.test(name)),
      [],
    );
  });
});

describe("the lock file", () => {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));

  test("is complete, so that `npm ci` takes it and `npm install` leaves it alone", () => {
    // npm leaves out what it did not install where the lock file is written beside a node_modules: other platforms' packages.
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !places(path, name).some((place) => packages[place]))
        .map((name) => `${name}, wanted by ${path}`)
    );
    assert.deepEqual(missing, [], "rm -rf node_modules, then npm install --package-lock-only");
  });

  test("names no registry, and nothing that npm 9 and 10 take away again", () => {
    for (const [path, { resolved, libc }] of Object.entries(packages)) {
      assert.equal(resolved, undefined, path);
      assert.equal(libc, undefined, `${path}: npx npm@10 install --package-lock-only`);
    }
  });
});

/** Where Node looks for a package from a place in node_modules, and npm puts it. */
function places(path, name) {
  const folders = path.split("/node_modules/").map((_, index, parts) =>
    parts.slice(0, index + 1).join("/node_modules/")
  );
  return ["", ...folders].map((folder) => `${folder ? `${folder}/` : ""}node_modules/${name}`);
}

describe("npm run sbom", () => {
  test("says what cargo tree says, as CycloneDX 1.6 has it", async () => {
    const bom = await sbom();
    const validate = cycloneDx();
    assert.ok(validate(bom), JSON.stringify(validate.errors));

    const refs = bom.components.map((component) => component["bom-ref"]);
    assert.equal(new Set(refs).size, refs.length);
    const known = new Set([bom.metadata.component["bom-ref"], ...refs]);
    for (const { ref, dependsOn } of bom.dependencies) {
      for (const name of [ref, ...dependsOn]) assert.ok(known.has(name), name);
    }
    assert.deepEqual(bom.dependencies.map(({ ref }) => ref).sort(), [...known].sort());

    const [, ...crates] = await linkedCrates();
    assert.deepEqual(refs.slice(1, -1), crates.map(({ name, version }) => `pkg:cargo/${name}@${version}`));
    for (const { name, hashes } of bom.components.slice(1, -1)) {
      assert.match(hashes?.[0].content, /^[0-9a-f]{64}$/, name);
    }
    assert.match(refs.at(-1), /^pkg:generic\/rust-std@\d+\.\d+\.\d+/);
  });
});

/** The standard's own schema. */
function cycloneDx() {
  const main = createRequire(import.meta.url).resolve("@cyclonedx/cyclonedx-library");
  const folder = join(main.slice(0, main.indexOf("cyclonedx-library")), "cyclonedx-library", "res", "schema");
  const schema = (name) => JSON.parse(readFileSync(join(folder, `${name}.SNAPSHOT.schema.json`), "utf8"));
  const ajv = new Ajv({ strict: false, validateFormats: false });
  for (const name of ["spdx", "jsf-0.82"]) {
    ajv.addSchema(schema(name), `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  }
  return ajv.compile(schema("bom-1.6"));
}
