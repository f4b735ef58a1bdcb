// Makes pkg/, the npm package, from one wasm build. Rebuilds only when a source is newer.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { linkedCrates, thirdPartyNotice } from "./crates.mjs";
import { membersOf } from "./members.mjs";
import { bin, isMain, pkg, root, tool } from "./paths.mjs";
import { camelCase, declaration, described, example, profiles } from "./profiles.mjs";
import { run, say } from "./say.mjs";
import { setup } from "./setup.mjs";

const TARGET = "wasm32-unknown-unknown";
/** What every runtime of the README has, and what Rust's target uses; more than that, and old ones refuse the module. */
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "sign-ext",
  "nontrapping-float-to-int",
  "mutable-globals",
  "multivalue",
];
/** Files for the bundlers of one runtime. */
const OTHER_HOSTS = /\.(workerd|edge-light|inline)\.js$|^(\.\/)?(workerd|edge|client-glue)\.js$/;
/** It imports `cloudflare:workers`, which JSR does not know. */
const DURABLE_OBJECT = /^(\.\/)?stores[/\\]durable-object\.js$/;
/** The memory that the JavaScript form has is replaced as it grows; its glue has to see that, and no copy of a secret stays. */
const GROWTH = [
  [
    /(cachedUint8ArrayMemory0) === null \|\| cachedUint8ArrayMemory0\.byteLength === 0/,
    "$1?.buffer !== wasm.memory.buffer",
  ],
  [/(cachedDataViewMemory0) === null \|\| .* !== wasm\.memory\.buffer\)/, "$1?.buffer !== wasm.memory.buffer"],
];
/**
 * The WebAssembly modules, and what the core is compiled with for them. All of it is in the first; the second is for programs
 * that count bytes and import `bearerkit` alone: it has no function of `bearerkit/core`.
 */
const MODULES = [
  { name: "bearerkit_bg", glue: "glue.js", features: ["--features", "exact-numbers"] },
  {
    name: "bearerkit_client_bg",
    glue: "client-glue.js",
    features: ["--no-default-features", "--features", "js,exact-numbers"],
  },
];
/** What of the root goes into the package as it is. */
const PAPERS = ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE-MIT", "LICENSE-APACHE"];
const SOURCES = [
  ...["src", "providers", "pkg-template", "Cargo.toml", "Cargo.lock", "tests/vectors/providers"],
  ...["scripts/build.mjs", "scripts/bindgen", "scripts/crates.mjs", "scripts/imports.mjs", "scripts/members.mjs"],
  ...["scripts/panics.mjs", "scripts/profiles.mjs"],
  ...PAPERS,
];

/**
 * Resolves to whether anything had to be made. `out`: the folder that becomes the package. `cfg`: a name that the core is compiled with, for a build that is tested and
 * never shipped; it has a target folder of its own, since cargo gives both the same file name.
 */
export async function build({ force = false, out = pkg, cfg } = {}) {
  if (!force && isCurrent(out)) return false;
  const target = cfg ? join(root, "target", cfg) : join(root, "target");
  const crates = await linkedCrates();
  const made = [];
  for (const module of MODULES) made.push({ ...module, ...await compile(module, { crates, target, cfg }) });
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  cpSync(join(root, "pkg-template"), out, { recursive: true });
  for (const name of readdirSync(out).filter((name) => name.endsWith(".js"))) {
    writeFileSync(join(out, name), withoutComments(readFileSync(join(out, name), "utf8")));
  }
  const esbuild = await import("esbuild");
  // Nobody reads them, and every Worker uploads one.
  const minified = async (code) => (await esbuild.transform(code, { minify: true, format: "esm" })).code;
  for (const { name, glue, optimized, code } of made) {
    cpSync(optimized, join(out, `${name}.wasm`));
    writeFileSync(join(out, glue), await minified(code));
  }
  say("wasm2js: the core as JavaScript");
  const [{ compiled }] = made;
  writeFileSync(join(out, "plain.js"), await minified(await plain(compiled, join(target, "plain"))));
  // Not a default export: what `require` sees of one depends on whose rules the bundler follows.
  writeFileSync(
    join(out, "wasm-base64.js"),
    `export const base64 = "${readFileSync(join(out, "bearerkit_bg.wasm")).toString("base64")}";\n`,
  );
  writeProviders(out);
  writeMembers(out);
  await writeProviderTypes(out);
  await writeBundles(esbuild, out);
  writeJsr(out);
  for (const name of PAPERS) cpSync(join(root, name), join(out, name));
  writeFileSync(join(out, "THIRD-PARTY.md"), await thirdPartyNotice(crates));
  await writeCommonJs(esbuild, out);
  const sizes = MODULES.map(({ name }) => size(readFileSync(join(out, `${name}.wasm`))));
  say(`${relative(root, out)}/ is ready: wasm ${sizes.join("; for a client alone ")}`);
  return true;
}

