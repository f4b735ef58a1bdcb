// The record that a fleet shares: `--store redis://…`. The package has no dependencies: the client of Redis is the user's.
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { createClient } from "../index.js";
import { readOptions } from "../options.js";
import { checkKey } from "../stores/check.js";
import { redisStore } from "../stores/redis.js";
import { derive } from "../stores/seal.js";
import { sharedStore } from "../stores/store.js";
import { codeOf } from "./attempt.js";
import { secretRefused } from "./arguments.js";
import { environmentName } from "./environment.js";
import { Failure } from "./failure.js";
import { hide } from "./redact.js";
import { say } from "./streams.js";

const STORE = environmentName("store");
const STORE_KEY = environmentName("store_key");
const SCHEME = /^(?:redis|valkey)(s?):\/\/(?=[^/?#])/i;
/** Seconds. The first call of the store includes the connection. */
const LIMIT = 2;
/** A token request of one's own would present a refresh token that the fleet has spent. */
const CHAINS = ["refresh_token", "authorization_code"];

/**
 * The store that the command line or the environment names: `{ url, key, name, asks }`, undefined if there is none. Takes what is
 * its own out of the environment; `names` are those that the profile wants, which may be the same (`store` is one of Magento's).
 */
export function takeStore(given, environment, names) {
  const wanted = names.map(environmentName);
  const isOurs = !wanted.includes(STORE) || SCHEME.test(environment.get(STORE) ?? "");
  const found = isOurs ? take(environment, STORE) : undefined;
  const key = wanted.includes(STORE_KEY) ? undefined : take(environment, STORE_KEY);
  hide([found, key]);
  const url = given.store ?? found;
  if (url === undefined) return undefined;
  return {
    url: readUrl(url, given.store === undefined ? STORE : "--store"),
    key,
    name: given.name,
    asks: given["credentials-function"] === true,
  };
}

function take(environment, name) {
  const value = environment.get(name);
  environment.delete(name);
  return value || undefined;
}

function readUrl(text, place) {
  const remedy = "Write redis://HOST:PORT, rediss:// for TLS, or valkey://; in a password percent-encode / ? # and @.";
  if (!SCHEME.test(text) || !URL.canParse(text)) throw new Failure(`${place} is not the URL of a Redis`, { remedy });
  const { password } = new URL(text);
  if (password !== "" && place === "--store") throw secretRefused(["store"]);
  hide([password, decoded(password)]);
  return text.replace(SCHEME, "redis$1://");
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Whether only the fleet may present the refresh token. */
export const isChained = ({ store, provider }) => store !== undefined && CHAINS.includes(provider?.grant_type);

/** The name under which the record lies. It tells nothing secret. */
export async function recordName({ options, store }) {
  const nowhere = sharedStoreOf({ atomic: true, get() {}, set() {} }, store);
  const { json } = told(() => readOptions(optionsWith(options, store, nowhere)));
  const { name } = await derive(json, store.key === undefined ? [] : checkKey(store.key));
  return name;
}

/**
 * Does something with a client, which shares the fleet's token if there is a store. Ends when the record is written and the
 * connection closed.
 */
export async function withClient({ options, store }, operation, own = {}) {
  if (!store) return await operation(createClient({ ...options, ...own }));
  const connection = await connect(store.url);
  const exchanges = [];
  let failure;
  try {
    const shared = sharedStoreOf(connection.store, store);
    const client = told(() =>
      createClient({
        ...optionsWith(options, store, shared),
        ...own,
        waitUntil: (exchange) => exchanges.push(exchange),
        onEvent: (event) => {
          if (event.type === "store_error") failure ??= event;
        },
      })
    );
    return await operation(client);
  } finally {
    // The record is written after the caller has its token; an exchange that ends may have begun another.
    for (const exchange of exchanges) await exchange;
    connection.close();
    if (failure) say(`bearerkit: ${wordsOf(failure, connection.code())}`);
  }
}

const sharedStoreOf = (adapter, { key }) => told(() => sharedStore(adapter, { key, timeout: LIMIT }));

function optionsWith(options, { name, asks }, store) {
  const { credentials } = options;
  return {
    ...options,
    ...(name !== undefined && { name }),
    credentials: asks ? () => credentials : credentials,
    store,
  };
}

/** What is wrong with the options is said in terms of the command. */
function told(operation) {
  try {
    return operation();
  } catch (error) {
    const [, what] = /^(store key|name): /.exec(error?.message) ?? [];
    if (what === undefined) throw error;
    const remedy = what === "name"
      ? "Give the name of the fleet's clients: --name NAME."
      : `Set ${STORE_KEY} in the environment, to the key of the fleet's store.`;
    throw new Failure(error.message.split("; ")[0], { code: "ERR_OPTIONS", remedy });
  }
}

function wordsOf({ operation, reason }, code) {
  if (reason === "unreadable") {
    return `the record in the store could not be read and was replaced; is ${STORE_KEY} the key of the fleet's store?`;
  }
  const why = code ?? (reason === "timeout" ? `no answer within ${LIMIT} s` : reason);
  return operation === "get"
    ? `the store failed (${why}); the command went on without it, and the fleet knows nothing of it`
    : `the record could not be written to the store (${why}); the fleet does not have the token`;
}

/** `{ store, code, close }`; `code`: what the system or the server calls the first thing that went wrong. */
async function connect(url) {
  const { name, module } = await installed();
  let code;
  const note = (error) => {
    code ??= codeOf(error) ?? /^[A-Z]{3,20}(?= )/.exec(error?.message)?.[0];
  };
  const { client, close } = CLIENTS[name](module, url, note);
  const store = redisStore(client);
  const noted = (call) => async (...args) => {
    try {
      return await call(...args);
    } catch (error) {
      note(error);
      throw error;
    }
  };
  return { store: { atomic: store.atomic, get: noted(store.get), set: noted(store.set) }, code: () => code, close };
}

/** A command connects once: whoever cannot is told so at once. */
const CLIENTS = {
  ioredis(module, url, note) {
    const Redis = module.Redis ?? module.default;
    const client = new Redis(url, {
      connectTimeout: LIMIT * 1000,
      // A server that hangs does not answer the end of the connection either.
      disconnectTimeout: 100,
      enableReadyCheck: false,
      retryStrategy: () => null,
    });
    client.on("error", note);
    return { client, close: () => client.disconnect() };
  },
  redis({ createClient }, url, note) {
    const client = createClient({ url, socket: { connectTimeout: LIMIT * 1000, reconnectStrategy: false } });
    if (typeof client.pExpire !== "function") {
      throw new Failure("the installed package redis is older than 4.0", { remedy: "npm install redis@latest" });
    }
    client.on("error", note);
    client.connect().catch(note);
    // It is closed already where it could not connect; before 5.0 it says so by a promise.
    const close = async () => await (client.destroy ?? client.disconnect).call(client);
    return { client, close: () => close().catch(() => {}) };
  },
};

/** The client that is installed where the command is called, or beside this package (npx -p). */
async function installed() {
  const places = [join(process.cwd(), "package.json"), import.meta.url];
  for (const place of places) {
    for (const name of Object.keys(CLIENTS)) {
      const path = resolved(place, name);
      if (path) return { name, module: await import(pathToFileURL(path)) };
    }
  }
  throw new Failure("a store needs the package ioredis or redis, and neither is installed here", {
    code: "ERR_OPTIONS",
    remedy: "npm install ioredis, or for this call: npx -p bearerkit -p ioredis bearerkit …",
  });
}

function resolved(place, name) {
  try {
    return createRequire(place).resolve(name);
  } catch {
    return undefined;
  }
}
