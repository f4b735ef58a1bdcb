// What the page does for itself, before Vue takes it over.

/**
 * The links of the page as it came are relative, so that the site runs under any path. They stay in the document while the
 * reader goes on to pages at other depths, where a relative link would lead elsewhere.
 */
export function fixLinks() {
  for (const link of document.querySelectorAll("a[href], link[href]")) {
    if (!/^\.\.?\//.test(link.getAttribute("href"))) continue;
    const { pathname, search, hash } = new URL(link.href);
    link.setAttribute("href", pathname + search + hash);
  }
}

/** Once the page is there and has nothing else to do, the rest of the site is kept for later. */
export function keepForOffline() {
  // Only over https and on loopback; and not for a reader who pays by the byte.
  if (!("serviceWorker" in navigator) || navigator.connection?.saveData) return;
  const base = import.meta.env.BASE_URL;
  const register = () => navigator.serviceWorker.register(`${base}sw.js`, { scope: base }).catch(() => undefined);
  if (document.readyState === "complete") register();
  else addEventListener("load", register, { once: true });
}
