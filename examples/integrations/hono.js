// hono: a middleware that puts a client on the context. The same app runs on Workers and, by hono-node.js, on Node.
import { createClient } from "bearerkit";
import { honoClient } from "bearerkit/integrations";
import { Hono } from "hono";
import { env } from "hono/adapter";

/** `c.var.api`: made in each request, and all of them share one token. */
export const withApi = honoClient((c) => {
  const { TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET } = env(c);
  return createClient({
    provider: TOKEN_ENDPOINT,
    credentials: { client_id: CLIENT_ID, client_secret: CLIENT_SECRET },
    allowInsecure: TOKEN_ENDPOINT?.startsWith("http:"), // on loopback, for a first try
  });
});

const app = new Hono();
app.use(withApi);
app.get("/", async (c) => {
  const { body, status, headers } = await c.var.api.fetch(env(c).API_URL);
  return c.body(body, status, { "content-type": headers.get("content-type") ?? "text/plain" });
});
app.onError((error, c) => {
  console.error(error.message); // it contains no secret
  return c.body(error.code ?? "the API cannot be reached", 502);
});

export default app;
