// node tests/frameworks/run.mjs [WORD…]: the packed package in projects of frameworks, bundlers and test runners: each is
// installed, built, started and asked for a token. With WORD only the cases whose name has one of them.
//
// A folder is a project, and its cases.mjs says what is done with it. Projects are copied to target/frameworks/ and stay
// there: npm installs again where a package.json has changed.
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { run, say } from "../../scripts/say.mjs";
import { writePage } from "../recipes/pages.mjs";
import { startAuthority } from "./authority.mjs";
import { exercise, exerciseIsr, exerciseRecipe, keepsNoToken } from "./exercise.mjs";
import { hosts } from "./hosts.mjs";
import { pack, prepare } from "./project.mjs";

const BUILD_LIMIT_MS = 300_000;
/** Nobody's account, nobody's statistics. */
const QUIET = {
  ASTRO_TELEMETRY_DISABLED: "1",
  CI: "1",
  NEXT_TELEMETRY_DISABLED: "1",
  NO_COLOR: "1",
  WRANGLER_SEND_METRICS: "false",
};

const words = process.argv.slice(2);
const isChosen = ({ name }) => words.length === 0 || words.some((word) => name.includes(word));
const names = readdirSync(import.meta.dirname, { withFileTypes: true }).filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);
const authority = await startAuthority();
const tarball = await pack();
let passed = 0;
let failed = 0;

for (const name of names) {
  const { default: cases } = await import(pathToFileURL(join(import.meta.dirname, name, "cases.mjs")));
  const chosen = cases.filter(isChosen);
  if (chosen.length === 0) continue;
  let folder;
  try {
    folder = await prepare(name, tarball);
  } catch (error) {
    report(`${name}: npm install`, error);
    continue;
  }
  for (const one of chosen) await runCase(one, folder);
}
authority.close();
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

/**
 * Builds, starts, asks on each of the paths. `env` is there always, `secrets` only once it is built. `page`: the recipe of the
 * guide whose files are written over the project's, and `recipes`: the paths that these serve.
 */
async function runCase(one, folder) {
  const { name, build = [], env = {}, secrets = {}, host, recipes, isr, output } = one;
  const { paths = recipes ? {} : { "": "/" } } = one;
  const variables = { ...QUIET, ...env };
  let started;
  const check = (label, work) => {
    const full = [name, label].filter(Boolean).join(" ");
    return work(full.replace(/\W/g, "-")).then(
      () => report(full),
      (error) => report(full, Object.assign(error, { output: started?.output?.().slice(-2000) })),
    );
  };
  try {
    if (one.page) writeRecipe(one.page, folder);
    for (const [command, ...args] of build) {
      say(`${name}: ${[command, ...args].join(" ")}`);
      const options = { cwd: folder, env: variables, timeout: BUILD_LIMIT_MS };
      await run(join(folder, "node_modules", ".bin", command), args, options);
    }
    say(`${name}: asked for tokens`);
    const place = { folder, env: { ...variables, ...secrets, AUTHORITY: authority.origin, NAME: name } };
    // A test runner is its own host.
    if (host.test) {
      await run(join(folder, "node_modules", ".bin", host.test[0]), host.test.slice(1), {
        cwd: folder,
        env: place.env,
        timeout: BUILD_LIMIT_MS,
      });
      return report(name);
    }
    if (recipes) await check("recipe", () => exerciseRecipe({ hosts, host, recipes, place }));
    if (Object.keys(paths).length === 0) return;
    const [kind] = Object.keys(host);
    started = await hosts[kind](host[kind], place);
  } catch (error) {
    return report(name, error);
  }
  const { origin } = started;
  // Each has to wait for an expiry: at once.
  const checks = Object.entries(paths).map(([label, path]) =>
    check(label, (name) => exercise({ name, url: `${origin}${path}`, authority }))
  );
  if (isr) checks.push(check("isr", (name) => exerciseIsr({ name, url: `${origin}${isr}`, authority })));
  await Promise.all(checks);
  if (output) await check("keeps no token on disk", async () => keepsNoToken(join(folder, output), name));
  await started.stop();
}

/** The page's files, but for those of secrets: what is built has none. */
function writeRecipe(page, folder) {
  writePage(page, folder);
  for (const name of [".env", ".env.local", ".dev.vars"]) rmSync(join(folder, name), { force: true });
}

function report(name, error) {
  if (error) failed += 1;
  else passed += 1;
  console.log(error ? `FAIL ${name}\n${indent(`${error.message}\n${error.output ?? ""}`)}` : `ok   ${name}`);
}

function indent(text) {
  // What matters of a build's output is at its end, and lines of a bundle are long.
  return text.trimEnd().split("\n").slice(-15).map((line) => `       ${line.slice(0, 300)}`).join("\n");
}
