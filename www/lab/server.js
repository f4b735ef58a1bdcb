/** The scripted authorization server and API: what they answer at an instant, by the events of the day. */
import { draw } from "./random.js";
import { EVENTS } from "./settings.js";

/** The epoch of virtual time, on the server's clock. */
export const EPOCH = 1_767_225_600_000;
export const RETRY_AFTER = 30;
/** An API call takes so long. */
export const API_LATENCY = 80;
const LATENCY = { least: 120, range: 301 };

export const DENIAL = { status: 401, headers: { "www-authenticate": 'Bearer error="invalid_token"' } };

export class Server {
  constructor({ seed, lifetime, expiry }) {
    this.seed = seed;
    this.lifetime = lifetime;
    this.expiry = expiry;
    this.events = [];
    /** Changes whenever what was worked out from the events may be another. */
    this.version = 0;
  }

  add({ kind, at, amount = 0 }) {
    const end = EVENTS[kind].unit === "seconds" ? at + amount * 1000 : at;
    this.events.push({ kind, at, end });
    this.version += 1;
  }

  /** How long the token endpoint takes for a request: the same for both caches. */
  latency(isolate, ordinal) {
    return LATENCY.least + draw(this.seed, 3, isolate, ordinal) % LATENCY.range;
  }

  /** The secret that is accepted. */
  secret(now) {
    return `secret-${this.#past("rotate", now).length + 1}`;
  }

  /** The secret that was in the environment when the isolate was deployed last. */
  deployedSecret(now) {
    const deployed = this.#past("rotate", now).findLastIndex(({ end }) => now >= end) + 1;
    return `secret-${deployed + 1}`;
  }

  #past(kind, now) {
    return this.events.filter((event) => event.kind === kind && event.at <= now);
  }

  /** The status of a token request that is sent now, and until when it stays that. */
  statusAt(now, secret) {
    const until = this.#nextChange(now);
    if (this.#isDuring("outage", now)) return { status: 503, until };
    if (this.#isDuring("storm", now)) return { status: 429, until };
    if (secret !== this.secret(now)) return { status: 401, until };
    return { status: 200, until };
  }

  #isDuring(kind, now) {
    return this.#past(kind, now).some(({ end }) => now < end);
  }

  #nextChange(now) {
    let next = Infinity;
    for (const { at, end } of this.events) {
      if (at > now) next = Math.min(next, at);
      if (end > now) next = Math.min(next, end);
    }
    return next;
  }

  /** The token endpoint's answer to a request that is sent now. */
  answer(now, secret, latency, name) {
    const { status } = this.statusAt(now, secret);
    const issuedAt = now + (latency >> 1);
    const headers = { "content-type": "application/json", date: new Date(EPOCH + issuedAt).toUTCString() };
    if (status === 429) headers["retry-after"] = `${RETRY_AFTER}`;
    if (status !== 200) return { status, headers, body: status === 401 ? '{"error":"invalid_client"}' : "{}" };
    const token = this.#issue(issuedAt);
    const body = { access_token: name, token_type: "Bearer", [this.expiry]: token.stated };
    return { status, headers, body: JSON.stringify(body), token };
  }

  #issue(issuedAt) {
    if (this.expiry === "expires_in") {
      return { issuedAt, expiresAt: issuedAt + this.lifetime * 1000, stated: this.lifetime };
    }
    const stated = Math.floor((EPOCH + issuedAt) / 1000) + this.lifetime;
    return { issuedAt, expiresAt: stated * 1000 - EPOCH, stated };
  }

  /** The instant from which the API refuses that token. */
  endOf(token) {
    if (token.version === this.version) return token.end;
    token.end = token.expiresAt;
    for (const { kind, at } of this.events) {
      if (kind === "revoke" && at >= token.issuedAt) token.end = Math.min(token.end, at);
    }
    token.version = this.version;
    return token.end;
  }
}
