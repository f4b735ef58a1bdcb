// Makes pkg/, the npm package, from one wasm build. Rebuilds only when a source is newer.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";
import { bin, isMain, pkg, root, tool } from "./paths.mjs";
import { run, say } from "./say.mjs";
import { setup } from "./setup.mjs";

const WASM = join(root, "target", "wasm32-unknown-unknown", "release", "bearerkit.wasm");
/** What every runtime of the README has, and what Rust's target uses; more than that, and old ones refuse the module. */
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "reference-types",
  "sign-ext",
  "nontrapping-float-to-int",
  "mutable-globals",
  "multivalue",
];
const SOURCES = ["src", "providers", "pkg-template", "Cargo.toml", "Cargo.lock", "scripts/build.mjs", "README.md"];

export async function build({ force = false } = {}) {
  if (!force && isCurrent()) return;
  say("cargo build: the core as WebAssembly");
  // `cargo rustc --crate-type cdylib`, since a crate that is an rlib too gets no link-time optimisation (a tenth more).
  const flags = [
    "-Clink-arg=-zstack-size=65536",
    // No references among the results of a call: Node 20 ends the process where it deoptimises the caller of one (V8's
    // "unreachable code"). The standard library says that it uses them, so what is used is said here.
    "-Ctarget-feature=-reference-types",
    "-Clink-arg=--no-check-features",
    "-Clink-arg=--features=mutable-globals,sign-ext,bulk-memory,nontrapping-fptoint,multivalue",
    `--remap-path-prefix=${cargoHome()}=cargo`,
    `--remap-path-prefix=${root}=.`,
  ];
  await run("cargo", [
    "rustc",
    "--release",
    "--locked",
    "--lib",
    "--crate-type",
    "cdylib",
    "--target",
    "wasm32-unknown-unknown",
  ], {
    cwd: root,
    env: { CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS: flags.join(" ") },
  });
  rmSync(pkg, { recursive: true, force: true });
  mkdirSync(pkg);
  const out = join(root, "target", "bindgen");
  say("wasm-bindgen, wasm-opt");
  await run(tool("wasm-bindgen"), [
    "--target",
    "bundler",
    "--no-typescript",
    "--out-dir",
    out,
    "--out-name",
    "bearerkit",
    WASM,
  ]);
  const bare = join(out, "bearerkit_bare.wasm");
  writeFileSync(bare, await withoutPanicTexts(readFileSync(join(out, "bearerkit_bg.wasm"))));
  const optimized = join(pkg, "bearerkit_bg.wasm");
  await run(bin("wasm-opt"), [
    "-Oz",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    ...FEATURES.map((feature) => `--enable-${feature}`),
    bare,
    "-o",
    optimized,
  ]);
  cpSync(join(root, "pkg-template"), pkg, { recursive: true });
  // Not there yet when this file is loaded in a clean clone.
  const esbuild = await import("esbuild");
  const glue = factory(readFileSync(join(out, "bearerkit_bg.js"), "utf8"));
  // Nobody reads it, and every Worker uploads it.
  writeFileSync(join(pkg, "glue.js"), (await esbuild.transform(glue, { minify: true, format: "esm" })).code);
  // Not a default export: what `require` sees of one depends on whose rules the bundler follows.
  writeFileSync(
    join(pkg, "wasm-base64.js"),
    `export const base64 = "${readFileSync(optimized).toString("base64")}";\n`,
  );
  writeProviders();
  for (const name of ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"]) {
    if (existsSync(join(root, name))) cpSync(join(root, name), join(pkg, name));
  }
  await writeCommonJs(esbuild);
  say(`pkg/ is ready: wasm ${size(readFileSync(optimized))}`);
}

/**
 * A panic is a trap, and nobody hears its text: what writes the text goes, and the trap comes at once.
 */
