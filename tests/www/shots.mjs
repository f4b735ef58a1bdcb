// Pictures for a person to look at: ten places, two widths, two themes.
import { join } from "node:path";
import { opened } from "./support/site.mjs";

export const name = "screenshots of ten places at two widths and in two themes, in target/www-shots/";

const PLACES = {
  start: "index.html",
  guide: "guide/getting-started.html",
  "guide-how-it-works": "guide/how-it-works.html",
  "guide-errors": "guide/errors.html",
  providers: "providers/index.html",
  provider: "providers/entra-id.html",
  "reference-profile": "reference/profile.html",
  "reference-api": "reference/api/index.html",
  lab: "lab.html",
  workbench: "workbench.html",
};
/** What has to happen on a page before there is something to see. */
const READY = {
  lab: async (page) => {
    await page.getByRole("button", { name: "To the end" }).click();
    await page.waitForTimeout(1000);
  },
  workbench: (page) => page.locator(".cm-content").waitFor(),
};
const WIDTHS = { wide: { width: 1440, height: 900 }, narrow: { width: 360, height: 780 } };

export async function check(_page, site) {
  const missing = Object.values(PLACES).filter((path) => !site.pages.includes(path));
  for (const colorScheme of ["light", "dark"]) {
    for (const [width, viewport] of Object.entries(WIDTHS)) {
      await site.each(Object.keys(PLACES), { viewport, colorScheme }, async (page, place) => {
        if (missing.includes(PLACES[place])) return;
        await opened(page, site.url + PLACES[place]);
        await READY[place]?.(page);
        const path = join(site.shots, `${place}-${width}-${colorScheme}.png`);
        await page.screenshot({ path, fullPage: place === "start" });
      });
    }
  }
  if (missing.length > 0) throw new Error(`there is no page ${missing.join(", ")}`);
}
