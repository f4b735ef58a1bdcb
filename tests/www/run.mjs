// node tests/www/run.mjs [--built] [PART…]: builds the site, serves it under a path of its own, and looks at it in Chromium.
// `--built` takes target/www/ as it is; with PART only the parts of that name (the files beside this one) run.
//
// A part exports `name` and `check(page, site)`: `page` is a new one of playwright-core, and the part fails if that page logs an
// error or asks another origin for anything. `site` is described in support/site.mjs.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { root } from "../../scripts/paths.mjs";
import { say } from "../../scripts/say.mjs";
import { buildSite } from "../../scripts/www.mjs";
import { startBrowser } from "./support/browser.mjs";
import { startServer } from "./support/server.mjs";
import { Site } from "./support/site.mjs";

/** Not the root of the host, and not one folder deep: a link that does not care where the site is would not be seen. */
const BASE = "/some/where/";

const words = process.argv.slice(2);
const names = words.filter((word) => word !== "--built");
const folder = words.includes("--built") ? join(root, "target", "www") : await buildSite();
const shots = join(root, "target", "www-shots");
mkdirSync(shots, { recursive: true });

const parts = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".mjs") && file !== "run.mjs")
  .map((file) => file.slice(0, -".mjs".length)).filter((name) => names.length === 0 || names.includes(name));
const server = await startServer(folder, BASE);
const browser = await startBrowser();
let passed = 0;
let failed = 0;
for (const file of parts) {
  const { name, check } = await import(pathToFileURL(join(import.meta.dirname, `${file}.mjs`)));
  const site = new Site({ browser, folder, shots, url: server.url });
  say(name);
  try {
    await site.watched((page) => check(page, site));
    passed += 1;
  } catch (error) {
    failed += 1;
    console.log(`${file}: ${inspect(error)}`);
  } finally {
    await site.close();
  }
}
await browser.close();
await server.close();
say(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
