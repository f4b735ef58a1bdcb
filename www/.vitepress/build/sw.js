// Keeps the site for a browser without a network. `VERSION` and `FILES` are filled in by the build.
const VERSION = "VERSION";
const FILES = ["FILES"];
const { scope } = self.registration;
/** Other sites may live on this origin, each under its own path. */
const PREFIX = `bearerkit ${scope} `;
const NAME = PREFIX + VERSION;
/** How many files are fetched at a time, so that the page that is being read comes first. */
const AT_A_TIME = 4;

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(forgetOthers().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(scope)) return;
  const isHashed = request.url.startsWith(`${scope}assets/`);
  event.respondWith(isHashed ? keptFirst(request) : networkFirst(request));
});

async function keep() {
  const cache = await caches.open(NAME);
  const waiting = [...FILES];
  const work = async () => {
    for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) {
      await cache.add(new Request(new URL(path, scope), { cache: "no-cache" }));
    }
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
}

async function forgetOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(PREFIX) && name !== NAME);
  await Promise.all(old.map((name) => caches.delete(name)));
}

/** The name of such a file changes with what is in it. */
async function keptFirst(request) {
  return await caches.match(request) ?? fetch(request);
}

async function networkFirst(request) {
  try {
    return await fetch(request);
  } catch (error) {
    const found = await keptPage(request.url);
    if (found) return found;
    throw error;
  }
}

/** A page, by whichever of its URLs. */
async function keptPage(url) {
  const { origin, pathname } = new URL(url);
  const cache = await caches.open(NAME);
  const paths = pathname.endsWith("/") ? [`${pathname}index.html`] : [pathname, `${pathname}.html`];
  for (const path of paths) {
    const found = await cache.match(origin + path);
    if (found) return found;
  }
  return undefined;
}
