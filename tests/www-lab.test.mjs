// The life-cycle lab without its page: the engine that runs the core in virtual time, what its scenarios claim, and its links.
import assert from "node:assert/strict";
import { test } from "node:test";
import process from "node:process";
import { compile } from "../pkg/compile.js";
import { loadCore } from "../www/lab/core.js";
import { play, World } from "../www/lab/engine.js";
import { CODE } from "../www/lab/handwritten.js";
import { linkTo, readLink } from "../www/lab/link.js";
import { CallLog, clockOf, textOf } from "../www/lab/log.js";
import { Player } from "../www/lab/player.js";
import { draw } from "../www/lab/random.js";
import { BUCKETS, DayRecord } from "../www/lab/record.js";
import { dayOf, DEFAULT_SCENARIO, SCENARIOS } from "../www/lab/scenarios.js";
import { Server } from "../www/lab/server.js";
import { DATA_CENTRES, LAG, SharedStore, WRITE_INTERVAL } from "../www/lab/store.js";
import { EVENTS, faultOf, FIELDS, LIFETIMES, MAX_EVENTS, RATES } from "../www/lab/settings.js";
import { spanOf, tickOf, ticksOf, verdictOf } from "../www/lab/words.js";

const wasm = loadCore(compile);
const names = Object.keys(SCENARIOS);

/** `SEED=n node --test tests/www-lab.test.mjs` does the same again. */
const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
console.log(`SEED=${seed}`);
/** Whole numbers from 0 to `below`, one after the other. */
const dice = ((turn) => (below) => draw(seed, turn++) % below)(0);
const pick = (list) => list[dice(list.length)];

const withSeed = (name, seed, settings = {}) => {
  const day = dayOf(name);
  return { ...day, settings: { ...day.settings, ...settings, seed } };
};
const played = (name, seed, settings) => play(wasm, withSeed(name, seed, settings));

/** A day that nobody thought of. */
function anyDay() {
  const day = dayOf(pick(names));
  const length = 20 + dice(400);
  const settings = {
    seed: dice(2 ** 32),
    isolates: 1 + dice(4),
    lifetime: pick(LIFETIMES.slice(0, 9)),
    rate: pick(RATES),
    skew: pick([0, 0, 3, 400]),
    spread: pick([0, 0, 30]),
    expiry: pick(FIELDS.expiry.oneOf),
    cache: pick(FIELDS.cache.oneOf),
    store: pick(FIELDS.store.oneOf),
    length,
    speed: pick(FIELDS.speed.oneOf),
  };
  const events = Array.from({ length: dice(5) }, () => {
    const kind = pick(Object.keys(EVENTS));
    const at = dice(length * 1000);
    const amount = EVENTS[kind].unit && 1 + dice(60);
    return amount === undefined ? { kind, at } : { kind, at, amount };
  }).sort((one, other) => one.at - other.at);
  return { ...day, settings, events };
}

test("the same seed gives the same numbers, and another seed others", () => {
  for (const name of names) {
    assert.deepEqual(played(name, 5), played(name, 5), name);
    assert.notDeepEqual(played(name, 5), played(name, 6), name);
  }
});

test("in however many steps a day is played, and whether an event was planned or added on the way", () => {
  for (let round = 0; round < 25; round += 1) {
    const day = anyDay();
    const world = new World(wasm, { ...day, events: [] });
    const ahead = [...day.events];
    const end = day.settings.length * 1000;
    while (world.now < end || ahead.length > 0) {
      const to = Math.min(end, world.now + 1 + dice(end / 10));
      if (ahead.length > 0 && ahead[0].at <= to) {
        world.advance(ahead[0].at);
        const { kind, amount } = ahead.shift();
        world.add(kind, amount);
      } else world.advance(to);
    }
    assert.deepEqual(world.counts, play(wasm, day), linkTo(day));
    assert.deepEqual(world.past, day.events, linkTo(day));
    world.free();
  }
});

