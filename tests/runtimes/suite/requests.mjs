// client.fetch: what it sends, what it follows, where it refuses to send, when it stops.
import { fuse } from "bearerkit/providers";
import { fakeCredentials } from "bearerkit/testing";
import { equal, ok, rejection, sleep, until } from "./assert.mjs";
import { moved, scripted } from "./script.mjs";
import { API, BROKEN, PLAIN } from "./world.mjs";

/** Two origins that take the token, one that does not. */
const FIRST = "https://api.example";
const SECOND = "https://api2.example";
const OTHER = "https://elsewhere.example";
const KEYED = {
  token_endpoint: PLAIN,
  resource_request: {
    headers: { authorization: "Bearer {access_token}", "x-api-key": "{client_id}" },
    origins: [FIRST, SECOND],
  },
};

const OF_A_BODY = ["content-encoding", "content-language", "content-length", "content-location", "content-type"];

const redirect = (location, status = 307) => ({ at: "api", type: "redirect", location, status });
const tokens = (calls) => calls.map((call) => call.headers.authorization !== undefined);

/** What arrives of a call, or why the runtime sends nothing: older ones know no `patch`. */
async function described(input, init) {
  try {
    const request = new Request(input, init);
    const { method, url, headers } = request;
    return { method, url, headers: Object.fromEntries(headers), body: await request.text() };
  } catch ({ name }) {
    return { name };
  }
}

