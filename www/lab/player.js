/** Plays a day: how far virtual time goes in a frame, step by step, and with events that someone adds on the way. */
import { World } from "./engine.js";
import { linkTo } from "./link.js";
import { EVENTS, FIELDS, MAX_EVENTS } from "./settings.js";

/** A frame has 16 ms, and the picture wants some of them. */
const BUDGET = 6;
/** With speed `max` nothing else is on the page to look at. */
const FULL_BUDGET = 30;
/** A part of a day that is simulated without a look at the clock takes so long at the most, in ms, once that is known. */
const SLICE_COST = 2;

export class Player {
  constructor(wasm, day) {
    this.wasm = wasm;
    this.day = day;
    this.world = new World(wasm, day);
    /** Milliseconds of virtual time. */
    this.slice = 1000;
  }

  get now() {
    return this.world.now;
  }

  get length() {
    return this.day.settings.length * 1000;
  }

  get isOver() {
    return this.now >= this.length;
  }

  get link() {
    return linkTo(this.day);
  }

  /** As much virtual time as `elapsed` ms of real time are at this speed, as far as the budget goes. */
  play(elapsed, { isHurried = false, clock = () => performance.now() } = {}) {
    const { speed } = this.day.settings;
    const isMax = isHurried || speed === "max";
    const target = isMax ? this.length : Math.min(this.length, this.now + Math.max(1, Math.round(elapsed * speed)));
    const end = clock() + (isMax ? FULL_BUDGET : BUDGET);
    for (let began = clock(); this.now < target && began < end;) {
      this.world.advance(Math.min(target, this.now + this.slice));
      const now = clock();
      this.slice = now - began > SLICE_COST ? Math.max(1, this.slice >> 1) : Math.min(this.length, this.slice * 2);
      began = now;
    }
  }

  /** Until something happens in that isolate that its log tells, or a hundredth of the day has passed. */
  step(chosen) {
    const { log } = this.world.isolates[chosen];
    const { total } = log;
    const isolate = this.world.isolates[chosen];
    const most = Math.min(this.length, this.now + Math.round(this.length / 100));
    do {
      this.world.advance(Math.min(most, Math.max(this.now, isolate.nextMoment) + 1));
    } while (log.total === total && this.now < most);
  }

  /** Something happens now. A day that is over goes on for as long again. */
  add(kind) {
    if (this.day.events.length >= MAX_EVENTS) return;
    const { settings } = this.day;
    if (this.isOver) settings.length = Math.min(settings.length * 2, FIELDS.length.most);
    this.day.events.push(this.world.add(kind, amountOf(kind, settings.length)));
    this.day.events.sort((one, other) => one.at - other.at);
  }

  free() {
    this.world.free();
  }
}

/** How long it lasts if nobody says: a fifth of the day. */
function amountOf(kind, length) {
  const { unit } = EVENTS[kind];
  if (unit === "count") return 50;
  if (unit === undefined) return undefined;
  const share = length / 5;
  const unitOf = share >= 120 ? 60 : share >= 10 ? 5 : 1;
  return Math.max(1, Math.round(share / unitOf) * unitOf);
}
