/** The same isolate with the cache that one writes by hand, in ten lines: CODE is what is simulated. */
const REQUEST = {
  expires_in: "Date.now() + answer.expires_in * 1000",
  expires_at: "answer.expires_at * 1000",
};

export const CODE = {
  plain: (expiry) =>
    `let token, expiresAt = 0;
async function accessToken() {
  if (Date.now() < expiresAt) return token;
  const response = await fetch(TOKEN_ENDPOINT, { method: "POST", headers, body });
  if (!response.ok) throw new Error(\`token endpoint: \${response.status}\`);
  const answer = await response.json();
  expiresAt = ${REQUEST[expiry]};
  return token = answer.access_token;
}`,
  shared: (expiry) =>
    `let token, expiresAt = 0, pending;
async function accessToken() {
  if (Date.now() < expiresAt) return token;
  pending ??= requestToken().finally(() => pending = undefined);
  return await pending;
}
async function requestToken() {
  const response = await fetch(TOKEN_ENDPOINT, { method: "POST", headers, body });
  if (!response.ok) throw new Error(\`token endpoint: \${response.status}\`);
  const answer = await response.json();
  expiresAt = ${REQUEST[expiry]};
  return token = answer.access_token;
}`,
};

export class HandWritten {
  constructor({ server, record, settings, number, arrivals }) {
    this.number = number;
    this.server = server;
    this.record = record;
    this.arrivals = arrivals;
    this.expiry = settings.expiry;
    this.shares = settings.cache === "shared";
    this.now = 0;
    this.next = arrivals.first;
    this.token = null;
    /** Until when it believes in its token, in virtual time. */
    this.believedUntil = 0;
    this.sent = 0;
    /** Token requests under way, the one that ends first in front. */
    this.flights = [];
    this.pending = null;
    this.losesNext = false;
  }

  /** All that happens before `until`. */
  advance(until) {
    for (;;) {
      const due = this.flights[0]?.endsAt ?? Infinity;
      if (Math.min(due, this.next) >= until) break;
      if (due <= this.next) this.#land(this.flights.shift());
      else this.#arrive(Math.min(due, until));
    }
    this.#spendUntil(until);
  }

  #arrive(until) {
    const now = this.next;
    const { interval } = this.arrivals;
    const times = (end) => Math.max(1, Math.ceil((Math.min(end, until) - now) / interval));
    if (now < this.believedUntil) {
      const dead = this.server.endOf(this.token);
      const end = now < dead ? Math.min(dead, this.believedUntil) : this.believedUntil;
      return this.#use(now, times(end));
    }
    const refusal = this.server.statusAt(now, this.server.deployedSecret(now));
    if (refusal.status === 200 || this.shares || this.losesNext) {
      this.#spendUntil(now);
      this.next += interval;
      return this.#ask(now);
    }
    // Each of these calls sends a token request, and each is refused.
    this.#refuse(now, times(refusal.until));
  }

  #use(now, times) {
    const { record, number, arrivals } = this;
    record.counts.calls += times;
    this.next = now + times * arrivals.interval;
    if (now < this.server.endOf(this.token)) {
      record.counts.served += times;
      return;
    }
    record.counts.denied += times;
    record.markEach("denied", number, now, arrivals.interval, times);
  }

  #refuse(now, times) {
    const { record, number, arrivals } = this;
    record.counts.calls += times;
    record.counts.failed += times;
    record.counts.requests += times;
    this.sent += times;
    this.next = now + times * arrivals.interval;
    for (const lane of ["requests", "refused", "failed"]) record.markEach(lane, number, now, arrivals.interval, times);
  }

  burst(now, amount) {
    this.#spendUntil(now);
    for (let index = 0; index < amount; index += 1) {
      if (now >= this.believedUntil) this.#ask(now);
      else this.#one(now, false);
    }
  }

  /** A call that has a token. */
  #one(now, hasWaited) {
    const { record, number } = this;
    if (!hasWaited) record.counts.calls += 1;
    if (now < this.server.endOf(this.token)) {
      record.counts.served += 1;
      if (hasWaited) record.counts.waited += 1;
      return;
    }
    record.counts.denied += 1;
    record.mark("denied", number, now);
  }

  /** A call that needs a token request, or waits for that of another call. */
  #ask(now) {
    const { record, server, number } = this;
    record.counts.calls += 1;
    if (this.pending) {
      // Its answer never comes, and everybody waits for it for good.
      if (this.pending.isLost) this.#fail(now, 1);
      else this.pending.calls += 1;
      return;
    }
    this.sent += 1;
    record.counts.requests += 1;
    record.mark("requests", number, now);
    const latency = server.latency(number, this.sent);
    const answer = server.answer(now, server.deployedSecret(now), latency, "");
    const flight = { answer, endsAt: now + latency, order: this.sent, calls: 1, isLost: this.losesNext };
    this.losesNext = false;
    if (this.shares) this.pending = flight;
    if (flight.isLost) record.counts.cancelled += 1;
    else this.#queue(flight);
  }

  #queue(flight) {
    this.flights.push(flight);
    this.flights.sort((one, other) => one.endsAt - other.endsAt || one.order - other.order);
  }

  #land(flight) {
    const now = flight.endsAt;
    this.#spendUntil(now);
    if (this.pending === flight) this.pending = null;
    const { status, token } = flight.answer;
    if (status !== 200) {
      this.record.mark("refused", this.number, now);
      this.#fail(now, flight.calls);
      return;
    }
    this.token = token;
    this.believedUntil = this.expiry === "expires_in"
      ? now + token.stated * 1000
      : token.expiresAt - this.arrivals.skew;
    for (let index = 0; index < flight.calls; index += 1) this.#one(now, true);
  }

  #fail(now, times) {
    this.record.counts.failed += times;
    this.record.mark("failed", this.number, now, times);
  }

  /** The call that sent the running token request, or the next one, is cancelled. */
  loseLeader(now) {
    this.#spendUntil(now);
    const flight = this.flights[0];
    if (!flight) {
      this.losesNext = true;
      return;
    }
    this.flights.shift();
    flight.isLost = true;
    this.record.counts.cancelled += 1;
    if (flight.calls > 1) this.#fail(now, flight.calls - 1);
  }

  #spendUntil(until) {
    const { record, number, now } = this;
    if (now >= until) return;
    const believed = Math.min(this.believedUntil, until);
    if (this.token && believed > now) {
      const dead = Math.min(Math.max(this.server.endOf(this.token), now), believed);
      record.spend("fresh", number, now, dead);
      record.spend("dead", number, dead, believed);
    }
    if (this.flights.length > 0) {
      record.spend("flight", number, now, until);
      record.spend("waiting", number, now, until);
    }
    if (this.pending?.isLost) record.spend("waiting", number, now, until);
    this.now = until;
  }
}
