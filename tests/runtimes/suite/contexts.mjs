// In whose name a request goes out: each in the turn and the async context (AsyncLocalStorage) of the call that it is for.
import { createClient } from "bearerkit";
import { vercel } from "bearerkit/identity";
import { openrouterWorkloadIdentity } from "bearerkit/providers";
import { equal, rejection, sleep, until } from "./assert.mjs";
import { at } from "./lifecycle.mjs";
import { scripted } from "./script.mjs";
import { API, PLAIN } from "./world.mjs";

/** By its name, since edge-runtime's bundler would look for the module. */
const MODULE = "node:async_hooks";

const newContext = async () => new (globalThis.AsyncLocalStorage ?? (await import(MODULE)).AsyncLocalStorage)();

const METADATA = "/.well-known/openid-configuration";
const CREDENTIALS = { client_id: "app", client_secret: "s3cr3t" };
const granted = (more = {}) => Response.json({ access_token: "a", expires_in: 3600, ...more });

/** Clients of different callers, and whatever was done for each of them in whose context: `[what, id, context]`. */
function watched(context, options = () => ({})) {
  const seen = [];
  const note = (what, id) => seen.push([what, id, context.getStore()]);
  const client = (id) =>
    createClient({
      provider: PLAIN,
      credentials: { client_id: id, client_secret: "s3cr3t" },
      name: crypto.randomUUID(),
      fetch: async (url, init) => {
        note(new URL(url).pathname, id);
        // As long as a server takes, for one longer than for another.
        await new Promise((resolve) => setTimeout(resolve, id === "a" ? 20 : 5));
        note("later", id);
        return answer(url, init);
      },
      ...options(id, note),
    });
  return { seen, client };
}

function answer(url) {
  const { origin, pathname } = new URL(url);
  if (pathname === METADATA) {
    return Response.json({ issuer: origin, token_endpoint: `${origin}/token`, jwks_uri: `${origin}/jwks` });
  }
  return pathname === "/introspect" ? Response.json({ active: true }) : granted({ session: "s" });
}

/** All of them call in one turn, each in its own context; what was seen has to be what was expected of each. */
async function all(make, call, expected) {
  const context = await newContext();
  const { seen, client } = watched(context, make);
  const clients = ["a", "b", "c"].map((id) => [id, client(id)]);
  await Promise.all(clients.map(([id, client]) => context.run(id, () => call(client, id))));
  equal(seen.filter(([, id, found]) => id !== found), [], "done in another's context");
  for (const [id] of clients) {
    equal(seen.filter(([what, of]) => of === id && what !== "later").map(([what]) => what), expected, id);
  }
}

