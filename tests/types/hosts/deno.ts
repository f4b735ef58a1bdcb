// Deno's own types, checked by `deno check`.
import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";
import { denoKv, type SharedStore } from "bearerkit/stores";

const credentials = { client_id: Deno.env.get("ID"), client_secret: Deno.env.get("SECRET") };
const api = createClient({ provider: fuse, credentials, fetch: (input, init) => fetch(input, init) });
const wanted: typeof fetch = api.fetch;

Deno.serve(async (request): Promise<Response> => {
  const client = Deno.createHttpClient({});
  const response = await wanted("https://api.fuse.me/v1/accounts", { method: request.method, client });
  return new Response(response.body, response);
});

export const store = async (): Promise<SharedStore> => denoKv(await Deno.openKv());
