// Vercel's edge-runtime, with WebAssembly as Vercel's own bundler has it: `import module from "x.wasm?module"` becomes a
// global `wasm_<sha1>`, which the host compiles and puts into the context.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { listen } from "./child.mjs";
import { environment } from "./host.mjs";

const HOST = fileURLToPath(new URL("./hosts/edge-runtime.mjs", import.meta.url));

export async function startEdgeRuntime({ folder, program, project, env, ca }) {
  const wasm = {};
  const outfile = join(folder, "program.js");
  await build({
    stdin: {
      contents: `import program from ${JSON.stringify(program)};
        addEventListener("fetch", (event) => event.respondWith(program.fetch(event.request, process.env)));`,
      resolveDir: project,
    },
    outfile,
    bundle: true,
    format: "iife",
    target: "es2022",
    // As Next has them; others of its kind get the core as JavaScript.
    conditions: ["edge-light", "worker", "browser", "webpack"],
    logLevel: "silent",
    plugins: [{
      name: "wasm",
      setup({ onResolve, onLoad }) {
        onResolve({ filter: /\.wasm\?module$/ }, ({ path, importer }) => ({
          path: resolve(dirname(importer), path.replace(/\?module$/, "")),
          namespace: "wasm",
        }));
        onLoad({ filter: /./, namespace: "wasm" }, ({ path }) => {
          const name = `wasm_${createHash("sha1").update(readFileSync(path)).digest("hex")}`;
          wasm[name] = path;
          return { contents: `export default ${name};` };
        });
      },
    }],
  });
  const list = join(folder, "wasm.json");
  writeFileSync(list, JSON.stringify(wasm));
  const child = await listen(process.execPath, [HOST, outfile, list], { cwd: project, env: environment(env, ca) });
  return { ...child, version: createRequire(import.meta.url)("edge-runtime/package.json").version };
}
