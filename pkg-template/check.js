import { judgeOptions } from "./check/given.js";
import { readJson } from "./check/json.js";
import { FUNCTION } from "./check/remedies.js";
import { mendedProfile } from "./check/profile.js";
import { wantedOf } from "./check/wanted.js";
import { warningsOf } from "./check/warnings.js";

/** As deep as the core reads. */
const MAX_DEPTH = 60;

/** See core.d.ts, which is the reference. */
export function checkProvider(provider, options = {}) {
  // A template may begin with a brace too: `{+base_url}/token`.
  const isJson = typeof provider === "string" && /^\s*(\[|\{(?!\+?[\w.]+\}))/.test(provider);
  return isJson ? checkText(provider, options) : checkValue(provider, options);
}

/** The same for what can only be a JSON text: the content of a file. */
export function checkText(text, options = {}) {
  const { value, problems, places } = readJson(text, "provider");
  if (value === undefined) return finished({ problems, warnings: [], variables: [], credentials: [] });
  return checkValue(value, options, problems, places);
}

function checkValue(provider, options, problems = [], places = new Map()) {
  const note = (problem) => {
    // What could not be read is missing afterwards, which is no news.
    const isSame = (reason) => reason === problem.reason || problem.reason === "missing";
    const isKnown = problems.some(({ path, reason }) => path === problem.path && isSame(reason));
    if (!isKnown) problems.push(problem);
  };
  const original = profileOf(provider, note);
  const aliases = new Map();
  const mended = mendedProfile(structuredClone(original), note, options, aliases);
  const { variables, credentials } = mended ? wantedOf(mended, options) : { variables: [], credentials: [] };
  if (mended) judgeOptions(mended, options, note);
  const warnings = mended ? warningsOf(mended, options, { variables, credentials }) : [];
  return finished({ problems, warnings, variables, credentials }, places, aliases);
}

function finished({ problems, warnings, ...wanted }, places = new Map(), aliases = new Map()) {
  const placed = (list) =>
    list.map((problem) => ({ ...problem, ...(problem.line === undefined && placeOf(problem.path, places, aliases)) }))
      .sort((one, other) => (one.line ?? 0) - (other.line ?? 0) || (one.column ?? 0) - (other.column ?? 0));
  return { problems: placed(problems), warnings: placed(warnings), ...wanted };
}

/** Where a member stands in the text, or what is around it. */
function placeOf(path, places, aliases) {
  const written = [...aliases].findLast(([alias]) =>
    path === alias || /^[.[]/.test(path.slice(alias.length)) && path.startsWith(alias)
  );
  if (written) return placeOf(written[1] + path.slice(written[0].length), places, new Map());
  for (let at = path; at !== ""; at = at.replace(/(^|\.)[^.[]*$|\[\d+\]$/, "")) {
    if (places.has(at)) return places.get(at);
  }
  return undefined;
}

/** The profile as JSON has it: nothing that only JavaScript can hold. */
function profileOf(provider, note) {
  const isUrl = typeof provider?.href === "string" && provider.searchParams !== undefined;
  if (typeof provider === "string" || isUrl) return { token_endpoint: isUrl ? provider.href : provider };
  return plain(provider, "provider", 0, note);
}

function plain(value, path, depth, note) {
  // As the core knows it. A file cannot hold it.
  if (path === "provider.token" && typeof value === "function") return true;
  if (path === "provider.token" && value === true) {
    note({ path, reason: "expected a function, found true", remedy: FUNCTION });
    return true;
  }
  const refuse = (found) =>
    note({ path, reason: `expected a JSON value, found ${found}`, remedy: "a profile is JSON" });
  if (value === null || ["string", "boolean", "undefined"].includes(typeof value) || Number.isFinite(value)) {
    return value;
  }
  if (typeof value !== "object") {
    return refuse(typeof value === "number" ? "NaN or Infinity" : `a ${typeof value}`);
  }
  if (depth > MAX_DEPTH) return refuse("something that is nested too deeply");
  if (Array.isArray(value)) {
    return value.map((item, index) => plain(item, `${path}[${index}]`, depth + 1, note) ?? null);
  }
  const members = {};
  for (const name of Object.keys(value)) {
    let member;
    try {
      member = plain(value[name], `${path}.${name}`, depth + 1, note);
    } catch {
      note({ path: `${path}.${name}`, reason: "cannot be read", remedy: "a profile is JSON" });
    }
    const own = { value: member, enumerable: true, configurable: true, writable: true };
    if (member !== undefined) Object.defineProperty(members, name, own);
  }
  return members;
}
