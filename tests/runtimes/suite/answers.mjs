// What a `fetch` of one's own may answer with, and what is sent to it.
import { equal, rejection } from "./assert.mjs";
import { scripted } from "./script.mjs";
import { API, PLAIN } from "./world.mjs";

const TOKEN = '{"access_token":"from-a-stream","expires_in":3600}';

/** Of node-fetch: all but the body is a Response's, and that is a stream of Node's, which can be iterated. */
function nodes(pieces, { status = 200, headers = {}, end = () => {} } = {}) {
  const body = (async function* () {
    try {
      yield* pieces;
    } finally {
      end();
    }
  })();
  return { status, ok: status === 200, headers: new Headers(headers), body, bodyUsed: false };
}

const bytes = (text) => new TextEncoder().encode(text);

/** Whether this runtime takes `cache`: workerd does since 2024-11-11. */
function takesCache() {
  try {
    return new Request(PLAIN, { cache: "no-store" }) !== undefined;
  } catch {
    return false;
  }
}

export const answers = {
  async "a body that is a stream of Node's is read, in bytes and in text"() {
    const ways = [[bytes(TOKEN)], [TOKEN], [...bytes(TOKEN)].map((byte) => Uint8Array.of(byte)), [
      TOKEN.slice(0, 9),
      TOKEN.slice(9),
    ]];
    for (const pieces of ways) {
      const { client, tokens } = scripted(undefined, {}, () => nodes(pieces));
      equal((await client.token()).value, "from-a-stream");
      equal(tokens(), 1);
    }
    const limited = { status: 429, headers: { "retry-after": "30" } };
    const { client } = scripted(undefined, { patience: 0 }, () => nodes([], limited));
    const { code, status, retryAt } = await rejection(client.token());
    equal([code, status, retryAt > Date.now() + 29_000], ["ERR_RATE_LIMITED", 429, true]);
  },

  async "and not beyond 1 MiB, nor beyond the time limit"() {
    let ended = 0;
    const end = () => ended += 1;
    const endless = function* () {
      for (;;) yield new Uint8Array(65_536);
    };
    const large = scripted(undefined, { patience: 0 }, () => nodes(endless(), { end }));
    equal((await rejection(large.client.token())).code, "ERR_BAD_RESPONSE");
    equal(ended, 1, "it is told that nobody reads on");
    const body = { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) };
    const hung = scripted(
      undefined,
      { patience: 0, timeout: 0.2 },
      () => ({ status: 200, headers: new Headers(), body }),
    );
    equal((await rejection(hung.client.token())).code, "ERR_TIMEOUT");
  },

  async "nothing that is sent to an authorization server is for the HTTP cache"() {
    const provider = {
      token_endpoint: PLAIN,
      revocation_endpoint: "https://as.example/revoke",
      introspection_endpoint: "https://as.example/introspect",
    };
    const asked = [];
    const { client, calls } = scripted(() => Response.json({ active: true }), { provider });
    await client.fetch(API);
    await client.introspect();
    await client.revoke();
    const fetch = (_, { cache }) => {
      asked.push(cache);
      return Promise.resolve(Response.json({ access_token: "a" }));
    };
    await client.extend({ fetch, name: crypto.randomUUID() }).token();
    const said = takesCache() ? "no-store" : undefined;
    equal(asked, [said]);
    equal(calls.map(({ url, init }) => [new URL(url).pathname, init.cache]), [
      ["/orders", undefined],
      ["/introspect", said],
      ["/revoke", said],
    ]);
  },

  async "a call says of the HTTP cache what its caller says"() {
    if (!takesCache()) return;
    const { client, calls } = scripted(() => new Response("ok"));
    await client.fetch(API, { cache: "no-cache" });
    equal(calls[0].init.cache, "no-cache");
  },
};
