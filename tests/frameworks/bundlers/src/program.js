import { createClient } from "bearerkit";

export default {
  async fetch(request) {
    const base = new URL(request.url).searchParams.get("base");
    const api = createClient({
      provider: `${base}/token`,
      credentials: { client_id: "id", client_secret: "secret" },
      allowInsecure: true,
    });
    const response = await api.fetch(`${base}/data`);
    return new Response(await response.text());
  },
};
