// The workbench in a browser: it mends by clicks, its curl commands work, what is typed stays in the tab, and nothing stops it.
import AxeModule from "axe-core";
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { gzipSync } from "node:zlib";
import { fakeCredentials } from "../../pkg-template/testing.js";
import { startLoopback } from "../../scripts/loopback.mjs";
import { MAX_LENGTH } from "../../www/workbench/judge.mjs";

export const name =
  "the workbench: mends a profile by clicks, shows curl commands that work, keeps secrets, and takes any input";

/** How much the workbench may load beside what every page has. */
const MAX_CODE = 350 * 1024;
const GOOD = '{ "token_endpoint": "https://as.example/token" }';
/** How long the page may take to go on after bad input; the machine may be slow. */
const PATIENCE_MS = 6000;

export async function check(page, site) {
  const url = `${site.url}workbench.html`;
  for (
    const part of [
      mends,
      completes,
      explains,
      describesAnOddProvider,
      runsCurl,
      staysInTheTab,
      takesAnything,
      followsLinks,
      keepsTheKeyboard,
      isAccessible,
      isLight,
    ]
  ) {
    await open(page, url);
    await part(page, site, url);
  }
  await withoutWebAssembly(page, url);
}

async function open(page, url) {
  // A page that differs in its hash alone would not be loaded anew.
  await page.goto("about:blank");
  await page.goto(url);
  await page.waitForSelector("[data-ready]");
}

const textOf = (page) => page.evaluate(() => document.querySelector(".cm-content").innerText);
const stateIs = (page, text) => page.locator(".pill", { hasText: text }).waitFor();
const answerIs = (page, text) => page.locator(".headline", { hasText: text }).waitFor();

/** Pastes a text over what is in the editor, as people do. */
async function write(page, text) {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("ControlOrMeta+a");
  await paste(page, text);
}

async function paste(page, text) {
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
    document.activeElement.dispatchEvent(event);
  }, text);
}

async function mends(page) {
  await write(page, `{ url: 'as.example/token', "request_format": "JSON", "authMethod": "post", }`);
  await stateIs(page, /\d problem/);
  for (let clicks = 0; await page.locator(".problems .act").count() > 0; clicks += 1) {
    assert.ok(clicks < 12, "a dozen clicks are enough");
    const before = await textOf(page);
    await page.locator(".problems .act").first().click();
    await page.waitForFunction((before) => document.querySelector(".cm-content").innerText !== before, before);
  }
  await stateIs(page, "No problems");
  assert.deepEqual(JSON.parse(await textOf(page)), {
    token_endpoint: "https://as.example/token",
    request_format: "json",
    token_endpoint_auth_method: "client_secret_post",
  });
  await page.getByRole("button", { name: "Undo" }).click();
  await stateIs(page, /\d problem/);
  // In the editor itself the same buttons stand beside the underlined place.
  assert.ok(await page.locator(".cm-lintRange-error, .cm-lintPoint-error").count() > 0);
}

const SCHEMA = JSON.parse(readFileSync(new URL("../../providers/schema.json", import.meta.url), "utf8"));
const DESCRIPTION = SCHEMA.$defs.request.properties.request_format.description;

async function completes(page) {
  await write(page, '{ "token_endpoint": "https://as.example/token",  }');
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.press("ArrowLeft");
  await page.keyboard.type('"request_f');
  await page.locator(".cm-tooltip-autocomplete").waitFor();
  await page.locator(".cm-completionInfo", { hasText: DESCRIPTION.slice(0, 30) }).waitFor();
  await page.waitForTimeout(150);
  await page.keyboard.press("Enter");
  await page.locator(".cm-tooltip-autocomplete", { hasText: "json" }).waitFor();
  await page.waitForTimeout(150);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await stateIs(page, "No problems");
  assert.equal(JSON.parse(await textOf(page)).request_format, "json");
}

async function explains(page, site) {
  await write(page, GOOD);
  await page.locator(".examples .chip", { hasText: "In an envelope" }).click();
  await answerIs(page, "ERR_BAD_RESPONSE");
  await page.getByRole("button", { name: /Write all/ }).click();
  await answerIs(page, "accepts the token");
  const line = await page.locator(".track").getAttribute("aria-label");
  assert.match(line, /^Fresh until .*; renewed between .* and .*; not used after 29 min 50 s; expires after 30 min\.$/);
  assert.equal(await page.locator(".tick").count(), 24);
  await page.screenshot({ path: join(site.shots, "workbench-answer-1440-light.png"), fullPage: true });
  // One paste of `curl -i` fills all three fields.
  await page.locator(".form textarea").last().focus();
  await paste(page, "HTTP/2 429 \r\nretry-after: 30\r\n\r\nslow down");
  await answerIs(page, "ERR_RATE_LIMITED");
  assert.equal(await page.locator(".form .status input").inputValue(), "429");
  await page.locator(".examples .chip", { hasText: "401 of an API" }).click();
  await page.getByRole("button", { name: "Write it into the profile" }).click();
  await page.waitForFunction(() => document.querySelector(".cm-content").innerText.includes("Token {access_token}"));
}

