import { causeOf, complaintOf, reasonOf, veiled } from "./cause.js";
import { asThrown, AuthError, authError, isForHost } from "./error.js";
import { canonical } from "./options.js";
import { send } from "./send.js";
import { sign } from "./sign.js";
import { after, clearTimeout, within } from "./timers.js";
import { bug, host, isTrap, restart, wasm } from "./wasm.js";

/** Whoever waits for the end of a cooldown looks so often at the clock, which a test may set. */
const LOOK = 250;
/** A clock that is set back by less is only being adjusted. */
const CLOCK_TOLERANCE = 1000;
const MAX_SHARED = 10_000;

/** key -> Shared. A Map that is kept in the order of use gets slow: it walks over what was deleted. */
const registry = new Map();
/** The same in that order, as a ring: `newer` is the one used longest ago, `older` the one used last. */
const ring = {};
ring.newer = ring.older = ring;

/** Forgets what every machine of this copy of the package knows. */
function resetAll() {
  for (const shared of registry.values()) shared.reset();
}
try {
  // That is where bearerkit/testing, which has nothing of bearerkit in it, finds each copy in this isolate.
  (globalThis[Symbol.for("bearerkit/reset")] ??= new Set()).add(resetAll);
} catch {
  // A frozen globalThis is none of a test's.
}

/** The machine that equal clients share, with what of its token is needed without crossing into wasm. */
export class Shared {
  /** The machine of these options: the one that exists already, if any. */
  static of(read) {
    const shared = registry.get(read.key) ?? new Shared(read);
    shared.#touch();
    shared.clients += 1;
    return shared;
  }

