import { setOf } from "../scope.js";

/** They shape the client, and not the token. */
const APART = ["patience", "timeout", "refreshMargin", "origins"];
/** For people, not for the protocol: a corrected link in a profile must not move a record. */
const PROSE = ["$schema", "documentation", "name"];
/** Not secret, and not rotated: with `options.name` these are what of the credentials still tells two clients apart. */
export const PUBLIC = ["client_id", "username"];

/**
 * What tells one record from another, as text; names are hashes of it. tests/vectors/stores.json has examples, which Rust reads too.
 *
 * It is the client's options as JSON, with these changes:
 * 1. Without `patience`, `timeout`, `refreshMargin`, `origins`; and, in a `provider` that is an object, without `$schema`,
 *    `documentation`, `name`.
 * 2. `scope`, if it is a string or an array of strings, becomes a set: split at spaces, empty parts left out, each once, sorted.
 *    If it is not among the options, it stays out: an empty set is another identity.
 * 3. `credentials` becomes the first of two. If a function gives them, there are none.
 *    With `name`, only `client_id` and `username` of them stay (none of both: no `credentials` at all), and `grant.password`
 *    is left out, so that a rotated secret does not move the record.
 * 4. The JSON is that of RFC 8785: no white space, members sorted by their UTF-16 code units, numbers and strings as
 *    ECMAScript writes them: of the shortest forms of a double the closest, of two as close the even one. A member that is
 *    undefined is left out; null stays.
 */
export function identityOf(json) {
  const options = JSON.parse(json);
  for (const name of APART) delete options[name];
  if (options.scope !== undefined) options.scope = setOf(options.scope);
  const { provider, grant, name } = options;
  if (isObject(provider)) options.provider = without(provider, PROSE);
  const credentials = firstOf(options);
  options.credentials = name === undefined ? credentials : publicOf(credentials);
  if (name !== undefined && isObject(grant)) options.grant = without(grant, ["password"]);
  return canonical(options);
}

/** The first credentials of the options, undefined if a function gives them. */
export function firstOf({ credentials }) {
  return Array.isArray(credentials) ? credentials[0] : credentials;
}

function publicOf(credentials) {
  const names = PUBLIC.filter((name) => credentials?.[name] !== undefined);
  return names.length > 0 ? Object.fromEntries(names.map((name) => [name, credentials[name]])) : undefined;
}

function without(object, names) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}

function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** RFC 8785 of what JSON.parse returned. */
export function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const names = Object.keys(value).filter((name) => value[name] !== undefined).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(",")}}`;
}