/** From a documentation page that one has never seen to a profile that reads its answer: some clicks, and a few words. */
async function describesAnOddProvider(page) {
  await page.getByRole("button", { name: "Empty profile" }).click();
  const quirk = (title) => page.locator(".quirks .chip", { hasText: title }).click();
  await quirk("A login: user name and password");
  await quirk("Another header");
  await page.waitForFunction(() => document.querySelector(".cm-content").innerText.includes("x-auth-token"));
  const text = await textOf(page);
  // What no click can know: the URL, and what the provider calls its members.
  const own = text.replace("login.example.com/oauth/token", "api.odd.example/v2/session").replace(
    "x-auth-token",
    "x-session",
  );
  await write(page, own.replace('"username":', '"apiUser":').replace('"password":', '"apiPass":'));
  await page.locator(".form textarea").last().focus();
  await paste(
    page,
    'HTTP/1.1 200 OK\ncontent-type: application/json\n\n{ "status": "ok", "result": { "sessionToken": "5f2d7c9a1b3e4f60", "validMinutes": 30 } }',
  );
  await answerIs(page, "ERR_BAD_RESPONSE");
  await page.getByRole("button", { name: /Write all/ }).click();
  await answerIs(page, "accepts the token");
  assert.match(await page.locator(".facts").innerText(), /30 min, a span at \/result\/validMinutes/);
  assert.deepEqual(JSON.parse(await textOf(page)), {
    token_endpoint: "https://api.odd.example/v2/session",
    token_endpoint_method: "POST",
    token_endpoint_auth_method: "none",
    grant_type: null,
    request_format: "json",
    parameters: { apiUser: "{username}", apiPass: "{password}" },
    resource_request: { headers: { "x-session": "{access_token}" } },
    response: {
      access_token: "/result/sessionToken",
      expiry: { source: "expires_in", pointer: "/result/validMinutes", unit: "min" },
    },
  });
}

async function runsCurl(page) {
  const loopback = await startLoopback();
  try {
    for (
      const [file, variables] of [
        ["basic-token-v2", { BEARERKIT_BASE_URL: "https://basic.example" }],
        ["fusio", { BEARERKIT_BASE_URL: "https://fusio.example" }],
        ["fuse", {}],
        ["fuuffy", {}],
        ["apsis-one", {}],
        ["fusio-login", { BEARERKIT_BASE_URL: "https://fusio.example" }],
      ]
    ) {
      await page.locator(".start select").selectOption(file);
      await page.locator(".file", { hasText: `${file}.json` }).waitFor();
      await page.locator(".segmented button", { hasText: "curl" }).click();
      const command = await page.locator(".code-block pre").first().innerText();
      const shown = JSON.stringify(fakeCredentials.client_secret);
      assert.ok(!command.includes(shown));
      const found = await shell(command, loopback.origin, variables);
      assert.match(found, /"(access_token|token)"/, `${file}: ${found}`);
    }
  } finally {
    await loopback.close();
  }
}

/** Runs a command with values in the place of the names; `https://host` is a path of the scripted server. */
async function shell(command, origin, variables) {
  const local = (text) => text.replaceAll("https://", `${origin}/`);
  const env = { PATH: process.env.PATH };
  for (const [key, value] of Object.entries(fakeCredentials)) env[`BEARERKIT_${key.toUpperCase()}`] = value;
  for (const [key, value] of Object.entries(variables)) env[key] = local(value);
  // Of the command the URL alone: an audience is a URL too.
  const [url, ...rest] = command.split("\n");
  const script = [local(url).replace(/^curl/, "curl -sS --max-time 20"), ...rest].join("\n");
  // Not the synchronous one: the server is in this process.
  const { stdout, stderr } = await promisify(execFile)("sh", ["-c", script], { env });
  return stdout || stderr;
}

