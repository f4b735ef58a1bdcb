// A 401 in mid-life: recovered once where a new token can cure it, with the same body, and never in a loop.
import { equal, ok } from "./assert.mjs";
import { API, PLAIN } from "./world.mjs";

const refused = (times = 1) => ({ at: "api", type: "unauthorized", times });

/** Sends a body to an API that refuses the first token; tells how often it arrived, and as what. */
async function sendOnce(world, make, init = {}) {
  const client = world.client({ provider: PLAIN });
  await world.fail(refused());
  const input = make(client);
  const { status } = input instanceof Request
    ? await client.fetch(input)
    : await client.fetch(API, { method: "POST", body: input, ...init });
  const calls = await world.calls("api");
  return { status, bodies: calls.map((call) => call.body), types: calls.map((call) => call.headers["content-type"]) };
}

function streamOf(text) {
  return new ReadableStream({
    start(controller) {
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  });
}

const bytes = new TextEncoder().encode("..body..").subarray(2, 6);
const form = new FormData();
form.set("field", "body");

/** What can be sent twice -> what arrives. */
const replayable = {
  "no body": [() => undefined, ""],
  "a string": [() => "body", "body"],
  "a view of bytes": [() => bytes, "body"],
  "an ArrayBuffer": [() => bytes.slice().buffer, "body"],
  "URLSearchParams": [() => new URLSearchParams({ a: "b c" }), "a=b+c"],
  "a Blob": [() => new Blob(["body"], { type: "text/x-own" }), "body"],
  "FormData": [() => form, /name="field"\r\n\r\nbody\r\n/],
};

export const challenges = {
  ...Object.fromEntries(
    Object.entries(replayable).map(([kind, [make, expected]]) => [
      `a 401 is recovered once, with the body again: ${kind}`,
      async (world) => {
        const { status, bodies, types } = await sendOnce(world, make);
        equal([status, bodies.length], [200, 2]);
        for (const body of bodies) {
          ok(expected instanceof RegExp ? expected.test(body) : body === expected, `${body} arrives; it`);
        }
        if (kind !== "FormData") equal(types[0], types[1]);
        await world.expectCalls({ token: 2, api: 2 });
      },
    ]),
  ),

  async "a stream is not sent again: its 401 is returned"(world) {
    const { status, bodies } = await sendOnce(world, () => streamOf("body"), { duplex: "half" });
    equal([status, bodies], [401, ["body"]]);
    await world.expectCalls({ token: 1, api: 1 });
  },

  async "a Request that has a body is not sent again"(world) {
    const { status, bodies } = await sendOnce(world, () => new Request(API, { method: "POST", body: "body" }));
    equal([status, bodies], [401, ["body"]]);
    await world.expectCalls({ token: 1, api: 1 });
  },

  async "a Request without a body is"(world) {
    const { status, bodies } = await sendOnce(world, () => new Request(API, { method: "DELETE" }));
    equal([status, bodies], [200, ["", ""]]);
  },

  async "a stream's redirect is returned too"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail({ at: "api", type: "redirect", location: "/moved" });
    const response = await client.fetch(API, { method: "POST", body: streamOf("body"), duplex: "half" });
    equal([response.status, response.headers.get("location")], [307, "/moved"]);
    await world.expectCalls({ token: 1, api: 1 });
  },

  async "the second 401 is returned, with its body; then the API cannot drain the token endpoint"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail(refused("always"));
    const response = await client.fetch(API);
    equal([response.status, (await response.json()).error], [401, "invalid_token"]);
    await world.expectCalls({ token: 2, api: 2 });
    for (let i = 0; i < 5; i += 1) equal((await client.fetch(API)).status, 401);
    await world.expectCalls({ token: 2, api: 7 });
  },

  async "many callers whose token died at once cost one renewal"(world) {
    const client = world.client({ provider: PLAIN });
    await client.token();
    await world.revokeAll();
    const responses = await Promise.all(Array.from({ length: 20 }, () => client.fetch(API)));
    ok(responses.every(({ status }) => status === 200), "all are served");
    await world.expectCalls({ token: 2, api: 40 });
  },

  async "a 401 that comes late does not cost the newer token"(world) {
    const client = world.client({ provider: PLAIN });
    await client.token();
    await world.fail({ at: "api", type: "late", delay: 250 });
    const late = client.fetch(API);
    await world.revokeAll();
    // The one that may meet the fault is under way; whichever it is, the other renews.
    equal((await client.fetch(API)).status, 200);
    equal((await late).status, 200);
    equal((await client.fetch(API)).status, 200);
    equal((await world.calls("token")).length, 2);
  },

  async "insufficient_scope and 403 are returned as they are"(world) {
    const client = world.client({ provider: PLAIN });
    const status = 401;
    await world.fail(
      {
        at: "api",
        type: "status",
        status,
        headers: { "www-authenticate": 'Bearer error="insufficient_scope", scope="x"' },
      },
      { at: "api", type: "forbidden" },
      { at: "api", type: "status", status: 403, headers: { "www-authenticate": 'Bearer error="invalid_token"' } },
    );
    for (const expected of [401, 403, 403, 200]) equal((await client.fetch(API)).status, expected);
    await world.expectCalls({ token: 1, api: 4 });
  },

  async "a 401 that says nothing, or nothing that can be read, is worth one try"(world) {
    const client = world.client({ provider: PLAIN });
    for (
      const headers of [{}, { "www-authenticate": "Bearer @ malformed" }, { "www-authenticate": 'Basic realm="x"' }]
    ) {
      const before = await client.token();
      await world.fail({ at: "api", type: "status", status: 401, headers });
      equal((await client.fetch(API)).status, 200);
      ok((await client.token()).value !== before.value, "with a new token");
      client.invalidate();
      await client.token();
    }
  },

  async "when no new token can be had, fetch says why"(world) {
    const client = world.client({ provider: PLAIN, patience: 0 });
    await client.token();
    await world.fail(refused(), { type: "rate_limited", retryAfter: 30 });
    const error = await client.fetch(API).catch((error) => error);
    equal([error.name, error.code], ["AuthError", "ERR_RATE_LIMITED"]);
    await world.expectCalls({ token: 2, api: 1 });
  },
};
