// bearerkit/integrations, and examples/integrations/ as they stand: the packed package, the real libraries, the scripted
// server on loopback.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { SpanKind, SpanStatusCode } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { fakeCredentials } from "../pkg-template/testing.js";
import { startLoopback } from "../scripts/loopback.mjs";
import { root } from "../scripts/paths.mjs";
import { installed, packedProject, RUNTIMES, startRuntime } from "../scripts/runtimes.mjs";

let project, loopback, createClient, integrations;
let count = 0;

before(async () => {
  project = packedProject(mkdtempSync(join(tmpdir(), "bearerkit-integrations-")));
  installed(project, ["ky", "hono", "openapi-fetch", "undici", "axios", "openai", "@opentelemetry"]);
  cpSync(join(root, "examples", "integrations"), join(project, "integrations"), { recursive: true });
  cpSync(join(root, "tests", "integrations", "program.mjs"), join(project, "program.mjs"));
  loopback = await startLoopback();
  ({ createClient } = await load("node_modules/bearerkit/index.js"));
  integrations = await load("node_modules/bearerkit/integrations.js");
});

after(async () => {
  await loopback?.close();
  rmSync(project, { recursive: true, force: true });
});

const load = (path) => import(pathToFileURL(join(project, path)).href);

/** A server of its own, and a client of it. */
function world(options) {
  const space = `${loopback.origin}/ns/${count += 1}`;
  const control = (command, body) =>
    fetch(`${space}/_control/${command}`, body && { method: "POST", body: JSON.stringify(body) });
  return {
    // The fake's hosts are first segments of the path, so the origin is one and the API begins below it.
    origin: loopback.origin,
    base: `/ns/${count}/api.example`,
    api: createClient({
      provider: `${space}/as.example/oauth/token`,
      credentials: { client_id: fakeCredentials.client_id, client_secret: fakeCredentials.client_secret },
      allowInsecure: true,
      ...options,
    }),
    fail: (...faults) => control("fail", faults),
    revokeAll: () => control("revoke-all", {}),
    async calls() {
      const calls = await (await control("calls")).json();
      return calls.map(({ kind, method, status, body }) =>
        [kind, method, status, kind === "api" && body].filter(Boolean).join(" ")
      );
    },
  };
}

const TOKEN = "token POST 200";
const UNAUTHORIZED = { at: "api", type: "unauthorized" };
const ALWAYS_UNAUTHORIZED = { ...UNAUTHORIZED, times: "always" };
/** What the API is sent, and how it comes to the server. */
const ORDER = { item: "socks", count: 2 };
const SENT = JSON.stringify(ORDER);

/** Each: how that library sends, resolving to `{ status, body }` whatever the status. */
const LIBRARIES = {
  async "ky.js"({ api, origin, base }) {
    const { kyWith } = await load("integrations/ky.js");
    const ky = kyWith(api, { baseUrl: `${origin}${base}/`, throwHttpErrors: false, retry: 0 });
    return async (method, path, json) => {
      const answer = await ky(path.slice(1), { method, json });
      return { status: answer.status, body: await answer.json() };
    };
  },
  async "openapi-fetch.js"({ api, origin, base }) {
    const { openApiWith } = await load("integrations/openapi-fetch.js");
    const client = openApiWith(api, { baseUrl: origin + base });
    return async (method, path, body) => {
      const { response, data, error } = await client.request(method, path, { body });
      return { status: response.status, body: data ?? error };
    };
  },
  async "openai.js"({ api, origin, base }) {
    const { openAiWith } = await load("integrations/openai.js");
    const openai = openAiWith(api, { baseURL: origin + base });
    return async (method, path, body) => {
      const answered = openai[method.toLowerCase()](path, { body });
      return await answered.then((body) => ({ status: 200, body }), ({ status, error }) => ({ status, body: error }));
    };
  },
  async "undici.js"({ api, origin, base }) {
    const { undiciWith } = await load("integrations/undici.js");
    const call = undiciWith(api, origin);
    return async (method, path, json) => {
      const headers = { "content-type": "application/json" };
      const answer = await call(base + path, { method, headers, body: json && JSON.stringify(json) });
      return { status: answer.statusCode, body: await answer.body.json() };
    };
  },
  async "axios.js, by fetch"({ api, origin, base }) {
    const { axiosWithFetch } = await load("integrations/axios.js");
    return axiosCall(axiosWithFetch(api, { baseURL: origin + base }));
  },
  async "axios.js, by authorization()"({ api, origin, base }) {
    const { axiosWithAuthorization } = await load("integrations/axios.js");
    return axiosCall(axiosWithAuthorization(api, { baseURL: origin + base }));
  },
};

