// A process of a fleet, on Node, Deno or Bun: one client on the Redis of REDIS_PORT. It waits for a line on standard input, so
// that a fleet begins at once, asks for a token twenty times, and prints what came of it.
import { createClient } from "bearerkit";
import { redis } from "bearerkit/stores";
import { Redis } from "ioredis";
import process from "node:process";

const { REDIS_PORT, PROVIDER, STORE_KEY, WAITS } = process.env;
const connection = new Redis({ port: Number(REDIS_PORT), host: "127.0.0.1" });
connection.on("error", () => {});
await connection.ping();
const background = [];
const client = createClient({
  provider: PROVIDER,
  credentials: { client_id: "fake-client", client_secret: "fake-secret" },
  store: redis(connection, { key: STORE_KEY, timeout: 5 }),
  allowInsecure: true,
  waitUntil: (promise) => background.push(promise),
});
if (WAITS) {
  console.log("ready");
  await new Promise((resolve) => process.stdin.once("data", resolve));
}
const tokens = await Promise.all(Array.from({ length: 20 }, () => client.token().then(({ value }) => value)));
await Promise.all(background);
console.log(JSON.stringify({ tokens: [...new Set(tokens)] }));
connection.disconnect();
process.exit(0);
