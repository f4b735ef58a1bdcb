import { expectMethods } from "./expected.js";
import { sharedStore } from "./store.js";

/** See stores.d.ts. */
export function r2(bucket, options) {
  return sharedStore(r2Store(bucket), options);
}

export function r2Store(bucket) {
  expectMethods(bucket, ["get", "put"], "r2", "a binding of an R2 bucket, such as env.BUCKET");
  return {
    atomic: true,
    get: async (name) => (await bucket.get(name))?.text(),
    async set(name, value, { over }) {
      const found = await bucket.get(name);
      if ((found ? await found.text() : null) !== over) return false;
      // null if someone else was there in between.
      const onlyIf = found ? { etagMatches: found.etag } : { etagDoesNotMatch: "*" };
      return await bucket.put(name, value, { onlyIf }) !== null;
    },
  };
}
