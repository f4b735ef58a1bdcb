// The faults: what a server does when it does not do what it should.
import { dialects } from "./dialects.js";
import { answer, refuse, tokenAnswer, unauthorized } from "./endpoints.js";
import { drawTicket } from "./tokens.js";
import { json, pause, Refusal, untilAborted } from "./wire.js";

/**
 * What `fetch` rejects with where the network fails. To a caller it is the TypeError that every `fetch` rejects with;
 * to a server around the fake it is the sign to destroy the socket instead of answering 500.
 */
export class NetworkFault extends TypeError {
  constructor(message = "fetch failed") {
    super(message);
  }
}

const MAX_TIMER_MS = 2 ** 31 - 1;
const CHUNK = 65_536;
/** Statuses with which the Fetch standard allows no body. */
const NULL_BODY_STATUSES = [204, 205, 304];

const isText = (value) => typeof value === "string";
const isFlag = (value) => typeof value === "boolean";
const isCount = (value) => Number.isInteger(value) && value >= 0;
const isStatus = (value) => Number.isInteger(value) && value >= 200 && value <= 599;
const isDelay = (value) => Number.isFinite(value) && value >= 0 && value <= MAX_TIMER_MS;
const isRetryAfter = (value) =>
  isFieldValue(value) || isCount(value) || (value instanceof Date && !Number.isNaN(+value));
const isBody = (value) => isText(value) || (typeof value === "object" && value !== null);

/** Members of every fault: what each must look like. */
const common = {
  type: (value) => Object.hasOwn(effects, value),
  at: (value) => ["token", "api", "revoke"].includes(value),
  dialect: (value) => Object.hasOwn(dialects, value),
  times: (value) => value === Infinity || (isCount(value) && value > 0),
  after: isCount,
};

/**
 * Effect by type: its own members, those it cannot do without, the one endpoint it makes sense at, and what it does.
 */
const effects = {
  status: {
    members: { status: isStatus, headers: areHeaders, body: isBody },
    required: ["status"],
    strike: ({ fault: { status, headers = {}, body = null } }) =>
      isText(body) || body === null ? new Response(body, { status, headers }) : json(status, body, headers),
  },
  rate_limited: {
    members: { retryAfter: isRetryAfter },
    strike: (hit) => retryLater(hit, 429, "too_many_requests"),
  },
  unavailable: {
    members: { retryAfter: isRetryAfter },
    strike: (hit) => retryLater(hit, 503, "temporarily_unavailable"),
  },
  unauthorized: {
    strike: ({ exchange }) => unauthorized(exchange),
  },
  forbidden: {
    only: "api",
    strike: ({ exchange }) => {
      const headers = exchange.dialect.challenges ? { "www-authenticate": 'Bearer error="insufficient_scope"' } : {};
      return refuse(exchange, new Refusal(403, "insufficient_scope", "The token does not permit this", headers));
    },
  },
  late: {
    members: { delay: isDelay },
    required: ["delay"],
    async strike({ exchange, fault }) {
      await pause(fault.delay, exchange.request.signal);
      return unauthorized(exchange);
    },
  },
  slow: {
    members: { delay: isDelay, body: isFlag },
    required: ["delay"],
    // The server does its work at once and the network is what is slow: the token is as old as the wait was long.
    async strike({ exchange, fault }) {
      const right = await answer(exchange);
      if (fault.body) return withBody(right, lateBytes(await bytesOf(right), fault.delay, exchange.request));
      await pause(fault.delay, exchange.request.signal);
      return right;
    },
  },
  hang: {
    strike: ({ exchange }) => untilAborted(exchange.request.signal),
  },
  cut_off: {
    async strike({ exchange }) {
      const right = await answer(exchange);
      return withBody(right, halfOf(await bytesOf(right)));
    },
  },
  malformed: {
    members: { body: isText, status: isStatus, contentType: isFieldValue },
    strike: ({ fault: { body = '{"access_token": "cut sh', status = 200, contentType = "application/json" } }) =>
      new Response(body, { status, headers: { "content-type": contentType } }),
  },
  empty: {
    members: { status: (value) => value === 200 || value === 204 },
    strike: ({ fault: { status = 204 } }) => new Response(null, { status }),
  },
  html: {
    strike: () =>
      new Response("<!doctype html><title>Maintenance</title><h1>We will be back soon.</h1>", {
        headers: { "content-type": "text/html; charset=utf-8" },
      }),
  },
  oversized: {
    members: { bytes: isCount },
    async strike({ exchange, fault: { bytes = 2 * 1024 * 1024 } }) {
      const right = await answer(exchange);
      return withBody(right, paddedTo(bytes, await bytesOf(right)));
    },
  },
  redirect: {
    members: { location: isFieldValue, status: (value) => [301, 302, 303, 307, 308].includes(value) },
    required: ["location"],
    strike: ({ fault: { location, status = 307 } }) => new Response(null, { status, headers: { location } }),
  },
  no_token: {
    only: "token",
    strike: ({ exchange }) => tokenAnswer(exchange, { ...drawTicket(exchange), value: undefined }),
  },
  bad_token: {
    only: "token",
    members: { token: (value) => value !== undefined },
    required: ["token"],
    strike: ({ exchange, fault }) => tokenAnswer(exchange, { ...drawTicket(exchange), value: fault.token }),
  },
  network: {
    strike: () => Promise.reject(new NetworkFault()),
  },
};

