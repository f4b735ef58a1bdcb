// The Rust of a page, as rustdoc tests it: its blocks are doc tests with the crate at hand.
import { dirname, join } from "node:path";
import { root } from "../../scripts/paths.mjs";
import { execute } from "./programs.mjs";

const BUILD_LIMIT_MS = 600_000;

export async function rustdocTest(page) {
  const library = await built();
  const folders = ["--extern", `bearerkit=${library}`, "-L", `dependency=${join(dirname(library), "deps")}`];
  await execute("rustdoc", ["--test", "--edition", "2024", ...folders, page], { cwd: root, timeout: BUILD_LIMIT_MS });
}

/** The path of the crate's library. */
async function built() {
  const args = ["build", "--locked", "--lib", "--features", "http,seal", "--message-format", "json-render-diagnostics"];
  const { stdout } = await execute("cargo", args, { cwd: root, timeout: BUILD_LIMIT_MS });
  const messages = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  const { filenames } = messages.find(({ reason, target }) =>
    reason === "compiler-artifact" && target.name === "bearerkit"
  );
  return filenames.find((name) => name.endsWith(".rlib"));
}
