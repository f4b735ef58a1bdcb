// Calls an API with a token and returns its answer. `npx wrangler dev`; the secrets: `npx wrangler secret put CLIENT_SECRET`.
import { createClient } from "bearerkit";

export default {
  async fetch(_request, env) {
    try {
      // Clients with equal options share one token, so a client that each request creates still uses the cached token.
      const api = createClient({
        provider: env.TOKEN_ENDPOINT,
        credentials: { client_id: env.CLIENT_ID, client_secret: env.CLIENT_SECRET },
        allowInsecure: env.TOKEN_ENDPOINT?.startsWith("http:"), // on loopback, for a first try
      });
      const { body, status, headers } = await api.fetch(env.API_URL);
      const type = headers.get("content-type") ?? "text/plain";
      return new Response(body, { status, headers: { "content-type": type } });
    } catch (error) {
      console.error(error.message); // it contains no secret
      return new Response(error.code ?? "the API cannot be reached", { status: 502 });
    }
  },
};
