const nitro = (preset, host, env = {}) => ({
  name: `nitro-${preset}${env.NITRO_WASM ? "-wasm" : ""}`,
  build: [["nitro", "build"]],
  env: { NITRO_PRESET: preset, ...env },
  host,
});
/** Nitro's own way to import WebAssembly, which for Vercel compiles it at run time: what Vercel forbids. */
const WASM = { NITRO_WASM: "1" };
const worker = (compatibilityDate) => ({
  worker: { scriptPath: ".output/server/index.mjs", compatibilityDate, compatibilityFlags: ["nodejs_compat"] },
});

const recipe = { page: "nuxt", recipes: ["/orders"] };

export default [
  nitro("node-server", { command: [".output/server/index.mjs"] }),
  nitro("cloudflare-module", worker("2024-09-23")),
  nitro("vercel-edge", { edge: "vercel-edge.mjs" }),
  nitro("vercel-edge", { edge: "vercel-edge.mjs" }, WASM),
  nitro("netlify-edge", { deno: "netlify-edge.mjs" }),
  // The last ones: the page's files stay where they are.
  { ...recipe, ...nitro("node-server", { command: [".output/server/index.mjs"] }), name: "nitro-node-recipe" },
  { ...recipe, ...nitro("cloudflare-module", worker("2025-09-01")), name: "nitro-cloudflare-recipe" },
];
