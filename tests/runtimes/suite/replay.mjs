// A request that is sent twice is the same request twice; one that cannot be is sent once.
import { equal, match, ok, rejection, sleep, until } from "./assert.mjs";
import { moved, refusal, scripted, scriptedRuntime, watched } from "./script.mjs";
import { API, PLAIN } from "./world.mjs";

const ALL = Uint8Array.from({ length: 256 }, (_, index) => index);
const TWICE = Uint8Array.from([...ALL, ...ALL]);
const TEXT = "é\u0000\u{1f4a9}\r\n";
const utf8 = (text) => [...new TextEncoder().encode(text)];
const IN_QUERY = {
  token_endpoint: PLAIN,
  resource_request: { headers: {}, query: { access_token: "{access_token}" } },
};

/** What can be sent twice -> the bytes that arrive. */
const bodies = {
  "a string": [TEXT, utf8(TEXT)],
  "an empty string": ["", []],
  "an ArrayBuffer": [ALL.slice().buffer, ALL],
  "a Uint8Array": [ALL, ALL],
  "a view of a larger buffer": [TWICE.subarray(100, 356), TWICE.slice(100, 356)],
  "an Int16Array of a larger buffer": [new Int16Array(TWICE.buffer, 2, 4), TWICE.slice(2, 10)],
  "a Float64Array": [new Float64Array(ALL.buffer.slice(0, 64)), ALL.slice(0, 64)],
  "a DataView of a larger buffer": [new DataView(TWICE.buffer, 3, 7), TWICE.slice(3, 10)],
  "URLSearchParams": [new URLSearchParams([["a", "é &="], ["a", ""]]), utf8("a=%C3%A9+%26%3D&a=")],
  "a Blob": [new Blob([ALL, TEXT], { type: "x/y" }), [...ALL, ...utf8(TEXT)]],
  "a File": [new File([ALL], "name", { type: "x/y" }), ALL],
};

const FORM = new FormData();
FORM.append("field", "body");
FORM.append("file", new File(["in it"], "name.bin", { type: "image/png" }));

/** What a Request may be made of, and be replayed -> how many bytes arrive. */
const bodiesOfRequests = {
  "a text": [TEXT, utf8(TEXT).length],
  "an empty text": ["", 0],
  "bytes": [ALL, 256],
  "URLSearchParams": [new URLSearchParams({ a: "b c" }), 5],
  "a Blob": [new Blob([ALL], { type: "x/y" }), 256],
  "a form": [FORM, undefined],
  "64 KiB": ["x".repeat(64 * 1024), 64 * 1024],
};

/** What cannot: how a Request is made of it, and what arrives. */
const longBodies = {
  "a byte more than 64 KiB": () => [{ body: "x".repeat(64 * 1024 + 1) }, 64 * 1024 + 1],
  "a large Blob": () => [{ body: new Blob([new Uint8Array(3_000_000)]) }, 3_000_000],
  "a body that comes piece by piece": () => {
    let left = 3;
    const body = new ReadableStream({
      async pull(controller) {
        await sleep(30);
        controller.enqueue(new Uint8Array(10));
        if ((left -= 1) === 0) controller.close();
      },
    });
    return [{ body, duplex: "half" }, 30];
  },
};

/** How a Request comes to `fetch`. */
const handovers = {
  "as the input": (client, url, init) => client.fetch(new Request(url, init)),
  "as the init": (client, url, init) => client.fetch(url, new Request(url, init)),
};

/** Whose fetch it is that is called: `options.fetch`, and the runtime's own. */
const callees = { "options.fetch": (...rest) => ({ ...scripted(...rest), api: API }), "the runtime": scriptedRuntime };

/** What arrives, as the runtime reads it. */
async function arrived({ input, init }) {
  const request = new Request(input, init);
  return { type: request.headers.get("content-type"), bytes: [...new Uint8Array(await request.arrayBuffer())] };
}

/** What cannot. */
const streams = {
  "a stream": () => new Response("x").body,
  "an iterable": async function* () {
    yield new Uint8Array(1);
  },
};

