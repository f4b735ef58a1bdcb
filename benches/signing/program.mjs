// Asks for tokens with assertions, as often as it is told; whoever asks measures.
import { createClient } from "bearerkit";
import { keys } from "./keys.mjs";

const clients = {};

export default {
  async fetch(request) {
    const { searchParams } = new URL(request.url);
    const [alg, times] = [searchParams.get("alg"), Number(searchParams.get("times"))];
    const client = clients[alg] ??= clientOf(alg);
    for (let time = 0; time < times; time += 1) {
      client.invalidate();
      await client.token();
    }
    return new Response("done");
  },
};

/** `none`: the same without a signature. */
function clientOf(alg) {
  const isSigned = alg !== "none";
  return createClient({
    provider: {
      token_endpoint: "https://as.example/token",
      token_endpoint_auth_method: isSigned ? "private_key_jwt" : "client_secret_post",
      ...(isSigned && { assertion: { alg } }),
    },
    credentials: { client_id: "app", [isSigned ? "private_key" : "client_secret"]: keys[alg] ?? "s3cr3t" },
    fetch: () => Promise.resolve(Response.json({ access_token: crypto.randomUUID(), expires_in: 3600 })),
    name: alg,
  });
}
