import { AuthError } from "../error.js";
import { within } from "../timers.js";
import { checkKey, checkNames } from "./check.js";
import { derive, MOST_BYTES, open, seal } from "./seal.js";
import { step } from "./step.js";

const OPTIONS = ["key", "timeout"];
const LONGEST = 30;
const SHORTEST_TTL = 60;

/** Where `checkStore` finds the store in what an adapter returned. */
const STORE = Symbol.for("bearerkit/store");

/** shared -> `{ secrets, derived }`. Settled values: a promise that one request made hangs in another one of workerd. */
const known = new WeakMap();

/**
 * See stores.d.ts. This is what a client has of a store: names, seal, time limit. It decides nothing: whether to look, to lease or
 * to wait is the core's. Neither `read` nor `write` rejects, and no error of the store's is passed on: it may quote what it was given.
 */
export function sharedStore(store, options = {}) {
  const isStore = typeof store?.get === "function" && typeof store.set === "function";
  if (!isStore || typeof store.atomic !== "boolean") {
    throw new AuthError("ERR_OPTIONS", "store: expected an object with atomic (a boolean), get and set (functions)");
  }
  const { secrets, timeout } = read(options);
  const isAtomic = store.atomic;
  const made = {
    isAtomic,
    timeout,
    /** A need of a flight. */
    step: (shared, client, next, flight) => step(made, shared, client, next, flight),
    check: (shared) => checkNames(shared, secrets.length > 0),

    async read(shared) {
      const { value, reason } = await limited(timeout, async () => {
        const derived = await derivedFor(shared, secrets);
        return { derived, sealed: await store.get(derived.name) };
      });
      if (reason) return { found: "failed", reason };
      const { derived, sealed } = value;
      if (sealed === null || sealed === undefined) return { found: "nothing", sealed: null };
      if (typeof sealed === "string") {
        const record = await open(derived, sealed);
        return record === null ? { found: "unreadable", sealed } : { found: "record", record, sealed };
      }
      // A value that is no text cannot be named as `over`, and a store that does not compare needs none.
      return isAtomic ? { found: "failed", reason: "failed" } : { found: "unreadable", sealed: null };
    },

    async write(shared, record, ttl, over) {
      const { value, reason } = await limited(timeout, async () => {
        const derived = await derivedFor(shared, secrets);
        const sealed = await seal(derived, record);
        if (sealed.length > MOST_BYTES) return {};
        const seconds = Math.max(Math.ceil(ttl), SHORTEST_TTL);
        return { sealed, answer: await store.set(derived.name, sealed, { ttl: seconds, over }) };
      });
      if (reason) return { outcome: "failed", reason };
      const { sealed, answer } = value;
      if (sealed === undefined) return { outcome: "failed", reason: "too_large" };
      if (isAtomic && answer === false) return { outcome: "outdone" };
      // Of a store that compares anything but its word is no answer.
      const isWritten = isAtomic ? answer === true : answer !== false;
      return isWritten ? { outcome: "written", sealed } : { outcome: "failed", reason: "failed" };
    },

    [STORE]: store,
  };
  return Object.freeze(made);
}

function read(options) {
  if (typeof options !== "object" || options === null) {
    throw new AuthError("ERR_OPTIONS", "store: expected an object with key and timeout as its options");
  }
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) {
    throw new AuthError("ERR_OPTIONS", `store: unknown option "${unknown}"; the options are key and timeout`);
  }
  const { key, timeout = 1 } = options;
  if (typeof timeout !== "number" || !(timeout > 0 && timeout <= LONGEST)) {
    throw new AuthError("ERR_OPTIONS", `store: timeout has to be a number of seconds above 0, at most ${LONGEST}`);
  }
  return { secrets: key === undefined ? [] : checkKey(key), timeout: timeout * 1000 };
}

/** `{ value }` of what the call resolved to, or `{ reason }`. What comes later is dropped. */
async function limited(millis, call) {
  try {
    return await within(millis, settled(call));
  } catch {
    return { reason: "timeout" };
  }
}

async function settled(call) {
  try {
    return { value: await call() };
  } catch {
    return { reason: "failed" };
  }
}

/** An adapter may be made anew in each request: the keys stay with the client, unless it comes with others. */
async function derivedFor(shared, secrets) {
  const found = known.get(shared);
  if (found && isSame(found.secrets, secrets)) return found.derived;
  const derived = await derive(shared.json, secrets);
  known.set(shared, { secrets, derived });
  return derived;
}

function isSame(some, others) {
  return some.length === others.length &&
    some.every((bytes, index) =>
      bytes.length === others[index].length && bytes.every((byte, at) => byte === others[index][at])
    );
}
