// Whole fleets on one Redis, each process with the packed package: what the token endpoint sees of them.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { startLoopback } from "../../scripts/loopback.mjs";
import { bin, root } from "../../scripts/paths.mjs";
import { installed, packedProject } from "../../scripts/runtimes.mjs";
import { DENO_ARGS } from "../../scripts/runtimes/deno.mjs";
import { redis } from "../../pkg/stores.js";
import { fakeProvider } from "../../pkg/testing.js";
import { isolate } from "./client.mjs";
import { ioRedis, startRedis } from "./engines/redis.mjs";

const KEY = "a store key for tests, not secret";
const COMMANDS = {
  node: [process.execPath],
  deno: [bin("deno"), ...DENO_ARGS, "--allow-net", "--allow-env", "--allow-read", "--allow-sys"],
  bun: [bin("bun")],
};

describe("a fleet on one Redis", () => {
  let server, project;
  before(async () => {
    server = await startRedis();
    project = packedProject(join(root, "target", "stores"));
    installed(project, ["ioredis"]);
    mkdirSync(project, { recursive: true });
    copyFileSync(join(import.meta.dirname, "program.mjs"), join(project, "program.mjs"));
  });
  after(() => server.stop());

  /** Starts these runtimes, lets them begin at once, and resolves to the tokens that each of them had. */
  async function run(runtimes, fake) {
    const loopback = await startLoopback(fake);
    try {
      const env = {
        REDIS_PORT: String(server.port),
        PROVIDER: `${loopback.origin}/fleet.example/token`,
        STORE_KEY: KEY,
        WAITS: "1",
      };
      const members = runtimes.map((name) => start(name, { cwd: project, env: { ...process.env, ...env } }));
      await Promise.all(members.map(({ ready }) => ready));
      for (const { begin } of members) begin();
      return await Promise.all(members.map(({ ended }) => ended));
    } finally {
      await loopback.close();
    }
  }

  test("Node, Deno and Bun that start at once share one token", async () => {
    const fake = fakeProvider({ latency: 200 });
    const found = await run(["node", "deno", "bun", "node", "deno", "bun"], fake);
    assert.equal(fake.count("token"), 1);
    assert.equal(new Set(found.flat()).size, 1);
  });

  test("50 processes that start at once: one token request", async () => {
    const fake = fakeProvider({ latency: 200 });
    const found = await run(Array(50).fill("node"), fake);
    assert.equal(fake.count("token"), 1);
    assert.equal(found.length, 50);
    assert.equal(new Set(found.flat()).size, 1);
  });

  const member = (fake, connection, name) => isolate(fake, redis(connection, { key: KEY, timeout: 0.3 }), { name });

  test("a server that is killed costs no call its token, and one that is back is used again", async () => {
    const fake = fakeProvider();
    const { client: connection, close, ready } = ioRedis(server);
    await ready();
    try {
      await server.kill();
      const { client, events, token } = member(fake, connection, "killed");
      assert.ok(await token());
      assert.ok(events.some(({ type, operation }) => type === "store_error" && operation === "get"));
      assert.equal(client.explain().store.state, "down");
      await server.restart();
      await ready();
      const later = await member(fake, connection, "killed").token();
      const last = member(fake, connection, "killed");
      assert.equal(await last.token(), later);
      assert.equal(fake.count("token"), 2);
      assert.equal(last.client.explain().store.state, "ok");
    } finally {
      close();
    }
  });

  test("a server that freezes in the middle of a flight costs no call its token", async () => {
    const { client: connection, close, ready } = ioRedis(server);
    await ready();
    // Before the flight looks; before it leases; before it saves.
    for (const call of ["read", "lease", "save"]) {
      const fake = fakeProvider();
      let seen = 0;
      const at = { read: 1, lease: 2, save: 3 }[call];
      const freezing = new Proxy(connection, {
        get(target, member) {
          const found = target[member];
          if (!["get", "eval"].includes(member)) return typeof found === "function" ? found.bind(target) : found;
          return (...args) => {
            seen += 1;
            if (seen === at) server.freeze();
            return found.apply(target, args);
          };
        },
      });
      try {
        const { events, token } = member(fake, freezing, `frozen-${call}`);
        const began = Date.now();
        const value = await token();
        assert.ok(value, call);
        assert.ok(Date.now() - began < 2000, call);
        assert.ok(seen >= at, `${call}: ${seen} calls`);
        assert.ok(events.some(({ type, reason }) => type === "store_error" && reason === "timeout"), call);
        for (const secret of [value, KEY, "fake-secret"]) assert.ok(!JSON.stringify(events).includes(secret));
      } finally {
        server.thaw();
      }
    }
    close();
  });
});

/** A process that says when it is ready, and waits. */
function start(name, options) {
  const [command, ...args] = COMMANDS[name];
  const child = spawn(command, [...args, "program.mjs"], { ...options, stdio: ["pipe", "pipe", "pipe"] });
  const kill = () => child.kill("SIGKILL");
  process.once("exit", kill);
  let output = "";
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text) => errors += text);
  const ready = new Promise((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      if (output.includes("ready")) resolve();
    });
    child.once("error", reject);
    child.once("close", () => reject(new Error(`${name} ended early: ${output}${errors}`)));
  });
  const ended = new Promise((resolve, reject) => {
    child.once("close", (code) => {
      process.off("exit", kill);
      if (code !== 0) return reject(new Error(`${name} ended with ${code}: ${output}${errors}`));
      resolve(JSON.parse(output.trim().split("\n").at(-1)).tokens);
    });
  });
  ended.catch(() => {});
  return { ready, ended, begin: () => child.stdin.end("go\n") };
}
