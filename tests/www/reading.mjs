// What a reader does: goes back and forward, opens a deep link, searches, switches the theme, uses the keyboard.
import assert from "node:assert/strict";
import { opened } from "./support/site.mjs";

export const name = "back and forward, deep links, search, theme, keyboard";

export async function check(page, site) {
  await goesBackAndForward(page, site);
  await opensDeepLinks(page, site);
  await findsProviders(page, site);
  await searches(page, site);
  await switchesTheTheme(page, site);
  await usesTheKeyboard(page, site);
}

async function goesBackAndForward(page, site) {
  const heading = (name) => page.getByRole("heading", { name, level: 1 }).waitFor();
  await opened(page, `${site.url}providers/`);
  await page.getByRole("link", { name: "Okta" }).click();
  await heading("Okta");
  // From a page that lies deeper than the one that the header came with.
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Reference" }).click();
  await heading("Reference");
  await page.getByRole("main").getByRole("link", { name: "bearerkit/core" }).click();
  await heading("bearerkit/core");
  assert.equal(page.url(), `${site.url}reference/api/core.html`);
  await page.goBack();
  await heading("Reference");
  await page.goBack();
  await heading("Okta");
  assert.equal(page.url(), `${site.url}providers/okta.html`);
  await page.goForward();
  await heading("Reference");
}

async function opensDeepLinks(page, site) {
  await opened(page, `${site.url}reference/profile.html#assertion`);
  await page.waitForFunction(() => document.querySelector("#assertion").getBoundingClientRect().top < innerHeight);
  assert.ok(await page.evaluate(() => scrollY > 500));
}

async function findsProviders(page, site) {
  await opened(page, `${site.url}providers/`);
  const field = page.getByRole("searchbox", { name: "Search the providers" });
  const titles = () => page.locator(".providers-title").allInnerTexts();
  for (
    const [words, first] of [
      ["auth0", "Auth0"],
      ["Entra ID", "Microsoft Entra ID"],
      ["azure ad", "Microsoft Entra ID"],
      ["okta", "Okta"],
      ["KEYCLOAK", "Keycloak"],
      ["m-pesa", "Safaricom Daraja (M-Pesa)"],
    ]
  ) {
    await field.fill(words);
    assert.ok((await titles()).includes(first), `${words} finds ${first}`);
    assert.ok((await titles()).length < 5, `${words} finds few`);
  }
  await opened(page, `${site.url}providers/?q=maskinporten`);
  assert.deepEqual(await titles(), ["Altinn, by Maskinporten", "Maskinporten"]);
  await field.fill("no such thing");
  await page.getByText("No shipped profile matches.").waitFor();
}

async function searches(page, site) {
  await opened(page, `${site.url}index.html`);
  for (
    const [words, path] of [["Auth0", "providers/auth0.html"], ["azure", "providers/entra-id.html"], [
      "createClient",
      "reference/api/",
    ]]
  ) {
    await page.keyboard.press("Control+k");
    await page.locator("#localsearch-input").fill(words);
    await page.locator(`.results a[href*="${path}"]`).first().waitFor();
    await page.keyboard.press("Escape");
  }
}

async function switchesTheTheme(page, site) {
  await opened(page, `${site.url}guide/getting-started.html`);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByRole("switch").first().click();
  assert.notEqual(await ground(), light);
  await page.reload();
  assert.notEqual(await ground(), light, "the choice is kept");
  await page.evaluate(() => localStorage.clear());
}

async function usesTheKeyboard(page, site) {
  await opened(page, `${site.url}guide/getting-started.html`);
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to content");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.activeElement.id === "VPContent" || location.hash === "#VPContent");
}
