// What came of a mode against what was to come of it.
import { found } from "../runtimes/suite/leaks.mjs";

/** In words, one each; none: all is as expected. */
export function differences({ mode, host, expect, answered, place, limit, secrets }) {
  const { outcome, token, millis, next, shown } = answered;
  const problems = [];
  const alternatives = (expect.either ?? [expect]).map((one) => unlike(one, outcome, token, place, mode));
  if (alternatives.every((list) => list.length > 0)) {
    problems.push(...alternatives[0], `it ended in ${said(outcome)}; ${JSON.stringify(countsOf(place))}`);
  }
  problems.push(...unasked(host, mode, place));
  if (millis > limit) problems.push(`it took ${millis} ms, more than ${limit}`);
  if (next.status !== 200 && !expect.poisons) problems.push(`another client gets ${said(next)}`);
  const texts = [shown, outcome.shown, token.shown, next.shown].join("\n");
  const shows = found(texts, [...secrets, ...place.tokens, "refresh-of-theirs"]);
  if (expect.shows && shows.length === 0) problems.push("it shows nothing: the table is out of date");
  for (const secret of expect.shows ? [] : shows) {
    const line = texts.split("\n").find((line) => found(line, [secret]).length > 0);
    problems.push(`it shows ${secret}: ${line?.slice(0, 300)}`);
  }
  return problems;
}

function unlike(expect, outcome, token, place, mode) {
  const problems = [];
  const differs = (what, found, wanted) => {
    if (JSON.stringify(found) !== JSON.stringify(wanted)) {
      problems.push(`${what}: expected ${JSON.stringify(wanted)}, found ${JSON.stringify(found)}`);
    }
  };
  const counts = countsOf(place);
  if (expect.code) {
    // Whoever waits for the same token request gets the same error.
    for (const { thrown = {} } of mode.at === "token" ? [outcome, token] : [outcome]) {
      differs("name", thrown.name, expect.name ?? "AuthError");
      for (const member of ["code", "status", "error"]) {
        if (member in expect && expect[member] !== undefined) differs(member, thrown[member], expect[member]);
      }
      if (expect.retryIn) {
        const [least, most] = expect.retryIn;
        // What has passed since counts.
        const isNear = thrown.retryIn > least - 2 && thrown.retryIn <= most + 0.1;
        if (!isNear) problems.push(`retryAt: in ${thrown.retryIn} s, not in ${least} to ${most}`);
      }
    }
  } else if (expect.throws || expect.aborted) {
    differs("it throws an error of fetch's own", outcome.thrown && outcome.thrown.name !== "AuthError", true);
    if (expect.aborted) differs("it was the signal", isAbort(outcome), true);
  } else {
    differs("status", outcome.status, expect.status);
    differs("the body", outcome.body, expect.body);
    if (expect.text !== undefined) differs("the body's text", outcome.text, expect.text);
    if (expect.length !== undefined) differs("the body's length", outcome.length, expect.length);
    if (mode.at === "api") differs("redirected", outcome.redirected, expect.redirected ?? expect.elsewhere > 0);
  }
  // Where a connection ends too early, Deno asks a second time by itself.
  if (mode.at === "token" && mode.strike && (expect.status || expect.code === "ERR_TIMEOUT")) {
    differs("token requests", counts.token, 1);
  }
  for (const endpoint of ["token", "api", "elsewhere"]) {
    if (endpoint in expect) differs(`requests at ${endpoint}`, counts[endpoint], expect[endpoint]);
  }
  if (mode.at === "token") differs("requests elsewhere", counts.elsewhere, 0);
  if (mode.requests) differs("requests at api", counts.api, mode.requests);
  if (expect.arrived) problems.push(...unlikeArrival(expect.arrived, place));
  return problems;
}

/** What came out at the end of a redirect. */
function unlikeArrival(wanted, place) {
  const call = place.calls.findLast(({ endpoint }) => endpoint === "elsewhere");
  if (!call) return ["nothing came elsewhere"];
  const { headers, path } = call;
  const hasToken = [headers.authorization, headers["x-api-key"], /[?&]key=/.exec(path)].some(Boolean);
  const found = { ...call, ...headers, hasToken };
  return Object.entries(wanted).filter(([name, value]) => found[name] !== value)
    .map(([name, value]) =>
      `${name} elsewhere: expected ${JSON.stringify(value)}, found ${JSON.stringify(found[name])}`
    );
}

/** What the standard makes of `cache: "no-store"`, for caches on the way. */
const NO_STORE = ["pragma", "cache-control"];
/** What runtimes add to a request by themselves. */
const ADDED = {
  node: ["connection", "accept-language", "sec-fetch-mode", "user-agent", "accept-encoding", ...NO_STORE],
  deno: ["accept-language", "user-agent", "accept-encoding"],
  bun: ["connection", "user-agent", "accept-encoding"],
  workerd: NO_STORE,
  "workerd-2024": [],
  "edge-runtime": ["connection", "accept-language", "sec-fetch-mode", "user-agent", "accept-encoding", ...NO_STORE],
};
const REQUIRED = ["host", "content-length", "accept", "authorization", "content-type"];

/** Whatever a token request holds beyond the profile's own. */
function unasked(host, mode, place) {
  const calls = mode.profile ? [] : place.calls.filter(({ endpoint }) => endpoint === "token");
  const problems = [];
  for (const { method, body, head: [, ...fields] } of calls) {
    const names = fields.map((field) => field.split(":")[0].toLowerCase());
    const strange = names.filter((name, index) =>
      ![...REQUIRED, ...ADDED[host]].includes(name) || names.indexOf(name) !== index
    );
    if (strange.length > 0) problems.push(`a token request has the headers ${strange}`);
    if (method !== "POST" || body !== "grant_type=client_credentials") {
      problems.push(`a token request is ${method} ${body}`);
    }
  }
  return problems;
}

function countsOf(place) {
  const count = (endpoint) => place.calls.filter((call) => call.endpoint === endpoint).length;
  return { token: count("token"), api: count("api"), elsewhere: count("elsewhere") };
}

function isAbort({ thrown = {} }) {
  return ["AbortError", "TimeoutError"].includes(thrown.name);
}

function said({ shown: _, ...outcome }) {
  return JSON.stringify(outcome).slice(0, 400);
}
