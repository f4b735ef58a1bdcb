// node edge-runtime.mjs BUNDLE WASM_LIST: serves a bundle in a VM context that has what Vercel's has.
import { EdgeRuntime, runServer } from "edge-runtime";
import { AsyncLocalStorage } from "node:async_hooks";
import { readFileSync } from "node:fs";
import process from "node:process";

const [bundle, list] = process.argv.slice(2);
const wasm = Object.entries(JSON.parse(readFileSync(list, "utf8")));
const modules = wasm.map(([name, path]) => [name, new WebAssembly.Module(readFileSync(path))]);
const runtime = new EdgeRuntime({
  initialCode: readFileSync(bundle, "utf8"),
  // As deployed: code is made of neither strings nor bytes.
  codeGeneration: { strings: false, wasm: false },
  extend: (context) =>
    Object.assign(context, Object.fromEntries(modules), {
      process: { env: JSON.parse(process.env.PROGRAM_ENV) },
      AsyncLocalStorage, // as Next.js does
    }),
});
const { url } = await runServer({ runtime, host: "127.0.0.1", port: 0 });
console.log(JSON.stringify({ event: "listen", port: Number(new URL(url).port) }));
