import { clearTimeout, setTimeout } from "../timers.js";

/** Where an adapter of bearerkit/stores keeps the store that it was made of. */
const STORE = Symbol.for("bearerkit/store");

/** Every character that a value has. */
const ALPHABET = "bk1.0123abcd.ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LARGEST = 60 * 1024;
const RACERS = 100;
const TTL = 60;
/** That of a record with a refresh token: 180 days. More than some take for seconds. */
const LONGEST_TTL = 180 * 86_400;
/** 60 s taken for 60 ms are over by then. */
const WHILE = 250;

const OPTIONS = ["timeout", "unreachable"];

/** See testing.d.ts, which is the reference. */
export async function checkStore(given, options = {}) {
  const unknown = Object.keys(options).find((name) => !OPTIONS.includes(name));
  if (unknown !== undefined) throw new TypeError(`checkStore: unknown option "${unknown}"`);
  const { timeout = 10, unreachable } = options;
  const run = { calls: 0, slowest: 0, millis: timeout * 1000 };
  const store = timed(storeOf(given), run);
  const passed = [];
  const failed = [];
  for (const [what, check] of checksOf(store, unreachable && timed(storeOf(unreachable), run))) {
    try {
      await check();
      passed.push(what);
    } catch (thrown) {
      failed.push(`- ${what}: ${thrown instanceof Failed ? thrown.message : `rejected with ${nameOf(thrown)}`}`);
    }
  }
  if (failed.length > 0) {
    const count = `${failed.length} of ${failed.length + passed.length}`;
    throw new Error(`checkStore: ${count} checks failed\n${failed.join("\n")}`);
  }
  return { atomic: store.atomic, checks: passed, calls: run.calls, slowest: run.slowest };
}

function checksOf(store, unreachable) {
  const checks = [
    ["a miss is null or undefined", () => missIsNothing(store)],
    ["every character of a value comes back", () => comesBack(store, ALPHABET)],
    ["a value of 60 KiB comes back", () => comesBack(store, ALPHABET.padEnd(LARGEST, "x"))],
    ["two names are two records", () => areTwo(store)],
    [`a ttl of ${TTL} is in seconds`, () => lasts(store, TTL)],
    [`a ttl of 180 days is in seconds`, () => lasts(store, LONGEST_TTL)],
  ];
  if (store.atomic) {
    checks.push(
      ["over null, a value that is there stays", () => isRefused(store, null)],
      ["over a value that is no longer there, nothing is written", () => isRefused(store, value())],
      ["over the value that is there, it is written", () => isReplaced(store)],
      ["over a value, nothing is written where nothing is", () => needsValue(store)],
      [`of ${RACERS} that write first, one does`, () => race(store, null)],
      [`of ${RACERS} that write over one value, one does`, () => race(store, value())],
    );
  } else {
    checks.push(["a later value replaces an earlier one", () => isOverwritten(store)]);
  }
  if (unreachable) {
    checks.push(
      ["an engine that is down is no miss", () => isNoAnswer(() => unreachable.get(name()))],
      ["an engine that is down has not written", () => isNoAnswer(() => unreachable.set(name(), value(), first))],
    );
  }
  return checks;
}

class Failed extends Error {}

const first = { ttl: TTL, over: null };

async function missIsNothing(store) {
  const found = await store.get(name());
  expect(found === null || found === undefined, `get resolved to ${shown(found)}`);
}

async function comesBack(store, text) {
  const key = name();
  await written(store, key, text, first);
  await holds(store, key, [text]);
}

async function areTwo(store) {
  const [key, other] = [name(), name()];
  const [text, another] = [value(), value()];
  await written(store, key, text, first);
  await written(store, other, another, first);
  await holds(store, key, [text]);
  await holds(store, other, [another]);
}

async function lasts(store, ttl) {
  const key = name();
  const text = value();
  await written(store, key, text, { ttl, over: null });
  await new Promise((resolve) => setTimeout(resolve, WHILE));
  await holds(store, key, [text]);
  // Nothing of ours stays for half a year.
  await store.set(key, text, { ttl: TTL, over: text });
}

