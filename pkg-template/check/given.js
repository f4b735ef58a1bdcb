// What is wrong with the values that are given to a good profile.
import { complaintOf } from "./complaints.js";
import { keyProblem } from "./key.js";
import { keysOf, namesIn, templatesOf } from "./names.js";
import { isObject, locate, tableOf, takeAway } from "./places.js";
import { standIns } from "./profile.js";
import { nearest } from "./spelling.js";
import { hasValue } from "./wanted.js";

const MAX_ROUNDS = 40;
/** What each client has for itself; it shapes no token. */
const OWN = ["fetch", "onEvent", "waitUntil", "provider", "credentials"];

/** Tells `note` of each problem. */
export function judgeOptions(profile, options, note) {
  const { credentials } = options;
  const sets = Array.isArray(credentials) ? credentials : [credentials];
  const asked = (set) => isObject(set) ? set : {};
  sets.forEach((set, index) => {
    const prefix = sets.length > 1 ? `credentials[${index}]` : "credentials";
    judge(profile, options, asked(set), (problem) => {
      note({ ...problem, path: problem.path.replace(/^credentials\b/, prefix) });
    });
  });
}

function judge(profile, options, given, note) {
  const root = structuredOptions(options);
  if (typeof options.sign !== "function") judgeKeys(profile, given, note);
  const environments = Object.keys(profile.environments ?? {});
  const chosen = root.variables?.environment ?? profile.defaults?.environment;
  const stands = standIns(profile, environments.includes(chosen) ? undefined : environments[0]);
  const replaced = { variables: tableOf({}), credentials: tableOf({}) };
  const standFor = (name) => tableOf({ ...stands.variables, ...stands.credentials })[name] ?? "stand-in";
  let before;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const complaint = complaintOf({
      ...root,
      provider: profile,
      variables: isObject(root.variables) || root.variables === undefined
        ? { ...stands.variables, ...withoutEmpty(root.variables), ...replaced.variables }
        : root.variables,
      credentials: { ...stands.credentials, ...withoutEmpty(given), ...replaced.credentials },
    });
    const said = JSON.stringify(complaint);
    if (!complaint || said === before) return;
    before = said;
    const { path, reason } = complaint;
    const [, group, name] = /^(variables|credentials)\.([A-Za-z0-9_.]+)$/.exec(path) ?? [];
    if (group) {
      note({ path, reason, remedy: remedyOf(complaint, environments, root) });
      if (/^unknown/.test(reason)) delete root.variables[name];
      else if (name === "environment") replaced.variables.environment = environments[0];
      else replaced[group][name] = standFor(name);
    } else if (path.startsWith("provider.")) {
      const names = namesAt(profile, path).filter((one) => hasValue(root.variables, one) || hasValue(given, one));
      const subject = names.length === 1
        ? `${hasValue(given, names[0]) ? "credentials" : "variables"}.${names[0]}`
        : path;
      note({
        path: subject,
        reason: subject === path ? reason : `with it, ${path.slice("provider.".length)} ${reason}`,
        remedy: remedyOf(complaint, environments, root),
      });
      if (names.length === 0) return;
      for (const one of names) {
        replaced.variables[one] = replaced.credentials[one] = standFor(one);
      }
    } else {
      note({ path, reason, remedy: remedyOf(complaint, environments, root) });
      if (!takeAway({ options: root, ...root }, path) && !takeAway({ options: root }, `options.${path}`)) return;
    }
  }
}

/** The names in the template that a path leads to. */
function namesAt(profile, path) {
  const of = templatesOf(profile).filter((template) => template.path === path || template.path.startsWith(`${path}.`));
  const texts = of.length > 0 ? of.map(({ text }) => text) : [locate({ provider: profile }, path)?.value];
  return [...new Set(texts.flatMap((text) => typeof text === "string" ? namesIn(text) : []))];
}

function judgeKeys(profile, given, note) {
  for (const { name, algorithms } of keysOf(profile)) {
    if (!hasValue(given, name)) continue;
    const problems = algorithms.map((alg) => keyProblem(alg, given[name]));
    // One algorithm that it can do is enough, where the server says which.
    if (problems.every(Boolean)) note({ path: `credentials.${name}`, ...problems[0] });
  }
}

const REMEDIES = [
  [/^has a control character/, () => "does it end with a line break? (printf writes none, echo does)"],
  [/^contains a control/, () => "a header may hold ASCII only: is the value right and complete?"],
  [
    /^contains a colon/,
    () => 'the server cannot tell the id from the secret; write "basic_encoding": "form" if it follows RFC 6749',
  ],
  [/^is empty/, () => "give a value"],
  [/^is set by the grant/, () => "remove it: the profile and its credentials set it"],
  [/^expected a string/, () => "give a string"],
  [/^unknown/, ({ path, near }) => near ? `is ${near} meant?` : `remove ${JSON.stringify(path)}`],
  [/^expected at most .* in milliseconds/, () => "give seconds"],
  [/^expected an http: origin/, () => "write scheme, host and port; https: is always allowed"],
  [/^is a URL/, () => "remove https:// and everything after the host"],
  [/^has a (path|wildcard)/, () => "list each origin as scheme, host and port"],
  [/^is undefined, null/, () => "give a value"],
  [/has no valid host/, () => "check the host; for a value with a port or a path write {+name}"],
  [/^is not an absolute URL/, () => "give the whole URL, https:// included"],
  [/^is not https:/, () => "give an https: URL"],
  [/^is http: to/, () => "give an https: URL, or allow this origin"],
  [/^must be more than zero/, () => "give a number of seconds above 0"],
  [/^(variables\.\S+) is not set/, ({ reason }) => `set ${reason.split(" ")[0]}`],
];

function remedyOf({ path, reason, near }, environments, root) {
  if (path === "variables.environment" && environments.length > 0) {
    const { environment } = root.variables ?? {};
    const near = nearest(typeof environment === "string" ? environment : "", environments);
    return `give ${near ?? environments.join(" or ")}`;
  }
  const found = REMEDIES.find(([pattern]) => pattern.test(reason));
  return found ? found[1]({ path, reason, near }) : "see this option in index.d.ts";
}

/** The options without what no JSON can hold. */
function structuredOptions(options) {
  const copy = {};
  for (const [name, value] of Object.entries(options)) {
    if (!OWN.includes(name) && value !== undefined) copy[name] = isObject(value) ? structuredClone(value) : value;
  }
  return copy;
}

const withoutEmpty = (set) => Object.fromEntries(Object.entries(set ?? {}).filter(([name]) => hasValue(set, name)));
