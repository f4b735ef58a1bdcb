// A call's provider, judged, with what the command line and the environment give it.
import { looksSecret } from "../check/names.js";
import { tableOf } from "../check/places.js";
import { checkText } from "../check.js";
import { checkProvider } from "../core.js";
import { OF_A_PROVIDER, secretRefused } from "./arguments.js";
import { quoted } from "./curl.js";
import { environmentName, keyOf, readEnvironment } from "./environment.js";
import { Failure } from "./failure.js";
import { linesOf } from "./problems.js";
import { hide, redact, secretsIn } from "./redact.js";
import { readSource } from "./source.js";
import { takeStore } from "./store.js";
import { clean } from "./streams.js";

/**
 * `{ kind, label, provider, check, values, options, store, missing }`: `check` is what `checkProvider` found; `values` where each
 * wanted name has its value from, by name; `options` those of `createClient`; `store` that of `takeStore`; `missing` the names that
 * it will not do without.
 */
export async function prepare({ words, options: given }) {
  const source = await readSource(words[0], given);
  const judge = (options) =>
    source.text === undefined ? checkProvider(source.provider, options) : checkText(source.text, options);
  const allowInsecure = given["allow-insecure"];
  const bare = judge({ allowInsecure });
  const environment = readEnvironment(given["env-file"]);
  const store = takeStore(given, environment, [...bare.variables, ...bare.credentials].map(({ name }) => name));
  const values = valuesFor(bare, environment, given);
  const options = { ...optionsOf(given), ...spread(bare, values), ...(allowInsecure && { allowInsecure }) };
  hide(secretsIn(options.credentials));
  const check = judge({ ...options, credentials: { ...strangers(bare, environment), ...options.credentials } });
  const provider = source.text === undefined ? source.provider : parsed(source.text);
  // A request that proves nothing at all is not worth sending, though each credential by itself may be left out.
  const isBare = check.credentials.length > 0 && check.credentials.every(({ given }) => !given) &&
    !isDiscovered(provider);
  const wanted = [
    ...check.variables,
    ...check.credentials.map((one) => ({ ...one, required: one.required || isBare })),
  ];
  const missing = wanted.filter(({ required, given }) => required && !given).map(({ name }) => name);
  return {
    kind: source.kind,
    label: source.label,
    file: source.file,
    provider,
    check,
    values,
    options: { provider, ...options },
    store,
    missing,
    toCheck: checkOf(source, words, given),
  };
}

/** The command that says more of the same. */
function checkOf({ kind, label }, [word], given) {
  const isOfServer = kind === "endpoint" || kind === "issuer";
  const provider = kind === "issuer" ? [] : [isOfServer ? label : word];
  const options = Object.keys(OF_A_PROVIDER).filter((name) => given[name] !== undefined).flatMap((name) =>
    [given[name]].flat().flatMap((value) =>
      value === true ? [`--${name}`] : [`--${name}`, name === "issuer" ? label : value]
    )
  );
  return ["bearerkit check", ...[...provider, ...options].map((text) => quoted(redact(text)))].join(" ");
}

/** Ends the command where the provider cannot be used: what is wrong with it, or what is missing. */
export function insist({ check, missing, label, toCheck }) {
  if (check.problems.length > 0) {
    throw new Failure(`${clean(label)} cannot be used as it is`, {
      code: "ERR_PROFILE",
      further: check.problems.flatMap(linesOf),
      about: { problems: check.problems },
    });
  }
  if (missing.length === 0) return;
  const isVariable = (name) => check.variables.some((variable) => variable.name === name);
  const ways = missing.map((name) =>
    isVariable(name) ? `${environmentName(name)} (or --variable ${name}=…)` : environmentName(name)
  );
  const listed = new Intl.ListFormat("en-GB");
  throw new Failure(`${listed.format(missing)} ${missing.length > 1 ? "are" : "is"} missing`, {
    code: "ERR_OPTIONS",
    remedy: `Set ${listed.format(ways)}.`,
    further: [`  What they are for: ${toCheck}`],
    about: { missing: missing.map((name) => ({ name, environment: environmentName(name) })) },
  });
}

const isDiscovered = (provider) => provider?.issuer !== undefined;

/** The names that are left out, as the environment calls them: a request may be refused for want of them. */
export const leftOut = ({ check, provider }) =>
  [...check.variables, ...check.credentials]
    .filter((one) => !one.required && !one.given && one.default === undefined)
    // What an issuer's metadata choose from is not all wanted.
    .filter(({ paths }) => !isDiscovered(provider) || paths.some((path) => path !== "provider.issuer"))
    .map(({ name }) => environmentName(name));

