// Calls an API with a token and returns its answer. `vercel dev`, with this file as api/orders.js.
// deno-lint-ignore-file no-process-global -- Vercel Edge has the global, and no node:process
import { createClient } from "bearerkit";

export const config = { runtime: "edge" };

const { TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, API_URL } = process.env;

export default async function handler() {
  try {
    // Clients with equal options share one token, so a client that each request creates still uses the cached token.
    const api = createClient({
      provider: TOKEN_ENDPOINT,
      credentials: { client_id: CLIENT_ID, client_secret: CLIENT_SECRET },
      allowInsecure: TOKEN_ENDPOINT?.startsWith("http:"), // on loopback, for a first try
    });
    const { body, status, headers } = await api.fetch(API_URL);
    const type = headers.get("content-type") ?? "text/plain";
    return new Response(body, { status, headers: { "content-type": type } });
  } catch (error) {
    console.error(error.message); // it contains no secret
    return new Response(error.code ?? "the API cannot be reached", { status: 502 });
  }
}
