/** The shared store of a day, in virtual time: one that compares (Redis, a Durable Object), or Workers KV, which lags. */
import { draw } from "./random.js";

/** Milliseconds, each way. */
const LATENCY = { least: 1, range: 2 };
/** Workers KV: what a data centre has read, misses too, it answers from its cache for so long. */
export const LAG = 60_000;
/** Workers KV: it refuses a write that comes sooner after the last one. */
export const WRITE_INTERVAL = 1000;
export const DATA_CENTRES = 5;

export class SharedStore {
  constructor({ seed, store }) {
    this.seed = seed;
    this.isAtomic = store === "atomic";
    /** What was written last: `{ record }`. Each write is another object, as each sealed text is another. */
    this.held = null;
    this.writtenAt = -Infinity;
    this.caches = new Map();
    /** Access token -> the server's token, of all isolates. */
    this.tokens = new Map();
  }

  latency(isolate, ordinal) {
    return LATENCY.least + draw(this.seed, 6, isolate, ordinal) % LATENCY.range;
  }

  read(isolate, now) {
    if (this.isAtomic) return this.held;
    const cached = this.caches.get(isolate % DATA_CENTRES);
    return cached && now < cached.until ? cached.held : this.#cache(isolate, now);
  }

  /** `over`: what was read or written last. Returns the outcome, and what is there if it was written. */
  write(isolate, record, over, now) {
    if (this.isAtomic && this.held !== over) return { outcome: "outdone" };
    if (!this.isAtomic && now - this.writtenAt < WRITE_INTERVAL) return { outcome: "failed" };
    this.held = { record };
    this.writtenAt = now;
    this.#cache(isolate, now);
    return { outcome: "written", held: this.held };
  }

  #cache(isolate, now) {
    this.caches.set(isolate % DATA_CENTRES, { held: this.held, until: now + LAG });
    return this.held;
  }
}
