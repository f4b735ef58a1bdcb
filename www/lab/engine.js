/**
 * A day of a fleet in virtual time, twice: with the core, and with a cache written by hand. Pure and synchronous: the same day
 * gives the same numbers wherever it is run, and in however many steps.
 */
import { HandWritten } from "./handwritten.js";
import { Isolate } from "./isolate.js";
import { draw } from "./random.js";
import { DayRecord } from "./record.js";
import { Server } from "./server.js";
import { SharedStore } from "./store.js";

export class World {
  /** `wasm`: of `loadCore`. `day`: `{ settings, events }`. */
  constructor(wasm, { settings, events }) {
    const length = settings.length * 1000;
    this.settings = settings;
    this.now = 0;
    this.server = new Server(settings);
    this.store = settings.store === "none" ? null : new SharedStore(settings);
    this.records = {
      bearerkit: new DayRecord(settings.isolates, length),
      handwritten: new DayRecord(settings.isolates, length),
    };
    const make = (Kind, record) =>
      Array.from({ length: settings.isolates }, (_, number) => {
        const arrivals = arrivalsOf(settings, number);
        return new Kind({ wasm, server: this.server, store: this.store, record, settings, number, arrivals });
      });
    this.isolates = make(Isolate, this.records.bearerkit);
    this.handwritten = make(HandWritten, this.records.handwritten);
    this.ahead = [...events].sort((one, other) => one.at - other.at);
    this.past = [];
  }

  /** All that happens before `until`. */
  advance(until) {
    while (this.ahead.length > 0 && this.ahead[0].at < until) {
      const event = this.ahead.shift();
      this.#advanceAll(event.at);
      this.#apply(event);
    }
    this.#advanceAll(until);
  }

  #advanceAll(until) {
    if (until < this.now) return;
    if (this.store) this.#advanceTogether(until);
    for (const isolate of this.isolates) isolate.advance(until);
    for (const isolate of this.handwritten) isolate.advance(until);
    this.now = until;
  }

  /** One isolate at a time, as far as nobody else may touch the store: what one writes another reads. */
  #advanceTogether(until) {
    const touches = this.isolates.map((isolate) => isolate.nextTouch);
    for (;;) {
      let first = 0, second = Infinity;
      for (let number = 1; number < touches.length; number += 1) {
        if (touches[number] < touches[first]) [second, first] = [touches[first], number];
        else second = Math.min(second, touches[number]);
      }
      if (touches[first] >= until) return;
      const isolate = this.isolates[first];
      isolate.advance(Math.min(until, Math.max(second, touches[first] + 1)));
      touches[first] = isolate.nextTouch;
    }
  }

  /** Something happens now. Returns the event, as it is replayed. */
  add(kind, amount) {
    const event = { kind, at: this.now, ...(amount === undefined ? {} : { amount }) };
    this.#apply(event);
    return event;
  }

  #apply(event) {
    this.past.push(event);
    this.server.add(event);
    for (const isolate of [...this.isolates, ...this.handwritten]) {
      if (event.kind === "burst") isolate.burst(event.at, event.amount);
      if (event.kind === "leader") isolate.loseLeader(event.at);
    }
  }

  /** Everything that was counted so far. */
  get counts() {
    const { bearerkit, handwritten } = this.records;
    return { bearerkit: { ...bearerkit.counts }, handwritten: { ...handwritten.counts } };
  }

  free() {
    for (const isolate of this.isolates) isolate.free();
  }
}

/** When the calls of an isolate arrive, and how wrong its clock is. One isolate after the other starts, as in a deployment. */
function arrivalsOf({ seed, rate, spread, skew, isolates }, number) {
  const interval = Math.round(1000 / rate);
  const turn = Math.floor(spread * 1000 * number / isolates);
  const first = turn + draw(seed, 1, number) % Math.min(interval, 1000);
  const range = 2 * skew * 1000 + 1;
  return { interval, first, skew: draw(seed, 2, number) % range - skew * 1000 };
}

/** The whole day at once: what was counted in it. */
export function play(wasm, day) {
  const world = new World(wasm, day);
  world.advance(day.settings.length * 1000);
  const { counts } = world;
  world.free();
  return counts;
}
