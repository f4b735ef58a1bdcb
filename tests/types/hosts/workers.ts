// @cloudflare/workers-types alone.
import { type Client, createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";
import { d1, durableObject, r2, type SharedStore, workersKv } from "bearerkit/stores";
import type { TokenStoreObject } from "bearerkit/stores/durable-object";

interface Env {
  ID: string;
  SECRET: SecretsStoreSecret;
  MTLS: Fetcher;
  API: Fetcher;
  TOKENS: DurableObjectNamespace<TokenStoreObject>;
  UNTYPED: DurableObjectNamespace;
  KV: KVNamespace;
  DB: D1Database;
  BUCKET: R2Bucket;
}

export const stores = ({ TOKENS, UNTYPED, KV, DB, BUCKET }: Env): SharedStore[] => [
  durableObject(TOKENS, { timeout: 2 }),
  durableObject(UNTYPED),
  workersKv(KV),
  d1(DB),
  r2(BUCKET),
  // @ts-expect-error another binding
  workersKv(DB),
];

export default {
  async fetch(request: Request, env: Env, ctx: ExecutionContext): Promise<Response> {
    const api: Client = createClient({
      provider: fuse,
      name: "shop",
      credentials: async () => ({ client_id: env.ID, client_secret: await env.SECRET.get() }),
      fetch: (input, init) => env.MTLS.fetch(input, init),
      waitUntil: (promise) => ctx.waitUntil(promise),
    });
    const credentials = { client_id: env.ID, client_secret: "s" };
    createClient({ provider: fuse, credentials, fetch: env.API.fetch.bind(env.API) });
    createClient({ provider: fuse, credentials, waitUntil: ctx.waitUntil.bind(ctx) });
    const wanted: typeof fetch = api.fetch;
    const key = await crypto.subtle.importKey("raw", new Uint8Array(32), { name: "HMAC", hash: "SHA-256" }, true, [
      "sign",
    ]);
    const private_key = await crypto.subtle.exportKey("jwk", key) as JsonWebKey;
    api.extend({ credentials: { client_id: env.ID, private_key } });
    const response: Response = await wanted("https://api.fuse.me/v1/accounts", { cf: { cacheTtl: 5 } });
    return request.method === "HEAD" ? new Response(null, response) : await api.fetch(request);
  },
} satisfies ExportedHandler<Env>;
