// axe-core finds nothing: on each kind of page, in both themes, wide and narrow; and on every page in one of these.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { opened } from "./support/site.mjs";

export const name = "axe-core: every page, and each kind of page in both themes and at two widths";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
/** One page of each kind. */
const KINDS = [
  "index.html",
  "guide/getting-started.html",
  "providers/index.html",
  "providers/github-app.html",
  "reference/profile.html",
  "reference/api/core.html",
  "lab.html",
  "workbench.html",
];
/** The other pages of the providers are made like that one. */
const LIKE_OTHERS = /^providers\/(?!index|github-app)/;
const VIEWS = [
  { colorScheme: "light", viewport: { width: 1440, height: 900 } },
  { colorScheme: "dark", viewport: { width: 1440, height: 900 } },
  { colorScheme: "dark", viewport: { width: 360, height: 780 } },
];

export async function check(_page, site) {
  const all = site.pages.filter((path) => !LIKE_OTHERS.test(path));
  const found = [];
  for (const [index, view] of VIEWS.entries()) {
    const paths = index === 0 ? all : KINDS.filter((path) => all.includes(path));
    // bypassCSP: axe is put into the page.
    await site.each(paths, { ...view, reducedMotion: "reduce", bypassCSP: true }, async (page, path) => {
      await opened(page, site.url + path);
      for (const line of await violations(page)) {
        found.push(`${path}, ${view.colorScheme}, ${view.viewport.width} px: ${line}`);
      }
    });
  }
  if (found.length > 0) throw new Error(found.join("\n"));
}

async function violations(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
  return violations.map(({ id, impact, help, nodes }) => {
    const places = nodes.slice(0, 3).map(({ html, failureSummary }) =>
      id === "color-contrast" ? `${html.slice(0, 100)} ${failureSummary.split("\n")[1].trim()}` : html.slice(0, 200)
    );
    return `${impact} ${id}: ${help} (${nodes.length}): ${places.join(" | ")}`;
  });
}
