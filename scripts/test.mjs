// `npm test`: all tests, each step said as it begins, what it printed shown if it failed. `npm test -- NAME…` runs some of them.
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { bin, root, tool, tools } from "./paths.mjs";
import { run, say } from "./say.mjs";
import { setup } from "./setup.mjs";

const node = process.execPath;
const testsIn = (folder) =>
  readdirSync(join(root, folder)).filter((name) => name.endsWith(".test.mjs")).map((name) => join(folder, name));
/** JavaScript and TypeScript of ours: formatted and linted. */
const JAVASCRIPT = ["pkg-template", "scripts", "tests", "benches", "examples", "www"].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name)))
    .filter((name) => /\.(m?js|c?ts)$/.test(name) && !name.includes("node_modules"))
);
/** `async` says that a function answers with a promise, `window` belongs to the tests of the types. */
const NOT_OURS = "--rules-exclude=require-await,no-window,no-window-prefix,ban-ts-comment";

/** name, what it is, command, arguments */
const STEPS = [
  ["fmt", "formatting: Rust", "cargo", ["fmt", "--check"]],
  ["fmt", "formatting: JavaScript", bin("deno"), ["fmt", "--check", "--quiet", "--line-width", "120", ...JAVASCRIPT]],
  ["lint", "lints: JavaScript", bin("deno"), ["lint", "--quiet", NOT_OURS, ...JAVASCRIPT]],
  ["clippy", "lints: Rust, native", "cargo", [
    "clippy",
    "--locked",
    "--all-targets",
    "--features",
    "http,seal",
    "--",
    "-D",
    "warnings",
  ]],
  ["clippy", "lints: Rust, wasm", "cargo", [
    "clippy",
    "--locked",
    "--lib",
    "--target",
    "wasm32-unknown-unknown",
    "--",
    "-D",
    "warnings",
  ]],
  ["cargo", "cargo test: units, life-cycles, provider cases, doc tests, examples", "cargo", [
    "test",
    "--locked",
    "--features",
    "http,seal",
  ]],
  ["cargo", "the units again, with numbers as text: what the npm package is built with", "cargo", [
    "test",
    "--locked",
    "--lib",
    "--features",
    "exact-numbers",
  ]],
  ["wasm", "wasm-pack test --node: the same, as WebAssembly", tool("wasm-pack"), ["test", "--node", "--", "--locked"]],
  [
    "node",
    "the scripted server, the schema, a real authorization server (oidc-provider)",
    node,
    () => ["--test", ...testsIn("tests")],
  ],
  [
    "stores",
    "shared stores on real engines: Redis, PostgreSQL, Deno KV, Cloudflare's by miniflare, and whole fleets on them",
    node,
    () => ["--test", ...testsIn("tests/stores")],
  ],
  ["types", "types, publint, attw on the packed tarball", node, ["tests/types/run.mjs"]],
  ["runtimes", "the packed package on Node, Deno, Bun, workerd (two dates) and edge-runtime", node, [
    "tests/runtimes/run.mjs",
  ]],
  ["workerd", "workerd: leaders that answer early, race, are cancelled", node, ["tests/workerd/run.mjs"]],
  ["traps", "a core that panics, on every runtime: a build of its own", node, ["tests/traps/run.mjs"]],
  ["hostile", "a server that means ill, against Node, Deno, Bun and workerd", node, ["tests/hostile/run.mjs"]],
  ["frameworks", "Next, Nitro, SvelteKit, Astro, Vite, Hono, bundlers and test runners, each a project", node, [
    "tests/frameworks/run.mjs",
  ]],
  ["www", "the site in Chromium: pages, links, accessibility, offline, weights, the lab, the workbench", node, [
    "tests/www/run.mjs",
  ]],
  ["size", "bytes of a minimal Worker", node, ["scripts/size.mjs"]],
];

await setup({ forTests: true });
const { build } = await import("./build.mjs");
await build();

const chosen = process.argv.slice(2);
let passed = 0;
const failed = [];
for (const [name, what, command, args] of STEPS) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  say(what);
  const env = { PATH: `${join(tools, "bin")}:${process.env.PATH}` };
  try {
    const out = await run(command, typeof args === "function" ? args() : args, { cwd: root, env });
    passed += 1;
    for (const line of summaries(out)) console.log(`         ${line}`);
  } catch (error) {
    failed.push(what);
    console.log(error.message);
  }
}
if (failed.length > 0) console.log(`failed: ${failed.join("; ")}`);
console.log(`steps: ${passed} passed, ${failed.length} failed`);
process.exit(failed.length > 0 || passed === 0 ? 1 : 0);

/** The lines in which a runner says how much it ran. */
function summaries(out) {
  return out.split("\n").filter((line) =>
    /^(test result:|# (tests|pass|fail) |ℹ (tests|pass|fail) |.*\d+ passed, \d+ failed|.*KB gzip)/.test(line)
  );
}