  /** Is now the one used last. Where there are too many, the one used longest ago has to leave. */
  #touch() {
    const known = registry.get(this.key);
    if (!known) registry.set(this.key, this);
    else if (known !== this) return;
    this.#moveTo(ring);
    if (registry.size <= MAX_SHARED) return;
    const first = ring.newer;
    first.#leaveRegistry();
    try {
      first.#rest();
    } catch {
      // A bug that it met is not for this caller.
    }
  }

  /** Takes the place in the ring that is before this one, or none. */
  #moveTo(newer) {
    if (this.newer) {
      this.older.newer = this.newer;
      this.newer.older = this.older;
    }
    this.newer = newer;
    this.older = newer?.older;
    if (newer) this.older.newer = newer.older = this;
  }

  #leaveRegistry() {
    if (registry.get(this.key) !== this) return;
    registry.delete(this.key);
    this.#moveTo();
  }

  /**
   * Gives the machine's memory back, unless something would be lost with it: a request under way, a cooldown, a refresh token,
   * what an issuer said of itself. The token serves on, and whoever asks the machine gets a new one.
   */
  #rest() {
    if (!this.machine || this.flight || this.discovers) return;
    // At a Worker's top level it is no time of day.
    const now = Math.max(Date.now(), this.latest);
    const { flight, refreshToken } = this.use((machine) => machine.explain(now));
    if (flight !== "idle" || refreshToken) return;
    this.machine.free();
    this.machine = null;
    this.isOrphan = this.token !== null;
    this.isResting = true;
  }

  constructor({ key, json, asks, timeout, insecure }) {
    this.key = key;
    this.older = this.newer = undefined;
    this.json = json;
    this.asks = asks;
    this.timeout = timeout;
    this.readRules = null;
    this.insecure = insecure;
    this.clients = 0;
    this.isClosed = false;
    this.machine = null;
    this.isSeeded = false;
    /** The newest token request, and how many in a row were lost with the machine. */
    this.serial = 0;
    this.losses = 0;
    this.token = null;
    this.isOrphan = false;
    this.isResting = false;
    this.renewAt = 0;
    this.latest = 0;
    this.flight = null;
    /** How the last token request ended: `{ cause, durationMs }`. */
    this.ended = {};
    try {
      this.#keep(this.use((machine) => machine.terms()));
      if (Array.isArray(insecure)) this.insecure = new Set(insecure.map(originOf));
    } catch (thrown) {
      this.leave();
      throw thrown;
    }
  }

  #keep(terms) {
    this.authorizes = terms.authorizes;
    this.origins = terms.origins && new Set(terms.origins.map(originOf));
    this.provider = terms.provider;
    this.discovers = terms.discovers;
  }

  /** What of an API's answer counts, as `{ status, pointer }`: the code in a 401's body, and the profile's rules. */
  rules() {
    if (!this.readRules) {
      const { error, invalid_token_when: when = [] } = JSON.parse(this.json).provider.resource_request ?? {};
      this.readRules = [{ status: 401, pointer: error }].concat(when);
    }
    return this.readRules;
  }

  #make() {
    const machine = new wasm.Machine(this.json, this.asks);
    try {
      machine.check_keys();
    } catch (thrown) {
      if (!isTrap(thrown)) machine.free();
      throw thrown;
    }
    this.isSeeded = this.serial > 0;
    if (this.isSeeded) {
      machine.reseed(seed());
      machine.take_over(this.serial, this.losses, Date.now());
    }
    if (this.clients > 0) this.#touch();
    return machine;
  }

  /** Whether the token in hand is fresh; if not, ask `poll`. This is the hot path: one clock read, no crossing. */
  isFresh(now) {
    if (now >= this.renewAt || now < this.latest - CLOCK_TOLERANCE) return false;
    if (now > this.latest) this.latest = now;
    return true;
  }

  /** What a call does that began at `since`. `floor`: it is that late at least, whatever the clock says. */
  poll(since, minValidity, floor = 0) {
    const now = Date.now();
    // A clock that was set back takes the dates with it, and only the machine could have said where to.
    if (this.isOrphan && now < this.latest - CLOCK_TOLERANCE) this.look();
    // The machine knows nothing of it, and would only ask for another.
    if (now < this.renewAt && this.#outlives(now + minValidity * 1000)) return { type: "use" };
    let action;
    try {
      action = this.use((machine) => {
        if (!this.isSeeded) machine.reseed(seed());
        this.isSeeded = true;
        return machine.poll(Math.max(now, floor), since, minValidity, this.latest);
      });
    } catch (thrown) {
      if (!this.#outlives(now + minValidity * 1000)) throw thrown;
      return { type: "use" };
    }
    this.latest = now;
    this.#touch();
    if (action.type !== "use") {
      return this.#outlives(now + minValidity * 1000) ? { type: "use", renew: action.request } : action;
    }
    if (action.serial === this.token?.serial) this.renewAt = action.renewAt;
    else this.look();
    // If not, it went with the machine while it was looked at.
    return this.token ? action : this.poll(since, minValidity);
  }

  /** Whether the token lost its machine, and serves all the same. */
  #outlives(millis) {
    return this.isOrphan && millis < this.token.hardExpiry;
  }

  /** Does something with the machine; after a trap once more, with a new one. Nobody else's machine is touched by it. */
  use(operation) {
    if (this.isClosed) throw new AuthError("ERR_OPTIONS", "the client is closed");
    for (let isLast = false;; isLast = true) {
      try {
        this.machine ??= this.#make();
        return operation(this.machine);
      } catch (thrown) {
        if (!isTrap(thrown)) throw asThrown(thrown);
        this.#lose();
        restart();
        if (isLast) throw bug();
      }
    }
  }

  #lose() {
    this.machine = null;
    this.isOrphan = this.token !== null;
    this.isResting = false;
    if (this.flight) this.losses += 1;
    this.flight = null;
  }

  /** Copies what of the machine's token is needed on the way. `keepsOrphan`: if it has none, that is no news. */
  look(keepsOrphan = false) {
    const held = this.use((machine) => machine.token());
    if (!held && keepsOrphan && this.isOrphan) return;
    this.isOrphan = false;
    this.renewAt = held?.renewAt ?? 0;
    if (held?.serial === this.token?.serial && held?.value === this.token?.value) return;
    this.token = held;
    if (held) this.losses = 0;
  }

  /** The state as it is told: of the token in hand, whether or not the machine knows it. */
  explain(now) {
    const told = this.use((machine) => machine.explain(now));
    told.warnings = this.token?.warning ? [this.token.warning] : [];
    if (!this.isOrphan) return told;
    const { serial, expiresAt, renewAt, hardExpiry } = this.token;
    const token = now < this.renewAt ? "fresh" : now < hardExpiry ? "stale" : "expired";
    return { ...told, token, serial, expiresAt, renewAt, hardExpiry };
  }

  /** An error as the core describes it, with what only this side knows. */
  told(described) {
    const { cause, durationMs } = this.ended;
    // What is wrong with the options was not thrown by anyone.
    const known = described.code === "ERR_OPTIONS" ? {} : { cause, durationMs };
    return { ...described, provider: this.provider, ...known };
  }

  /** What was thrown, as anyone may see it. */
  causeOf(thrown, veil = (text) => text) {
    return causeOf(thrown, (text) => veil(this.use((machine) => machine.redact(text))));
  }

  /** One client less. The last one takes the machine with it. */
  leave() {
    this.clients -= 1;
    if (this.clients > 0) return;
    this.#leaveRegistry();
    this.isClosed = true;
    this.#forget();
  }

  #forget() {
    try {
      this.machine?.free();
    } catch {
      // A full stack left it locked.
    }
    this.machine = null;
    this.token = null;
    this.isOrphan = false;
    this.renewAt = 0;
  }

  /** As if nothing had happened yet. The clients stay, and their next call begins anew. */
  reset() {
    this.#forget();
    // What is under way has nowhere to land.
    if (!this.flight) this.serial = 0;
    this.flight = null;
    this.isResting = false;
    this.losses = 0;
    this.latest = 0;
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
  if (!(minValidity >= 0 && minValidity <= 86400)) {
    const wrong = `minValidity: expected 0 to 86400 seconds, found ${minValidity}; is it in milliseconds?`;
    throw new AuthError("ERR_OPTIONS", wrong, { provider: shared.provider });
  }
  let since = Date.now();
  let asked = false;
  let isNew = true;
  let floor = 0;
  let own;
  for (;;) {
    if (signal?.aborted) {
      const { provider } = shared;
      throw new AuthError("ERR_ABORTED", "the caller's signal was aborted", { provider, cause: signal.reason });
    }
    if (minValidity === 0 && shared.isFresh(Date.now())) return shared.token;
    const action = shared.poll(since, minValidity, floor);
    // What begins now has dates of the clock's own.
    floor = 0;
    if (action.type === "use") {
      // Held before anyone is told of anything: whoever watches may invalidate it.
      const { token } = shared;
      if (action.renew) launch(shared, client, action.renew);
      return token;
    }
    if (action.type === "fail") {
      if (!shared.asks || asked || action.error.code !== "ERR_REFUSED") {
        throw refusal(shared, client, action.error, isNew);
      }
      // The secret may have been replaced since it was refused.
      asked = true;
      const credentials = await within(shared.timeout, askForCredentials(client)).catch(() => undefined);
      if (credentials) shared.use((machine) => machine.replace_credentials(credentials));
      continue;
    }
    if (action.type === "send") own = launch(shared, client, action.request);
    isNew = false;
    const until = action.request?.deadline ?? action.until;
    const isOver = await wait(shared, until, signal);
    if (own?.forHost) throw own.forHost;
    const behind = until - Date.now();
    if (!isOver || behind <= 0) continue;
    // The clock stands still, or was set back: the time has passed all the same.
    floor = until;
    since -= behind;
  }
}

