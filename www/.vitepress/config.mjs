// The site: `npm run www` serves it while one writes, `npm run www -- build` makes target/www/.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { sidebar } from "./sidebar.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  title: "bearerkit",
  description: "Gets, caches, attaches and recovers OAuth 2.0 access tokens in edge functions.",
  base: process.env.WWW_BASE ?? "/",
  outDir: here("../../target/www"),
  cacheDir: here("../../target/www-cache"),
  lastUpdated: false,
  themeConfig: {
    search: { provider: "local" },
    nav: [
      { text: "Guide", link: "/guide/getting-started" },
      { text: "Providers", link: "/providers/" },
      { text: "Lab", link: "/lab" },
      { text: "Workbench", link: "/workbench" },
      { text: "Reference", link: "/reference/" },
    ],
    sidebar,
  },
  vite: {
    // The pages run the built package: `npm run build` makes it.
    resolve: {
      alias: [
        { find: /^bearerkit$/, replacement: here("../../pkg/index.inline.js") },
        { find: /^bearerkit\/compile$/, replacement: here("../../pkg/compile.js") },
      ],
    },
  },
});
