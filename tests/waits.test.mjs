// What is left of a wait that is over: no timer that keeps a process alive, and nobody who listens to a signal.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { createClient } from "../pkg/index.js";

const entry = fileURLToPath(new URL("../pkg/index.js", import.meta.url));
/** Less than the time limit of a token request, and the lease of it. */
const LIMIT_MS = 9000;

/** Whoever begins the request, and whoever waits for it. */
const program = `
  const { createClient } = await import(${JSON.stringify(entry)});
  const client = createClient({
    provider: "https://as.example/token",
    credentials: async () => ({ client_id: "app", client_secret: "s3cr3t" }),
    fetch: async () => Response.json({ access_token: "a" }),
  });
  await Promise.all([client.token(), client.token(), client.fetch("https://api.example/")]);
  console.log("served");
`;

test("nothing keeps a process alive that has what it wanted", async () => {
  const args = ["--input-type=module", "--eval", program];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: LIMIT_MS });
  assert.equal(stdout, "served\n");
});

test("a signal is listened to no longer than the wait", async () => {
  const { signal } = new AbortController();
  const listeners = [];
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given) => (listeners.push(given[1]), addEventListener.apply(signal, given));
  signal.removeEventListener = (...given) => {
    if (given[0] === "abort") listeners.splice(listeners.indexOf(given[1]), 1);
    removeEventListener.apply(signal, given);
  };
  const client = createClient({
    provider: "https://as.example/token",
    credentials: { client_id: "app", client_secret: "s3cr3t" },
    fetch: () => Promise.resolve(Response.json({ access_token: "a" })),
  });
  const waiting = client.token({ signal });
  assert.equal(listeners.length, 1);
  await waiting;
  assert.deepEqual(listeners, []);
});
