/**
 * The one file that knows the glue of the built package: a machine of the WebAssembly core, with times as `Date.now()` numbers.
 *
 * The engine drives it as pkg-template/exchange.js does, in virtual time.
 */
const encoder = new TextEncoder();

/** `compile`: that of pkg/compile.js. Throws where no WebAssembly can be compiled. */
export function loadCore(compile) {
  return compile()(queueMicrotask);
}

export class CoreMachine {
  #machine;
  /** The HTTP request that was sent last. */
  #sent = null;

  /** `options`: those of `createClient`, as far as they are JSON; the credentials come from a function. `seed`: a BigInt. */
  constructor(wasm, options, seed) {
    this.#machine = new wasm.Machine(JSON.stringify(options), true);
    this.#machine.reseed(seed);
  }

  /** Shares the token through a store, each call of which may take a second. */
  share(isAtomic) {
    this.#machine.share(isAtomic, 1000);
  }

  /** What a call does that began at `since`: `{ type: "use" | "send" | "wait" | "fail", … }`. */
  poll(now, since, latest) {
    const action = this.#machine.poll(now, since, 0, latest);
    for (const request of [action.request, action.renew]) if (request) this.#complete(request);
    return action;
  }

  /** Gives a token request the credentials that it needs. Returns the HTTP request. */
  giveCredentials(serial, credentials, now) {
    return this.#complete(this.#machine.on_credentials(serial, JSON.stringify(credentials), now));
  }

  /** Of a request that was sent before the machine says no more than that it is the same. */
  #complete(request) {
    request.next ??= this.#sent;
    if (request.next.type === "send") this.#sent = request.next;
    return request;
  }

  /** Ends a cooldown that other credentials were refused with. */
  replaceCredentials(credentials) {
    this.#machine.replace_credentials(JSON.stringify(credentials));
  }

  /** Returns what comes next, or null. With `isOver` callers wait no longer: the rest is between the machine and the store. */
  answer(serial, { status, headers, body }, now) {
    const flat = Object.entries(headers).flat().join("\0");
    return this.#next(this.#machine.on_response(serial, status, flat, encoder.encode(body), now));
  }

  /** `record`: what the store had, or null. Returns as `answer` does. */
  loaded(serial, record, now) {
    return this.#next(
      this.#machine.on_loaded(serial, record === null ? "nothing" : "record", record ?? undefined, now),
    );
  }

  /** `outcome`: `written`, `outdone` or `failed`. Returns as `answer` does. */
  stored(serial, outcome, now) {
    return this.#next(this.#machine.on_stored(serial, outcome, now));
  }

  #next(found) {
    return found && found.value === undefined ? this.#complete(found) : null;
  }

  /** Whether a call that got a 401 for the token of `serial` is worth one more try. */
  isCurable(serial, { status, headers }, now) {
    return this.#machine.on_unauthorized(serial, status, Object.entries(headers).flat().join("\0"), [], now) === true;
  }

  /** `{ serial, renewAt, hardExpiry, … }`, or null. */
  token() {
    return this.#machine.token() ?? null;
  }

  /** `{ token, flight, nextRequestAt, … }`. */
  explain(now) {
    return this.#machine.explain(now);
  }

  free() {
    this.#machine.free();
  }
}
