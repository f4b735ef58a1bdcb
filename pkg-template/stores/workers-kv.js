import { expectMethods } from "./expected.js";
import { sharedStore } from "./store.js";

/** See stores.d.ts. */
export function workersKv(namespace, options) {
  return sharedStore(workersKvStore(namespace), options);
}

export function workersKvStore(namespace) {
  expectMethods(namespace, ["get", "put"], "workersKv", "a binding of a KV namespace, such as env.TOKENS");
  return {
    atomic: false,
    get: (name) => namespace.get(name),
    set: (name, value, { ttl }) => namespace.put(name, value, { expirationTtl: ttl }),
  };
}
