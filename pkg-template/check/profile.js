// What is wrong with a profile: everything, not just the first thing. The core judges; what it complains of is noted, mended or
// taken away in a copy, and the copy is judged again.
import { complaintOf, insecureOf } from "./complaints.js";
import { capturedBy, namesIn, templatesOf, wantedBy } from "./names.js";
import { isObject, locate, requestOf, tableOf, takeAway } from "./places.js";
import { remedyFor } from "./remedies.js";
import { nearest } from "./spelling.js";

/** So many things are looked for. */
const MAX_ROUNDS = 60;
/** Enough to see what an environment's values do. */
const MAX_ENVIRONMENTS = 20;
/** What the core says once it is content with the profile itself. */
const SENTINEL = { credentials: [{}, {}, {}] };
const STAND_IN_URL = "https://stand-in.invalid";
/** What other members' sense depends on: once one of these had to go, a contradiction means nothing. */
const DECISIVE =
  /\.(token_endpoint_auth_method|token_endpoint_method|request_format|assertion|expiry|error_when|retry_after)\b/;

/**
 * `note(problem)` is told of each problem; returns the profile without them, as far as it can be mended, or `undefined` where
 * nothing is left to judge. `aliases` gets the path that a member had before it was called by its name.
 */
export function mendedProfile(profile, note, options, aliases) {
  const root = { provider: profile, aliases };
  return judgeShape(root, note) && judgeKeys(root.provider, note) && judgeOrder(root.provider, note) &&
      judgeRequests(root, note, options)
    ? root.provider
    : undefined;
}

/** Unknown members, wrong types, contradictions. */
function judgeShape(root, note) {
  const gone = new Set();
  let before;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const complaint = complaintOf({ provider: root.provider, ...SENTINEL });
    if (!complaint || !complaint.path.startsWith("provider")) return true;
    const said = JSON.stringify(complaint);
    if (said === before || complaint.path === "provider") {
      if (said !== before) note(problemOf(complaint, remedyFor(complaint, root)));
      return false;
    }
    before = said;
    const remedy = remedyFor(complaint, root);
    const place = requestOf(complaint.path);
    if (!remedy.isContradiction || !gone.has(place)) note(problemOf(complaint, remedy));
    if (!mend(root, complaint, remedy)) return false;
    if (remedy.guess === undefined && remedy.rename === undefined && DECISIVE.test(complaint.path)) gone.add(place);
  }
  return false;
}

function problemOf({ path, reason }, { remedy, set }) {
  return { path, reason, remedy, ...(set && { set }) };
}

/** Puts what was meant in the place of what is wrong, or takes that away. */
function mend(root, { path, reason }, { guess, rename, isContradiction, set }) {
  const found = locate(root, path);
  if (rename !== undefined && found?.exists && !Object.hasOwn(found.parent, rename)) {
    found.parent[rename] = found.value;
    delete found.parent[found.key];
    root.aliases.set(path.slice(0, path.length - String(found.key).length) + rename, path);
    return true;
  }
  if (guess !== undefined && found?.exists && guess !== found.value) {
    found.parent[found.key] = guess;
    return true;
  }
  if (reason.startsWith('assertion.use is "access_token"')) return takeAway(root, path);
  if ((path.endsWith("token_endpoint") || path === "provider.issuer") && found) {
    found.parent[found.key] = STAND_IN_URL;
    return true;
  }
  if (isContradiction) return resolve(root, path, set);
  return takeAway(root, path);
}

/** One of two members that contradict each other goes; what a refresh has from the profile is switched off there. */
function resolve(root, path, set) {
  const shape = locate(root, requestOf(path))?.value;
  if (!isObject(shape)) return false;
  if (path.endsWith("request_format")) {
    shape.request_format = "query";
    return true;
  }
  if (/\.assertion\.use$/.test(path)) {
    shape.assertion = null;
    if (set && Object.values(set)[0] === "client_assertion") shape.token_endpoint_auth_method = "none";
    return true;
  }
  if (/\.response\.expiry\.seconds$/.test(path)) {
    shape.response = { ...shape.response, expiry: {} };
    return true;
  }
  return takeAway(root, path);
}

/** A key is a credential's name, or a template. */
function judgeKeys(profile, note) {
  const requests = [[profile, "provider"], [profile.refresh, "provider.refresh"]];
  profile.steps?.forEach((step, index) => requests.push([step, `provider.steps[${index}]`]));
  for (const [shape, path] of requests) {
    const key = shape?.assertion?.key;
    if (key === undefined || /^[A-Za-z0-9_.]+$/.test(key)) continue;
    if (namesIn(key).length > 0) continue;
    const reason = "expected the name of a credential (letters, digits, `_` and `.`), or a template of several";
    note({ path: `${path}.assertion.key`, reason, remedy: 'write "private_key"' });
    shape.assertion.key = "private_key";
  }
  return true;
}