/** The faults that are still to come, in order. */
export function createScript() {
  let queue = [];
  return {
    add(faults) {
      if (!Array.isArray(faults)) throw new TypeError("fail() takes an array of faults");
      faults.forEach(check);
      queue.push(...faults.map(withDefaults));
    },
    /** The fault that this request meets, or null: the first that fits it, unless that one lets it pass. */
    next(call) {
      const fault = queue.find((entry) =>
        entry.at === faultPoint(call) && (entry.dialect ?? call.dialect) === call.dialect
      );
      if (!fault) return null;
      if (fault.after > 0) {
        fault.after -= 1;
        return null;
      }
      fault.times -= 1;
      if (fault.times === 0) queue = queue.filter((entry) => entry !== fault);
      return fault;
    },
    clear() {
      queue = [];
    },
  };
}

function withDefaults({ type, at = effects[type].only ?? "token", times = 1, after = 0, ...rest }) {
  return { type, at, times, after, ...rest };
}

export function strike(fault, exchange) {
  return effects[fault.type].strike({ fault, exchange });
}

/** A login is a token request in other words. */
function faultPoint({ kind }) {
  return kind === "login" ? "token" : kind;
}

/** A misspelt fault would be a test that passes for the wrong reason. */
function check(fault, index) {
  if (typeof fault !== "object" || fault === null) throw new TypeError(`fault ${index} is not an object`);
  if (!common.type(fault.type)) throw new TypeError(`fault ${index}: unknown type ${JSON.stringify(fault.type)}`);

  const { members, required = [], only } = effects[fault.type];
  const known = { ...common, ...members };
  for (const name of required) {
    if (fault[name] === undefined) throw new TypeError(`fault ${index} (${fault.type}): "${name}" is missing`);
  }
  for (const [name, value] of Object.entries(fault)) {
    if (!Object.hasOwn(known, name)) {
      throw new TypeError(`fault ${index} (${fault.type}): unknown member "${name}"`);
    }
    if (value !== undefined && !known[name](value)) {
      throw new TypeError(`fault ${index} (${fault.type}): "${name}" is invalid`);
    }
  }
  if (only && (fault.at ?? only) !== only) {
    throw new TypeError(`fault ${index} (${fault.type}): "at" must be "${only}"`);
  }
  if (NULL_BODY_STATUSES.includes(fault.status) && (fault.body || fault.type === "malformed")) {
    throw new TypeError(`fault ${index} (${fault.type}): status ${fault.status} has no "body"`);
  }
}

function areHeaders(value) {
  try {
    return Object.values(value).every(isText) && Boolean(new Headers(value));
  } catch {
    return false;
  }
}

/** Checked when the script is written: thrown later, the runtime's TypeError would pass for a network fault. */
function isFieldValue(value) {
  return isText(value) && areHeaders({ x: value });
}

function retryLater({ exchange, fault: { retryAfter } }, status, code) {
  const value = retryAfter instanceof Date ? retryAfter.toUTCString() : retryAfter;
  const headers = value === undefined ? {} : { "retry-after": String(value) };
  return refuse(exchange, new Refusal(status, code, "Please try again later", headers));
}

function withBody({ status, headers }, body) {
  return new Response(body, { status, headers });
}

async function bytesOf(response) {
  return new Uint8Array(await response.arrayBuffer());
}

/** Half of the bytes, and then an error: in two pulls, since an error at once would throw away what is queued. */
function halfOf(bytes) {
  let sent = false;
  return new ReadableStream({
    pull(controller) {
      if (sent) return controller.error(new NetworkFault("the connection was cut off"));
      sent = true;
      controller.enqueue(bytes.slice(0, Math.ceil(bytes.length / 2)));
    },
  });
}

/**
 * The right answer and then blanks, so that whoever reads on without limit, or cuts off and parses, is content with it.
 */
function paddedTo(total, bytes) {
  let missing = total - bytes.length;
  return new ReadableStream({
    start: (controller) => controller.enqueue(bytes),
    pull(controller) {
      if (missing <= 0) return controller.close();
      controller.enqueue(new Uint8Array(Math.min(missing, CHUNK)).fill(0x20));
      missing -= CHUNK;
    },
  });
}

/**
 * Takes the request and not its signal: Node's signal follows the caller's only as long as the request is reachable.
 */
function lateBytes(bytes, delay, request) {
  let timer;
  return new ReadableStream({
    start(controller) {
      timer = setTimeout(() => {
        controller.enqueue(bytes);
        controller.close();
      }, delay);
      request.signal?.addEventListener("abort", () => {
        clearTimeout(timer);
        controller.error(request.signal.reason);
      });
    },
    cancel: () => clearTimeout(timer),
  });
}
