// What the templates of a profile name, and which of it are secrets.
import { isObject, tableOf, within } from "./places.js";

const TEMPLATE = /\{\+?([A-Za-z0-9_.]{1,64})\}/g;
const BUILT_IN = ["access_token", "refresh_token", "scope", "token_endpoint", "uuid"];
/** The dates of a JWT, where a claim is nothing else. */
const DATES = ["{iat}", "{exp}"];
/** What the standards call so is a credential, though an id is no secret. */
const STANDARD = ["client_id", "client_secret", "username", "password", "private_key", "refresh_token", "api_key"];
const SECRET_WORDS = /^(secret|password|passwd|passphrase|passcode|pass|pwd|pin|otp|credentials?|apikey|jwt|cookie)$/;
const SECRET_ENDINGS = /^(key|token|private|assertion|signature|authorization)$/;

/** The names that a text's templates have. */
export const namesIn = (text) => [...text.matchAll(TEMPLATE)].map((match) => match[1]);

/** Whether what has this name is not for everyone's eyes. */
export function looksSecret(name) {
  if (STANDARD.includes(name)) return true;
  const words = name.split(/[^A-Za-z0-9]+|(?<=[a-z0-9])(?=[A-Z])/).filter(Boolean).map((word) => word.toLowerCase());
  return words.some((word) => SECRET_WORDS.test(word)) || SECRET_ENDINGS.test(words.at(-1) ?? "");
}

/**
 * Every template of a profile: `{ path, text, order, isUrl }`. `order` is that of the requests: the steps from 0 on, then the
 * token request, then (Infinity) what comes after a token.
 */
export function templatesOf(profile) {
  const found = [];
  const add = (path, value, order, isUrl = false) => {
    if (typeof value === "string") found.push({ path, text: value, order, isUrl });
    else if (isObject(value)) {
      for (const [name, member] of Object.entries(value)) {
        add(Array.isArray(value) ? `${path}[${name}]` : within(path, name), member, order, isUrl);
      }
    }
  };
  const request = (path, shape, order, whole = shape) => {
    if (!isObject(shape)) return;
    add(`${path}.token_endpoint`, shape.token_endpoint, order, true);
    for (const member of ["grant_type", "parameters", "headers"]) add(`${path}.${member}`, shape[member], order);
    for (const member of usedCredentials(whole)) add(`${path}.${member}`, shape[member], order);
    add(`${path}.assertion.header`, shape.assertion?.header, order);
    add(`${path}.assertion.claims`, withoutDates(shape.assertion?.claims), order);
    if (namesIn(shape.assertion?.key ?? "").length > 0) add(`${path}.assertion.key`, shape.assertion.key, order);
    add(`${path}.assertion.token`, shape.assertion?.token, order);
  };
  add("provider.issuer", profile.issuer, -1, true);
  const steps = Array.isArray(profile.steps) ? profile.steps : [];
  steps.forEach((step, index) => request(`provider.steps[${index}]`, step, index));
  request("provider", profile, steps.length);
  request("provider.refresh", profile.refresh, Infinity, refreshOf(profile));
  for (const member of ["revocation_endpoint", "introspection_endpoint", "authorization_endpoint"]) {
    add(`provider.${member}`, profile[member], Infinity, true);
  }
  add("provider.resource_request.headers", profile.resource_request?.headers, Infinity);
  add("provider.resource_request.query", profile.resource_request?.query, Infinity);
  add("provider.resource_request.origins", profile.resource_request?.origins, Infinity, true);
  return found;
}

function withoutDates(claims) {
  if (!isObject(claims)) return claims;
  return Object.fromEntries(Object.entries(claims).filter(([, claim]) => !DATES.includes(claim)));
}

/** The issuer itself, unless it is made of a variable of that name. */
const isIssuer = (name, { issuer }) =>
  name === "issuer" && typeof issuer === "string" && !namesIn(issuer).includes("issuer");

/** The requests of a profile, each with the path of what it has of its own. */
function requestsOf(profile) {
  const steps = (profile.steps ?? []).map((step, index) => [step, `provider.steps[${index}]`]);
  return [[profile, "provider"], ...steps, [refreshOf(profile), "provider.refresh"]];
}

/** A refresh request: the profile's own, with what it has otherwise. */
function refreshOf(profile) {
  const { refresh = {} } = profile;
  const { assertion: inherited, grant_type: _, parameters: __, ...base } = profile;
  // One that authenticates in another way leaves the assertion behind, and so does one whose assertion was the grant.
  const isLeft = refresh.token_endpoint_auth_method !== undefined || inherited?.use === "grant";
  return { ...base, ...(!isLeft && { assertion: inherited }), ...refresh };
}

const authMethod = (shape) => shape?.token_endpoint_auth_method ?? "client_secret_basic";

/** Whether the JWT that the client signs is the token: then there is no request. */
export const isMinted = (shape) => shape?.assertion?.use === "access_token";

/** Which of the members `client_id` and `client_secret` a request makes use of. */
function usedCredentials(shape) {
  const method = authMethod(shape);
  if (isMinted(shape)) return [];
  if (method.startsWith("client_secret_") && method !== "client_secret_jwt") return ["client_id", "client_secret"];
  return method === "none" && typeof shape.client_id !== "string" ? [] : ["client_id"];
}

/** Whether the issuer's metadata say how the client authenticates: what serves depends on what is given. */
const isDiscovered = (shape) => shape.issuer !== undefined && shape.token_endpoint_auth_method === undefined;

