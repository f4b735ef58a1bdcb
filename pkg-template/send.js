import { isForHost } from "./error.js";
import { after, clearTimeout } from "./timers.js";
import { restart, wasm } from "./wasm.js";

/** Decoded bytes of a token response, error bodies too. */
const MAX_BODY = 1024 * 1024;
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
  // A copy of the headers: the same request may be sent again, and a `fetch` of someone else's may change them.
  const init = { method, headers: { ...headers }, redirect: "manual", signal: controller.signal };
  if (body !== null) init.body = body;
  if (takesCache()) init.cache = "no-store";
  const drive = new Drive(shared.timeout);
  const outcome = await drive.begin(client.fetch, url, init);
  if (!outcome.failure) return outcome;
  // Whatever of the answer was not read is not wanted. An abort is dear, so a good answer goes without.
  controller.abort();
  drive.answer?.cancel();
  return named(outcome);
}

/** Moves a transport on whenever what it waits for has settled, until it has an outcome; in time. */
class Drive {
  constructor(timeout) {
    this.ended = new Promise((resolve) => this.end = resolve);
    this.timer = after(timeout, () => this.interrupt(LATE));
  }

  begin(fetch, url, init) {
    const answer = async (promise) => this.answer = open(await promise, (step) => this.awaited(step));
    const call = (url, init) => this.awaited(answer(fetch(url, init)));
    this.advance(() => this.transport = new wasm.Transport(call, url, init, MAX_BODY));
    return this.ended;
  }

  /** A promise as the transport awaits it. */
  awaited(promise) {
    return {
      then: (fulfil, reject) => {
        let isOpen = true;
        const settle = (tell, value) => {
          // Nobody listens any more.
          if (!isOpen) return;
          isOpen = false;
          this.advance(() => tell(value));
        };
        this.interrupt = (cause) => settle(reject, cause);
        promise.then((value) => settle(fulfil, value), this.interrupt);
      },
    };
  }

  /** A trap in the transport has no other caller, and would end the process on Node, Deno and Bun. */
  advance(turn) {
    let outcome;
    try {
      turn();
      outcome = this.transport.poll();
      if (outcome === undefined) return;
      this.transport.free();
    } catch {
      restart();
      outcome = { failure: "lost", status: 0 };
    }
    clearTimeout(this.timer);
    this.end(outcome);
  }
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

/** What the transport reads of an answer. */
function open(answer, awaited) {
  const { status, headers, body, bodyUsed } = answer ?? {};
  const parts = { status: typeof status === "number", headers: headers?.forEach, body: body !== undefined };
  const lacks = Object.keys(parts).filter((name) => !parts[name]);
  if (lacks.length > 0) {
    const found = Object(answer) === answer
      ? `an object without ${lacks.join(" and ")}`
      : answer && `a ${typeof answer}`;
    throw new Misuse(`fetch returned ${found}, not a Response`);
  }
  if (bodyUsed || body?.locked) throw new Misuse("fetch returned a Response whose body was already read");
  // node-fetch's body is a stream of Node's.
  const source = body && (body.getReader?.() ?? body[Symbol.asyncIterator]?.());
  if (source === undefined) throw new Misuse("fetch returned a Response whose body is not a stream");
  const flat = [];
  headers.forEach((value, name) => flat.push(`${name}`, `${value}`));
  return { status, headers: flat, next: () => awaited(piece(source)), cancel: () => cancel(source).catch(() => {}) };
}

async function cancel(source) {
  await (source?.cancel ? source.cancel() : source?.return?.());
}

/** Bytes, and `undefined` at the end. */
async function piece(source) {
  const { done = true, value } = await (source?.read ? source.read() : source?.next()) ?? {};
  if (done) return undefined;
  if (typeof value === "string") return new TextEncoder().encode(value);
  if (!ArrayBuffer.isView(value)) throw new Misuse("fetch returned a Response whose body is not a stream of bytes");
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
