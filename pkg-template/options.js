import { AuthError } from "./error.js";
import { setOf } from "./scope.js";
import { algOf } from "./sign.js";
import { nextNumber } from "./wasm.js";

/** What stays with each client; everything else shapes the token. */
const OWN = ["fetch", "onEvent", "waitUntil"];

/** Where what is `undefined` counts: whoever needs it says so. */
const UNSET_IS_TOLD = /^(variables|credentials(\[\d\])?)$/;

const functionNumbers = new WeakMap();

/** The options that came with an unnamed function, as their hash -> the number of the first one; 0 once it was told. */
const unnamed = new Map();
const MAX_UNNAMED = 256;

export function checkObject(options) {
  if (typeof options === "object" && options !== null) return;
  throw new AuthError("ERR_OPTIONS", "options: expected an object");
}

/**
 * Splits the options into what the core reads (as JSON), what only JavaScript can hold, and the key under which equal
 * clients share one machine.
 */
export function readOptions(options) {
  checkObject(options);
  const shaping = { ...options };
  const own = {};
  for (const name of [...OWN, "sign"]) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      const remedy = typeof options[name]?.[name] === "function" ? `; pass its method ${name}, bound to it` : "";
      throw new AuthError("ERR_OPTIONS", `${name}: expected a function${remedy}`);
    }
    own[name] = options[name];
    // Of `sign` the core knows whether there is one.
    if (name !== "sign") delete shaping[name];
  }
  const { store } = options;
  if (store !== undefined && typeof store?.step !== "function") {
    const remedy = "redis(client), sharedStore(yours) or another function of bearerkit/stores makes one";
    throw new AuthError("ERR_OPTIONS", `store: expected a shared store; ${remedy}`);
  }
  own.store = store;
  delete shaping.store;
  // A URL is the one object that may stand for a string. It may come from another realm, and older workerds do not tag it.
  if (typeof options.provider?.href === "string" && options.provider.searchParams) {
    shaping.provider = options.provider.href;
  } else if (typeof options.provider === "string" && /^\w+$/.test(options.provider)) {
    const remedy = 'a shipped profile is imported from "bearerkit/providers"';
    throw new AuthError("ERR_OPTIONS", `provider: expected a URL or a profile; ${remedy}`);
  }
  const { token } = Object(options.provider);
  // Whatever is no function is told by the core.
  if (token !== undefined) shaping.provider = { ...options.provider, token: typeof token === "function" || null };
  const asks = typeof options.credentials === "function";
  if (asks) delete shaping.credentials;
  const { timeout, allowInsecure, origins, scope } = shaping;
  const keys = new Map();
  const others = canonical({ ...shaping, scope: undefined }, "", 0, keys);
  // A scope is a set. What is sent is in the order in which it was given first.
  const json = withScope(others, scope);
  let key = withScope(others, setOf(scope));
  // Functions cannot be compared: the same function, or the same name, is the same client.
  const functions = [options.credentials, token].filter((given) => typeof given === "function");
  const isAlone = functions.length > 0 && options.name === undefined;
  const number = isAlone ? functions.map(functionNumber).join() : undefined;
  if (functions.length > 0) key += `#${options.name ?? number}`;
  if (own.sign && options.name === undefined) key += `#${functionNumber(own.sign)}`;
  store?.check({ json, asks });
  if (store) key += store.isAtomic ? "#atomic" : "#hint";
  return {
    json,
    key,
    number,
    asks,
    own,
    keys,
    credentials: options.credentials,
    obtain: token,
    timeout: (timeout ?? 10) * 1000,
    // A list is read once the core has checked it, and may be another by then.
    insecure: origins === undefined && (Array.isArray(allowInsecure) ? [...allowInsecure] : allowInsecure),
  };
}

/** Whether the same options came before with another function, and neither has a name. True once for these options. */
export function isStrange({ json, number }) {
  if (number === undefined) return false;
  const hash = hashOf(json);
  const first = unnamed.get(hash);
  if (first === undefined && unnamed.size < MAX_UNNAMED) unnamed.set(hash, number);
  if (!first || first === number) return false;
  unnamed.set(hash, 0);
  return true;
}

/** FNV-1a, so that no options are kept. */
function hashOf(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash;
}

/** A Worker makes its client in each request: the profile is not written twice for the scope beside it. */
function withScope(others, scope) {
  if (scope === undefined) return others;
  return `{"scope":${canonical(scope, "scope", 1)}${others === "{}" ? "" : ","}${others.slice(1)}`;
}

function functionNumber(callback) {
  if (!functionNumbers.has(callback)) functionNumbers.set(callback, nextNumber());
  return functionNumbers.get(callback);
}

/**
 * JSON with sorted members. What JSON would change in silence is refused: NaN, functions, symbols, bigints. A credential or a
 * variable that is undefined is `null`, so that whoever needs it can say so; so is a function among the options, which no
 * option takes that comes here, so that the core can say which name is meant (of `sign` it says that there is one). A CryptoKey is
 * its number, under which it is put into `keys`.
 */
export function canonical(value, path, depth, keys) {
  if (depth > 60) throw new AuthError("ERR_OPTIONS", `${path}: is nested too deeply`);
  switch (typeof value) {
    case "string":
      if (/\p{Surrogate}/u.test(value)) {
        throw new AuthError("ERR_OPTIONS", `${path}: contains half of a surrogate pair`);
      }
      return JSON.stringify(value);
    case "boolean":
      return JSON.stringify(value);
    case "number":
      if (Number.isFinite(value)) return JSON.stringify(value);
      break;
    case "function":
      if (depth === 1 && !path.includes(".")) return "null";
      break;
    case "object":
      if (value === null) return "null";
      if (typeof value.then === "function") break;
      if (typeof value.extractable === "boolean" && value.usages) value = numbered(value, path, keys);
      if (Array.isArray(value)) {
        return `[${value.map((item, index) => canonical(item, `${path}[${index}]`, depth + 1, keys)).join(",")}]`;
      }
      return `{${
        Object.keys(value).sort().filter((name) => value[name] !== undefined || UNSET_IS_TOLD.test(path))
          .map((name) => {
            const place = path ? `${path}.${name}` : name;
            return `${canonical(name, place)}:${canonical(value[name] ?? null, place, depth + 1, keys)}`;
          })
          .join(",")
      }}`;
  }
  const found = { number: "NaN or Infinity", object: "a promise; await it" }[typeof value] ?? `a ${typeof value}`;
  throw new AuthError("ERR_OPTIONS", `${path}: expected a JSON value, found ${found}`);
}

/** What stands for a CryptoKey: no JSON can hold it. */
function numbered(key, path, keys) {
  if (!key.usages.includes("sign")) {
    throw new AuthError("ERR_OPTIONS", `${path}: is a CryptoKey without the usage "sign"`);
  }
  const k = String(functionNumber(key));
  keys?.set(k, key);
  return { kty: "CryptoKey", alg: algOf(key), k };
}
