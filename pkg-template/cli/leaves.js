// What stands where in an answer, and what it looks like. Names and pointers leave this file, values do not.
import { redact } from "./redact.js";

const MAX_LEAVES = 400;
const MAX_DEPTH = 12;
const MAX_POINTER = 120;

/**
 * The scalars of a JSON document, each with its RFC 6901 pointer: `{ pointer, path, name, value }`, `path` being all names on
 * the way. A name that holds a secret has no pointer that could be shown, and is left out.
 */
export function leavesOf(document) {
  const leaves = [];
  const look = (value, pointer, path, depth) => {
    if (leaves.length >= MAX_LEAVES || depth > MAX_DEPTH || pointer.length > MAX_POINTER) return;
    if (typeof value !== "object" || value === null) {
      if (value !== null) {
        leaves.push({
          pointer,
          path,
          name: path.findLast((step) => !/^\d+$/.test(step)) ?? "",
          value,
        });
      }
      return;
    }
    for (const [name, member] of Object.entries(value)) {
      // deno-lint-ignore no-control-regex
      if (/[\u0000-\u001f\u007f-\u009f\u2028-\u202e]/.test(name) || redact(name) !== name) continue;
      look(member, `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`, [...path, name], depth + 1);
    }
  };
  look(document, "", [], 0);
  return leaves;
}

const isText = (value) => typeof value === "string";
const isJwt = (text) => /^eyJ[\w-]+\.[\w-]+\.[\w-]*(\.[\w-]+\.[\w-]+)?$/.test(text);
const words = (name) => name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();

/** What says nothing of what it holds: then the name above it does. */
const isVague = (called) =>
  /^(value|raw|content|encoded|string|text|key|data|result|response|payload|body)$/.test(called);

function calledBy({ path, name }) {
  const named = path.filter((step) => !/^\d+$/.test(step)).map(words);
  return named.findLast((called) => !isVague(called)) ?? words(name);
}