export const requests = {
  async "method, headers and body arrive as given"(world) {
    const client = world.client({ provider: PLAIN });
    const init = { method: "PUT", headers: { "x-own": "ü1".slice(1), "content-type": "text/plain" }, body: "é" };
    equal((await (await client.fetch(`${API}?page=2`, init)).json()).body, "é");
    const [call] = await world.calls("api");
    equal([call.method, call.path, call.headers["x-own"], call.headers["content-type"]], [
      "PUT",
      "/orders?page=2",
      "1",
      "text/plain",
    ]);
    equal(Object.keys(init).sort(), ["body", "headers", "method"], "the caller's objects are left alone");
  },

  async "a Request, and an init over it"(world) {
    const client = world.client({ provider: PLAIN });
    const request = () => new Request(API, { method: "POST", headers: { "x-own": "1" }, body: "body" });
    const plain = await (await client.fetch(request())).json();
    equal([plain.method, plain.body], ["POST", "body"]);
    const over = await (await client.fetch(request(), { method: "PUT", headers: { "x-own": "2" }, body: "other" }))
      .json();
    equal([over.method, over.body], ["PUT", "other"]);
    const asInit = await (await client.fetch(API, request())).json();
    equal([asInit.method, asInit.body], ["POST", "body"]);
    equal((await world.calls("api")).map((call) => call.headers["x-own"]), ["1", "2", "1"]);
  },

  async "what arrives is what fetch itself would have sent"() {
    const request = (init) => new Request(`${FIRST}/of-a-request`, init);
    const keyed = (init) => request({ method: "POST", body: "of the Request", headers: { "x-own": "1" }, ...init });
    // Made anew for each of the two: a body can be read once.
    const ways = {
      "a string": () => [API],
      "a URL": () => [new URL(`${FIRST}/a b?c=%20#d`)],
      "no init": () => [API, undefined],
      "null as init": () => [API, null],
      "an empty text as body": () => [API, { method: "POST", body: "" }],
      "null as body": () => [API, { method: "POST", body: null }],
      "a method in small letters": () => [API, { method: "post", body: "x" }],
      "a method that fetch writes as it is": () => [API, { method: "patch", body: "x" }],
      "a method of one's own": () => [API, { method: "Propfind" }],
      "headers as pairs": () => [API, { headers: [["x-own", "1"], ["x-own", "2"]] }],
      "a Blob's type": () => [API, { method: "POST", body: new Blob(["x"], { type: "a/b" }) }],
      "URLSearchParams' type": () => [API, { method: "POST", body: new URLSearchParams({ a: "é" }) }],
      "a Request": () => [keyed()],
      "a Request, other headers": () => [keyed(), { headers: { "x-other": "1" } }],
      "a Request, another body": () => [keyed(), { body: "of init" }],
      "a Request, another method": () => [request(), { method: "DELETE" }],
      "a Request as init": () => [API, keyed()],
      "a Request without a body as init": () => [API, request({ method: "DELETE", headers: { "x-own": "1" } })],
      "a Request over a Request": () => [request(), keyed()],
    };
    for (const [way, make] of Object.entries(ways)) {
      const { client, calls } = scripted(() => new Response("ok"));
      const [input, init] = make();
      equal((await client.fetch(input, init)).status, 200, way);
      const [sent] = calls;
      equal(sent.init.headers.get("authorization"), "Bearer scripted-1", way);
      sent.init.headers.delete("authorization");
      const [nativeInput, nativeInit] = make();
      equal(await described(sent.input, sent.init), await described(nativeInput, nativeInit ?? undefined), way);
    }
  },

  async "an init may inherit its members"() {
    const { client, calls } = scripted(() => new Response("ok"));
    const defaults = { method: "POST", headers: { "x-own": "1" }, body: "x", whatever: 1 };
    await client.fetch(API, Object.create(defaults, { body: { value: "y", enumerable: true } }));
    const [{ init }] = calls;
    equal([init.method, init.headers.get("x-own"), init.body, init.whatever], ["POST", "1", "y", 1]);
  },

  async "a redirect mode that is none is a TypeError, as with fetch"() {
    const { client, calls } = scripted(() => new Response("ok"));
    equal((await rejection(client.fetch(API, { redirect: "follows" }))).name, "TypeError");
    equal(calls, []);
  },

  async "the signal of a Request that is the init ends the wait for a token"() {
    const { client, calls } = scripted(() => new Response("ok"));
    const controller = new AbortController();
    const init = new Request(API, { signal: controller.signal });
    controller.abort();
    equal((await rejection(client.fetch(API, init))).code, "ERR_ABORTED");
    equal((await client.fetch(init, { signal: null })).status, 200, "null means none");
    equal(calls.length, 1);
  },

  async "a wait that is aborted has fetch's name for it"() {
    const { client } = scripted(() => new Response("ok"), {}, () => new Promise(() => {}));
    const signals = {
      AbortError: [AbortSignal.abort()],
      TimeoutError: [AbortSignal.timeout(1)],
      AuthError: [
        "a text",
        new TypeError("one's own"),
        { name: "OwnAbortError" },
        { name: "AbortErrors" },
        null,
      ].map((reason) => AbortSignal.abort(reason)),
    };
    for (const [name, all] of Object.entries(signals)) {
      for (const signal of all) {
        const error = await rejection(client.fetch(API, { signal }));
        equal([error.name, error.code], [name, "ERR_ABORTED"]);
        ok(error.cause === signal.reason, "the reason is the cause");
      }
    }
  },

  async "a wait that is aborted by onEvent ends at once"() {
    const controller = new AbortController();
    const onEvent = () => controller.abort();
    const { client } = scripted(() => new Response("ok"), { onEvent }, () => new Promise(() => {}));
    const started = Date.now();
    equal((await rejection(client.fetch(API, { signal: controller.signal }))).code, "ERR_ABORTED");
    ok(Date.now() - started < 1000, "at once");
  },

  async "an init may have a member `url`"() {
    const { client, calls } = scripted((_, count) => new Response("ok", { status: count === 1 ? 401 : 200 }));
    const options = { url: API, method: "POST", body: "x", whatever: 1 };
    equal((await client.fetch(options.url, options)).status, 200);
    equal(calls.map(({ init: { method, body, whatever } }) => [method, body, whatever]), [
      ["POST", "x", 1],
      ["POST", "x", 1],
    ]);
  },

  async "an API's own failures are returned as they are"(world) {
    const client = world.client({ provider: PLAIN });
    for (const status of [204, 404, 429, 500]) {
      await world.fail({ at: "api", type: "status", status });
      equal((await client.fetch(API)).status, status);
    }
    await world.expectCalls({ token: 1, api: 4 });
  },

  async "an API that cannot be reached is fetch's own error"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail({ ...BROKEN, at: "api" });
    const error = await rejection(client.fetch(API));
    ok(error.name !== "AuthError", "no AuthError");
    equal((await world.calls("token")).length, 1);
  },

  async "the caller's own Authorization is left alone, and nothing is asked for it"(world) {
    const client = world.client({ provider: PLAIN });
    for (const headers of [{ authorization: "Own token" }, new Headers({ Authorization: "Own token" })]) {
      equal((await client.fetch(API, { headers })).status, 401);
    }
    equal((await client.fetch(new Request(API, { headers: { authorization: "Own token" } }))).status, 401);
    equal((await world.calls("api")).map((call) => call.headers.authorization), Array(3).fill("Own token"));
    await world.expectCalls({ api: 3 });
  },

  async "a profile's header that holds nothing secret is a default; what carries the token or a credential is not"(
    world,
  ) {
    const provider = {
      token_endpoint: PLAIN,
      resource_request: {
        headers: {
          authorization: "Bearer {access_token}",
          "User-Agent": "of the profile",
          "x-tenant": "{tenant}",
          "x-api-key": "{client_id}",
        },
        origins: [FIRST, SECOND],
      },
    };
    const client = world.client({ provider, variables: { tenant: "eu" } });
    const own = { "user-agent": "of the caller", "x-tenant": "us", "x-api-key": "of the caller" };
    await client.fetch(API);
    await client.fetch(API, { headers: own });
    await client.fetch(new Request(API, { headers: own }));
    await world.fail(redirect(`${SECOND}/moved`), redirect(`${OTHER}/trap`));
    await client.fetch(API);
    const { client_id: key } = fakeCredentials;
    const seen = (await world.calls("api")).map(({ host, headers }) => [
      host,
      ...["user-agent", "x-tenant", "x-api-key"].map((name) => headers[name]),
    ]);
    equal(seen.slice(0, 5), [
      ["api.example", "of the profile", "eu", key],
      ["api.example", "of the caller", "us", key],
      ["api.example", "of the caller", "us", key],
      ["api.example", "of the profile", "eu", key],
      ["api2.example", "of the profile", "eu", key],
    ]);
    const [, agent, ...others] = seen[5];
    ok(agent !== "of the profile", "another origin gets none of them");
    equal(others, [undefined, undefined]);
  },

  async "a redirect in the same origin keeps the token, the body and the method"(world) {
    const client = world.client({ provider: KEYED });
    for (const location of ["/moved", `${FIRST}/moved`]) {
      await world.fail(redirect(location));
      const response = await client.fetch(`${FIRST}/old`, { method: "POST", body: "kept" });
      const { path, method, body } = await response.json();
      equal([path, method, body], ["/moved", "POST", "kept"]);
    }
    equal(tokens(await world.calls("api")), [true, true, true, true]);
  },

  async "a redirect elsewhere goes without the token and the profile's other headers"(world) {
    const client = world.client({ provider: KEYED });
    await world.fail(redirect(`${OTHER}/trap`), redirect(`${FIRST}/back`));
    const headers = { cookie: "session=1", "x-own": "1" };
    equal((await client.fetch(`${FIRST}/old`, { headers })).status, 401);
    const [first, elsewhere, back] = await world.calls("api");
    equal(first.headers["x-api-key"], "fake-client");
    equal(tokens([first, elsewhere, back]), [true, false, false]);
    equal([elsewhere.headers["x-api-key"], elsewhere.headers.cookie, elsewhere.headers["x-own"]], [
      undefined,
      undefined,
      "1",
    ]);
    equal(back.headers["x-api-key"], undefined, "nor does it come back on a detour");
    await world.expectCalls({ token: 1, api: 3 });
  },

  async "a redirect to another allowed origin keeps the token"(world) {
    const client = world.client({ provider: KEYED });
    await world.fail(redirect(`${SECOND}/moved`));
    equal((await client.fetch(`${FIRST}/old`)).status, 200);
    const open = world.client({ provider: PLAIN });
    await world.fail(redirect(`${SECOND}/moved`));
    equal((await open.fetch(`${FIRST}/old`)).status, 401, "where nobody says which are allowed, only the first one is");
    equal(tokens(await world.calls("api")), [true, true, true, false]);
  },

  async "redirects that make a GET of it"(world) {
    const client = world.client({ provider: PLAIN });
    for (
      const [status, method, becomes] of [[301, "POST", "GET"], [302, "POST", "GET"], [303, "PUT", "GET"], [
        302,
        "PUT",
        "PUT",
      ], [308, "POST", "POST"]]
    ) {
      await world.fail(redirect("/moved", status));
      const answer =
        await (await client.fetch(`${FIRST}/old`, { method, body: "a=1", headers: { "content-type": "text/plain" } }))
          .json();
      equal([answer.method, answer.body], [becomes, becomes === "GET" ? undefined : "a=1"], `${status} ${method}`);
      const [last] = (await world.calls("api")).slice(-1);
      equal(last.headers["content-type"], becomes === "GET" ? undefined : "text/plain");
    }
  },

  async "redirects make a GET of what fetch makes one of, and leave every other method alone"() {
    const methods = {
      301: { post: "GET", POST: "GET", GET: "GET", PUT: "PUT", REPOST: "REPOST", POSTER: "POSTER" },
      303: { put: "GET", GET: "GET", get: "get", HEAD: "HEAD", FORGET: "GET", HEADER: "GET" },
      307: { POST: "POST" },
    };
    for (const [status, ways] of Object.entries(methods)) {
      for (const [method, becomes] of Object.entries(ways)) {
        const { client, calls } = scripted((_, count) => count === 1 ? moved("/moved", status) : new Response("ok"));
        const headers = Object.fromEntries(OF_A_BODY.map((name) => [name, "1"]));
        await client.fetch(`${FIRST}/old`, { method, headers: { ...headers, "x-own": "1" } });
        const { init } = calls[1];
        const left = OF_A_BODY.filter((name) => init.headers.has(name));
        equal([init.method, left], [becomes, method === becomes ? OF_A_BODY : []], `${status} ${method}`);
        equal(init.headers.get("x-own"), "1");
      }
    }
  },

  async "redirect: manual and error, loops, and places that are none"(world) {
    const client = world.client({ provider: PLAIN });
    await world.fail(redirect("/moved"), redirect("/moved"), redirect("/moved"));
    equal((await client.fetch(`${FIRST}/old`, { redirect: "manual" })).status, 307);
    equal((await client.fetch(new Request(`${FIRST}/old`, { redirect: "manual" }))).status, 307);
    equal((await rejection(client.fetch(`${FIRST}/old`, { redirect: "error" }))).name, "TypeError");
    for (const location of ["ftp://api.example/", "https://"]) {
      await world.fail(redirect(location));
      equal((await rejection(client.fetch(`${FIRST}/old`), location)).name, "TypeError", location);
    }
    await world.fail({ ...redirect("/old"), times: "always" });
    equal((await rejection(client.fetch(`${FIRST}/old`))).name, "TypeError");
    equal((await world.calls("api")).length, 5 + 21);
  },

  async "the token goes where it may, and nowhere else"(world) {
    const shipped = world.client({ provider: fuse });
    const open = world.client({ provider: PLAIN });
    const narrowed = world.client({ provider: PLAIN, origins: [SECOND] });
    const refused = [
      [shipped, "https://api.fuse.me.evil.example/", "https://api.fuse.me.evil.example"],
      [shipped, "https://evil.example/?https://api.fuse.me", "https://evil.example"],
      [shipped, "http://api.fuse.me/", "http://api.fuse.me"],
      [shipped, "https://api.fuse.me:8443/", "https://api.fuse.me:8443"],
      [shipped, new Request("https://evil.example/"), "https://evil.example"],
      [shipped, "https://api.fuse.me@evil.example/", "https://evil.example"],
      [shipped, "https://user:pass@api.fuse.me/", "https://api.fuse.me"],
      [open, "http://api.example/", "http://api.example"],
      [open, "http://127.0.0.1/", "http://127.0.0.1"],
      [open, "data:,x", "null"],
      [narrowed, API, FIRST],
    ];
    for (const [client, url, origin] of refused) {
      const error = await rejection(client.fetch(url), String(url));
      equal([error.name, error.code], ["AuthError", "ERR_ORIGIN"], String(url));
      ok(error.message.includes(origin), `${error.message} names ${origin}; it`);
      ok(!error.message.includes("pass"), "no userinfo");
    }
    equal((await rejection(open.fetch("no url at all"))).code, "ERR_ORIGIN");
    await world.expectCalls({});
  },

  async "an aborted caller stops, and the others do not"(world) {
    const client = world.client({ provider: PLAIN });
    const gone = AbortSignal.abort(new Error("gone before"));
    const before = await rejection(client.token({ signal: gone }));
    equal([before.code, before.cause?.message], ["ERR_ABORTED", "gone before"]);
    await world.expectCalls({});

    await world.fail({ type: "slow", delay: 900 });
    const controller = new AbortController();
    const { signal } = controller;
    const leaving = [client.token({ signal }), client.authorization({ signal }), client.fetch(API, { signal })];
    const codes = Promise.all(leaving.map(async (call) => (await rejection(call)).code));
    const staying = client.fetch(API);
    await until(async () => (await world.calls("token")).length === 1, "the token request");
    controller.abort(new Error("gone"));
    const started = Date.now();
    equal(await codes, Array(3).fill("ERR_ABORTED"));
    ok(Date.now() - started < 600, "at once");
    equal((await staying).status, 200);
    await world.expectCalls({ token: 1, api: 1 });
  },

  async "a signal that is none is a TypeError, and costs nobody the request under way"() {
    let answer;
    const { client, calls } = scripted(() => new Response("ok"), {
      onEvent: ({ type }) => type === "token_request" && sent.push(type),
    }, () => new Promise((resolve) => answer = () => resolve(Response.json({ access_token: "a", expires_in: 60 }))));
    const sent = [];
    const waiting = client.token();
    const controller = new AbortController();
    for (const signal of [controller, {}]) equal((await rejection(client.fetch(API, { signal }))).name, "TypeError");
    answer();
    await waiting;
    equal([sent.length, calls.length], [1, 0]);
  },

  async "an abort in the middle of the API call is fetch's own"(world) {
    const client = world.client({ provider: PLAIN });
    await client.token();
    const calls = [(signal) => client.fetch(API, { signal })];
    // The undici of Node 20 and of edge-runtime loses the abort of a Request's signal with the next garbage collection: a
    // plain `fetch(new Request(url, { signal }))` lost 10 of 10.
    const keepsSignals = globalThis.Deno || globalThis.Bun || globalThis.navigator?.userAgent === "Cloudflare-Workers";
    if (keepsSignals) calls.push((signal) => client.fetch(new Request(API, { signal })));
    for (const call of calls) {
      await world.fail({ at: "api", type: "hang" });
      const controller = new AbortController();
      const failed = rejection(call(controller.signal));
      await sleep(100);
      controller.abort();
      equal((await failed).name, "AbortError");
    }
    await world.expectCalls({ token: 1, api: calls.length });
  },

  async "a token in the query, and none in a header"(world) {
    const provider = {
      token_endpoint: PLAIN,
      resource_request: { headers: {}, query: { access_token: "{access_token}" } },
    };
    const client = world.client({ provider });
    await world.fail({ at: "api", type: "status", status: 200 });
    await client.fetch(`${API}?page=2&access_token=old`);
    const [{ path, headers }] = await world.calls("api");
    equal([path, headers.authorization], [`/orders?page=2&access_token=${(await client.token()).value}`, undefined]);
    const error = await rejection(client.authorization());
    equal(error.code, "ERR_OPTIONS");
  },
};
