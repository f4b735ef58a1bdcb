// `npm run www`: serves the site while one writes. `npm run www -- build`: makes target/www/, which any static host serves under
// any path; WWW_BASE is that path for the one page that cannot find it out by itself, 404.html. Further arguments go to
// VitePress: `npm run www -- --port 4000`.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bin, isMain, root } from "./paths.mjs";
import { writeApi } from "./reference.mjs";
import { run, say } from "./say.mjs";
import { setup } from "./setup.mjs";

const SITE = join(root, "www");
const OUT = join(root, "target", "www");

/** Resolves to the folder of the site. */
export async function buildSite() {
  await prepare();
  say("vitepress build: the site");
  await run(bin("vitepress"), ["build", SITE], { cwd: root });
  const pages = readdirSync(OUT, { recursive: true }).filter((name) => name.endsWith(".html")).length;
  say(`target/www/: ${pages} pages`);
  return OUT;
}

/** What the pages are made of beside themselves: the package, and the reference that typedoc makes of its types. */
async function prepare() {
  await setup();
  const { build } = await import("./build.mjs");
  await build();
  await writeApi();
}

async function serve(args) {
  await prepare();
  await run(bin("vitepress"), ["dev", SITE, ...args], { cwd: root, show: true });
}

if (isMain(import.meta)) {
  const [command, ...args] = process.argv.slice(2);
  if (command === "build") await buildSite();
  else await serve(command === undefined || command === "serve" ? args : [command, ...args]);
}
