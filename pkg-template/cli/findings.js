// What of an answer the profile does not use, though it looks as if it should; and what to write so that it does. An advice
// about a token is given only where the core, asked with it, finds the token in that very answer.
import { plain } from "../check/spelling.js";
import { bodyOf } from "./attempt.js";
import {
  expiryOf,
  isCalledToken,
  isIdToken,
  isMillis,
  isRefreshToken,
  isVerdict,
  leavesOf,
  likeliestError,
  likelyTokens,
  tokenScore,
} from "./leaves.js";
import { documentsOf, isPage, oddityOf, readWith, wrappedIn } from "./reading.js";
import { ofStatus, unreachable } from "./refusals.js";

const NO_PROFILE = "no profile can read that: request another format, or unwrap it in createClient's fetch";

/**
 * `[{ reason, remedy, set?, pointer?, looksLike? }]`; no value of the answer is in it.
 *
 * @param seen `{ profile, exchanges, token?, error?, evidence? }`
 */
export function findingsOf({ profile, exchanges, token, error, evidence }) {
  const exchange = exchanges.at(-1);
  if (!exchange) return [];
  const steps = profile.steps ?? [];
  const index = Math.min(exchanges.length - 1, steps.length);
  const place = index < steps.length ? `steps[${index}].` : "";
  const shape = steps[index] ?? profile;
  if (exchange.status === undefined) return unreachable(exchange);
  const seen = { ...read(exchange, shape), exchange, shape, place, token, error, evidence };
  const findings = isToken(token) ? ofToken(seen) : [...ofStatus(seen), ...ofAnswer(seen)];
  const isNew = ({ pointer, looksLike }, at) =>
    pointer === undefined || findings.findIndex((one) => one.pointer === pointer && one.looksLike === looksLike) === at;
  return findings.filter(isNew);
}

