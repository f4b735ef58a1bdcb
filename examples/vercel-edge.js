// What an API answers, asked with a token. `vercel dev`, with this file as api/orders.js.
// deno-lint-ignore-file no-process-global -- Vercel Edge has the global, and no node:process
import { createClient } from "bearerkit";

export const config = { runtime: "edge" };

const { TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, API_URL } = process.env;

export default async function handler() {
  try {
    // Clients of equal options share one token: this one is made in each request and keeps its token all the same.
    const api = createClient({
      provider: TOKEN_ENDPOINT,
      credentials: { client_id: CLIENT_ID, client_secret: CLIENT_SECRET },
      allowInsecure: TOKEN_ENDPOINT?.startsWith("http:"), // on loopback, to try it out
    });
    const { body, status, headers } = await api.fetch(API_URL);
    const type = headers.get("content-type") ?? "text/plain";
    return new Response(body, { status, headers: { "content-type": type } });
  } catch (error) {
    console.error(error.message); // no secret is in it
    return new Response(error.code ?? "the API cannot be reached", { status: 502 });
  }
}
