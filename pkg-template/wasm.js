import { AuthError } from "./error.js";

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
