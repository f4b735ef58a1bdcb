import { acquire } from "./acquire.js";
import { AuthError, isForHost } from "./error.js";
import { within } from "./timers.js";

const MAX_REDIRECTS = 20;
/** As much of a body is looked at, and for so long: of an answer, and of a Request. */
const MAX_PEEK = 64 * 1024;
const PEEK_LIMIT = 1000;
const KEEP_LIMIT = 10;
/** What comes piece by piece, as long as it takes, and is no JSON document. */
const STREAMS = /stream|ndjson|json-?(l|seq)/i;

/** `fetch` with a token: recovered once where that is dead, followed through redirects, and sent nowhere else. */
export async function authorizedFetch(shared, client, input, init) {
  const request = readRequest(client, input, init);
  // Whoever brings an Authorization of their own wants no help.
  if (request.headers.has("authorization")) {
    if (!request.isTold) return await client.fetch(input, init);
    if (await keep(request)) discard(request.owner);
    return await client.fetch(request.url.href, initOf(request));
  }
  if (!isAllowed(shared, request.url)) {
    const { origin, protocol, username, password } = request.url;
    const remedy = username || password
      ? "remove the user info (before the @) from the URL"
      : `see options.${protocol === "https:" ? "origins" : "allowInsecure"}`;
    throw new AuthError("ERR_ORIGIN", `the token may not be sent to ${origin}; ${remedy}`);
  }
  const options = { signal: request.signal };
  const kept = keep(request);
  let token = sendable(await acquire(shared, client, options));
  // As behind any fetch, the Request is used up.
  if (await kept) discard(request.owner);
  let response = await follow(shared, client, request, token);
  if (!(await isCurable(shared, client, request, response, token))) return response;
  if (!request.isReplayable) {
    client.emit({ type: "not_replayed", serial: token.serial });
    return response;
  }
  discard(response);
  token = sendable(await acquire(shared, client, options));
  response = await follow(shared, client, request, token);
  // The second refusal is noted, and the answer returned as it is.
  await isCurable(shared, client, request, response, token);
  return response;
}

/** The token, if an API takes it: a token exchange may bring another kind (RFC 8693 §2.2.1). */
export function sendable(token) {
  if (token.tokenType !== "N_A") return token;
  throw new AuthError("ERR_OPTIONS", "grant: the token has the type N_A, so it is no access token; read it by token()");
}

/** Members of one's own may be called `url`: `fetch(options.url, options)`. */
function isRequest(value) {
  return typeof value?.url === "string" && typeof value.clone === "function";
}

/** As fetch does, it reads everything when it is called: what changes while a token is on its way is not sent. */
function readRequest(client, input, given) {
  const base = isRequest(input) ? input : undefined;
  // A fetch of the caller's own may know another class of that name, and none of this one.
  const isTold = client.hasOwnFetch && [input, given].some(isRequest);
  const init = isTold && base ? membersOf(base) : {};
  // They may be inherited, as those of a Request are.
  for (const name in given) init[name] = given[name];
  let url;
  try {
    url = new URL(base ? base.url : String(input), globalThis.location?.href);
  } catch {
    throw new AuthError("ERR_ORIGIN", "the URL is malformed or not absolute; it must begin with https://");
  }
  const redirect = init.redirect ?? base?.redirect ?? "follow";
  if (!["follow", "manual", "error"].includes(redirect)) {
    throw new TypeError("init.redirect: expected follow, manual or error");
  }
  // fetch knows which methods it writes in capitals: `patch` is not among them.
  const method = init.method ?? base?.method ?? "GET";
  const source = init.body ?? base?.body ?? undefined;
  const owner = [given, base].find((one) => source && isRequest(one) && one.body === source);
  const body = owner && owner === base && !isTold ? undefined : copyOf(source);
  let headers;
  try {
    headers = new Headers(init.headers ?? base?.headers);
  } catch {
    // What runtimes say of a bad header quotes it.
    throw new TypeError("init.headers: one of them is not a valid header");
  }
  return {
    url,
    base: isTold ? undefined : base,
    isTold,
    owner,
    init,
    headers,
    body,
    method,
    signal: init.signal === undefined ? base?.signal : init.signal,
    redirect,
    isReplayable: !source || isReplayable(body ?? source),
    hasToken: true,
    redirects: 0,
  };
}

/** What a Request says, as far as anyone said it. */
function membersOf(request) {
  const members = {};
  const plain = new Request(request.url);
  for (const name in request) if (request[name] !== plain[name]) members[name] = request[name];
  // A page that is navigated to is nothing that can be asked for.
  if (members.mode === "navigate") delete members.mode;
  if (members.body) members.duplex = "half";
  return members;
}

