import { instantiate } from "./glue.js";

let compiled;
let serial = 0;

/** What the entry of each runtime brings: the compiled module, and the way to outlive a response where there is one. */
export const host = { waitUntil: undefined };

/** The instance in use: `{ Machine, send, … }`. */
export let wasm;

/** Counts the instances. What was made of an earlier one is gone. */
export let generation = 0;

/** Called once, by the entry of each runtime. Reads no clock and no dice: a Worker's top level has neither. */
export function start(module, waitUntil) {
  compiled = module;
  host.waitUntil = waitUntil;
  wasm = instantiate(compiled);
}

/** Puts a new instance in the place of the one in use. */
export function restart() {
  wasm = instantiate(compiled);
  generation += 1;
}

/** Whether the error is a trap, which poisons the instance that it happened in. Then a new one is in use. */
export function recover(error) {
  // Not `instanceof`: the error may come from another realm (Vercel Edge runs in a VM context).
  const isTrap = error?.name === "RuntimeError";
  if (isTrap) restart();
  return isTrap;
}

/** A number that no other client of this isolate has. */
export function nextNumber() {
  serial += 1;
  return serial;
}