/** What is typed into each field is found nowhere but in the page. */
async function staysInTheTab(page, site, url) {
  const sent = [];
  const note = (request) =>
    sent.push(`${request.url()} ${JSON.stringify(request.headers())} ${request.postData() ?? ""}`);
  page.context().on("request", note);
  const canary = (field) => `canary-${field}-7b3f9c`;
  const profile = (secret) =>
    JSON.stringify({ token_endpoint: "https://{tenant}.example/t", parameters: { client_secret: secret } }, null, 2);
  await write(page, profile(canary("editor")));
  await stateIs(page, "1 warning");
  for (const input of await page.locator(".inputs input").all()) await input.fill(canary("input"));
  assert.ok(await page.locator(".inputs input").count() >= 2);
  const [headers, body] = await page.locator(".form textarea").all();
  await headers.fill(`x-secret: ${canary("headers")}`);
  await body.fill(JSON.stringify({ access_token: canary("body"), expires_in: 3600 }));
  await answerIs(page, "accepts the token");
  assert.ok(!(await page.locator(".told").innerText()).includes("canary"), "the token is not repeated");
  await page.locator(".form .status input").fill(canary("status"));
  await page.getByRole("button", { name: "Issuer metadata" }).click();
  const metadata = { issuer: "https://as.example", token_endpoint: "https://as.example/t", x: canary("metadata") };
  await page.locator(".metadata textarea").fill(JSON.stringify(metadata));
  // What stands in the profile as a secret is in no request that is shown, and in no code.
  assert.ok(!(await page.locator(".requests").innerText()).includes(canary("editor")));
  await page.getByRole("tab", { name: "Code" }).click();
  assert.match(await page.locator(".requests").innerText(), /The profile contains a secret/);
  assert.ok(await page.getByRole("button", { name: "Copy link" }).isDisabled(), "an edited profile has no link");
  await page.waitForTimeout(500);
  const kept = await page.evaluate(everythingKept);
  assert.ok(kept.includes(url), "the address is among what is looked at");
  assert.doesNotMatch(kept, /canary/);
  // Nor does it come back.
  await page.reload();
  await page.waitForSelector("[data-ready]");
  assert.ok(!(await page.content()).includes("canary"));
  page.context().off("request", note);
  assert.ok(sent.length > 0, "requests are seen");
  assert.doesNotMatch(sent.join("\n"), /canary/);
  assert.match(await page.locator(".privacy").innerText(), /stays in this tab/);
  assert.ok(site.folder);
}

/** In the page: all that outlives it, as one text. */
async function everythingKept() {
  const kept = [location.href, document.cookie, name, document.referrer, JSON.stringify(history.state)];
  for (const storage of [localStorage, sessionStorage]) kept.push(JSON.stringify({ ...storage }));
  for (const { name } of await indexedDB.databases()) kept.push(`database ${name}`);
  for (const key of await caches.keys()) {
    const cache = await caches.open(key);
    for (const request of await cache.keys()) kept.push(request.url, await (await cache.match(request)).text());
  }
  for (const { name } of performance.getEntries()) kept.push(name);
  return kept.join("\n");
}

async function takesAnything(page) {
  const inputs = {
    "1 MB of JSON": JSON.stringify({ a: Array.from({ length: 80_000 }, (_, index) => `item ${index}`) }),
    "10,000 levels": "[".repeat(10_000),
    "10,000 levels of objects": '{"a":'.repeat(10_000),
    "binary junk": Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(index * 7919 % 55_000)).join(""),
    "__proto__": '{ "__proto__": { "token_endpoint": "https://x.example" } }',
    "many problems": `{ ${Array.from({ length: 2000 }, (_, index) => `"member_${index}": ${index}`).join(", ")} }`,
    "a list": "[1, 2, 3]",
    "nothing": " ",
  };
  for (const [what, text] of Object.entries(inputs)) {
    await goesOn(page, `${what} as a profile`, async () => {
      await write(page, text);
      const isRefused = text.length > MAX_LENGTH;
      if (isRefused) await page.locator(".said", { hasText: "Nothing was changed" }).waitFor();
      else await stateIs(page, /\d problem/);
    });
    await goesOn(page, `${what} as an answer`, async () => {
      await page.locator(".form textarea").last().evaluate((area, text) => {
        area.value = text;
        area.dispatchEvent(new Event("input"));
      }, text);
      await page.locator(".told .headline, .told .empty").first().waitFor();
      await page.waitForTimeout(400);
      assert.ok((await page.locator(".told").innerText()).length > 10);
    });
    await page.locator(".form textarea").last().fill("");
  }
}

/** That the page takes a good profile after it, and in time. */
async function goesOn(page, what, attempt) {
  const begin = Date.now();
  await attempt();
  await write(page, GOOD);
  await stateIs(page, "No problems");
  assert.ok(Date.now() - begin < PATIENCE_MS, `${what}: ${Date.now() - begin} ms`);
}

