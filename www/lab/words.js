/** The words on the page that depend on numbers. */
import { EVENTS } from "./settings.js";

/** `90` -> `1 min 30 s`. */
export function spanOf(seconds) {
  const units = [["h", 3600], ["min", 60], ["s", 1]];
  const parts = [];
  let left = seconds;
  for (const [unit, size] of units) {
    const whole = unit === "s" ? Math.round(left * 1000) / 1000 : Math.floor(left / size);
    if (whole > 0) parts.push(`${whole} ${unit}`);
    left -= whole * size;
  }
  return parts.join(" ") || "0 s";
}

/** A time of the axis: `45 s`, `1:30`, `5 min`, `1:30 h`. */
export function tickOf(seconds) {
  if (seconds < 60) return seconds === 0 ? "0" : `${seconds} s`;
  const pad = (value) => `${value}`.padStart(2, "0");
  if (seconds % 3600 === 0) return `${seconds / 3600} h`;
  if (seconds > 3600) return `${Math.floor(seconds / 3600)}:${pad(Math.round(seconds / 60) % 60)} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${Math.floor(seconds / 60)}:${pad(Math.round(seconds) % 60)}`;
}

/** Round steps of an axis of time, in seconds. */
export const STEPS = [
  0.1,
  0.2,
  0.5,
  1,
  2,
  5,
  10,
  15,
  30,
  60,
  120,
  300,
  600,
  900,
  1800,
  3600,
  7200,
  14_400,
  21_600,
  43_200,
  86_400,
];

/** Round times on an axis of that many seconds, `most` at the most. */
export function ticksOf(seconds, most) {
  const step = STEPS.find((step) => seconds / step <= most) ?? STEPS.at(-1);
  const count = Math.floor(seconds / step + 1e-9);
  return Array.from({ length: count + 1 }, (_, index) => Math.round(index * step * 1000) / 1000);
}

export function eventText({ kind, amount }) {
  const { label, unit } = EVENTS[kind];
  if (unit === "count") return `${label} (${amount.toLocaleString("en")} per isolate)`;
  return unit === "seconds" ? `${label} (${spanOf(amount)})` : label;
}

/** `ours` and `theirs`: counts. One sentence that says what the difference is. */
export function verdictOf(ours, theirs) {
  const sentences = [];
  if (ours.requests + theirs.requests === 0) return "No token request yet.";
  sentences.push(
    `bearerkit sent ${number(ours.requests)} token ${ours.requests === 1 ? "request" : "requests"}, ` +
      `the hand-written cache ${number(theirs.requests)}${timesOf(theirs.requests, ours.requests)}.`,
  );
  if (ours.reads > 0) {
    sentences.push(
      `bearerkit read the shared store ${number(ours.reads)} times and wrote to it ${number(ours.writes)} times.`,
    );
  }
  const trouble = ({ denied, failed }) => denied + failed;
  if (trouble(ours) + trouble(theirs) > 0) {
    sentences.push(
      `Callers saw ${number(trouble(ours))} failed calls and 401s with bearerkit, ` +
        `${number(trouble(theirs))} with the hand-written cache.`,
    );
  }
  return sentences.join(" ");
}

function timesOf(more, less) {
  return less > 0 && more >= 2 * less ? ` (${wordOf(Math.round(more / less))} as many)` : "";
}

function wordOf(times) {
  return times === 2 ? "twice" : `${number(times)} times`;
}

export function number(value) {
  return value.toLocaleString("en");
}
