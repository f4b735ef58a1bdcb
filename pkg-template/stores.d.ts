/**
 * Shared stores: one token for a whole fleet. Isolates, processes and machines that have equal options and the same store
 * share the token, the cooldown after a failure, and a rotating refresh token.
 *
 * Memory stays in front: a call with a fresh token does not touch the store. If the store is down, the client requests its
 * tokens without it.
 *
 * | store | compares | needs |
 * | ----- | -------- | ----- |
 * | {@link redis}: Redis, Valkey, Upstash | yes | a server, or Upstash |
 * | {@link durableObject} | yes | Cloudflare Workers |
 * | {@link denoKv} | yes | Deno, Deno Deploy |
 * | {@link postgres} | yes | a table |
 * | {@link d1} | yes | Cloudflare Workers, a table |
 * | {@link r2} | yes | Cloudflare Workers, a lifecycle rule |
 * | {@link workersKv} | no | Cloudflare Workers |
 * | {@link unstorage}, {@link keyv} | no | what they run on |
 * | {@link sharedStore} | as you say | two functions |
 *
 * A store that compares writes only over the value that it was told, so that one isolate at a time requests a token. A
 * store that does not is a hint: an isolate that starts later finds the token, but isolates that start at the same moment
 * request one each, and a rotating refresh token is not shared.
 *
 * Records are sealed with AES-256-GCM. Whoever has the store can delay, roll back and deny, but neither read nor forge.
 * Names are hashes.
 *
 * @example
 * ```ts
 * import { createClient } from "bearerkit";
 * import { redis } from "bearerkit/stores";
 * import { Redis } from "ioredis";
 *
 * const store = redis(new Redis(env.REDIS_URL, { enableOfflineQueue: false }));
 * const api = createClient({ provider, credentials, store });
 * ```
 *
 * @module
 */

/**
 * What an adapter returns, for the option `store` of a client. Every client may have one of its own: an adapter that is made in
 * each request is fine. Its contents may change with any release.
 */
export interface SharedStore {
  /** Whether the store compares. */
  readonly isAtomic: boolean;
  /** Milliseconds that one call of the store may take. */
  readonly timeout: number;
  readonly [opaque]: never;
}

declare const opaque: unique symbol;

/** The options of every adapter. */
export interface StoreOptions {
  /**
   * Seals the records: 16 bytes or more, the same wherever the record is read. Text counts as its UTF-8 bytes and is not
   * decoded, even if it looks like base64.
   *
   * Two of them during a rotation: the first one seals, both open. A key is rotated by three deploys: `[old, new]`,
   * `[new, old]`, `new`. A record that no key opens is replaced, which costs one token request.
   *
   * It is required where it cannot be derived: if a function gives the credentials, with the grants `refresh_token` and
   * `authorization_code`, and if no secret of the credentials has 16 characters. The first two require `name` in the
   * client's options too.
   *
   * @example env.STORE_KEY // openssl rand -base64 32
   * @default derived from the first credentials
   */
  readonly key?: string | Uint8Array | readonly [string | Uint8Array, string | Uint8Array] | undefined;
  /**
   * How many seconds one call of the store may take; above 0, at most 30. After that the client goes on as if the store were
   * down.
   *
   * @default 1
   */
  readonly timeout?: number | undefined;
}

/**
 * A store of your own: two functions. Both may reject, throw and hang; nobody waits longer than `timeout`, and the text of an
 * error is not passed on.
 *
 * Run `checkStore` of `bearerkit/testing` on it.
 */
export interface TokenStore {
  /** Whether `set` compares. If it cannot, say false: the client is careful then. */
  readonly atomic: boolean;
  /**
   * Resolves to the text under this key, to null or undefined if there is none.
   *
   * Shape of a key: `bearerkit:1:` and 64 hexadecimal digits.
   */
  get(key: string): Promise<string | null | undefined>;
  /**
   * Writes the text under this key. If `atomic`, it does so only if what is there is `over` (null: nothing), in one step, and
   * resolves to whether it did. It rejects if it does not know.
   *
   * Shape of a value: `bk1.` 8 hexadecimal digits `.` base64url; at most 60 KiB.
   */
  set(key: string, value: string, options: SetOptions): Promise<boolean | void>;
}

