// A client in the libraries that want a `fetch`, compiled under each host's own types.
import { metrics, trace } from "@opentelemetry/api";
import axios, { type AxiosInstance } from "axios";
import { type Client, type ClientEvent, createClient } from "bearerkit";
import { asBytes, axiosRenewal, honoClient, renewal, telemetry } from "bearerkit/integrations";
import { fuse } from "bearerkit/providers";
import { Hono } from "hono";
import { hc } from "hono/client";
import { createMiddleware } from "hono/factory";
import ky, { type Input, type KyInstance, type Options } from "ky";
import OpenAI from "openai";
import createOpenApiClient, { type Middleware } from "openapi-fetch";

declare const env: { ID: string; SECRET: string };
const api: Client = createClient({ provider: fuse, credentials: { client_id: env.ID, client_secret: env.SECRET } });

api.fetch satisfies typeof fetch;

// --- ky

const forKy: (input: Input, init?: RequestInit) => Promise<Response> = api.fetch;
const options: Options = { fetch: api.fetch, retry: 0 };
const viaKy: KyInstance = ky.create({ baseUrl: "https://api.fuse.me/", fetch: forKy }).extend(options);
viaKy.post("v1/accounts", { json: {} }).json<{ ok: boolean }>().then(({ ok }) => ok);
// @ts-expect-error a client is no fetch
ky.create({ fetch: api });

// --- openapi-fetch

interface Paths {
  "/v1/accounts": {
    get: { responses: { 200: { headers: { [name: string]: string }; content: { "application/json": string[] } } } };
  };
}
const viaOpenApi = createOpenApiClient<Paths>({ baseUrl: "https://api.fuse.me", fetch: api.fetch });
viaOpenApi.GET("/v1/accounts", { fetch: api.fetch }).then(({ data }) => data?.[0]?.toUpperCase());
viaOpenApi.use(
  {
    async onRequest({ request }) {
      request.headers.set("authorization", await api.authorization());
      return request;
    },
  } satisfies Middleware,
);

// --- hono

const app = new Hono<{ Variables: { api: Client } }>()
  .use(createMiddleware<{ Variables: { api: Client } }>(async (c, next) => {
    c.set("api", api.extend({ scope: "accounts" }));
    await next();
  }))
  .get("/accounts", async (c) => c.json({ found: await (await c.var.api.fetch("https://api.fuse.me/")).text() }));
const viaHono = hc<typeof app>("https://api.example", { fetch: api.fetch });
viaHono.accounts.$get().then((response) => response.json()).then(({ found }) => found.toUpperCase());

// --- axios

axios.create({ adapter: "fetch", env: { fetch: api.fetch } });
axios.interceptors.request.use(async (config) => {
  config.headers.set("authorization", await api.authorization());
  return config;
});

// --- openai

new OpenAI({ apiKey: "unused", fetch: api.fetch, defaultHeaders: { Authorization: null } });
// @ts-expect-error nor is a client's token a fetch
new OpenAI({ apiKey: "unused", fetch: api.token });

// --- what bearerkit/integrations has for them

ky.create({ fetch: asBytes(api.fetch) });
const viaAxios: AxiosInstance = axiosRenewal(api, axios.create({ baseURL: "https://api.example" }));
viaAxios.get("/v1/orders").then(({ data }) => data);
// @ts-expect-error a client is no axios
axiosRenewal(api, api);
renewal(api)("Bearer old", ["Bearer"], "{}").then((next) => next?.toUpperCase());

const withMiddleware = new Hono<{ Bindings: { ID: string; SECRET: string }; Variables: { api: Client } }>();
withMiddleware.use(
  honoClient((c) =>
    createClient({ provider: fuse, credentials: { client_id: c.env.ID, client_secret: c.env.SECRET } })
  ),
);
withMiddleware.get("/", (c) => c.var.api.fetch("https://api.fuse.me/"));
// @ts-expect-error a token is no client
honoClient(() => api.token());

const onEvent: (event: ClientEvent) => void = telemetry({
  tracer: trace.getTracer("bearerkit"),
  meter: metrics.getMeter("bearerkit"),
  logger: console,
});
api.extend({ onEvent });
api.extend({ onEvent: telemetry({ logger: undefined, tracer: trace.getTracer("bearerkit") }) });
// @ts-expect-error the two are taken for each other
telemetry({ tracer: metrics.getMeter("bearerkit") });