async function isRefused(store, over) {
  const key = name();
  const text = value();
  await written(store, key, text, first);
  const answer = await store.set(key, value(), { ttl: TTL, over });
  expect(answer === false, `set resolved to ${shown(answer)}, not to false`);
  await holds(store, key, [text]);
}

async function isReplaced(store) {
  const key = name();
  const text = value();
  const next = value();
  await written(store, key, text, first);
  await written(store, key, next, { ttl: TTL, over: text });
  await holds(store, key, [next]);
}

async function needsValue(store) {
  const key = name();
  const answer = await store.set(key, value(), { ttl: TTL, over: value() });
  expect(answer === false, `set resolved to ${shown(answer)}, not to false`);
  await missIs(store, key);
}

async function missIs(store, key) {
  const found = await store.get(key);
  expect(found === null || found === undefined, `get resolved to ${shown(found)} afterwards`);
}

async function race(store, over) {
  const key = name();
  if (over !== null) await written(store, key, over, first);
  const texts = Array.from({ length: RACERS }, value);
  const answers = await Promise.all(texts.map((text) => store.set(key, text, { ttl: TTL, over })));
  const winners = texts.filter((_, index) => answers[index] === true);
  const losers = answers.filter((answer) => answer === false);
  expect(winners.length === 1, `${winners.length} were told that they did`);
  expect(losers.length === RACERS - 1, `${losers.length} were told that they did not`);
  await holds(store, key, winners);
}

/** Of a store that may lag, the earlier one may still be read. */
async function isOverwritten(store) {
  const key = name();
  const texts = [value(), value()];
  await written(store, key, texts[0], first);
  await written(store, key, texts[1], { ttl: TTL, over: texts[0] });
  await holds(store, key, texts);
}

async function isNoAnswer(call) {
  let found;
  try {
    found = await call();
  } catch {
    return;
  }
  throw new Failed(`it resolved to ${shown(found)}`);
}

async function written(store, key, text, options) {
  const answer = await store.set(key, text, options);
  const isWritten = store.atomic ? answer === true : answer !== false;
  expect(isWritten, `set resolved to ${shown(answer)}${store.atomic ? ", not to true" : ""}`);
}

async function holds(store, key, texts) {
  const found = await store.get(key);
  expect(texts.includes(found), `get resolved to ${shown(found)} instead of what was written`);
}

function expect(condition, message) {
  if (!condition) throw new Failed(message);
}

function storeOf(given) {
  const store = given?.[STORE] ?? given;
  const isStore = typeof store?.get === "function" && typeof store.set === "function";
  if (isStore && typeof store.atomic === "boolean") return store;
  throw new TypeError("checkStore: expected an object with atomic (a boolean), get and set (functions)");
}

/** The same store: each call is counted, and has a limit. */
function timed(store, run) {
  const call = async (what, begin) => {
    run.calls += 1;
    const began = performance.now();
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Failed(`${what} took longer than ${run.millis / 1000} s`)), run.millis);
    });
    try {
      return await Promise.race([settled(begin), late]);
    } finally {
      clearTimeout(timer);
      run.slowest = Math.max(run.slowest, performance.now() - began);
    }
  };
  return {
    atomic: store.atomic,
    get: (key) => call("get", () => store.get(key)),
    set: (key, text, options) => call("set", () => store.set(key, text, options)),
  };
}

/** Also of what throws at once. */
async function settled(begin) {
  return await begin();
}

const HEX = "0123456789abcdef";

function name() {
  return `bearerkit:1:${random(64, HEX)}`;
}

function value() {
  return `bk1.${random(8, HEX)}.${random(200, ALPHABET.slice(13))}`;
}

function random(length, letters) {
  return Array.from(crypto.getRandomValues(new Uint8Array(length)), (byte) => letters[byte % letters.length]).join("");
}

/** Short, and without what an engine wrote: it may quote a password. */
function shown(found) {
  if (typeof found === "string") return `a string of ${found.length} characters`;
  if (typeof found === "object" && found !== null) return Array.isArray(found) ? "an array" : "an object";
  return String(found);
}

function nameOf(thrown) {
  return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : shown(thrown);
}
