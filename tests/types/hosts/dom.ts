// lib.dom: browsers, Vercel Edge, Deno's and Next.js' editors.
import { createClient } from "bearerkit";

export async function main(credentials: { client_id: string; client_secret: string }, key: CryptoKey) {
  const api = createClient({ provider: "https://as.example/token", credentials, fetch: window.fetch });
  const wanted: typeof fetch = api.fetch;
  const also: (input: RequestInfo | URL, init?: RequestInit) => Promise<Response> = api.fetch;
  const response: Response = await api.fetch("https://api.example/", { mode: "cors", body: new FormData() });
  // A JWK is good as WebCrypto exports it.
  const private_key: JsonWebKey = await crypto.subtle.exportKey("jwk", key);
  api.extend({ credentials: { client_id: "i", private_key } });
  return [wanted, also, response];
}
