// What of an answer the profile does not use, though it looks as if it should; and what to write so that it does.
import { plain } from "../check/spelling.js";
import { bodyOf } from "./attempt.js";
import {
  expiryOf,
  isMillis,
  isRefreshToken,
  isVerdict,
  leavesOf,
  likeliestError,
  likeliestToken,
  tokenScore,
} from "./leaves.js";
import { ofStatus, unreachable } from "./refusals.js";

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
  const answer = read(exchange, shape);
  const seen = { ...answer, exchange, shape, place, token, error, evidence };
  const findings = token ? ofToken(seen) : [...ofStatus(seen), ...ofFormat(seen), ...ofFailure(seen)];
  const isNew = ({ pointer, looksLike }, at) =>
    pointer === undefined || findings.findIndex((one) => one.pointer === pointer && one.looksLike === looksLike) === at;
  return findings.filter(isNew);
}

function read({ headers, chunks }, shape) {
  const text = new TextDecoder().decode(bodyOf({ chunks })).replace(/^\uFEFF/, "");
  const { format = "json" } = shape.response ?? {};
  const trimmed = text.trim();
  let document;
  try {
    document = JSON.parse(trimmed);
  } catch {
    // Then it is something else.
  }
  const isJson = document !== undefined;
  if (format === "form" || (!isJson && isForm(trimmed))) document = Object.fromEntries(new URLSearchParams(trimmed));
  const leaves = document === undefined ? [] : leavesOf(document);
  return { headers, text: trimmed, isJson, document, leaves, format, used: usedBy(shape) };
}

const isForm = (text) => /^[\w.%~-]+=[^\s<>]*(&[\w.%~-]+=[^\s<>]*)*$/.test(text);
const isPage = ({ headers, text }) => /html/.test(headers["content-type"] ?? "") || /^<(!doctype|html)/i.test(text);

/** The pointers that the profile reads. */
function usedBy({ response = {} }) {
  const { expiry = {}, error_when: when, capture = {} } = response;
  const pointer = (name) => response[name] === undefined ? `/${name}` : response[name];
  const ofExpiry = expiry.pointer ?? (expiry.source === "expires_at" ? "/expires_at" : "/expires_in");
  const readsExpiry = !["fixed", "jwt_exp"].includes(expiry.source);
  const names = ["access_token", "refresh_token", "token_type", "scope", "error", "error_description"];
  return new Set([...names.map(pointer), ofExpiry, when?.pointer, ...Object.values(capture)].filter(isString))
    // A source that ignores the answer's expiry does so on purpose.
    .add(readsExpiry ? ofExpiry : "/expires_in");
}

const isString = (value) => typeof value === "string";

/** What the bytes say of the format. */
function ofFormat(seen) {
  const { isJson, text, format, leaves, place, exchange: { status } } = seen;
  if (isPage(seen)) {
    return [{
      reason: "the answer is a web page",
      remedy: "look at token_endpoint: it is a page for people, or a proxy answered in its place",
    }];
  }
  if (text === "" && status < 300) {
    const header = headerToken(seen);
    return header ? [] : [{ reason: "the answer is empty", remedy: "look at token_endpoint" }];
  }
  if (format !== "json" || isJson || status >= 400) return [];
  if (likeliestToken(leaves) !== undefined) {
    return [{
      reason: "the answer is a form, not JSON",
      remedy: "write",
      set: { [`${place}response.format`]: "form" },
    }];
  }
  if (/^[\x21-\x7e]{8,}$/.test(text) && !/[<>{}]/.test(text)) {
    return [{
      reason: "the answer is a text, not JSON, and may be the token itself",
      remedy: "write",
      set: { [`${place}response.format`]: "text" },
    }];
  }
  return [];
}

/** An answer without a token that was understood. */
function ofFailure(seen) {
  const { error, place, leaves, used, exchange: { status }, shape } = seen;
  const findings = [];
  if (/token_type ".*" is none/.test(error?.message)) {
    const set = { [`${place}response.token_types`]: null };
    return [{
      reason: "its token type is another one",
      remedy: "name it as the answer does, or let any pass",
      set,
      looksLike: "token type",
    }];
  }
  const capture = /^.*nothing to capture as (.+) at (.+)$/.exec(error?.message ?? "");
  if (capture) findings.push(...captured(capture[1], seen));
  const good = status < 300 && error?.code !== "ERR_REFUSED";
  const best = good && !capture ? likeliestToken(leaves.filter(({ pointer }) => !used.has(pointer))) : undefined;
  const wanted = shape.response?.access_token ?? "/access_token";
  if (best) {
    const set = { [`${place}response.access_token`]: best.pointer };
    const what = best.pointer === ""
      ? "the whole answer looks like one"
      : `what stands at ${best.pointer} looks like one`;
    findings.push({
      reason: `no access token at ${wanted || "the whole body"}, but ${what}`,
      remedy: "write",
      set,
      pointer: best.pointer,
      looksLike: "access token",
    });
    return [...findings, ...expiries(seen), ...refreshTokens(seen)];
  }
  const header = good && !capture ? headerToken(seen) : undefined;
  if (header) {
    const set = { [`${place}response.access_token`]: `header:${header}` };
    findings.push({
      reason: `no access token at ${wanted || "the whole body"}, but the header ${header} looks like one`,
      remedy: "write",
      set,
      pointer: `header:${header}`,
      looksLike: "access token",
    });
    return [...findings, ...expiries(seen)];
  }
  return [...findings, ...errors(seen)];
}

function headerToken({ headers }) {
  return Object.entries(headers).find(([name, value]) =>
    /token|jwt|session|^authorization$/.test(name) && !/csrf|cookie|www-auth/.test(name) &&
    tokenScore({ name: "token", value }) >= 5
  )?.[0];
}

function captured(name, { leaves, place }) {
  const found = leaves.find((leaf) => plain(leaf.name) === plain(name));
  if (!found) return [];
  const set = { [`${place}response.capture.${name}`]: found.pointer };
  return [{
    reason: `what is to be captured as ${name} seems to stand at ${found.pointer}`,
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
    reason: `what stands at ${pointers.join(" and ")} looks like an error`,
    remedy: "write where, and see what it says",
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
      reason: `what stands at ${leaf.pointer} looks like an expiry`,
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
    reason: `what stands at ${found.pointer} looks like a refresh token`,
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
      reason: `${Math.round(evidence.seconds / 86400)} days are a long life; as milliseconds it would be ${
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
        reason: `what stands at ${pointer} looks like a token too`,
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
      remedy: isUnit ? "write" : "write where it stands, or how long it lives",
      set: set(isUnit ? own : { source: "fixed", seconds: 3600 }),
    };
  }
  const remedy = "if it lives as long, write";
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
  const good = typeof value === "boolean" ? !/err/i.test(name) : value === 0 ? 0 : undefined;
  const reason = `what stands at ${pointer} may say whether all is well`;
  if (good === undefined) {
    const remedy = `if an error can come with a status of 200, write "response": { "error_when": { "pointer": ${
      JSON.stringify(pointer)
    }, "not": [its good value] } }`;
    return { reason, remedy, pointer, looksLike: "error" };
  }
  const set = { [`${place}response.error_when`]: { pointer, not: [good] } };
  return { reason, remedy: "if an error can come with a status of 200, write", set, pointer, looksLike: "error" };
}
