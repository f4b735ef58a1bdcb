// What whoever uses a profile has to give, and what of it is there.
import { complaintOf, insecureOf } from "./complaints.js";
import { wantedBy } from "./names.js";
import { isObject } from "./places.js";
import { standIns } from "./profile.js";

/** `{ variables, credentials }`, each `{ name, required, given, paths, … }`. */
export function wantedOf(profile, options) {
  const { defaults = {}, environments = {} } = profile;
  const chosen = options.variables?.environment ?? defaults.environment ?? Object.keys(environments)[0];
  const all = standIns(profile, chosen);
  const variables = [], credentials = [];
  for (const { name, paths, isCredential, isImplied, isKey, inUrl } of wantedBy(profile).values()) {
    const given = isGiven(name, options);
    const hasDefault = Object.hasOwn(defaults, name);
    const required = !hasDefault && (isImplied || isMissed(profile, all, name, options));
    if (isCredential) credentials.push({ name, required, given, isKey, paths });
    else {
      variables.push({
        name,
        required,
        given,
        ...(hasDefault && { default: defaults[name] }),
        ...(isChoice(name, environments) && { values: Object.keys(environments) }),
        inUrl,
        paths,
      });
    }
  }
  return { variables, credentials };
}

/** The variable that chooses among the profile's environments. */
const isChoice = (name, environments) => name === "environment" && Object.keys(environments).length > 0;

/** Whether the core asks for it where it is the only one that is not there. */
function isMissed(profile, { variables, credentials }, name, options) {
  const without = ({ [name]: _, ...rest }) => rest;
  const all = {
    provider: profile,
    variables: without(variables),
    credentials: without(credentials),
    allowInsecure: insecureOf(options),
  };
  return complaintOf(all) !== null;
}

/** Whether a variable or a credential of that name is among the options. What a function knows counts as given. */
export function isGiven(name, { variables, credentials }) {
  if (typeof credentials === "function") return true;
  const sets = [variables, ...(Array.isArray(credentials) ? credentials : [credentials])];
  return sets.some((set) => hasValue(set, name));
}

export const hasValue = (set, name) =>
  isObject(set) && Object.hasOwn(set, name) && set[name] !== "" && set[name] != null;