/** With the format text a whole document may pass for one. */
const isToken = (token) => token !== undefined && !/^[{[<"]/.test(token.value);

function read(exchange, shape) {
  const { status, headers, sentAt, isCut } = exchange;
  const bytes = bodyOf(exchange);
  const text = new TextDecoder().decode(bytes).trim();
  const { format = "json" } = shape.response ?? {};
  const documents = documentsOf(text);
  const own = documents.find(([kind]) => kind === format) ?? documents.find(([kind]) => kind !== "text");
  const leaves = own ? leavesOf(own[1]) : [];
  const answer = { status, headers, body: bytes };
  return { headers, bytes, text, isCut, documents, leaves, format, used: usedBy(shape), answer, sentAt };
}

/** The pointers that the profile reads. */
function usedBy(shape) {
  return new Set(rolesOf(shape).map(({ pointer }) => pointer));
}

const IGNORED = "ignored, as the profile says";

/** What of an answer is read for what: `[{ pointer, role }]`. */
export function rolesOf({ response = {} }) {
  const { expiry = {}, error_when: when, capture = {}, format } = response;
  const whole = format === "text" ? { access_token: "" } : {};
  const pointer = (name) => response[name] === undefined ? whole[name] ?? `/${name}` : response[name];
  const ofExpiry = expiry.pointer ?? (expiry.source === "expires_at" ? "/expires_at" : "/expires_in");
  const readsExpiry = !["fixed", "jwt_exp"].includes(expiry.source);
  const names = ["access_token", "refresh_token", "token_type", "scope", "error", "error_description"];
  return [
    ...names.map((name) => ({ pointer: pointer(name), role: name.replaceAll("_", " ") })),
    // A source that ignores the answer's expiry does so on purpose.
    ...(readsExpiry ? [] : [{ pointer: "/expires_in", role: IGNORED }]),
    { pointer: ofExpiry, role: readsExpiry ? "lifetime" : IGNORED },
    { pointer: when?.pointer, role: "whether it is an error" },
    ...Object.entries(capture).map(([name, at]) => ({ pointer: at, role: `captured as ${name}` })),
  ].filter(({ pointer }) => isString(pointer));
}

const isString = (value) => typeof value === "string";

/** An answer without a token that was understood. */
function ofAnswer(seen) {
  const { error, leaves, exchange: { status } } = seen;
  if (isPage(seen)) {
    return [{
      reason: "the answer is a web page",
      remedy: "check token_endpoint: it is a page for people, or a proxy answered instead",
    }];
  }
  if (status >= 300 || (error && error.code !== "ERR_BAD_RESPONSE")) return errors(seen);
  const [, missing] = /nothing to capture as (.+) at .+$/.exec(error?.message ?? "") ?? [];
  if (missing !== undefined) return [...captured(missing, seen), ...errors(seen)];
  const found = misplaced(seen);
  if (found.length > 0) return found;
  const oddity = oddityOf(seen) ?? wrapped(seen);
  if (oddity) return [{ reason: oddity, remedy: NO_PROFILE }];
  const [idToken] = leaves.filter(isIdToken);
  if (idToken) return [ofIdToken(idToken, seen)];
  const said = errors(seen);
  return said.length > 0 ? said : [nothing(seen)];
}

/** A token that stands elsewhere, or in another format, than the profile says; and what stands beside it. */
function misplaced(seen) {
  for (const { kind, pointer, value } of tokensIn(seen)) {
    const set = settingOf(kind, pointer, value, seen);
    if (!set) continue;
    const finding = { reason: reasonOf(kind, pointer, seen), remedy: "write", set, pointer, looksLike: "access token" };
    // Of another format the rest is read once it is that.
    return kind === seen.format ? [finding, ...expiries(seen), ...refreshTokens(seen)] : [finding];
  }
  return [];
}

/** All that may be the token, by the format that it would be read in. */
function* tokensIn({ documents, format, headers, place, shape }) {
  // A step brings what it is to bring, and seldom a token.
  const wanted = Object.values(place ? shape.response?.capture ?? {} : {});
  for (const [kind, document] of documents) {
    const leaves = leavesOf(document);
    const tokens = wanted.length > 0 ? leaves.filter(({ pointer }) => wanted.includes(pointer)) : likelyTokens(leaves);
    for (const { pointer, value } of tokens) if (!wrappedIn([{ value }])) yield { kind, pointer, value };
  }
  const header = headerToken(headers);
  // An empty body is good as a text alone.
  const kinds = header ? [format, "text"] : [];
  for (const kind of kinds) yield { kind, pointer: `header:${header}`, value: headers[header] };
}

/** The members with which the core reads that token in this answer; `undefined`: it does not. */
function settingOf(kind, pointer, value, { shape: { response = {} }, format, place, answer, sentAt }) {
  const set = {
    ...(kind !== format && { format: kind }),
    ...(pointer !== (response.access_token ?? (kind === "text" ? "" : "/access_token")) && { access_token: pointer }),
  };
  const isRead = (more) => {
    const token = readWith({ ...response, ...more }, answer, sentAt);
    return token !== undefined && String(value).endsWith(token.value);
  };
  const found = [set, { ...set, token_types: null }].find(isRead) ?? {};
  // Steps name what they bring themselves.
  const members = Object.entries(found).filter(([name]) => !place || name === "format");
  if (members.length === 0) return undefined;
  return Object.fromEntries(members.map(([name, member]) => [`${place}response.${name}`, member]));
}

const FORMATS = { form: "a form", json: "JSON", text: "a text" };

function reasonOf(kind, pointer, { format, shape }) {
  const [, header] = /^header:(.+)$/.exec(pointer) ?? [];
  if (kind !== format) {
    if (header) return `there is no body that can be read, but the header ${header} looks like a token`;
    const said = `the answer is ${FORMATS[kind]}, not ${FORMATS[format].replace("a ", "")}`;
    return kind === "text" ? `${said}, and may be the token itself` : said;
  }
  const wanted = shape.response?.access_token ?? "/access_token";
  if (pointer === wanted) return "its token type is not the expected one";
  const place = header ? `the header ${header}` : pointer === "" ? "the whole answer" : `the value at ${pointer}`;
  return `no access token at ${wanted || "the whole body"}, but ${place} looks like one`;
}

const headerToken = (headers) =>
  Object.entries(headers).find(([name, value]) =>
    /token|jwt|session|^authorization$/.test(name) && !/csrf|cookie|www-auth/.test(name) &&
    tokenScore({ path: [], name: "", value }) >= 5
  )?.[0];

function wrapped({ documents }) {
  for (const [, document] of documents) {
    const leaf = wrappedIn(leavesOf(document));
    if (leaf) return `${leaf.pointer ? `the value at ${leaf.pointer}` : "the answer"} is JSON within a text`;
  }
}

function ofIdToken({ pointer, value }, seen) {
  const { format } = seen;
  const set = settingOf(format, pointer, value, seen);
  const reason = `there is an ID token at ${pointer}, and no access token`;
  const ask = "an API needs an access token: check --scope, and the server's documentation on the audience";
  return set ? { reason, remedy: `${ask}; if this API takes ID tokens, write`, set } : { reason, remedy: ask };
}

/** Nothing in it can be used. */
function nothing(seen) {
  const { text, headers, leaves, format } = seen;
  const odd = leaves.find(isCalledToken);
  if (odd) {
    const set = settingOf(format, odd.pointer, odd.value, seen);
    // Too short to be taken for one unasked.
    if (set) return { reason: `the value at ${odd.pointer} is called a token`, remedy: "if it is one, write", set };
    return {
      reason: `the value at ${odd.pointer} is called a token, and cannot go into a header`,
      remedy: "a token is a string without spaces and control characters: request another format",
    };
  }
  if (headers["set-cookie"] !== undefined) {
    return {
      reason: `the answer${text === "" ? " is empty, and" : ""} sets a cookie, and has no token`,
      remedy: "a profile cannot keep a cookie session: look for another way to authenticate",
    };
  }
  return text === ""
    ? { reason: "the answer is empty", remedy: "check token_endpoint" }
    : { reason: "nothing in the answer looks like a token", remedy: "check token_endpoint, and what it expects" };
}

function captured(name, { leaves, place }) {
  const found = leaves.find((leaf) => plain(leaf.name) === plain(name));
  if (!found) return [];
  const set = { [`${place}response.capture.${name}`]: found.pointer };
  return [{
    reason: `the value to capture as ${name} seems to be at ${found.pointer}`,
    remedy: "write",
    set,
    pointer: found.pointer,
    looksLike: name,
  }];
}

/** Where an error that was not understood seems to stand. */
function errors({ leaves, used, place, error }) {
  const { code, description } = likeliestError(leaves);
  const set = {};
  const isCodeMissing = error?.error === undefined || error.error === "error";
  if (code && isCodeMissing && !used.has(code.pointer)) set[`${place}response.error`] = code.pointer;
  if (description && error?.errorDescription === undefined && !used.has(description.pointer)) {
    set[`${place}response.error_description`] = description.pointer;
  }
  const pointers = Object.values(set);
  if (pointers.length === 0) return [];
  return [{
    reason: `the value at ${pointers.join(" and ")} looks like an error`,
    remedy: "write its place, and check again",
    set,
    pointer: pointers[0],
    looksLike: "error",
  }];
}

function expiries({ leaves, used, place, shape }) {
  const source = shape.response?.expiry?.source;
  if (source === "fixed" || source === "jwt_exp") return [];
  for (const leaf of leaves) {
    const expiry = used.has(leaf.pointer) ? undefined : expiryOf(leaf);
    if (!expiry) continue;
    const set = { [`${place}response.expiry`]: expiry };
    return [{
      reason: `the value at ${leaf.pointer} looks like an expiry`,
      remedy: "write",
      set,
      pointer: leaf.pointer,
      looksLike: "expiry",
    }];
  }
  return [];
}

function refreshTokens({ leaves, used, place }) {
  const found = leaves.find((leaf) => !used.has(leaf.pointer) && isRefreshToken(leaf));
  if (!found) return [];
  const set = { [`${place}response.refresh_token`]: found.pointer };
  return [{
    reason: `the value at ${found.pointer} looks like a refresh token`,
    remedy: "write",
    set,
    pointer: found.pointer,
    looksLike: "refresh token",
  }];
}

/** An answer that brought a token, and what else is in it. */
function ofToken(seen) {
  const { token, evidence, leaves, used, shape, place } = seen;
  const findings = [];
  const isStated = evidence.by === "expires_in" || evidence.by === "expires_at";
  if (token.warning) findings.push(misread(seen));
  if (!isStated) findings.push(...expiries(seen));
  if (evidence.by === "expires_in" && !shape.response?.expiry?.unit && isMillis(evidence.seconds)) {
    findings.push({
      reason: `${Math.round(evidence.seconds / 86400)} days is a long lifetime; in milliseconds it would be ${
        Math.round(evidence.seconds / 60_000)
      } min`,
      remedy: "if so, write",
      set: { [`${place}response.expiry`]: { source: "expires_in", pointer: evidence.pointer, unit: "ms" } },
      pointer: evidence.pointer,
      looksLike: "expiry",
    });
  }
  findings.push(...refreshTokens(seen));
  for (const leaf of leaves) {
    if (used.has(leaf.pointer)) continue;
    const { pointer } = leaf;
    if (tokenScore(leaf) >= 5) {
      findings.push({
        reason: `the value at ${pointer} looks like a token too`,
        remedy: `if it is the one to use, write "access_token": ${JSON.stringify(pointer)}`,
        pointer,
        looksLike: "access token",
      });
    } else if (!shape.response?.error_when && isVerdict(leaf)) {
      findings.push(verdict(leaf, place));
    }
  }
  return findings;
}

/** What the core did not believe of the token's life, in its own words, and how to say that it is right. */
function misread({ token, leaves, shape, place }) {
  const { expiry = {} } = shape.response ?? {};
  const pointer = expiry.pointer ?? (expiry.source === "expires_at" ? "/expires_at" : "/expires_in");
  const reason = token.warning.replace(/^provider\.response\.expiry: /, "");
  const finding = { reason, pointer, looksLike: "expiry" };
  const set = (own) => ({ [`${place}response.expiry`]: own });
  if (!/more than a year/.test(reason)) {
    const own = expiryOf({
      pointer,
      path: [],
      name: "expires",
      value: leaves.find((leaf) => leaf.pointer === pointer)?.value,
    });
    const isUnit = own?.unit !== undefined;
    return {
      ...finding,
      remedy: isUnit ? "write" : "write its place, or how long the token lives",
      set: set(isUnit ? own : { source: "fixed", seconds: 3600 }),
    };
  }
  const remedy = "if it really lives that long, write";
  if (/^the token's exp says/.test(reason)) return { ...finding, remedy, set: set({ source: "jwt_exp" }) };
  const { value } = leaves.find((leaf) => leaf.pointer === pointer) ?? {};
  const number = Number(value);
  if (!(number < 1e9)) return { ...finding, remedy, set: set({ source: "expires_at", pointer }) };
  const unit = isMillis(number) ? "ms" : "s";
  return {
    ...finding,
    remedy: unit === "ms" ? "if it is milliseconds, write" : remedy,
    set: set({ source: "expires_in", pointer, unit }),
  };
}

/** The good values are those of every API that has such members; what stands there is not repeated. */
function verdict({ pointer, name, value }, place) {
  const isGood = value === !/err/i.test(name) || value === 0;
  const reason = `the value at ${pointer} may say whether the request succeeded`;
  if (!isGood) {
    const remedy = `if an error can come with a status of 200, write "response": { "error_when": { "pointer": ${
      JSON.stringify(pointer)
    }, "not": [its good value] } }`;
    return { reason, remedy, pointer, looksLike: "error" };
  }
  const set = { [`${place}response.error_when`]: { pointer, not: [value] } };
  return { reason, remedy: "if an error can come with a status of 200, write", set, pointer, looksLike: "error" };
}
