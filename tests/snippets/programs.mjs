// Checks and runs the snippets that are programs: TypeScript against the packed package, then on the runtime that they are for.
import assert from "node:assert/strict";
import { build } from "esbuild";
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import ts from "typescript";
import { bin, root } from "../../scripts/paths.mjs";
import { packedProject } from "../../scripts/runtimes.mjs";
import { DENO_ARGS } from "../../scripts/runtimes/deno.mjs";

const LIMIT_MS = 60_000;
export const LANGUAGES = ["ts", "js", "mjs", "tsx", "jsx"];

/** A user's project: the packed package beside everything that the repository has installed. */
export function snippetProject(folder) {
  packedProject(folder);
  const modules = join(folder, "node_modules");
  const ours = join(root, "node_modules");
  for (const name of readdirSync(ours).filter((name) => !name.startsWith("."))) {
    if (name !== "bearerkit") symlinkSync(join(ours, name), join(modules, name), "dir");
  }
  for (const name of ["world.mjs", "run.mjs", "engines.mjs"]) {
    copyFileSync(join(import.meta.dirname, name), join(folder, name));
  }
  return folder;
}

/** Whose types a program is checked with, and where it runs. */
export function hostOf({ source }) {
  if (/\bDeno\.|"(jsr|npm):/.test(source)) return "deno";
  if (/\bBun\.|"bun:/.test(source)) return "bun";
  if (/cloudflare:|\b(ExecutionContext|ExportedHandler|Fetcher|SecretsStoreSecret|WorkerEntrypoint)\b/.test(source)) {
    return "workers";
  }
  return "node";
}

const TYPES = {
  node: { types: ["node"], lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"] },
  workers: { types: ["@cloudflare/workers-types"], lib: ["lib.es2023.d.ts"] },
  bun: { types: ["bun-types"], lib: ["lib.es2023.d.ts"] },
};

/** A compiler that reads each file of a library once. */
export function typeChecker(project) {
  const libraries = new Map();
  return (files, host) => {
    const options = {
      ...TYPES[host],
      strict: true,
      exactOptionalPropertyTypes: true,
      noEmit: true,
      skipLibCheck: true,
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      moduleDetection: ts.ModuleDetectionKind.Force,
      allowImportingTsExtensions: true,
      resolveJsonModule: true,
      jsx: ts.JsxEmit.Preserve,
      typeRoots: [join(project, "node_modules", "@types"), join(project, "node_modules")],
    };
    const compiler = ts.createCompilerHost(options);
    const { getSourceFile } = compiler;
    compiler.getCurrentDirectory = () => project;
    compiler.getSourceFile = (name, ...rest) => {
      if (!name.includes("node_modules")) return getSourceFile(name, ...rest);
      if (!libraries.has(name)) libraries.set(name, getSourceFile(name, ...rest));
      return libraries.get(name);
    };
    const program = ts.createProgram(files, options, compiler);
    return ts.getPreEmitDiagnostics(program).map((diagnostic) => {
      const { line } = diagnostic.file?.getLineAndCharacterOfPosition(diagnostic.start) ?? { line: 0 };
      return `${diagnostic.file?.fileName}:${line + 1}: ${
        ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n")
      }`;
    });
  };
}

/** What Deno's own compiler says. `npm:bearerkit` is the package that lies there. */
export async function denoCheck(project, path, source) {
  writeFileSync(path, source.replaceAll(/(["'])npm:/g, "$1"));
  const args = ["check", "--quiet", "--unstable-kv", "--node-modules-dir=manual", path];
  await execute(bin("deno"), args, { cwd: project });
}

/** Bundles a program with its page's other files and runs it; resolves to what was served and what was asked. */
export async function runProgram(project, program, path) {
  const bundled = join(project, `${path.slice(project.length + 1).replaceAll(/[\\/]/g, "-")}.run.mjs`);
  await build({
    stdin: {
      contents: program.source,
      resolveDir: dirname(path),
      loader: loaderOf(program.language),
      sourcefile: path,
    },
    bundle: true,
    packages: "external",
    format: "esm",
    outfile: bundled,
    logLevel: "silent",
    plugins: [{ name: "world", setup: placed }],
  });
  const host = hostOf(program);
  const args = {
    node: [process.execPath, "run.mjs", bundled],
    workers: [process.execPath, "run.mjs", bundled],
    deno: [bin("deno"), ...DENO_ARGS, "--allow-all", "--unstable-kv", "run.mjs", bundled],
    bun: [bin("bun"), "--no-install", "run", "run.mjs", bundled],
  }[host];
  const { stdout } = await execute(args[0], args.slice(1), {
    cwd: project,
    env: { ...process.env, ...wishes(program) },
  });
  return { ...JSON.parse(stdout.trimEnd().split("\n").at(-1)), stdout };
}

/** Whether what it shares can be counted: its store is a stand-in, or Deno's. */
export const sharesCounted = ({ source }) => /\bstore\b/.test(source) && COUNTED.test(source);
const COUNTED = /\b(redis|durableObject|denoKv|workersKv|postgres|d1|r2)\(/;

const loaderOf = (language) => ({ mjs: "js" })[language] ?? language;

/** `npm:` is Deno's, `cloudflare:workers` the Worker's: both stand beside the program. */
function placed({ onResolve, onLoad }) {
  onResolve({ filter: /^npm:/ }, ({ path }) => ({ path: path.replace(/^npm:/, ""), external: true }));
  onResolve({ filter: /^cloudflare:workers$/ }, ({ path }) => ({ path, namespace: "worker" }));
  onResolve({ filter: /^\.\/world\.mjs$/ }, ({ path }) => ({ path, external: true }));
  onResolve({ filter: /^bearerkit\/stores\/durable-object$/ }, ({ path }) => ({ path, namespace: "worker" }));
  onResolve({ filter: /^\.\/engines\.mjs$/ }, ({ path }) => ({ path, external: true }));
  onResolve({ filter: ENGINES }, ({ path }) => ({ path, namespace: "engine" }));
  onLoad({ filter: /.*/, namespace: "engine" }, ({ path }) => ({
    contents: `export { ${STAND_INS[path]} } from "./engines.mjs";`,
  }));
  onLoad({ filter: /durable-object$/, namespace: "worker" }, () => ({ contents: "export class TokenStoreObject {}" }));
  onLoad({ filter: /.*/, namespace: "worker" }, () => ({
    contents: 'export { env } from "./world.mjs"; export const waitUntil = () => {};',
  }));
}

/** What a client of a server is, as ./engines.mjs plays it. */
const STAND_INS = {
  ioredis: "IoRedis as Redis, IoRedis as default",
  "@upstash/redis": "Upstash as Redis",
  "@upstash/redis/cloudflare": "Upstash as Redis",
  redis: "createRedis as createClient",
  pg: "Pool, pg as default",
};
const ENGINES = new RegExp(`^(${Object.keys(STAND_INS).join("|")})$`);

/** What the program wants of its environment, by the words in it. */
function wishes({ source, language, file = "" }) {
  const all = (pattern) => [...new Set([...source.matchAll(pattern)].map(([, name]) => name))].join(",");
  return {
    NO_COLOR: "1",
    SNIPPET_NAMES: all(/\b([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|ID|SECRET)\b/g),
    SNIPPET_STORES: all(/\benv\.([A-Z_0-9]+)\.get\(/g),
    SNIPPET_BINDINGS: [...source.matchAll(/\b(durableObject|workersKv|d1|r2)\(env\.(\w+)/g)]
      .map(([, kind, name]) => `${kind}:${name}`).join(","),
    SNIPPET_SHARES: sharesCounted({ source }) ? "1" : "",
    SNIPPET_SERVICES: all(/\benv\.([A-Z_0-9]+)\.fetch\b/g),
    SNIPPET_CALLS_DEFAULT: /export default (async )?function/.test(source) && !/config/.test(file) ? language : "",
  };
}

export async function execute(command, args, options) {
  try {
    return await promisify(execFile)(command, args, { timeout: LIMIT_MS, maxBuffer: 2 ** 24, ...options });
  } catch (error) {
    assert.fail(
      `${[command, ...args].join(" ")}\n${error.stdout ?? ""}${error.stderr ?? ""}${error.killed ? "too slow" : ""}`,
    );
  }
}

/** Writes a file of a page, with the folders on its way. */
export function place(folder, name, source) {
  const path = join(folder, name);
  assert.ok(path.startsWith(`${folder}/`), `${name} leads out of the page's folder`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, source);
  return path;
}
