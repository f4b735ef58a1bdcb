import { createClient } from "bearerkit";

export default defineEventHandler(async (event) => {
  const { base } = getQuery(event);
  const api = createClient({
    provider: `${base}/token`,
    credentials: { client_id: "id", client_secret: "secret" },
    allowInsecure: true,
  });
  const response = await api.fetch(`${base}/data`);
  return await response.text();
});
