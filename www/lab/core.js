/**
 * The one file that knows the glue of the built package: a machine of the WebAssembly core, with times as `Date.now()` numbers.
 *
 * The engine drives it as pkg-template/machine.js does, in virtual time.
 */
const encoder = new TextEncoder();

/** `compile`: that of pkg/compile.js. Throws where no WebAssembly can be compiled. */
export function loadCore(compile) {
  return compile()(queueMicrotask);
}

export class CoreMachine {
  #machine;

  /** `options`: those of `createClient`, as far as they are JSON; the credentials come from a function. `seed`: a BigInt. */
  constructor(wasm, options, seed) {
    this.#machine = new wasm.Machine(JSON.stringify(options), true);
    this.#machine.reseed(seed);
  }

  /** What a call does that began at `since`: `{ type: "use" | "send" | "wait" | "fail", … }`. */
  poll(now, since, latest) {
    return this.#machine.poll(now, since, 0, latest);
  }

  /** Gives a token request the credentials that it needs. Returns the HTTP request. */
  giveCredentials(serial, credentials, now) {
    return this.#machine.on_credentials(serial, JSON.stringify(credentials), now);
  }

  /** Ends a cooldown that other credentials were refused with. */
  replaceCredentials(credentials) {
    this.#machine.replace_credentials(JSON.stringify(credentials));
  }

  answer(serial, { status, headers, body }, now) {
    this.#machine.on_response(serial, status, Object.entries(headers).flat(), encoder.encode(body), now);
  }

  /** Whether a call that got a 401 for the token of `serial` is worth one more try. */
  isCurable(serial, { status, headers }, now) {
    return this.#machine.on_unauthorized(serial, status, Object.entries(headers).flat(), [], now) === true;
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
