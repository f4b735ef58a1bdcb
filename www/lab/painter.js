/** Draws a DayRecord on a canvas: a row for each isolate, and only what is new since the last time. */
import { BUCKETS } from "./record.js";

/** How tall a row is, in CSS pixels. */
export function rowHeight(rows) {
  return Math.max(2, Math.min(24, Math.floor(220 / rows)));
}

/** What happened once is drawn at least so wide, in CSS pixels. */
const LEAST_MARK = 2;
/** Calls are drawn one by one where they are so far apart. */
const LEAST_CALL_GAP = 5;
/** A mark may reach into later buckets, which are drawn again. */
const OVERLAP = 8;

/** lane -> colour of the marks, those that matter most last. */
const MARKS = [["requests", "request"], ["recovered", "recovered"], ["denied", "trouble"], ["failed", "trouble"]];

export class Painter {
  constructor(canvas, record, arrivals) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.record = record;
    this.arrivals = arrivals;
    this.painted = 0;
    this.version = record.version;
  }

  /** `width` in CSS pixels; `colours`: name -> CSS colour. Draws everything anew with the next `paint`. */
  resize(width, ratio, colours) {
    this.ratio = ratio;
    this.colours = colours;
    this.canvas.width = Math.max(1, Math.round(width * ratio));
    this.canvas.height = Math.round(rowHeight(this.record.rows) * this.record.rows * ratio);
    this.painted = 0;
  }

  /** Draws what happened until `now`. */
  paint(now) {
    const { record } = this;
    if (this.version !== record.version) {
      this.version = record.version;
      this.painted = 0;
    }
    const last = Math.floor(this.painted / record.width);
    // A bucket is about as wide as a pixel: it is drawn when it is complete, or when the picture is new.
    if (this.painted > 0 && last === Math.floor(now / record.width)) return;
    const from = Math.max(0, last - OVERLAP);
    const to = Math.min(BUCKETS, Math.ceil(now / record.width));
    const left = this.#x(from);
    this.context.clearRect(left, 0, this.canvas.width - left, this.canvas.height);
    for (let row = 0; row < record.rows; row += 1) this.#paintRow(row, from, to, now);
    this.painted = now;
  }

  #x(bucket) {
    return Math.floor(bucket * this.canvas.width / BUCKETS);
  }

  #paintRow(row, from, to, now) {
    const lanes = this.#lanesOf(row);
    const base = row * BUCKETS;
    this.#paintStates(base, from, to, now, lanes);
    // What reaches into the part that was cleared.
    const earlier = Math.max(0, from - OVERLAP);
    this.#paintCalls(row, earlier, now, lanes);
    this.#paintMarks(base, earlier, to, lanes);
  }

  /** The upper lane of a row is for the token, or for calls that wait for one; the lower one for the flight. */
  #lanesOf(row) {
    const height = rowHeight(this.record.rows) * this.ratio;
    const top = Math.round(row * height);
    const bottom = Math.round((row + 1) * height) - (height >= 6 * this.ratio ? Math.round(this.ratio) : 0);
    const middle = top + Math.max(1, Math.round((bottom - top) * 0.6));
    return { top, middle, bottom };
  }

  #paintStates(base, from, to, now, { top, middle, bottom }) {
    let token = null, flight = null, tokenFrom = from, flightFrom = from;
    for (let bucket = from; bucket <= to; bucket += 1) {
      const isOver = bucket === to;
      const nextToken = isOver ? null : this.#tokenIn(base + bucket, bucket, now);
      const nextFlight = isOver ? null : this.#flightIn(base + bucket);
      if (nextToken !== token || isOver) {
        this.#fill(token, tokenFrom, bucket, top, middle);
        token = nextToken;
        tokenFrom = bucket;
      }
      if (nextFlight !== flight || isOver) {
        this.#fill(flight, flightFrom, bucket, middle, bottom);
        flight = nextFlight;
        flightFrom = bucket;
      }
    }
  }

  /** What the token was for most of the bucket. */
  #tokenIn(cell, bucket, now) {
    const { fresh, stale, dead, waiting } = this.record.lanes;
    const elapsed = Math.min(this.record.width, now - bucket * this.record.width);
    const none = elapsed - fresh[cell] - stale[cell] - dead[cell];
    const most = Math.max(fresh[cell], stale[cell], dead[cell], none);
    if (most === none) return waiting[cell] > 0 ? "waiting" : null;
    if (most === dead[cell]) return "dead";
    return most === stale[cell] ? "stale" : "fresh";
  }

  #flightIn(cell) {
    const { flight, cooldown } = this.record.lanes;
    if (flight[cell] > 0) return "request";
    return cooldown[cell] > 0 ? "cooldown" : null;
  }

  #fill(colour, from, to, top, bottom) {
    if (colour === null || bottom <= top) return;
    this.context.fillStyle = this.colours[colour];
    const left = this.#x(from);
    this.context.fillRect(left, top, Math.max(1, this.#x(to) - left), bottom - top);
  }

  #paintCalls(row, from, now, { top, middle }) {
    const { first, interval } = this.arrivals[row];
    const scale = this.canvas.width / this.record.end;
    if (interval * scale < LEAST_CALL_GAP * this.ratio || middle - top < 6 * this.ratio) return;
    this.context.fillStyle = this.colours.call;
    const begin = Math.max(0, Math.ceil((from * this.record.width - first) / interval));
    const size = Math.round(1.5 * this.ratio);
    for (let at = first + begin * interval; at < now; at += interval) {
      this.context.fillRect(Math.round(at * scale), middle - 2 * size, size, size);
    }
  }

  #paintMarks(base, from, to, { top, middle, bottom }) {
    const least = Math.round(LEAST_MARK * this.ratio);
    for (const [lane, colour] of MARKS) {
      const cells = this.record.lanes[lane];
      this.context.fillStyle = this.colours[colour];
      const [upper, lower] = lane === "failed" ? [middle, bottom] : [top, bottom];
      for (let bucket = from; bucket < to; bucket += 1) {
        if (cells[base + bucket] === 0) continue;
        const left = this.#x(bucket);
        this.context.fillRect(left, upper, Math.max(least, this.#x(bucket + 1) - left), Math.max(1, lower - upper));
      }
    }
  }
}
