import { expectMethods } from "./expected.js";
import { sharedStore } from "./store.js";

/** See stores.d.ts. */
export function denoKv(kv, options) {
  return sharedStore(denoKvStore(kv), options);
}

export function denoKvStore(kv) {
  expectMethods(kv, ["get", "atomic"], "denoKv", "what Deno.openKv() resolves to; await it");
  return {
    atomic: true,
    get: async (name) => (await kv.get([name])).value,
    async set(name, value, { ttl, over }) {
      const found = await kv.get([name]);
      if (found.value !== over) return false;
      const { ok } = await kv.atomic().check(found).set([name], value, { expireIn: ttl * 1000 }).commit();
      return ok;
    },
  };
}