export const contexts = {
  async "three callers in one turn: each request in the context of its own"() {
    await all(undefined, (client) => client.fetch(API), ["/token", "/orders"]);
  },

  async "in the turn, too, and what fetch does at once is done to a request that is under way"() {
    const urls = [];
    const fetch = (url) => {
      urls.push(url);
      if (urls.length === 1) again = client.token();
      return Promise.resolve(granted());
    };
    let again;
    const client = createClient({ provider: PLAIN, credentials: CREDENTIALS, name: crypto.randomUUID(), fetch });
    const first = client.token();
    equal(urls, [PLAIN]);
    equal(await again, await first);
    equal(urls.length, 1);
  },

  async "metadata, steps and signatures: whatever an exchange sends later"() {
    await all(
      (id) => ({ provider: { issuer: `https://${id}.example` } }),
      (client) => client.token(),
      [METADATA, "/token"],
    );
    const step = { token_endpoint: "https://as.example/login", response: { capture: { session: "/session" } } };
    const provider = { token_endpoint: PLAIN, parameters: { session: "{session}" }, steps: [step] };
    await all(() => ({ provider }), (client) => client.token(), ["/login", "/token"]);
    const signed = { token_endpoint: PLAIN, token_endpoint_auth_method: "client_secret_jwt" };
    await all(() => ({ provider: signed }), (client) => client.token(), ["/token"]);
  },

  async "a credentials function, who is told, revocation and introspection"() {
    const provider = {
      token_endpoint: PLAIN,
      revocation_endpoint: "https://as.example/revoke",
      introspection_endpoint: "https://as.example/introspect",
    };
    const make = (id, note) => ({
      provider,
      credentials: async () => {
        note("credentials", id);
        await new Promise((resolve) => setTimeout(resolve, 5));
        return { client_id: id, client_secret: "s3cr3t" };
      },
      onEvent: ({ type }) => note(type, id),
    });
    await all(make, async (client) => {
      await client.token();
      await client.introspect();
      await client.revoke();
    }, ["token_request", "credentials", "/token", "token", "/introspect", "/revoke"]);
  },

  async "a renewal in the background: that of the call which began it"() {
    const context = await newContext();
    const { seen, client: make } = watched(context);
    const client = make("a");
    const { renewAt } = await context.run("first", () => client.token());
    at(renewAt.getTime(), () => context.run("renewing", () => client.token()));
    await until(() => seen.length === 4, "the renewal");
    equal(seen.map(([, , found]) => found), ["first", "first", "renewing", "renewing"]);
  },

  async "the platform's identity: asked for in the turn and the context of the acting call, each time, and never kept"() {
    const context = await newContext();
    const asked = [];
    const shown = [];
    let turn = 0;
    const client = createClient({
      provider: openrouterWorkloadIdentity,
      variables: { federation_policy_id: "p" },
      name: crypto.randomUUID(),
      // As vercel() does: what the context holds is read before anything is awaited.
      credentials: async () => {
        const request = context.getStore();
        asked.push([request, turn]);
        await new Promise((resolve) => setTimeout(resolve, 1));
        return { subject_token: `e30.${request}.c2ln` };
      },
      fetch: async (_, { body }) => {
        shown.push([context.getStore(), new URLSearchParams(body).get("subject_token")]);
        return await Promise.resolve(granted());
      },
    });
    const call = (request, act) =>
      context.run(request, () => {
        const pending = act();
        turn += 1;
        return pending;
      });
    const { renewAt } = await call("first", () => client.token());
    // A renewal in the background is that of the request which meets the stale token.
    at(renewAt.getTime(), () => call("renewing", () => client.token()));
    await until(() => shown.length === 2, "the renewal");
    await until(() => client.explain().serial === 2, "its token");
    client.invalidate();
    await call("third", () => client.token());
    equal(asked, [["first", 0], ["renewing", 1], ["third", 2]]);
    equal(shown, ["first", "renewing", "third"].map((request) => [request, `e30.${request}.c2ln`]));
    client.close();
  },

  async "Vercel's context is that of the request which needs a token"() {
    const context = await newContext();
    const key = Symbol.for("@vercel/request-context");
    const before = globalThis[key];
    globalThis[key] = { get: () => ({ headers: { "x-vercel-oidc-token": context.getStore() } }) };
    try {
      const shown = [];
      const make = (name) =>
        createClient({
          provider: openrouterWorkloadIdentity,
          variables: { federation_policy_id: "p" },
          name,
          credentials: async () => ({ subject_token: await vercel() }),
          fetch: async (_, { body }) => {
            shown.push([context.getStore(), new URLSearchParams(body).get("subject_token")]);
            return await Promise.resolve(granted());
          },
        });
      const requests = ["e30.e30.one", "e30.e30.two", "e30.e30.three"];
      await Promise.all(requests.map((request) => context.run(request, () => make(crypto.randomUUID()).token())));
      equal(shown.sort(), requests.map((request) => [request, request]).sort());
    } finally {
      globalThis[key] = before;
    }
  },

  async "a follower that takes over sends in its own"() {
    const context = await newContext();
    const seen = [];
    const name = crypto.randomUUID();
    const make = (id, fetch) =>
      createClient({
        provider: PLAIN,
        credentials: CREDENTIALS,
        name,
        fetch: (url) => {
          seen.push([id, context.getStore()]);
          return fetch(url);
        },
      });
    const unavailable = () => Promise.resolve(new Response(null, { status: 503 }));
    const clients = { a: make("a", unavailable), b: make("b", () => Promise.resolve(granted())) };
    const controller = new AbortController();
    const leader = rejection(context.run("a", () => clients.a.token({ signal: controller.signal })));
    const follower = context.run("b", () => clients.b.token());
    controller.abort();
    equal((await leader).code, "ERR_ABORTED");
    await follower;
    equal(seen, [["a", "a"], ["b", "b"]]);
  },

  async "what a host throws out of fetch for itself comes out as it is, to the call that met it"() {
    const digests = [
      Object.assign(new Error("Dynamic server usage"), { digest: "DYNAMIC_SERVER_USAGE" }),
      Object.assign(new Error("postponed"), { $$typeof: Symbol.for("react.postpone") }),
    ];
    for (const thrown of digests) {
      for (
        const fails of [() => Promise.reject(thrown), () => {
          throw thrown;
        }]
      ) {
        const provider = {
          token_endpoint: PLAIN,
          revocation_endpoint: "https://as.example/revoke",
          // What fetch throws could quote it: of others that is not passed on.
          resource_request: { query: { access_token: "{access_token}" } },
        };
        const name = crypto.randomUUID();
        const make = (fetch) => createClient({ provider, credentials: CREDENTIALS, name, fetch });
        let asked = 0;
        const prerendered = make(() => {
          asked += 1;
          return fails();
        });
        const served = make(() => Promise.resolve(granted()));
        const doomed = Array.from({ length: 5 }, () => rejection(prerendered.token()));
        const follower = served.token();
        for (const error of await Promise.all(doomed)) equal(error === thrown, true, "the same object");
        equal(asked, 5, "each call asks once");
        equal((await follower).value, "a", "whoever waits asks for itself");
        equal((await rejection(prerendered.fetch(API))) === thrown, true, "the same object of the API's call");
        equal((await rejection(prerendered.revoke())) === thrown, true, "and of a revocation");
        equal(served.explain().lastError, null, "it is no failure");
      }
    }
  },

  async "a renewal that the host stops is begun by the next call again"() {
    let stops = false;
    const thrown = Object.assign(new Error("later"), { digest: "LATER" });
    const { client, tokens } = scripted(undefined, {}, (token) => {
      if (stops) throw thrown;
      return Response.json({ access_token: token, expires_in: 3600 });
    });
    const { renewAt, value } = await client.token();
    stops = true;
    // By the clock that is set back after the first it is stale as well.
    for (const renew of [() => at(renewAt.getTime(), () => client.token()), client.token]) {
      const before = tokens();
      equal((await renew()).value, value);
      await sleep(5);
      equal(tokens(), before + 1);
    }
    stops = false;
    await client.token();
    await until(() => client.explain().serial === 4, "the renewal");
  },
};
