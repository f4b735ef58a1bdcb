// In the workers pool of vitest.
import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";
import { fakeProvider } from "bearerkit/testing";
import { expect, test } from "vitest";

test("a herd, an expiry, a 401", async () => {
  const fake = fakeProvider({ lifetime: 4 });
  const api = createClient({ provider: fuse, credentials: fake.credentials, fetch: fake.fetch });
  const ask = async () => (await api.fetch("https://api.fuse.me/v1/accounts")).status;
  expect(new Set(await Promise.all(Array.from({ length: 12 }, ask)))).toEqual(new Set([200]));
  expect(fake.count("token")).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 4100));
  expect(await ask()).toBe(200);
  expect(fake.count("token")).toBe(2);
  fake.revokeAll();
  expect(await ask()).toBe(200);
  expect(fake.count("token")).toBe(3);
}, 10_000);
