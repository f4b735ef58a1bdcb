// A Worker whose requests end in every way that a request can end while it, or others, wait for a token.
//
//   /use       calls the API with a token; answers what came of it
//   /start     begins to get a token, and answers without waiting for it
//   /race      calls the API, but for `ms` milliseconds at most
//   /fail      begins to get a token, and throws
//   /cancel    calls `path` of this Worker by a service binding, and cancels after `ms` milliseconds
//
// `ns`: the namespace of the loopback server at `origin`. `client`: whether it is made in each request, kept from the
// first one, or made at the top level. `pin=no`: nothing keeps a token request alive when the request that began it ends.
import { createClient } from "bearerkit";
import { fakeCredentials } from "bearerkit/testing";

const API = "https://api.example/orders";

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
    provider: "https://as.example/token",
    credentials: fakeCredentials,
    name: options.ns,
    timeout: Number(options.timeout ?? 10),
    refreshMargin: options.margin === undefined ? undefined : Number(options.margin),
    fetch: (input, init) => fetch(localized(options, input), init),
    waitUntil: options.pin === "no" ? () => {} : undefined,
  });
}

function localized({ origin, ns }, url) {
  return `${origin}/ns/${ns}/${url.slice("https://".length)}`;
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
    // The one who cancels has nothing to do with tokens.
    const client = way === "cancel" ? undefined : clients[options.client ?? "request"](options);
    return await ways[way]({ ...options, client, env, query: searchParams });
  },
};
