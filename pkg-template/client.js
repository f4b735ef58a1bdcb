import { acquire } from "./acquire.js";
import { introspect, revoke } from "./endpoints.js";
import { AuthError, COPIES } from "./error.js";
import { authorizedFetch, sendable } from "./fetch.js";
import { checkObject, isStrange, readOptions } from "./options.js";
import { Shared } from "./shared.js";
import { AccessToken } from "./token.js";

export { AuthError };

/**
 * See index.d.ts, which is the reference.
 *
 * Two copies in one process (ESM beside CommonJS, a bundler's two graphs, hot reloading) are one: the first that was loaded
 * makes the clients of all, so that equal clients share a token whichever copy they are of.
 */
export let createClient = create;
try {
  createClient = globalThis[COPIES] ??= create;
} catch {
  // A frozen globalThis: each copy for itself.
}

function create(options) {
  const read = readOptions(options);
  const shared = Shared.of(read);
  // As a member of anything, workerd's own would refuse to be called.
  const send = read.own.fetch;
  const client = {
    fetch: (input, init) => send ? send(input, init) : fetch(input, init),
    hasOwnFetch: send !== undefined,
    waitUntil: read.own.waitUntil,
    store: read.own.store,
    credentials: read.credentials,
    sign: read.own.sign,
    isWatched: read.own.onEvent !== undefined,
    emit(event) {
      try {
        read.own.onEvent?.({ provider: shared.provider ?? undefined, host: undefined, at: new Date(), ...event })
          ?.catch?.(() => {});
      } catch {
        // Whoever watches must not stop what is watched.
      }
    },
  };
  if (isStrange(read)) {
    globalThis.console?.warn(`bearerkit: ${UNNAMED}`);
    client.emit({ type: "warning", serial: shared.serial, message: UNNAMED });
  }
  let isClosed = false;
  let seen;
  let view;

  async function token(options) {
    checkOpen();
    const isFresh = options === undefined && shared.isFresh(Date.now());
    const held = isFresh ? shared.token : await acquire(shared, client, options);
    if (seen !== held) {
      seen = held;
      view = new AccessToken(held);
    }
    return view;
  }

  async function authorization(options) {
    if (!isClosed && shared.isFresh(Date.now())) return sendable(shared.token).headers.authorization;
    checkOpen();
    return sendable(await acquire(shared, client, options)).headers.authorization;
  }

  function checkOpen() {
    if (isClosed) throw new AuthError("ERR_OPTIONS", "the client is closed");
  }

  return Object.freeze({
    token,
    authorization: shared.authorizes ? authorization : refuseAuthorization,
    async fetch(input, init) {
      checkOpen();
      return await authorizedFetch(shared, client, input, init);
    },
    invalidate() {
      checkOpen();
      shared.invalidate();
    },
    extend(overrides) {
      checkOpen();
      checkObject(overrides ?? {});
      // Whose object `options` is may have changed it.
      const known = JSON.parse(
        read.json,
        (_, value) => value?.kty === "CryptoKey" ? read.keys.get(value.k) : value,
      );
      return createClient({ credentials: read.credentials, ...known, ...read.own, ...overrides });
    },
    async revoke() {
      checkOpen();
      await revoke(shared, client);
    },
    async introspect(token) {
      checkOpen();
      if (token !== undefined && typeof token !== "string") {
        throw new AuthError("ERR_OPTIONS", "token: expected a string");
      }
      return await introspect(shared, client, token);
    },
    explain() {
      checkOpen();
      const told = shared.explain(Date.now());
      return explanation({ ...told, lastError: told.lastError && shared.told(told.lastError) });
    },
    close() {
      if (!isClosed) shared.leave();
      isClosed = true;
    },
  });
}

async function refuseAuthorization() {
  throw new AuthError(
    "ERR_OPTIONS",
    "provider.resource_request.headers: this provider's token is not sent in the authorization header; use fetch or token",
  );
}

const UNNAMED =
  "a second client has the same options but another credentials function, so it shares no token with the first: " +
  "create the client once, at module level, or give both the same options.name (with tenants, one name for each)";

function explanation({ expiresAt, renewAt, hardExpiry, nextRequestAt, lastError, store, ...rest }) {
  const date = (millis) => millis === null ? null : new Date(millis);
  return {
    ...rest,
    expiresAt: date(expiresAt),
    renewAt: date(renewAt),
    hardExpiry: date(hardExpiry),
    nextRequestAt: date(nextRequestAt),
    lastError: lastError && explained(lastError, date),
    store: store && stated(store, date),
  };
}

/** The rest of it is for events. */
function stated({ state, generation, isSaved, retryAt }, date) {
  return { state, generation, isSaved, retryAt: date(retryAt) };
}

/** Its cause is for whoever catches it. */
function explained({ cause: _, durationMs = null, retryAt, ...rest }, date) {
  return { ...rest, durationMs, retryAt: date(retryAt) };
}
