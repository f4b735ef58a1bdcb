const vite = (config) => [["vite", "build", "--config", `${config}.config.js`]];
const worker = (scriptPath, compatibilityDate) => ({ worker: { scriptPath, compatibilityDate } });

export default [
  {
    name: "wrangler",
    build: [["wrangler", "deploy", "--dry-run", "--outdir", "dist-wrangler"]],
    host: worker("dist-wrangler/worker.js", "2024-09-23"),
  },
  { name: "cloudflare-vite-plugin", build: vite("plugin"), host: worker("dist/worker/index.js", "2026-04-01") },
  {
    name: "cloudflare-vite-plugin-dev",
    host: { command: ["vite", "--config", "plugin.config.js", "--port", "$PORT", "--host", "127.0.0.1"] },
  },
  ...["2024-09-23", "2025-05-01", "2025-09-01"].map((date) => ({
    name: `hono-vite-build-${date}`,
    build: date === "2024-09-23" ? vite("hono") : [],
    host: worker("dist-hono/index.js", date),
  })),
  { name: "vitest-workers", host: { test: ["vitest", "run"] } },
  // The last ones: the pages' files stay where they are.
  {
    name: "vitest-workers-recipe",
    page: "cloudflare-workers",
    host: { test: ["vitest", "run", "--config", "vitest.config.ts", "test/index"] },
  },
  {
    name: "vitest-hono-recipe",
    page: "hono",
    host: { test: ["vitest", "run", "--config", "recipe.config.js", "test/app"] },
  },
];
