// What an API answers, asked with a token. `npx wrangler dev`; the secrets: `npx wrangler secret put CLIENT_SECRET`.
import { createClient } from "bearerkit";

export default {
  async fetch(_request, env) {
    // Clients of equal options share one token: this one is made in each request and keeps its token all the same.
    const api = createClient({
      provider: env.TOKEN_ENDPOINT,
      credentials: { client_id: env.CLIENT_ID, client_secret: env.CLIENT_SECRET },
      allowInsecure: env.TOKEN_ENDPOINT?.startsWith("http:"), // on loopback, to try it out
    });
    const answer = await api.fetch(env.API_URL);
    return Response.json(await answer.json(), { status: answer.status });
  },
};
