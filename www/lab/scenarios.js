/** The days that have a name. `events`: `at` in milliseconds of virtual time. */
const BASE = {
  seed: 1,
  isolates: 20,
  lifetime: 600,
  rate: 2,
  skew: 0,
  spread: 0,
  expiry: "expires_in",
  cache: "plain",
  store: "none",
  length: 600,
  speed: 30,
};

export const SCENARIOS = {
  herd: {
    title: "Herd",
    what: "Fifty calls reach each cold isolate in the same millisecond, and no isolate has a token yet.",
    look:
      "The blue bars: in each row of the upper picture the first call sends one token request, and the other calls (grey) wait for its " +
      "answer. In the lower picture each of them sends a token request of its own.",
    settings: { isolates: 12, rate: 20, lifetime: 300, length: 3, speed: 0.25 },
    events: [{ kind: "burst", at: 0, amount: 50 }],
  },
  renewal: {
    title: "Renewal",
    what: "Twenty-four isolates start together, and each token lives two minutes.",
    look:
      "The blue ticks: each isolate renews its token in the background before it expires, at a random moment of its own, and no " +
      "call waits. In the lower picture all tokens expire together: calls wait for new ones, and some get a 401 (red).",
    settings: { isolates: 24, rate: 10, lifetime: 120, length: 600, speed: 30 },
    events: [],
  },
  storm: {
    title: "429 storm",
    what: "For five minutes the token endpoint answers 429 with Retry-After: 30.",
    look:
      "After a 429 an isolate keeps using its live token (amber) and sends no token request until the cooldown ends (turquoise). Calls " +
      "without a token wait for that, or fail at once (red). In the lower picture each of them sends another token request. With “Shared " +
      "store: atomic” one isolate's 429 holds for all: one of them asks again when the cooldown ends, and the others take its token.",
    settings: { isolates: 24, rate: 5, lifetime: 600, spread: 600, length: 1500, speed: 60 },
    events: [{ kind: "storm", at: 700_000, amount: 300 }],
  },
  outage: {
    title: "Outage",
    what: "For five minutes the token endpoint answers 503 and says nothing about when to come back.",
    look:
      "The gaps between the blue ticks get longer: the delay between two attempts doubles, with jitter. Tokens that are still alive " +
      "stay in use (amber). In the lower picture the endpoint that is down gets a token request for every call.",
    settings: { isolates: 24, rate: 5, lifetime: 600, spread: 600, length: 1500, speed: 60 },
    events: [{ kind: "outage", at: 700_000, amount: 300 }],
  },
  revoked: {
    title: "Revoked tokens",
    what: "After two minutes the API refuses every token, although all of them should live for an hour.",
    look:
      "The 401s seen by callers. With bearerkit the first 401 drops the token, one token request replaces it, and the refused calls " +
      "are sent again. The hand-written cache trusts its expiry time and goes on sending the revoked token.",
    settings: { isolates: 20, rate: 5, lifetime: 3600, length: 600, speed: 30 },
    events: [{ kind: "revoke", at: 120_000 }],
  },
  "dead-leader": {
    title: "Dead leader",
    what:
      "The call that sends the first token request is cancelled, and its answer never arrives. The same happens to a later renewal.",
    look:
      "The grey bars at the start: the lease of the lost token request ends after 11 s, and a waiting call takes over. The lost " +
      "renewal (amber) delays nobody. Below, the calls share one promise, which the cancelled call never settles.",
    settings: { isolates: 10, rate: 5, lifetime: 180, length: 300, cache: "shared", speed: 10 },
    events: [{ kind: "leader", at: 0 }, { kind: "leader", at: 100_000 }],
  },
  "wrong-clock": {
    title: "Wrong clock",
    what:
      "The token endpoint states the expiry as a time of day, and the clocks of the isolates are wrong by up to five minutes.",
    look:
      "The red bars: an isolate whose clock is slow uses its token after the end. bearerkit compares the stated time with the Date " +
      "header of the answer, so the local clock does not matter.",
    settings: { isolates: 24, rate: 1, lifetime: 600, skew: 300, expiry: "expires_at", length: 2400, speed: 120 },
    events: [],
  },
  rotation: {
    title: "Secret rotated",
    what: "The client secret is replaced after five minutes, and the old one stops working.",
    look:
      "The failed calls. bearerkit was given a function that reads the secret store; it is called once per token request. The " +
      "hand-written cache has the secret from its environment, and is deployed with the new one ten minutes later.",
    settings: { isolates: 30, rate: 1, lifetime: 300, spread: 300, length: 1500, speed: 60 },
    events: [{ kind: "rotate", at: 300_000, amount: 600 }],
  },
};

export const DEFAULT_SCENARIO = "storm";

/** The day of that name: `{ scenario, settings, events }`. */
export function dayOf(scenario) {
  const { settings, events } = SCENARIOS[scenario];
  return { scenario, settings: { ...BASE, ...settings }, events: events.map((event) => ({ ...event })) };
}
