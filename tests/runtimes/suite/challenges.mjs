// A 401 in mid-life: recovered once where a new token can cure it, with the same body, and never in a loop.
import { equal, ok, rejection, sleep, until } from "./assert.mjs";
import { refusal, scripted, watched } from "./script.mjs";
import { API, PLAIN } from "./world.mjs";

/** Where Fuuffy has it. */
const POINTED = { token_endpoint: PLAIN, resource_request: { error: "/error/code" } };

/** `WWW-Authenticate` of a 401 -> whether a new token is worth a try. */
const counts = {
  "": true,
  "Bearer": true,
  'Bearer error="invalid_token"': true,
  "bEaReR eRrOr = invalid_token": true,
  'Basic realm="a, Bearer error=insufficient_scope", Bearer error="invalid_token"': true,
  'Basic error="insufficient_scope"': true,
  'Bearer error="invalid_token", Basic error="insufficient_scope"': true,
  'Negotiate YWJj==, Bearer error="insufficient_scope"': false,
  'Bearer error="insufficient_scope", scope="a b"': false,
  'Bearer error="insufficient\\_scope"': false,
  'Bearer realm="\\"", error="insufficient_scope"': false,
  "bearer , , error=insufficient_scope": false,
  'DPoP error="insufficient_scope"': false,
  'Basic realm=x, Bearer error="insufficient_scope"': false,
  'Bearer realm="open, error="insufficient_scope"': true,
  'Bearer error="insufficient_scope': true,
  "Bearer error=@": true,
};

/** As WeChat's. */
const DEAD = { status: 200, pointer: "/errcode", is: [40001, 42001] };
const json = (body, init) => () => new Response(JSON.stringify(body), init);

/** A profile's rules, an answer, and whether it tells of a dead token. */
const ruled = [
  [DEAD, json({ errcode: 42001 }), true],
  [[DEAD], json({ errcode: "40001" }, { headers: { "content-type": "text/plain" } }), true],
  [DEAD, json({ errcode: 0 }), false],
  [DEAD, json({ errcode: 45009 }), false],
  [DEAD, json({ errcode: 42001 }, { status: 403 }), false],
  [DEAD, () => new Response("42001"), false],
  [DEAD, () => new Response(null), false],
  [DEAD, () => new Response(null, { status: 204 }), false],
  [DEAD, () => new Response(`\ufeff \n{"errcode":42001}`), true],
  [DEAD, json({ errcode: 42001, pad: "x".repeat(64 * 1024) }), false],
  [{ pointer: "/errors/0/code", is: ["601", "602"] }, json({ success: false, errors: [{ code: "602" }] }), true],
  [{ status: [403, 419, 440, 498] }, json({}, { status: 419 }), true],
  [{ status: [403, 419, 440, 498] }, json({}, { status: 404 }), false],
  [{ status: 500, pointer: "/code", is: "TOKEN_EXPIRED" }, json({ code: "TOKEN_EXPIRED" }, { status: 500 }), true],
  [{ pointer: "header:X-Token-Expired" }, json({}, { headers: { "x-token-expired": "1" } }), true],
  [{ pointer: "header:x-token-expired", is: true }, json({}, { headers: { "x-token-expired": "true" } }), true],
  [{ pointer: "header:x-token-expired", is: true }, json({}), false],
  [{ pointer: "", is: "expired" }, json("expired", { status: 400 }), true],
  [
    { status: 403 },
    json({}, { status: 403, headers: { "www-authenticate": "Bearer error=insufficient_scope" } }),
    false,
  ],
  [[{ status: 440 }, { status: 400, pointer: "/dead" }], json({ dead: true }, { status: 400 }), true],
];

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

