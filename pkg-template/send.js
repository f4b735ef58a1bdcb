import { isForHost } from "./error.js";
import { after, clearTimeout, within } from "./timers.js";
import { isTrap, lostTransports, restart, restartTransport, wasm } from "./wasm.js";

/** Decoded bytes of a token response, error bodies too. */
const MAX_BODY = 1024 * 1024;
const STUCK_MARGIN = 500;
/** Whoever sent a request looks so often whether the transport still moves. */
const LOOK = 250;
/** What the end of the time limit rejects with. */
const LATE = {};

/** What whoever wrote a `fetch` has to mend. */
class Misuse extends TypeError {}

/**
 * One exchange by the transport: `{ status, headers: [name, value, …], body }`, or `{ failure, status, cause }`. `failure`:
 * `timeout`, `network`, `too_large`, `fetch` (it did what no `fetch` does, and will do so again) or `lost`. What a host throws
 * out of `fetch` for itself is thrown on.
 *
 * `fetch` is called in the turn and the async context of whoever calls this.
 */
export async function send(shared, client, { method, url, headers, body }) {
  const controller = new AbortController();
  // `error` throws on workerd; a redirect is refused by its status.
  const init = { method, headers, redirect: "manual", signal: controller.signal };
  if (body !== null) init.body = body;
  if (takesCache()) init.cache = "no-store";
  let timer, answer;
  const late = new Promise((_, reject) => timer = after(shared.timeout, () => reject(LATE)));
  const inTime = (promise) => Promise.race([promise, late]);
  const fetch = (url, init) => inTime(open(client.fetch(url, init), inTime).then((opened) => answer = opened));
  let outcome;
  try {
    outcome = await watched(shared.timeout, () => wasm.send(fetch, url, init, MAX_BODY));
  } finally {
    clearTimeout(timer);
  }
  if (!outcome.failure) return outcome;
  // Whatever of the answer was not read is not wanted. An abort is dear, so a good answer goes without.
  controller.abort();
  answer?.cancel().catch(() => {});
  return named(outcome);
}

/**
 * The transport keeps to the time limit. If it does not, the queue of its futures is stuck: a turn that was terminated (CPU
 * limit, `process.exit` on workerd) takes the queue's wake-up with it. Then a new instance is due.
 */
async function watched(timeout, begin) {
  const before = lostTransports;
  let outcome;
  try {
    outcome = begin();
  } catch (thrown) {
    if (!isTrap(thrown)) throw thrown;
    restart();
    return { failure: "lost", status: 0 };
  }
  for (let left = timeout + STUCK_MARGIN; left > 0; left -= LOOK) {
    const found = await within(Math.min(left, LOOK), outcome).catch(() => undefined);
    if (found) return found;
    if (lostTransports !== before) return { failure: "lost", status: 0 };
  }
  restartTransport();
  return { failure: "timeout", status: 0 };
}

let cacheIsTaken;

/**
 * Whether `cache` may be said; workerd throws before 2024-11-11. Found out without a request, and not at a Worker's top level.
 * Next would keep what a token endpoint answers, and hand it out for a year.
 */
function takesCache() {
  try {
    cacheIsTaken ??= new Request("https://as.example/", { cache: "no-store" }) !== undefined;
  } catch {
    cacheIsTaken = false;
  }
  return cacheIsTaken;
}

/** What the transport reads of an answer. What is thrown here has no caller, and would end the process on Node, Deno and Bun. */
async function open(promise, inTime) {
  const answer = await promise;
  const { status, headers, body, bodyUsed } = answer ?? {};
  const parts = { status: typeof status === "number", headers: headers?.forEach, body: body !== undefined };
  const lacks = Object.keys(parts).filter((name) => !parts[name]);
  if (lacks.length > 0) {
    const found = Object(answer) === answer
      ? `an object without ${lacks.join(" and ")}`
      : answer && `a ${typeof answer}`;
    throw new Misuse(`fetch gave ${found}, which is no Response`);
  }
  if (bodyUsed || body?.locked) throw new Misuse("fetch gave a Response whose body was read before");
  // node-fetch's body is a stream of Node's.
  const source = body && (body.getReader?.() ?? body[Symbol.asyncIterator]?.());
  if (source === undefined) throw new Misuse("fetch gave a Response whose body is no stream");
  const flat = [];
  headers.forEach((value, name) => flat.push(`${name}`, `${value}`));
  return {
    status,
    headers: flat,
    next: () => inTime(piece(source?.read ? source.read() : source?.next())),
    cancel: async () => await (source?.cancel ? source.cancel() : source?.return?.()),
  };
}

/** Bytes, and `undefined` at the end. */
async function piece(step) {
  const { done = true, value } = await step ?? {};
  if (done) return undefined;
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (!ArrayBuffer.isView(value)) throw new Misuse("fetch gave a Response whose body is a stream of no bytes");
  return value;
}

/** A failure by its name. */
function named({ failure, status, cause }) {
  if (isForHost(cause)) throw cause;
  if (cause === LATE) return { failure: "timeout", status };
  return { failure: isMisuse(cause) ? "fetch" : failure, status, cause };
}

/** What a function throws that is written wrong, in the words of V8 and of JavaScriptCore, or one that has lost its `this`. */
const MISTAKE = new RegExp(
  "^(ReferenceError|TypeError: ((undefined|null) is |cannot (read|set|destructure) |" +
    ".*(not (a (function|constructor)|iterable)|illegal invocation|incorrect `this`)))",
  "i",
);

function isMisuse(cause) {
  try {
    return cause instanceof Misuse || MISTAKE.test(`${cause.name}: ${cause.message}`);
  } catch {
    return false;
  }
}