/** What a caller may do with its own objects as soon as `fetch` has returned -> the text that arrives all the same. */
const changed = {
  "a Uint8Array": () => {
    const body = new TextEncoder().encode("before");
    return [body, () => body.fill(88), "before"];
  },
  "an ArrayBuffer": () => {
    const bytes = new TextEncoder().encode("before");
    return [bytes.buffer, () => bytes.fill(88), "before"];
  },
  "URLSearchParams": () => {
    const body = new URLSearchParams({ before: "1" });
    return [body, () => body.append("after", "2"), "before=1"];
  },
  "FormData": () => {
    const body = new FormData();
    body.append("before", "1");
    return [body, () => body.append("after", "2"), /^[^]*name="before"(?![^]*after)/];
  },
};

/** Whatever a runtime may know of; none of it is bearerkit's. */
const OWN = {
  method: "POST",
  body: "x",
  cache: "no-store",
  cf: { cacheTtl: 1 },
  client: {},
  credentials: "omit",
  dispatcher: {},
  duplex: "half",
  integrity: "",
  keepalive: true,
  mode: "cors",
  priority: "high",
  proxy: "http://proxy.example",
  referrer: "",
  referrerPolicy: "no-referrer",
  tls: {},
  whatever: 1,
};

export const replay = {
  ...Object.fromEntries(
    Object.entries(bodies).map(([kind, [body, bytes]]) => [
      `${kind} arrives twice, byte for byte`,
      async () => {
        const arrived = [];
        const types = [];
        const { client } = scripted(async ({ input, init }, count) => {
          const request = new Request(input, init);
          types.push(request.headers.get("content-type"));
          arrived.push([...new Uint8Array(await request.arrayBuffer())]);
          return count === 1 ? refusal() : new Response("ok");
        });
        equal((await client.fetch(API, { method: "PUT", body })).status, 200);
        equal(arrived, [[...bytes], [...bytes]]);
        equal(types[0], types[1]);
      },
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(changed).map(([kind, make]) => [
      `${kind} that is changed after the call arrives as it was, twice`,
      async () => {
        const arrived = [];
        const { client } = scripted(async ({ input, init }, count) => {
          equal(init.whatever, "before");
          arrived.push(await new Request(input, init).text());
          return count === 1 ? refusal() : new Response("ok");
        });
        const [body, change, expected] = make();
        const init = { method: "POST", body, whatever: "before" };
        const call = client.fetch(API, init);
        change();
        Object.assign(init, { method: "PUT", body: "after", whatever: "after" });
        equal((await call).status, 200);
        equal(arrived.length, 2);
        for (const text of arrived) {
          if (typeof expected === "string") equal(text, expected);
          else match(text, expected);
        }
      },
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(callees).flatMap(([callee, make]) =>
      Object.entries(handovers).flatMap(([handover, send]) => [
        ...Object.entries(bodiesOfRequests).flatMap(([kind, [body, length]]) =>
          Object.entries({
            "a 401": () => refusal(),
            "a 307": () => moved("/moved"),
            "a 308": () => moved("/moved", 308),
          })
            .map(([what, first]) => [
              `a Request of ${kind}, ${handover} for ${callee}, is sent again after ${what}`,
              async () => {
                const found = [];
                const { client, calls, api } = make(async (call, count) => {
                  found.push(await arrived(call));
                  return count === 1 ? first() : new Response("ok");
                });
                const init = { method: "POST", body };
                const expected = new Request(api, init).headers.get("content-type");
                equal((await send(client, api, init)).status, 200);
                equal(calls.length, 2);
                equal(found[0], found[1]);
                if (length !== undefined) equal(found[0].bytes.length, length);
                const kindOf = (type) => type?.replace(/boundary=.*/, "boundary") ?? null;
                equal(kindOf(found[0].type), kindOf(expected));
                if (kind !== "a form") return;
                // The boundary is the one that stands in the body.
                const boundary = /boundary="?([^";]+)/.exec(found[0].type)[1];
                ok(String.fromCharCode(...found[0].bytes).includes(`--${boundary}\r\n`), "the boundary is in the body");
              },
            ])
        ),
        ...Object.entries(longBodies).map(([kind, makeInit]) => [
          `a Request of ${kind}, ${handover} for ${callee}, is sent once, as a whole`,
          async () => {
            const events = [];
            const onEvent = ({ type }) => events.push(type);
            let found;
            const { client, calls, api } = make(async (call) => {
              found = await arrived(call);
              return refusal("the reason");
            }, { onEvent });
            const [init, length] = makeInit();
            const response = await send(client, api, { method: "POST", ...init });
            equal([response.status, await response.text(), calls.length], [401, "the reason", 1]);
            equal(found.bytes.length, length);
            equal(events.slice(-2), ["unauthorized", "not_replayed"]);
          },
        ]),
        [
          `a Request's stream, ${handover} for ${callee}, is not waited for, and cancelled with the one who reads it`,
          async () => {
            const watch = watched();
            const { client, calls, api } = make(async ({ input, init }) => {
              await (init.body ?? input.body).cancel();
              return new Response("ok");
            });
            await client.token();
            const before = Date.now();
            equal((await send(client, api, { method: "POST", body: watch.body, duplex: "half" })).status, 200);
            ok(Date.now() - before < 1000, "it is sent at once");
            equal(calls.length, 1);
            await until(() => watch.isCancelled, "nobody else holds the stream");
          },
        ],
      ])
    ),
  ),

  async "a Request that was sent is used up, as behind any fetch; where no token was to be had it is not"() {
    let isDown = true;
    const grant = (access_token) =>
      isDown ? new Response(null, { status: 400 }) : Response.json({ access_token, expires_in: 3600 });
    const { client } = scripted(
      async ({ input, init }) => new Response(await new Request(input, init).text()),
      {},
      grant,
    );
    const request = new Request(API, { method: "POST", body: "body" });
    equal((await rejection(client.fetch(request))).code, "ERR_REFUSED");
    equal(request.bodyUsed, false);
    const { client: other } = scripted(async ({ input, init }) => new Response(await new Request(input, init).text()));
    isDown = false;
    equal(await (await other.fetch(request)).text(), "body");
    equal(request.bodyUsed, true);
    equal((await rejection(other.fetch(request))).name, "TypeError");
  },

  async "the other members of a Request go with every try: with it for the runtime, in init for options.fetch"() {
    const wanted = {
      cache: "no-store",
      cf: { cacheTtl: 1 },
      credentials: "omit",
      integrity: "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
      keepalive: true,
      mode: "same-origin",
      referrer: "",
      referrerPolicy: "no-referrer",
    };
    for (const provider of [undefined, IN_QUERY]) {
      for (const [callee, make] of Object.entries(callees)) {
        if (provider && callee === "the runtime") continue;
        const { client, calls, api } = make(
          (_, count) => [refusal(), moved("/moved")][count - 1] ?? new Response("ok"),
          provider && { provider },
        );
        const plain = new Request(api);
        const init = { method: "POST", body: "body" };
        for (const [name, value] of Object.entries(wanted)) {
          try {
            if (new Request(api, { [name]: value })[name] !== plain[name]) init[name] = value;
          } catch {
            // An older workerd knows no cache.
          }
        }
        const controller = new AbortController();
        const request = new Request(api, { ...init, signal: controller.signal });
        equal((await client.fetch(request)).status, 200);
        equal(calls.length, 3);
        for (const { input, init: sent } of calls) {
          for (const name of Object.keys(wanted)) {
            const found = sent[name] ?? (typeof input === "string" ? plain : input)[name];
            equal(found, request[name], `${name} for ${callee}`);
            if (callee === "options.fetch" && !(name in init)) {
              ok(!(name in sent), `${name} is left out where nobody said it`);
            }
          }
        }
        controller.abort();
        for (const { input, init: sent } of calls) {
          ok((sent.signal ?? input.signal).aborted, `the signal goes along, for ${callee}`);
        }
      }
    }
  },

  async "a Request with an Authorization of its own is left alone, and comes to options.fetch as what it says"() {
    const { client, calls } = scripted((_, count) => new Response(null, { status: count === 1 ? 401 : 200 }));
    const headers = { authorization: "Own token", "x-own": "1" };
    const request = new Request(API, { method: "PUT", headers, body: "body", redirect: "manual" });
    equal((await client.fetch(request)).status, 401);
    const [{ input, init }] = calls;
    equal([input, init.method, init.redirect], [API, "PUT", "manual"]);
    equal(await new Request(input, init).text(), "body");
    equal([init.headers.get("authorization"), init.headers.get("x-own")], ["Own token", "1"]);
    const { client: own, calls: ownCalls, api } = scriptedRuntime(() => new Response("ok"));
    const again = new Request(api, { headers });
    await own.fetch(again);
    ok(ownCalls[0].input === again && ownCalls[0].init === undefined, "the very Request");
  },

  async "a fetch that makes a text of what it does not know sends no stream's name"() {
    const { client } = scripted(({ init }) => new Response(String(init.body)));
    const long = new Request(API, { method: "POST", body: "x".repeat(70_000) });
    const error = await rejection(client.fetch(long));
    equal(error.name, "TypeError");
    match(error.message, /^options\.fetch takes no stream/);
  },

  async "a form of a library's own arrives as that library's fetch knows it, twice"() {
    // As undici's: FormData to its own fetch, and to no other.
    class OwnForm {
      #fields = [];
      append(...field) {
        this.#fields.push(field);
      }
      getAll(name) {
        return this.#fields.filter(([own]) => own === name).map(([, value]) => value);
      }
      [Symbol.iterator]() {
        return this.#fields.values();
      }
    }
    const { client, calls } = scripted((_, count) => count === 1 ? refusal() : new Response("ok"));
    const body = new OwnForm();
    body.append("a", "b");
    equal((await client.fetch(API, { method: "POST", body })).status, 200);
    equal(calls.map(({ init }) => init.body instanceof OwnForm && init.body.getAll("a")), [["b"], ["b"]]);
  },

  async "a form with files arrives twice"() {
    const form = new FormData();
    form.append("field", TEXT);
    form.append("field", "again");
    form.append("file", new File([ALL], "name.bin", { type: "image/png" }));
    form.append("blob", new Blob(["x"]), "of-a-blob.txt");
    const arrived = [];
    const { client } = scripted(async ({ input, init }, count) => {
      const request = new Request(input, init);
      const [, boundary] = /boundary="?([^"]+)/.exec(request.headers.get("content-type"));
      const bytes = new Uint8Array(await request.arrayBuffer());
      // The boundary is drawn anew for each try.
      arrived.push(Array.from(bytes, (byte) => String.fromCharCode(byte)).join("").replaceAll(boundary, "|"));
      return count === 1 ? refusal() : new Response("ok");
    });
    equal((await client.fetch(API, { method: "POST", body: form })).status, 200);
    equal(arrived[0], arrived[1]);
    for (
      const part of [
        String.fromCharCode(...ALL),
        'name="field"',
        'filename="name.bin"',
        'filename="of-a-blob.txt"',
        "image/png",
      ]
    ) {
      ok(arrived[0].includes(part), `${part} arrives; it`);
    }
  },

  ...Object.fromEntries(
    Object.entries(streams).flatMap(([kind, make]) => [
      [`${kind} is sent once, and onEvent says why its 401 is returned`, async () => {
        const events = [];
        const onEvent = ({ type, serial }) => events.push(`${type} ${serial}`);
        const { client, calls } = scripted(() => refusal("the reason"), { onEvent });
        const response = await client.fetch(API, { method: "POST", body: make(), duplex: "half" });
        equal([response.status, await response.text(), calls.length], [401, "the reason", 1]);
        equal(events.slice(-2), ["unauthorized 1", "not_replayed 1"]);
      }],
      [`${kind} of which a GET was made is followed on`, async () => {
        const answers = [moved("/moved", 303), moved("/on"), new Response("ok")];
        const { client, calls } = scripted((_, count) => answers[count - 1]);
        equal((await client.fetch(API, { method: "POST", body: make(), duplex: "half" })).status, 200);
        equal(calls.map(({ url, init }) => [new URL(url).pathname, init.method, init.body === undefined]), [
          ["/orders", "POST", false],
          ["/moved", "GET", true],
          ["/on", "GET", true],
        ]);
      }],
      [`${kind} is sent once, and onEvent says why its 307 is returned`, async () => {
        const events = [];
        const onEvent = ({ type, serial }) => events.push(`${type} ${serial}`);
        const { client, calls } = scripted(() => moved("/moved"), { onEvent });
        equal((await client.fetch(API, { method: "POST", body: make(), duplex: "half" })).status, 307);
        equal([calls.length, events.at(-1)], [1, "not_replayed 1"]);
      }],
    ]),
  ),

  async "what is not sent on is cancelled, what is returned is not"() {
    const bodies = Array.from({ length: 3 }, () => watched());
    const answers = [
      new Response(bodies[0].body, { status: 302, headers: { location: "/moved" } }),
      refusal(bodies[1].body),
      refusal(bodies[2].body),
    ];
    const { client } = scripted((_, count) => answers[count - 1]);
    const response = await client.fetch(API);
    await until(() => bodies[0].isCancelled && bodies[1].isCancelled, "they are cancelled");
    equal([response, bodies[2].isCancelled], [answers[2], false]);
  },

  async "redirect: error cancels the answer too"() {
    const watch = watched();
    const { client } = scripted(() => new Response(watch.body, { status: 302, headers: { location: "/moved" } }));
    equal((await rejection(client.fetch(API, { redirect: "error" }))).name, "TypeError");
    await until(() => watch.isCancelled, "it is cancelled");
  },

  async "the caller's signal goes with both tries, and ends the second"() {
    const controller = new AbortController();
    const { signal } = controller;
    const { client, calls } = scripted(({ init }, count) => {
      if (count === 1) return refusal();
      return new Promise((_, reject) => init.signal.addEventListener("abort", () => reject(init.signal.reason)));
    });
    const failed = rejection(client.fetch(API, { signal }));
    await until(() => calls.length === 2, "the second try");
    controller.abort();
    equal((await failed).name, "AbortError");
    ok(calls.every(({ init }) => init.signal === signal), "the same signal");
  },

  async "the caller's signal ends the wait for the token of the second try"(world) {
    const client = world.client({ provider: PLAIN });
    await client.token();
    await world.fail({ at: "api", type: "unauthorized" }, { type: "slow", delay: 5000 });
    const controller = new AbortController();
    const failed = rejection(client.fetch(API, { signal: controller.signal }));
    await until(async () => (await world.calls("token")).length === 2, "the second token request");
    controller.abort(new Error("gone"));
    const error = await failed;
    equal([error.code, error.cause.message], ["ERR_ABORTED", "gone"]);
    await world.expectCalls({ token: 2, api: 1 });
  },

  async "the caller's signal ends the reading of the body"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail({ at: "api", type: "unauthorized" }, { at: "api", type: "slow", delay: 5000, body: true });
    const controller = new AbortController();
    const response = await client.fetch(API, { signal: controller.signal });
    equal(response.status, 200);
    const failed = rejection(response.text());
    await sleep(50);
    controller.abort();
    equal((await failed).name, "AbortError");
  },

  async "whatever else is in init goes with every try and every redirect, and is left alone"() {
    const answers = [moved("/moved"), refusal(), moved("/on"), new Response("ok")];
    const { client, calls } = scripted((_, count) => answers[count - 1]);
    const init = { ...OWN };
    equal((await client.fetch(API, init)).status, 200);
    equal(calls.length, 4);
    for (const call of calls) {
      for (const [name, value] of Object.entries(OWN)) ok(call.init[name] === value, `${name} is the caller's; it`);
      equal(call.init.redirect, "manual");
    }
    equal(init, OWN);
  },

  async "a 401 at the end of a redirect: what was done on the way is not done again"() {
    for (const body of ["an order", new Response("an order").body]) {
      const answers = [moved("/orders/1", 303), refusal(), moved("/there"), new Response("ok")];
      const { client, calls } = scripted((_, count) => answers[count - 1]);
      const response = await client.fetch(API, { method: "POST", body, duplex: "half", headers: { "x-own": "1" } });
      equal([response.status, response.redirected], [200, true]);
      const sent = calls.map(({ url, init: { method, headers, body } }) => [
        `${method} ${new URL(url).pathname}`,
        headers.get("authorization"),
        headers.get("x-own"),
        body === undefined,
      ]);
      equal(sent, [
        ["POST /orders", "Bearer scripted-1", "1", false],
        ["GET /orders/1", "Bearer scripted-1", "1", true],
        ["GET /orders/1", "Bearer scripted-2", "1", true],
        ["GET /there", "Bearer scripted-2", "1", true],
      ]);
    }
  },

  async "a 401 at the end of a Request's redirect is recovered too"(world) {
    for (const provider of [PLAIN, IN_QUERY]) {
      const client = world.client({ provider });
      await world.fail(
        { at: "api", type: "redirect", location: "/moved", status: 303 },
        { at: "api", type: "unauthorized" },
        { at: "api", type: "status", status: 200 },
      );
      const before = (await world.calls("api")).length;
      const request = new Request(API, { method: "POST", body: "of the Request" });
      equal((await client.fetch(request)).status, 200);
      const sent = (await world.calls("api")).slice(before);
      equal(sent.map(({ method, body }) => method + body), ["POSTof the Request", "GET", "GET"]);
    }
  },

  async "twenty redirects are the limit of both tries together"() {
    const { client, calls } = scripted((_, count) => count === 11 ? refusal() : moved("/again"));
    equal((await rejection(client.fetch(API))).name, "TypeError");
    equal(calls.length, 22);
  },

  async "a Request without a body goes again: to the runtime as it is, to options.fetch as what it says"() {
    for (const [callee, make] of Object.entries(callees)) {
      const { client, calls, api } = make((_, count) => count === 1 ? refusal() : new Response("ok"));
      const request = new Request(api, { method: "DELETE", headers: { "x-own": "1" } });
      equal((await client.fetch(request)).status, 200);
      equal(calls.length, 2);
      const isOwn = callee === "options.fetch";
      ok(calls.every(({ input }) => input === (isOwn ? api : request)), `for ${callee}`);
      ok(calls.every(({ init }) => init.headers.get("x-own") === "1" && init.method === "DELETE"), "with its headers");
    }
  },

  async "a Request's body arrives where the token is in the query"(world) {
    const client = world.client({ provider: IN_QUERY });
    await world.fail({ at: "api", type: "status", status: 200 }, { at: "api", type: "status", status: 200 });
    const request = () => new Request(API, { method: "POST", body: "of the Request", headers: { "x-own": "1" } });
    equal((await client.fetch(request())).status, 200);
    equal((await client.fetch(request(), { body: "of init", method: "PUT" })).status, 200);
    const sent = (await world.calls("api")).map(({ method, path, body, headers }) => [
      `${method} ${path}`,
      body,
      headers["x-own"],
    ]);
    const path = `/orders?access_token=${(await client.token()).value}`;
    equal(sent, [[`POST ${path}`, "of the Request", "1"], [`PUT ${path}`, "of init", "1"]]);
  },

  async "a body over that of a Request arrives twice, and the Request's own is not touched"(world) {
    for (const provider of [PLAIN, IN_QUERY]) {
      const client = world.client({ provider });
      await world.fail({ at: "api", type: "unauthorized" }, { at: "api", type: "status", status: 200 });
      const before = (await world.calls("api")).length;
      const request = new Request(API, { method: "POST", body: "of the Request" });
      equal((await client.fetch(request, { body: "of init" })).status, 200);
      equal((await world.calls("api")).slice(before).map(({ body }) => body), ["of init", "of init"]);
    }
  },

  async "a Request's redirect to where it came from"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail({ at: "api", type: "redirect", location: "/orders", status: 303 });
    equal((await client.fetch(new Request(API, { method: "POST", body: "of the Request" }))).status, 200);
    equal((await world.calls("api")).map(({ method, path }) => `${method} ${path}`), ["POST /orders", "GET /orders"]);
  },

  async "what a Request says goes with its redirects: with one made of it, or where its body was read in init"() {
    for (const body of [undefined, "of the Request"]) {
      const { client, calls, api } = scriptedRuntime((_, count) =>
        count === 1 ? moved("/moved", 303) : new Response("ok")
      );
      const controller = new AbortController();
      const request = new Request(api, { method: "POST", body, signal: controller.signal });
      equal((await client.fetch(request)).status, 200);
      const [, { input, init }] = calls;
      equal([typeof input, init.method], [body ? "string" : "object", "GET"]);
      controller.abort();
      ok((body ? init : input).signal.aborted, "the signal ends it");
    }
  },

  async "a Request's redirect, with the token in the query"(world) {
    const client = world.client({ provider: IN_QUERY });
    await world.fail(
      { at: "api", type: "redirect", location: "/moved", status: 303 },
      { at: "api", type: "status", status: 200 },
    );
    const request = new Request(API, { method: "POST", body: "of the Request", headers: { "x-own": "1" } });
    equal((await client.fetch(request)).status, 200);
    const [, call] = await world.calls("api");
    equal([call.method, call.body, call.headers["x-own"], call.path], [
      "GET",
      "",
      "1",
      `/moved?access_token=${(await client.token()).value}`,
    ]);
  },

  async "a client that is closed meanwhile returns the answer as it is"() {
    const { client, tokens } = scripted(() => {
      client.close();
      return refusal("the reason");
    });
    const response = await client.fetch(API);
    equal([response.status, await response.text(), tokens()], [401, "the reason", 1]);
  },
};
