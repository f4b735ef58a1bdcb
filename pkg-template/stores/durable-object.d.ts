/**
 * The class of the Durable Objects that `durableObject` of `bearerkit/stores` uses. It imports `cloudflare:workers`, so it is an
 * entry of its own.
 *
 * @example
 * ```ts
 * // wrangler.jsonc: "durable_objects": { "bindings": [{ "name": "TOKENS", "class_name": "TokenStoreObject" }] },
 * //                 "migrations": [{ "tag": "v1", "new_sqlite_classes": ["TokenStoreObject"] }]
 * export { TokenStoreObject } from "bearerkit/stores/durable-object";
 * ```
 *
 * @module
 */

/** One record. The Worker exports this class; nothing else of it is called by hand. */
export class TokenStoreObject {
  constructor(ctx: unknown, env: unknown);
  /** The value, null if there is none. */
  get(): Promise<string | null>;
  /** Writes the value if what is there is `over` (null: nothing), and resolves to whether it did. `ttl`: seconds. */
  set(value: string, over: string | null, ttl: number): Promise<boolean>;
  /** Deletes the value once its `ttl` has passed. */
  alarm(): Promise<void>;
  /** How Cloudflare's types know such a class. */
  readonly __DURABLE_OBJECT_BRAND: never;
}
