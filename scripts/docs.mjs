// `npm run docs`: writes what is made of the profiles. The tests see to it that it was run.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isMain, root } from "./paths.mjs";
import { described, profiles, upperCase } from "./profiles.mjs";

const MARK = "// What follows is written by `npm run docs`.\n";

/** Each file that is made of the profiles, as it should be: `[path, text]`. */
export function pages() {
  const all = profiles();
  return [
    ["src/providers.rs", constants(all)],
    ["tests/vectors/providers.rs", samples()],
  ];
}

/** The crate's constants, below what is written by hand. */
function constants(all) {
  const [head] = readFileSync(join(root, "src", "providers.rs"), "utf8").split(MARK);
  const lines = all.flatMap(({ file, profile, variables, credentials }) => [
    "",
    `/// ${profile.name}.`,
    "///",
    ...(variables.length > 0 ? [`/// - Variables: ${variables.map(described).join(", ")}.`] : []),
    `/// - Credentials: ${credentials.map(described).join(", ")}.`,
    ...(profile.documentation ? ["///", `/// <${profile.documentation}>`] : []),
    `pub const ${upperCase(file)}: &str = include_str!("../providers/${file}.json");`,
  ]);
  const table = all.map(({ file }) => `    ("${file}", ${upperCase(file)}),`);
  return `${head}${MARK}
/// All of them, by the name of their file.
pub const ALL: &[(&str, &str)] = &[
${table.join("\n")}
];
${lines.join("\n")}
`;
}

/** The tests' table: on WebAssembly there is no file system to look into. */
function samples() {
  const files = readdirSync(join(root, "tests", "vectors", "providers")).map((name) => basename(name, ".json")).sort();
  const table = files.map((file) => `    ("${file}", include_str!("providers/${file}.json")),`);
  return `//! The samples of the shipped profiles, by the name of their file. Written by \`npm run docs\`.

pub(crate) const ALL: &[(&str, &str)] = &[
${table.join("\n")}
];
`;
}

if (isMain(import.meta)) {
  for (const [path, text] of pages()) writeFileSync(join(root, path), text);
}