/** `isNew`: the call has waited for nothing, so that a cooldown which ran already refuses it. */
function refusal(shared, client, described, isNew) {
  const error = authError(shared.told(described));
  const { code, host, retryAt } = error;
  if (!isNew || !(retryAt > Date.now())) return error;
  error.message = `not asked again until ${retryAt.toISOString()}, since ${error.message}`;
  client.emit({ type: "cooldown", serial: shared.serial, host, code, message: error.message, retryAt });
  return error;
}

/** Begins an exchange that nobody owns: it outlives the response, and it never rejects. */
function launch(shared, client, request) {
  const { serial } = request;
  client.emit({ type: "token_request", serial, host: request.host ?? undefined });
  const flight = { serial };
  shared.serial = serial;
  flight.ended = new Promise((resolve) => flight.end = resolve);
  // Before it begins: `fetch` is called at once, and may call this client.
  shared.flight = flight;
  exchange(shared, client, request).catch((thrown) => {
    if (!isForHost(thrown)) return;
    // Whoever waits may ask in a context of its own.
    shared.use((machine) => machine.on_unsent(serial));
    flight.forHost = thrown;
  }).catch(() => {}).then(() => {
    if (shared.flight === flight) shared.flight = null;
    flight.end();
  });
  try {
    (client.waitUntil ?? host.waitUntil)?.(flight.ended);
  } catch {
    // Outside of a request there is nothing to outlive.
  }
  return flight;
}

