export default defineNitroConfig({
  srcDir: "server",
  compatibilityDate: "2025-09-01",
  experimental: { wasm: process.env.NITRO_WASM === "1" },
});
