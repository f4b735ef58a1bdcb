// Calls an API with a token and returns its answer. `deno run --allow-net --allow-env --env-file deno.js`
import { createClient } from "bearerkit"; // deno add npm:bearerkit

const api = createClient({
  provider: Deno.env.get("TOKEN_ENDPOINT"),
  credentials: { client_id: Deno.env.get("CLIENT_ID"), client_secret: Deno.env.get("CLIENT_SECRET") },
  allowInsecure: Deno.env.get("TOKEN_ENDPOINT")?.startsWith("http:"), // on loopback, for a first try
});

Deno.serve({ port: Number(Deno.env.get("PORT") ?? 8080) }, async () => {
  try {
    const { body, status, headers } = await api.fetch(Deno.env.get("API_URL"));
    const type = headers.get("content-type") ?? "text/plain";
    return new Response(body, { status, headers: { "content-type": type } });
  } catch (error) {
    console.error(error.message); // it contains no secret
    return new Response(error.code ?? "the API cannot be reached", { status: 502 });
  }
});
