import { asThrown, AuthError, authError } from "./error.js";
import { canonical } from "./options.js";
import { sign } from "./sign.js";
import { generation, host, recover, restart, wasm } from "./wasm.js";

/** Decoded bytes of a token response, error bodies too. */
const MAX_BODY = 1024 * 1024;
const STUCK_MARGIN = 500;
/** Beyond this a timer fires at once. */
const MAX_TIMER = 2 ** 31 - 1;
/** A clock that is set back by less is only being adjusted. */
const CLOCK_TOLERANCE = 1000;
const MAX_SHARED = 10_000;

/** key -> Shared, least recently used first. */
const registry = new Map();

/** The machine that equal clients share, with what of its token is needed without crossing into wasm. */
export class Shared {
  /** The machine of these options: the one that exists already, if any. */
  static of({ key, json, asks }) {
    const shared = registry.get(key) ?? new Shared(key, json, asks);
    registry.delete(key);
    registry.set(key, shared);
    if (registry.size > MAX_SHARED) registry.delete(registry.keys().next().value);
    shared.clients += 1;
    return shared;
  }

  constructor(key, json, asks) {
    this.key = key;
    this.json = json;
    this.asks = asks;
    this.clients = 0;
    this.isClosed = false;
    this.#begin();
    const terms = this.machine.terms();
    this.authorizes = terms.authorizes;
    this.readsBody = terms.readsBody;
    this.origins = terms.origins && new Set(terms.origins.map(originOf));
    this.provider = terms.provider;
    const parsed = JSON.parse(json);
    this.timeout = (parsed.timeout ?? 10) * 1000;
    this.allowsLoopback = parsed.allowInsecure === true && parsed.origins === undefined;
  }

  #begin() {
    try {
      this.machine = new wasm.Machine(this.json, this.asks);
    } catch (thrown) {
      throw asThrown(thrown);
    }
    this.generation = generation;
    this.seeded = false;
    this.token = null;
    this.renewAt = 0;
    this.latest = 0;
    this.flight = null;
  }

  /** Whether the token in hand is fresh; if not, ask `poll`. This is the hot path: one clock read, no crossing. */
  isFresh(now) {
    if (now >= this.renewAt || now < this.latest - CLOCK_TOLERANCE) return false;
    if (now > this.latest) this.latest = now;
    return true;
  }

  poll(since, minValidity) {
    const now = Date.now();
    const action = this.use((machine) => {
      if (!this.seeded) machine.reseed(crypto.getRandomValues(new BigUint64Array(1))[0]);
      this.seeded = true;
      return machine.poll(now, since, minValidity, this.latest);
    });
    this.latest = now;
    if (action.type === "use") {
      if (action.serial === this.token?.serial) this.renewAt = action.renewAt;
      else this.look();
    }
    return action;
  }

  /** Does something with the machine. After a trap: with a new one, that leaves the token endpoint alone for a while. */
  use(operation) {
    if (this.isClosed) throw new AuthError("ERR_OPTIONS", "the client is closed");
    if (this.generation !== generation) this.#begin();
    try {
      return operation(this.machine);
    } catch (thrown) {
      if (!recover(thrown)) throw asThrown(thrown);
      this.#begin();
      const now = Date.now();
      const action = this.machine.poll(now, now, 0, now);
      this.machine.on_failure(action.request.serial, "network", 0, now);
      throw new AuthError("ERR_UNREACHABLE", "the core met a bug of its own and was started anew; please report it");
    }
  }

  /** Copies what of the machine's token is needed on the way. */
  look() {
    const held = this.use((machine) => machine.token());
    this.renewAt = held?.renewAt ?? 0;
    if (held?.serial !== this.token?.serial || held?.value !== this.token?.value) this.token = held;
  }

  /** One client less. The last one takes the machine with it. */
  leave() {
    this.clients -= 1;
    if (this.clients > 0) return;
    if (registry.get(this.key) === this) registry.delete(this.key);
    if (this.generation === generation) this.machine.free();
    this.isClosed = true;
    this.token = null;
    this.renewAt = 0;
  }
}

function originOf(origin, index) {
  try {
    return new URL(origin).origin;
  } catch {
    throw new AuthError("ERR_OPTIONS", `origins[${index}]: no URL can be made of it`);
  }
}

/**
 * The token for one call: polls, acts, and polls again.
 *
 * Nothing here hangs on another call's life: the exchange is nobody's, and whoever waits for it has a timer of its own.
 */
export async function acquire(shared, client, { signal, minValidity = 0 } = {}) {
  const since = Date.now();
  let asked = false;
  for (;;) {
    if (signal?.aborted) {
      throw new AuthError("ERR_ABORTED", "the caller's signal was aborted", { cause: signal.reason });
    }
    const action = shared.poll(since, minValidity);
    if (action.type === "use") {
      // Held before anyone is told of anything: whoever watches may invalidate it.
      const { token } = shared;
      if (action.renew) launch(shared, client, action.renew);
      return token;
    }
    if (action.type === "fail") {
      if (!shared.asks || asked || action.error.code !== "ERR_REFUSED") throw authError(action.error);
      // The secret may have been replaced since it was refused.
      asked = true;
      const credentials = await within(shared.timeout, askForCredentials(client)).catch(() => undefined);
      if (credentials) shared.use((machine) => machine.replace_credentials(credentials));
      continue;
    }
    if (action.type === "send") launch(shared, client, action.request);
    await wait(shared, action.request?.deadline ?? action.until, signal);
  }
}

