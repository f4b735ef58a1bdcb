import { createClient } from "bearerkit";

export async function GET({ url }) {
  const base = url.searchParams.get("base");
  const api = createClient({
    provider: `${base}/token`,
    credentials: { client_id: "id", client_secret: "secret" },
    allowInsecure: true,
  });
  const response = await api.fetch(`${base}/data`);
  return new Response(await response.text());
}
