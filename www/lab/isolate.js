/**
 * One isolate with a machine of the real core, in virtual time. The driver's rules are those of pkg-template/acquire.js,
 * exchange.js and fetch.js: poll, act, poll again; a 401 buys one more try.
 */
import { CoreMachine } from "./core.js";
import { CallLog, clockOf } from "./log.js";
import { draw } from "./random.js";
import { API_LATENCY, DENIAL, EPOCH } from "./server.js";

/** A clock that is set back by less is only being adjusted. */
const CLOCK_TOLERANCE = 1000;
/** Seconds a call is willing to wait for the end of a cooldown: the default of `patience`. */
export const PATIENCE = 10;

/** `expiry`: the member of the answer that says when the token expires. */
function optionsOf(expiry) {
  const token_endpoint = "https://login.example/token";
  if (expiry === "expires_in") return { provider: { token_endpoint } };
  return {
    provider: { token_endpoint, response: { expiry: { source: "expires_at" } } },
  };
}

export class Isolate {
  constructor({ wasm, server, store, record, settings, number, arrivals }) {
    const { seed, expiry } = settings;
    this.number = number;
    this.server = server;
    this.store = store;
    this.record = record;
    this.arrivals = arrivals;
    const half = (key) => BigInt(draw(seed, key, number));
    this.machine = new CoreMachine(wasm, optionsOf(expiry), (half(4) << 32n) | half(5));
    if (store) this.machine.share(store.isAtomic);
    this.log = new CallLog();
    this.now = 0;
    this.token = null;
    this.tokens = new Map();
    this.latest = 0;
    /** The exchange that callers wait for. */
    this.flight = null;
    /** Exchanges that are over for callers, and go on with the store. */
    this.errands = [];
    this.touched = 0;
    this.cooldownUntil = 0;
    this.losesNext = false;
    this.started = 0;
    this.sent = 0;
    this.next = arrivals.first;
    /** Calls that wait, by the instant at which they look again. */
    this.groups = [];
    /** Calls whose 401 is on its way back. */
    this.denials = [];
    this.waiting = 0;
  }

