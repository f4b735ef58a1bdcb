// bearerkit/integrations: what other people's libraries need beside `client.fetch`. Pure JavaScript: nothing of bearerkit's
// core is in it, and nothing of those libraries.

/** A renewal that an API asks for happens at most once in this time. */
const REST_MS = 30_000;
/** As many providers and hosts are told apart in metrics. */
const MAX_VALUES = 100;
/** OpenTelemetry's `SpanKind.CLIENT` and `SpanStatusCode.ERROR`. */
const CLIENT = 2;
const ERROR = 2;
/** In seconds, as the semantic conventions advise for HTTP requests. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** What waiting may cure. */
const TRANSIENT = ["ERR_RATE_LIMITED", "ERR_UNREACHABLE", "ERR_TIMEOUT", "ERR_CREDENTIALS"];

/** See integrations.d.ts, which is the reference. */
export function asBytes(fetch) {
  expect(fetch, "asBytes", "a fetch, such as that of a client");
  return async (input, init) => {
    // What `init` says of a body counts, as with fetch.
    if (!input.body || init?.body) return await fetch(input, init);
    return await fetch(input, { ...init, body: await input.arrayBuffer() });
  };
}

/** A mistake is told where it is made, and not at the first request. */
function expect(value, name, what) {
  if (typeof value !== "function") throw new TypeError(`${name}: expected ${what}`);
}

export function renewal(api) {
  expect(api?.authorization, "renewal", "a client");
  let renewedAt = -Infinity;
  return async function another(refused, challenge, body) {
    if (!isReplayable(body) || isScopeMissing(challenge)) return undefined;
    // Not if a newer token is there already: then the refused one is only late.
    if (await api.authorization() === refused && performance.now() - renewedAt > REST_MS) {
      renewedAt = performance.now();
      api.invalidate();
    }
    const current = await api.authorization();
    return current === refused ? undefined : current;
  };
}

/** Text, bytes, a Blob, a form: what is no stream. */
function isReplayable(body) {
  return body === undefined || body === null || typeof (body.slice ?? body.getAll) === "function";
}

