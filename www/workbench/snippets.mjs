// A program for each platform that gets a token with this profile and calls an API with it. Every name in it is defined.
import { capturedBy } from "../../pkg/check/names.js";
import { environmentName } from "../../pkg/cli/names.js";
import { inline } from "./format.mjs";
import { rustFile } from "./rust.mjs";

const WIDTH = 100;

/**
 * `[{ id, title, files: [{ name, language, code }], run }]`.
 *
 * @param wanted `{ profile, text, name?, given?, check, variables, scope }`: where the profile is shipped as it is, `name` is its
 * export, and `given` what its types ask for.
 */
export function snippetsOf(wanted) {
  const parts = partsOf(wanted);
  const variables = envFile(parts);
  return PLATFORMS.map(({ id, title, file, write, run, env }) => ({
    id,
    title,
    files: [
      { name: file, language: file.endsWith(".mjs") ? "js" : "ts", code: write(parts) },
      ...(variables && env ? [{ name: env, language: "ini", code: variables }] : []),
    ],
    run: typeof run === "function" ? run(parts) : run,
  })).concat({
    id: "rust",
    title: "Rust",
    files: [
      { name: "src/main.rs", language: "rust", code: rustFile(parts) },
      { name: "profile.json", language: "json", code: wanted.text },
    ],
    run: "cargo add bearerkit --no-default-features --features http\ncargo add ureq\ncargo run",
  });
}

/** What the programs have in common. */
function partsOf({ profile, name, check, given, variables = {}, scope = "" }) {
  const values = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const wanted = given ? asShipped(given, check) : asChecked(check);
  const isSaid = ({ name }) => Object.hasOwn(values, name);
  return {
    profile,
    name,
    variables: wanted.variables.filter((one) => isSaid(one) || one.isNeeded)
      .map(({ name, isOptional }) => ({ name, value: values[name], isOptional })),
    credentials: wanted.credentials.filter(({ isNeeded }) => isNeeded),
    scope: scope.trim() ? scope.trim().split(/\s+/) : [],
    api: apiOf(profile, { ...profile.defaults, ...values }),
  };
}

/** What the types of a shipped profile ask for. */
function asShipped({ variables, credentials }, check) {
  const isRequired = (name) => check.variables.some((one) => one.name === name && one.required);
  const isKey = (name) => check.credentials.some((one) => one.name === name && one.isKey);
  const isOpen = ({ isOptional, default: value, values }) => isOptional || value !== undefined || values;
  return {
    variables: variables.map((one) => ({ ...one, isNeeded: !one.values && (isRequired(one.name) || !isOpen(one)) })),
    credentials: credentials.map((one) => ({ ...one, isNeeded: !one.isOptional, isKey: isKey(one.name) })),
  };
}

/**
 * Of a profile of one's own nobody knows which of the names that may be left out are: all are there. An empty variable is left
 * out by the client; an empty credential is a mistake.
 */
function asChecked({ variables, credentials }) {
  // Each by itself may be missing, and a request without any proves nothing.
  const isBare = credentials.every(({ required }) => !required);
  const ofIssuer = ({ paths }) => paths.every((path) => path === "provider.issuer");
  return {
    variables: variables.map((one) => ({
      name: one.name,
      isOptional: !one.required,
      isNeeded: one.default === undefined && !one.values,
    })),
    credentials: credentials.map((one) => ({
      name: one.name,
      isKey: one.isKey,
      // An issuer may take a secret or a key; a secret is what most have.
      isNeeded: (isBare || one.required || ofIssuer(one)) && !(one.isKey && ofIssuer(one)),
    })),
  };
}

/** The names of the environment that a program reads. */
export const environmentOf = ({ variables, credentials }) => [
  ...variables.filter(({ value }) => value === undefined).map(({ name }) => environmentName(name)),
  ...credentials.map(({ name }) => environmentName(name)),
];

function envFile({ variables, credentials }) {
  const all = [...variables.filter(({ value }) => value === undefined), ...credentials];
  return all.map(({ name, isOptional }) =>
    `${isOptional ? "# optional: may stay empty\n" : ""}${environmentName(name)}=`
  ).join("\n");
}

