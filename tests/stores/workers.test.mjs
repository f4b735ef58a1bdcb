// Cloudflare's stores on workerd, each Worker an isolate of its own: what they promise, and fleets on them.
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startLoopback } from "../../scripts/loopback.mjs";
import { fakeProvider } from "../../pkg/testing.js";
import { startWorkers } from "./engines/workers.mjs";

const STORES = { durableObject: true, d1: true, r2: true, workersKv: false };

describe("Cloudflare's stores", () => {
  let workers;
  before(async () => workers = await startWorkers(["one", "two"]));
  after(() => workers.stop());

  for (const [name, isAtomic] of Object.entries(STORES)) {
    test(`${name} keeps the promises of a store`, async () => {
      const { atomic } = await workers.ask("one", `check/${name}`);
      assert.equal(atomic, isAtomic);
    });

    test(`${name}: what one isolate wrote, another one reads`, async () => {
      const { outcome, sealed } = await workers.ask("one", `write/${name}`, { record: "first" });
      assert.equal(outcome, "written");
      assert.deepEqual(await workers.ask("two", `read/${name}`), { found: "record", record: "first", sealed });
      if (!isAtomic) return;
      assert.deepEqual(await workers.ask("two", `write/${name}`), { outcome: "outdone" });
      assert.equal((await workers.ask("two", `write/${name}`, { over: sealed })).outcome, "written");
      assert.deepEqual(await workers.ask("one", `write/${name}`, { over: sealed }), { outcome: "outdone" });
    });
  }

  test("an object deletes what it holds once its ttl has passed", async () => {
    const { written, before, after } = await workers.ask("one", "expire/durableObject", { name: "expires" });
    assert.deepEqual({ written, before, after }, { written: true, before: "bk1.x", after: null });
  });

  for (const [name, requests] of Object.entries({ none: 2, durableObject: 1, d1: 1, r2: 1 })) {
    test(`${name}: 40 requests to two cold isolates: ${requests} for a token`, async () => {
      const fake = fakeProvider({
        latency: 100,
        credentials: { client_id: "fake-client", client_secret: "fake-secret" },
      });
      const loopback = await startLoopback(fake);
      try {
        const provider = `${loopback.origin}/${name.toLowerCase()}.example/token`;
        const asked = Array.from(
          { length: 40 },
          (_, index) => workers.ask(index % 2 ? "one" : "two", `token/${name}`, { provider }),
        );
        const answers = await Promise.all(asked);
        assert.equal(fake.count("token"), requests, JSON.stringify(answers.find(({ code }) => code)));
        assert.equal(new Set(answers.map(({ value }) => value)).size, requests);
        assert.ok(answers[0].value);
      } finally {
        await loopback.close();
      }
    });
  }

  test("workersKv: an isolate that starts later takes the token, and asks for none", async () => {
    const fake = fakeProvider();
    const loopback = await startLoopback(fake);
    try {
      const provider = `${loopback.origin}/workerskv.example/token`;
      const first = await workers.ask("one", "token/workersKv", { provider });
      await new Promise((resolve) => setTimeout(resolve, 300));
      const second = await workers.ask("two", "token/workersKv", { provider });
      assert.equal(second.value, first.value);
      assert.ok(first.value);
      assert.equal(fake.count("token"), 1);
      assert.deepEqual(second.events.filter(({ type }) => type === "token").map(({ from }) => from), ["store"]);
    } finally {
      await loopback.close();
    }
  });
});