/** The undici of Node 25.9 has an error of its own for the 401 of a stream, whoever sends it. */
async function losesStreams(world) {
  const elsewhere = world.localized(API).replace(/\/ns\/[^/]+/, "$&-of-nobody");
  const native = fetch(elsewhere, { method: "POST", body: streamOf("body"), duplex: "half" });
  return await native.then(({ status }) => status !== 401, () => true);
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
    if (await losesStreams(world)) return;
    const { status, bodies } = await sendOnce(world, () => streamOf("body"), { duplex: "half" });
    equal([status, bodies], [401, ["body"]]);
    await world.expectCalls({ token: 1, api: 1 });
  },

  async "a Request whose body is all there is sent again, a longer one is not"(world) {
    const { status, bodies, types } = await sendOnce(world, () => new Request(API, { method: "POST", body: "body" }));
    equal([status, bodies], [200, ["body", "body"]]);
    equal(types[0], types[1]);
    await world.expectCalls({ token: 2, api: 2 });
    if (await losesStreams(world)) return;
    const long = await sendOnce(world, () => new Request(API, { method: "POST", body: "x".repeat(100_000) }));
    equal([long.status, long.bodies.slice(2).map(({ length }) => length)], [401, [100_000]]);
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

  async "insufficient_scope and any other 403 are returned as they are"(world) {
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
      { at: "api", type: "status", status: 403 },
      { at: "api", type: "status", status: 403, headers: { "www-authenticate": "Bearer" } },
      { at: "api", type: "status", status: 500, headers: { "www-authenticate": 'Bearer error="invalid_token"' } },
    );
    for (const expected of [401, 403, 403, 403, 500, 200]) equal((await client.fetch(API)).status, expected);
    await world.expectCalls({ token: 1, api: 6 });
  },

  async "invalid_token in a challenge is a dead token with any 4xx"(world) {
    const faults = [
      [403, 'Bearer realm="api", error="invalid_token", error_description="expired"'],
      [400, "Bearer error=invalid_token"],
      [498, 'Basic realm=x, DPoP error="invalid_token"'],
    ];
    for (const [status, challenge] of faults) {
      // A token right after one that was refused is not given up as easily.
      const client = world.client({ provider: PLAIN, name: crypto.randomUUID() });
      await world.fail({ at: "api", type: "status", status, headers: { "www-authenticate": challenge } });
      equal((await client.fetch(API, { method: "POST", body: "body" })).status, 200, challenge);
    }
    await world.expectCalls({ token: 6, api: 6 });
  },

  async "what a profile says of a dead token counts, a code in a 200 included"() {
    const event = ({ type, serial, retry }) => type === "unauthorized" && [serial, retry];
    for (const [rules, makeAnswer, isDead] of ruled) {
      const events = [];
      const onEvent = (one) => event(one) && events.push(event(one));
      const provider = { token_endpoint: PLAIN, resource_request: { invalid_token_when: rules } };
      const { client, calls, tokens } = scripted((_, count) => count === 1 ? makeAnswer() : new Response("ok"), {
        provider,
        onEvent,
      });
      const what = `${JSON.stringify(rules)}, ${makeAnswer}`;
      const response = await client.fetch(API, { method: "POST", body: "body" });
      equal([calls.length, tokens()], isDead ? [2, 2] : [1, 1], what);
      equal(events, isDead ? [[1, true]] : [], what);
      if (isDead) equal(await response.text(), "ok", what);
      else equal([response.status, await response.text()], [makeAnswer().status, await makeAnswer().text()], what);
    }
  },

  async "a good answer is still there, however long it is"() {
    const provider = { token_endpoint: PLAIN, resource_request: { invalid_token_when: DEAD } };
    for (const length of [0, 10, 64 * 1024 - 1, 64 * 1024 + 1, 1_000_000]) {
      const text = JSON.stringify({ errcode: 0, pad: "é".repeat(length) });
      const { client, tokens } = scripted(() => new Response(text), { provider });
      equal([await (await client.fetch(API)).text(), tokens()], [text, 1]);
    }
  },

  async "no more is looked at than a rule can want"() {
    const looksOf = async (rules, status, headers = {}) => {
      let looks = 0;
      const provider = { token_endpoint: PLAIN, resource_request: rules };
      const { client } = scripted(() => {
        const response = new Response('{"errcode":0}', { status, headers });
        const { clone } = response;
        return Object.assign(response, { clone: () => (looks += 1, clone.call(response)) });
      }, { provider });
      equal((await client.fetch(API)).status, status);
      return looks;
    };
    equal(await looksOf({}, 200), 0);
    equal(await looksOf({}, 403, { "www-authenticate": "Bearer" }), 0);
    equal(await looksOf({ error: "/errcode" }, 200), 0);
    equal(await looksOf({ invalid_token_when: DEAD }, 200), 1);
    equal(await looksOf({ invalid_token_when: DEAD }, 403), 0);
    equal(await looksOf({ invalid_token_when: { pointer: "/errcode", is: 1 } }, 503), 1);
    equal(await looksOf({ invalid_token_when: { status: [403, 419], pointer: "/errcode", is: 1 } }, 419), 1);
    equal(await looksOf({ invalid_token_when: { pointer: "header:x-dead" } }, 200), 0);
    equal(await looksOf({ invalid_token_when: { status: 498 } }, 200), 0);
    for (const type of ["text/event-stream", "application/x-ndjson; charset=utf-8", "application/octet-stream"]) {
      equal(await looksOf({ invalid_token_when: DEAD }, 200, { "content-type": type }), 0, type);
    }
    for (const type of ["application/json", "application/problem+json", "text/plain", "text/html"]) {
      equal(await looksOf({ invalid_token_when: DEAD }, 200, { "content-type": type }), 1, type);
    }
  },

  async "a stream is not held up for a rule, and ends with the caller who reads it"() {
    const provider = { token_endpoint: PLAIN, resource_request: { invalid_token_when: DEAD } };
    const kinds = {
      "events": [{ "content-type": "text/event-stream" }, "data: 1\n\n", 500],
      "a text": [{ "content-type": "text/plain" }, "once upon a time", 500],
      "bytes": [{}, "\u0001\u0002", 500],
      "JSON": [{ "content-type": "application/json" }, '{"errcode":', 2000],
    };
    for (const [kind, [headers, start, limit]] of Object.entries(kinds)) {
      let sent = 0;
      const watch = watched((controller) => {
        if ((sent += 1) > 1) return new Promise(() => {});
        controller.enqueue(new TextEncoder().encode(start));
      });
      const { client, tokens } = scripted(() => new Response(watch.body, { headers }), { provider });
      await client.token();
      const before = Date.now();
      const response = await client.fetch(API);
      ok(Date.now() - before < limit, `${kind} come within ${limit} ms; it`);
      const reader = response.body.getReader();
      equal(new TextDecoder().decode((await reader.read()).value), start, kind);
      equal(watch.isCancelled, false, kind);
      await reader.cancel();
      await until(() => watch.isCancelled, `nobody else holds ${kind}`);
      equal(tokens(), 1);
    }
  },

  async "a dead token in a 200: a body that cannot be sent again, an API that always says so"() {
    const provider = { token_endpoint: PLAIN, resource_request: { invalid_token_when: DEAD } };
    const dead = () => Response.json({ errcode: 42001 });
    const events = [];
    const onEvent = ({ type, retry }) => events.push(retry === undefined ? type : `${type} ${retry}`);
    const once = scripted(dead, { provider, onEvent });
    const response = await once.client.fetch(API, { method: "POST", body: streamOf("body"), duplex: "half" });
    equal([(await response.json()).errcode, once.calls.length, once.tokens()], [42001, 1, 1]);
    equal(events.slice(-2), ["unauthorized true", "not_replayed"]);
    const always = scripted(dead, { provider });
    for (let i = 0; i < 5; i += 1) equal((await (await always.client.fetch(API)).json()).errcode, 42001);
    equal([always.calls.length, always.tokens()], [6, 2]);
  },

  async "a body that nobody can clone is the caller's: no web stream, no Response"() {
    const provider = { token_endpoint: PLAIN, resource_request: { invalid_token_when: DEAD } };
    const body = { pipe() {} };
    const foreign = { status: 200, headers: new Headers(), body, clone: () => ok(false, "it is cloned") };
    const { client, tokens } = scripted(() => foreign, { provider });
    ok(await client.fetch(API) === foreign, "it is returned");
    equal(tokens(), 1);
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

  async "what of WWW-Authenticate counts"() {
    for (const [headers, retried] of Object.entries(counts)) {
      const { client, calls } = scripted((_, count) =>
        count === 1 ? refusal(null, { "www-authenticate": headers }) : new Response("ok")
      );
      equal([(await client.fetch(API)).status, calls.length], retried ? [200, 2] : [401, 1], headers);
    }
  },

  async "several headers count like one"() {
    for (
      const [first, second, retried] of [["Basic realm=x", 'Bearer error="insufficient_scope"', false], [
        "Bearer",
        "Basic realm=x",
        true,
      ]]
    ) {
      const { client, calls } = scripted((_, count) => {
        const headers = new Headers({ "www-authenticate": first });
        headers.append("www-authenticate", second);
        return count === 1 ? refusal(null, headers) : new Response("ok");
      });
      equal([(await client.fetch(API)).status, calls.length], retried ? [200, 2] : [401, 1], `${first}, ${second}`);
    }
  },

  async "what the profile finds in the body counts, and the body is still there for the caller"(world) {
    const client = world.client({ provider: POINTED });
    const body = { error: { code: "insufficient_scope", "é": "x".repeat(20_000) } };
    await world.fail({ at: "api", type: "status", status: 401, body });
    const response = await client.fetch(API);
    equal([response.status, await response.text()], [401, JSON.stringify(body)]);
    await world.expectCalls({ token: 1, api: 1 });
    await world.fail({ at: "api", type: "status", status: 401, body: { error: { code: "invalid_token" } } });
    equal((await client.fetch(API)).status, 200);
    await world.expectCalls({ token: 2, api: 3 });
  },

  async "a body is not looked at where no profile says what to look for"() {
    let looks = 0;
    const { client } = scripted((_, count) => {
      if (count > 1) return new Response("ok");
      const response = refusal(watched().body);
      const { clone } = response;
      return Object.assign(response, { clone: () => clone.call(response, looks += 1) });
    });
    equal([(await client.fetch(API)).status, looks], [200, 0]);
  },

  async "a body that comes byte by byte is read as a whole"() {
    const bytes = new TextEncoder().encode('{"é":"insufficient_scope"}');
    const pull = (controller) => {
      pull.sent ??= 0;
      if (pull.sent === bytes.length) controller.close();
      else controller.enqueue(bytes.slice(pull.sent, pull.sent += 1));
    };
    const provider = { token_endpoint: PLAIN, resource_request: { error: "/é" } };
    const { client, calls } = scripted(() => refusal(watched(pull).body), { provider });
    equal([(await client.fetch(API)).status, calls.length], [401, 1]);
  },

  async "64 KiB of a body are looked at, and no more"() {
    const start = '{"error":{"code":"insufficient_scope"},"pad":"';
    for (const [length, tries] of [[64 * 1024, 1], [64 * 1024 + 1, 2]]) {
      const body = `${start.padEnd(length - 2, "x")}"}`;
      const { client, calls } = scripted(() => refusal(body), { provider: POINTED });
      equal([(await client.fetch(API)).status, calls.length], [401, tries], `${length} bytes`);
    }
  },

  async "both refusals are noted and told, the second before the answer is returned"() {
    for (const provider of [PLAIN, POINTED]) {
      const events = [];
      const onEvent = ({ type, serial, retry }) => type === "unauthorized" && events.push([serial, retry]);
      const { client } = scripted(() => refusal("{}"), { provider, onEvent });
      equal((await client.fetch(API)).status, 401);
      equal(events, [[1, true], [2, false]]);
    }
  },

  async "a body that is too long to be looked at is there for the caller too"(world) {
    const client = world.client({ provider: POINTED });
    const body = "é".repeat(300_000);
    await world.fail({ at: "api", type: "status", status: 401, body, times: 2 });
    const response = await client.fetch(API);
    equal([response.status, (await response.text()).length], [401, body.length]);
    await world.expectCalls({ token: 2, api: 2 });
  },

  async "a body that never comes, never ends or breaks holds up no call"() {
    const pieces = {
      "never comes": () => new Promise(() => {}),
      "comes slowly": async (controller) => {
        await sleep(200);
        controller.enqueue(new TextEncoder().encode('{"error":'));
      },
      "never ends": (controller) => controller.enqueue(new Uint8Array(1000)),
      "breaks": (controller) => controller.error(new TypeError("cut off")),
    };
    for (const [what, pull] of Object.entries(pieces)) {
      const first = watched(pull);
      const { client } = scripted((_, count) => count === 1 ? refusal(first.body) : new Response("ok"), {
        provider: POINTED,
      });
      const before = Date.now();
      equal((await client.fetch(API)).status, 200, what);
      ok(Date.now() - before < 3000, `a body that ${what} takes a second at most; it`);
      if (what !== "breaks") await until(() => first.isCancelled, `the body that ${what} is cancelled`);
    }
  },

  async "a client that is closed while the body is looked at returns the answer as it is"() {
    const { client, tokens } = scripted(() => {
      setTimeout(client.close, 50);
      return refusal(watched().body);
    }, { provider: POINTED });
    equal([(await client.fetch(API)).status, tokens()], [401, 1]);
  },

  async "a body that someone else has read already is not looked at"() {
    for (const use of ["getReader", "cancel"]) {
      const { client, calls } = scripted(() => {
        const response = refusal("read by a fetch of the caller's");
        response.body[use]();
        return response;
      }, { provider: POINTED });
      equal([(await client.fetch(API)).status, calls.length], [401, 2], use);
    }
  },

  async "the caller's signal ends the look at the body"() {
    const { client } = scripted(() => refusal(watched().body), { provider: POINTED });
    const controller = new AbortController();
    const failed = rejection(client.fetch(API, { signal: controller.signal }));
    await sleep(100);
    controller.abort(new Error("gone"));
    equal((await failed).code, "ERR_ABORTED");
  },

  async "an API that refuses every token costs two token requests, however many call it"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail(refused("always"));
    const together = await Promise.all(Array.from({ length: 100 }, () => client.fetch(API)));
    for (let i = 0; i < 100; i += 1) together.push(await client.fetch(API));
    const statuses = await Promise.all(together.map(async (response) => (await response.text(), response.status)));
    equal([...new Set(statuses)], [401]);
    equal((await world.calls("token")).length, 2);
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
