/** What happened in each isolate, in buckets of time: as much as a picture can show, however long the day. */
export const BUCKETS = 1024;

/** Milliseconds spent in a state, and below them how often something happened. */
export const LANES = [
  "fresh",
  "stale",
  "dead",
  "flight",
  "cooldown",
  "waiting",
  "requests",
  "refused",
  "denied",
  "recovered",
  "failed",
];

/** What is counted of a whole day; `reads` and `writes` of the shared store. */
const COUNTS = [
  "calls",
  "served",
  "waited",
  "requests",
  "denied",
  "recovered",
  "failed",
  "cancelled",
  "reads",
  "writes",
];

export class DayRecord {
  constructor(rows, length) {
    this.rows = rows;
    /** Milliseconds of one bucket. */
    this.width = length / BUCKETS;
    /** Changes when the buckets are made wider. */
    this.version = 0;
    this.counts = Object.fromEntries(COUNTS.map((name) => [name, 0]));
    this.lanes = Object.fromEntries(LANES.map((name) => [name, new Float32Array(rows * BUCKETS)]));
    /** Of all isolates together. */
    this.sums = { requests: new Float64Array(BUCKETS), trouble: new Float64Array(BUCKETS) };
  }

  get end() {
    return this.width * BUCKETS;
  }

  /** The time from `from` to `to` was spent in that state. */
  spend(lane, row, from, to) {
    if (to <= from) return;
    while (to > this.end) this.#widen();
    const cells = this.lanes[lane];
    const base = row * BUCKETS;
    let at = from;
    for (let bucket = Math.floor(from / this.width); at < to; bucket += 1) {
      const end = Math.min(to, (bucket + 1) * this.width);
      cells[base + Math.min(bucket, BUCKETS - 1)] += end - at;
      at = end;
    }
  }

  /** Something happened at that instant. */
  mark(lane, row, at, times = 1) {
    while (at >= this.end) this.#widen();
    const bucket = Math.floor(at / this.width);
    this.lanes[lane][row * BUCKETS + bucket] += times;
    if (lane === "requests") this.sums.requests[bucket] += times;
    if (lane === "failed" || lane === "denied") this.sums.trouble[bucket] += times;
  }

  /** It happened `times` times, first at `first` and then once per `interval`. */
  markEach(lane, row, first, interval, times) {
    for (let done = 0; done < times;) {
      const at = first + done * interval;
      while (at >= this.end) this.#widen();
      const end = (Math.floor(at / this.width) + 1) * this.width;
      const some = Math.max(1, Math.min(times - done, Math.ceil((end - at) / interval)));
      this.mark(lane, row, at, some);
      done += some;
    }
  }

  /** The day is longer than was thought: two buckets become one. */
  #widen() {
    for (const cells of Object.values(this.lanes)) {
      for (let row = 0; row < this.rows; row += 1) halve(cells.subarray(row * BUCKETS, (row + 1) * BUCKETS));
    }
    for (const cells of Object.values(this.sums)) halve(cells);
    this.width *= 2;
    this.version += 1;
  }
}

function halve(cells) {
  const half = cells.length / 2;
  for (let index = 0; index < half; index += 1) cells[index] = cells[2 * index] + cells[2 * index + 1];
  cells.fill(0, half);
}