/** The options of {@link TokenStore.set}. */
export interface SetOptions {
  /** Seconds after which the value may be deleted: whole, 60 or more. It is for tidying: no token is used longer for it. */
  readonly ttl: number;
  /** The value that was read or written last; null if there was none. */
  readonly over: string | null;
}

/**
 * Makes a shared store of one of your own.
 *
 * @throws {AuthError} `ERR_OPTIONS` if it is none, or if an option is wrong.
 * @example
 * ```ts
 * import { sharedStore } from "bearerkit/stores";
 *
 * const files = new Map<string, string>();
 * const store = sharedStore({
 *   atomic: true,
 *   get: async (key) => files.get(key),
 *   set: async (key, value, { over }) => {
 *     if ((files.get(key) ?? null) !== over) return false;
 *     files.set(key, value);
 *     return true;
 *   },
 * });
 * ```
 */
export function sharedStore(store: TokenStore, options?: StoreOptions): SharedStore;

/**
 * Redis or Valkey by a client of ioredis or redis (node-redis), or Upstash by that of @upstash/redis. It compares, in a script
 * of Lua.
 *
 * Read from the primary. Set `enableOfflineQueue: false` (ioredis) or `disableOfflineQueue: true` (node-redis), so that a
 * command fails at once while the server is away. For a client that lives by its refresh token alone, use a database that
 * evicts nothing (`maxmemory-policy noeviction`).
 *
 * @throws {AuthError} `ERR_OPTIONS` if the client is none of the three, or if an option is wrong.
 * @example
 * ```ts
 * import { Redis } from "@upstash/redis";
 * import { redis } from "bearerkit/stores";
 *
 * const store = redis(new Redis({ url: env.UPSTASH_URL, token: env.UPSTASH_TOKEN }));
 * ```
 */
export function redis(client: RedisClient, options?: StoreOptions): SharedStore;

/** What {@link redis} needs of a client of ioredis, redis (node-redis) or @upstash/redis. */
export interface RedisClient {
  get(key: string): Promise<unknown>;
  readonly eval: (...args: never) => unknown;
}

/**
 * A Durable Object for each record, of the class of `bearerkit/stores/durable-object`. It compares. The object deletes what it
 * holds once it is of no use.
 *
 * @throws {AuthError} `ERR_OPTIONS` if the binding is missing or another, or if an option is wrong.
 * @example
 * ```ts
 * // wrangler.jsonc: "durable_objects": { "bindings": [{ "name": "TOKENS", "class_name": "TokenStoreObject" }] },
 * //                 "migrations": [{ "tag": "v1", "new_sqlite_classes": ["TokenStoreObject"] }]
 * import { durableObject } from "bearerkit/stores";
 * export { TokenStoreObject } from "bearerkit/stores/durable-object";
 *
 * const store = durableObject(env.TOKENS);
 * ```
 */
export function durableObject(namespace: DurableObjectBinding, options?: StoreOptions): SharedStore;

/** What {@link durableObject} needs of a binding. */
export interface DurableObjectBinding {
  idFromName(name: string): unknown;
  get(id: never): unknown;
}

/**
 * Deno KV. It compares. Outside of Deno Deploy it needs `--unstable-kv`, or `"unstable": ["kv"]` in deno.json.
 *
 * @throws {AuthError} `ERR_OPTIONS` if it is none (it has to be awaited), or if an option is wrong.
 * @example
 * ```ts
 * import { denoKv } from "bearerkit/stores";
 *
 * const store = denoKv(await Deno.openKv());
 * ```
 */
export function denoKv(kv: DenoKv, options?: StoreOptions): SharedStore;

/** What {@link denoKv} needs of a `Deno.Kv`. */
export interface DenoKv {
  get(key: readonly string[]): Promise<{ readonly value: unknown }>;
  atomic(): unknown;
}

/**
 * Workers KV. It does not compare: it is a hint. What was written in one place is seen in another after up to a minute, and
 * one key takes one write a second.
 *
 * @throws {AuthError} `ERR_OPTIONS` if the binding is missing or another, or if an option is wrong.
 * @example
 * ```ts
 * import { workersKv } from "bearerkit/stores";
 *
 * const store = workersKv(env.KV);
 * ```
 */
export function workersKv(namespace: KvBinding, options?: StoreOptions): SharedStore;

