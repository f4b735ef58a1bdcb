// Every page opens, fits a small screen, and has links that lead somewhere.
import assert from "node:assert/strict";
import { opened } from "./support/site.mjs";

export const name =
  "every page: no error, no other origin, no sideways scrolling at 360 px, links and anchors that hold";

/** What stands behind # on these pages is their state, not a place. */
const WITH_STATE = /^(lab|workbench)\.html$/;

export async function check(_page, site) {
  const anchors = new Map();
  const links = [];
  const wide = [];
  await site.each(site.pages, { viewport: { width: 360, height: 780 } }, async (page, path) => {
    await opened(page, site.url + path);
    const found = await page.evaluate(look);
    anchors.set(path, found.ids);
    links.push(...found.links.map((href) => ({ href, from: path })));
    if (found.width > 360) wide.push(`${path} is ${found.width} px wide: ${found.widest}`);
  });
  assert.ok(anchors.size > 1, "there are pages");
  assert.deepEqual(wide, []);
  const broken = links.filter((link) => !leadsSomewhere(link.href, site.url, anchors));
  const targets = [...new Set(broken.map(({ href }) => href))];
  const from = (target) =>
    [...new Set(broken.filter(({ href }) => href === target).map((link) => link.from))].join(", ");
  assert.deepEqual(targets.map((href) => `${href.replace(site.url, "")} in ${from(href).slice(0, 200)}`), []);
}

/** In the page. */
function look() {
  const wide = [...document.querySelectorAll("body *")].filter((one) =>
    one.getBoundingClientRect().right > innerWidth + 1
  );
  return {
    ids: [...document.querySelectorAll("[id]")].map(({ id }) => id),
    links: [...document.querySelectorAll("a[href]")].map((link) => String(link.href?.baseVal ?? link.href)),
    width: document.documentElement.scrollWidth,
    widest: wide.slice(0, 3).map((one) => `${one.tagName}.${one.className}`).join(", "),
  };
}

function leadsSomewhere(href, base, anchors) {
  const { origin, pathname, hash } = new URL(href);
  const top = new URL(base);
  // Where other sites keep their pages is their business.
  if (origin !== top.origin) return /^https?:|^mailto:/.test(href);
  if (!pathname.startsWith(top.pathname)) return false;
  const path = pathname.slice(top.pathname.length).replace(/(^|\/)$/, "$1index.html");
  const ids = anchors.get(path);
  if (!ids) return false;
  return hash === "" || WITH_STATE.test(path) || ids.includes(decodeURIComponent(hash.slice(1)));
}
