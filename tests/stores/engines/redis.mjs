import { Redis } from "@upstash/redis";
import { Redis as IoRedis } from "ioredis";
import { createServer } from "node:http";
import { createClient } from "redis";
import { listen } from "../../../scripts/runtimes/child.mjs";
import { freePort } from "../../support/serve.mjs";
import { programOf } from "./debian.mjs";

/** A real server on a free port, that can be stopped, started again and frozen. */
export async function startRedis() {
  const program = await programOf("redis-server", "redis-server");
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  const begin = () => listen(program, args, { listening: /port=(\d+)[^]*Ready to accept connections/ });
  let server = await begin();
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    kill: () => server.stop(),
    restart: async () => server = await begin(),
    freeze: () => process.kill(server.pid, "SIGSTOP"),
    thaw: () => process.kill(server.pid, "SIGCONT"),
    stop: () => server.stop(),
  };
}

/** ioredis, as the documentation advises: a command fails at once while the server is away. */
export function ioRedis({ port }, options = { enableOfflineQueue: false }) {
  const client = new IoRedis({ port, host: "127.0.0.1", retryStrategy: () => 50, ...options });
  client.on("error", () => {});
  return { client, close: () => client.disconnect(), ready: () => untilReady(client) };
}

async function untilReady(client) {
  if (client.status !== "ready") await new Promise((resolve) => client.once("ready", resolve));
}

export async function nodeRedis({ url }) {
  const client = createClient({ url, disableOfflineQueue: true, socket: { reconnectStrategy: () => 50 } });
  client.on("error", () => {});
  await client.connect();
  return { client, close: () => client.destroy() };
}

/** Upstash's client in front of a face that speaks its REST and hands each command to the real server. */
export async function upstash(server, options = {}) {
  const { client: behind, close, ready } = ioRedis(server);
  await ready();
  const encoded = (value) =>
    typeof value === "string" && value !== "OK"
      ? Buffer.from(value).toString("base64")
      : Array.isArray(value)
      ? value.map(encoded)
      : value;
  const answer = (command) =>
    behind.call(...command.map(String)).then((result) => ({ result: encoded(result) }), ({ message }) => ({
      error: `${message}, command was: ${JSON.stringify(command)}`,
    }));
  const face = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const commands = JSON.parse(body);
    const isPipeline = incoming.url === "/pipeline";
    const found = isPipeline ? await Promise.all(commands.map(answer)) : await answer(commands);
    outgoing.setHeader("content-type", "application/json").end(JSON.stringify(found));
  });
  await new Promise((resolve) => face.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${face.address().port}`;
  return {
    client: new Redis({ url, token: "fake-token-of-upstash", retry: false, ...options }),
    close() {
      close();
      face.close();
      face.closeAllConnections();
    },
  };
}