/** Begins an exchange that nobody owns: it outlives the response, and it never rejects. */
function launch(shared, client, request) {
  client.emit({ type: "token_request", serial: request.serial });
  const flight = { serial: request.serial };
  flight.ended = exchange(shared, client, request).catch(() => {}).then(() => {
    if (shared.flight === flight) shared.flight = null;
  });
  shared.flight = flight;
  try {
    (client.waitUntil ?? host.waitUntil)?.(flight.ended);
  } catch {
    // Outside of a request there is nothing to outlive.
  }
}

async function exchange(shared, client, request) {
  const { serial } = request;
  for (let step = request; step;) step = await carryOut(shared, client, serial, step.next);
  shared.look();
  if (!client.isWatched) return;
  const { token, lastError } = shared.use((machine) => machine.explain(Date.now()));
  if (lastError) client.emit({ type: "token_error", serial, code: lastError.code, status: lastError.status });
  else if (token !== "none") client.emit({ type: "token", serial, renewAt: new Date(shared.renewAt) });
}

/** One need of a token request; returns the next one, or `null`. */
async function carryOut(shared, client, serial, next) {
  const unable = (path, reason) => shared.use((machine) => machine.on_unable(serial, path, reason, Date.now()));
  if (next.type === "credentials") {
    try {
      const credentials = await within(shared.timeout, askForCredentials(client));
      return shared.use((machine) => machine.on_credentials(serial, credentials, Date.now()));
    } catch (error) {
      return unable(
        "credentials",
        error?.code === "ERR_OPTIONS" ? "expected an object of strings" : "the function failed",
      );
    }
  }
  if (next.type === "sign") {
    try {
      const signature = await within(shared.timeout, sign(next));
      return shared.use((machine) => machine.on_signature(serial, signature, Date.now()));
    } catch {
      // What WebCrypto says of a bad key may quote it.
      return unable("credentials", `the key cannot sign with ${next.alg}`);
    }
  }
  const answer = await send(shared, client, next);
  return shared.use((machine) => {
    const now = Date.now();
    if (answer.failure) return machine.on_failure(serial, answer.failure, answer.status, now);
    return machine.on_response(serial, answer.status, answer.headers, answer.body, now);
  });
}

/**
 * One exchange by the transport, which keeps the time limit itself. If it does not, the queue of its futures is stuck: a
 * turn that was terminated (CPU limit, `process.exit` on workerd) takes the queue's wake-up with it. Then a new instance is due.
 */
async function send(shared, client, request) {
  try {
    return await within(shared.timeout + STUCK_MARGIN, wasm.send(client.fetch, request, shared.timeout, MAX_BODY));
  } catch {
    restart();
    return { failure: "timeout", status: 0 };
  }
}

async function askForCredentials(client) {
  return canonical(await client.credentials(), "credentials", 0);
}

/** Waits until the exchange under way ends, `until` passes or the signal aborts. */
async function wait(shared, until, signal) {
  let timer, onAbort;
  const own = new Promise((resolve) => {
    timer = setTimeout(resolve, Math.min(Math.max(until - Date.now(), 1), MAX_TIMER));
    onAbort = resolve;
    signal?.addEventListener("abort", onAbort, { once: true });
  });
  const { flight } = shared;
  try {
    await Promise.race([own, flight?.ended ?? own]);
  } catch {
    // The exchange's own promise never rejects: a workerd of late 2026 says so that the request which made it has ended.
    if (shared.flight === flight) shared.flight = null;
    shared.use((machine) => machine.on_lost(flight.serial, Date.now()));
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", onAbort);
  }
}

/** A promise of someone else's, that may never settle. */
export async function within(millis, promise) {
  let timer;
  const late = new Promise((_, reject) =>
    timer = setTimeout(() => reject(new Error("late")), Math.min(millis, MAX_TIMER))
  );
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends the requests that revoke what the machine holds. */
export async function revoke(shared, client) {
  for (const { next } of shared.use((machine) => machine.revocations())) {
    const answer = await send(shared, client, next);
    if (answer.failure === "timeout") {
      throw new AuthError("ERR_TIMEOUT", "the revocation endpoint did not answer in time");
    }
    if (answer.failure || answer.status >= 500) {
      const status = answer.status || undefined;
      throw new AuthError("ERR_UNREACHABLE", "the revocation endpoint could not be reached", { status });
    }
    if (answer.status < 200 || answer.status > 299) {
      throw new AuthError("ERR_REFUSED", "the revocation endpoint refused", { status: answer.status });
    }
  }
  shared.use((machine) => machine.forget());
  shared.look();
}