async function followsLinks(page, site, url) {
  // From another page of the site, by its own router.
  await page.goto(site.url);
  await page.waitForFunction(() => document.querySelector("#app")?.__vue_app__ !== undefined);
  await page.evaluate((href) => {
    const link = Object.assign(document.createElement("a"), { href, textContent: "there" });
    document.querySelector("#app").append(link);
    link.click();
  }, `${url}#profile=spotify`);
  await page.locator(".file", { hasText: "spotify.json" }).waitFor();
  await open(page, `${url}#profile=spotify`);
  await page.locator(".file", { hasText: "spotify.json" }).waitFor();
  await page.locator(".start select").selectOption("okta");
  await page.locator(".file", { hasText: "okta.json" }).waitFor();
  assert.ok(page.url().endsWith("#profile=okta"));
  await page.goBack();
  await page.locator(".file", { hasText: "spotify.json" }).waitFor();
  await page.goForward();
  await page.locator(".file", { hasText: "okta.json" }).waitFor();
  for (const hash of ["#profile=nonsense", "#profile=%E0%A4%A", "#anything", "#profile=__proto__"]) {
    await open(page, url + hash);
    await page.locator(".said", { hasText: "opened Auth0 instead" }).waitFor();
    await stateIs(page, "No problems");
  }
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  await page.getByRole("button", { name: "Copy link" }).click();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), `${url}#profile=auth0`);
}

async function keepsTheKeyboard(page) {
  await page.locator(".cm-content").focus();
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.closest(".cm-editor") === null), true, "Tab leaves");
  await page.getByRole("tab", { name: "Request" }).focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.getByRole("tab", { name: "Refresh" }).getAttribute("aria-selected"), "true");
  await page.keyboard.press("End");
  assert.equal(await page.getByRole("tab", { name: "Code" }).getAttribute("aria-selected"), "true");
  for (const platform of ["Deno", "Node", "Bun", "Vercel Edge", "Next", "Rust"]) {
    await page.getByRole("tab", { name: platform, exact: true }).click();
    assert.match(await page.locator("#bench-platform-panel").innerText(), /bearerkit/);
  }
}

async function isAccessible(page, site) {
  for (const [width, scheme] of [[1440, "light"], [1440, "dark"], [360, "light"], [360, "dark"]]) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme: scheme });
    await page.evaluate((isDark) => document.documentElement.classList.toggle("dark", isDark), scheme === "dark");
    await write(page, `{ "token_endpoint": "https://as.example/token", "request_format": "JSON", "zzz": 1 }`);
    await stateIs(page, /\d problem/);
    await hasNoViolation(page, `problems, ${width} ${scheme}`);
    await page.screenshot({ path: join(site.shots, `workbench-problems-${width}-${scheme}.png`) });
    await page.locator(".start select").selectOption("altinn");
    await page.locator(".examples .chip", { hasText: "RFC 6749" }).click();
    await page.locator(".headline").waitFor();
    for (const tab of ["Code", "Refresh", "Request"]) {
      await page.getByRole("tab", { name: tab, exact: true }).click();
      await hasNoViolation(page, `${tab}, ${width} ${scheme}`);
    }
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(wide <= 0, `${wide} px too wide at ${width}`);
    await page.screenshot({ path: join(site.shots, `workbench-${width}-${scheme}.png`), fullPage: true });
    await page.locator(".start select").selectOption("");
  }
}

async function hasNoViolation(page, where) {
  if (!await page.evaluate(() => "axe" in globalThis)) await page.evaluate(AxeModule.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run(".bench-page"));
  const said = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
  assert.deepEqual(said, [], where);
}

/** Its own code is loaded on its page alone, and is no more than it may be. */
async function isLight(page, site, url) {
  const filesOf = async (address) => {
    await page.goto("about:blank");
    await page.goto(address, { waitUntil: "load" });
    await page.waitForTimeout(500);
    const all = await page.evaluate(() => performance.getEntriesByType("resource").map(({ name }) => name));
    return all.filter((name) => name.endsWith(".js"));
  };
  const others = await filesOf(site.url);
  await open(page, url);
  const own = (await filesOf(url)).filter((name) => !others.includes(name));
  const sizes = own.map((name) => gzipSync(readFileSync(join(site.folder, name.slice(site.url.length)))).length);
  const sum = sizes.reduce((all, size) => all + size, 0);
  assert.ok(sum > 100 * 1024 && sum <= MAX_CODE, `${Math.round(sum / 1024)} KB`);
}

async function withoutWebAssembly(page, url) {
  await page.addInitScript(() => delete globalThis.WebAssembly);
  await page.goto("about:blank");
  await page.goto(url);
  await page.getByRole("alert").filter({ hasText: "does not run WebAssembly" }).waitFor();
  await hasNoViolation(page, "without WebAssembly");
}
