/**
 * One isolate with a machine of the real core, in virtual time. The driver's rules are those of pkg-template/machine.js and
 * fetch.js: poll, act, poll again; a 401 buys one more try.
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
  constructor({ wasm, server, record, settings, number, arrivals }) {
    const { seed, expiry } = settings;
    this.number = number;
    this.server = server;
    this.record = record;
    this.arrivals = arrivals;
    const half = (key) => BigInt(draw(seed, key, number));
    this.machine = new CoreMachine(wasm, optionsOf(expiry), (half(4) << 32n) | half(5));
    this.log = new CallLog();
    this.now = 0;
    this.token = null;
    this.tokens = new Map();
    this.latest = 0;
    this.flight = null;
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

  #nextDue() {
    let due = this.flight?.endsAt ?? Infinity;
    for (const { until } of this.groups) due = Math.min(due, until);
    return Math.min(due, this.denials[0]?.at ?? Infinity);
  }

  #happen(now) {
    this.#spendUntil(now);
    if (this.flight?.endsAt === now) return this.#land(now);
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
        this.#note(call, now, "send", `had no token and sent token request #${flight.serial}`);
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
    if (flight?.leader === call) return;
    const why = flight
      ? `waited for the answer to token request #${flight.serial}, which was under way`
      : `waited for the end of the cooldown at ${clockOf(until)}, which was less than ${PATIENCE} s away`;
    this.#note(call, now, "wait", why);
  }

  #wake(group, now) {
    this.groups.splice(this.groups.indexOf(group), 1);
    this.waiting -= group.calls.length;
    const { flight } = group;
    if (flight?.isLost) {
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

  /** Sends a token request. Nobody owns it. */
  #launch({ serial, next }, now) {
    const { server, number } = this;
    const { next: http } = next.type === "credentials"
      ? this.machine.giveCredentials(serial, this.#credentials(now), this.#local(now))
      : { next };
    this.sent += 1;
    const latency = server.latency(number, this.sent);
    const answer = server.answer(now, secretIn(http), latency, `token-${number}-${serial}`);
    this.record.counts.requests += 1;
    this.record.mark("requests", number, now);
    const flight = { serial, answer, latency, endsAt: now + latency, deadline: 0, isLost: this.losesNext };
    if (flight.isLost) flight.endsAt = Infinity;
    this.losesNext = false;
    flight.deadline = this.#virtual(this.machine.explain(this.#local(now)).nextRequestAt);
    this.flight = flight;
    return flight;
  }

  /** The answer to the token request arrives. */
  #land(now) {
    const { serial, answer, latency } = this.flight;
    const ended = this.flight;
    this.flight = null;
    const before = this.token?.serial;
    if (answer.token) this.tokens.set(serial, answer.token);
    this.machine.answer(serial, answer, this.#local(now));
    this.#look();
    const { flight, nextRequestAt } = this.machine.explain(this.#local(now));
    this.cooldownUntil = flight === "cooldown" ? this.#virtual(nextRequestAt) : 0;
    if (answer.status !== 200) this.record.mark("refused", this.number, now);
    this.log.event(now, answer.status === 200 ? "token" : "refused", this.#describe(serial, answer, latency, before));
    const group = this.groups.find((one) => one.flight === ended);
    if (group) this.#wake(group, now);
  }

  #describe(serial, { status, headers }, latency, before) {
    const head = `Token request #${serial} was answered with ${status} after ${latency} ms`;
    if (status === 200) {
      const { renewAt, hardExpiry } = this.token;
      const dates = [renewAt, hardExpiry].map((at) => clockOf(this.#virtual(at)));
      return `${head}: token #${serial}, fresh until ${dates[0]}, usable until ${dates[1]}.`;
    }
    const stated = headers["retry-after"] ? ` (Retry-After: ${headers["retry-after"]})` : "";
    const effect = before === undefined ? "" : ` Token #${before} stays in use.`;
    return `${head}${stated}: cooldown until ${clockOf(this.cooldownUntil)}.${effect}`;
  }

  #look() {
    this.token = this.machine.token();
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
      renews: `used token #${serial}, which was stale, and sent token request #${lead?.serial} in the background`,
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
    if (this.flight) return `; token request #${this.flight.serial} was under way`;
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
    if (!flight || flight.isLost) {
      this.losesNext = true;
      return;
    }
    flight.isLost = true;
    flight.endsAt = Infinity;
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
