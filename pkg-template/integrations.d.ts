/**
 * What other people's libraries need beside {@link Client.fetch}: bodies that can be sent again, a renewal for clients that
 * take no `fetch`, telemetry, a middleware.
 *
 * It depends on none of these libraries, and on nothing of bearerkit's core: what is not used is dropped by a bundler.
 *
 * @example
 * ```js
 * import { createClient } from "bearerkit";
 * import { asBytes, telemetry } from "bearerkit/integrations";
 *
 * const api = createClient({ provider, credentials, onEvent: telemetry({ logger: console }) });
 * const fetch = asBytes(api.fetch); // for ky, axios, openapi-fetch
 * ```
 *
 * @module
 */
import type { Client, ClientEvent } from "./index.js";

/**
 * A `fetch` that reads the body of a `Request` before it is sent, so that it can be sent again after a 401, 307 or 308,
 * however large or slow it is. ky, openapi-fetch and axios hand over such a `Request`, whose body is a stream to everyone else.
 * Not for uploads that do not fit into memory.
 *
 * @example
 * ```js
 * import { asBytes } from "bearerkit/integrations";
 *
 * const send = asBytes(api.fetch);
 * // ky.create({ fetch: send })
 * // createOpenApiClient({ baseUrl, fetch: send })
 * // axios.create({ adapter: "fetch", env: { fetch: send } })
 * ```
 */
export function asBytes(fetch: typeof globalThis.fetch): typeof globalThis.fetch;

/**
 * Says what to send after a 401, where only {@link Client.authorization} fits. {@link Client.fetch} does all of this by
 * itself, and better: use it where you can.
 *
 * Calls that were refused with one token share one renewal, and there is at most one in 30 s: an API that always says 401
 * must not drain the token endpoint. Make one for each client, not one for each call.
 *
 * @example
 * ```ts
 * import { renewal } from "bearerkit/integrations";
 *
 * const another = renewal(api);
 * const send = (authorization: string) => fetch("https://api.example/orders", { headers: { authorization } });
 *
 * const sent = await api.authorization();
 * let answer = await send(sent);
 * if (answer.status === 401) {
 *   const next = await another(sent, answer.headers.get("www-authenticate"));
 *   if (next !== undefined) answer = await send(next);
 * }
 * ```
 */
export function renewal(api: Pick<Client, "authorization" | "invalidate">): Renewal;

/**
 * Resolves to another `Authorization`, or to `undefined` where none would help: the scope is what is missing, the body can be
 * sent only once, or the API refused a new token a moment ago.
 *
 * @param refused The `Authorization` that was sent.
 * @param challenge The answer's `WWW-Authenticate`.
 * @param body What was sent: text, bytes and forms can be sent again, streams cannot.
 * @throws {AuthError} if a new token is due and none can be had.
 */
export type Renewal = (
  refused: unknown,
  challenge?: string | readonly string[] | null,
  body?: unknown,
) => Promise<string | undefined>;

/**
 * Gives an axios instance, with the transport that axios has on Node, the token and one more try after a 401. Returns the
 * instance. Where you can, prefer `adapter: "fetch"` with {@link asBytes}.
 *
 * The token goes to the instance's `baseURL` and nowhere else: absolute URLs and redirects are switched off. An `AxiosError`
 * has the request's headers in it: its `toJSON` masks them, `console.log` does not.
 *
 * @example
 * ```ts
 * import axios from "axios";
 * import { axiosRenewal } from "bearerkit/integrations";
 *
 * const orders = axiosRenewal(api, axios.create({ baseURL: "https://api.example" }));
 * const { data } = await orders.get("/v1/orders");
 * ```
 * @throws {TypeError} if the instance has no `baseURL`.
 */
export function axiosRenewal<Instance extends AxiosLike>(
  api: Pick<Client, "authorization" | "invalidate">,
  instance: Instance,
): Instance;

/** What of axios is used. */
export interface AxiosLike {
  readonly defaults: { baseURL?: string | undefined };
  readonly interceptors: { readonly request: object; readonly response: object };
}

/**
 * Gives undici's `request` the token, and one more try after a 401, for one origin.
 *
 * @example
 * ```js
 * import { request } from "undici";
 * import { undiciRenewal } from "bearerkit/integrations";
 *
 * const call = undiciRenewal(api, request, "https://api.example");
 * const { statusCode, body } = await call("/v1/orders", { method: "POST", body: "{}" });
 * ```
 */
export function undiciRenewal<Options, Answer>(
  api: Pick<Client, "authorization" | "invalidate">,
  request: (url: string, options?: Options) => Promise<Answer>,
  origin: string,
): (path: string, options?: Omit<NonNullable<Options>, "origin" | "path">) => Promise<Answer>;

