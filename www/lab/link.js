/** A day as the fragment of a URL, and back: `#storm`, or `#scenario=storm&seed=7&events=revoke@60,storm@90.25+300`. */
import { EVENTS, faultOf, FIELDS, MAX_EVENTS } from "./settings.js";
import { dayOf, DEFAULT_SCENARIO, SCENARIOS } from "./scenarios.js";

/** The shortest fragment (with its #) that means this day. The seed is always in it. */
export function linkTo({ scenario, settings, events }) {
  const usual = dayOf(scenario);
  const parts = [`scenario=${scenario}`, `seed=${settings.seed}`];
  for (const name of Object.keys(FIELDS)) {
    if (name === "seed" || settings[name] === usual.settings[name]) continue;
    parts.push(`${name}=${settings[name]}`);
  }
  const text = events.map(textOf).join(",");
  if (text !== usual.events.map(textOf).join(",")) parts.push(`events=${text}`);
  return `#${parts.join("&")}`;
}

function textOf({ kind, at, amount }) {
  return `${kind}@${at / 1000}${amount === undefined ? "" : `+${amount}`}`;
}

/** The day that a fragment means: `{ day, problem }`. A broken one means the default, and `problem` says what is wrong with it. */
export function readLink(fragment) {
  const text = fragment.replace(/^#/, "");
  if (text === "") return { day: dayOf(DEFAULT_SCENARIO) };
  if (Object.hasOwn(SCENARIOS, text)) return { day: dayOf(text) };
  try {
    return { day: parse(text) };
  } catch (thrown) {
    if (!(thrown instanceof BrokenLink)) throw thrown;
    return { day: dayOf(DEFAULT_SCENARIO), problem: thrown.message };
  }
}

class BrokenLink extends Error {}

function parse(text) {
  if (text.length > 4000) throw new BrokenLink("it is longer than 4,000 characters");
  const fields = new Map();
  for (const part of text.split("&")) {
    const [, name, value] = /^([a-z]+)=(.*)$/.exec(part) ?? [];
    if (name === undefined) throw new BrokenLink(`“${shortened(part)}” is neither a scenario nor name=value`);
    if (fields.has(name)) throw new BrokenLink(`${name} is in it twice`);
    fields.set(name, value);
  }
  const scenario = fields.get("scenario");
  if (scenario === undefined || !Object.hasOwn(SCENARIOS, scenario)) {
    throw new BrokenLink(`scenario has to be one of ${Object.keys(SCENARIOS).join(", ")}`);
  }
  const day = dayOf(scenario);
  for (const [name, value] of fields) {
    if (name === "scenario") continue;
    if (name === "events") day.events = readEvents(value, fields);
    else day.settings[name] = readField(name, value);
  }
  return day;
}

function readField(name, value) {
  if (!Object.hasOwn(FIELDS, name)) throw new BrokenLink(`there is no setting “${shortened(name)}”`);
  const read = /^\d{1,10}(\.\d{1,3})?$/.test(value) ? Number(value) : value;
  const fault = faultOf(name, read);
  if (fault) throw new BrokenLink(fault);
  return read;
}

function readEvents(text) {
  const events = text === "" ? [] : text.split(",").map(readEvent);
  if (events.length > MAX_EVENTS) throw new BrokenLink(`it has more than ${MAX_EVENTS} events`);
  return events.sort((one, other) => one.at - other.at);
}

function readEvent(text) {
  const [, kind, seconds, amount] = /^([a-z]+)@(\d{1,6}(?:\.\d{1,3})?)(?:\+(\d{1,5}))?$/.exec(text) ?? [];
  if (kind === undefined || !Object.hasOwn(EVENTS, kind)) throw new BrokenLink(`“${shortened(text)}” is no event`);
  const event = { kind, at: Math.round(Number(seconds) * 1000) };
  const { unit, least, most } = EVENTS[kind];
  if (!unit && amount === undefined) return event;
  if (!unit || !(amount >= least && amount <= most)) {
    throw new BrokenLink(unit ? `${kind} needs +${least} to +${most} ${unit}` : `${kind} takes no amount`);
  }
  return { ...event, amount: Number(amount) };
}

function shortened(text) {
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}
