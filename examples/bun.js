// Calls an API with a token and returns its answer. `bun run bun.js` reads .env by itself.
import { createClient } from "bearerkit";

const { TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, API_URL, PORT = "8080" } = Bun.env;

const api = createClient({
  provider: TOKEN_ENDPOINT,
  credentials: { client_id: CLIENT_ID, client_secret: CLIENT_SECRET },
  allowInsecure: TOKEN_ENDPOINT?.startsWith("http:"), // on loopback, for a first try
});

const server = Bun.serve({
  port: PORT,
  async fetch() {
    try {
      const { body, status, headers } = await api.fetch(API_URL);
      const type = headers.get("content-type") ?? "text/plain";
      return new Response(body, { status, headers: { "content-type": type } });
    } catch (error) {
      console.error(error.message); // it contains no secret
      return new Response(error.code ?? "the API cannot be reached", { status: 502 });
    }
  },
});
console.log(server.url.href);
