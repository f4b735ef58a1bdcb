// What VitePress has written becomes a folder that any static host serves under any path, with a policy in each page, and
// with what a browser keeps to show it without a network.
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { notFound } from "./not-found.mjs";
import { withPolicy } from "./policy.mjs";
import { BASE, relocatedModule, relocatedPage } from "./relocate.mjs";
import { serviceWorker } from "./service-worker.mjs";
import { withSiteMap } from "./site-map.mjs";

export { BASE };

/** The theme's one style attribute. Vue sets it again, by a way that the policy of the pages allows. */
const HEIGHT_OF_NOTHING = ' style="--vp-vh:0px;"';

/** `buildEnd` of the configuration. */
export function finish({ outDir, site }) {
  // VitePress's own use of it is over, and it is of no use to a reader.
  rmSync(join(outDir, "hashmap.json"));
  writeFileSync(join(outDir, "404.html"), notFound());
  for (const path of filesOf(outDir)) {
    if (path.endsWith(".html")) rewrite(join(outDir, path), (html) => finishedPage(html, path, site));
    if (path.endsWith(".js")) rewrite(join(outDir, path), (code) => relocatedModule(code, path));
    if (/\.(css|svg|json)$/.test(path)) insistOnNoBase(readFileSync(join(outDir, path), "utf8"), path);
  }
  writeFileSync(join(outDir, "sw.js"), serviceWorker(outDir, filesOf(outDir)));
}

function finishedPage(html, path, { themeConfig }) {
  const whole = path === "404.html" ? html : withSiteMap(html.replaceAll(HEIGHT_OF_NOTHING, ""), themeConfig);
  return withPolicy(relocatedPage(whole, path));
}

function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name).slice(folder.length + 1).replaceAll("\\", "/")).sort();
}

function rewrite(path, change) {
  writeFileSync(path, insistOnNoBase(change(readFileSync(path, "utf8")), path));
}

function insistOnNoBase(text, path) {
  if (text.includes(BASE)) throw new Error(`${path}: a URL in it still has the base that stands for any base`);
  return text;
}
