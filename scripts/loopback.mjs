// The fake provider as a real server on 127.0.0.1, for clients that cannot be handed a `fetch`: other runtimes, other
// processes. `node scripts/loopback.mjs [PORT]` starts it alone, on 4000 by default.
//
//   /auth.fuse.me/oauth/token             the root fake; the first path segment is the host (locate(), testing/dialects.js)
//   /ns/<name>/auth.fuse.me/oauth/token   a fake of its own, made when first asked for, so that tests can run at once
//   …/_control/<command>                  drives the fake it is under; the commands are below
import { createServer } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fakeProvider, NetworkFault } from "../pkg-template/testing.js";
import { isMain } from "./paths.mjs";

/** Serves a fake; `close()` also cuts the connections that hang on purpose. */
export async function startLoopback(fake = fakeProvider(), { port = 0 } = {}) {
  const fakes = new Map([["", fake]]);
  const server = createServer((incoming, outgoing) => serve(fakes, incoming, outgoing));
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}

async function serve(fakes, incoming, outgoing) {
  const gone = new AbortController();
  outgoing.once("close", () => gone.abort());
  try {
    const [, name = "", path] = /^(?:\/ns\/([^/]+))?(\/.*)$/.exec(incoming.url);
    if (!fakes.has(name)) fakes.set(name, fakeProvider());
    const request = toRequest(incoming, path, gone.signal);
    const command = /^\/_control\/(.*)$/.exec(path)?.[1];
    const response = command ? await control(fakes, name, command, request) : await fakes.get(name).fetch(request);
    await send(response, outgoing);
  } catch (error) {
    const isMeant = error instanceof NetworkFault || gone.signal.aborted;
    if (isMeant || outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(500).end(`the fake provider failed: ${error.stack}`);
  }
}

function toRequest(incoming, path, signal) {
  const headers = new Headers();
  for (let i = 0; i < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i], incoming.rawHeaders[i + 1]);
  }
  const hasBody = incoming.method !== "GET" && incoming.method !== "HEAD";
  return new Request(`http://127.0.0.1:${incoming.socket.localPort}${path}`, {
    method: incoming.method,
    headers,
    body: hasBody ? Readable.toWeb(incoming) : null,
    duplex: "half",
    signal,
  });
}

async function send(response, outgoing) {
  outgoing.writeHead(response.status, [...response.headers].flat());
  outgoing.flushHeaders();
  if (response.body) await pipeline(Readable.fromWeb(response.body), outgoing);
  else outgoing.end();
}

const commands = {
  "POST fail": async (fake, request) => fake.fail((await request.json()).map(revive)),
  "POST clear": (fake) => fake.clear(),
  "POST reset": (fake) => fake.reset(),
  "POST revoke-all": (fake) => fake.revokeAll(),
  "GET calls": (fake) => Response.json(fake.calls),
};

async function control(fakes, name, command, request) {
  try {
    if (`${request.method} ${command}` === "POST options") return await replaceFake(fakes, name, request);
    const run = commands[`${request.method} ${command}`];
    if (!run) return Response.json({ error: `unknown command: ${request.method} ${command}` }, { status: 404 });
    return await run(fakes.get(name), request) ?? new Response(null, { status: 204 });
  } catch (error) {
    return Response.json({ error: error.message }, { status: 400 });
  }
}

/**
 * The root fake belongs to whoever started the server, so only a namespace gets new options, and with them a new fake.
 */
async function replaceFake(fakes, name, request) {
  if (name === "") throw new TypeError("options are for a namespace: POST /ns/<name>/_control/options");
  fakes.set(name, fakeProvider(await request.json()));
  return new Response(null, { status: 204 });
}

/** JSON has no Infinity. */
function revive(fault) {
  return fault?.times === "always" ? { ...fault, times: Infinity } : fault;
}

if (isMain(import.meta)) {
  const { origin } = await startLoopback(undefined, { port: Number(process.argv[2] ?? 4000) });
  console.log(`The scripted server listens at ${origin} (Ctrl+C ends it)`);
}
