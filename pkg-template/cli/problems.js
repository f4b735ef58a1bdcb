// Problems and warnings, as people and programs read them.
import { putAt } from "../check/places.js";
import { clean } from "./clean.js";

/** `line 3, response.expiry.unit` */
export function placeOf({ path, line, column }) {
  const member = asOption(path.replace(/^provider\.?/, "")) || "the profile";
  return clean(line === undefined ? member : `line ${line}:${column}, ${member}`);
}

/** The lines about one problem: where, what, and what to do. */
export function linesOf(problem) {
  const { set } = problem;
  const [reason, remedy] = [problem.reason, problem.remedy].map(asOption);
  const lines = [`  ${placeOf(problem)}: ${clean(reason)}`, `    ${clean(remedy)}`];
  return set && !isSaid(remedy, set) ? [...lines, `    ${clean(fragmentOf(set))}`] : lines;
}

/** The lines about something to be done: why, and what. */
export const findingLines = ({ reason, remedy, set }) => [
  `  ${clean(reason)}`,
  `    ${clean(remedy)}${set ? `: ${clean(fragmentOf(set))}` : ""}`,
];

/** Where the members go that the findings say to write, for a provider that is no file yet; `undefined`: nothing to write. */
export function whereToWrite(findings, { kind, label, file, provider }) {
  if (!findings.some(({ set }) => set)) return undefined;
  if (file) {
    return `This profile is shipped: copy node_modules/bearerkit/providers/${file}.json, write into the copy, and give its path; in code it is { ...${label}, … }.`;
  }
  const begin = kind === "endpoint" ? { token_endpoint: label } : kind === "issuer" ? provider : undefined;
  return begin && `Write this into a profile file of your own and give its path: { ${clean(inner(begin))}, … }`;
}

/** An option of `createClient` as the command line has it. */
const asOption = (text) =>
  text.replace(/allowInsecure: \["([^"]*)"\]/g, "--allow-insecure=$1").replace(
    /allowInsecure(: true)?/g,
    "--allow-insecure",
  );

/** Whether the words already hold the members. */
const isSaid = (remedy, set) => Object.keys(set).length === 1 && remedy.includes('"');

/** Members by their path as they stand in a profile: `"response": { "access_token": "/data/token" }`. */
export function fragmentOf(set) {
  const tree = {};
  const steps = [];
  for (const [path, value] of Object.entries(set)) {
    const step = /^(steps\[\d+\])\.(.+)$/.exec(path);
    if (step) steps.push(`${step[1]}: ${fragmentOf({ [step[2]]: value })}`);
    else putAt(tree, path.split("."), value);
  }
  return [...steps, ...(Object.keys(tree).length > 0 ? [inner(tree)] : [])].join(", ");
}

const inner = (tree) =>
  Object.entries(tree).map(([name, value]) => `${JSON.stringify(name)}: ${spaced(value)}`).join(", ");

function spaced(value) {
  if (Array.isArray(value)) return `[${value.map(spaced).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{ ${inner(value)} }`;
  return JSON.stringify(value);
}
