import { AuthError, COPIES } from "./error.js";

let make;
let serial = 0;

/** The way to outlive a response, where the runtime has one. */
export const host = { waitUntil: undefined };

/** The instance in use: `{ Machine, Transport, … }`. */
export let wasm;

/**
 * Called by the loader of each runtime, which brings what makes an instance. Reads no clock and no dice: a Worker's top level
 * has neither.
 */
export function start(instantiate, waitUntil) {
  make = instantiate;
  host.waitUntil = waitUntil;
  restart();
}

/** The same for an instance without the functions of `bearerkit/core`: where one with them is there, that one serves. */
export function startClient(instantiate, waitUntil) {
  if (make === undefined) start(instantiate, waitUntil);
}

/** Where `bearerkit/stores` leaves what makes an instance that can share tokens: it may be in another bundle than the client. */
const SHARING = Symbol.for(`${COPIES.description}/sharing`);

/** Called by the loader of `bearerkit/stores`. The instance is made for the first client that has a store. */
export function startSharing(instantiate) {
  try {
    globalThis[SHARING] ??= instantiate;
  } catch {
    // A frozen globalThis: the client says what to do.
  }
}

/** For a client with a store: the instance in use can share tokens from here on. */
export function share() {
  if (wasm.Machine.prototype.share) return;
  const instantiate = globalThis[SHARING];
  if (!instantiate) {
    const remedy = 'import createClient from "bearerkit/workerd" or "bearerkit/edge"';
    throw new AuthError("ERR_OPTIONS", `store: this copy of bearerkit was built without shared stores; ${remedy}`);
  }
  make = instantiate;
  restart();
}

/**
 * For a bundle that was not made for workerd and runs there all the same, with `nodejs_compat`. Not by `import()`: there is no
 * bundler that would leave it alone.
 */
export function findWaitUntil() {
  try {
    host.waitUntil ??= globalThis.process?.getBuiltinModule?.("cloudflare:workers")?.waitUntil;
  } catch {
    // A polyfill's `process` may throw for what it has not.
  }
}

/** Puts a new instance in the place of the one in use. Machines and transports of the old one live on in it. */
export function restart() {
  wasm = make();
}

/**
 * Whether the core came to no end: it panicked, or the stack was full. Whatever it was at work on stays locked, and says so
 * when it is used again. Not `instanceof`: the error may come from another realm (Vercel Edge runs in a VM context).
 */
export function isTrap(thrown) {
  const name = thrown?.name;
  return name === "RuntimeError" || name === "RangeError" ||
    (name === "Error" && /^recursive use/.test(thrown.message));
}

/** What its caller sees of a trap. */
export function bug() {
  return new AuthError("ERR_UNREACHABLE", "the core hit a bug and was restarted; please report it");
}

/** A number that no other client of this isolate has. */
export function nextNumber() {
  serial += 1;
  return serial;
}