const axiosCall = (axios) => async (method, url, data) => {
  // As its users meet it: a status that is no success is thrown.
  const answer = await axios.request({ method, url, data }).catch((error) => {
    if (!error.response) throw error;
    return error.response;
  });
  return { status: answer.status, body: answer.data };
};

describe("examples/integrations", () => {
  for (const [name, connect] of Object.entries(LIBRARIES)) {
    describe(name, () => {
      test("sends with the token, of which it asks for one", async () => {
        const here = world();
        const send = await connect(here);
        for (let call = 1; call <= 3; call += 1) {
          const { status, body } = await send("GET", "/v1/orders");
          assert.equal(status, 200);
          assert.equal(body.path, "/v1/orders");
        }
        assert.deepEqual(await here.calls(), [TOKEN, "api GET 200", "api GET 200", "api GET 200"]);
      });

      test("recovers from a 401 once, with the same body", async () => {
        const here = world();
        const send = await connect(here);
        await here.fail(UNAUTHORIZED);
        const { status, body } = await send("POST", "/v1/orders", ORDER);
        assert.equal(status, 200);
        assert.equal(body.body, SENT);
        assert.deepEqual(await here.calls(), [TOKEN, `api POST 401 ${SENT}`, TOKEN, `api POST 200 ${SENT}`]);
      });

      test("renews once for a herd that is refused", async () => {
        const here = world();
        const send = await connect(here);
        await send("GET", "/v1/orders");
        await here.revokeAll();
        const answers = await Promise.all(Array.from({ length: 10 }, () => send("GET", "/v1/orders")));
        assert.deepEqual(answers.map(({ status }) => status), Array(10).fill(200));
        const calls = await here.calls();
        assert.equal(calls.filter((call) => call === TOKEN).length, 2, calls.join("\n"));
      });

      test("hands on the 401s of an API that always says so, and spares the token endpoint", async () => {
        const here = world();
        const send = await connect(here);
        await here.fail(ALWAYS_UNAUTHORIZED);
        for (let call = 1; call <= 5; call += 1) assert.equal((await send("GET", "/v1/orders")).status, 401);
        const calls = await here.calls();
        const renewals = calls.filter((call) => call === TOKEN).length - 1;
        assert.ok(renewals >= 1 && renewals <= 2, calls.join("\n"));
        assert.ok(calls.length <= 10, calls.join("\n"));
      });

      test("asks for no other token where the scope is what is missing", async () => {
        const here = world();
        const send = await connect(here);
        const headers = { "www-authenticate": 'Bearer error="insufficient_scope"' };
        await here.fail({ at: "api", type: "status", status: 401, headers, body: "{}" });
        assert.equal((await send("GET", "/v1/orders")).status, 401);
        assert.deepEqual(await here.calls(), [TOKEN, "api GET 401"]);
      });
    });
  }

  for (const name of ["undici.js", "axios.js, by authorization()"]) {
    const what = "a 401 that is late costs no renewal of its own, and there is no third try, however slow the API is";
    test(`${name}: ${what}`, { timeout: 20_000 }, async (context) => {
      let clock = 0;
      context.mock.method(performance, "now", () => clock += 3_600_000);
      const here = world();
      const send = await LIBRARIES[name](here);
      await here.fail({ at: "api", type: "late", delay: 500 }, UNAUTHORIZED);
      const late = send("GET", "/v1/late");
      while ((await here.calls()).length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
      assert.equal((await send("GET", "/v1/orders")).status, 200);
      assert.equal((await late).status, 200);
      const calls = [TOKEN, "api GET 401", "api GET 401", TOKEN, "api GET 200", "api GET 200"];
      assert.deepEqual(await here.calls(), calls);

      await here.fail(ALWAYS_UNAUTHORIZED);
      assert.equal((await send("GET", "/v1/orders")).status, 401);
      assert.deepEqual((await here.calls()).slice(6), ["api GET 401", TOKEN, "api GET 401"]);
    });
  }

  for (const name of RUNTIMES) {
    test(`a Request's body is sent again by ky, openapi-fetch and axios on ${name}`, async () => {
      const space = `${loopback.origin}/ns/bodies-${name}`;
      const program = join(project, "program.mjs");
      const server = await startRuntime(name, {
        project,
        program,
        env: {
          TOKEN_ENDPOINT: `${space}/as.example/oauth/token`,
          API: `${space}/api.example`,
          FAIL: `${space}/_control/fail`,
          CLIENT_ID: fakeCredentials.client_id,
          CLIENT_SECRET: fakeCredentials.client_secret,
        },
      });
      try {
        assert.deepEqual(await (await fetch(server.origin)).json(), {
          ky: '{"by":"ky"}',
          "openapi-fetch": '{"by":"openapi-fetch"}',
          axios: '{"by":"axios"}',
          "ky, by itself": '{"by":"ky, by itself"}',
          "openapi-fetch, by itself": '{"by":"openapi-fetch, by itself"}',
          "axios, by itself": '{"by":"axios, by itself"}',
        });
      } finally {
        await server.stop();
      }
      const calls = await (await fetch(`${space}/_control/calls`)).json();
      const statuses = calls.filter(({ kind }) => kind === "api").map(({ status }) => status);
      assert.deepEqual(statuses, Array(6).fill([401, 200]).flat());
    });
  }

  test("asBytes: the body that init has beside a Request is the one that is sent, and again", async () => {
    const { asBytes } = integrations;
    const here = world();
    await here.fail(UNAUTHORIZED);
    const request = new Request(`${here.origin}${here.base}/v1/orders`, { method: "POST", body: "of the Request" });
    assert.equal((await asBytes(here.api.fetch)(request, { body: SENT })).status, 200);
    assert.deepEqual(await here.calls(), [TOKEN, `api POST 401 ${SENT}`, TOKEN, `api POST 200 ${SENT}`]);
  });

  test("undici's own fetch as options.fetch knows no Request of the runtime's, and gets what it says", async () => {
    const { fetch } = await import("undici");
    const here = world({ fetch });
    await here.fail(UNAUTHORIZED);
    const url = `${here.origin}${here.base}/v1/orders`;
    const form = new FormData();
    form.append("item", "socks");
    const init = { method: "PUT", headers: { "x-own": "1" }, body: SENT };
    assert.equal((await here.api.fetch(new Request(url, init))).status, 200);
    assert.match((await (await here.api.fetch(new Request(url, { method: "POST", body: form }))).json()).body, /socks/);
    const large = await here.api.fetch(new Request(url, { method: "POST", body: "x".repeat(100_000) }));
    assert.equal((await large.json()).body.length, 100_000);
    const own = new Request(url, { ...init, headers: { authorization: "Own token" } });
    assert.equal((await here.api.fetch(own)).status, 401);
    const [, first, renewed, second, ...others] = await here.calls();
    assert.deepEqual([first, renewed, second], [`api PUT 401 ${SENT}`, TOKEN, `api PUT 200 ${SENT}`]);
    assert.deepEqual(others.map((call) => call.slice(0, 12)), ["api POST 200", "api POST 200", "api PUT 401 "]);
  });

  test("openapi-fetch.js, as a middleware: the token goes to the named origin, and a 401 is returned", async () => {
    const { default: createOpenApiClient } = await import("openapi-fetch");
    const { bearer } = await load("integrations/openapi-fetch.js");
    const here = world();
    const client = createOpenApiClient({ baseUrl: here.origin + here.base });
    client.use(bearer(here.api, [here.origin]));
    assert.equal((await client.GET("/v1/orders")).response.status, 200);
    await here.fail(UNAUTHORIZED);
    assert.equal((await client.GET("/v1/orders")).response.status, 401);
    assert.deepEqual(await here.calls(), [TOKEN, "api GET 200", "api GET 401"]);

    const elsewhere = createOpenApiClient({ baseUrl: here.origin + here.base });
    elsewhere.use(bearer(here.api, ["https://api.example"]));
    assert.equal((await elsewhere.GET("/v1/orders")).response.status, 401);
    assert.equal((await here.calls()).at(-1), "api GET 401");
  });

  test("undici.js and axios.js: a stream is sent once, and its 401 returned", async () => {
    const { undiciWith } = await load("integrations/undici.js");
    const { axiosWithAuthorization } = await load("integrations/axios.js");
    const one = world();
    await one.fail(UNAUTHORIZED);
    const call = undiciWith(one.api, one.origin);
    const answer = await call(`${one.base}/v1/orders`, { method: "POST", body: Readable.from([SENT]) });
    assert.equal(answer.statusCode, 401);
    assert.deepEqual(await one.calls(), [TOKEN, `api POST 401 ${SENT}`]);

    const two = world();
    await two.fail(UNAUTHORIZED);
    const axios = axiosWithAuthorization(two.api, { baseURL: two.origin + two.base });
    const posted = axios.post("/v1/orders", Readable.from([SENT]));
    await assert.rejects(posted, (error) => error.response.status === 401);
    assert.deepEqual(await two.calls(), [TOKEN, `api POST 401 ${SENT}`]);
  });

  test("undici.js and axios.js: no path leads the token to another origin", async () => {
    const { undiciWith } = await load("integrations/undici.js");
    const { axiosWithAuthorization } = await load("integrations/axios.js");
    const heard = [];
    const other = await startLoopback({
      async fetch(request) {
        heard.push(request.headers.get("authorization"));
        return new Response("{}");
      },
    });
    try {
      const here = world();
      const call = undiciWith(here.api, here.origin);
      const axios = axiosWithAuthorization(here.api, { baseURL: here.origin + here.base });
      for (const path of [`${other.origin}/v1/orders`, `//${other.origin.slice(7)}/v1/orders`]) {
        await call(path).then(({ body }) => body.dump(), () => {});
        await axios.get(path).catch(() => {});
      }
      await here.fail({ at: "api", type: "status", status: 302, headers: { location: `${other.origin}/v1/orders` } });
      await axios.get("/v1/orders").catch(() => {});
      assert.deepEqual(heard, []);
    } finally {
      await other.close();
    }
  });

  test("axios.js: its errors have no token in them by fetch, and none by toJSON with authorization()", async () => {
    const { axiosWithAuthorization, axiosWithFetch } = await load("integrations/axios.js");
    for (
      const [connect, print] of [[axiosWithFetch, inspectAll], [
        axiosWithAuthorization,
        (error) => JSON.stringify(error),
      ]]
    ) {
      const here = world();
      await here.fail({ at: "api", type: "status", status: 500, body: "{}" });
      const error = await connect(here.api, { baseURL: here.origin + here.base }).get("/v1/orders").catch((error) =>
        error
      );
      assert.equal(error.response.status, 500);
      const { value } = await here.api.token();
      assert.ok(!print(error).includes(value), connect.name);
      assert.match(print(error), /v1\/orders/);
    }
  });
});

describe("renewal", () => {
  const TOKENS = ["Bearer one", "Bearer two", "Bearer three"];
  /** A client of nothing but these tokens. */
  const client = () => {
    let at = 0;
    return { authorization: () => Promise.resolve(TOKENS[at]), invalidate: () => at += 1 };
  };

  for (
    const [challenge, expected] of [
      [undefined, TOKENS[1]],
      [null, TOKENS[1]],
      ['Bearer error="invalid_token"', TOKENS[1]],
      ['Bearer error="insufficient_scope"', undefined],
      ["Bearer realm=api, ERROR=insufficient_scope", undefined],
      [["Basic", 'Bearer scope="a b", error = "insufficient_scope"'], undefined],
      ['Bearer error="invalid_token", error_description="not \\"error=insufficient_scope\\" but old"', TOKENS[1]],
      ['Bearer error_description="error=insufficient_scope"', TOKENS[1]],
    ]
  ) {
    test(`after the challenge ${JSON.stringify(challenge)}: ${expected}`, async () => {
      assert.equal(await integrations.renewal(client())(TOKENS[0], challenge), expected);
    });
  }

  test("none for what can be sent only once", async () => {
    const another = integrations.renewal(client());
    const once = [Readable.from([SENT]), new Blob([SENT]).stream(), [SENT][Symbol.iterator]()];
    for (const body of once) assert.equal(await another(TOKENS[0], undefined, body), undefined);
    const again = [
      SENT,
      Buffer.from(SENT),
      new ArrayBuffer(1),
      new Blob([SENT]),
      new FormData(),
      new URLSearchParams(),
    ];
    for (const body of again) {
      assert.equal(await integrations.renewal(client())(TOKENS[0], undefined, body), TOKENS[1]);
    }
  });

  test("axiosRenewal wants to know where the token may go", async () => {
    const { default: axios } = await import("axios");
    assert.throws(() => integrations.axiosRenewal(client(), axios.create()), /no baseURL/);
    assert.throws(
      () => integrations.axiosRenewal(axios.create({ baseURL: "https://a.example" }), client()),
      /in this order/,
    );
  });

  test("what is given in a wrong way is told when it is given", () => {
    const { asBytes, honoClient, renewal, undiciRenewal } = integrations;
    for (
      const [wrong, said] of [
        [() => asBytes(client()), "asBytes: expected a fetch, such as that of a client"],
        [() => renewal(() => {}), "renewal: expected a client"],
        [() => undiciRenewal(client(), "https://api.example"), /^undiciRenewal: .*, in this order$/],
        [() => honoClient(client()), "honoClient: expected a function that makes the client, such as () => api"],
      ]
    ) {
      assert.throws(wrong, { name: "TypeError", message: said });
    }
  });
});

describe("honoClient", () => {
  test("puts a client on the context, under the name that it is given", async () => {
    const { Hono } = await import("hono");
    const here = world();
    const app = new Hono();
    app.use(integrations.honoClient(() => here.api));
    app.use(integrations.honoClient((c) => Promise.resolve(c.var.api.extend({ scope: "a" })), "scoped"));
    app.get("/", async (c) => {
      const answers = [c.var.api, c.var.scoped].map((api) => api.fetch(`${here.origin}${here.base}/v1/orders`));
      return c.json((await Promise.all(answers)).map(({ status }) => status));
    });
    assert.deepEqual(await (await app.request("/")).json(), [200, 200]);
    assert.equal((await here.calls()).filter((call) => call === TOKEN).length, 2);
  });
});

describe("telemetry", () => {
  const AT = new Date(1_700_000_000_000);
  const OF_ACME = { provider: "Acme", host: "login.acme.example:8443", at: AT, serial: 7 };
  /** One of each kind. */
  const EVENTS = {
    token_request: {},
    token: { durationMs: 250, renewAt: new Date(AT.getTime() + 3_300_000) },
    token_error: {
      code: "ERR_RATE_LIMITED",
      status: 429,
      error: "slow_down",
      message: "login.acme.example answered 429",
      durationMs: 40,
      retryAt: new Date(AT.getTime() + 60_000),
    },
    cooldown: {
      code: "ERR_RATE_LIMITED",
      message: "no new request until 2023",
      retryAt: new Date(AT.getTime() + 60_000),
    },
    unauthorized: { retry: true },
    not_replayed: {},
    warning: { message: "the expiry at /expires_in is not understood" },
    store_error: { operation: "get", reason: "timeout", retryAt: new Date(AT.getTime() + 5000) },
    store_unsafe: {},
    of_a_later_version: {},
  };
  const all = () => Object.entries(EVENTS).map(([type, more]) => ({ ...OF_ACME, type, ...more }));
  const ACME = { "bearerkit.provider": "Acme", "server.address": "login.acme.example", "server.port": 8443 };

  /** OpenTelemetry's own SDK: what it was told of, as its exporters have it. */
  async function exported(tell) {
    const spans = new InMemorySpanExporter();
    const tracing = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });
    const measured = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: measured, exportIntervalMillis: 2 ** 30 });
    const metering = new MeterProvider({ readers: [reader] });
    try {
      await tell(
        integrations.telemetry({ tracer: tracing.getTracer("bearerkit"), meter: metering.getMeter("bearerkit") }),
      );
      await reader.forceFlush();
      const metrics = measured.getMetrics().at(-1)?.scopeMetrics.flatMap(({ metrics }) => metrics) ?? [];
      return {
        spans: spans.getFinishedSpans(),
        points: metrics.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => [name, unit, value.sum ?? value, attributes])
        ),
      };
    } finally {
      await metering.shutdown();
    }
  }

  test("spans and metrics of each kind of event", async () => {
    const { spans, points } = await exported((onEvent) => all().forEach(onEvent));
    const failed = { "error.type": "ERR_RATE_LIMITED", "http.response.status_code": 429 };
    assert.deepEqual(
      spans.map(({ name, kind, startTime, endTime, status, attributes }) => ({
        name,
        kind,
        began: startTime[0] * 1000 + startTime[1] / 1e6 - AT,
        ended: endTime[0] * 1000 + endTime[1] / 1e6 - AT,
        status,
        attributes,
      })),
      [{
        name: "token request",
        kind: SpanKind.CLIENT,
        began: -250,
        ended: 0,
        status: { code: SpanStatusCode.UNSET },
        attributes: ACME,
      }, {
        name: "token request",
        kind: SpanKind.CLIENT,
        began: -40,
        ended: 0,
        status: { code: SpanStatusCode.ERROR, message: "login.acme.example answered 429" },
        attributes: { ...ACME, ...failed, "bearerkit.error": "slow_down" },
      }],
    );
    assert.deepEqual(points, [
      ["bearerkit.token_request.duration", "s", 0.25, ACME],
      ["bearerkit.token_request.duration", "s", 0.04, { ...ACME, ...failed }],
      ["bearerkit.unauthorized", "{response}", 1, { ...ACME, "bearerkit.retry": true }],
      ["bearerkit.cooldown.calls", "{call}", 1, { ...ACME, "error.type": "ERR_RATE_LIMITED" }],
      ["bearerkit.store.errors", "{call}", 1, { ...ACME, "error.type": "timeout", "bearerkit.operation": "get" }],
    ]);
  });

  test("a token of the shared store is no token request", async () => {
    const { spans, points } = await exported((onEvent) =>
      onEvent({ ...all()[1], from: "store", durationMs: undefined })
    );
    assert.deepEqual([spans, points], [[], []]);
  });

  test("tenants without number do not make as many time series", async () => {
    const { points } = await exported((onEvent) => {
      for (let tenant = 0; tenant < 1000; tenant += 1) {
        onEvent({ ...all()[1], provider: `Tenant ${tenant}`, host: `t${tenant}.acme.example` });
      }
    });
    assert.equal(points.length, 101);
    const rest = { "bearerkit.provider": "_OTHER", "server.address": "_OTHER" };
    assert.deepEqual(points.at(-1)[3], rest);
  });

  test("what is not known is left out", async () => {
    const { spans, points } = await exported((onEvent) => {
      onEvent({ ...all()[1], provider: undefined, host: undefined });
      onEvent({ type: "token_error", at: AT, serial: 1, host: "[::1]:9", code: "ERR_TIMEOUT", status: null });
    });
    const timeout = { "server.address": "[::1]", "server.port": 9, "error.type": "ERR_TIMEOUT" };
    assert.deepEqual(spans.map(({ attributes }) => attributes), [{}, timeout]);
    assert.deepEqual(points.map(([, , , attributes]) => attributes), [{}, timeout]);
  });

  test("of a real client: a refusal, a token, the API's 401", async () => {
    const { spans, points } = await exported(async (onEvent) => {
      const here = world({ onEvent, patience: 0 });
      await here.fail({ at: "token", type: "status", status: 400, body: { error: "invalid_scope" } });
      await assert.rejects(here.api.token(), { code: "ERR_REFUSED" });
      const there = world({ onEvent });
      await there.fail(UNAUTHORIZED);
      assert.equal((await there.api.fetch(`${there.origin}${there.base}/v1/orders`)).status, 200);
    });
    for (const { duration: [seconds, nanos] } of spans) assert.ok(seconds >= 0 && nanos >= 0 && seconds < 60);
    assert.deepEqual(spans.map(({ name, status }) => [name, status.code]), [
      ["token request", SpanStatusCode.ERROR],
      ["token request", SpanStatusCode.UNSET],
      ["token request", SpanStatusCode.UNSET],
    ]);
    const { attributes } = spans[0];
    assert.equal(attributes["error.type"], "ERR_REFUSED");
    assert.equal(attributes["http.response.status_code"], 400);
    assert.deepEqual(points.map(([name, , , attributes]) => [name, attributes["error.type"]]), [
      ["bearerkit.token_request.duration", "ERR_REFUSED"],
      ["bearerkit.token_request.duration", undefined],
      ["bearerkit.unauthorized", undefined],
    ]);
  });

  /** A logger that keeps what it is told: `[level, sentence, event]`. */
  const keeping = (lines) =>
    Object.fromEntries(
      ["debug", "info", "warn", "error"].map((level) => [level, (...said) => lines.push([level, ...said])]),
    );

  test("a logger gets a sentence of each, and the event", () => {
    const lines = [];
    const onEvent = integrations.telemetry({ logger: keeping(lines) });
    const refused = { type: "token_error", at: AT, serial: 1, code: "ERR_REFUSED", status: 400, message: "no" };
    const nameless = { ...refused, provider: undefined, host: undefined };
    const shared = { ...all()[1], from: "store", host: undefined, durationMs: undefined };
    const events = [...all(), { ...all()[4], retry: false }, refused];
    onEvent(shared);
    const [[, sentence]] = lines.splice(0);
    assert.equal(
      sentence,
      "bearerkit (Acme): got a token from the shared store, to be renewed after 2023-11-14T23:08:20.000Z",
    );
    [...events.slice(0, -1), nameless].forEach(onEvent);
    const told = events.filter(({ type }) => type !== "of_a_later_version");
    assert.deepEqual(lines.map(([, , event]) => event), told);
    assert.deepEqual(lines.map(([level, text]) => `${level} ${text}`), [
      "debug bearerkit (Acme): requests a token from login.acme.example:8443",
      "debug bearerkit (Acme): got a token from login.acme.example:8443 in 250 ms, to be renewed after 2023-11-14T23:08:20.000Z",
      "warn bearerkit (Acme): got no token: login.acme.example answered 429 (ERR_RATE_LIMITED); no new request before 2023-11-14T22:14:20.000Z",
      "debug bearerkit (Acme): no new request until 2023",
      "info bearerkit (Acme): the API refused token 7; the request is sent again with a new one",
      "warn bearerkit (Acme): a request is not sent again because its body can be read only once",
      "warn bearerkit (Acme): the expiry at /expires_in is not understood",
      "warn bearerkit (Acme): get of the shared store: timeout; it is not used before 2023-11-14T22:13:25.000Z",
      "warn bearerkit (Acme): the server rotates refresh tokens, and the shared store does not compare: two instances may use one refresh token",
      "warn bearerkit (Acme): the API refused token 7; its 401 is returned",
      "error bearerkit: got no token: no (ERR_REFUSED)",
    ]);
  });

  test("a logger of a real client hears of no secret and no token", async () => {
    const lines = [];
    const here = world({ onEvent: integrations.telemetry({ logger: keeping(lines) }) });
    await here.fail({ at: "token", type: "unavailable", retryAfter: 1 }, UNAUTHORIZED);
    assert.equal((await here.api.fetch(`${here.origin}${here.base}/v1/orders`)).status, 200);
    const { value } = await here.api.token();
    const text = inspectAll(lines);
    for (const secret of [value, fakeCredentials.client_secret]) assert.ok(!text.includes(secret));
    assert.deepEqual(lines.map(([level]) => level), ["debug", "warn", "debug", "debug", "info", "debug", "debug"]);
  });

  test("is told where to", () => {
    for (const nowhere of [undefined, {}, { logger: undefined }]) {
      assert.throws(() => integrations.telemetry(nowhere), /expected a tracer, a meter or a logger/);
    }
  });

  test("the example's is one for all clients", async () => {
    const { onEvent } = await load("integrations/opentelemetry.js");
    all().forEach(onEvent);
  });
});

describe("the module", () => {
  test("loads nothing, and what is not used is dropped", async () => {
    const { build } = await import("esbuild");
    const bundled = async (source) => {
      const stdin = { contents: source, resolveDir: project };
      const { outputFiles, metafile } = await build({
        stdin,
        bundle: true,
        write: false,
        metafile: true,
        format: "esm",
        platform: "neutral",
      });
      return { text: outputFiles[0].text, inputs: Object.keys(metafile.inputs) };
    };
    const all = await bundled('export * from "bearerkit/integrations";');
    assert.deepEqual(all.inputs.filter((name) => name !== "<stdin>").length, 1, all.inputs.join("\n"));
    const one = await bundled('export { asBytes } from "bearerkit/integrations";');
    assert.doesNotMatch(one.text, /startSpan|createHistogram|performance|_OTHER/);
    assert.equal((await bundled('import "bearerkit/integrations";')).text.trim(), "");
  });
});

const inspectAll = (error) => inspect(error, { depth: 20, showHidden: true }) + JSON.stringify(error);
