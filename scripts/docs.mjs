// `npm run docs`: writes what is made of the profiles and their schema. The tests see to it that it was run.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isMain, root } from "./paths.mjs";
import { described, profiles, upperCase } from "./profiles.mjs";

const PAGE = "www/reference/profile.md";
const MARK = "// What follows is written by `npm run docs`.\n";

/** Each file that is made of the profiles, as it should be: `[path, text]`. */
export function pages() {
  const all = profiles();
  return [
    [PAGE, page()],
    ["src/config/providers.rs", constants(all)],
    ["tests/vectors/providers.rs", samples()],
  ];
}

/** The page, its table between its marks. */
function page() {
  const marks = /(<!-- members -->\n)[^]*?(<!-- \/members -->\n)/;
  const text = read(PAGE);
  if (!marks.test(text)) throw new Error(`${PAGE}: there is no place for the members`);
  return text.replace(marks, (_, begin, end) => `${begin}\n${members()}\n${end}`);
}

/** The objects of a profile that have a table of their own, by the member whose value they are. */
const OBJECTS = {
  "": ({ properties }) => properties,
  response: ({ $defs }) => $defs.response.properties,
  expiry: ({ $defs }) => $defs.expiry.properties,
  error_when: ({ $defs }) => $defs.response.properties.error_when.anyOf[0].properties,
  retry_after: ({ $defs }) => $defs.response.properties.retry_after.anyOf[0].properties,
  assertion: ({ $defs }) => $defs.assertion.properties,
  resource_request: ({ properties }) => properties.resource_request.properties,
  invalid_token_when: ({ $defs }) => $defs.invalid_token.properties,
  refresh: ({ properties }) => properties.refresh.properties,
  steps: ({ $defs }) => $defs.step.properties,
};

function members() {
  const schema = JSON.parse(read("providers/schema.json"));
  return Object.entries(OBJECTS).map(([object, find]) => {
    const all = Object.entries(find(schema));
    // What a refresh or a step has of the token request is described there, and a refresh has no default for it.
    const isAsThere = ([, { $ref = "", description }]) => $ref.startsWith("#/$defs/request/") && !description;
    const own = all.filter((member) => object === "" || !isAsThere(member));
    const others = all.filter((member) => !own.includes(member)).map(([name]) => `\`${name}\``);
    const rows = own.map(([name, member]) => {
      const { description, default: value } = resolved(schema, member);
      const shown = object === "refresh" ? member.default : value;
      return [`\`${name}\``, description, values(schema, name, member), shown === undefined ? "" : code(shown)];
    });
    const title = object === "" ? "The profile itself" : `\`${object}\``;
    const note = others.length > 0 ? `\nAnd as in the profile: ${others.join(", ")}.\n` : "";
    return `## ${title}\n\n${table(["member", "what it says", "values", "default"], rows)}${note}`;
  }).join("\n");
}

/** A member's schema with all that it refers to; its own words count. */
function resolved(schema, member) {
  return member.$ref ? { ...resolved(schema, target(schema, member)), ...member } : member;
}

function target(schema, { $ref }) {
  return $ref.split("/").slice(1).reduce((value, name) => value[name], schema);
}

const KINDS = {
  "#/$defs/pointer": "a pointer",
  "#/$defs/texts": "a text, or a list of them",
  "#/$defs/headers": "by name: a template",
  "#/$defs/variables": "by name: a text",
  "#/$defs/status": "a status",
  "#/$defs/scalar": "a text, a number, `true`, `false`",
  string: "a text",
  boolean: "`true`, `false`",
  number: "a number",
  object: "an object",
  array: "a list",
  null: "`null`",
};

/** What may stand there, in a few words; an object with a table of its own leads to it. */
function values(schema, name, member) {
  const kind = kindOf(schema, member);
  return Object.hasOwn(OBJECTS, name)
    ? kind.replace(/an object|a list/, (words) => `[${words}](#${anchorOf(name)})`)
    : kind;
}

/** Of a heading on the site. */
const anchorOf = (name) => name.replaceAll("_", "-");

function kindOf(schema, member) {
  if (KINDS[member.$ref]) return KINDS[member.$ref];
  if (member.enum) return member.enum.map(code).join(", ");
  if (member.anyOf && !member.type) return member.anyOf.map((one) => kindOf(schema, one)).join(", ");
  if (member.additionalProperties) return `by name: ${kindOf(schema, member.additionalProperties)}`;
  if (member.type) return [member.type].flat().map((type) => KINDS[type]).join(", ");
  return kindOf(schema, target(schema, member));
}

function code(value) {
  if (typeof value === "string" && value.trim() !== "") return `\`${value}\``;
  return `\`${JSON.stringify(value, null, 1).replace(/\n\s*/g, " ").replace(/\[ (.*) \]/, "[$1]")}\``;
}

function table(heads, rows) {
  const line = (cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return line(heads) + line(heads.map(() => "---")) + rows.map(line).join("");
}

/** The crate's constants, below what is written by hand. */
function constants(all) {
  const [head] = read("src/config/providers.rs").split(MARK);
  const lines = all.flatMap(({ file, profile: { name, documentation }, variables, credentials }) => [
    `    /// ${documentation ? `[${name}](${documentation})` : name}.`,
    "    ///",
    `    /// ${named("Variables", variables)}${named("Credentials", credentials).trimEnd()}`,
    `    ${upperCase(file)} = "${file}";`,
  ]);
  return `${head}${MARK}shipped! {\n${lines.join("\n")}\n}\n`;
}

function named(kind, names) {
  return names.length > 0 ? `${kind}: ${names.map(described).join(", ")}. ` : "";
}

/** The tests' table: on WebAssembly there is no file system to look into. */
function samples() {
  const files = readdirSync(join(root, "tests", "vectors", "providers")).map((name) => basename(name, ".json")).sort();
  const entries = files.map((file) => `    ("${file}", include_str!("providers/${file}.json")),`);
  return `//! The samples of the shipped profiles, by the name of their file. Written by \`npm run docs\`.

pub(crate) const ALL: &[(&str, &str)] = &[
${entries.join("\n")}
];
`;
}

function read(path) {
  return readFileSync(join(root, path), "utf8");
}

if (isMain(import.meta)) {
  for (const [path, text] of pages()) writeFileSync(join(root, path), text);
}
