import { causeOf } from "./cause.js";
import { asThrown, AuthError } from "./error.js";
import { drop, find, touch } from "./registry.js";
import { bug, isTrap, restart, share, wasm } from "./wasm.js";

/** A clock that is set back by less is only being adjusted. */
const CLOCK_TOLERANCE = 1000;

/** The machine that equal clients share, with what of its token is needed without crossing into wasm. */
export class Shared {
  /** The machine of these options: the one that exists already, if any. */
  static of(read) {
    const shared = find(read.key) ?? new Shared(read);
    touch(shared);
    shared.clients += 1;
    return shared;
  }

  /**
   * Gives the machine's memory back, unless something would be lost with it: a request under way, a cooldown, a refresh token,
   * what an issuer said of itself. The token serves on, and whoever asks the machine gets a new one.
   */
  rest() {
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

  constructor({ key, json, asks, keys, timeout, insecure, own }) {
    this.key = key;
    this.older = this.newer = undefined;
    this.json = json;
    this.asks = asks;
    /** The CryptoKeys among the credentials, by their numbers. */
    this.keys = keys;
    this.timeout = timeout;
    this.readRules = null;
    this.insecure = insecure;
    /** Where the fleet's token lies. Each client has its own way there; of these each does. */
    this.store = own.store;
    this.clients = 0;
    this.isClosed = false;
    this.machine = null;
    this.isSeeded = false;
    /** The newest token request, and how many in a row were lost with the machine. */
    this.serial = 0;
    this.losses = 0;
    this.token = null;
    /** The request that was sent last: `{ next, host }`. */
    this.sent = null;
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
    if (this.store) share();
    const machine = new wasm.Machine(this.json, this.asks);
    try {
      machine.check_keys();
      if (this.store) machine.share(this.store.isAtomic, this.store.timeout);
    } catch (thrown) {
      if (!isTrap(thrown)) machine.free();
      throw thrown;
    }
    this.isSeeded = this.serial > 0;
    if (this.isSeeded) {
      machine.reseed(seed());
      machine.take_over(this.serial, this.losses, Date.now());
    }
    if (this.clients > 0) touch(this);
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
        return this.#whole(machine.poll(Math.max(now, floor), since, minValidity, this.latest));
      });
    } catch (thrown) {
      if (!this.#outlives(now + minValidity * 1000)) throw thrown;
      return { type: "use" };
    }
    this.latest = now;
    touch(this);
    if (action.type !== "use") {
      return this.#outlives(now + minValidity * 1000) ? { type: "use", renew: action.request } : action;
    }
    if (action.serial === this.token?.serial) this.renewAt = action.renewAt;
    else this.look();
    // If not, it went with the machine while it was looked at.
    return this.token ? action : this.poll(since, minValidity);
  }

  /** What the machine wants done, in full: of a request that was sent before it says no more than that. */
  #whole(action) {
    const request = action.request ?? action.renew;
    if (request) this.take(request);
    return action;
  }

  /** What an answer brought: the next request, in full, or a token, which is kept. */
  take(found) {
    if (found.value !== undefined) {
      this.hold(found);
    } else if (!found.next) {
      Object.assign(found, this.sent);
    } else if (found.next.type === "send") {
      this.sent = { next: found.next, host: found.host };
    }
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
    this.hold(held);
  }

  /** The machine's token. */
  hold(held) {
    this.isOrphan = false;
    this.renewAt = held?.renewAt ?? 0;
    if (held?.serial === this.token?.serial && held?.value === this.token?.value) return;
    this.token = held;
    if (held) this.losses = 0;
  }

  invalidate() {
    this.use((machine) => machine.invalidate());
    this.hold(null);
  }

  /** The state as it is told: of the token in hand, whether or not the machine knows it. */
  explain(now) {
    const told = this.use((machine) => machine.explain(now));
    told.clockSkew = this.use((machine) => machine.clock_skew());
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
    drop(this);
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
    this.sent = null;
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
    throw new AuthError("ERR_OPTIONS", `origins[${index}]: is not a valid URL`);
  }
}

/** For the dice. A Worker's top level has no randomness. */
function seed() {
  return crypto.getRandomValues(new BigUint64Array(1))[0];
}
