import { expectMethods } from "./expected.js";
import { sharedStore } from "./store.js";

/** See stores.d.ts. */
export function durableObject(namespace, options) {
  return sharedStore(durableObjectStore(namespace), options);
}

export function durableObjectStore(namespace) {
  const wanted = "a binding of Durable Objects, such as env.TOKENS";
  expectMethods(namespace, ["get", "idFromName"], "durableObject", wanted);
  const object = (name) => namespace.get(namespace.idFromName(name));
  return {
    atomic: true,
    get: (name) => object(name).get(),
    set: (name, value, { ttl, over }) => object(name).set(value, over, ttl),
  };
}
