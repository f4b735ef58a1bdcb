// bearerkit/testing: a scripted authorization server and API behind one `fetch`. Pure JavaScript, Web APIs only, and
// nothing of bearerkit in it, so that it can contradict bearerkit.
//
//   testing/dialects.js   how each provider spells things
//   testing/endpoints.js  what a well-behaved server does
//   testing/faults.js     what a badly-behaved one does
//   testing/store.js      whether a store for tokens keeps its promises
//   testing/tokens.js     what was given out, and what of it still counts
//   testing/wire.js       the bytes and words that all of them share
import { dialects, locate, recognise } from "./testing/dialects.js";
import { answer, consent } from "./testing/endpoints.js";
import { createScript, NetworkFault, strike } from "./testing/faults.js";
import { createLedger } from "./testing/tokens.js";
import { bearerOf, pause } from "./testing/wire.js";

export { checkStore } from "./testing/store.js";
export { NetworkFault };

/** What a fake provider accepts if it is not told otherwise. */
export const fakeCredentials = Object.freeze({
  client_id: "fake-client",
  client_secret: "fake-secret",
  username: "fake-user",
  password: "fake-password",
});

/** Credentials that break whoever encodes too little, too much or twice, for those who ask for them. */
export const awkwardCredentials = Object.freeze({
  client_id: 'client-1 %41+"x',
  client_secret: 's:3cr%41et+& é"=/\\z{x}${y}',
  username: "üser@example.com",
  password: 'p:ä%20ss+&="\\',
});

const OPTIONS = ["credentials", "lifetime", "now", "latency", "expiresIn", "rotate"];

/** See testing.d.ts, which is the reference. */
export function fakeProvider(options = {}) {
  const settings = readOptions(options);
  const ledger = createLedger();
  const script = createScript();
  const calls = [];
  // Keeps each request reachable until it is answered: Node's `request.signal` follows the caller's signal no longer
  // than that.
  const open = new Set();

  async function fetch(input, init) {
    const request = new Request(input, init);
    if (request.signal?.aborted) throw request.signal.reason;

    const exchange = receive(request);
    const fault = script.next(exchange.call);
    exchange.call.fault = fault?.type ?? null;
    open.add(request);
    try {
      exchange.call.body = await request.text();
      const response = await (fault ? strike(fault, exchange) : answer(exchange));
      if (settings.latency > 0) await pause(settings.latency, request.signal);
      return stamp(response, exchange.call);
    } finally {
      open.delete(request);
    }
  }

  /** Notes a request down, before anything about it is awaited: the log has the order of arrival. */
  function receive(request) {
    const { host, path, search } = locate(request.url);
    const { kind, dialect: owner } = recognise({ host, path });
    const call = {
      kind,
      dialect: "",
      method: request.method,
      url: request.url,
      host,
      path: path + search,
      headers: Object.fromEntries(request.headers),
      body: "",
      status: null,
      fault: null,
      at: settings.now(),
    };
    const dialect = owner ?? ledger.byAccessToken(bearerOf(call))?.dialect ?? ledger.issuers.get(host) ??
      dialects.plain;
    call.dialect = dialect.name;
    if (kind !== "api") ledger.issuers.set(host, dialect);
    calls.push(call);
    return { call, dialect, settings, ledger, request };
  }

  return {
    calls,
    credentials: settings.credentials,
    fetch,
    fail: (faults) => script.add(faults),
    authorize(authorizationUrl) {
      const exchange = receive(new Request(authorizationUrl));
      exchange.call.kind = "authorize";
      exchange.call.status = 400;
      const back = consent(exchange);
      exchange.call.status = 302;
      return back;
    },
    count: (kind, filter = () => true) => calls.filter((call) => call.kind === kind && filter(call)).length,
    revokeAll: () => ledger.revokeAll(),
    clear: () => script.clear(),
    reset() {
      calls.length = 0;
      script.clear();
      ledger.clear();
    },
  };
}

/** Each copy of bearerkit (ESM and CommonJS, a bundler's two graphs) puts there what forgets its machines. */
export function resetAll() {
  for (const reset of globalThis[Symbol.for("bearerkit/reset")] ?? []) reset();
}

function readOptions(options) {
  for (const name of Object.keys(options)) {
    if (!OPTIONS.includes(name)) throw new TypeError(`fakeProvider: unknown option "${name}"`);
  }
  const { credentials, lifetime, now = Date.now, latency = 0, expiresIn = "absolute", rotate = false } = options;
  if (!["absolute", "seconds"].includes(expiresIn)) {
    throw new TypeError('fakeProvider: "expiresIn" must be "absolute" or "seconds"');
  }
  const given = Object.entries(credentials ?? {}).filter(([, value]) => value !== undefined);
  return {
    credentials: Object.freeze({ ...fakeCredentials, ...Object.fromEntries(given) }),
    lifetime,
    // Looked up at each call, so that a test may replace Date.now afterwards.
    now: now === Date.now ? () => Date.now() : now,
    latency,
    expiresIn,
    rotate,
  };
}

/** The server's own clock at the time it did the work: with `now` a test sets it as wrong as it likes. */
function stamp(response, call) {
  call.status = response.status;
  if (!response.headers.has("date")) response.headers.set("date", new Date(call.at).toUTCString());
  return response;
}
