/** The settings of a day, with what each may be. */

/** Calls per second of one isolate: each makes a whole number of milliseconds between two calls. */
export const RATES = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50];

/** Seconds; from the shortest that a token may live to a day. */
export const LIFETIMES = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400];

export const SPEEDS = [0.25, 0.5, 1, 2, 5, 10, 30, 60, 120, 600, 3600];

/** What the isolates share. */
export const STORES = { none: "none", kv: "KV (lags)", atomic: "atomic (Redis, …)" };

/** name -> what it may be: a list, or a range of whole numbers. */
export const FIELDS = {
  seed: { least: 0, most: 2 ** 32 - 1 },
  isolates: { least: 1, most: 200 },
  lifetime: { least: 1, most: 86_400 },
  rate: { oneOf: RATES },
  skew: { least: 0, most: 86_400 },
  spread: { least: 0, most: 86_400 },
  expiry: { oneOf: ["expires_in", "expires_at"] },
  cache: { oneOf: ["plain", "shared"] },
  store: { oneOf: Object.keys(STORES) },
  length: { least: 1, most: 172_800 },
  speed: { oneOf: [...SPEEDS, "max"] },
};

/** Kinds of events. `count` and `seconds`: what the number behind the `+` says. */
export const EVENTS = {
  burst: { label: "Burst of calls", unit: "count", least: 1, most: 1000 },
  revoke: { label: "API revokes all tokens" },
  storm: { label: "429 storm", unit: "seconds", least: 1, most: 86_400 },
  outage: { label: "Token endpoint down", unit: "seconds", least: 1, most: 86_400 },
  leader: { label: "Leader dies" },
  rotate: { label: "Secret rotated", unit: "seconds", least: 1, most: 86_400 },
};

export const MAX_EVENTS = 100;

/** What is wrong with a value of that name, or undefined. */
export function faultOf(name, value) {
  const { oneOf, least, most } = FIELDS[name];
  if (oneOf) return oneOf.includes(value) ? undefined : `${name} has to be one of ${oneOf.join(", ")}`;
  if (Number.isInteger(value) && value >= least && value <= most) return undefined;
  return `${name} has to be a whole number from ${least} to ${most}`;
}
