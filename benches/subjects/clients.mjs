// The program of the measurement `clients`: what many clients of different credentials take in one isolate, and whether a
// call costs more because of them. Answers `/<what>?count=…` with an object of numbers.
import { taken } from "./memory.mjs"; // before the package
import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";
import { tokenEndpoint, URL as TOKEN_ENDPOINT } from "./stub.mjs";

const AT_ONCE = 100;
/** A time is the least of so many. */
const TIMES = 15;
const TURN_MS = 20;

const endpoint = tokenEndpoint();
const providers = { plain: TOKEN_ENDPOINT, fuse };

let last = 0;

function tenant(number = last += 1, provider = "plain") {
  const credentials = { client_id: `tenant-${number}`, client_secret: `${number}`.padStart(32, "s") };
  return createClient({ provider: providers[provider], credentials, fetch: endpoint });
}

async function obtain(clients) {
  for (let from = 0; from < clients.length; from += AT_ONCE) {
    await Promise.all(clients.slice(from, from + AT_ONCE).map((client) => client.authorization()));
  }
}

/** Microseconds that one call takes: `call` is handed a number that goes up. */
async function microseconds(call) {
  let best = Infinity;
  let number = 0;
  for (let time = 0; time < TIMES; time += 1) {
    const began = performance.now();
    let calls = 0;
    let passed = 0;
    while (passed < TURN_MS) {
      for (const end = number + 100; number < end; number += 1) await call(number);
      calls += 100;
      passed = performance.now() - began;
    }
    best = Math.min(best, passed * 1000 / calls);
  }
  return best;
}

/** Bytes of JavaScript's heap after a collection, where the runtime can be asked. */
async function heap() {
  await new Promise((resolve) => setTimeout(resolve, 20));
  if (globalThis.Bun) Bun.gc(true);
  else if (globalThis.gc) gc();
  else return NaN;
  return (globalThis.Deno ?? globalThis.process).memoryUsage().heapUsed;
}

const held = [];

const measurements = {
  /** Makes so many clients and keeps them. */
  async make({ count, provider }) {
    tenant(undefined, provider).close();
    const before = { core: taken(), heap: await heap() };
    for (let index = 0; index < count; index += 1) held.push(tenant(undefined, provider));
    const made = { core: taken(), heap: await heap() };
    return { core: (made.core - before.core) / count, heap: (made.heap - before.heap) / count };
  },
  /** Gets all of them a token. */
  async obtain({ count }) {
    const before = { core: taken(), heap: await heap() };
    await obtain(held);
    const after = { core: taken(), heap: await heap() };
    return { core: (after.core - before.core) / count, heap: (after.heap - before.heap) / count };
  },
  async time({ count }) {
    const first = last + 1;
    const clients = Array.from({ length: count }, () => tenant());
    await obtain(clients);
    const cachedOne = await microseconds(() => clients[0].authorization());
    const cached = await microseconds((number) => clients[number % count].authorization());
    const askedOne = await microseconds(() => clients[0].token({ minValidity: 1 }));
    const asked = await microseconds((number) => clients[number % count].token({ minValidity: 1 }));
    const again = await microseconds((number) => tenant(first + number % count).close());
    const fresh = await microseconds(() => tenant().close());
    for (const client of clients) client.close();
    return { cachedOne, cached, askedOne, asked, again, fresh };
  },
  /** Clients beyond the bound. */
  async beyond({ count }) {
    for (let index = 0; index < count; index += 1) tenant();
    return { fresh: await microseconds(() => void tenant()) };
  },
  closed({ count }) {
    tenant().close();
    const before = taken();
    for (let index = 0; index < count; index += 1) tenant().close();
    return { before, after: taken() };
  },
  /** Never closed, and held by nobody. */
  forgotten({ count }) {
    const before = taken();
    for (let index = 0; index < count; index += 1) tenant();
    return { before, after: taken() };
  },
};

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    const { count, ...rest } = Object.fromEntries(searchParams);
    return Response.json(await measurements[pathname.slice(1)]({ count: Number(count), ...rest }));
  },
};
