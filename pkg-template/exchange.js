import { complaintOf, reasonOf, veiled } from "./cause.js";
import { AuthError, isForHost } from "./error.js";
import { canonical } from "./options.js";
import { send } from "./send.js";
import { sign, signedBy } from "./sign.js";
import { within } from "./timers.js";
import { host } from "./wasm.js";

/** Begins an exchange that nobody owns: it outlives the response, and it never rejects. */
export function launch(shared, client, request) {
  const { serial } = request;
  const flight = { serial };
  shared.serial = serial;
  flight.ended = new Promise((resolve) => flight.end = resolve);
  // Before it begins: `fetch` is called at once, and may call this client.
  shared.flight = flight;
  const whole = exchange(shared, client, request, flight).catch(() => {});
  try {
    (client.waitUntil ?? host.waitUntil)?.(whole);
  } catch {
    // Outside of a request there is nothing to outlive.
  }
  return flight;
}

async function exchange(shared, client, request, flight) {
  const { serial } = request;
  try {
    await carryOut(shared, client, request, flight);
  } catch (thrown) {
    if (isForHost(thrown)) {
      // Whoever waits may ask in a context of its own.
      shared.use((machine) => machine.on_unsent(serial));
      flight.forHost = thrown;
    }
  } finally {
    land(shared, flight);
  }
}

/** Those who wait for it go on. */
function land(shared, flight) {
  if (shared.flight === flight) shared.flight = null;
  flight.end();
}

async function carryOut(shared, client, request, flight) {
  const { serial } = request;
  const began = Date.now();
  const done = { serial, host: undefined, durationMs: undefined, isAsked: false, isSent: false, isTold: false };
  let found;
  for (let step = request; step?.next; step = found) {
    done.host = step.host ?? done.host;
    const { next } = step;
    const isShared = next.type === "load" || next.type === "store";
    if (!isShared && !done.isAsked) {
      done.isAsked = true;
      client.emit({ type: "token_request", serial, host: done.host });
    }
    const isSent = next.type === "send";
    done.isSent ||= isSent;
    const { tell, thrown, veil, report } = isShared
      ? await client.store.step(shared, client, next, done)
      : isSent
      ? answered(next, await send(shared, client, next))
      : await prepared(shared, client, next);
    const now = Date.now();
    const cause = shared.causeOf(thrown, veil);
    if (!isShared) {
      done.durationMs = Math.max(now - began, 0);
      // Before anyone can poll.
      if (shared.serial === serial) shared.ended = { cause, durationMs: done.durationMs };
    }
    found = shared.use((machine) => tell(machine, serial, now, cause));
    if (found) shared.take(found);
    report?.();
    if (found?.isOver) {
      // What remains is between the machine and the store.
      conclude(shared, client, done, true);
      land(shared, flight);
    }
  }
  conclude(shared, client, done, !found);
}

/** The end of the exchange, as it is told. `looks`: the machine may have another token. */
function conclude(shared, client, done, looks) {
  if (looks) shared.look(true);
  const { serial, host, durationMs, isAsked, isSent, isTold } = done;
  const isNew = isAsked || shared.token?.serial === serial;
  if (!client.isWatched || isTold || !isNew) return;
  done.isTold = true;
  const { token, lastError } = shared.explain(Date.now());
  if (lastError) {
    const { code, status, error, message, host, retryAt } = lastError;
    client.emit({
      type: "token_error",
      serial,
      host: host ?? undefined,
      code,
      status,
      error,
      message,
      durationMs,
      retryAt: retryAt === null ? null : new Date(retryAt),
    });
  } else if (token !== "none") {
    const from = isSent ? "server" : "store";
    client.emit({ type: "token", serial, host, from, renewAt: new Date(shared.renewAt), durationMs });
  }
  const { warning } = shared.token ?? {};
  // Once: the next token's answer says the same.
  if (!lastError && warning && client.warned !== warning) {
    client.emit({ type: "warning", serial, host, message: warning });
  }
  if (warning) client.warned = warning;
}

/** What a token request needs before it can be sent. What became of it is for the machine: `tell`, which returns what comes next. */
async function prepared(shared, client, next) {
  if (next.type === "credentials") {
    try {
      const credentials = await within(shared.timeout, askForCredentials(shared, client));
      return { tell: (machine, serial, now) => machine.on_credentials(serial, credentials, now) };
    } catch (thrown) {
      return { thrown, veil: veilFor(thrown), tell: tellFailedCredentials };
    }
  }
  try {
    const signature = await signatureOf(shared, client, next);
    return { tell: (machine, serial, now) => machine.on_signature(serial, signature, now) };
  } catch (thrown) {
    if (client.sign) return { thrown, veil: veilFor(thrown), tell: tellFailedSigner };
    // What WebCrypto says of a bad key may quote it.
    const reason = `the key cannot sign with ${next.alg}`;
    return { tell: (machine, serial, now) => machine.on_unable(serial, "credentials", reason, now) };
  }
}

/** What `canonical` and `signedBy` say quotes nothing. */
export function veilFor(thrown) {
  return thrown instanceof AuthError && thrown.code === "ERR_OPTIONS" ? undefined : veiled;
}

/** The signature that the machine wants, in time. */
export function signatureOf(shared, client, next) {
  return within(shared.timeout, client.sign ? signedBy(client.sign, next) : sign(next, shared.keys));
}

/** The same of what was sent. */
function answered({ url }, { failure, status, headers, body, cause: thrown }) {
  return {
    thrown,
    tell(machine, serial, now, cause) {
      if (failure === "lost") return machine.on_lost(serial, now);
      if (!failure) return machine.on_response(serial, status, headers.join("\0"), body, now);
      const { reason, isLasting } = reasonOf(failure, cause, url);
      return machine.on_failure(serial, failure, status, reason, isLasting, now);
    },
  };
}

function tellFailedCredentials(machine, serial, now, cause) {
  const { path, reason } = complaintOf(cause);
  return machine.on_unable(serial, path, reason, now);
}

/** No path: it may do better in a while. */
function tellFailedSigner(machine, serial, now, cause) {
  const { path = "", reason } = complaintOf(cause);
  return machine.on_unable(serial, path, `the signer failed: ${reason}`, now);
}

/** The credentials of now, as JSON. */
export async function askForCredentials(shared, client) {
  const given = await client.credentials();
  if (given === undefined) throw new AuthError("ERR_OPTIONS", "it returned nothing; it has to return the credentials");
  const keys = new Map();
  const credentials = canonical(given, "credentials", 0, keys);
  shared.keys = keys;
  return credentials;
}
