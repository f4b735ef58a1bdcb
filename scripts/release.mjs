// `npm run release -- --dry-run`: builds everything, lets npm, crates.io and JSR check it as far as they do without an account
// (and cargo's part without a network, where there is none), and says what is left to do by hand. Without --dry-run it
// publishes: from a clean main whose tests pass, and not before.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { bin, isMain, pkg, root } from "./paths.mjs";
import { run, say } from "./say.mjs";

/** where, command, arguments, folder; in the order of publishing: what cannot be taken back at all comes first */
const REGISTRIES = [
  ["crates.io", "cargo", ["publish", "--locked"], root],
  ["npm", "npm", ["publish", "--access", "public"], pkg],
  ["JSR", bin("deno"), ["publish"], pkg],
];
const DRY = {
  "crates.io": ["--dry-run", "--allow-dirty"],
  npm: ["--dry-run", "--fetch-retries=0"],
  JSR: ["--dry-run", "--allow-dirty"],
};

export function readSources() {
  const read = (name) => readFileSync(join(root, name), "utf8");
  return {
    cargo: read("Cargo.toml"),
    lock: read("Cargo.lock"),
    npm: read("pkg-template/package.json"),
    changelog: read("CHANGELOG.md"),
    copies: read("pkg-template/error.js"),
    readme: read("README.md"),
  };
}

/** The version, and where another one stands. */
export function versions({ cargo, lock, npm, copies, changelog, readme }) {
  const version = JSON.parse(npm).version;
  const found = {
    "Cargo.toml": /^version = "(.*)"/m.exec(cargo)?.[1],
    "Cargo.lock": /^name = "bearerkit"\nversion = "(.*)"/m.exec(lock)?.[1],
    "pkg-template/error.js": /"bearerkit\/(.*)"/.exec(copies)?.[1],
    "CHANGELOG.md, first heading": /^## (\S+)/m.exec(changelog)?.[1],
    "README.md, the tarball": /bearerkit-(\S+)\.tgz/.exec(readme)?.[1],
  };
  const others = Object.entries(found).filter(([, other]) => other !== version);
  return { version, others: others.map(([place, other]) => `${place}: ${other ?? "none"}, not ${version}`) };
}

/** Why this is not to be published. `status` and `branch` as git says them. */
export function refusals({ status, branch, changelog, readme }) {
  return [
    ...(status === "" ? [] : ["the working tree is not clean: commit, or stash"]),
    ...(branch === "main" ? [] : [`this is ${branch || "no branch"}, not main`]),
    ...(/^## \S+ \(\d{4}-\d\d-\d\d\)$/.test(/^## .*$/m.exec(changelog)?.[0])
      ? []
      : ["CHANGELOG.md: the first heading has no date: ## 1.2.3 (2026-01-31)"]),
    ...(/not published yet/.test(readme) ? ["README.md says that the package is not published yet"] : []),
  ];
}

async function release({ isDry }) {
  const sources = readSources();
  const { version, others } = versions(sources);
  const git = async (...args) => (await run("git", args, { cwd: root })).trim();
  const state = { status: await git("status", "--porcelain"), branch: await git("branch", "--show-current") };
  const reasons = refusals({ ...sources, ...state });
  if (others.length > 0 || (!isDry && reasons.length > 0)) {
    throw new Error(["not released:", ...others, ...(isDry ? [] : reasons)].join("\n  "));
  }
  if (!isDry) {
    say("npm test");
    await run("npm", ["test"], { cwd: root, show: true });
  }
  const { setup } = await import("./setup.mjs");
  await setup();
  const { build } = await import("./build.mjs");
  await build({ force: true });
  for (const [where, command, args, cwd] of REGISTRIES) {
    say(`${where}, a dry run: ${[where === "JSR" ? "deno" : command, ...args, ...DRY[where]].join(" ")}`);
    await run(command, [...args, ...DRY[where]], { cwd }).catch((error) => withoutNetwork(error, where));
  }
  if (isDry) return console.log(byHand(version, reasons));
  for (const [where, command, args, cwd] of REGISTRIES) {
    say(`${where}: bearerkit ${version}`);
    await run(command, args, { cwd, show: true });
  }
  console.log(`\nbearerkit ${version} is published. What is left: ${TAG(version)}`);
}

/** cargo wants to see crates.io's index even then; what it packs it can verify without. */
async function withoutNetwork(error, where) {
  if (
    where !== "crates.io" ||
    !/failed to download|Could not (connect|resolve)|spurious network error/i.test(error.message)
  ) {
    throw error;
  }
  say("crates.io cannot be reached: cargo package --offline");
  await run("cargo", ["package", "--offline", "--allow-dirty", "--locked"], { cwd: root });
}

const TAG = (version) => `git tag -s v${version} -m "bearerkit ${version}" && git push origin main v${version}`;

function byHand(version, reasons) {
  return `
bearerkit ${version}: the dry runs passed, and nothing was published. What a maintainer does, in this order:

  1. What stands in the way of publishing:${reasons.map((reason) => `\n     - ${reason}`).join("") || " nothing."}
  2. Log in: cargo login; npm login; on jsr.io make the scope @bearerkit and the package in it, once (deno publish then
     asks in the browser).
  3. npm run release: npm test, the build and the dry runs again, then crates.io, npm and JSR, one after the other. Where
     one fails the later ones are not begun: mend it, and give the commands that are left by hand, since no registry takes
     a version twice:
       cargo publish --locked
       (cd pkg && npm publish --access public)
       (cd pkg && ../node_modules/.bin/deno publish)
  4. ${TAG(version)}
     and a release of that tag with the part of CHANGELOG.md, the SBOM (npm run sbom -- bearerkit-${version}.cdx.json) and
     the hashes that npm run reproduce prints.`;
}

if (isMain(import.meta)) {
  try {
    await release({ isDry: process.argv.includes("--dry-run") });
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
