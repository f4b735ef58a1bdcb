// The site under test, as its parts see it.
import { readdirSync } from "node:fs";
import { join } from "node:path";

/** How long anything on a page may take; the machine may be slow. */
const PATIENCE_MS = 15_000;

/** How many pages are open at once: as many as a small machine has cores. */
const AT_A_TIME = 2;

export class Site {
  #browser;
  #contexts = [];

  constructor({ browser, folder, shots, url }) {
    this.#browser = browser;
    /** Where the files of the site are. */
    this.folder = folder;
    /** Where screenshots for people go. */
    this.shots = shots;
    /** Where the site begins, with a slash at the end. */
    this.url = url;
    this.origin = new URL(url).origin;
  }

  /** The same site at another place. */
  at(url) {
    return new Site({ browser: this.#browser, folder: this.folder, shots: this.shots, url });
  }

  /** `${site}lab.html` is a page. */
  toString() {
    return this.url;
  }

  /** The paths of all pages, from the top of the site: `guide/getting-started.html`. */
  get pages() {
    return readdirSync(this.folder, { recursive: true }).map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(".html") && path !== "404.html").sort();
  }

  /**
   * Resolves to what `use` makes of a new page. Fails if that page logs an error, throws one, or asks another origin for anything.
   * `options`: of a context of playwright-core. The service worker is switched off unless they say otherwise: it would keep
   * fetching the whole site.
   */
  async watched(use, options = {}) {
    const context = await this.#browser.newContext({
      viewport: { width: 1440, height: 900 },
      serviceWorkers: "block",
      ...options,
    });
    this.#contexts.push(context);
    context.setDefaultTimeout(PATIENCE_MS);
    const problems = this.#problemsOf(context);
    const uses = use(await context.newPage(), context).finally(() => context.close());
    const [{ status, value, reason }] = await Promise.allSettled([uses]);
    if (problems.length > 0) throw new Error(counted(problems).join("\n"), { cause: reason });
    if (status === "rejected") throw reason;
    return value;
  }

  /** `use(page, path)` for each of the pages, a few at a time, all in contexts of these options. */
  async each(paths, options, use) {
    const waiting = [...paths];
    const work = () =>
      this.watched(async (page) => {
        for (let path = waiting.shift(); path !== undefined; path = waiting.shift()) await use(page, path);
      }, options);
    await Promise.all(Array.from({ length: AT_A_TIME }, work));
  }

  async close() {
    await Promise.all(this.#contexts.map((context) => context.close()));
  }

  /** A list that grows with what must not happen on the pages of a context. */
  #problemsOf(context) {
    const problems = [];
    const note = (page, text) => problems.push(`${page?.url().replace(this.url, "") ?? "?"}: ${text}`);
    context.on("console", (message) => {
      if (message.type() === "error") note(message.page(), `the console says: ${message.text()}`);
    });
    context.on("weberror", (error) => note(error.page(), `uncaught: ${error.error().message}`));
    context.on("request", (request) => {
      const url = request.url();
      if (url.startsWith("data:") || url.startsWith("blob:") || new URL(url).origin === this.origin) return;
      problems.push(`a request to another origin: ${url}`);
    });
    return problems;
  }
}

/** Each line once, and how often it came. */
function counted(lines) {
  const counts = new Map();
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1);
  return [...counts].map(([line, count]) => count > 1 ? `${line} (${count} times)` : line);
}

/** Resolves when Vue has taken over the page. */
export async function opened(page, url) {
  await page.goto(url);
  await page.waitForFunction(() => document.querySelector("#app")?.__vue_app__ !== undefined);
}

export const screenshotPath = (site, name) => join(site.shots, `${name}.png`);
