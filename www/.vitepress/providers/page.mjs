// The page of a shipped profile, as Markdown, from its JSON, its samples and what the command says of it.
import { readFileSync } from "node:fs";
import { camelCase, example, profiles } from "../../../scripts/profiles.mjs";
import { reportsOf } from "./commands.mjs";
import { peculiaritiesOf } from "./peculiarities.mjs";

const ANY_ORIGIN = "https://api.acme.example/";
/** A line of JSON is no wider than a page is. */
const WIDTH = 76;
/** What an assertion has of the moment in which it is made. */
const OF_THE_MOMENT = ["exp", "iat", "jti"];

/** Where a provider shows its credentials, and other names for it; `{ console?, aliases? }` by the name of the file. */
export const facts = () => JSON.parse(readFileSync(new URL("./facts.json", import.meta.url), "utf8"));

/** `[{ file, profile, title, text }]`, in the order of their names. */
export function pages() {
  const all = profiles();
  const reports = reportsOf(all);
  const known = facts();
  return all.map((entry) => ({
    ...entry,
    title: entry.profile.name,
    text: pageOf(entry, reports.get(entry.file), known[entry.file] ?? {}),
  })).sort((one, other) => one.title.localeCompare(other.title, "en"));
}

function pageOf(entry, report, { console: place }) {
  const { file, profile } = entry;
  const links = [
    profile.documentation && `[Documentation of the provider](${profile.documentation})`,
    `[Open in the workbench](/workbench#profile=${file})`,
    "[All providers](/providers/)",
  ].filter(Boolean);
  return [
    `# ${profile.name}`,
    `The profile \`${camelCase(file)}\` of \`bearerkit/providers\`. On the command line it is \`${file}\`.`,
    links.join(" · "),
    "## What you need",
    needs(entry, report),
    ...(place ? ["### Where to find it", place] : []),
    "## In TypeScript",
    fence("ts", snippet(entry)),
    `In a Worker, import \`env\` from \`cloudflare:workers\` instead.`,
    "## On the command line",
    fence("sh", commands(entry, report)),
    "The first says whether the profile and the credentials work, and why not. The second prints a token, fit for `$(…)` and pipes.",
    "## The token request",
    ...requests(report),
    "## Peculiarities",
    ...peculiarities(profile),
    "## The profile",
    fence("json", json(profile)),
  ].join("\n\n");
}

function needs({ variables, credentials }, report) {
  const row = (kind) => ({ name, values, default: value, isOptional }) => {
    const notes = [values?.map((one) => `\`${one}\``).join(", "), value && `default \`${value}\``].filter(Boolean);
    const need = value !== undefined ? notes.pop() ?? "optional" : isOptional ? "optional" : "required";
    return `| \`${name}\` | ${kind} | ${[need, ...notes].join(": ")} | \`${environmentOf(name, report)}\` |`;
  };
  return [
    "| name | in the options | value | for the command line |",
    "| --- | --- | --- | --- |",
    ...variables.map(row("`variables`")),
    ...credentials.map(row("`credentials`")),
  ].join("\n");
}

function environmentOf(name, { variables, credentials }) {
  return [...variables, ...credentials].find((one) => one.name === name).environment;
}

/** A program that runs as it stands, with the credentials in its environment. */
export function snippet(entry) {
  const [importOfProfile, ...lines] = example(entry);
  return [
    'import { env } from "node:process";',
    'import { createClient } from "bearerkit";',
    importOfProfile,
    "",
    ...lines,
    "",
    "const { expiresAt } = await api.token();",
    'console.log("expires", expiresAt);',
    `const response = await api.fetch(${JSON.stringify(apiOf(entry))});`,
    "console.log(response.status);",
  ].join("\n");
}

/** A URL of the API, as far as the profile knows it. */
function apiOf({ profile, samples: [{ inputs }] }) {
  const [origin] = [profile.resource_request?.origins ?? []].flat();
  if (!origin) return ANY_ORIGIN;
  const environment = inputs.config?.environment ?? profile.defaults?.environment;
  const values = { ...profile.defaults, ...profile.environments?.[environment], ...inputs.config };
  const url = origin.replace(/\{\+?([\w.]+)\}/g, (all, name) => values[name] ?? all);
  return url.includes("{") ? ANY_ORIGIN : `${new URL(url).origin}/`;
}

function commands({ file, credentials, samples: [{ inputs }] }, report) {
  const wanted = credentials.filter(({ isOptional }) => !isOptional);
  // The command reads a key from a file.
  const set = wanted.map(({ name }) =>
    `export ${environmentOf(name, report)}=${name === "private_key" ? "@key.pem" : "…"}`
  );
  const options = [
    ...Object.entries(inputs.config ?? {}).map(([name, value]) => `--variable ${name}=${shellWord(value)}`),
    ...(inputs.scopes ?? []).map((scope) => `--scope ${shellWord(scope)}`),
  ];
  const call = (command) => ["npx bearerkit", command, file, ...options].join(" ");
  return [...set, call("check"), call("token")].join("\n");
}

const shellWord = (text) => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

function requests({ requests: all }) {
  const intro = `Made by \`bearerkit check\`; the names of variables stand in the place of secrets.`;
  return [
    intro,
    ...all.flatMap((request) => [
      ...(all.length > 1 ? [`### ${request.title}`] : []),
      fence("sh", request.curl),
      ...(request.note ? [request.note] : []),
      ...(request.assertion ? assertion(request.assertion) : []),
    ]),
  ];
}

function assertion({ alg, key, header, claims }) {
  const kept = Object.entries(claims).filter(([name]) => !OF_THE_MOMENT.includes(name));
  const times = OF_THE_MOMENT.filter((name) => name in claims).map((name) => `\`${name}\``);
  return [
    `\`$ASSERTION\` is a JWT that is made anew for each request and signed with ${alg} by \`${key}\`. This is its header and, with ${
      new Intl.ListFormat("en-GB").format(times)
    } of the moment, its claims:`,
    fence("json", json({ header, claims: Object.fromEntries(kept) })),
  ];
}

function peculiarities(profile) {
  const groups = peculiaritiesOf(profile);
  return groups.flatMap(({ title, sentences }) => [
    `### ${title}`,
    sentences.map((sentence) => `- ${sentence}`).join("\n"),
  ]);
}

/** JSON as people write it: what fits stands in one line. */
function json(value, indent = "") {
  const line = inOneLine(value);
  if (typeof value !== "object" || value === null || (indent !== "" && indent.length + line.length <= WIDTH)) {
    return line;
  }
  const deeper = `${indent}  `;
  const isArray = Array.isArray(value);
  const members = Object.entries(value).map(([name, one]) =>
    `${deeper}${isArray ? "" : `${JSON.stringify(name)}: `}${json(one, deeper)}`
  );
  const [open, close] = isArray ? "[]" : "{}";
  return `${open}\n${members.join(",\n")}\n${indent}${close}`;
}

function inOneLine(value) {
  if (Array.isArray(value)) return `[${value.map(inOneLine).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${inOneLine(one)}`);
  return members.length > 0 ? `{ ${members.join(", ")} }` : "{}";
}

const fence = (language, text) => `\`\`\`${language}\n${text}\n\`\`\``;
