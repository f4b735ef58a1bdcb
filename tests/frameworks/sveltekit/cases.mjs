const build = ["vite", "build"];

export default [
  {
    name: "sveltekit-cloudflare",
    build: [build, ["wrangler", "deploy", "--dry-run", "--outdir", "dist-worker"]],
    host: {
      worker: {
        scriptPath: "dist-worker/_worker.js",
        isListed: true,
        compatibilityDate: "2025-09-01",
        compatibilityFlags: ["nodejs_als"],
      },
    },
  },
  { name: "sveltekit-vercel-edge", build: [build], env: { ADAPTER: "vercel" }, host: { edge: "vercel.mjs" } },
];