/** One of the modules: `{ compiled, optimized, code }`, the paths of what rustc made and of what is shipped, and its glue. */
async function compile({ name, features }, { crates, target, cfg }) {
  say(`cargo build: ${name}${cfg ? `, with ${cfg}` : ""}`);
  // `cargo rustc --crate-type cdylib`, since a crate that is an rlib too gets no link-time optimisation (a tenth more).
  const flags = [
    "-Clink-arg=-zstack-size=65536",
    // No references among the results of a call: Node 20 ends the process where it deoptimises the caller of one (V8's
    // "unreachable code"). The standard library says that it uses them, so what is used is said here.
    "-Ctarget-feature=-reference-types",
    "-Clink-arg=--no-check-features",
    "-Clink-arg=--features=mutable-globals,sign-ext,bulk-memory,nontrapping-fptoint,multivalue",
    ...remappings(crates).map(([from, to]) => `--remap-path-prefix=${from}=${to}`),
  ];
  await run("cargo", [
    "rustc",
    "--release",
    "--locked",
    "--lib",
    "--crate-type",
    "cdylib",
    ...features,
    "--target",
    TARGET,
    "--target-dir",
    target,
    ...(cfg ? ["--", "--cfg", cfg] : []),
  ], {
    cwd: root,
    murmur: true,
    // Of the variables for flags the one in which a path may have a space; and a user's own flags have no say.
    env: { CARGO_ENCODED_RUSTFLAGS: flags.join("\x1f") },
  });
  const bound = join(target, "bindgen", name);
  mkdirSync(bound, { recursive: true });
  say("wasm-bindgen, wasm-opt");
  // cargo gives both the same file name.
  const compiled = join(bound, "compiled.wasm");
  cpSync(join(target, TARGET, "release", "bearerkit.wasm"), compiled);
  await bindgen(compiled, bound);
  // They need binaryen, as esbuild below not there yet when this file is loaded in a clean clone.
  const { withNumberedNames } = await import("./imports.mjs");
  const { withoutPanicTexts } = await import("./panics.mjs");
  const bare = join(bound, "bearerkit_bare.wasm");
  const optimized = join(bound, "optimized.wasm");
  const without = withoutPanicTexts(readFileSync(join(bound, "bearerkit_bg.wasm")));
  const { numbered, names, called } = withNumberedNames(without);
  writeFileSync(bare, numbered);
  await run(bin("wasm-opt"), [
    // 0.6 KB less than -Oz, compressed: what is alike is left alike.
    "--flatten",
    "--simplify-locals-nonesting",
    "--rereloop",
    // Nothing lies below 1 KB but the end of the stack; what is called once is inlined, however large; what differs in a
    // constant only is one function. 0.5 KB together.
    "--low-memory-unused",
    "--one-caller-inline-max-function-size=0",
    "--merge-similar-functions",
    "-Os",
    "--converge",
    "--strip-debug",
    "--strip-producers",
    "--strip-target-features",
    ...FEATURES.map((feature) => `--enable-${feature}`),
    bare,
    "-o",
    optimized,
  ]);
  const code = factory(called(readFileSync(join(bound, "bearerkit_bg.js"), "utf8")), names);
  return { compiled, optimized, code };
}

