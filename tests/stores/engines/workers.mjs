// Cloudflare's stores, by miniflare, and Workers on them: each Worker is an isolate of its own.
import { build } from "esbuild";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { Miniflare } from "miniflare";
import { pkg } from "../../../scripts/paths.mjs";

const DATE = "2026-04-01";

/** `names`: of the Workers, which run worker.mjs. The object's class is in a Worker of its own. */
export async function startWorkers(names) {
  const modules = await bundle(join(import.meta.dirname, "..", "worker.mjs"));
  const object = { className: "TokenStoreObject", scriptName: "objects", useSQLite: true };
  const common = { modules, compatibilityDate: DATE, modulesRoot: "/" };
  const miniflare = new Miniflare({
    workers: [
      { ...common, name: "objects", durableObjects: { TOKENS: { ...object, scriptName: undefined } } },
      ...names.map((name) => ({
        ...common,
        name,
        durableObjects: { TOKENS: object },
        kvNamespaces: { KV: "tokens" },
        d1Databases: { DB: "tokens" },
        r2Buckets: { BUCKET: "tokens" },
      })),
    ],
  });
  const workers = Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, await miniflare.getWorker(name)]),
    ),
  );
  return {
    miniflare,
    /** What a Worker answers, as JSON. */
    async ask(name, path, query = {}) {
      const response = await workers[name].fetch(`http://worker.example/${path}?${new URLSearchParams(query)}`);
      const text = await response.text();
      if (response.status !== 200) throw new Error(`${name}: ${response.status} ${text}`);
      return JSON.parse(text);
    },
    stop: () => miniflare.dispose(),
  };
}

/** As `wrangler deploy` bundles it. */
async function bundle(entry) {
  const folder = mkdtempSync(join(tmpdir(), "bearerkit-stores-"));
  const wasm = new Map();
  try {
    const { outputFiles: [{ text }] } = await build({
      entryPoints: [entry],
      outdir: folder,
      write: false,
      bundle: true,
      format: "esm",
      target: "es2024",
      conditions: ["workerd", "worker", "browser"],
      external: ["cloudflare:*"],
      logLevel: "silent",
      plugins: [{
        name: "package",
        setup({ onResolve }) {
          onResolve({ filter: /^bearerkit/ }, ({ path }) => ({ path: fileOf(path) }));
          onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path, importer }) => {
            const file = resolve(dirname(importer), path.replace(/\?module$/, ""));
            wasm.set(basename(file), readFileSync(file));
            return { path: `./${basename(file)}`, external: true };
          });
        },
      }],
    });
    return [
      { type: "ESModule", path: "/worker.js", contents: text },
      ...[...wasm].map(([name, contents]) => ({ type: "CompiledWasm", path: `/${name}`, contents })),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The file of an entry of the built package, under the conditions of Workers. */
function fileOf(path) {
  const { exports } = JSON.parse(readFileSync(join(pkg, "package.json"), "utf8"));
  const entry = exports[path.replace(/^bearerkit/, ".")];
  const found = entry.workerd?.worker ?? entry.default;
  return join(pkg, found.default);
}
