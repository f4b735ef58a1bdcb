import { createClient } from "bearerkit";
import { Hono } from "hono";

const app = new Hono();

app.get("/", async (c) => {
  const base = c.req.query("base");
  const api = createClient({
    provider: `${base}/token`,
    credentials: { client_id: "id", client_secret: "secret" },
    allowInsecure: true,
  });
  const response = await api.fetch(`${base}/data`);
  return c.text(await response.text());
});

export default app;
