import { AuthError, authError } from "./error.js";
import { askForCredentials, launch } from "./exchange.js";
import { after, clearTimeout, within } from "./timers.js";

/** Whoever waits for the end of a cooldown looks so often at the clock, which a test may set. */
const LOOK = 250;

/**
 * The token for one call: polls, acts, and polls again.
 *
 * Nothing here hangs on another call's life: the exchange is nobody's, and whoever waits for it has a timer of its own.
 */
export async function acquire(shared, client, { signal, minValidity = 0 } = {}) {
  if (!(minValidity >= 0 && minValidity <= 86400)) {
    const wrong = `minValidity: expected 0 to 86400 seconds, found ${minValidity}; is it in milliseconds?`;
    throw new AuthError("ERR_OPTIONS", wrong, { provider: shared.provider });
  }
  let since = Date.now();
  let asked = false;
  let isNew = true;
  let floor = 0;
  let own;
  for (;;) {
    if (signal?.aborted) {
      const { provider } = shared;
      throw new AuthError("ERR_ABORTED", "the caller's signal was aborted", { provider, cause: signal.reason });
    }
    if (minValidity === 0 && shared.isFresh(Date.now())) return shared.token;
    const action = shared.poll(since, minValidity, floor);
    // What begins now has dates of the clock's own.
    floor = 0;
    if (action.type === "use") {
      // Held before anyone is told of anything: whoever watches may invalidate it.
      const { token } = shared;
      if (action.renew) launch(shared, client, action.renew);
      return token;
    }
    if (action.type === "fail") {
      if (!shared.asks || asked || action.error.code !== "ERR_REFUSED") {
        throw refusal(shared, client, action.error, isNew);
      }
      // The secret may have been replaced since it was refused.
      asked = true;
      const credentials = await within(shared.timeout, askForCredentials(shared, client)).catch(() => undefined);
      if (credentials) shared.use((machine) => machine.replace_credentials(credentials));
      continue;
    }
    if (action.type === "send") own = launch(shared, client, action.request);
    isNew = false;
    const until = action.request?.deadline ?? action.until;
    const isOver = await wait(shared, until, signal, own);
    if (own?.forHost) throw own.forHost;
    const behind = until - Date.now();
    if (!isOver || behind <= 0) continue;
    // The clock stands still, or was set back: the time has passed all the same.
    floor = until;
    since -= behind;
  }
}

/** `isNew`: the call has waited for nothing, so that a cooldown which ran already refuses it. */
function refusal(shared, client, described, isNew) {
  const error = authError(shared.told(described));
  const { code, host, retryAt } = error;
  if (!isNew || !(retryAt > Date.now())) return error;
  error.message = `no new request until ${retryAt.toISOString()}, because ${error.message}`;
  client.emit({ type: "cooldown", serial: shared.serial, host, code, message: error.message, retryAt });
  return error;
}

/** Waits until the exchange under way ends, `until` passes or the signal aborts. Resolves to whether it has passed. */
async function wait(shared, until, signal, launched) {
  const { flight } = shared;
  // It ends in time by itself, and in the request that waits.
  const isOwn = flight !== null && flight === launched;
  if (isOwn && !signal) return await flight.ended;
  let timer, end;
  const own = new Promise((resolve) => end = resolve);
  // What is no signal is told here, and not where it would pass for an exchange that was lost.
  const leave = listen(signal, end);
  let left = until - Date.now();
  const look = () => {
    if (left <= 0 || Date.now() >= until) return end(true);
    const step = flight ? left : Math.min(left, LOOK);
    left -= step;
    timer = after(step, look);
  };
  if (!isOwn) look();
  try {
    return await Promise.race([own, flight?.ended ?? own]);
  } catch {
    // The exchange's own promise never rejects: a workerd of late 2026 says so that the request which made it has ended.
    if (shared.flight === flight) shared.flight = null;
    shared.use((machine) => machine.on_lost(flight.serial, Date.now()));
  } finally {
    clearTimeout(timer);
    leave();
  }
}

/** signal -> whom its abort is told, by one listener: of more than ten Node warns as of a leak. */
const listeners = new WeakMap();

/** Calls back when the signal aborts, or has. Returns what ends that. */
function listen(signal, told) {
  if (!signal) return () => {};
  let tell = listeners.get(signal);
  if (!tell) {
    tell = () => tell.all.forEach((told) => told());
    tell.all = new Set();
    if (typeof signal.addEventListener !== "function") {
      throw new TypeError("signal: expected an AbortSignal");
    }
    signal.addEventListener("abort", tell);
    listeners.set(signal, tell);
  }
  tell.all.add(told);
  // Whoever is told of the request may have aborted.
  if (signal.aborted) told();
  return () => {
    tell.all.delete(told);
    if (tell.all.size > 0) return;
    listeners.delete(signal);
    signal.removeEventListener("abort", tell);
  };
}
