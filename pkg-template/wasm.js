import { AuthError } from "./error.js";
import { instantiate } from "./glue.js";

let compiled;
let serial = 0;

/** What the entry of each runtime brings: the compiled module, and the way to outlive a response where there is one. */
export const host = { waitUntil: undefined };

/** The instance in use: `{ Machine, send, … }`. */
export let wasm;

/** Counts the transports that were lost. What was under way in one of them has no end. */
export let lostTransports = 0;

/** Called once, by the entry of each runtime. Reads no clock and no dice: a Worker's top level has neither. */
export function start(module, waitUntil) {
  compiled = module;
  host.waitUntil = waitUntil;
  restart();
}

/** Puts a new instance in the place of the one in use. Machines of the old one live on in it. */
export function restart() {
  wasm = instantiate(compiled, runTask);
}

/** The same where the transport no longer moves. */
export function restartTransport() {
  restart();
  lostTransports += 1;
}

/**
 * Runs what the transport has to do next. Not by `queueMicrotask`, which test runners fake. A trap in it has no caller, and
 * would end the process on Node, Deno and Bun.
 */
async function runTask(task) {
  await undefined;
  try {
    task();
  } catch (thrown) {
    if (!isTrap(thrown)) throw thrown;
    restartTransport();
  }
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
  return new AuthError("ERR_UNREACHABLE", "the core met a bug of its own and was started anew; please report it");
}

/** A number that no other client of this isolate has. */
export function nextNumber() {
  serial += 1;
  return serial;
}
