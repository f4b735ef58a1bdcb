/**
 * Functions for using bearerkit with other libraries: repeatable bodies, renewal for clients that take no `fetch`, telemetry and
 * a middleware.
 *
 * This entry depends on none of these libraries and does not load the core. A bundler drops what is not used.
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
 * Returns a `fetch` that reads the body of a `Request` before it sends it, so that the body can be sent again after a 401, 307 or
 * 308, however large or slow it is. ky, openapi-fetch and axios pass a `Request` whose body would otherwise be a stream. Do not use
 * it for uploads that do not fit into memory.
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
 * Recovers from a 401 for code that can use {@link Client.authorization} only. {@link Client.fetch} does this by itself: prefer it
 * where you can.
 *
 * Calls that were refused with the same token share one renewal. There is at most one renewal in 30 s, so that an API that always
 * answers 401 does not drain the token endpoint. Create one for each client, not one for each call.
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
 * Resolves to another `Authorization` header, or to `undefined` if a new token would not help: the scope is missing, the body
 * cannot be sent again, or the API has just refused a new token.
 *
 * @param refused The `Authorization` header that was sent.
 * @param challenge The `WWW-Authenticate` header of the answer.
 * @param body The body that was sent. Text, bytes and forms can be sent again, streams cannot.
 * @throws {AuthError} if a new token is needed and there is none.
 */
export type Renewal = (
  refused: unknown,
  challenge?: string | readonly string[] | null,
  body?: unknown,
) => Promise<string | undefined>;

/**
 * Adds the token and one repetition after a 401 to an axios instance that uses axios's own transport on Node. Returns the instance.
 * Prefer `adapter: "fetch"` with {@link asBytes} where you can.
 *
 * The token is sent to the instance's `baseURL` only: absolute URLs and redirects are switched off. An `AxiosError` contains the
 * request's headers. Its `toJSON` masks them; `console.log` does not.
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

/** The part of axios that is used. */
export interface AxiosLike {
  readonly defaults: { baseURL?: string | undefined };
  readonly interceptors: { readonly request: object; readonly response: object };
}

/**
 * Wraps undici's `request` for one origin: it adds the token and repeats a request once after a 401.
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
 * A hono middleware that puts a client on the context, as `c.var.api`. The client is created in each request, where a Worker has
 * its `env`; clients with equal options share one token.
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
 * @param make Creates the client, or resolves to it.
 * @param name The name of the client on the context. Default: `api`.
 */
// deno-lint-ignore no-explicit-any
export function honoClient<Context = any>(
  make: (c: Context) => Client | Promise<Client>,
  name?: string,
): (c: Context, next: () => Promise<void>) => Promise<void>;

/**
 * Returns an `onEvent` that reports to OpenTelemetry, to a logger, or to both. It reports no secret and no token. One can be used
 * for any number of clients.
 *
 * | what | name | attributes |
 * | --- | --- | --- |
 * | span | `token request` (client) | those of the duration, `bearerkit.error` (the server's code); status and message of an error |
 * | histogram, s | `bearerkit.token_request.duration` | `bearerkit.provider`, `server.address`, `server.port`, `error.type` (the code), `http.response.status_code` |
 * | counter | `bearerkit.unauthorized`: 401s of the API | `bearerkit.provider`, `server.address`, `server.port`, `bearerkit.retry` |
 * | counter | `bearerkit.cooldown.calls`: calls that failed because of a cooldown | `bearerkit.provider`, `server.address`, `server.port`, `error.type` |
 * | counter | `bearerkit.store.errors`: calls of the shared store that failed | the same, `bearerkit.operation` |
 *
 * Metrics distinguish up to 100 providers and 100 hosts; all others are `_OTHER`.
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
 * @throws {TypeError} if there is neither a tracer, a meter nor a logger.
 */
export function telemetry(to: Telemetry): (event: ClientEvent) => void;

export interface Telemetry {
  /** A tracer of `@opentelemetry/api`: `trace.getTracer("bearerkit")`. */
  readonly tracer?: TracerLike | undefined;
  /** A meter of `@opentelemetry/api`: `metrics.getMeter("bearerkit")`. */
  readonly meter?: MeterLike | undefined;
  /** A logger that takes a sentence and then an object: `console`, winston and others. */
  readonly logger?: LoggerLike | undefined;
}

/** The part of OpenTelemetry's `Tracer` that is used. */
export interface TracerLike {
  startSpan(
    name: string,
    options?: { kind?: number; startTime?: Date; attributes?: Record<string, string | number | boolean> },
  ): { setStatus(status: { code: number; message?: string }): unknown; end(endTime?: Date): void };
}

/** The part of OpenTelemetry's `Meter` that is used. */
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
 * A logger. It is called with a whole sentence and with the event, for structured logs. For a logger that takes the object first,
 * such as pino, swap the arguments.
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
