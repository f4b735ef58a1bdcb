// The code of others that is in the wasm: which crates, under which licences, in which words.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./paths.mjs";
import { run } from "./say.mjs";

const TARGET = "wasm32-unknown-unknown";
/** The licences that the notice is written for, and where a crate has their text. MIT is the one chosen where there is a choice. */
const TEXTS = {
  "MIT": ["LICENSE-MIT", "LICENSE", "LICENSE.txt", "LICENSE.md"],
  "Unicode-3.0": ["LICENSE-UNICODE"],
};

/**
 * The crates that are linked into the wasm, as cargo resolves them; not what only helps to build it (macros, build
 * scripts). Each: `{ name, version, license, repository, authors, folder, checksum, uses }`, `uses` being others of
 * them by `name@version`; the first is bearerkit's own.
 */
export async function linkedCrates() {
  const args = ["metadata", "--format-version", "1", "--locked", "--filter-platform", TARGET];
  const { packages, resolve } = JSON.parse(await run("cargo", args, { cwd: root }));
  const byId = new Map(packages.map((found) => [found.id, found]));
  const uses = new Map(resolve.nodes.map(({ id, deps }) => [id, deps.filter(isLinked).map(({ pkg }) => pkg)]));
  const isMacro = (id) => byId.get(id).targets.some(({ kind }) => kind.includes("proc-macro"));
  const linked = new Set([resolve.root]);
  // A Set is walked while it grows.
  for (const id of linked) uses.get(id).filter((used) => !isMacro(used)).forEach((used) => linked.add(used));
  const checksums = readChecksums();
  const label = ({ name, version }) => `${name}@${version}`;
  return [...linked].map((id) => byId.get(id)).map((found) => ({
    name: found.name,
    version: found.version,
    // crates.io has old ones with a slash, which SPDX does not know.
    license: found.license.replaceAll("/", " OR "),
    repository: found.repository,
    authors: found.authors.map((author) => author.replace(/\s*<.*>$/, "")),
    folder: dirname(found.manifest_path),
    checksum: checksums.get(label(found)),
    uses: uses.get(found.id).filter((used) => linked.has(used)).map((used) => label(byId.get(used))).sort(),
  }));
}

const isLinked = ({ dep_kinds }) => dep_kinds.some(({ kind }) => kind === null);

/** name@version -> SHA-256 of the crate's archive. */
function readChecksums() {
  const lock = readFileSync(join(root, "Cargo.lock"), "utf8");
  const entries = lock.matchAll(/^name = "(.*)"\nversion = "(.*)"\nsource = ".*"\nchecksum = "(.*)"/gm);
  return new Map([...entries].map(([, name, version, checksum]) => [`${name}@${version}`, checksum]));
}

/** The toolchain's standard library, which is linked too, as a crate among crates. */
export async function standardLibrary() {
  const [, version] = /^rustc (\S+)/.exec(await run("rustc", ["--version"], { cwd: root }));
  const repository = "https://github.com/rust-lang/rust";
  return { name: "std", version, license: "(MIT OR Apache-2.0) AND Unicode-3.0", repository };
}

/** THIRD-PARTY.md: what the licences want to stand beside the wasm. */
export async function thirdPartyNotice(crates) {
  const others = crates.slice(1).sort((a, b) => a.name < b.name ? -1 : 1);
  /** licence -> its words without the copyright -> whose they are */
  const texts = new Map(Object.keys(TEXTS).map((license) => [license, new Map()]));
  const rows = others.map((found) => {
    const copyrights = chosen(found).flatMap((license) => {
      const { copyright, words } = split(textOf(found, license));
      texts.get(license).set(words, [...texts.get(license).get(words) ?? [], found.name]);
      return copyright;
    });
    return row(found, copyrights.length > 0 ? copyrights : [found.authors.join(", ") || `${found.name}'s authors`]);
  });
  const std = await standardLibrary();
  rows.push(row(std, ["The Rust Project Contributors", "Unicode, Inc."]));
  for (const license of chosen(std)) {
    const [words, users] = texts.get(license).entries().next().value ?? [];
    if (!words) throw new Error(`no crate has the words of ${license}, and the standard library needs them`);
    texts.get(license).set(words, [...users, std.name]);
  }
  const sections = [...texts].flatMap(([license, byWords]) =>
    [...byWords].flatMap(([words, users]) => ["", `## ${license}`, "", `${users.join(", ")}:`, "", quote(words)])
  );
  return [
    "# Third-party code",
    "",
    "`bearerkit_bg.wasm`, `wasm-base64.js`, which is the same, and `bearerkit_client_bg.wasm`, a part of it, have code of these crates in them, and of Rust's",
    "standard library. `glue.js` is made by wasm-bindgen.",
    "",
    "| crate | version | licence | copyright |",
    "| --- | --- | --- | --- |",
    ...rows,
    ...sections,
    "",
  ].join("\n");
}

function row(found, copyrights) {
  const cells = [
    `[${found.name}](${found.repository})`,
    found.version,
    chosen(found).join(", "),
    copyrights.join("; "),
  ];
  return `| ${cells.join(" | ")} |`;
}

/** Of each `A OR B` one that the notice is written for; of `A AND B` both. */
export function chosen({ name, license }) {
  return license.split(" AND ").map((part) => {
    const offered = part.replace(/[()]/g, "").split(" OR ");
    const found = Object.keys(TEXTS).find((known) => offered.includes(known));
    if (!found) {
      throw new Error(`${name} is under ${license}: see whether the package may carry it, and what it has to say`);
    }
    return found;
  });
}

/** The words of the licence as the crate has them; MIT's with the authors' names where it has none. */
export function textOf({ name, folder, authors }, license) {
  const file = TEXTS[license].find((candidate) => existsSync(join(folder, candidate)));
  if (file) return readFileSync(join(folder, file), "utf8");
  if (license !== "MIT" || authors.length === 0) {
    throw new Error(`${name} has no text of ${license}, only ${readdirSync(folder).join(", ")}`);
  }
  const own = readFileSync(join(root, "LICENSE-MIT"), "utf8");
  return own.replace(/^Copyright .*$/m, `Copyright (c) ${authors.join(", ")}`);
}

/** The copyright lines, and the words that many crates have in common, however they break their lines. */
function split(text) {
  const isCopyright = (line) => /^copyright (\(c\)|©|\d)/i.test(line.trim());
  const isTitle = (line) => /^(the )?mit license( \(mit\))?$/i.test(line.trim());
  const lines = text.replace(/\r/g, "").split("\n");
  const rest = lines.filter((line) => !isCopyright(line) && !isTitle(line)).join("\n");
  const paragraphs = rest.split(/\n\s*\n/).map((paragraph) => paragraph.replace(/\s+/g, " ").trim());
  return {
    copyright: lines.filter(isCopyright).map((line) => line.trim()),
    words: paragraphs.filter(Boolean).join("\n\n"),
  };
}

/** Lines of at most 120 characters, as a quotation. */
function quote(words) {
  const wrapped = words.split("\n\n").map((paragraph) => paragraph.replace(/(.{1,116})( |$)/g, "> $1\n").trimEnd());
  return wrapped.join("\n>\n");
}
