import { expectMethods } from "./expected.js";
import { sharedStore } from "./store.js";

/** See stores.d.ts. */
export function unstorage(storage, options) {
  return sharedStore(unstorageStore(storage), options);
}

export function unstorageStore(storage) {
  expectMethods(storage, ["getItem", "setItem"], "unstorage", "what createStorage() or useStorage() returns");
  return {
    atomic: false,
    get: (name) => storage.getItem(name),
    set: (name, value, { ttl }) => storage.setItem(name, value, { ttl }),
  };
}