/** Steps that name what is captured later only, or by themselves. */
function judgeOrder(profile, note) {
  const captured = capturedBy(profile);
  const { defaults = {} } = profile;
  for (const { path, text, order } of templatesOf(profile)) {
    for (const name of namesIn(text)) {
      const first = captured.get(name);
      if (first === undefined || first < order || Object.hasOwn(defaults, name)) continue;
      const steps = profile.steps?.length ?? 0;
      const by = first === order
        ? "this request captures"
        : `${first < steps ? `step ${first + 1}` : "the token request"}, which is sent later, captures`;
      const earlier = name === "access_token"
        ? "there is no token before it"
        : `put the request that captures ${name} before it`;
      note({ path, reason: `uses {${name}}, which only ${by}`, remedy: earlier });
      // What nobody captures in time is judged as if someone gave it.
      profile.defaults = { ...profile.defaults, [name]: "stand-in" };
    }
  }
  const { environments } = profile;
  const chosen = defaults.environment;
  if (
    environments && chosen !== undefined && Object.keys(environments).length > 0 && !Object.hasOwn(environments, chosen)
  ) {
    const names = Object.keys(environments);
    note({
      path: "provider.defaults.environment",
      reason: `expected ${names.join(" | ")}`,
      remedy: `write ${JSON.stringify(nearest(chosen, names) ?? names[0])}`,
    });
    profile.defaults = { ...profile.defaults, environment: names[0] };
  }
  return true;
}

/** What only shows once the templates are filled in: URLs, headers, names that nobody can know. */
function judgeRequests(root, note, options) {
  for (const environment of environmentsOf(root.provider)) {
    let before;
    for (let round = 0;; round += 1) {
      const stands = standIns(root.provider, environment);
      const all = { provider: root.provider, ...stands, allowInsecure: insecureOf(options) };
      const complaint = withOwnPath(root.provider, complaintOf(all));
      if (!complaint) break;
      const said = JSON.stringify(complaint);
      if (round >= MAX_ROUNDS || said === before || !complaint.path.startsWith("provider.")) {
        if (said !== before) note({ ...complaint, remedy: "see this member in providers/schema.json" });
        return false;
      }
      before = said;
      const remedy = remedyFor(complaint, root);
      const problem = problemOf(complaint, withNames(root.provider, complaint, remedy));
      note(
        isOf(environment, root, complaint.path)
          ? { ...problem, reason: `${problem.reason} (environment ${environment})` }
          : problem,
      );
      if (!mend(root, complaint, remedy)) return false;
    }
  }
  return true;
}

/** A credential that is no good though it only stands in for one: then the profile's own text around it is not. */
function withOwnPath(profile, complaint) {
  const [, member] = /^credentials\.(client_id|client_secret)$/.exec(complaint?.path ?? "") ?? [];
  if (!member) return complaint;
  const isBad = (text) =>
    typeof text === "string" && (/control/.test(complaint.reason) ? hasControl(text) : text.includes(":"));
  const places = [[profile.defaults, "provider.defaults"], [profile, "provider"], [
    profile.refresh,
    "provider.refresh",
  ]];
  profile.steps?.forEach((step, index) => places.push([step, `provider.steps[${index}]`]));
  const place = places.find(([shape]) => isBad(shape?.[member]));
  return place ? { ...complaint, path: `${place[1]}.${member}` } : complaint;
}

// deno-lint-ignore no-control-regex
const hasControl = (text) => /[\u0000-\u001f\u007f-\u009f]/.test(text);

/** Whether a template names what the environment sets. */
function isOf(environment, root, path) {
  const text = locate(root, path)?.value;
  const set = root.provider.environments?.[environment];
  return typeof text === "string" && set !== undefined && namesIn(text).some((name) => Object.hasOwn(set, name));
}

/** A name that is no one's may be another's, misspelt. */
function withNames(profile, { reason }, remedy) {
  const [, name] = /^uses \{(.+)\}, which/.exec(reason) ?? [];
  if (name === "access_token") {
    return { remedy: "no earlier request returns a token: remove it, or add a step that returns one" };
  }
  const near = name && nearest(name, [...capturedBy(profile).keys()]);
  return near ? { remedy: `is {${near}} meant?` } : remedy;
}

function environmentsOf(profile) {
  const names = Object.keys(profile.environments ?? {});
  return names.length > 0 ? names.slice(0, MAX_ENVIRONMENTS) : [undefined];
}

/** A value for each name that someone has to give: `{ variables, credentials }`. */
export function standIns(profile, environment) {
  const variables = tableOf({}), credentials = tableOf({});
  const urls = templatesOf(profile).filter(({ isUrl }) => isUrl).map(({ text }) => text);
  const { defaults = {}, environments = {} } = profile;
  const chosen = environment === undefined ? {} : environments[environment] ?? {};
  for (const { name, isCredential } of wantedBy(profile).values()) {
    if (name === "environment" && environment !== undefined) variables.environment = environment;
    else if (isCredential) credentials[name] = standInFor(name, urls);
    else if (!Object.hasOwn(defaults, name) && !Object.hasOwn(chosen, name)) variables[name] = standInFor(name, urls);
  }
  return { variables, credentials };
}

function standInFor(name, urls) {
  const template = new RegExp(`(^|.)\\{\\+?${name.replaceAll(".", "\\.")}\\}`);
  for (const url of urls) {
    const found = template.exec(url);
    if (found?.[1] === "") return STAND_IN_URL;
    if (found?.[1] === ":") return "443";
  }
  return "stand-in";
}