test("the cell that is lit is the one that the core itself names", () => {
  const seen = new Set();
  const days = [withSeed("storm", dice(2 ** 32)), ...Array.from({ length: 25 }, anyDay)];
  for (const day of days) {
    const world = new World(wasm, day);
    for (let look = 0; look < 200; look += 1) {
      world.advance(world.now + 1 + dice(day.settings.length * 10));
      for (const isolate of world.isolates) {
        const { token, flight } = isolate.explain(world.now);
        assert.deepEqual(isolate.cell(), { token, flight }, `${linkTo(day)} at ${world.now}`);
        seen.add(`${token === "expired" ? "none" : token} ${flight}`);
      }
    }
    world.free();
  }
  // A fresh token has company only where a clock was set, or a token request came late.
  const cells = [
    "fresh idle",
    ...["stale", "none"].flatMap((age) => ["idle", "in_flight", "cooldown"].map((one) => `${age} ${one}`)),
  ];
  assert.deepEqual(cells.filter((cell) => !seen.has(cell)), []);
});

test("each call ends once, or still waits", () => {
  for (let round = 0; round < 25; round += 1) {
    const day = anyDay();
    const world = new World(wasm, day);
    world.advance(day.settings.length * 1000);
    const { bearerkit: ours, handwritten: theirs } = world.counts;
    const ended = ({ served, denied, failed, cancelled }) => served + denied + failed + cancelled;
    const waiting = world.isolates.reduce((sum, one) => sum + one.waiting + one.denials.length, 0);
    assert.equal(ended(ours) + waiting, ours.calls, linkTo(day));
    const asking = world.handwritten.flatMap(({ flights }) => flights).reduce((sum, { calls }) => sum + calls, 0);
    assert.equal(ended(theirs) + asking, theirs.calls, linkTo(day));
    assert.equal(ours.calls, theirs.calls, "both get the same calls");
    world.free();
  }
});

/** What a page says of a scenario has to hold for any seed. */
const CLAIMS = {
  herd({ isolates }, ours, theirs) {
    assert.equal(ours.requests, isolates, "one token request for each isolate");
    assert.ok(theirs.requests >= 50 * isolates);
    assert.equal(ours.failed + ours.denied, 0);
  },
  renewal({ isolates, rate }, ours, theirs) {
    // Those of the first half second, and none after.
    assert.ok(ours.waited <= isolates * rate / 2, `${ours.waited} waited`);
    assert.equal(ours.failed + ours.denied, 0);
    assert.ok(theirs.waited > 3 * ours.waited && theirs.denied > 0);
    assert.ok(theirs.requests > 1.5 * ours.requests);
  },
  storm(_, ours, theirs) {
    assert.ok(theirs.requests > 50 * ours.requests, `${theirs.requests} and ${ours.requests}`);
    assert.ok(ours.failed < 0.85 * theirs.failed, `${ours.failed} and ${theirs.failed}`);
    assert.equal(ours.denied, 0);
  },
  outage(_, ours, theirs) {
    assert.ok(theirs.requests > 35 * ours.requests, `${theirs.requests} and ${ours.requests}`);
    assert.ok(ours.failed < 0.85 * theirs.failed, `${ours.failed} and ${theirs.failed}`);
  },
  revoked({ isolates, rate, length }, ours, theirs) {
    assert.equal(ours.requests, 2 * isolates, "one more for each isolate");
    assert.equal(ours.denied + ours.failed, 0);
    assert.ok(ours.recovered >= isolates);
    assert.equal(theirs.denied, isolates * rate * (length - 120), "until the end of the day");
  },
  "dead-leader"({ isolates }, ours, theirs) {
    assert.equal(ours.failed + ours.denied, 0);
    assert.equal(ours.cancelled, isolates);
    // Eleven seconds and the answer, at five calls a second; and the renewal delays nobody.
    assert.ok(ours.waited <= isolates * 5 * 11.5, `${ours.waited} waited`);
    assert.equal(theirs.served, 0);
    assert.equal(theirs.failed + theirs.cancelled, theirs.calls);
  },
  "wrong-clock"({ isolates }, ours, theirs) {
    assert.equal(ours.denied + ours.failed, 0);
    assert.ok(theirs.denied > 40 * isolates, `${theirs.denied}`);
  },
  rotation(_, ours, theirs) {
    assert.equal(ours.failed + ours.denied, 0);
    assert.ok(theirs.failed > 0.2 * theirs.calls);
    assert.ok(theirs.requests > 30 * ours.requests);
  },
};