async function bindgen(compiled, out) {
  await run(tool("bearerkit-bindgen"), [compiled, out]);
}

/**
 * The core as JavaScript, for hosts that can neither import nor compile WebAssembly: a module that exports `instantiate`.
 * Functions that return several values cannot be translated, so the glue is another one, which uses none.
 */
async function plain(compiled, folder) {
  mkdirSync(folder, { recursive: true });
  const at = (name) => join(folder, name);
  const features = FEATURES.map((feature) => `--enable-${feature}`);
  await run(bin("wasm-opt"), [
    compiled,
    "-o",
    at("single.wasm"),
    "--debuginfo",
    "--strip-target-features",
    ...features,
  ]);
  await bindgen(at("single.wasm"), folder);
  const { withoutPanicTexts } = await import("./panics.mjs");
  writeFileSync(at("bare.wasm"), withoutPanicTexts(readFileSync(at("bearerkit_bg.wasm"))));
  await run(bin("wasm-opt"), [
    "-Os",
    "--strip-debug",
    "--strip-producers",
    "--llvm-memory-copy-fill-lowering",
    "--llvm-nontrapping-fptoint-lowering",
    "--signext-lowering",
    ...features,
    at("bare.wasm"),
    "-o",
    at("lowered.wasm"),
  ]);
  await run(bin("wasm2js"), ["-Os", ...features, at("lowered.wasm"), "-o", at("core.js")]);
  const core = replaced(readFileSync(at("core.js"), "utf8"), [
    [/^import .*$/m, ""],
    [/^var retasmFunc[^]*$/m, ""],
    // As isTrap() knows it.
    ["throw new Error('abort')", 'throw Object.assign(new Error("unreachable"), { name: "RuntimeError" })'],
    // Page by page, 10,000 machines would be copied hundreds of times.
    [/var buffer = new ArrayBuffer\(\d+\);/, "$& var pages = buffer.byteLength >> 16;"],
    ["return buffer.byteLength >> 16;", "return pages;"],
    [
      "var newBuffer = new ArrayBuffer(newPages << 16);",
      `if (newPages << 16 <= buffer.byteLength) return pages = newPages, oldPages;
      var newBuffer = new ArrayBuffer(Math.max(newPages, 2 * oldPages) << 16);
      pages = newPages;`,
    ],
    ["newHEAP8.set(HEAP8);", "newHEAP8.set(HEAP8); HEAP8.fill(0);"],
  ]);
  const { body, imports, exported } = parts(replaced(readFileSync(at("bearerkit_bg.js"), "utf8"), GROWTH));
  return [
    "export function instantiate() {",
    core,
    body,
    `const made = asmFunc({ "./bearerkit_bg.js": { ${imports.join(", ")} } });`,
    // JavaScript has no integers of 64 bits: they are handed over in halves.
    "const half = (value) => Number(BigInt.asIntN(32, value));",
    "const machine_reseed = (machine, seed) => made.machine_reseed(machine, half(seed), half(seed >> 32n));",
    "wasm = { ...made, machine_reseed };",
    `return { ${exported.join(", ")} };`,
    "}",
  ].join("\n");
}

function replaced(code, replacements) {
  return replacements.reduce((text, [from, to]) => {
    const found = text.replace(from, to);
    if (found === text) throw new Error(`wasm2js, or the glue for it, has changed: ${from} is not in it`);
    return found;
  }, code);
}

/** wrangler keeps the comments in a class, and every Worker would upload them. Each stands on lines of its own. */
function withoutComments(code) {
  return code.replace(/^ *(\/\/.*|\/\*\*[^]*?\*\/)\n/gm, "");
}

/**
 * wasm-bindgen's glue keeps its state in the module, so that there can be one instance only, and a trap ends it for good.
 * As a function it keeps its state in the call: a new instance is a new call.
 * `names`: its imports, which are numbered.
 */
