// A Worker on each of Cloudflare's stores: /check/STORE runs checkStore, /token/STORE makes a client in the request.
import { createClient } from "bearerkit";
import { d1, durableObject, r2, workersKv } from "bearerkit/stores";
import { checkStore } from "bearerkit/testing";

export { TokenStoreObject } from "bearerkit/stores/durable-object";

const STORES = {
  none: () => undefined,
  durableObject: ({ TOKENS }, options) => durableObject(TOKENS, options),
  workersKv: ({ KV }, options) => workersKv(KV, options),
  d1: ({ DB }, options) => d1(DB, options),
  r2: ({ BUCKET }, options) => r2(BUCKET, options),
};
const TABLE =
  "create table if not exists bearerkit_tokens (name text primary key, value text not null, expires integer not null)";

const shared = {
  json: '{"provider":"https://as.example/token","credentials":{"client_secret":"fake-secret-0123456789"}}',
  asks: false,
};

const PATHS = {
  check: (store) => checkStore(store),
  async token(store, { provider, wait }) {
    const events = [];
    const client = createClient({
      provider,
      credentials: { client_id: "fake-client", client_secret: "fake-secret" },
      name: "fleet",
      store,
      allowInsecure: true,
      onEvent: ({ type, from, operation, reason }) => events.push({ type, from, operation, reason }),
    });
    if (wait) await new Promise((resolve) => setTimeout(resolve, Number(wait)));
    try {
      const { value } = await client.token();
      return { value, events };
    } catch (error) {
      return { code: error.code, message: error.message, events };
    }
  },
  write: (store, { record = "{}", over = null }) => store.write(shared, record, 60, over),
  read: (store) => store.read(shared),
  async expire(_, { name }, { TOKENS }) {
    const object = TOKENS.get(TOKENS.idFromName(name));
    const written = await object.set("bk1.x", null, 0.2);
    const before = await object.get();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return { written, before, after: await object.get() };
  },
};

export default {
  async fetch(request, env) {
    const { pathname, searchParams } = new URL(request.url);
    const [, path, name] = pathname.split("/");
    try {
      if (name === "d1") await env.DB.exec(TABLE);
      const query = Object.fromEntries(searchParams);
      const store = STORES[name](env, { key: "a store key for tests, not secret" });
      return Response.json(await PATHS[path](store, query, env));
    } catch (error) {
      return new Response(`${error.stack}`, { status: 500 });
    }
  },
};