async function withoutPanicTexts(bytes) {
  const { default: binaryen } = await import("binaryen");
  const module = binaryen.readBinary(bytes);
  // The standard library's names for what never returns.
  const panics =
    /^(core|alloc|std|__rustc)\[.*(\bpanicking::panic|\brust_begin_unwind$|_fail(ed)?$|_error$|\bpanic_already_)/;
  let found = 0;
  for (let index = module.getNumFunctions() - 1; index >= 0; index -= 1) {
    const reference = module.getFunctionByIndex(index);
    const { name, base } = binaryen.getFunctionInfo(reference);
    if (base || !panics.test(name)) continue;
    binaryen.Function.setBody(reference, module.unreachable());
    found += 1;
  }
  if (found === 0) throw new Error("no function of Rust's panics was found by its name");
  const cut = module.emitBinary();
  module.dispose();
  return cut;
}

/**
 * wasm-bindgen's glue keeps its state in the module, so that there can be one instance only, and a trap ends it for good.
 * As a function it keeps its state in the call: a new instance is a new call.
 */
function factory(glue) {
  const names = [...glue.matchAll(/^export (?:function|class) (\w+)/gm)].map((match) => match[1]);
  const imports = names.filter((name) => /^__wb/.test(name) && name !== "__wbg_set_wasm");
  const exported = names.filter((name) => !/^__wb/.test(name));
  const body = glue.replace(/^export (function|class) /gm, "$1 ");
  if (/^(import|export) /m.test(body)) {
    throw new Error("wasm-bindgen's glue has an import or export that the factory does not know");
  }
  if (/externref/.test(body)) throw new Error("wasm-bindgen's glue hands references over: see build()");
  return `${
    [
      "/** A new instance of the module, with glue of its own. */",
      "export function instantiate(module) {",
      body,
      `const imports = { ${imports.join(", ")} };`,
      'wasm = new WebAssembly.Instance(module, { "./bearerkit_bg.js": imports }).exports;',
      `return { ${exported.join(", ")} };`,
      "}",
    ].join("\n")
  }\n`;
}

/** providers/*.json as frozen exports, named in camelCase. */
function writeProviders() {
  const files = readdirSync(join(root, "providers")).filter((name) => name.endsWith(".json") && name !== "schema.json")
    .sort();
  const lines = [
    "function freeze(value) {",
    '  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);',
    "  return value;",
    "}",
  ];
  const types = [PROVIDERS_DOC, 'import type { Provider } from "./index.js";'];
  for (const file of files) {
    const { $schema: _, ...profile } = JSON.parse(readFileSync(join(root, "providers", file), "utf8"));
    const name = basename(file, ".json").replace(/-(\w)/g, (_, letter) => letter.toUpperCase());
    lines.push(`export const ${name} = /* @__PURE__ */ freeze(${JSON.stringify(profile)});`);
    types.push("", documentation(profile), `export const ${name}: Provider;`);
  }
  writeFileSync(join(pkg, "providers.js"), `${lines.join("\n")}\n`);
  writeFileSync(join(pkg, "providers.d.ts"), `${types.join("\n")}\n`);
  cpSync(join(root, "providers"), join(pkg, "providers"), { recursive: true });
}

const PROVIDERS_DOC = `/**
 * The providers that bearerkit knows: plain objects, deeply frozen. Spread one to change it.
 *
 * @example
 * \`\`\`ts
 * import { createClient } from "bearerkit";
 * import { fuse } from "bearerkit/providers";
 *
 * const api = createClient({
 *   provider: fuse,
 *   variables: { environment: "sandbox" },
 *   credentials: { client_id: env.ID, client_secret: env.SECRET },
 * });
 * \`\`\`
 *
 * @module
 */
`;
const BUILT_IN = ["access_token", "refresh_token", "scope", "token_endpoint", "uuid"];
const CREDENTIALS = ["client_id", "client_secret", "username", "password", "private_key", "api_key"];

/** The comment above a provider: what of it whoever uses it has to say, and may. */
function documentation(profile) {
  const { defaults = {}, environments = {}, token_endpoint_auth_method: auth = "client_secret_basic" } = profile;
  const named = new Set(
    auth === "none" ? [] : ["client_id", auth === "private_key_jwt" ? "private_key" : "client_secret"],
  );
  for (const [, name] of JSON.stringify(profile).matchAll(/\{\+?([\w.]+)\}/g)) named.add(name);
  const set = Object.values(environments).flatMap(Object.keys);
  const given = [...named].filter((name) => !BUILT_IN.includes(name) && !set.includes(name));
  const choices = Object.keys(environments).map((name) => `\`${name}\``).join(" | ");
  const variables = [...(choices ? ["environment"] : []), ...given.filter((name) => !CREDENTIALS.includes(name))].map(
    (name) => {
      const notes = [name === "environment" && choices, name in defaults && `default \`${defaults[name]}\``].filter(
        Boolean,
      );
      return `\`${name}\`${notes.length ? ` (${notes.join("; ")})` : ""}`;
    },
  );
  const credentials = given.filter((name) => CREDENTIALS.includes(name)).map((name) => `\`${name}\``);
  const lines = [
    `${profile.name}.`,
    "",
    ...(variables.length ? [`- Variables: ${variables.join(", ")}.`] : []),
    `- Credentials: ${credentials.join(", ")}.`,
    ...(profile.documentation ? ["", `@see {@link ${profile.documentation}}`] : []),
  ];
  return ["/**", ...lines.map((line) => ` * ${line}`.trimEnd()), " */"].join("\n");
}

/** The same files for `require`, in a folder whose package.json says so. */
async function writeCommonJs(esbuild) {
  const isForBundlersOfOtherRuntimes = /\.(workerd|edge-light)\.js$/;
  const files = readdirSync(pkg, { recursive: true }).map(String)
    .filter((name) => name.endsWith(".js") && !isForBundlersOfOtherRuntimes.test(name) && !name.startsWith("cjs"));
  await esbuild.build({
    entryPoints: files.map((name) => join(pkg, name)),
    outdir: join(pkg, "cjs"),
    outbase: pkg,
    format: "cjs",
    platform: "neutral",
    target: "node20",
    logLevel: "error",
  });
  writeFileSync(join(pkg, "cjs", "package.json"), '{ "type": "commonjs" }\n');
  for (const name of readdirSync(pkg).filter((name) => name.endsWith(".d.ts"))) {
    cpSync(join(pkg, name), join(pkg, "cjs", name));
  }
}

/** Where crates lie; a machine's paths have no place in the package. */
function cargoHome() {
  return process.env.CARGO_HOME ?? join(homedir(), ".cargo");
}

function isCurrent() {
  const made = join(pkg, "cjs", "package.json");
  if (!existsSync(made)) return false;
  const newest = (path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat) return 0;
    return stat.isDirectory()
      ? Math.max(0, ...readdirSync(path).map((name) => newest(join(path, name))))
      : stat.mtimeMs;
  };
  return statSync(made).mtimeMs > Math.max(...SOURCES.map((name) => newest(join(root, name))));
}

function size(bytes) {
  return `${(bytes.length / 1024).toFixed(1)} KB, ${(gzipSync(bytes, { level: 9 }).length / 1024).toFixed(1)} KB gzip`;
}

if (isMain(import.meta)) {
  await setup();
  await build({ force: process.argv.includes("--force") });
}
