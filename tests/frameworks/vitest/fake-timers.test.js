import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";
import { fakeProvider } from "bearerkit/testing";
import { afterEach, expect, test, vi } from "vitest";

afterEach(() => vi.useRealTimers());

for (const when of ["before", "after"]) {
  test(`timers faked ${when} the client is made`, async () => {
    const fake = fakeProvider({ lifetime: 600 });
    if (when === "before") vi.useFakeTimers();
    const api = createClient({ provider: fuse, credentials: fake.credentials, name: when, fetch: fake.fetch });
    if (when === "after") vi.useFakeTimers();
    const ask = async () => (await api.fetch("https://api.fuse.me/v1/accounts")).status;
    expect(new Set(await Promise.all(Array.from({ length: 12 }, ask)))).toEqual(new Set([200]));
    expect(fake.count("token")).toBe(1);
    // A token ages as the fake clock moves.
    await vi.advanceTimersByTimeAsync(601_000);
    expect(await ask()).toBe(200);
    expect(fake.count("token")).toBe(2);
    fake.revokeAll();
    expect(await ask()).toBe(200);
    expect(fake.count("token")).toBe(3);
    api.close();
  });
}