/** The URL that is called: an origin of the profile's, or an example. `{ pieces }`: texts, and names that only run time knows. */
function apiOf(profile, values) {
  const [origin = "https://api.example.com"] = profile.resource_request?.origins ?? [];
  const { environments = {}, defaults = {} } = profile;
  const chosen = environments[values.environment ?? defaults.environment ?? Object.keys(environments)[0]] ?? {};
  const known = { ...chosen, ...values };
  const captured = capturedBy(profile);
  const pieces = [];
  let end = 0;
  for (const match of origin.matchAll(/\{\+?([A-Za-z0-9_.]{1,64})\}/g)) {
    pieces.push(origin.slice(end, match.index));
    const [, name] = match;
    if (Object.hasOwn(known, name)) pieces.push(known[name]);
    else pieces.push({ name, isCaptured: captured.has(name) });
    end = match.index + match[0].length;
  }
  pieces.push(`${origin.slice(end).replace(/\/$/, "")}/v1/me`);
  return pieces.filter((piece) => piece !== "");
}

/** The imports, and the profile where it is not shipped. */
function head({ name, profile }, isTyped) {
  const lines = ['import { createClient } from "bearerkit";'];
  if (name) return [...lines, `import { ${name} } from "bearerkit/providers";`];
  const type = profile.assertion?.use === "access_token"
    ? "SelfSignedProvider"
    : profile.issuer === undefined
    ? "Provider"
    : "IssuerProvider";
  const object = literal(profile, 0);
  if (!isTyped) return [...lines, "", `/** @type {import("bearerkit").${type}} */`, `const provider = ${object};`];
  return [...lines, `import type { ${type} } from "bearerkit";`, "", `const provider: ${type} = ${object};`];
}

/**
 * `createClient({ … })`; `read(name)`: how a variable of the environment is read. A credential may be undefined, and the client
 * says then what is missing; `isSure`: to TypeScript no variable may be.
 */
function client({ name, variables, credentials, scope }, read, indent, isSure = false) {
  const pad = " ".repeat(indent);
  const fallback = isSure ? "" : ' ?? ""';
  const secret = (one) => `${read(environmentName(one.name))}${name ? "" : fallback}`;
  const value = ({ name, value }) =>
    value === undefined ? `${read(environmentName(name))}${fallback}` : JSON.stringify(value);
  const members = [
    name ? `provider: ${name}` : "provider",
    ...(variables.length > 0 ? [group("variables", variables.map((one) => [one.name, value(one)]), indent + 2)] : []),
    group("credentials", credentials.map((one) => [one.name, secret(one)]), indent + 2),
    ...(scope.length > 0 ? [`scope: ${inline(scope)}`] : []),
  ];
  return `createClient({\n${members.map((member) => `${pad}  ${member},`).join("\n")}\n${pad}})`;
}

function group(name, entries, indent) {
  if (entries.length === 0) return `${name}: {}`;
  const written = entries.map(([key, value]) => `${keyOf(key)}: ${value}`);
  const line = `${name}: { ${written.join(", ")} }`;
  if (line.length + indent < WIDTH) return line;
  const pad = " ".repeat(indent);
  return `${name}: {\n${written.map((one) => `${pad}  ${one},`).join("\n")}\n${pad}}`;
}

/** `__proto__: x` would set the prototype. */
const keyOf = (name) => {
  if (name === "__proto__") return '["__proto__"]';
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
};

/** The profile as JavaScript writes an object. */
function literal(value, indent) {
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const line = Array.isArray(value)
    ? `[${value.map((item) => literal(item, 0)).join(", ")}]`
    : `{ ${Object.entries(value).map(([key, member]) => `${keyOf(key)}: ${literal(member, 0)}`).join(", ")} }`;
  if (Object.keys(value).length === 0) return Array.isArray(value) ? "[]" : "{}";
  if (indent > 0 && line.length + indent < WIDTH && !line.includes("\n")) return line;
  if (indent === 0 && line.length < 60 && !line.includes("\n")) return line;
  const pad = " ".repeat(indent + 2);
  const items = Array.isArray(value)
    ? value.map((item) => `${pad}${literal(item, indent + 2)},`)
    : Object.entries(value).map(([key, member]) => `${pad}${keyOf(key)}: ${literal(member, indent + 2)},`);
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${items.join("\n")}\n${" ".repeat(indent)}${close}`;
}

/** `await api.fetch("https://…")`, and what has to be known before. */
function call({ api }, read, pad) {
  const isPlain = api.every((piece) => typeof piece === "string");
  const escaped = (text) => text.replace(/[`\\$]/g, "\\$&");
  const url = isPlain ? JSON.stringify(api.join("")) : `\`${
    api.map((piece) => {
      if (typeof piece === "string") return escaped(piece);
      return piece.isCaptured ? `\${captured?.${piece.name}}` : `\${${read(environmentName(piece.name))}}`;
    }).join("")
  }\``;
  const needsToken = api.some((piece) => piece.isCaptured);
  const token = needsToken ? `${pad}const { captured } = await api.token();\n` : "";
  return { before: token, fetch: `api.fetch(${url})` };
}