/** node-fetch knows no web stream, and would send the text that it makes of one. */
function refuseText() {
  throw new TypeError("options.fetch takes no stream: the body of a Request must be complete, and 64 KiB at most");
}

/** Keeps a Request's body where it is short and all there: ky, axios and openapi-fetch make such of a text. */
async function keep(request) {
  const { owner, base } = request;
  // Not every runtime refuses to clone what was read already.
  if (!owner || owner.bodyUsed) return;
  const reading = peek(owner, KEEP_LIMIT);
  // Its clone has taken a half of it.
  if (!base) request.body = Object.defineProperty(owner.body, "toString", { value: refuseText });
  const body = await reading;
  if (body) Object.assign(request, { body, isReplayable: true });
  return body;
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
      throw new TypeError("fetch failed: too many redirects, or one to a URL that is not http(s) or has a user name");
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
    for (const [name, value] of Object.entries(token.query ?? {})) {
      if (target.searchParams.getAll(name).includes(value)) target.searchParams.delete(name);
    }
    request.url = target;
  }
}

function initOf({ init, method, headers, body, redirect }) {
  return { ...init, method, headers, body, redirect };
}

async function sendOne(client, request, token) {
  const { url, base, headers, signal, redirects } = request;
  const attached = new Headers(headers);
  const target = new URL(url);
  for (const [name, value] of Object.entries(token?.headers ?? {})) {
    if (token.defaults?.[name] === undefined || !attached.has(name)) attached.set(name, value);
  }
  for (const [name, value] of Object.entries(token?.query ?? {})) target.searchParams.set(name, value);
  let sent = { ...initOf(request), headers: attached, redirect: "manual" };
  let input = target.href;
  if (base) {
    // What a Request says of body, cache or `cf` is the runtime's to read; a body that was sent cannot be read again.
    if (redirects === 0 && input === base.url) input = base;
    else if (!base.body || (redirects === 0 && !sent.body)) input = new Request(input, base);
    else sent = { ...membersOf(base), ...sent, signal };
  }
  try {
    return await client.fetch(input, sent);
  } catch (error) {
    // Runtimes quote the URL, undici what the server sent: of what the caller did not write itself, the token may be a part.
    const isQuoted = redirects > 0 || target.href !== url.href || error?.cause?.data !== undefined;
    throw isQuoted && !signal?.aborted && !isForHost(error) ? new TypeError("fetch failed") : error;
  }
}

/** Tells the machine of an answer that may be that of a dead token, and asks whether a new one is worth a try. */
async function isCurable(shared, client, { hasToken }, response, token) {
  const { status, headers } = response;
  const rules = shared.rules().filter((rule) => rule.status === undefined || [rule.status].flat().includes(status));
  const isChallenged = status >= 400 && status < 500 && headers.has("www-authenticate");
  if (!hasToken || (rules.length === 0 && !isChallenged)) return false;
  const body = rules.some(({ pointer }) => pointer?.startsWith("header:") === false) && await look(response);
  if (shared.isClosed) return false;
  const retry = shared.use((machine) =>
    machine.on_unauthorized(token.serial, status, [...headers].flat().join("\0"), body || [], Date.now())
  );
  if (retry === undefined) return false;
  shared.look();
  client.emit({ type: "unauthorized", serial: token.serial, retry });
  return retry;
}

/** The body, where it can be a JSON document. */
async function look(response) {
  if (STREAMS.test(response.headers.get("content-type"))) return undefined;
  return await peek(response, PEEK_LIMIT, (first) => '{["\t\n\r \xef'.includes(String.fromCharCode(first)));
}

/** The body of a Response or a Request, if it is short and soon there. It is still there for the caller. */
async function peek(message, limit, isWanted = () => true) {
  let reader;
  const read = async () => {
    reader = message.clone().body.getReader();
    const bytes = new Uint8Array(MAX_PEEK);
    let length = 0;
    for (let chunk; !(chunk = await reader.read()).done;) {
      const { value } = chunk;
      // What is no array of bytes is the runtime's to refuse.
      if (value.length !== value.byteLength || length + value.length > MAX_PEEK) return undefined;
      bytes.set(value, length);
      length += value.length;
      if (length > 0 && !isWanted(bytes[0])) return undefined;
    }
    return bytes.slice(0, length);
  };
  // A clone of what is no web stream (node-fetch) would hold up its other half.
  if (!message.body?.getReader) return undefined;
  try {
    return await within(limit, read());
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
function discard({ body }) {
  // node-fetch's is no web stream.
  if (body?.cancel) body.cancel().catch(() => {});
  else body?.resume?.();
}