/** Does something with a client. Where there is no token, what was left out may be why, and `check` says more. */
export async function trying(prepared, operation) {
  try {
    return await operation();
  } catch (error) {
    const names = leftOut(prepared);
    if (error?.code === "ERR_REFUSED" && names.length > 0) {
      error.remedy ??= `Not set and left out: ${names.join(", ")}.`;
    }
    // Whoever wants to be left alone is not asked again.
    if (error?.name === "AuthError" && !["ERR_RATE_LIMITED", "ERR_ORIGIN"].includes(error.code)) {
      error.further = [`  What is sent, what comes back, and what to do: ${prepared.toCheck}`];
      error.about = { check: prepared.toCheck };
    }
    throw error;
  }
}

function parsed(text) {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    // It is among the problems.
    return undefined;
  }
}

/** Name -> `{ value, from }`; `from`: "command line", "environment", or an environment variable that is "empty". */
function valuesFor({ variables, credentials }, environment, given) {
  const said = pairsOf(given.variable, "--variable", variables);
  for (const name of Object.keys(said)) {
    const isVariable = variables.some((variable) => variable.name === name);
    const isCredential = credentials.some((credential) => credential.name === name);
    if (isCredential || (!isVariable && looksSecret(name))) throw secretRefused([name]);
  }
  const values = new Map(Object.entries(said).map(([name, value]) => [name, { value, from: "command line" }]));
  for (const { name, isKey } of [...variables, ...credentials]) {
    const value = environment.get(environmentName(name));
    if (value === undefined || values.has(name)) continue;
    if (value === "") values.set(name, { value, from: "empty" });
    else values.set(name, { value: isKey || name === "private_key" ? keyOf(value, name) : value, from: "environment" });
  }
  return values;
}

/**
 * What comes from the environment may be secret, whatever it is called: it goes among the credentials, which are shown
 * nowhere, unless only a variable will do.
 */
function spread({ variables, credentials }, values) {
  const spread = { variables: tableOf({}), credentials: tableOf({}) };
  for (const [name, { value, from }] of values) {
    if (from === "empty") continue;
    const isCredential = credentials.some((credential) => credential.name === name);
    const variable = variables.find((one) => one.name === name);
    const isOpen = from === "command line" || variable?.inUrl || variable?.values || variable?.default !== undefined;
    spread[isCredential || !isOpen ? "credentials" : "variables"][name] = value;
  }
  const { variables: named, credentials: secret } = spread;
  // Options without variables and with none of them have different records in a shared store.
  return { ...(Object.keys(named).length > 0 && { variables: named }), credentials: secret };
}

/** What else is in the environment: a name that is misspelt, or what another kind of request would want. Its value is nobody's. */
function strangers({ variables, credentials }, environment) {
  const known = [...variables, ...credentials].map(({ name }) => environmentName(name));
  const found = {};
  for (const [name, value] of environment) {
    if (!known.includes(name) && value !== "") found[name.slice(environmentName("").length).toLowerCase()] = "-";
  }
  return found;
}

function optionsOf({ scope, resource, parameter, timeout }) {
  const one = (list) => list.length === 1 ? list[0] : list;
  const parameters = pairsOf(parameter, "--parameter");
  for (const [name, value] of Object.entries(parameters)) {
    if (looksSecret(name)) throw secretRefused([name]);
    if (/^eyJ[\w-]+\.[\w-]+\.|-----BEGIN /.test(value)) throw secretRefused([name]);
  }
  const seconds = Number(timeout);
  if (timeout !== undefined && !(seconds > 0)) throw new Failure("--timeout needs a number of seconds above 0");
  return {
    ...(scope && { scope: one(scope) }),
    ...(resource && { resource: one(resource) }),
    ...(parameter && { parameters }),
    ...(timeout !== undefined && { timeout: seconds }),
    // Nobody waits at a terminal for a cooldown of one call's own.
    patience: 0,
  };
}

/** `known`: what may be repeated of a pair that is none; anything else may be a secret. */
function pairsOf(list = [], option, known = []) {
  const pairs = {};
  for (const [index, pair] of list.entries()) {
    const at = pair.indexOf("=");
    if (!/^[\w.-]+$/.test(pair.slice(0, Math.max(at, 0)))) {
      const isKnown = known.some(({ name }) => name === pair);
      const which = isKnown ? `${option} ${pair}` : list.length > 1 ? `${option} number ${index + 1}` : option;
      throw new Failure(`${which}: expected name=value`, { remedy: `Write ${option} ${isKnown ? pair : "NAME"}=…` });
    }
    pairs[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return pairs;
}