const PLATFORMS = [
  {
    id: "workers",
    title: "Workers",
    file: "src/index.ts",
    env: ".dev.vars",
    write(parts) {
      const read = (name) => `env.${name}`;
      const { before, fetch } = call(parts, read, "    ");
      const names = environmentOf(parts);
      const env = names.length > 0 ? `{\n${names.map((name) => `  ${name}: string;`).join("\n")}\n}` : "{}";
      return `${head(parts, true).join("\n")}

interface Env ${env}

export default {
  async fetch(_request: Request, env: Env): Promise<Response> {
    // Clients with equal options share one token: a client may be created in each request.
    const api = ${client(parts, read, 4, true)};
${before}    return await ${fetch};
  },
};
`;
    },
    run: (parts) =>
      [
        "npx wrangler dev",
        ...environmentOf(parts).map((name) => `npx wrangler secret put ${name}`),
        "npx wrangler deploy",
      ].join("\n"),
  },
  {
    id: "deno",
    title: "Deno",
    file: "main.ts",
    env: ".env",
    write(parts) {
      const read = (name) => `env.${name}`;
      const { before, fetch } = call(parts, read, "  ");
      return `${head(parts, true).join("\n")}

const env = Deno.env.toObject();
const api = ${client(parts, read, 0, true)};

Deno.serve(async () => {
${before}  return await ${fetch};
});
`;
    },
    run: "deno add npm:bearerkit\ndeno run --allow-net --allow-env --env-file main.ts",
  },
  {
    id: "node",
    title: "Node",
    file: "main.mjs",
    env: ".env",
    write(parts) {
      const read = (name) => `env.${name}`;
      const { before, fetch } = call(parts, read, "");
      return `import { env } from "node:process";
${head(parts, false).join("\n")}

const api = ${client(parts, read, 0)};

${before}const response = await ${fetch};
console.log(response.status, await response.text());
`;
    },
    run: "npm install bearerkit\nnode --env-file=.env main.mjs",
  },
  {
    id: "bun",
    title: "Bun",
    file: "main.ts",
    env: ".env",
    write(parts) {
      const read = (name) => `env.${name}`;
      const { before, fetch } = call(parts, read, "    ");
      return `import { env } from "bun";
${head(parts, true).join("\n")}

const api = ${client(parts, read, 0)};

Bun.serve({
  async fetch() {
${before}    return await ${fetch};
  },
});
`;
    },
    run: "bun add bearerkit\nbun run main.ts",
  },
  {
    id: "vercel",
    title: "Vercel Edge",
    file: "api/me.ts",
    env: ".env.local",
    write(parts) {
      const read = (name) => `process.env.${name}`;
      const { before, fetch } = call(parts, read, "  ");
      return `${head(parts, true).join("\n")}

export const config = { runtime: "edge" };

export default async function me(): Promise<Response> {
  // Clients with equal options share one token: a client may be created in each request.
  const api = ${client(parts, read, 2)};
${before}  return await ${fetch};
}
`;
    },
    run: (parts) =>
      [
        "npm install bearerkit",
        ...environmentOf(parts).map((name) => `vercel env add ${name}`),
        "vercel dev",
      ].join("\n"),
  },
  {
    id: "next",
    title: "Next",
    file: "app/api/me/route.ts",
    env: ".env.local",
    write(parts) {
      const read = (name) => `process.env.${name}`;
      const { before, fetch } = call(parts, read, "  ");
      return `import { connection } from "next/server";
${head(parts, true).join("\n")}

export async function GET(): Promise<Response> {
  await connection(); // at request time: a build has no secrets
  const api = ${client(parts, read, 2)};
${before}  return await ${fetch};
}
`;
    },
    run: "npm install bearerkit\nnpx next dev",
  },
];
