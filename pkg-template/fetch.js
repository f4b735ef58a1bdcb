import { AuthError } from "./error.js";
import { acquire, within } from "./machine.js";

const MAX_REDIRECTS = 20;
/** As much of a 401's body is looked at, and for so long. */
const MAX_PEEK = 64 * 1024;
const PEEK_LIMIT = 1000;

/** `fetch` with a token: recovered once from a 401, followed through redirects, and sent nowhere else. */
export async function authorizedFetch(shared, client, input, init) {
  const request = readRequest(input, init);
  // Whoever brings an Authorization of their own wants no help.
  if (request.headers.has("authorization")) return await client.fetch(input, init);
  if (!isAllowed(shared, request.url)) {
    throw new AuthError("ERR_ORIGIN", `the token may not be sent to ${request.url.origin}; see options.origins`);
  }
  const options = { signal: request.signal };
  let token = await acquire(shared, client, options);
  let response = await follow(shared, client, request, token);
  if (!(await isCurable(shared, client, request, response, token))) return response;
  if (!request.isReplayable) {
    client.emit({ type: "not_replayed", serial: token.serial });
    return response;
  }
  discard(response);
  token = await acquire(shared, client, options);
  response = await follow(shared, client, request, token);
  // The second refusal is noted, and the answer returned as it is.
  await isCurable(shared, client, request, response, token);
  return response;
}

/** Members of one's own may be called `url`: `fetch(options.url, options)`. */
function isRequest(value) {
  return typeof value?.url === "string" && typeof value.clone === "function";
}

/** As fetch does, it reads everything when it is called: what changes while a token is on its way is not sent. */
function readRequest(input, given) {
  const base = isRequest(input) ? input : undefined;
  const init = {};
  // They may be inherited, as those of a Request are.
  for (const name in given) init[name] = given[name];
  let url;
  try {
    url = new URL(base ? base.url : String(input), globalThis.location?.href);
  } catch {
    throw new AuthError("ERR_ORIGIN", "the URL cannot be parsed");
  }
  const redirect = init.redirect ?? base?.redirect ?? "follow";
  if (!["follow", "manual", "error"].includes(redirect)) {
    throw new TypeError("init.redirect: expected follow, manual or error");
  }
  // fetch knows which methods it writes in capitals: `patch` is not among them.
  const method = init.method ?? base?.method ?? "GET";
  const body = copyOf(init.body ?? undefined);
  let headers;
  try {
    headers = new Headers(init.headers ?? base?.headers);
  } catch {
    // What runtimes say of a bad header quotes it.
    throw new TypeError("init.headers: one of them is no header");
  }
  // A Request that has a body cannot be told from a stream.
  return {
    url,
    base,
    init,
    headers,
    body,
    method,
    signal: init.signal === undefined ? base?.signal : init.signal,
    redirect,
    isReplayable: body === undefined ? !base?.body : isReplayable(body),
    hasToken: true,
    redirects: 0,
  };
}

/**
 * Of what its owner could change. What cannot be copied is not: a Blob need not be, a stream must not be, and the form of a
 * library is known to that library's `fetch` alone.
 */
function copyOf(body) {
  if (ArrayBuffer.isView(body)) return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  if (typeof body?.byteLength === "number") return body.slice(0);
  const type = [URLSearchParams, FormData].find((type) => body instanceof type);
  if (!type) return body;
  const copy = new type();
  for (const [name, value] of body) copy.append(name, value);
  return copy;
}

/**
 * What can be read twice, text, bytes, a Blob or a form: not a stream, nor an iterable that a runtime takes for one. Known by
 * what it can do, since older workerds do not tag their classes.
 */
function isReplayable(body) {
  return typeof (body.slice ?? body.getAll) === "function";
}

function isAllowed({ origins, insecure }, url) {
  if (hasUserinfo(url)) return false;
  // The `origin` of a blob: is that of the URL in it.
  const origin = `${url.protocol}//${url.host}`;
  if (origins?.has(origin) || insecure?.has?.(origin)) return true;
  if (insecure === true && url.protocol === "http:" && isLoopback(url.hostname)) return true;
  return !origins && url.protocol === "https:";
}

function hasUserinfo({ username, password }) {
  return username !== "" || password !== "";
}