async function exchange(shared, client, request) {
  const { serial } = request;
  const began = Date.now();
  let host;
  let durationMs;
  for (let step = request; step;) {
    host = step.host ?? host;
    const { tell, thrown, veil } = await carryOut(shared, client, step.next);
    const now = Date.now();
    durationMs = Math.max(now - began, 0);
    const cause = shared.causeOf(thrown, veil);
    // Before anyone can poll.
    if (shared.serial === serial) shared.ended = { cause, durationMs };
    step = shared.use((machine) => tell(machine, serial, now, cause));
  }
  shared.look(true);
  if (!client.isWatched) return;
  const { token, lastError } = shared.explain(Date.now());
  if (lastError) {
    const { code, status, error, message, host, retryAt } = lastError;
    client.emit({
      type: "token_error",
      serial,
      host: host ?? undefined,
      code,
      status,
      error,
      message,
      durationMs,
      retryAt: retryAt === null ? null : new Date(retryAt),
    });
  } else if (token !== "none") {
    client.emit({ type: "token", serial, host, renewAt: new Date(shared.renewAt), durationMs });
  }
  const { warning } = shared.token ?? {};
  // Once: the next token's answer says the same.
  if (!lastError && warning && client.warned !== warning) {
    client.emit({ type: "warning", serial, host, message: warning });
  }
  if (warning) client.warned = warning;
}

/** One need of a token request. What became of it is for the machine: `tell`, which returns the next one, or nothing. */
async function carryOut(shared, client, next) {
  if (next.type === "credentials") {
    try {
      const credentials = await within(shared.timeout, askForCredentials(client));
      return { tell: (machine, serial, now) => machine.on_credentials(serial, credentials, now) };
    } catch (thrown) {
      // What `canonical` says quotes nothing.
      const isOurs = thrown instanceof AuthError && thrown.code === "ERR_OPTIONS";
      return { thrown, veil: isOurs ? undefined : veiled, tell: tellFailedCredentials };
    }
  }
  if (next.type === "sign") {
    try {
      const signature = await within(shared.timeout, sign(next));
      return { tell: (machine, serial, now) => machine.on_signature(serial, signature, now) };
    } catch {
      // What WebCrypto says of a bad key may quote it.
      const reason = `the key cannot sign with ${next.alg}`;
      return { tell: (machine, serial, now) => machine.on_unable(serial, "credentials", reason, now) };
    }
  }
  const { failure, status, headers, body, cause: thrown } = await send(shared, client, next);
  return {
    thrown,
    tell(machine, serial, now, cause) {
      if (failure === "lost") return machine.on_lost(serial, now);
      if (!failure) return machine.on_response(serial, status, headers, body, now);
      const { reason, isLasting } = reasonOf(failure, cause, next.url);
      return machine.on_failure(serial, failure, status, reason, isLasting, now);
    },
  };
}

function tellFailedCredentials(machine, serial, now, cause) {
  const { path, reason } = complaintOf(cause);
  return machine.on_unable(serial, path, reason, now);
}

async function askForCredentials(client) {
  const given = await client.credentials();
  if (given === undefined) throw new AuthError("ERR_OPTIONS", "it returned nothing; it has to return the credentials");
  return canonical(given, "credentials", 0);
}