test("what the page says of each scenario holds for a dozen seeds", () => {
  assert.deepEqual(Object.keys(CLAIMS).sort(), [...names].sort());
  for (const name of names) {
    for (let round = 0; round < 12; round += 1) {
      const day = withSeed(name, dice(2 ** 32));
      const { bearerkit, handwritten } = play(wasm, day);
      try {
        CLAIMS[name](day.settings, bearerkit, handwritten);
      } catch (cause) {
        throw new Error(`${linkTo(day)}: ${cause.message}`, { cause });
      }
    }
  }
});

test("in a storm nobody asks again before the cooldown ends, and a live token serves on", () => {
  const day = withSeed("storm", dice(2 ** 32), { isolates: 10 });
  const [{ at, amount }] = day.events;
  const world = new World(wasm, day);
  world.advance(at + amount * 1000);
  const refusals = world.isolates.map(({ log }) => log.entries.filter(({ kind }) => kind === "refused"));
  for (const list of refusals) {
    for (let index = 1; index < list.length; index += 1) {
      assert.ok(list[index].at - list[index - 1].at >= 30_000, "Retry-After: 30");
    }
  }
  assert.ok(refusals.flat().length > 10);
  const texts = world.isolates.flatMap(({ log }) => log.entries.map(textOf));
  assert.ok(
    texts.some((text) => /used token #\d+, which was stale; the cooldown until .* allowed no token request/.test(text)),
  );
  assert.ok(texts.some((text) => /failed at once with ERR_RATE_LIMITED/.test(text)));
  assert.ok(texts.some((text) => /waited for the end of the cooldown/.test(text)));
  world.free();
});

/** Counts of the same day without a store, with Workers KV and with a store that compares. */
function byStore(name, settings, events) {
  const day = withSeed(name, dice(2 ** 32), settings);
  const counts = FIELDS.store.oneOf.map((store) => {
    const one = { ...day, settings: { ...day.settings, store }, events: events ?? day.events };
    return [store, play(wasm, one).bearerkit];
  });
  return { ...Object.fromEntries(counts), link: linkTo(day) };
}

test("ten minutes of 429 with 100 isolates, by shared store", () => {
  for (let round = 0; round < 3; round += 1) {
    const events = [{ kind: "storm", at: 700_000, amount: 600 }];
    const { none, kv, atomic, link } = byStore("storm", { isolates: 100, rate: 1, length: 1800 }, events);
    assert.ok(none.requests > 1000, `${none.requests} ${link}`);
    assert.ok(kv.requests < 0.6 * none.requests, `${kv.requests} and ${none.requests} ${link}`);
    assert.ok(atomic.requests <= 30, `${atomic.requests} ${link}`);
    assert.deepEqual([none.reads, none.writes], [0, 0]);
    assert.ok(atomic.writes < 100 && kv.writes > 0, link);
  }
});

test("100 cold isolates in one second, by shared store", () => {
  for (let round = 0; round < 3; round += 1) {
    const settings = { isolates: 100, rate: 10, lifetime: 3600, length: 10 };
    const { none, kv, atomic, link } = byStore("renewal", settings);
    assert.equal(none.requests, 100, link);
    assert.ok(kv.requests > 30 && kv.requests <= 100, `KV lags: ${kv.requests} ${link}`);
    assert.equal(atomic.requests, 1, link);
    // The longest wait is for the isolate that requests, and the next look: 800 ms and its answer.
    assert.ok(atomic.waited < none.waited + 100 * 10, `${atomic.waited} ${link}`);
    assert.equal(atomic.failed + kv.failed, 0, link);
  }
});

test("renewals of a day with 100 isolates and tokens of one hour, by shared store", () => {
  const settings = { isolates: 100, rate: 0.1, lifetime: 3600, length: 86_400 };
  const { none, kv, atomic, link } = byStore("renewal", settings);
  assert.ok(none.requests >= 2500, `${none.requests} ${link}`);
  assert.ok(kv.requests < none.requests / 8, `${kv.requests} ${link}`);
  assert.ok(atomic.requests <= 30, `${atomic.requests} ${link}`);
  assert.equal(atomic.denied + atomic.failed + kv.denied + kv.failed, 0, link);
});

test("with a store that compares no two isolates request a token at a time", () => {
  for (let round = 0; round < 12; round += 1) {
    const day = anyDay();
    Object.assign(day.settings, { store: "atomic", isolates: 6, skew: 0 });
    day.events = day.events.filter(({ kind }) => kind !== "leader");
    const world = new World(wasm, day);
    const sent = [];
    const answer = world.server.answer.bind(world.server);
    world.server.answer = (now, secret, latency, name) => {
      if (name !== "") sent.push({ from: now, to: now + latency });
      return answer(now, secret, latency, name);
    };
    world.advance(day.settings.length * 1000);
    sent.sort((one, other) => one.from - other.from);
    for (let index = 1; index < sent.length; index += 1) {
      assert.ok(sent[index].from >= sent[index - 1].to, `${linkTo(day)}: ${JSON.stringify(sent[index])}`);
    }
    assert.equal(sent.length, world.counts.bearerkit.requests);
    world.free();
  }
});

/** What the logs of a whole day say. */
function textsOf(day) {
  const world = new World(wasm, day);
  world.advance(day.settings.length * 1000);
  const texts = world.isolates.flatMap(({ log }) => log.entries.map(textOf));
  world.free();
  return texts;
}

test("the log says what the store was read and written for", () => {
  const expected = {
    atomic: [
      /^Call 1: had no token and read the shared store$/,
      /^Read the shared store: it has no record\.$/,
      /^Wrote a lease to the shared store and sent token request #\d+\.$/,
      /^Wrote token #\d+ to the shared store\.$/,
      /^Read the shared store: it had another isolate's token, now token #\d+, fresh until .* usable until .*\.$/,
      /^Read the shared store: another isolate is requesting a token\. The store is read again at .*\.$/,
      /^Read the shared store: another isolate was refused\. No token request is sent until .*\.$/,
      /^Wrote the cooldown to the shared store: no isolate sends a token request until .*\.$/,
      /^Another isolate wrote to the shared store first\. It is read again\.$/,
    ],
    kv: [
      /^Sent token request #\d+\.$/,
      /^The shared store refused a write: it takes one write per second\.$/,
      /^Read the shared store: another isolate was refused\. No token request is sent until .*\.$/,
    ],
  };
  for (const [store, patterns] of Object.entries(expected)) {
    const day = withSeed("storm", dice(2 ** 32), { isolates: 40, spread: 0, rate: 1, store });
    const texts = textsOf(day).concat(textsOf(withSeed("herd", dice(2 ** 32), { store })));
    for (const pattern of patterns) {
      assert.ok(texts.some((text) => pattern.test(text)), `${linkTo(day)}: ${pattern}`);
    }
    assert.ok(texts.every((text) => !/undefined|NaN|Infinity/.test(text)), linkTo(day));
  }
});

test("the store that compares writes only over what was read; KV lags, and takes one write a second", () => {
  const atomic = new SharedStore({ seed: 1, store: "atomic" });
  assert.equal(atomic.read(0, 0), null);
  const { outcome, held } = atomic.write(0, "a", null, 0);
  assert.equal(outcome, "written");
  assert.deepEqual(atomic.write(1, "b", null, 1), { outcome: "outdone" });
  assert.deepEqual(atomic.write(1, "b", { record: "a" }, 1), { outcome: "outdone" }, "an equal text is another write");
  assert.equal(atomic.read(1, 1).record, "a");
  assert.equal(atomic.write(1, "b", held, 1).outcome, "written");

  const kv = new SharedStore({ seed: 1, store: "kv" });
  assert.equal(kv.read(1, 0), null);
  assert.equal(kv.write(0, "a", null, 10).outcome, "written");
  assert.equal(kv.write(1, "b", null, 9 + WRITE_INTERVAL).outcome, "failed");
  assert.equal(kv.read(DATA_CENTRES, 11).record, "a", "where it was written");
  assert.equal(kv.read(1, LAG - 1), null, "a miss is cached too");
  assert.equal(kv.read(1, LAG).record, "a");
  assert.equal(kv.read(2, 11).record, "a", "not read before");
  assert.equal(kv.write(1, "b", null, 10 + WRITE_INTERVAL).outcome, "written");
  for (let ordinal = 0; ordinal < 50; ordinal += 1) assert.ok([1, 2].includes(kv.latency(3, ordinal)));
});

test("the log has each call once, in order, and says why", () => {
  const day = withSeed("revoked", dice(2 ** 32), { isolates: 2, length: 180 });
  const world = new World(wasm, day);
  world.advance(180_000);
  const { log, started } = world.isolates[1];
  const first = log.entries.filter(({ first, kind }) =>
    first !== undefined && kind !== "recovered" && kind !== "denied"
  );
  let next = 1;
  for (const entry of first) {
    assert.ok(entry.first >= next, textOf(entry));
    next = entry.last + 1;
  }
  assert.equal(next - 1, started);
  const texts = log.entries.map(textOf);
  assert.match(texts[0], /^Call 1: had no token and sent token request #1$/);
  assert.ok(texts.some((text) => /got a 401 for token #1: the token was dropped, the call is sent again/.test(text)));
  assert.ok(texts.some((text) => /was sent again with token #2 and served/.test(text)));
  world.free();
});

test("calls that did the same are one entry, if no other call was between them", () => {
  const log = new CallLog();
  log.calls(1, 1, 4, "use", "same");
  log.calls(2, 5, 5, "use", "same");
  log.calls(3, 7, 7, "use", "same");
  log.calls(4, 8, 8, "wait", "other");
  log.event(5, "token", "An answer.");
  assert.deepEqual(log.entries.map(textOf), [
    "Calls 1–5 (5 calls): same",
    "Call 7: same",
    "Call 8: other",
    "An answer.",
  ]);
  for (let number = 10; number < 5000; number += 2) log.calls(number, number, number, "use", "same");
  assert.ok(log.entries.length <= 800 && log.total > 2000);
  assert.equal(clockOf(3_723_004), "1:02:03.004");
});

test("an API that refuses the new token as well costs no token request per call", () => {
  const day = withSeed("revoked", dice(2 ** 32), { isolates: 6, length: 110 });
  day.events = [{ kind: "revoke", at: 60_000 }, { kind: "revoke", at: 64_000 }];
  const world = new World(wasm, day);
  world.advance(110_000);
  // Until the gate of 30 s is over, callers see the 401 as it is, and nothing is sent again.
  const ours = world.counts.bearerkit;
  assert.equal(ours.requests, 3 * 6, linkTo(day));
  assert.ok(ours.denied >= 6 * 5 * 29 && ours.denied <= 6 * 5 * 31, `${ours.denied}`);
  const texts = world.isolates.flatMap(({ log }) =>
    log.entries.filter(({ at }) => at > 64_200 && at < 94_000).map(textOf)
  );
  assert.ok(texts.every((text) => /got a 401 for token #2, which the caller saw/.test(text)), texts.join("\n"));
  world.free();
});

test("what the hand-written cache is said to be is what is simulated", async () => {
  const sent = [];
  let now = 1_000_000;
  const clock = { now: () => now };
  const fetch = () => new Promise((resolve) => sent.push(resolve));
  const answer = () => sent.forEach((resolve) => resolve(Response.json({ access_token: "t", expires_in: 300 })));
  for (const [kind, requests] of [["plain", 5], ["shared", 1]]) {
    sent.length = 0;
    const body = `${CODE[kind]("expires_in")}\nreturn accessToken;`;
    const make = new Function("Date", "fetch", "TOKEN_ENDPOINT", "headers", "body", body);
    const accessToken = make(clock, fetch, "https://as.example/token", {}, "");
    const calls = Array.from({ length: 5 }, () => accessToken());
    assert.equal(sent.length, requests, `${kind}: five calls at once`);
    answer();
    assert.deepEqual(await Promise.all(calls), Array(5).fill("t"));
    now += 299_999;
    await accessToken();
    assert.equal(sent.length, requests, `${kind}: until the expiry`);
    now += 1;
    const late = accessToken();
    assert.equal(sent.length, requests + 1, `${kind}: after it`);
    sent.at(-1)(new Response(null, { status: 429 }));
    await assert.rejects(late, /429/);
    assert.ok(CODE.plain("expires_in").split("\n").length <= 10, "ten lines");
  }
  const day = withSeed("herd", 3, { isolates: 1, rate: 0.1, length: 3 });
  day.events = [{ kind: "burst", at: 0, amount: 5 }];
  assert.equal(play(wasm, day).handwritten.requests >= 5, true);
  day.settings.cache = "shared";
  assert.equal(play(wasm, day).handwritten.requests, 1);
});

test("a link means the same day again", () => {
  for (const name of names) {
    assert.deepEqual(readLink(`#${name}`), { day: dayOf(name) });
    assert.deepEqual(readLink(linkTo(dayOf(name))), { day: dayOf(name) });
  }
  for (let round = 0; round < 300; round += 1) {
    const day = anyDay();
    const link = linkTo(day);
    assert.deepEqual(readLink(link), { day }, link);
    assert.match(link, new RegExp(`seed=${day.settings.seed}(&|$)`));
    assert.equal(encodeURI(link), link, "a browser leaves it as it is");
  }
  assert.deepEqual(readLink(""), { day: dayOf(DEFAULT_SCENARIO) });
});

test("a broken link means the default day, and says what is wrong with it", () => {
  const broken = {
    "#nosuch": /“nosuch”/,
    "#seed=1": /scenario has to be one of herd, /,
    "#scenario=__proto__": /scenario has to be/,
    "#scenario=constructor": /scenario has to be/,
    "#scenario=storm&seed=-1": /seed has to be a whole number/,
    "#scenario=storm&seed=1.5": /seed/,
    "#scenario=storm&seed=1e9": /seed/,
    "#scenario=storm&seed=4294967296": /seed/,
    "#scenario=storm&seed=99999999999999999999": /seed/,
    "#scenario=storm&isolates=201": /isolates has to be a whole number from 1 to 200/,
    "#scenario=storm&isolates=0": /isolates/,
    "#scenario=storm&lifetime=86401": /lifetime/,
    "#scenario=storm&rate=3": /rate has to be one of/,
    "#scenario=storm&cache=toString": /cache/,
    "#scenario=storm&store=redis": /store has to be one of none, kv, atomic/,
    "#scenario=storm&seed=1&seed=2": /seed is in it twice/,
    "#scenario=storm&valueOf=1": /“valueOf=1” is neither/,
    "#scenario=storm&nosuch=1": /no setting “nosuch”/,
    "#scenario=storm&events=storm@1": /storm needs \+1 to \+86400 seconds/,
    "#scenario=storm&events=storm@1+0": /storm needs/,
    "#scenario=storm&events=revoke@1+5": /revoke takes no amount/,
    "#scenario=storm&events=nosuch@1": /“nosuch@1” is no event/,
    "#scenario=storm&events=revoke@-1": /is no event/,
    "#scenario=storm&events=revoke@1,": /“” is no event/,
    "#%E0%A4%A": /neither/,
    "#<script>alert(1)</script>": /neither/,
    [`#scenario=storm&events=${Array(MAX_EVENTS + 1).fill("revoke@1").join(",")}`]: /more than 100 events/,
    [`#${"x".repeat(1_000_000)}`]: /longer than/,
  };
  for (const [link, expected] of Object.entries(broken)) {
    const { day, problem } = readLink(link);
    assert.deepEqual(day, dayOf(DEFAULT_SCENARIO), link.slice(0, 80));
    assert.match(problem, expected);
    assert.ok(problem.length < 200, "it quotes little");
  }
});

test("each scenario is within what the controls allow", () => {
  for (const name of names) {
    const { settings, events } = dayOf(name);
    for (const field of Object.keys(FIELDS)) assert.equal(faultOf(field, settings[field]), undefined, name);
    assert.deepEqual(Object.keys(settings).sort(), Object.keys(FIELDS).sort());
    for (const { kind, at } of events) assert.ok(kind in EVENTS && at < settings.length * 1000);
    const { title, what, look } = SCENARIOS[name];
    assert.ok(title && what.endsWith(".") && look.endsWith("."), name);
  }
});

test("a player goes as far as the speed says, and stops at the end of the day", () => {
  let clock = 0;
  const player = new Player(wasm, dayOf("herd"));
  player.play(400, { clock: () => clock });
  assert.equal(player.now, 100, "a quarter of real time");
  player.play(16, { isHurried: true, clock: () => clock });
  assert.ok(player.isOver);
  assert.deepEqual(player.world.counts, play(wasm, dayOf("herd")));
  player.free();
  // Where the machine is too slow for it, virtual time is.
  const slow = new Player(wasm, withSeed("storm", 1, { speed: 3600 }));
  slow.play(100, { clock: () => clock += 3 });
  assert.ok(slow.now < 3600 * 100 && slow.now > 0);
  slow.free();
});

test("a step ends with what the log of the chosen isolate tells", () => {
  const player = new Player(wasm, dayOf("storm"));
  const { log } = player.world.isolates[3];
  for (let turn = 0; turn < 200 && !player.isOver; turn += 1) {
    const before = { now: player.now, total: log.total };
    player.step(3);
    assert.ok(player.now > before.now);
    assert.ok(log.total > before.total || player.now - before.now >= player.length / 100 || player.isOver);
  }
  assert.ok(player.isOver && log.total > 5);
  player.free();
});

test("an event that is added is in the link, and the link plays the same day", () => {
  for (const kind of Object.keys(EVENTS)) {
    const player = new Player(wasm, withSeed("renewal", dice(2 ** 32), { isolates: 3, length: 300 }));
    player.world.advance(1 + dice(250_000));
    player.add(kind);
    player.world.advance(player.length);
    const { day, problem } = readLink(player.link);
    assert.equal(problem, undefined);
    assert.deepEqual(play(wasm, day), player.world.counts, player.link);
    player.free();
  }
});

test("a day that is over goes on for as long again when something is added", () => {
  const player = new Player(wasm, withSeed("revoked", 9, { isolates: 2, length: 60 }));
  player.world.advance(player.length);
  player.add("revoke");
  assert.equal(player.length, 120_000);
  player.world.advance(player.length);
  assert.deepEqual(play(wasm, readLink(player.link).day), player.world.counts);
  assert.equal(player.world.records.bearerkit.end, 120_000);
  player.free();
});

test("a record keeps what happened in it, however wide its buckets get", () => {
  const sum = (cells) => cells.reduce((one, other) => one + other, 0);
  const record = new DayRecord(2, 1000);
  record.spend("fresh", 1, 0.5, 999.5);
  record.markEach("requests", 0, 3, 7, 100);
  assert.equal(sum(record.lanes.requests), 100);
  assert.equal(Math.round(sum(record.lanes.fresh)), 999);
  record.mark("failed", 1, 5000, 4);
  assert.equal(record.end, 8000);
  assert.equal(sum(record.lanes.requests), 100);
  assert.equal(sum(record.sums.requests), 100);
  assert.equal(sum(record.sums.trouble), 4);
  assert.equal(Math.round(sum(record.lanes.fresh)), 999);
  assert.equal(record.lanes.failed[BUCKETS + Math.floor(5000 / 8000 * BUCKETS)], 4);
  assert.equal(sum(record.lanes.fresh.subarray(0, BUCKETS)), 0, "the row of another isolate");
  const world = new World(wasm, dayOf("storm"));
  world.advance(1_500_000);
  for (const name of ["bearerkit", "handwritten"]) {
    const { counts, lanes, sums } = world.records[name];
    for (const lane of ["requests", "failed", "denied"]) {
      assert.equal(sum(lanes[lane]), counts[lane], `${name}: ${lane}`);
    }
    assert.equal(sum(sums.requests), counts.requests);
  }
  world.free();
});

test("the scripted server answers by the events of the day", () => {
  const server = new Server({ seed: 1, lifetime: 60, expiry: "expires_in" });
  for (const event of [{ kind: "storm", at: 100, amount: 1 }, { kind: "outage", at: 500, amount: 1 }]) {
    server.add(event);
  }
  server.add({ kind: "rotate", at: 2000, amount: 3 });
  const statusAt = (now, secret = "secret-1") => server.statusAt(now, secret).status;
  assert.deepEqual([99, 100, 499, 500, 1499, 1500].map((now) => statusAt(now)), [200, 429, 429, 503, 503, 200]);
  assert.deepEqual([statusAt(1999), statusAt(2000), statusAt(2000, "secret-2")], [200, 401, 200]);
  assert.deepEqual([1999, 2000, 4999, 5000].map((now) => server.deployedSecret(now)), [
    "secret-1",
    "secret-1",
    "secret-1",
    "secret-2",
  ]);
  assert.equal(server.statusAt(100, "secret-1").until, 500);
  const { token } = server.answer(1600, "secret-1", 200, "t");
  assert.equal(server.endOf(token), 1700 + 60_000);
  server.add({ kind: "revoke", at: 1699 });
  assert.equal(server.endOf(token), 1700 + 60_000, "it was issued later");
  server.add({ kind: "revoke", at: 30_000 });
  assert.equal(server.endOf(token), 30_000);
  server.add({ kind: "revoke", at: 1700 });
  assert.equal(server.endOf(token), 1700);
});

test("words: spans, ticks and the verdict", () => {
  assert.deepEqual([0, 1.5, 90, 3600, 5400, 86_400].map(spanOf), [
    "0 s",
    "1.5 s",
    "1 min 30 s",
    "1 h",
    "1 h 30 min",
    "24 h",
  ]);
  assert.deepEqual([0, 45, 90, 300, 3600, 5400].map(tickOf), ["0", "45 s", "1:30", "5 min", "1 h", "1:30 h"]);
  assert.deepEqual(ticksOf(3, 8), [0, 0.5, 1, 1.5, 2, 2.5, 3]);
  for (const length of [1, 3, 77, 1500, 86_400, 172_800]) assert.ok(ticksOf(length, 8).length <= 9, `${length}`);
  const counts = (requests, failed) => ({ requests, failed, denied: 0, reads: 0, writes: 0 });
  assert.match(verdictOf(counts(0, 0), counts(0, 0)), /^No token request yet/);
  assert.match(
    verdictOf(counts(2, 0), counts(9000, 3)),
    /sent 2 token requests, .* 9,000 \(4,500 times as many\)\. .* saw 0 .* 3 /,
  );
  assert.match(
    verdictOf({ ...counts(2, 0), reads: 1200, writes: 3 }, counts(9, 0)),
    /read the shared store 1,200 times and wrote to it 3 times\./,
  );
});
