import { AuthError } from "../error.js";
import { canonical, firstOf, PUBLIC } from "./identity.js";

const SHORTEST_KEY = 16;
const SHORTEST_SECRET = 16;

/** What lives by a refresh token: without its record the chain is lost. */
const CHAINS = ["refresh_token", "authorization_code"];

const WRITE_KEY =
  "pass one to the adapter, the same in every process: { key: env.STORE_KEY }, made with openssl rand -base64 32";

/** Copies of the keys, as bytes. */
export function checkKey(key) {
  const keys = Array.isArray(key) ? key : [key];
  if (keys.length < 1 || keys.length > 2) fail("store key: expected one key, or two during a rotation");
  return keys.map((key, index) => {
    const place = keys.length > 1 ? `store key[${index}]` : "store key";
    const isText = typeof key === "string";
    if (!isText && !(key instanceof Uint8Array)) fail(`${place}: expected a string or a Uint8Array`);
    const bytes = isText ? new TextEncoder().encode(key) : Uint8Array.from(key);
    if (bytes.length < SHORTEST_KEY) {
      fail(`${place}: has ${bytes.length} bytes, and ${SHORTEST_KEY} are required; ${WRITE_KEY}`);
    }
    return bytes;
  });
}

/**
 * Whether these options can have a record: where it could be another client's, or be lost with a rotated secret, `name` and `key`
 * are required.
 */
export function checkNames({ json, asks }, hasKey) {
  const options = JSON.parse(json);
  const reason = reasonFor(options, asks);
  if (reason) {
    if (options.name === undefined) {
      fail(`name: is required with store where ${reason.name}; write name: "…", one for each tenant`);
    }
    if (!hasKey) fail(`store key: is required where ${reason.key}; ${WRITE_KEY}`);
  }
  if (hasKey || longestSecret(firstOf(options)) >= SHORTEST_SECRET) return;
  fail(
    `store key: is required where every secret of the credentials has fewer than ${SHORTEST_SECRET} characters, ` +
      `since a key that is derived from them could be guessed; ${WRITE_KEY}`,
  );
}

function reasonFor({ grant, provider }, asks) {
  if (asks) {
    return {
      name: "a function gives the credentials, since two functions cannot be told apart in another process",
      key: "a function gives the credentials, since no key can be derived from them",
    };
  }
  const type = grant?.type ?? provider?.grant_type;
  if (!CHAINS.includes(type)) return null;
  return {
    name: `the grant is ${type}, since the record of a rotated refresh token would be lost with the next client secret`,
    key: `the grant is ${type}, since a rotated refresh token sealed by the client secret would be lost with it`,
  };
}

/** How many characters the longest of them has; a key as an object counts as its JSON. */
function longestSecret(credentials) {
  const secrets = Object.entries(credentials ?? {}).filter(([name]) => !PUBLIC.includes(name));
  return Math.max(0, ...secrets.map(([, value]) => [...typeof value === "string" ? value : canonical(value)].length));
}

function fail(message) {
  throw new AuthError("ERR_OPTIONS", message);
}
