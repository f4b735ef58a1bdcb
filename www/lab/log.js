/** What each call of one isolate did and why. Calls in a row that did the same for the same reason are one entry. */
const MAX_ENTRIES = 400;

export class CallLog {
  constructor() {
    this.entries = [];
    /** How many entries there were in all. */
    this.total = 0;
    this.version = 0;
  }

  /** `first` to `last`: numbers of calls. `why`: what they did, the same text for the same reason. `kind`: for the colour. */
  calls(at, first, last, kind, why) {
    this.version += 1;
    const open = this.entries.at(-1);
    if (open?.why === why && open.last === first - 1) {
      open.last = last;
      return;
    }
    this.#push({ at, first, last, kind, why });
  }

  /** Something that happened to no call in particular. */
  event(at, kind, why) {
    this.version += 1;
    this.#push({ at, kind, why });
  }

  #push(entry) {
    entry.number = this.total;
    this.total += 1;
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES * 2) this.entries.splice(0, MAX_ENTRIES);
  }
}

/** `01:02:03.456` of virtual time, without the hours where there are none. */
export function clockOf(millis) {
  const whole = Math.round(millis);
  const pad = (value, width = 2) => `${value}`.padStart(width, "0");
  const hours = Math.floor(whole / 3_600_000);
  const rest = `${pad(Math.floor(whole / 60_000) % 60)}:${pad(Math.floor(whole / 1000) % 60)}.${pad(whole % 1000, 3)}`;
  return hours > 0 ? `${hours}:${rest}` : rest;
}

/** `1 call`, `2,000 calls`. */
export function counted(number, word) {
  return `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
}

/** An entry as text. */
export function textOf({ first, last, why }) {
  if (first === undefined) return why;
  if (first === last) return `Call ${first.toLocaleString("en")}: ${why}`;
  const range = `Calls ${first.toLocaleString("en")}–${last.toLocaleString("en")}`;
  return `${range} (${counted(last - first + 1, "call")}): ${why}`;
}