/**
 * A hono middleware that puts a client on the context: `c.var.api`. It is made in each request, where a Worker has its
 * `env`, and all of equal options share one token.
 *
 * @example
 * ```ts
 * import { type Client, createClient } from "bearerkit";
 * import { honoClient } from "bearerkit/integrations";
 * import { Hono } from "hono";
 *
 * const app = new Hono<{ Bindings: { ID: string; SECRET: string }; Variables: { api: Client } }>();
 * app.use(honoClient((c) => createClient({ provider, credentials: { client_id: c.env.ID, client_secret: c.env.SECRET } })));
 * app.get("/", (c) => c.var.api.fetch("https://api.example/orders"));
 * ```
 * @param make Makes the client, or resolves to it.
 * @param name What it is called on the context: `api` by default.
 */
// deno-lint-ignore no-explicit-any
export function honoClient<Context = any>(
  make: (c: Context) => Client | Promise<Client>,
  name?: string,
): (c: Context, next: () => Promise<void>) => Promise<void>;

/**
 * An `onEvent` that feeds OpenTelemetry, a logger, or both. No secret and no token is in what it tells. One serves any number
 * of clients.
 *
 * | what | name | attributes |
 * | --- | --- | --- |
 * | span | `token request` (client) | those of the duration, `bearerkit.error` (the server's code); status and message of an error |
 * | histogram, s | `bearerkit.token_request.duration` | `bearerkit.provider`, `server.address`, `server.port`, `error.type` (the code), `http.response.status_code` |
 * | counter | `bearerkit.unauthorized`: the API's 401s | `bearerkit.provider`, `server.address`, `server.port`, `bearerkit.retry` |
 * | counter | `bearerkit.cooldown.calls`: calls that a cooldown refused | `bearerkit.provider`, `server.address`, `server.port`, `error.type` |
 *
 * In metrics 100 providers and 100 hosts are told apart; the rest are `_OTHER`.
 *
 * @example
 * ```js
 * import { metrics, trace } from "@opentelemetry/api";
 * import { createClient } from "bearerkit";
 * import { telemetry } from "bearerkit/integrations";
 *
 * const onEvent = telemetry({
 *   tracer: trace.getTracer("bearerkit"),
 *   meter: metrics.getMeter("bearerkit"),
 *   logger: console,
 * });
 * const api = createClient({ provider, credentials, onEvent });
 * ```
 * @throws {TypeError} if it is given none of the three.
 */
export function telemetry(to: Telemetry): (event: ClientEvent) => void;

export interface Telemetry {
  /** Of `@opentelemetry/api`: `trace.getTracer("bearerkit")`. */
  readonly tracer?: TracerLike | undefined;
  /** Of `@opentelemetry/api`: `metrics.getMeter("bearerkit")`. */
  readonly meter?: MeterLike | undefined;
  /** `console`, winston and others that take a sentence and then an object. */
  readonly logger?: LoggerLike | undefined;
}

/** What of OpenTelemetry's `Tracer` is used. */
export interface TracerLike {
  startSpan(
    name: string,
    options?: { kind?: number; startTime?: Date; attributes?: Record<string, string | number | boolean> },
  ): { setStatus(status: { code: number; message?: string }): unknown; end(endTime?: Date): void };
}

/** What of OpenTelemetry's `Meter` is used. */
export interface MeterLike {
  createHistogram(
    name: string,
    options?: { unit?: string; description?: string; advice?: { explicitBucketBoundaries?: number[] } },
  ): { record(value: number, attributes?: Record<string, string | number | boolean>): void };
  createCounter(
    name: string,
    options?: { unit?: string; description?: string },
  ): { add(value: number, attributes?: Record<string, string | number | boolean>): void };
}

/**
 * A sentence that says it all, and the event for those who keep structured logs. A logger whose object comes first takes
 * what is turned round.
 *
 * @example
 * ```ts
 * import { type LoggerLike, telemetry } from "bearerkit/integrations";
 *
 * const logger: LoggerLike = {
 *   debug: (text, event) => pino.debug(event, text),
 *   info: (text, event) => pino.info(event, text),
 *   warn: (text, event) => pino.warn(event, text),
 *   error: (text, event) => pino.error(event, text),
 * };
 * const onEvent = telemetry({ logger });
 * ```
 */
export interface LoggerLike {
  debug(message: string, event: ClientEvent): void;
  info(message: string, event: ClientEvent): void;
  warn(message: string, event: ClientEvent): void;
  error(message: string, event: ClientEvent): void;
}
