// What `createClient` takes, and is probably not meant.
import { looksSecret, namesIn, templatesOf } from "./names.js";
import { isObject } from "./places.js";
import { nearest } from "./spelling.js";

export function warningsOf(profile, options, wanted) {
  return [
    ...secretsIn(profile),
    ...unusedSteps(profile),
    ...goodAnswers(profile),
    // A function is given all of them.
    ...(profile.token ? [] : unknownCredentials(options, wanted)),
  ];
}

/** Constants where a secret belongs: `{ path, name }`; in the query of a URL `query` is the value. They are shown nowhere. */
export function literalSecrets(profile) {
  const found = [];
  const isConstant = (text) => typeof text === "string" && text !== "" && namesIn(text).length === 0;
  const look = (path, members) => {
    if (!isObject(members)) return;
    for (const [name, member] of Object.entries(members)) {
      const own = Array.isArray(members) ? `${path}[${name}]` : `${path}.${name}`;
      if (isConstant(member) && looksSecret(name)) found.push({ path: own, name });
      else look(own, member);
    }
  };
  const request = (path, shape) => {
    if (!isObject(shape)) return;
    for (const [, name, query] of String(shape.token_endpoint ?? "").matchAll(/[?&]([^=&{}]+)=([^&{}]+)(?=&|$)/g)) {
      if (looksSecret(name)) found.push({ path: `${path}.token_endpoint`, name, query });
    }
    if (isConstant(shape.client_secret)) found.push({ path: `${path}.client_secret`, name: "client_secret" });
    look(`${path}.parameters`, shape.parameters);
    look(`${path}.headers`, shape.headers);
  };
  request("provider", profile);
  request("provider.refresh", profile.refresh);
  profile.steps?.forEach((step, index) => request(`provider.steps[${index}]`, step));
  look("provider.resource_request.headers", profile.resource_request?.headers);
  look("provider.resource_request.query", profile.resource_request?.query);
  look("provider.defaults", profile.defaults);
  return found;
}

function secretsIn(profile) {
  return literalSecrets(profile).map(({ path, name }) => ({
    path,
    reason: "the profile itself seems to contain a secret",
    remedy: `write {${name.replace(/[^A-Za-z0-9_.]+/g, "_").toLowerCase()}}, and give its value as a credential`,
  }));
}

function unusedSteps(profile) {
  const steps = profile.steps ?? [];
  const named = templatesOf(profile).flatMap(({ text, order }) => namesIn(text).map((name) => ({ name, order })));
  return steps.flatMap((step, index) => {
    const brings = ["access_token", ...Object.keys(step.response?.capture ?? {})];
    const names = [...brings, ...brings.map((name) => `step${index + 1}.${name}`)];
    if (named.some(({ name, order }) => order > index && order !== Infinity && names.includes(name))) return [];
    if (named.some(({ name, order }) => order === Infinity && name !== "access_token" && names.includes(name))) {
      return [];
    }
    return [{
      path: `provider.steps[${index}]`,
      reason: "no later request uses what this step returns",
      remedy: 'capture what is needed by "response": { "capture": { "name": "/pointer" } }, and use it as {name}',
    }];
  });
}

/** Rules by which good answers are those of a dead token. */
function goodAnswers({ resource_request: { invalid_token_when: given } = {} }) {
  return [given ?? []].flat().flatMap(({ status = 200, pointer, is }, index) => {
    if (is !== undefined || pointer?.startsWith("header:") || ![status].flat().some((one) => one < 300)) return [];
    return [{
      path: `provider.resource_request.invalid_token_when${Array.isArray(given) ? `[${index}]` : ""}`,
      reason: "matches successful answers too, whatever they contain: each would cost a token",
      remedy: 'list the values that mean a dead token: "is": [ … ]',
    }];
  });
}

/** Credentials that are there while others are missing: misspelt, or for another kind of request. */
function unknownCredentials({ credentials }, wanted) {
  if (!isObject(credentials) || Array.isArray(credentials)) return [];
  const known = [...wanted.credentials, ...wanted.variables];
  const names = Object.keys(credentials).filter((name) => !known.some((one) => one.name === name));
  const missing = wanted.credentials.filter(({ required, given }) => required && !given).map(({ name }) => name);
  const warnings = [];
  for (const name of names) {
    const near = nearest(name, missing);
    if (near) {
      warnings.push({
        path: `credentials.${name}`,
        reason: "the profile does not use it",
        remedy: `is ${near} meant?`,
      });
    }
  }
  if (names.includes("username") && names.includes("password")) warnings.push(loginOf(missing));
  else if (names.includes("private_key") && missing.includes("client_secret")) {
    warnings.push({
      path: "provider.token_endpoint_auth_method",
      reason: "there is a private key, but no request is signed with it",
      remedy: 'write "token_endpoint_auth_method": "private_key_jwt", or an "assertion" that is the grant',
      set: { token_endpoint_auth_method: "private_key_jwt" },
    });
  }
  return warnings;
}

/** A user name and a password, and a profile that asks for neither. */
function loginOf(missing) {
  const path = "provider.grant_type";
  const reason = "there are a username and a password, but the profile uses neither";
  if (missing.length === 0) {
    return {
      path,
      reason,
      remedy: 'if they are the grant of RFC 6749 §4.3, write "grant_type": "password"',
      set: { grant_type: "password" },
    };
  }
  return {
    path,
    reason,
    remedy:
      "if this is a login, write that there is no grant and no client authentication, and where the two values go",
    set: {
      grant_type: null,
      token_endpoint_auth_method: "none",
      request_format: "json",
      "parameters.username": "{username}",
      "parameters.password": "{password}",
    },
  };
}
