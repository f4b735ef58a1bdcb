// The clients and storages of others in the adapters of "bearerkit/stores".
import { Redis as Upstash } from "@upstash/redis";
import { denoKv, keyv, postgres, redis, type SharedStore, type TokenStore, unstorage } from "bearerkit/stores";
import { sharedStore } from "bearerkit/stores";
import { checkStore } from "bearerkit/testing";
import { Cluster, Redis } from "ioredis";
import { Keyv } from "keyv";
import { createClient as createRedis, createCluster } from "redis";
import { createStorage } from "unstorage";

const key = "a store key for tests, not secret";
const all: SharedStore[] = [
  redis(new Redis(), { key, timeout: 0.5 }),
  redis(new Cluster([])),
  redis(createRedis()),
  redis(createCluster({ rootNodes: [] }), { key: new Uint8Array(32) }),
  redis(new Upstash({ url: "", token: "" }), { key: [key, key] }),
  unstorage(createStorage()),
  unstorage(createStorage<string>(), { key: undefined, timeout: undefined }),
  keyv(new Keyv()),
];
void all;

interface Pool {
  query(text: string, values?: unknown[]): Promise<{ rows: Record<string, unknown>[]; rowCount: number | null }>;
}
declare const pool: Pool;
postgres((text, values) => pool.query(text, values));
// @ts-expect-error the pool itself is no function
postgres(pool);
// @ts-expect-error a Map has no getItem
unstorage(new Map());
// @ts-expect-error it has to be awaited
denoKv(Promise.resolve());
// @ts-expect-error seconds
redis(new Redis(), { timeout: "1s" });
// @ts-expect-error one or two
redis(new Redis(), { key: [key, key, key] });

const values = new Map<string, string>();
const own: TokenStore = {
  atomic: false,
  get: async (name) => values.get(name),
  set: async (name, value, { ttl, over }) => void values.set(name, `${value}${ttl.toFixed()}${over?.length}`),
};
checkStore(sharedStore(own)).then(({ checks }) => checks.join());
checkStore(own, { timeout: 5, unreachable: own }).then(({ atomic }) => atomic === true);
// @ts-expect-error a store says whether it compares
sharedStore({ get: own.get, set: own.set });
// @ts-expect-error opaque: only an adapter makes one
const forged: SharedStore = { isAtomic: true, timeout: 5 };
void forged;
