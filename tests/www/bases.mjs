// The same folder under other paths, and what the policy of its pages keeps from happening.
import assert from "node:assert/strict";
import { startServer } from "./support/server.mjs";
import { opened } from "./support/site.mjs";

export const name = "under / and under a folder; nothing from elsewhere, no code from data";

export async function check(_page, site) {
  for (const base of ["/", "/bearerkit/"]) {
    const server = await startServer(site.folder, base);
    try {
      await worksAt(site.at(server.url));
    } finally {
      await server.close();
    }
  }
  for (const [what, attempt] of Object.entries(ATTEMPTS)) {
    const made = site.watched(async (page) => {
      await opened(page, `${site.url}index.html`);
      await page.evaluate(attempt).catch(() => undefined);
    });
    await assert.rejects(made, /Content Security Policy/, what);
  }
}

async function worksAt(site) {
  await site.watched(async (page) => {
    await opened(page, `${site.url}providers/okta.html`);
    await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Guide" }).click();
    await page.waitForURL(`${site.url}guide/getting-started.html`);
    await page.getByRole("link", { name: "bearerkit", exact: true }).first().click();
    await page.waitForURL(site.url);
    await page.getByRole("link", { name: "Keycloak" }).click();
    await page.getByRole("heading", { name: "Keycloak", level: 1 }).waitFor();
    assert.equal(page.url(), `${site.url}providers/keycloak.html`);
    await page.reload();
    await page.getByRole("heading", { name: "Keycloak", level: 1 }).waitFor();
    const missing = await page.request.get(`${site.url}no/such/page.html`);
    assert.equal(missing.status(), 404);
    assert.match(await missing.text(), /There is no page at this address/);
  });
}

/** In the page. */
const ATTEMPTS = {
  "a request to another origin": () => fetch("https://elsewhere.example/"),
  "a script from another origin": () => {
    const script = document.createElement("script");
    script.src = "https://elsewhere.example/a.js";
    document.head.append(script);
    return new Promise((resolve) => script.onerror = resolve);
  },
  "an inline script": () => {
    const script = document.createElement("script");
    script.textContent = "1";
    document.head.append(script);
  },
  // Later: what a debugger evaluates may do it.
  "code from data": () => {
    setTimeout(() => new Function("return 1")());
    return new Promise((resolve) => setTimeout(resolve, 100));
  },
  "an inline style": () => document.body.setAttribute("style", "color: red"),
};
