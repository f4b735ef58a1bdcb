// A Worker whose requests end in every way that a request can end while it, or others, wait for a token.
//
//   /use       calls the API with a token; answers what came of it
//   /start     begins to get a token, and answers without waiting for it
//   /race      calls the API, but for `ms` milliseconds at most
//   /fail      begins to get a token, and throws
//   /exit      begins to get a token, and is terminated in the turn of the answer, after so many "steps" of it
//   /cancel    calls `path` of this Worker by a service binding, and cancels after `ms` milliseconds
//   /token     what came of a call of the client's member `call`, an error included
//
// For tests/traps, whose build can do that:
//
//   /trap      the core panics the next `times` times that it comes by `places`
//   /instances how many instances of the core were made
//   /each      the same as /token for `count` clients that have a token, and a trap in each call
//   /spiral    `count` calls without patience, each at the time when the one before said that it may ask again
//   /deep      calls the client's member `call` where the stack ends
//   /locked    the same where nothing but the lock tells of it
//   /pure      a trap in each function of bearerkit/core
//
// `ns`: the namespace of the loopback server at `origin`. `client`: whether it is made in each request, kept from the
// first one, or made at the top level. `pin=no`: nothing keeps a token request alive when the request that began it ends.
import { instances } from "./memory.mjs"; // before the package
import { createClient } from "bearerkit";
import { buildTokenRequest, parseChallenges, parseRetryAfter, parseTokenResponse, readJwtExpiry } from "bearerkit/core";
import { fakeCredentials } from "bearerkit/testing";

const API = "https://api.example/orders";

/** place -> how many more times. */
const traps = new Map();

globalThis.isTrap = (place) => {
  const left = traps.get(place) ?? 0;
  traps.set(place, left - 1);
  return left > 0;
};

/** Of the request that came last; the top level knows none. */
let place;

const top = createClient({
  provider: "https://as.example/token",
  credentials: fakeCredentials,
  fetch: (input, init) => fetch(localized(place, input), init),
});

const kept = new Map();

const clients = {
  request: make,
  kept(options) {
    if (!kept.has(options.ns)) kept.set(options.ns, make(options));
    return kept.get(options.ns);
  },
  top(options) {
    place = options;
    return top;
  },
};

function make(options) {
  return createClient({
    provider: { token_endpoint: "https://as.example/token", revocation_endpoint: "https://as.example/revoke" },
    credentials: fakeCredentials,
    name: `${options.ns} ${options.number ?? ""}`,
    timeout: Number(options.timeout ?? 10),
    patience: Number(options.patience ?? 10),
    refreshMargin: options.margin === undefined ? undefined : Number(options.margin),
    fetch: (input, init) => fetch(localized(options, input), init),
    waitUntil: options.pin === "no" ? () => {} : undefined,
  });
}

function localized({ origin, ns }, url) {
  return `${origin}/ns/${ns}/${url.slice("https://".length)}`;
}

function set(places, times) {
  traps.clear();
  for (const place of places.split(",")) traps.set(place, Number(times));
}