function factory(glue, names) {
  const { body, imports, exported } = parts(glue);
  const missing = names.filter((name) => !imports.includes(name));
  if (missing.length > 0) throw new Error(`wasm-bindgen's glue lacks ${missing.join(", ")}`);
  return `${
    [
      "/** A new instance of the module, with glue of its own. */",
      "export function instantiate(module) {",
      body,
      `wasm = new WebAssembly.Instance(module, { js: [${names.join(", ")}] }).exports;`,
      `return { ${exported.join(", ")} };`,
      "}",
    ].join("\n")
  }\n`;
}

/** The glue as the body of a function, and the names in it. */
function parts(glue) {
  const names = [...glue.matchAll(/^export (?:function|class) (\w+)/gm)].map((match) => match[1]);
  const imports = names.filter((name) => /^__wb/.test(name) && name !== "__wbg_set_wasm");
  const exported = names.filter((name) => !/^__wb/.test(name));
  const body = glue.replace(/^export (function|class) /gm, "$1 ");
  if (/^(import|export) /m.test(body)) {
    throw new Error("wasm-bindgen's glue has an import or export that the factory does not know");
  }
  if (/externref/.test(body)) throw new Error("wasm-bindgen's glue hands references over: see build()");
  return { body, imports, exported };
}

/** providers/*.json as frozen exports, named in camelCase. */
function writeProviders(out) {
  const lines = [
    "function freeze(value) {",
    '  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(freeze);',
    "  return value;",
    "}",
  ];
  for (const { file, profile } of profiles()) {
    lines.push(`export const ${camelCase(file)} = /* @__PURE__ */ freeze(${JSON.stringify(profile)});`);
  }
  writeFileSync(join(out, "providers.js"), `${lines.join("\n")}\n`);
  cpSync(join(root, "providers"), join(out, "providers"), { recursive: true });
}

/** The types of them: what a profile cannot do without is what the core that was just built says. */
async function writeProviderTypes(out) {
  const { checkProvider } = await import(`${pathToFileURL(join(out, "core.js"))}?${Date.now()}`);
  const types = [PROVIDERS_DOC, 'import type { Jwk, ShippedProvider, SigningKey } from "./index.js";'];
  for (const provider of profiles()) {
    types.push("", documentation(provider), declaration(provider, checkProvider(provider.profile)));
  }
  writeFileSync(join(out, "providers.d.ts"), `${types.join("\n")}\n`);
}

/**
 * The entries for hosts that count the bytes of a program, minified, since wrangler does not by itself; the files that they are
 * made of stay beside them, and the source maps point there. What `bearerkit` and `bearerkit/core` share is a third file: a
 * program with both has one state. The entry with all of both stands for itself.
 */
async function writeBundles(esbuild, out) {
  for (const [host, all] of [["workerd", "workerd"], ["edge-light", "edge"]]) {
    const bundle = (entries, options) =>
      esbuild.build({
        entryPoints: entries.map((entry) => join(out, `${entry}.js`)),
        outdir: out,
        allowOverwrite: true,
        bundle: true,
        external: ["cloudflare:*", "*.wasm", "*.wasm?module"],
        format: "esm",
        platform: "neutral",
        target: "es2022",
        minify: true,
        sourcemap: true,
        sourcesContent: false,
        logLevel: "error",
        ...options,
      });
    await bundle([all]);
    await bundle([`index.${host}`, `core.${host}`], { splitting: true, chunkNames: `shared.min.${host}` });
    // It tells the client what it brings by a global, and has nothing else of the client in it but the errors.
    await bundle([`stores.${host}`]);
  }
}

/**
 * What JSR wants to know: the entries that any host takes, since it has no conditions; and, in each of them, where its types
 * are.
 */
