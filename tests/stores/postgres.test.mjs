// PostgreSQL, a server of its own: what it promises, rows that have expired, and a server that is frozen.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { postgres } from "../../pkg/stores.js";
import { postgresStore } from "../../pkg/stores/postgres.js";
import { checkStore } from "../../pkg/testing.js";
import { startPostgres, TABLE } from "./engines/postgres.mjs";
import { SHARED, SHARED_RECORD as RECORD } from "./shared.mjs";

describe("PostgreSQL", () => {
  let server;
  const query = (text, values) => server.pool.query(text, values);
  before(async () => {
    server = await startPostgres();
    await server.pool.query(TABLE);
  });
  after(() => server?.stop());

  test("keeps the promises of a store", async () => {
    const { atomic } = await checkStore(postgres(query));
    assert.equal(atomic, true);
  });

  test("a row that has expired is nothing, and 50 racers write over it: one winner", async () => {
    const store = postgresStore(query);
    await store.set("expired", "bk1.old", { ttl: 60, over: null });
    await server.pool.query("update bearerkit_tokens set expires = now() - interval '1 second' where name = 'expired'");
    assert.equal(await store.get("expired"), undefined);
    const racers = Array.from(
      { length: 50 },
      (_, index) => store.set("expired", `bk1.${index}`, { ttl: 60, over: null }),
    );
    const winners = (await Promise.all(racers)).flatMap((won, index) => won ? [`bk1.${index}`] : []);
    assert.equal(winners.length, 1);
    assert.equal(await store.get("expired"), winners[0]);
  });

  test("a missing table, and a frozen server, are failures within the limit", async () => {
    const store = postgres(query, { timeout: 0.3 });
    assert.equal((await store.write(SHARED, RECORD, 60, null)).outcome, "written");
    server.freeze();
    try {
      assert.deepEqual(await store.read(SHARED), { found: "failed", reason: "timeout" });
      assert.deepEqual(await store.write(SHARED, RECORD, 60, null), { outcome: "failed", reason: "timeout" });
    } finally {
      server.thaw();
    }
    const elsewhere = postgres((text, values) => query(text.replaceAll("bearerkit_tokens", "nowhere"), values));
    assert.deepEqual(await elsewhere.read(SHARED), { found: "failed", reason: "failed" });
    assert.deepEqual(await elsewhere.write(SHARED, RECORD, 60, null), { outcome: "failed", reason: "failed" });
  });
});