/** What signs the JWT of a request: `{ name, alg }`; `undefined`: there is none. */
function signerOf({ assertion, ...shape }) {
  const method = authMethod(shape);
  if (assertion?.token !== undefined || (!method.endsWith("_jwt") && !isObject(assertion))) return undefined;
  const isSecret = method === "client_secret_jwt";
  const { key = isSecret ? "client_secret" : "private_key", alg = isSecret ? "HS256" : "RS256" } = assertion ?? {};
  return { name: key, alg, names: namesIn(key).length > 0 ? namesIn(key) : [key] };
}

/** One for each type of key. */
const DISCOVERED = ["RS256", "ES256", "ES384", "ES512", "EdDSA"];

/** The keys that sign, with the algorithms of which they have to do one: `[{ name, algorithms }]`. */
export function keysOf(profile) {
  return requestsOf(profile).flatMap(([shape]) => {
    const signer = signerOf(shape);
    // A key that is made of several credentials, or written in another way, is looked at by the core.
    if (signer && (shape.assertion?.key_encoding ?? signer.names[0] !== signer.name)) return [];
    if (signer) return [{ name: signer.name, algorithms: [signer.alg] }];
    return isDiscovered(shape) ? [{ name: "private_key", algorithms: DISCOVERED }] : [];
  });
}

const OF_GRANT = tableOf({
  password: ["username", "password"],
  refresh_token: ["refresh_token"],
  "urn:ietf:params:oauth:grant-type:token-exchange": ["subject_token"],
  "urn:ietf:params:oauth:grant-type:jwt-bearer": ["assertion"],
  "urn:ietf:params:oauth:grant-type:saml2-bearer": ["assertion"],
});

/** What the authentication and the grant want, whatever the templates say: `[name, where, isOpen]`. */
function impliedBy(shape, path) {
  const implied = [];
  for (const member of isDiscovered(shape) ? ["client_id"] : usedCredentials(shape)) {
    const template = shape[member] === undefined ? `{${member}}` : shape[member];
    if (typeof template === "string") namesIn(template).forEach((name) => implied.push([name, `${path}.${member}`]));
  }
  const signer = signerOf(shape);
  for (const name of signer?.names ?? []) implied.push([name, `${path}.assertion.key`]);
  // A JWT of nobody's proves nothing. Whose it is, is no secret.
  const own = signer && authMethod(shape).endsWith("_jwt") ? "{client_id}" : undefined;
  const { iss = own } = shape.assertion?.claims ?? {};
  if (typeof iss === "string") {
    namesIn(iss).forEach((name) => implied.push([name, `${path}.assertion.claims.iss`, true]));
  }
  const ofGrant = shape.assertion?.use === "grant" ? [] : OF_GRANT[shape.grant_type] ?? [];
  const isSaid = (name) => Object.hasOwn(shape.parameters ?? {}, name);
  ofGrant.filter((name) => !isSaid(name)).forEach((name) => implied.push([name, `${path}.grant_type`]));
  return implied;
}

/** The names that answers bring: name -> the first step that captures it (the token request: the number of steps). */
export function capturedBy(profile) {
  const captured = new Map();
  const steps = Array.isArray(profile.steps) ? profile.steps : [];
  const note = (name, order) => captured.has(name) || captured.set(name, order);
  [...steps, profile].forEach((shape, order) => {
    const isStep = order < steps.length;
    for (const name of [...Object.keys(shape?.response?.capture ?? {}), ...(isStep ? ["access_token"] : [])]) {
      note(name, order);
      if (isStep) note(`step${order + 1}.${name}`, order);
    }
  });
  return captured;
}

/**
 * What whoever uses the profile has to give, or may: name -> `{ name, paths, isCredential, isImplied, isKey, inUrl }`.
 * `isImplied`: the authentication or the grant makes no sense without it.
 */
export function wantedBy(profile) {
  const wanted = new Map();
  const captured = capturedBy(profile);
  const { defaults = {}, environments = {} } = profile;
  const isSet = (name) =>
    Object.hasOwn(defaults, name) || Object.values(environments).some((one) => Object.hasOwn(one, name));
  const entry = (name, path) => {
    if (!wanted.has(name)) {
      const isCredential = looksSecret(name) && !isSet(name);
      wanted.set(name, { name, paths: [], isCredential, isImplied: false, isKey: false, inUrl: false });
    }
    const found = wanted.get(name);
    // A refresh has most of what it needs from the profile.
    const isInherited = path.startsWith("provider.refresh.") && found.paths.length > 0;
    if (!found.paths.includes(path) && !isInherited) found.paths.push(path);
    return found;
  };
  if (Object.keys(environments).length > 0) entry("environment", "provider.environments");
  requestsOf(profile).forEach(([shape, place]) => {
    for (const [name, path, isOpen] of impliedBy(shape, place)) {
      const found = entry(name, path);
      found.isImplied = true;
      found.isCredential ||= !isOpen && !isSet(name);
      if (path.endsWith(".assertion.key")) found.isKey = true;
    }
  });
  if (isDiscovered(profile)) {
    entry("client_secret", "provider.issuer").isCredential = true;
    Object.assign(entry("private_key", "provider.issuer"), { isCredential: true, isKey: true });
  }
  for (const { path, text, order, isUrl } of templatesOf(profile)) {
    for (const name of namesIn(text)) {
      // A refresh token comes with the token, unless the first request shows one.
      const isBuiltIn = BUILT_IN.includes(name) && (name !== "refresh_token" || order === Infinity);
      if (isBuiltIn || isIssuer(name, profile) || captured.has(name)) continue;
      const found = entry(name, path);
      found.inUrl ||= isUrl;
    }
  }
  // What each environment sets nobody has to give.
  const sets = Object.values(environments);
  for (const name of wanted.keys()) {
    if (sets.length > 0 && sets.every((one) => Object.hasOwn(one, name))) wanted.delete(name);
  }
  return wanted;
}
