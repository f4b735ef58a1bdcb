const build = ["vite", "build"];

const cloudflare = {
  build: [build, ["wrangler", "deploy", "--dry-run", "--outdir", "dist-worker"]],
  host: {
    worker: {
      scriptPath: "dist-worker/_worker.js",
      isListed: true,
      compatibilityDate: "2025-09-01",
      compatibilityFlags: ["nodejs_als"],
    },
  },
};

export default [
  { name: "sveltekit-cloudflare", ...cloudflare },
  { name: "sveltekit-vercel-edge", build: [build], env: { ADAPTER: "vercel" }, host: { edge: "vercel.mjs" } },
  // The last one: the page's files stay where they are.
  { name: "sveltekit-recipe", page: "sveltekit", recipes: ["/", "/orders"], ...cloudflare },
];
