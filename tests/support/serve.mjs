// Programs of ours that serve, as a user starts them.
import { createServer } from "node:net";
import { listen } from "../../scripts/runtimes/child.mjs";

/** Starts a command that prints its URL; resolves to `{ origin, output(), stop() }` once it has. */
export const serve = (command, args, { cwd, env }) =>
  listen(command, args, { cwd, env: { PORT: "0", ...env }, listening: /http:\/\/[^\s/]+:(\d+)/ });

/** For a command that takes no port but a number: it is free a moment before. */
export async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
