import { expectMethods } from "./expected.js";
import { sharedStore } from "./store.js";

/** See stores.d.ts. */
export function keyv(keyv, options) {
  return sharedStore(keyvStore(keyv), options);
}

export function keyvStore(keyv) {
  expectMethods(keyv, ["get", "set"], "keyv", "what new Keyv() returns");
  return {
    atomic: false,
    get: (name) => keyv.get(name),
    // false: not written, and the error went to an event.
    set: (name, value, { ttl }) => keyv.set(name, value, ttl * 1000),
  };
}
