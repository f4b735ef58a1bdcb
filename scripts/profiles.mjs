// The shipped profiles, and what whoever uses one has to say, and may.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./paths.mjs";

const WIDTH = 110;
const BUILT_IN = ["access_token", "refresh_token", "scope", "token_endpoint", "uuid"];
/** What a grant shows, where the profile asks for it by itself. */
const GRANT_CREDENTIALS = {
  password: ["username", "password"],
  refresh_token: ["refresh_token"],
  "urn:ietf:params:oauth:grant-type:token-exchange": ["subject_token", "subject_token_type", "actor_token"],
};

/**
 * All of providers/, by the name of the file: `{ file, profile, samples, variables, credentials }`. Variables and credentials
 * are `{ name, values?, default?, isOptional }`.
 */
export function profiles() {
  return readdirSync(join(root, "providers"))
    .filter((name) => name.endsWith(".json") && name !== "schema.json")
    .map((name) => basename(name, ".json"))
    .sort()
    .map((file) => {
      const { $schema: _, ...profile } = JSON.parse(readFileSync(join(root, "providers", `${file}.json`), "utf8"));
      const samples = readSamples(file);
      return { file, profile, samples, ...wanted(profile, samples) };
    });
}

/** `entra-id` is `entraId` in JavaScript. */
export const camelCase = (file) => file.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** `entra-id` is `ENTRA_ID` in Rust. */
export const upperCase = (file) => file.replaceAll("-", "_").toUpperCase();

/** A variable or credential in Markdown, with the values that it may have. */
export function described({ name, values = [], default: value, isOptional }) {
  const choices = values.map((value) => `\`${value}\``).join(", ");
  const notes = [choices, value && `default \`${value}\``, isOptional && "optional"].filter(Boolean);
  return `\`${name}\`${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`;
}

/** How a client of it is made, as TypeScript: what its first sample gives. */
export function example({ file, samples: [{ inputs }] }) {
  const name = camelCase(file);
  const { credentials, config, scopes } = inputs;
  const members = [
    `provider: ${name}`,
    ...(config ? [`variables: ${literal(config, (value) => JSON.stringify(value))}`] : []),
    ...(scopes ? [`scope: [${scopes.map((scope) => JSON.stringify(scope)).join(", ")}]`] : []),
    `credentials: ${literal(credentials, (_, credential) => `env.${credential.toUpperCase().replaceAll(".", "_")}`)}`,
  ];
  const line = `const api = createClient({ ${members.join(", ")} });`;
  const lines = ["const api = createClient({", ...members.map((member) => `  ${member},`), "});"];
  return [`import { ${name} } from "bearerkit/providers";`, ...(line.length <= WIDTH ? [line] : lines)];
}

/**
 * Its export as TypeScript. `judged`: what `checkProvider` says of the profile. A variable is required where the core cannot
 * do without it, a credential unless a sample does; the environment may turn out not to have it, as process.env's types say.
 */
export function declaration({ file, profile, variables, credentials }, judged) {
  const isNeeded = (name) => judged.variables.some((one) => one.name === name && one.required);
  const isKey = (name) => judged.credentials.some((one) => one.name === name && one.isKey);
  const byGrant = GRANT_CREDENTIALS[profile.grant_type] ?? [];
  const variable = ({ name, values, default: value }) => {
    const type = values?.map((value) => JSON.stringify(value)).join(" | ") ?? "string";
    const comment = value ? `/** @default ${JSON.stringify(value)} */ ` : "";
    return comment + (isNeeded(name) ? `readonly ${named(name)}: ${type};` : optional(name, type));
  };
  const secret = ({ name, isOptional }) => {
    const type = isKey(name) ? "string | Jwk | SigningKey" : "string";
    return isOptional ? optional(name, type) : `readonly ${named(name)}: ${type} | undefined;`;
  };
  const known = [...variables.map(variable), ...ofEnvironments(profile).map((name) => optional(name, "string"))];
  const shown = credentials.filter(({ name }) => byGrant.includes(name)).map(secret);
  const others = credentials.filter(({ name }) => !byGrant.includes(name)).map(secret);
  const types = [known, others, ...(shown.length > 0 ? [shown] : [])].map(shape);
  // Beside the names of its grant it is no table without names.
  if (shown.length > 0 && others.length === 0) types[1] = "Readonly<Record<never, never>>";
  return `export const ${camelCase(file)}: ShippedProvider<${types.join(", ")}>;`;
}

const optional = (name, type) => `readonly ${named(name)}?: ${type} | undefined;`;

function shape(members) {
  // Not `{}`, which is anything.
  if (members.length === 0) return "Readonly<Record<string, never>>";
  return `{\n${members.map((member) => `  ${member}\n`).join("")}}`;
}

function literal(object, show) {
  return `{ ${Object.entries(object).map(([name, value]) => `${named(name)}: ${show(value, name)}`).join(", ")} }`;
}

/** A name as a member of an object. */
const named = (name) => /^[a-z_]\w*$/i.test(name) ? name : JSON.stringify(name);

function readSamples(file) {
  const path = join(root, "tests", "vectors", "providers", `${file}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
}

/**
 * The profile says which names it fills in. Which of them are credentials, and which can be left out, its samples show: they
 * are tested.
 */
function wanted(profile, samples) {
  const { defaults = {}, environments = {} } = profile;
  const values = Object.keys(environments);
  const given = (group) => samples.map(({ inputs }) => Object.keys(inputs[group] ?? {}));
  const credentials = [...new Set(given("credentials").flat())];
  const set = ofEnvironments(profile);
  const variables = [...new Set([...(values.length > 0 ? ["environment"] : []), ...namesIn(profile)])]
    .filter((name) => !set.includes(name) && !credentials.includes(name));
  const isOptional = (name, group) => !(name in defaults) && !given(group).every((names) => names.includes(name));
  return {
    variables: variables.map((name) => ({
      name,
      ...(name === "environment" && { values }),
      ...(name in defaults && { default: defaults[name] }),
      isOptional: isOptional(name, "config"),
    })),
    credentials: credentials.map((name) => ({ name, isOptional: isOptional(name, "credentials") })),
  };
}

/** The variables that its environments set, and the options may. */
function ofEnvironments({ environments = {} }) {
  return [...new Set(Object.values(environments).flatMap(Object.keys))];
}

/** The names in the profile's templates that neither the core nor an answer knows. */
function namesIn(profile) {
  const captured = [profile, ...(profile.steps ?? [])].flatMap(({ response }) => Object.keys(response?.capture ?? {}));
  const names = [...JSON.stringify(profile).matchAll(/\{\+?([\w.]+)\}/g)].map(([, name]) => name);
  return names.filter((name) => !BUILT_IN.includes(name) && !captured.includes(name) && !/^step\d+\./.test(name));
}