/** Parameter by parameter, since what is quoted may look like one. */
function isScopeMissing(challenge) {
  const parameters = String(challenge ?? "").matchAll(/([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g);
  return [...parameters].some(([, name, quoted, word]) =>
    name.toLowerCase() === "error" && (quoted ?? word) === "insufficient_scope"
  );
}

export function axiosRenewal(api, instance) {
  expect(api?.authorization, "axiosRenewal", "a client and an axios instance, in this order");
  expect(instance?.interceptors?.request.use, "axiosRenewal", "a client and an axios instance, in this order");
  const { defaults, interceptors } = instance;
  if (!defaults.baseURL) {
    throw new TypeError("axiosRenewal: the instance has no baseURL, the only origin that gets the token");
  }
  // An AxiosError has the request's headers in it: printed by its `toJSON` these are masked, by `console.log` they are not.
  const redact = [...defaults.redact ?? [], "authorization"];
  Object.assign(defaults, { allowAbsoluteUrls: false, maxRedirects: 0, redact });
  const another = renewal(api);
  interceptors.request.use(async (config) => {
    config.headers.set("authorization", config.nextAuthorization ?? await api.authorization());
    return config;
  });
  interceptors.response.use(undefined, async (error) => {
    const { config, response } = error;
    const isSecondTry = config?.nextAuthorization !== undefined;
    if (response?.status !== 401 || isSecondTry) throw error;
    const refused = config.headers.get("authorization");
    const nextAuthorization = await another(refused, response.headers["www-authenticate"], config.data);
    if (nextAuthorization === undefined) throw error;
    return await instance.request({ ...config, nextAuthorization });
  });
  return instance;
}

export function undiciRenewal(api, request, origin) {
  expect(api?.authorization, "undiciRenewal", "a client, undici's request and an origin, in this order");
  expect(request, "undiciRenewal", "a client, undici's request and an origin, in this order");
  const another = renewal(api);
  return async function call(path, options = {}) {
    // A path cannot lead away from the origin, and undici follows no redirect unless it is told to.
    const send = (authorization) =>
      request(origin, { ...options, path, headers: { ...options.headers, authorization } });
    const sent = await api.authorization();
    const answer = await send(sent);
    if (answer.statusCode !== 401) return answer;
    const next = await another(sent, answer.headers["www-authenticate"], options.body);
    if (next === undefined) return answer;
    await answer.body.dump();
    return await send(next);
  };
}

export function honoClient(make, name = "api") {
  expect(make, "honoClient", "a function that makes the client, such as () => api");
  return async (c, next) => {
    // Not closed when the request ends: the last client would take the token with it.
    c.set(name, await make(c));
    await next();
  };
}

export function telemetry({ tracer, meter, logger } = {}) {
  if (!tracer && !meter && !logger) throw new TypeError("telemetry: expected a tracer, a meter or a logger");
  const watchers = [tracer && spansOf(tracer), meter && metricsOf(meter), logger && linesOf(logger)].filter(Boolean);
  return (event) => {
    for (const watch of watchers) watch(event);
  };
}

/** A span that is made when it ends, so that many clients can share one `onEvent`. */
function spansOf(tracer) {
  return (event) => {
    const { at, durationMs = 0, error, message, type } = event;
    if (!endsRequest(event)) return;
    const attributes = { ...attributesOf(event), ...(error && { "bearerkit.error": error }) };
    const span = tracer.startSpan("token request", {
      kind: CLIENT,
      startTime: new Date(at.getTime() - durationMs),
      attributes,
    });
    if (type === "token_error") span.setStatus({ code: ERROR, ...(message && { message }) });
    span.end(at);
  };
}

/** A token from the shared store is no token request. */
function endsRequest({ type, from }) {
  return type === "token_error" || (type === "token" && from !== "store");
}

function metricsOf(meter) {
  const duration = meter.createHistogram("bearerkit.token_request.duration", {
    unit: "s",
    description: "Duration of token requests, with all that one takes.",
    advice: { explicitBucketBoundaries: BUCKETS },
  });
  const unauthorized = meter.createCounter("bearerkit.unauthorized", {
    unit: "{response}",
    description: "Answers of the API that refused a token.",
  });
  const cooldown = meter.createCounter("bearerkit.cooldown.calls", {
    unit: "{call}",
    description: "Calls that a running cooldown refused.",
  });
  const storeErrors = meter.createCounter("bearerkit.store.errors", {
    unit: "{call}",
    description: "Calls of the shared store that failed.",
  });
  const provider = atMost(MAX_VALUES);
  const host = atMost(MAX_VALUES);
  return (event) => {
    const { type, durationMs = 0, retry, operation, reason } = event;
    const attributes = attributesOf({ ...event, provider: provider(event.provider), host: host(event.host) });
    if (endsRequest(event)) duration.record(durationMs / 1000, attributes);
    if (type === "unauthorized") unauthorized.add(1, { ...attributes, "bearerkit.retry": retry });
    if (type === "cooldown") cooldown.add(1, attributes);
    if (type === "store_error") {
      storeErrors.add(1, { ...attributes, "bearerkit.operation": operation, "error.type": reason });
    }
  };
}

/** Tenants' hosts may be without number. The rest is what the semantic conventions call so. */
function atMost(count) {
  const known = new Set();
  return (value) => {
    if (value === undefined || known.has(value)) return value;
    if (known.size >= count) return "_OTHER";
    known.add(value);
    return value;
  };
}

function attributesOf({ provider, host, code, status }) {
  const [, address, port] = /^(.*?)(?::(\d+))?$/.exec(host ?? "");
  const all = {
    "bearerkit.provider": provider,
    "server.address": address || undefined,
    "server.port": port && Number(port),
    "error.type": code,
    "http.response.status_code": status || undefined,
  };
  return defined(all);
}

/** A console prints members that are undefined. */
function defined(members) {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));
}

function linesOf(logger) {
  return (event) => {
    const [level, text] = LINES[event.type]?.(event) ?? [];
    if (level) logger[level](`bearerkit${event.provider ? ` (${event.provider})` : ""}: ${text}`, defined(event));
  };
}

const LINES = {
  token_request: ({ host }) => ["debug", `requests a token from ${host ?? "the token endpoint"}`],
  token: ({ from, host, durationMs, renewAt }) => {
    const place = from === "store" ? "the shared store" : host;
    const time = from === "store" || durationMs === undefined ? "" : ` in ${Math.round(durationMs)} ms`;
    const text = `got a token${place ? ` from ${place}` : ""}${time}, to be renewed after ${renewAt.toISOString()}`;
    return ["debug", text];
  },
  // The message names the host.
  token_error: ({ code, message, retryAt }) => [
    TRANSIENT.includes(code) ? "warn" : "error",
    `got no token: ${message} (${code})${retryAt ? `; no new request before ${retryAt.toISOString()}` : ""}`,
  ],
  unauthorized: ({ serial, retry }) => [
    retry ? "info" : "warn",
    `the API refused token ${serial}; ${retry ? "the request is sent again with a new one" : "its 401 is returned"}`,
  ],
  not_replayed: () => ["warn", "a request is not sent again because its body can be read only once"],
  // Every call has its error, and the line that began the cooldown is there.
  cooldown: ({ message }) => ["debug", message],
  warning: ({ message }) => ["warn", message],
  store_error: ({ operation, reason, retryAt }) => [
    "warn",
    `${operation} of the shared store: ${reason}${retryAt ? `; it is not used before ${retryAt.toISOString()}` : ""}`,
  ],
  store_unsafe: () => [
    "warn",
    "the server rotates refresh tokens, and the shared store does not compare: two instances may use one refresh token",
  ],
};
