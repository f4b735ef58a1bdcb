// Where the pages are, for a reader without JavaScript: on a small screen the menus do not open by themselves.
import { BASE } from "./relocate.mjs";

const END = "</body>";

/** The page with a list of the site's pages at its end, which only such a reader sees. */
export function withSiteMap(html, { nav, sidebar }) {
  if (!html.includes(END)) throw new Error(`a page has no ${END}`);
  const groups = [{ text: "bearerkit", items: nav }, ...Object.values(sidebar).flat()];
  const lists = groups.map(({ text, items }) =>
    `<h2>${escaped(text)}</h2><ul>${items.map((item) => `<li>${linkOf(item)}</li>`).join("")}</ul>`
  );
  return html.replace(
    END,
    `<noscript><nav class="site-map" aria-label="All pages">${lists.join("")}</nav></noscript>\n  ${END}`,
  );
}

function linkOf({ text, link }) {
  const path = link.replace(/^\//, "");
  return `<a href="${BASE}${path}${path === "" || path.endsWith("/") ? "" : ".html"}">${escaped(text)}</a>`;
}

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