/** What {@link workersKv} needs of a binding. */
export interface KvBinding {
  get(key: string): Promise<string | null>;
  put(key: string, value: string, options: { expirationTtl: number }): Promise<void>;
}

/**
 * PostgreSQL, by any client that has parameters. It compares. It needs this table:
 *
 * ```sql
 * create table bearerkit_tokens (name text primary key, value text not null, expires timestamptz not null);
 * ```
 *
 * Rows that have expired are written over, or you delete them: `delete from bearerkit_tokens where expires < now()`.
 *
 * @throws {AuthError} `ERR_OPTIONS` if it is no function, or if an option is wrong.
 * @example
 * ```ts
 * import { postgres } from "bearerkit/stores";
 *
 * const store = postgres((text, values) => pool.query(text, values)); // pool: new Pool() of pg
 * ```
 */
export function postgres(query: PostgresQuery, options?: StoreOptions): SharedStore;

/** Runs a statement with the parameters `$1`, `$2` and so on. */
// deno-lint-ignore no-explicit-any
export type PostgresQuery = (text: string, values: any[]) => Promise<{ readonly rows: readonly any[] }>;

/**
 * Cloudflare's D1. It compares. It needs this table:
 *
 * ```sql
 * create table bearerkit_tokens (name text primary key, value text not null, expires integer not null);
 * ```
 *
 * Rows that have expired are written over, or you delete them: `delete from bearerkit_tokens where expires < unixepoch()`.
 *
 * @throws {AuthError} `ERR_OPTIONS` if the binding is missing or another, or if an option is wrong.
 * @example
 * ```ts
 * import { d1 } from "bearerkit/stores";
 *
 * const store = d1(env.DB);
 * ```
 */
export function d1(database: D1Binding, options?: StoreOptions): SharedStore;

/** What {@link d1} needs of a binding. */
export interface D1Binding {
  prepare(query: string): D1Statement;
}

/** What {@link d1} needs of a prepared statement. */
export interface D1Statement {
  bind(...values: unknown[]): D1Statement;
  first(column: string): Promise<unknown>;
  run(): Promise<{ readonly meta: { readonly changes: number } }>;
}

/**
 * Cloudflare's R2. It compares, by the object's ETag. Add a lifecycle rule that deletes what begins with `bearerkit:`, a day
 * after it was written, or half a year for clients with refresh tokens.
 *
 * @throws {AuthError} `ERR_OPTIONS` if the binding is missing or another, or if an option is wrong.
 * @example
 * ```ts
 * import { r2 } from "bearerkit/stores";
 *
 * const store = r2(env.BUCKET);
 * ```
 */
export function r2(bucket: R2Binding, options?: StoreOptions): SharedStore;

/** What {@link r2} needs of a binding. */
export interface R2Binding {
  get(key: string): Promise<{ readonly etag: string; text(): Promise<string> } | null>;
  put(
    key: string,
    value: string,
    options: { onlyIf: { etagMatches: string } | { etagDoesNotMatch: string } },
  ): Promise<unknown>;
}

/**
 * unstorage, of Nitro and Nuxt too. It does not compare: it is a hint.
 *
 * @throws {AuthError} `ERR_OPTIONS` if it is no storage, or if an option is wrong.
 * @example
 * ```ts
 * import { unstorage } from "bearerkit/stores";
 * import { createStorage } from "unstorage";
 *
 * const store = unstorage(createStorage()); // in Nitro: useStorage("tokens")
 * ```
 */
export function unstorage(storage: UnstorageStorage, options?: StoreOptions): SharedStore;

/** What {@link unstorage} needs of a storage. */
export interface UnstorageStorage {
  getItem(key: string): Promise<unknown>;
  setItem(key: string, value: string, options: { ttl: number }): Promise<unknown>;
}

/**
 * keyv. It does not compare: it is a hint.
 *
 * @throws {AuthError} `ERR_OPTIONS` if it is none, or if an option is wrong.
 * @example
 * ```ts
 * import { keyv } from "bearerkit/stores";
 * import { Keyv } from "keyv";
 *
 * const store = keyv(new Keyv());
 * ```
 */
export function keyv(keyv: KeyvStore, options?: StoreOptions): SharedStore;

/** What {@link keyv} needs of a `Keyv`. */
export interface KeyvStore {
  get(key: string): Promise<unknown>;
  set(key: string, value: string, ttl: number): Promise<unknown>;
}

export {};
