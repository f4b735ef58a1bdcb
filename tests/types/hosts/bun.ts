// bun-types alone: its `fetch` is a function with members.
import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";

const credentials = { client_id: Bun.env.ID, client_secret: process.env.SECRET };
const api = createClient({ provider: fuse, credentials, fetch: (input, init) => fetch(input, init) });
const wanted: typeof fetch = api.fetch;

Bun.serve({
  async fetch(request): Promise<Response> {
    const response = await wanted("https://api.fuse.me/v1/accounts", { method: request.method, verbose: false });
    return new Response(response.body, response);
  },
});
