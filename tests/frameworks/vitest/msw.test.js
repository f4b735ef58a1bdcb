import { createClient } from "bearerkit";
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { afterAll, beforeAll, expect, test } from "vitest";

let issued = 0;
let refused;
const server = setupServer(
  http.post("https://as.example/token", () => {
    issued += 1;
    return HttpResponse.json({ access_token: `token-${issued}`, expires_in: issued === 1 ? 2 : 3600 });
  }),
  http.get("https://api.example/orders", ({ request }) => {
    const token = request.headers.get("authorization");
    return token === refused ? new HttpResponse(null, { status: 401 }) : HttpResponse.text(token);
  }),
);
beforeAll(() => server.listen({ onUnhandledRequest: "error" }));
afterAll(() => server.close());

test("a herd, an expiry, a 401", async () => {
  const api = createClient({
    provider: "https://as.example/token",
    credentials: { client_id: "id", client_secret: "secret" },
  });
  const ask = async () => await (await api.fetch("https://api.example/orders")).text();
  expect(new Set(await Promise.all(Array.from({ length: 12 }, ask)))).toEqual(new Set(["Bearer token-1"]));
  await new Promise((resolve) => setTimeout(resolve, 2100));
  expect(await ask()).toBe("Bearer token-2");
  refused = "Bearer token-2";
  expect(await ask()).toBe("Bearer token-3");
  expect(issued).toBe(3);
});
