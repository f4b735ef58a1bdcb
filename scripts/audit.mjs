// `npm run audit`: are the dependencies what they should be? What cannot be reached is said, and fails with --strict only.
import { root, tool } from "./paths.mjs";
import { run, say } from "./say.mjs";
import { crate, setup } from "./setup.mjs";

const UNUSED = ["--", "-Dunused-crate-dependencies"];

/** what it is, command, arguments, what it says where its source cannot be reached */
const CHECKS = [
  ["crates that are shipped: none twice, none banned", tool("cargo-deny"), ["--exclude-dev", "check", "bans"]],
  ["crates: licences, and where they come from", tool("cargo-deny"), ["check", "licenses", "sources"]],
  [
    "crates: advisories (RustSec), yanked ones",
    tool("cargo-deny"),
    ["check", "advisories"],
    /failed to fetch advisory database/,
  ],
  [
    "crates: each that Cargo.toml names is used, native",
    "cargo",
    ["rustc", "--locked", "--lib", "--features", "http,seal", "--crate-type", "rlib", ...UNUSED],
  ],
  [
    "crates: each that Cargo.toml names is used, wasm",
    "cargo",
    ["rustc", "--locked", "--lib", "--target", "wasm32-unknown-unknown", "--crate-type", "rlib", ...UNUSED],
  ],
  [
    "npm: the signatures of the registry",
    "npm",
    ["audit", "signatures", "--fetch-retries=0"],
    /npm error network|supported registry/,
  ],
  [
    "npm: advisories",
    "npm",
    ["audit", "--audit-level=high", "--fetch-retries=0"],
    /audit endpoint returned an error|npm error network/,
  ],
];

await setup();
await crate("cargo-deny", "0.20.2", "cargo-deny", "--locked");

const failed = [];
const unreached = [];
for (const [what, command, args, isUnreached] of CHECKS) {
  say(what);
  try {
    await run(command, args, { cwd: root });
  } catch (error) {
    if (isUnreached?.test(error.message)) {
      unreached.push(what);
      say("         not checked: its source could not be fetched");
    } else {
      failed.push(what);
      console.log(error.message);
    }
  }
}
if (failed.length > 0) console.log(`failed: ${failed.join("; ")}`);
if (unreached.length > 0) console.log(`not checked: ${unreached.join("; ")}`);
console.log(`${CHECKS.length - failed.length - unreached.length} of ${CHECKS.length} passed`);
process.exitCode = failed.length > 0 || (unreached.length > 0 && process.argv.includes("--strict")) ? 1 : 0;
