// How many bytes a minimal Worker uploads (benches/workers/bearerkit.js: the three lines of the README, for Fuse), as
// `wrangler deploy --dry-run` bundles it, by default and with `--minify`: JavaScript and wasm, raw and as wrangler's "gzip" counts
// it. `node scripts/size.mjs` fails above what was reached so far.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { bin, isMain as isMainModule, root } from "./paths.mjs";
import { packedProject } from "./runtimes.mjs";
import { run } from "./say.mjs";

const KB = 1024;
/** Bytes, gzipped. */
export const BUDGET = 56 * KB;
/**
 * What each issue added, in KB, `gzip` and `minified` as `workerSize` has them. Kept by hand: whoever ends an issue measures, and
 * writes the difference down. The sum is what was reached so far, which is not the budget.
 */
export const PARTS = [
  { issue: "1 to 9", gzip: 82.0, minified: 78.9 },
  { issue: "10 and 11", gzip: 2.1, minified: 3.7 },
  { issue: "12", gzip: -2.1, minified: -2.3 },
  // Of shared stores a Worker without one has the seams alone: 0.9 of it WebAssembly.
  { issue: "14", gzip: 1.5, minified: 1.4 },
  {
    issue: "15: keys, clocks, audiences 4.6, federation and JWTs as tokens 2.8, token functions 2.0",
    gzip: 9.5,
    minified: 9.2,
  },
];
/** More than so much above it fails: compilers and wrangler have versions. */
const TOLERANCE = 0.3;
/** Bytes above which the step fails. */
export const GATES = Object.fromEntries(
  ["gzip", "minified"].map((way) => [way, (PARTS.reduce((sum, part) => sum + part[way], 0) + TOLERANCE) * KB]),
);
export const AIM = 40 * KB;
export const COMPATIBILITY_DATE = "2026-04-01";
/** What @azure/msal-node needs on workerd. */
export const NODE_FLAGS = ["nodejs_compat"];

/**
 * The size of a minimal Worker with that client (`bearerkit`, or a peer in benches/workers): `{ raw, gzip, minified }`, in
 * bytes; `minified` is what `gzip` would be with `wrangler deploy --minify`.
 */
export async function workerSize(client = "bearerkit") {
  return await inProject(async (project) => {
    const main = join(project, `${client}.js`);
    writeFileSync(main, readFileSync(join(root, "benches", "workers", `${client}.js`)));
    const flags = client === "msal" ? NODE_FLAGS : [];
    const plain = measure(await upload({ project, main, flags }));
    const { gzip: minified } = measure(await upload({ project, main, flags, minify: true }));
    return { ...plain, minified };
  });
}

/** Calls back with a project that has the packed package and the peers installed; it is gone afterwards. */
export async function inProject(callback) {
  const project = mkdtempSync(join(tmpdir(), "bearerkit-size-"));
  try {
    packedProject(project);
    for (const scope of ["@azure", "@badgateway"]) {
      symlinkSync(join(root, "node_modules", scope), join(project, "node_modules", scope));
    }
    return await callback(project);
  } finally {
    rmSync(project, { recursive: true });
  }
}

/** What `wrangler deploy` would upload, as `[{ name, bytes }]`, the main module first. */
export async function upload({ project, main, minify = false, flags = [] }) {
  const folder = mkdtempSync(join(project, "upload-"));
  // A configuration of its own: wrangler looks for one in all folders above.
  const config = join(folder, "wrangler.json");
  const compatibility = { compatibility_date: COMPATIBILITY_DATE, compatibility_flags: flags };
  writeFileSync(config, JSON.stringify({ name: "worker", main, send_metrics: false, minify, ...compatibility }));
  const out = join(folder, "out");
  mkdirSync(out);
  // Nothing of the user's account, and no question whether there is a newer version.
  const env = {
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_LOG_PATH: folder,
    CI: "1",
    NO_COLOR: "1",
    XDG_CONFIG_HOME: folder,
  };
  await run(bin("wrangler"), ["deploy", "--dry-run", "--config", config, "--outdir", out], { cwd: project, env });
  const isUploaded = (name) => !/\.map$|^README\.md$/.test(name);
  const isMain = (name) => name.endsWith(".js");
  return readdirSync(out).filter(isUploaded).sort((a, b) => isMain(b) - isMain(a))
    .map((name) => ({ name, bytes: readFileSync(join(out, name)) }));
}

function measure(modules) {
  const all = Buffer.concat(modules.map(({ bytes }) => bytes));
  return { raw: all.length, gzip: gzipSync(all).length };
}

if (isMainModule(import.meta)) {
  const { raw, ...sizes } = await workerSize();
  const { gzip, minified } = sizes;
  const kb = (bytes) => `${(bytes / KB).toFixed(1)} KB`;
  console.log(
    `a minimal Worker: ${kb(raw)}, ${kb(gzip)} gzip (${kb(minified)} minified); budget ${kb(BUDGET)}, aim ${kb(AIM)}`,
  );
  const gates = Object.values(GATES).map(kb).join(", minified ");
  if (gzip > BUDGET) console.log(`the budget is missed by ${kb(gzip - BUDGET)}; above ${gates} this fails`);
  for (const [way, gate] of Object.entries(GATES)) {
    if (sizes[way] <= gate) continue;
    console.log(`${way}: ${kb(sizes[way])} is above the gate, ${kb(gate)}; see PARTS in scripts/size.mjs`);
    process.exitCode = 1;
  }
}
