// bearerkit/stores: one token for a whole fleet. A Worker without a store bundles none of it.
//
//   stores/identity.js   what tells one record from another
//   stores/seal.js       names, keys, and how a record is sealed
//   stores/store.js      what a client has of a store
//   stores/check.js      where `name` and `key` are required
// and one file for each kind of store, of two functions each. See stores.d.ts, which is the reference.
export { d1 } from "./stores/d1.js";
export { denoKv } from "./stores/deno-kv.js";
export { durableObject } from "./stores/durable.js";
export { keyv } from "./stores/keyv.js";
export { postgres } from "./stores/postgres.js";
export { r2 } from "./stores/r2.js";
export { redis } from "./stores/redis.js";
export { sharedStore } from "./stores/store.js";
export { unstorage } from "./stores/unstorage.js";
export { workersKv } from "./stores/workers-kv.js";