  /** An instant of virtual time on this isolate's own clock, and back. */
  #local(now) {
    return EPOCH + this.arrivals.skew + now;
  }

  #virtual(local) {
    return local - EPOCH - this.arrivals.skew;
  }

  /** All that happens before `until`. */
  advance(until) {
    for (;;) {
      if (this.nextMoment >= until) break;
      const due = this.#nextDue();
      if (due <= this.next) this.#happen(due);
      else this.#arrive(Math.min(due, until));
    }
    this.#spendUntil(until);
  }

  /** The next instant at which anything happens here. */
  get nextMoment() {
    return Math.min(this.#nextDue(), this.next);
  }

  /** The next instant at which anything happens here that may have to do with the store. */
  get nextTouch() {
    const { next } = this;
    const { interval } = this.arrivals;
    const fresh = this.#freshUntil(next);
    const call = fresh > next ? next + Math.ceil((fresh - next) / interval) * interval : next;
    return Math.min(this.#nextDue(), call);
  }

  #nextDue() {
    let due = this.flight?.endsAt ?? Infinity;
    for (const { endsAt } of this.errands) due = Math.min(due, endsAt);
    for (const { until } of this.groups) due = Math.min(due, until);
    return Math.min(due, this.denials[0]?.at ?? Infinity);
  }

  #happen(now) {
    this.#spendUntil(now);
    if (this.flight?.endsAt === now) return this.#proceed(this.flight, now);
    const errand = this.errands.find(({ endsAt }) => endsAt === now);
    if (errand) return this.#proceed(errand, now);
    if (this.denials[0]?.at === now) return this.#denied(this.denials.shift(), now);
    const group = this.groups.find(({ until }) => until === now);
    this.#wake(group, now);
  }

  /** The calls that arrive from `this.next` on, before `until`: at once while the token is fresh and the API takes it. */
  #arrive(until) {
    const { interval } = this.arrivals;
    const now = this.next;
    const good = Math.min(until, this.#freshUntil(now));
    const times = good > now ? Math.ceil((good - now) / interval) : 0;
    if (times === 0) {
      this.next += interval;
      this.#spendUntil(now);
      return this.#call(now);
    }
    const first = this.started + 1;
    this.started += times;
    this.next = now + times * interval;
    this.latest = Math.max(this.latest, this.#local(this.next - interval));
    const { counts } = this.record;
    counts.calls += times;
    counts.served += times;
    this.log.calls(now, first, this.started, "use", `used token #${this.token.serial}, which was fresh`);
  }

  /** Until when calls need nothing but the token in hand, as the driver's fast path sees it. */
  #freshUntil(now) {
    if (!this.token || this.#local(now) < this.latest - CLOCK_TOLERANCE) return 0;
    return Math.min(this.#virtual(this.token.renewAt), this.server.endOf(this.tokens.get(this.token.serial)));
  }

  burst(now, amount) {
    this.#spendUntil(now);
    for (let index = 0; index < amount; index += 1) this.#call(now);
  }

  #call(now) {
    this.started += 1;
    this.record.counts.calls += 1;
    this.#acquire({ number: this.started, began: now, since: this.#local(now), tries: 1, isNew: true }, now);
  }

  /** As the driver's `acquire`: what the call does next. */
  #acquire(call, now) {
    for (;;) {
      const local = this.#local(now);
      if (this.#isFresh(local)) return this.#send(call, now, "fresh");
      const action = this.machine.poll(local, call.since, this.latest);
      this.latest = local;
      if (action.type === "use") {
        if (action.serial !== this.token?.serial) this.#look();
        else this.token.renewAt = action.renewAt;
        if (!action.renew) return this.#send(call, now, "stale");
        const lead = this.#launch(action.renew, now);
        return this.#send(call, now, "renews", lead);
      }
      if (action.type === "fail") {
        const isRefused = action.error.code === "ERR_REFUSED" && !call.hasAsked;
        if (!isRefused) return this.#fail(call, now, action.error);
        call.hasAsked = true;
        this.machine.replaceCredentials(this.#credentials(now));
        continue;
      }
      if (action.type === "send") {
        const flight = this.#launch(action.request, now);
        if (flight.isLost) return this.#cancel(call, now, flight);
        const did = this.store ? "read the shared store" : `sent token request #${flight.serial}`;
        this.#note(call, now, "send", `had no token and ${did}`);
        flight.leader = call;
      }
      return this.#wait(call, now, this.#virtual(action.request?.deadline ?? action.until));
    }
  }

  #isFresh(local) {
    if (!this.token || local >= this.token.renewAt || local < this.latest - CLOCK_TOLERANCE) return false;
    this.latest = Math.max(this.latest, local);
    return true;
  }

  #wait(call, now, until) {
    const { flight } = this;
    let group = this.groups.find((one) => one.until === until && one.flight === flight);
    if (!group) this.groups.push(group = { until, flight, calls: [] });
    group.calls.push(call);
    this.waiting += 1;
    call.isNew = false;
    if (flight && (flight.leader === call || call.awaited === flight)) return;
    call.awaited = flight;
    const end = this.store ? this.cooldownUntil : until;
    const why = flight
      ? `waited for the answer ${
        flight.isAsked ? `to token request #${flight.serial}` : "of the shared store"
      }, which was under way`
      : `waited for the end of the cooldown at ${clockOf(end)}, which was less than ${PATIENCE} s away`;
    this.#note(call, now, "wait", why);
  }

  #wake(group, now) {
    this.groups.splice(this.groups.indexOf(group), 1);
    this.waiting -= group.calls.length;
    const { flight } = group;
    if (flight?.isLost && now >= flight.deadline) {
      this.log.event(
        now,
        "lost",
        `The lease of token request #${flight.serial} ended without an answer. Another call takes over.`,
      );
    }
    for (const call of group.calls) this.#acquire(call, now);
  }

  #credentials(now) {
    return { client_id: "lab", client_secret: this.server.secret(now) };
  }

  /** Begins an exchange. Nobody owns it. */
  #launch({ serial, next }, now) {
    const flight = { serial, endsAt: 0, deadline: 0, isAsked: false, isLost: false, isOver: false, held: null };
    this.flight = flight;
    this.#begin(flight, next, now);
    return flight;
  }

  /** Begins the next step of an exchange: a token request, or a call of the store. */
  #begin(exchange, next, now) {
    const { next: step } = next.type === "credentials"
      ? this.machine.giveCredentials(exchange.serial, this.#credentials(now), this.#local(now))
      : { next };
    exchange.step = step;
    exchange.reply = null;
    if (step.type === "send") this.#ask(exchange, step, now);
    else this.#reach(exchange, step, now);
    const { flight, nextRequestAt } = this.machine.explain(this.#local(now));
    exchange.deadline = flight === "in_flight" && !exchange.isOver ? this.#virtual(nextRequestAt) : 0;
  }

  /** Sends the token request. */
  #ask(exchange, http, now) {
    const { server, number } = this;
    this.sent += 1;
    const latency = server.latency(number, this.sent);
    const name = `token-${number}-${this.store ? this.sent : exchange.serial}`;
    const answer = server.answer(now, secretIn(http), latency, name);
    if (answer.token) this.store?.tokens.set(name, answer.token);
    this.record.counts.requests += 1;
    this.record.mark("requests", number, now);
    const isLost = this.losesNext;
    this.losesNext = false;
    Object.assign(exchange, { answer, latency, endsAt: isLost ? Infinity : now + latency, isAsked: true, isLost });
    if (!this.store) return;
    const lease = this.store.isAtomic ? "Wrote a lease to the shared store and sent" : "Sent";
    this.log.event(now, "send", `${lease} token request #${exchange.serial}.`);
    if (isLost) this.#lose(exchange, now);
  }

  /** Calls the store. It is reached after half of the time. */
  #reach(exchange, { type, at }, now) {
    this.touched += 1;
    exchange.latency = this.store.latency(this.number, this.touched);
    const begins = type === "load" ? Math.max(now, this.#virtual(at)) : now;
    exchange.endsAt = begins + exchange.latency;
  }

  /** The answer to a step arrives, or the step arrives at the store. */
  #proceed(exchange, now) {
    const { step, serial, answer, reply, latency } = exchange;
    if (step.type !== "send" && !reply) {
      exchange.reply = this.#touch(exchange, now);
      exchange.endsAt = now + latency;
      return;
    }
    const before = { serial: this.token?.serial, cooldownUntil: this.cooldownUntil };
    if (answer?.token && !this.store) this.tokens.set(serial, answer.token);
    const local = this.#local(now);
    const found = step.type === "send"
      ? this.machine.answer(serial, answer, local)
      : step.type === "load"
      ? this.machine.loaded(serial, reply.held?.record ?? null, local)
      : this.machine.stored(serial, reply.outcome, local);
    this.#look();
    const { flight, nextRequestAt } = this.machine.explain(local);
    this.cooldownUntil = flight === "cooldown" ? this.#virtual(nextRequestAt) : 0;
    if (step.type === "send") this.#tellAnswer(exchange, before, now);
    else this.#tellStore(exchange, found, before, now);
    const isLanding = !exchange.isOver && (!found || found.isOver === true);
    if (isLanding && this.flight === exchange) this.flight = null;
    if (!found) this.errands = this.errands.filter((one) => one !== exchange);
    else {
      if (isLanding) this.errands.push(exchange);
      exchange.isOver ||= isLanding;
      this.#begin(exchange, found.next, now);
    }
    if (isLanding) this.#wakeAll(exchange, now);
  }

  #wakeAll(exchange, now) {
    for (const group of this.groups.filter((one) => one.flight === exchange)) this.#wake(group, now);
  }

  /** What the store makes of a read or a write. */
  #touch(exchange, now) {
    const { store, number, record } = this;
    const { type, record: text } = exchange.step;
    const reply = type === "load" ? { held: store.read(number, now) } : store.write(number, text, exchange.held, now);
    record.counts[type === "load" ? "reads" : "writes"] += 1;
    if (reply.held !== undefined) exchange.held = reply.held;
    return reply;
  }

  #tellAnswer({ serial, answer, latency }, before, now) {
    const isRefused = answer.status !== 200;
    if (isRefused) this.record.mark("refused", this.number, now);
    this.log.event(now, isRefused ? "refused" : "token", this.#describe(serial, answer, latency, before.serial));
  }

  #tellStore({ step, reply }, found, before, now) {
    if (step.type === "load") {
      this.log.event(now, "store", `Read the shared store: ${this.#readings(reply, found, before)}`);
    } // A lease that was written is told with the request that it is for.
    else if (found?.next.type !== "send" || reply.outcome !== "written") {
      this.log.event(now, "store", this.#writings(reply));
    }
  }

  /** What the record came to. */
  #readings({ held }, found, before) {
    if (this.token && this.token.serial !== before.serial) {
      return `it had another isolate's token, now ${this.#dated()}`;
    }
    if (this.cooldownUntil > before.cooldownUntil) {
      return `another isolate was refused. No token request is sent until ${clockOf(this.cooldownUntil)}.`;
    }
    if (found?.next.type === "load") {
      const at = clockOf(this.#virtual(found.next.at));
      return `another isolate is requesting a token. The store is read again at ${at}.`;
    }
    if (!held) return "it has no record.";
    if (found) return "it has no fresh token.";
    return this.token
      ? `another isolate is renewing the token. Token #${this.token.serial} stays in use.`
      : "nothing new.";
  }

  #writings({ outcome }) {
    if (outcome === "outdone") return "Another isolate wrote to the shared store first. It is read again.";
    if (outcome === "failed") return "The shared store refused a write: it takes one write per second.";
    return this.cooldownUntil > 0
      ? `Wrote the cooldown to the shared store: no isolate sends a token request until ${clockOf(this.cooldownUntil)}.`
      : `Wrote token #${this.token?.serial} to the shared store.`;
  }

  /** The token in hand, with its dates. */
  #dated() {
    const { serial, renewAt, hardExpiry } = this.token;
    const dates = [renewAt, hardExpiry].map((at) => clockOf(this.#virtual(at)));
    return `token #${serial}, fresh until ${dates[0]}, usable until ${dates[1]}.`;
  }

  #describe(serial, { status, headers }, latency, before) {
    const head = `Token request #${serial} was answered with ${status} after ${latency} ms`;
    if (status === 200) return `${head}: ${this.#dated()}`;
    const stated = headers["retry-after"] ? ` (Retry-After: ${headers["retry-after"]})` : "";
    const effect = before === undefined ? "" : ` Token #${before} stays in use.`;
    return `${head}${stated}: cooldown until ${clockOf(this.cooldownUntil)}.${effect}`;
  }

  #look() {
    this.token = this.machine.token();
    if (this.store && this.token) this.tokens.set(this.token.serial, this.store.tokens.get(this.token.value));
    if (this.tokens.size < 20) return;
    for (const serial of this.tokens.keys()) if (serial + 10 < this.token?.serial) this.tokens.delete(serial);
  }

  /** The call to the API, with the token in hand. */
  #send(call, now, age, lead) {
    const { serial } = this.token;
    const isGood = now < this.server.endOf(this.tokens.get(serial));
    const why = {
      fresh: `used token #${serial}, which was fresh`,
      stale: `used token #${serial}, which was stale${this.#whyNotRenewed()}`,
      renews: `used token #${serial}, which was stale, and ${
        this.store ? "read the shared store" : `sent token request #${lead?.serial}`
      } in the background`,
    }[age];
    if (call.isNew && isGood) this.#note(call, now, age === "renews" ? "send" : "use", why);
    if (!isGood) {
      this.denials.push({ at: now + API_LATENCY, call, serial });
      return;
    }
    const { counts } = this.record;
    counts.served += 1;
    if (now > call.began && call.tries === 1) counts.waited += 1;
    if (call.tries > 1) {
      counts.recovered += 1;
      this.record.mark("recovered", this.number, now);
      this.#note(call, now, "recovered", `was sent again with token #${serial} and served`);
    }
  }

  #whyNotRenewed() {
    if (this.flight) {
      return this.flight.isAsked
        ? `; token request #${this.flight.serial} was under way`
        : "; the shared store was being read";
    }
    return this.cooldownUntil > 0 ? `; the cooldown until ${clockOf(this.cooldownUntil)} allowed no token request` : "";
  }

  #denied({ call, serial }, now) {
    const isCurable = this.machine.isCurable(serial, DENIAL, this.#local(now));
    this.#look();
    if (isCurable && call.tries === 1) {
      this.#note(
        call,
        now,
        "denied",
        `got a 401 for token #${serial}: the token was dropped, the call is sent again`,
      );
      call.tries = 2;
      call.since = this.#local(now);
      return this.#acquire(call, now);
    }
    this.record.counts.denied += 1;
    this.record.mark("denied", this.number, now);
    this.#note(call, now, "denied", `got a 401 for token #${serial}, which the caller saw`);
  }

  #fail(call, now, { code, retryAt }) {
    this.record.counts.failed += 1;
    this.record.mark("failed", this.number, now);
    const until = retryAt
      ? `: the cooldown ended at ${clockOf(this.#virtual(retryAt))}, more than ${PATIENCE} s away`
      : "";
    this.#note(call, now, "failed", `had no token and failed at once with ${code}${until}`);
  }

  /** Whoever waits for the answer is gone, and the answer with it. */
  #cancel(call, now, { serial }) {
    this.record.counts.cancelled += 1;
    this.#note(call, now, "lost", `sent token request #${serial} and was cancelled; the answer never arrived`);
  }

  /** The call that sent the running token request, or the next one, is cancelled. */
  loseLeader(now) {
    this.#spendUntil(now);
    const { flight } = this;
    if (!flight?.isAsked || flight.isLost) {
      this.losesNext = true;
      return;
    }
    flight.isLost = true;
    flight.endsAt = Infinity;
    this.#lose(flight, now);
  }

  /** Its answer never comes, nor does whoever sent it go on. */
  #lose(flight, now) {
    const group = this.groups.find((one) => one.flight === flight);
    const at = group?.calls.indexOf(flight.leader) ?? -1;
    if (at < 0) {
      this.log.event(now, "lost", `Token request #${flight.serial} was lost: its answer never arrived.`);
      return;
    }
    group.calls.splice(at, 1);
    this.waiting -= 1;
    this.#cancel(flight.leader, now, flight);
  }

  #note(call, now, kind, why) {
    this.log.calls(now, call.number, call.number, kind, why);
  }

  /** `{ token, flight }`: the cell of the table. */
  cell(now = this.now) {
    return { token: this.#age(now), flight: this.#flightAt(now) };
  }

  #age(now) {
    if (!this.token) return "none";
    const local = this.#local(now);
    if (local >= this.token.hardExpiry) return "expired";
    return local >= this.token.renewAt ? "stale" : "fresh";
  }

  #flightAt(now) {
    if (this.flight && now < this.flight.deadline) return "in_flight";
    return now < this.cooldownUntil ? "cooldown" : "idle";
  }

  /** What the machine itself says. For tests. */
  explain(now) {
    return this.machine.explain(this.#local(now));
  }

  #spendUntil(until) {
    const { record, number } = this;
    const dead = this.token ? this.server.endOf(this.tokens.get(this.token.serial)) : Infinity;
    const points = [dead, this.cooldownUntil, this.flight?.deadline];
    if (this.token) points.push(this.#virtual(this.token.renewAt), this.#virtual(this.token.hardExpiry));
    while (this.now < until) {
      let to = until;
      for (const point of points) if (point > this.now && point < to) to = point;
      const { token, flight } = this.cell();
      const hasToken = token === "fresh" || token === "stale";
      if (hasToken) record.spend(this.now >= dead ? "dead" : token, number, this.now, to);
      if (flight === "in_flight") record.spend("flight", number, this.now, to);
      if (flight === "cooldown") record.spend("cooldown", number, this.now, to);
      if (this.waiting > 0) record.spend("waiting", number, this.now, to);
      this.now = to;
    }
  }

  free() {
    this.machine.free();
  }
}

/** The client secret that a token request carries. */
function secretIn({ headers }) {
  return atob(headers.authorization.slice("Basic ".length)).split(":")[1];
}
