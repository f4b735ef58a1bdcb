// What one click does about a problem: the text of the profile, mended. The package says what is wrong and what was meant.
import { readJson } from "../../pkg/check/json.js";
import { capturedBy } from "../../pkg/check/names.js";
import { isObject, locate, put, takeAway } from "../../pkg/check/places.js";
import { remedyFor } from "../../pkg/check/remedies.js";
import { literalSecrets } from "../../pkg/check/warnings.js";
import { nearest } from "../../pkg/check/spelling.js";
import { fragmentOf } from "../../pkg/cli/problems.js";
import { formatJson, inline } from "./format.mjs";

const MAX_LABEL = 64;

/** What a text says, as far as it can be read; `undefined`: it comes to no end. */
export const valueOf = (text) => readJson(text, "provider").value;

/** The text with these members, by their path: what a problem, a finding or a quirk calls `set`. */
export function withSet(text, set) {
  return changed(text, (profile) => Object.entries(set).forEach(([path, value]) => put(profile, path, value)));
}

/** The text as JSON, without what is none: comments, a comma too many, the wrong quotes. */
export const rewritten = (text) => changed(text, () => {});

/** `[{ label, apply }]`, the likeliest first; `apply(text)` returns the mended text. */
export const mendsOf = (problem, text) => mendsWith(problem, readJson(text, "provider"));

/** The same, where the text was read already: `read` is what `readJson` returned. */
export function mendsWith(problem, { value, problems }) {
  if (!isObject(value)) return [];
  const isSyntax = problems.some(({ reason, line, column }) =>
    reason === problem.reason && line === problem.line && column === problem.column
  );
  if (isSyntax) return [{ label: "Rewrite as JSON", apply: rewritten }];
  return mendsIn(problem, { provider: value });
}

function mendsIn(problem, root) {
  const { path, reason, set } = problem;
  const found = locate(root, path);
  const secret = literalSecrets(safe(root.provider)).find((one) => one.path === path);
  if (secret && /seems to contain a secret/.test(reason)) return [unliteral(secret)];
  if (set) return [{ label: short(`Write ${fragmentOf(set)}`), apply: (text) => withSet(text, set) }];
  if (reason === "missing") return [missing(path)];
  if (!found?.exists) return [];
  const { rename, guess, remedy } = remedyFor(problem, root);
  if (rename !== undefined && !Object.hasOwn(found.parent, rename)) return [renamed(path, rename)];
  if (guess !== undefined) return [written(path, guess)];
  const misspelt = misspeltName(reason, found.value, root.provider);
  if (misspelt) return [written(path, misspelt)];
  const word = /^write ("[^"]*")/.exec(problem.remedy)?.[1];
  if (word && /^expected/.test(reason)) return [written(path, JSON.parse(word))];
  if (/belongs at the top/.test(remedy)) return [moved(path, found.key), removed(path)];
  if (/^unknown member|found null|remove (it|the|")|comes from the issuer/.test(`${reason} ${remedy}`)) {
    return [removed(path)];
  }
  return [];
}

/** What the package looks through has to have the shape of a profile. */
function safe(profile) {
  const steps = Array.isArray(profile.steps) ? profile.steps : [];
  return { ...profile, steps };
}

/** A template that names what nobody captures, though something of nearly that name is captured. */
function misspeltName(reason, text, profile) {
  const [, name] = /^uses \{(.+)\}, which/.exec(reason) ?? [];
  if (!name || typeof text !== "string") return undefined;
  const near = nearest(name, [...capturedBy(profile).keys()]);
  return near && text.replaceAll(`{${name}}`, `{${near}}`).replaceAll(`{+${name}}`, `{+${near}}`);
}

const written = (path, value) => ({
  label: short(`Write ${inline(value)}`),
  apply: (text) => at(text, path, ({ parent, key }) => parent[key] = value),
});

const renamed = (path, name) => ({
  label: `Rename to "${name}"`,
  apply: (text) => at(text, path, ({ parent, key }) => replaceKey(parent, key, name)),
});

const removed = (path) => ({
  label: "Remove it",
  apply: (text) => changed(text, (profile) => takeAway({ provider: profile }, path)),
});

const moved = (path, name) => ({
  label: "Move it to the top",
  apply: (text) =>
    changed(text, (profile) => {
      const { value } = locate({ provider: profile }, path);
      takeAway({ provider: profile }, path);
      put(profile, name, value);
    }),
});

function missing(path) {
  const name = path.replace(/^provider\./, "");
  const value = name.endsWith("token_endpoint") ? "https://login.example.com/oauth/token" : "";
  return { label: short(`Write "${name}"`), apply: (text) => withSet(text, { [name]: value }) };
}

function unliteral({ path, name, query }) {
  const template = `{${name.replace(/[^A-Za-z0-9_.]+/g, "_").toLowerCase()}}`;
  const apply = (text) =>
    at(text, path, ({ parent, key, value }) => {
      parent[key] = query === undefined ? template : value.replace(query, template);
    });
  return { label: `Write ${template}`, apply };
}

/** In the place that the old name has among its neighbours. */
function replaceKey(parent, key, name) {
  const entries = Object.entries(parent).map(([one, value]) => [one === key ? name : one, value]);
  for (const one of Object.keys(parent)) delete parent[one];
  for (const [one, value] of entries) put(parent, one, value);
}

function at(text, path, change) {
  return changed(text, (profile) => {
    const found = locate({ provider: profile }, path);
    if (found?.exists) change(found);
  });
}

function changed(text, change) {
  const profile = valueOf(text);
  if (!isObject(profile)) return text;
  change(profile);
  return formatJson(profile);
}

const short = (label) => label.length > MAX_LABEL ? `${label.slice(0, MAX_LABEL - 1)}…` : label;