const ways = {
  async use({ client }) {
    return Response.json(await call(client));
  },
  start({ client }) {
    client.authorization().catch(() => {});
    return Response.json({ started: true });
  },
  async race({ client, ms }) {
    const outcome = await Promise.race([
      call(client),
      new Promise((resolve) => setTimeout(resolve, Number(ms), { late: true })),
    ]);
    return Response.json(outcome);
  },
  async fail({ client, ms }) {
    client.authorization().catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, Number(ms)));
    throw new TypeError("the handler's own bug");
  },
  async exit({ ns, steps }) {
    // Without `nodejs_compat` nothing can do that.
    if (typeof globalThis.process?.exit !== "function") return Response.json({ terminated: false });
    const answer = new Promise((resolve) => setTimeout(resolve, 5)).then(() => Response.json({ access_token: "a" }));
    let turn = answer;
    for (let step = 0; step < Number(steps); step += 1) turn = turn.then(() => {});
    turn.then(() => globalThis.process.exit(1));
    const client = createClient({
      provider: "https://as.example/token",
      credentials: fakeCredentials,
      name: `${ns} exit ${steps}`,
      fetch: () => answer,
    });
    return Response.json(await outcome(client, "authorization"));
  },
  async token({ client, call = "authorization" }) {
    return Response.json(await outcome(client, call));
  },
  instances() {
    return Response.json(instances());
  },
  trap({ places, times }) {
    set(places, times);
    return Response.json({ set: true });
  },
  async each({ count, place, call, ...options }) {
    const clients = Array.from({ length: Number(count) }, (_, number) => make({ ...options, number }));
    const tokens = await Promise.all(clients.map((client) => client.authorization()));
    const outcomes = [];
    for (const client of clients) {
      set(place, 1);
      outcomes.push(JSON.stringify(await outcome(client, call)));
    }
    const later = await Promise.all(clients.map((client) => client.authorization()));
    for (const client of clients) client.close();
    return Response.json({ outcomes: [...new Set(outcomes)], same: later.every((token, at) => token === tokens[at]) });
  },
  async spiral({ count, ...options }) {
    const client = make({ ...options, patience: 0 });
    const { now } = Date;
    let ahead = 0;
    const waits = [];
    Date.now = () => now() + ahead;
    try {
      for (let round = 0; round < Number(count); round += 1) {
        const { retryAt } = await client.authorization().then(() => ({}), (error) => error);
        waits.push(retryAt - Date.now());
        ahead += retryAt - Date.now();
      }
    } finally {
      Date.now = now;
    }
    return Response.json(waits);
  },
  async deep({ client, call }) {
    const token = await client.authorization();
    let ended = 0;
    let below = 0;
    const dive = () => {
      try {
        // Not a tail call, which JavaScriptCore makes without a stack.
        return dive() + 1;
      } catch (full) {
        // On the way up, from where there is no room at all to where there is enough. Bun is slow to make an instance.
        below += 1;
        if (below < 4000 && ended < 20) {
          try {
            client[call]();
          } catch {
            ended += 1;
          }
        }
        throw full;
      }
    };
    for (let time = 0; time < 2; time += 1) {
      below = 0;
      ended = 0;
      try {
        dive();
      } catch {
        // As it has to end.
      }
    }
    const same = await client.authorization() === token;
    return Response.json({ ended: ended > 0, same, after: await outcome(client, call) });
  },
  async locked({ client, call }) {
    const token = await client.authorization();
    const { isTrap } = globalThis;
    globalThis.isTrap = () => {
      throw new Error("whatever it is, it passes through the core");
    };
    const during = await outcome(client, call);
    globalThis.isTrap = isTrap;
    const same = await client.authorization() === token;
    return Response.json({ during: during.name, same, after: await outcome(client, call) });
  },
  async pure({ client }) {
    const token = await client.authorization();
    const options = { provider: "https://as.example/token", credentials: fakeCredentials };
    const response = { status: 200, headers: {}, body: '{"access_token":"a"}' };
    const calls = {
      parse_token_response: () => parseTokenResponse(options, response, 0),
      read_jwt_expiry: () => readJwtExpiry("a.b.c"),
      parse_retry_after: () => parseRetryAfter("1", 0),
      parse_challenges: () => parseChallenges("Bearer"),
      poll: () => buildTokenRequest(options, 0, new Uint8Array(8)),
      new: () => buildTokenRequest(options, 0, new Uint8Array(8)),
    };
    const codes = [];
    for (const [place, call] of Object.entries(calls)) {
      set(place, 1);
      const { code } = await outcome({ call }, "call");
      codes.push(code);
      call();
    }
    return Response.json({ codes, same: await client.authorization() === token });
  },
  async cancel({ ms, path, query, env }) {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), Number(ms));
    try {
      const response = await env.SELF.fetch(`http://self${path}?${query}`, { signal: controller.signal });
      return new Response(response.body, response);
    } catch (error) {
      if (!controller.signal.aborted) throw error;
      return Response.json({ cancelled: true });
    }
  },
};

async function outcome(client, call) {
  try {
    const value = await client[call]();
    return { is: typeof value };
  } catch ({ name, code, message }) {
    return { name, code, message };
  }
}

async function call(client) {
  const response = await client.fetch(API);
  const { ok = false } = await response.json();
  return { status: response.status, ok };
}

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const options = Object.fromEntries(searchParams);
    const way = pathname.slice(1);
    // Who cancels or sets a trap has nothing to do with tokens.
    const client = way === "cancel" || way === "trap" ? undefined : clients[options.client ?? "request"](options);
    return await ways[way]({ ...options, client, env, query: searchParams });
  },
};