/** What an answer of one word may be instead of a token. */
const isPhrase = (text) =>
  !/^[\w.~+/|^#:!*@$-]+=*$/.test(text) ||
  /error|invalid|unauth|forbid|denied|fail|success|unknown|not|bad|missing|requ|maint|^https?:/i.test(text);

/** How much a leaf looks like an access token; 0: not at all. An ID token is none. */
export function tokenScore(leaf) {
  const { value } = leaf;
  if (!isText(value) || value.length < 8) return 0;
  // Some bring their scheme.
  const bare = value.replace(/^Bearer /i, "");
  if (!/^[\x21-\x7e]+$/.test(bare) || /^[{[<"]/.test(bare)) return 0;
  const called = calledBy(leaf);
  if (/refresh|type|ur[il]|endpoint|scope|expir|csrf|nonce|state|message|desc|error|date|hash|id.?token/.test(called)) {
    return 0;
  }
  const isDense = bare.length >= 20 && /\d/.test(bare) && /[A-Za-z]/.test(bare);
  return (isJwt(bare) ? 4 : 0) + nameScore(called, bare) + (isDense ? 1 : 0);
}

function nameScore(called, value) {
  // The whole answer is a text.
  if (called === "") return isJwt(value) || !isPhrase(value) ? 5 : 0;
  if (/access.?token/.test(called)) return 6;
  if (/^(token|jwt|bearer|auth_token|access)$/.test(called)) return 5;
  if (/token|jwt|session|ticket|^sid$|bearer|api.?key|auth/.test(called)) return 3;
  return isVague(called) ? 2 : 0;
}

/** The leaves that look like an access token, the likeliest first. */
export const likelyTokens = (leaves) => ranked(leaves, tokenScore, 3);

/** The leaves with at least that score, the highest first. */
function ranked(leaves, scoreOf, least = 1) {
  return leaves.map((leaf) => ({ leaf, score: scoreOf(leaf) })).filter(({ score }) => score >= least)
    .sort((one, other) => other.score - one.score).map(({ leaf }) => leaf);
}

/** A leaf that is called as a token is, whatever stands there. */
export const isCalledToken = (leaf) => /access.?token|^(token|jwt|id.?token)$/.test(calledBy(leaf));
export const isIdToken = (leaf) => /id.?token/.test(calledBy(leaf)) && isText(leaf.value) && isJwt(leaf.value);

export const isRefreshToken = ({ name, value }) =>
  isText(value) && value.length >= 8 && /refresh/.test(words(name)) && !/expir|ttl|type/.test(words(name));

/** ISO 8601, or with the name of the month: an HTTP date, JavaScript's own. */
const DATE = /^\d{4}-?\d\d-?\d\d[Tt ]\d\d:?\d\d|^[A-Z][a-z]{2,8},? .*\d\d:\d\d:\d\d/;
/** A span that names its unit. */
const SPAN =
  /^P(T?\d+[.,]?\d*[A-Z])+$|^(\d+(\.\d+)? ?(ms|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?) ?)+$/;
const numberOf = (value) =>
  typeof value === "number" ? value : isText(value) && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) : undefined;

/** The `expiry` of a profile that reads this leaf; `undefined`: it does not look like one. */
export function expiryOf({ pointer, path, name, value }) {
  const called = words(name);
  const isCalledSo =
    /expir|ttl|valid.?(for|until|to|secs|seconds|mins|minutes|ms$|millis|time)|lifetime|life_time|max.?age|^exp$|^validity/
      .test(
        called,
      );
  if (!isCalledSo || path.some((step) => /refresh/i.test(step))) return undefined;
  if (isText(value) && (DATE.test(value) || SPAN.test(value))) return { pointer };
  if (isText(value) && /^\d+:\d\d:\d\d$/.test(value)) return { source: "expires_in", pointer, unit: "d:hh:mm" };
  const number = numberOf(value);
  if (number === undefined || number < 0) return undefined;
  if (number >= 1e9) return { pointer };
  const unit = unitOf(called, number);
  return unit === "s" ? { pointer } : { source: "expires_in", pointer, unit };
}

function unitOf(called, number) {
  if (/(^|_)(ms|msec|millis|milliseconds?)$|milli/.test(called)) return "ms";
  if (/(^|_)(min|mins|minutes?)$/.test(called)) return "min";
  if (/(^|_)(s|sec|secs|seconds?)$/.test(called)) return "s";
  return isMillis(number) ? "ms" : "s";
}

/** Whether a number of "seconds" is more likely one of milliseconds: a whole minute of these, and no whole days of those. */
export const isMillis = (number) =>
  number >= 30 * 86400 && number % 60_000 === 0 && (number % 86400 !== 0 || number >= 366 * 86400);

/** How much a leaf looks like an error's code. */
function codeScore({ path, name, value }) {
  if (!["string", "number"].includes(typeof value)) return 0;
  const called = words(name);
  const isWithin = path.slice(0, -1).some((step) => /err|fault|problem/i.test(step));
  if (/^(error|err|fault)$/.test(called)) return isText(value) && /\s/.test(value) ? 2 : 5;
  if (/^(error|err|fault)_?(code|name|type|key|id)$|^errcode$/.test(called)) return 6;
  if (/^(code|type|name|key|id|reason|status)$/.test(called)) return (isWithin ? 4 : 1) + (called === "code" ? 1 : 0);
  return 0;
}

function descriptionScore({ path, name, value }) {
  if (!isText(value)) return 0;
  const called = words(name);
  const isWithin = path.slice(0, -1).some((step) => /err|fault|problem/i.test(step));
  if (/desc|message|msg|detail|text|reason|title|explanation/.test(called)) {
    return (isWithin ? 3 : 1) + (/desc|mess|msg|text/.test(called) ? 1 : 0);
  }
  return /^(error|err|fault)$/.test(called) && /\s/.test(value) ? 2 : 0;
}

/** Where an error's code and its words seem to stand: `{ code?, description? }`, each a leaf. */
export function likeliestError(leaves) {
  const [description] = ranked(leaves, descriptionScore);
  const [code] = ranked(leaves.filter((leaf) => leaf !== description), codeScore);
  return { code, description };
}

/** A leaf of a good answer that may say whether it is one: `success`, `code`, `status`. */
export const isVerdict = ({ path, name, value }) =>
  path.length <= 2 && ["boolean", "number", "string"].includes(typeof value) &&
  (/^(success|ok|code|err_?code|error_?code|status|result|ret|error|errno|is_?error)$/.test(words(name)));
