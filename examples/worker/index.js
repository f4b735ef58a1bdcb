// What an API answers, asked with a token. `npx wrangler dev`; the secrets: `npx wrangler secret put CLIENT_SECRET`.
import { createClient } from "bearerkit";

export default {
  async fetch(_request, env) {
    try {
      // Clients of equal options share one token: this one is made in each request and keeps its token all the same.
      const api = createClient({
        provider: env.TOKEN_ENDPOINT,
        credentials: { client_id: env.CLIENT_ID, client_secret: env.CLIENT_SECRET },
        allowInsecure: env.TOKEN_ENDPOINT?.startsWith("http:"), // on loopback, to try it out
      });
      const { body, status, headers } = await api.fetch(env.API_URL);
      const type = headers.get("content-type") ?? "text/plain";
      return new Response(body, { status, headers: { "content-type": type } });
    } catch (error) {
      console.error(error.message); // no secret is in it
      return new Response(error.code ?? "the API cannot be reached", { status: 502 });
    }
  },
};
