// The site: `npm run www` serves it while one writes, `npm run www -- build` makes target/www/.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitepress";
import { BASE, finish } from "./build/finish.mjs";
import { markdown } from "./build/markdown.mjs";
import { search } from "./build/search.mjs";
import { adoptStyles } from "./build/styles.mjs";
import { sidebar } from "./sidebar.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
/** `vitepress build` says so before it reads this file. */
const isBuild = process.env.NODE_ENV === "production";

export default defineConfig({
  lang: "en",
  title: "bearerkit",
  description: "Gets, caches, attaches and renews OAuth 2.0 access tokens in edge functions.",
  base: isBuild ? BASE : "/",
  outDir: here("../../target/www"),
  cacheDir: here("../../target/www-cache"),
  lastUpdated: false,
  // Neither a <style> element nor a style attribute: the policy of the pages refuses both.
  appearance: { disableTransition: false },
  contentProps: { class: "page" },
  // The site's data in a file of its own: the policy of the pages allows no inline script but two small ones.
  metaChunk: true,
  // tests/www/pages.mjs follows every link, anchors included.
  ignoreDeadLinks: true,
  head: [
    ["link", { rel: "icon", type: "image/svg+xml", href: `${isBuild ? BASE : "/"}icon.svg` }],
    ["meta", { name: "color-scheme", content: "light dark" }],
  ],
  markdown,
  // The service worker fetches all pages, one after the other; a page's own weight stays small.
  router: { prefetchLinks: false },
  themeConfig: {
    search,
    outline: { level: [2, 3], label: "On this page" },
    nav: [
      { text: "Guide", link: "/guide/getting-started", activeMatch: "/guide/" },
      { text: "Providers", link: "/providers/", activeMatch: "/providers/" },
      { text: "Lab", link: "/lab" },
      { text: "Workbench", link: "/workbench" },
      { text: "Reference", link: "/reference/", activeMatch: "/reference/" },
    ],
    sidebar,
    docFooter: { prev: "Previous page", next: "Next page" },
    darkModeSwitchTitle: "Switch to the dark theme",
    lightModeSwitchTitle: "Switch to the light theme",
  },
  vite: {
    plugins: [adoptStyles()],
    // The pages run the built package: `npm run build` makes it.
    resolve: {
      alias: [
        { find: /^.*\/VPNavBarSearchButton\.vue$/, replacement: here("./theme/SearchButton.vue") },
        { find: /^.*\/VPPage\.vue$/, replacement: here("./theme/Page.vue") },
        { find: /^bearerkit$/, replacement: here("../../pkg/index.inline.js") },
        { find: /^bearerkit\/compile$/, replacement: here("../../pkg/compile.js") },
        { find: /^bearerkit\/core$/, replacement: here("../../pkg/core.inline.js") },
        { find: /^bearerkit\/providers$/, replacement: here("../../pkg/providers.js") },
        { find: /^bearerkit\/testing$/, replacement: here("../../pkg/testing.js") },
      ],
    },
    // The packed WebAssembly is one long text: no chunk of a page is as large as that.
    build: { chunkSizeWarningLimit: 1000 },
  },
  buildEnd: finish,
});