function writeJsr(out) {
  const { name, version, license, exports } = JSON.parse(readFileSync(join(out, "package.json"), "utf8"));
  const entries = Object.entries(exports).map(([place, hosts]) => [place, hosts.node ?? hosts.default])
    .filter(([, entry]) => entry?.types && !OTHER_HOSTS.test(entry.default) && !DURABLE_OBJECT.test(entry.default));
  for (const [, entry] of entries) {
    const path = join(out, entry.default);
    writeFileSync(path, `/* @ts-self-types="${entry.types}" */\n${readFileSync(path, "utf8")}`);
  }
  const jsr = {
    name: `@${name}/${name}`,
    version,
    license,
    exports: Object.fromEntries(entries.map(([place, entry]) => [place, entry.default])),
    // The first: git ignores the folder, and `deno publish` asks it.
    publish: {
      exclude: [
        ...["!.", "cjs", "cli", "cli.js", "client-glue.js", "*.workerd.js", "*.edge-light.js", "*.map", "*.wasm"],
        ...["package.json", "stores/durable-object.js", "stores/durable-object.d.ts"],
      ],
    },
  };
  writeFileSync(join(out, "jsr.json"), `${JSON.stringify(jsr, null, 2)}\n`);
}

/** What `checkProvider` knows of the schema. */
function writeMembers(out) {
  const members = membersOf(JSON.parse(readFileSync(join(root, "providers", "schema.json"), "utf8")));
  writeFileSync(
    join(out, "check", "members.js"),
    `import { tableOf } from "./places.js";\n\nexport const members = tableOf(${JSON.stringify(members)});\n`,
  );
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
/** The comment above a provider: what of it whoever uses it has to say, and may. */
function documentation(provider) {
  const { profile, variables, credentials } = provider;
  const lines = [
    `${profile.name}.`,
    "",
    ...(variables.length > 0 ? [`- Variables: ${variables.map(described).join(", ")}.`] : []),
    `- Credentials: ${credentials.map(described).join(", ")}.`,
    "",
    "@example",
    "```ts",
    ...example(provider),
    "```",
    ...(profile.documentation ? [`@see {@link ${profile.documentation}}`] : []),
  ];
  return ["/**", ...lines.map((line) => ` * ${line}`.trimEnd()), " */"].join("\n");
}

/**
 * The same files for `require`, in a folder whose package.json says so. All runtimes have one form there: what a bundler
 * makes of `require("x.wasm")` is no module.
 */
async function writeCommonJs(esbuild, out) {
  const isWrittenByHand = (name) => existsSync(join(root, "pkg-template", "cjs", name));
  const isCommand = /^cli(\.js$|[/\\])/;
  const files = readdirSync(out, { recursive: true }).map(String)
    .filter((name) => name.endsWith(".js") && !name.startsWith("cjs"))
    .filter((name) => !OTHER_HOSTS.test(name) && !isCommand.test(name))
    .filter((name) => !isWrittenByHand(name));
  const translate = (names, options) =>
    esbuild.build({
      entryPoints: names.map((name) => join(out, name)),
      outdir: join(out, "cjs"),
      outbase: out,
      format: "cjs",
      platform: "neutral",
      target: "node20",
      logLevel: "error",
      ...options,
    });
  const isMade = (name) => /^(glue|plain)\.js$/.test(name);
  await translate(files.filter((name) => !isMade(name)));
  await translate(files.filter(isMade), { minify: true });
  writeFileSync(join(out, "cjs", "package.json"), '{ "type": "commonjs" }\n');
  const types = readdirSync(out, { recursive: true }).map(String).filter((name) => name.endsWith(".d.ts"));
  for (const name of types.filter((name) => !name.startsWith("cjs"))) cpSync(join(out, name), join(out, "cjs", name));
}

/**
 * A machine's paths have no place in the package, and no two machines have the same. The last that fits counts: a crate
 * lies in a folder that is named after the registry, or its mirror.
 */
function remappings([own, ...others]) {
  const registries = new Set(others.map(({ folder }) => dirname(folder)));
  const cargoHome = process.env.CARGO_HOME ?? join(homedir(), ".cargo");
  return [[cargoHome, "cargo"], ...[...registries].map((folder) => [folder, "crates"]), [own.folder, "."]];
}

function isCurrent(out) {
  const made = join(out, "cjs", "package.json");
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
  const isMade = await build({ force: process.argv.includes("--force") });
  if (!isMade) say(`${relative(root, pkg)}/ is up to date (--force builds it all the same)`);
}
