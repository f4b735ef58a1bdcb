// How heavy the pages are, compressed: what a browser fetches for a page, before the service worker keeps the rest for later.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { opened } from "./support/site.mjs";

export const name = "weights: a page of the guide, the lab and the workbench";

const KB = 1000;
const GUIDE = 150 * KB;
const PLAYGROUND = 350 * KB;

export async function check(_page, site) {
  const guides = site.pages.filter((path) => path.startsWith("guide/"));
  assert.ok(guides.length > 0);
  const weights = new Map();
  await site.each(guides, {}, async (page, path) => weights.set(path, sum(await fetched(page, site, path))));
  const [[heaviest, weight]] = [...weights].sort(([, one], [, other]) => other - one);
  console.log(`         the heaviest page of the guide, ${heaviest}: ${shown(weight)} KB gzip in all`);
  assert.ok(weight <= GUIDE, `${heaviest} is ${shown(weight)} KB`);

  // The playground's own: what a page of the guide does not fetch.
  const common = await site.watched((page) => fetched(page, site, guides[0]));
  for (const path of ["lab.html", "workbench.html"]) {
    const all = await site.watched((page) => fetched(page, site, path));
    const own = new Map([...all].filter(([url]) => !common.has(url)));
    console.log(`         ${path}: ${shown(sum(own))} KB gzip of its own`);
    assert.ok(
      sum(own) <= PLAYGROUND,
      `${path} is ${shown(sum(own))} KB: ${[...own].map(([url, bytes]) => `${url} ${bytes}`).join(", ")}`,
    );
  }
}

/** URL -> bytes, compressed, of all that a page asks for until it is content. */
async function fetched(page, site, path) {
  const responses = [];
  const note = (response) => responses.push(response);
  page.on("response", note);
  // A page that was there before would be kept.
  await page.goto("about:blank");
  await opened(page, site.url + path);
  await page.waitForLoadState("networkidle");
  page.off("response", note);
  const urls = responses.filter((response) => response.status() === 200).map((response) => response.url());
  return new Map(urls.map((url) => [url, gzipSync(contentOf(url, site)).length]));
}

/** From the built site: Chromium may have dropped a body by the time that it is asked for. */
function contentOf(url, site) {
  const path = decodeURIComponent(url.slice(site.url.length).replace(/[?#].*/, ""));
  return readFileSync(join(site.folder, path.endsWith("/") || path === "" ? `${path}index.html` : path));
}

const sum = (weights) => [...weights.values()].reduce((all, one) => all + one, 0);
const shown = (bytes) => (bytes / KB).toFixed(1);
