// A client in the libraries that want a `fetch`, compiled under each host's own types.
import axios from "axios";
import { type Client, type ClientEvent, createClient } from "bearerkit";
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

// --- OpenTelemetry takes one event as it takes all: what a type has not is undefined

const onEvent = ({ type, serial, at, provider = "unnamed" }: ClientEvent) => void [type, serial, at, provider];
api.extend({ onEvent });
