import { createClient } from "bearerkit";
import { fakeCredentials } from "bearerkit/testing";
import { equal } from "./assert.mjs";

/** What one test sees: clients whose requests end up in its own namespace of the loopback server, and that server's controls. */
export function createWorld(origin, ns) {
  const base = `${origin}/ns/${ns}`;

  async function control(command, body) {
    const init = body === undefined ? { method: "POST" } : { method: "POST", body: JSON.stringify(body) };
    const response = await fetch(`${base}/_control/${command}`, init);
    if (!response.ok) throw new Error(`${command}: ${response.status} ${await response.text()}`);
    await response.body?.cancel();
  }

  /** `https://host/path` is `/host/path` here, so that the shipped profiles are tested as they are. */
  function rewritten(input, init) {
    if (typeof input === "object" && "url" in input) return fetch(new Request(localized(input.url), input), init);
    return fetch(localized(String(input)), init);
  }

  function localized(url) {
    if (!url.startsWith("https://")) throw new Error(`only https: is rewritten, not ${url}`);
    return `${base}/${url.slice("https://".length)}`;
  }

  const calls = async () => await (await fetch(`${base}/_control/calls`)).json();
  return {
    /** Where a URL is on the loopback server. */
    localized,
    fetch: rewritten,
    /** A client that shares its machine with no other test's. */
    client: (options) => createClient({ credentials: fakeCredentials, fetch: rewritten, name: ns, ...options }),
    fail: (...faults) => control("fail", faults),
    /** A new fake with these options. */
    options: (options) => control("options", options),
    revokeAll: () => control("revoke-all"),
    /** The calls seen so far, of one kind if one is named. */
    calls: async (kind) => (await calls()).filter((call) => kind === undefined || call.kind === kind),
    /** Checks how many calls of each kind there were, e.g. `{ token: 1, api: 3 }`. */
    async expectCalls(expected) {
      const found = {};
      for (const { kind } of await calls()) found[kind] = (found[kind] ?? 0) + 1;
      equal(found, expected, "the server saw other calls");
    },
  };
}

/** A connection that breaks whenever it is tried: Deno, Bun and workerd try again by themselves where it was an old one. */
export const BROKEN = { type: "network", times: "always" };

/** A server of plain RFC 6749, and an API of its own that takes its tokens. */
export const PLAIN = "https://as.example/token";
export const API = "https://api.example/orders";
