// A browser without JavaScript, without WebAssembly, without a network.
import assert from "node:assert/strict";
import { opened } from "./support/site.mjs";

export const name = "without JavaScript, without WebAssembly, without a network";

export async function check(_page, site) {
  await site.watched((page) => readsWithoutJavaScript(page, site), { javaScriptEnabled: false });
  const small = { javaScriptEnabled: false, viewport: { width: 360, height: 780 } };
  await site.watched((page) => findsItsWayWithoutJavaScript(page, site), small);
  await site.watched((page) => readsWithoutWebAssembly(page, site));
  await site.watched((page, context) => readsWithoutNetwork(page, context, site), { serviceWorkers: "allow" });
}

async function readsWithoutJavaScript(page, site) {
  await page.goto(`${site.url}index.html`);
  await page.getByRole("link", { name: "Get started" }).click();
  assert.match(page.url(), /\/guide\/getting-started\.html$/);
  assert.ok(await page.locator("main h1").isVisible());
  assert.ok(await page.locator("main p").first().isVisible());
  await page.goto(`${site.url}providers/`);
  assert.equal(await page.locator(".providers-list a").count(), 86);
  assert.equal(await page.locator(".providers-search").count(), 0, "no field that does nothing");
  await page.getByRole("link", { name: "Keycloak" }).click();
  assert.ok(await page.getByText("realms/").first().isVisible());
  for (const path of ["lab.html", "workbench.html"]) {
    await page.goto(site.url + path);
    assert.match(await page.locator("main").innerText(), /JavaScript/, `${path} says what it needs`);
  }
}

/** Where the menus do not open. */
async function findsItsWayWithoutJavaScript(page, site) {
  await page.goto(`${site.url}reference/profile.html`);
  assert.equal(await page.locator("button").filter({ visible: true }).count(), 0, "no button that does nothing");
  const map = page.getByRole("navigation", { name: "All pages" });
  const hrefs = await map.getByRole("link").evaluateAll((links) => links.map(({ href }) => href));
  assert.ok(hrefs.length > 10);
  const paths = hrefs.map((href) => href.replace(site.url, "").replace(/\/$/, "/index.html"));
  assert.deepEqual(paths.filter((path) => !site.pages.includes(path)), []);
  await map.getByRole("link", { name: "Getting started" }).click();
  assert.match(page.url(), /\/guide\/getting-started\.html$/);
}

async function readsWithoutWebAssembly(page, site) {
  await page.addInitScript(() => delete globalThis.WebAssembly);
  await opened(page, `${site.url}guide/getting-started.html`);
  assert.ok(await page.locator("main h1").isVisible());
  for (const path of ["lab.html", "workbench.html"]) {
    await opened(page, site.url + path);
    await page.locator("main").getByText(/WebAssembly/).first().waitFor();
  }
}

async function readsWithoutNetwork(page, context, site) {
  await opened(page, `${site.url}index.html`);
  // The worker is active once it has fetched all.
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  for (const path of ["guide/getting-started.html", "providers/okta.html", "reference/profile.html", "lab.html"]) {
    await opened(page, site.url + path);
    assert.ok(await page.locator("main h1").first().isVisible(), path);
  }
  // And from page to page as well as by its address.
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Providers" }).click();
  await page.getByRole("link", { name: "Auth0" }).click();
  await page.getByRole("heading", { name: "Auth0", level: 1 }).waitFor();
  await context.setOffline(false);
}