/** Waits until the exchange under way ends, `until` passes or the signal aborts. Resolves to whether it has passed. */
async function wait(shared, until, signal) {
  const { flight } = shared;
  let timer, end;
  const own = new Promise((resolve) => end = resolve);
  // What is no signal is told here, and not where it would pass for an exchange that was lost.
  const leave = listen(signal, end);
  let left = until - Date.now();
  const look = () => {
    if (left <= 0 || Date.now() >= until) return end(true);
    const step = flight ? left : Math.min(left, LOOK);
    left -= step;
    timer = after(step, look);
  };
  look();
  try {
    return await Promise.race([own, flight?.ended ?? own]);
  } catch {
    // The exchange's own promise never rejects: a workerd of late 2026 says so that the request which made it has ended.
    if (shared.flight === flight) shared.flight = null;
    shared.use((machine) => machine.on_lost(flight.serial, Date.now()));
  } finally {
    clearTimeout(timer);
    leave();
  }
}

/** signal -> whom its abort is told, by one listener: of more than ten Node warns as of a leak. */
const listeners = new WeakMap();

/** Calls back when the signal aborts, or has. Returns what ends that. */
function listen(signal, told) {
  if (!signal) return () => {};
  let tell = listeners.get(signal);
  if (!tell) {
    tell = () => tell.all.forEach((told) => told());
    tell.all = new Set();
    if (typeof signal.addEventListener !== "function") {
      throw new TypeError("signal: expected an AbortSignal");
    }
    signal.addEventListener("abort", tell);
    listeners.set(signal, tell);
  }
  tell.all.add(told);
  // Whoever is told of the request may have aborted.
  if (signal.aborted) told();
  return () => {
    tell.all.delete(told);
    if (tell.all.size > 0) return;
    listeners.delete(signal);
    signal.removeEventListener("abort", tell);
  };
}

/** For the dice. A Worker's top level has no randomness. */
function seed() {
  return crypto.getRandomValues(new BigUint64Array(1))[0];
}

/** Sends the requests that revoke what the machine holds. */
export async function revoke(shared, client) {
  const requests = shared.use((machine) =>
    machine.revocations(shared.isOrphan && shared.isResting ? shared.token.value : undefined)
  );
  if (shared.isOrphan && !shared.isResting) {
    // What there was to revoke is not known any more.
    shared.look();
    throw bug();
  }
  for (const request of requests) await ask(shared, client, request, "revocation");
  shared.use((machine) => machine.forget());
  shared.look();
}

/** What the server says of a token: the one given, else the client's own. */
export async function introspect(shared, client, token) {
  // An issuer's endpoints are known once a token was asked for.
  const held = token === undefined || shared.discovers ? await acquire(shared, client) : undefined;
  const request = shared.use((machine) => machine.introspection(token ?? held.value));
  const { status, body } = await ask(shared, client, request, "introspection");
  const { provider } = shared;
  try {
    const said = JSON.parse(new TextDecoder().decode(body));
    if (typeof said.active === "boolean") return said;
  } catch {
    // It may quote the body.
  }
  throw new AuthError("ERR_BAD_RESPONSE", "the introspection endpoint's answer has no member `active`", {
    provider,
    host: request.host,
    status,
  });
}

/** A request to another endpoint than the token endpoint, and its good answer. */
async function ask(shared, client, { next, host }, endpoint) {
  const answer = await send(shared, client, next);
  const { failure, status, cause: thrown } = answer;
  const fail = (code, what, cause) => {
    const known = { provider: shared.provider, host, status: status || undefined, cause };
    throw new AuthError(code, `the ${endpoint} endpoint at ${host} ${what}`, known);
  };
  if (failure === "timeout") fail("ERR_TIMEOUT", `did not answer within ${shared.timeout / 1000} s`);
  if (failure === "too_large") fail("ERR_BAD_RESPONSE", "answered more than 1 MiB");
  if (failure) {
    const cause = shared.causeOf(thrown);
    const { reason } = reasonOf(failure, cause, next.url);
    fail(
      failure === "fetch" ? "ERR_FETCH" : "ERR_UNREACHABLE",
      `could not be reached${reason ? `: ${reason}` : ""}`,
      cause,
    );
  }
  if (status >= 500) fail("ERR_UNREACHABLE", `answered ${status}`);
  if (status === 429) fail("ERR_RATE_LIMITED", "is asked too often (429)");
  if (status >= 400) fail("ERR_REFUSED", `refused with status ${status}`);
  if (status < 200 || status > 299) fail("ERR_BAD_RESPONSE", `answered ${status}, but may not redirect`);
  return answer;
}