function isLoopback(hostname) {
  return /^(localhost|.*\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(hostname);
}

/**
 * Sends the request, and follows redirects itself: runtimes differ in what they let leak on the way. The request becomes that
 * of each redirect, so that what was done already, a POST say, is not done again after a 401.
 */
async function follow(shared, client, request, token) {
  const { headers } = request;
  for (;; request.redirects += 1) {
    const response = await sendOne(client, request, request.hasToken ? token : undefined);
    const { url, method, redirects } = request;
    // Whoever asks is told that it is not the first answer.
    if (redirects > 0) Object.defineProperty(response, "redirected", { value: true });
    const location = response.headers.get("location");
    if (![301, 302, 303, 307, 308].includes(response.status) || location === null) return response;
    if (request.redirect === "manual") return response;
    if (request.redirect === "error") {
      discard(response);
      throw new TypeError('fetch failed: the answer is a redirect, and redirect is "error"');
    }
    const becomesGet = response.status === 303
      ? !/^(get|head)$/i.test(method)
      : response.status < 303 && /^post$/i.test(method);
    if (!becomesGet && !request.isReplayable) {
      client.emit({ type: "not_replayed", serial: token.serial });
      return response;
    }
    discard(response);
    const target = parse(location, url);
    if (redirects >= MAX_REDIRECTS || !target || !/^https?:$/.test(target.protocol) || hasUserinfo(target)) {
      throw new TypeError("fetch failed: too many redirects, or one to no http(s) URL, or to one with a user name");
    }
    target.hash ||= url.hash;
    if (becomesGet) {
      Object.assign(request, { method: "GET", body: undefined, isReplayable: true });
      for (
        const name of ["content-encoding", "content-language", "content-length", "content-location", "content-type"]
      ) {
        headers.delete(name);
      }
    }
    if (target.origin !== url.origin) {
      for (const name of ["cookie", "host", "proxy-authorization"]) headers.delete(name);
      // Another origin gets the token only where someone said so.
      request.hasToken &&= shared.origins?.has(target.origin) === true;
    }
    // Nor from an API that repeats its query. Where the token goes along, it is put there again.
    for (const [name, value] of Object.entries(token.query)) {
      if (target.searchParams.getAll(name).includes(value)) target.searchParams.delete(name);
    }
    request.url = target;
  }
}

async function sendOne(client, { url, base, init, method, headers, body, signal, redirects }, token) {
  const attached = new Headers(headers);
  const target = new URL(url);
  for (const [name, value] of Object.entries(token?.headers ?? {})) attached.set(name, value);
  for (const [name, value] of Object.entries(token?.query ?? {})) target.searchParams.set(name, value);
  const sent = { ...init, method, headers: attached, body, redirect: "manual" };
  let input = target.href;
  if (base) {
    // What a Request says of body, cache or `cf` is the runtime's to read; a body that was sent cannot be read again.
    if (redirects === 0 && input === base.url) input = base;
    else if (!base.body || (redirects === 0 && !sent.body)) input = new Request(input, base);
    else sent.signal = signal;
  }
  try {
    return await client.fetch(input, sent);
  } catch (error) {
    // Runtimes quote the URL, undici what the server sent: of what the caller did not write itself, the token may be a part.
    const isQuoted = redirects > 0 || target.href !== url.href || error?.cause?.data !== undefined;
    throw isQuoted && !signal?.aborted ? new TypeError("fetch failed") : error;
  }
}

/** Tells the machine of a 401 that the token got, and asks whether a new one is worth a try. */
async function isCurable(shared, client, { hasToken }, response, token) {
  if (response.status !== 401 || !hasToken) return false;
  const challenge = response.headers.get("www-authenticate");
  const body = shared.readsBody ? await peek(response) : undefined;
  if (shared.isClosed) return false;
  const retry = shared.use((machine) =>
    machine.on_unauthorized(token.serial, response.status, challenge, body, Date.now())
  );
  shared.look();
  client.emit({ type: "unauthorized", serial: token.serial, retry });
  return retry;
}

/** The body, if it is short and soon there. It is still there for the caller. */
async function peek(response) {
  let reader;
  const decoder = new TextDecoder();
  const read = async () => {
    let text = "";
    reader = response.clone().body.getReader();
    for (let chunk; !(chunk = await reader.read()).done;) {
      text += decoder.decode(chunk.value, { stream: true });
      if (text.length > MAX_PEEK) return undefined;
    }
    return text;
  };
  try {
    return await within(PEEK_LIMIT, read());
  } catch {
    // There is none, or nobody can read it in time.
  } finally {
    reader?.cancel().catch(() => {});
  }
}

function parse(location, base) {
  try {
    // Headers tell the bytes of what is UTF-8.
    location = decodeURIComponent(escape(location));
  } catch {
    // It is not, or the runtime has read it as such.
  }
  try {
    return new URL(location, base);
  } catch {
    // Whoever asked says so.
  }
}

/** A body that nobody reads keeps its connection. */
function discard(response) {
  response.body?.cancel().catch(() => {});
}
