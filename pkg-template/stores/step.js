import { setTimeout } from "../timers.js";

/**
 * What a flight needs of the store: `load` or `store`. `flight.over`: what this flight read or wrote last, which its next write
 * goes over. What it comes to is for the machine: `tell`; and for whoever watches: `report`.
 */
export async function step(store, shared, client, next, flight) {
  return next.type === "load"
    ? await load(store, shared, client, next.at, flight)
    : await write(store, shared, client, next, flight);
}

async function load(store, shared, client, at, flight) {
  const wait = at - Date.now();
  if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
  const { found, record, sealed, reason } = await store.read(shared);
  flight.over = sealed ?? null;
  return {
    tell: (machine, serial, now) => machine.on_loaded(serial, found, record, now),
    report() {
      if (!client.isWatched) return;
      const { isMisread, retryAt } = shared.explain(Date.now()).store;
      const wrong = found === "unreadable" || isMisread ? "unreadable" : reason;
      if (wrong) fail(shared, client, "get", wrong, retryAt);
    },
  };
}

async function write(store, shared, client, { record, ttl }, flight) {
  const { outcome, sealed, reason } = await store.write(shared, record, ttl, flight.over ?? null);
  if (outcome === "written") flight.over = sealed;
  // The fourth time somebody else was first: this one gives up.
  flight.outdone = outcome === "outdone" ? (flight.outdone ?? 0) + 1 : 0;
  return {
    tell: (machine, serial, now) => machine.on_stored(serial, outcome, now),
    report() {
      if (!client.isWatched) return;
      const { isUnsafe, retryAt } = shared.explain(Date.now()).store;
      if (isUnsafe && !client.toldUnsafe) client.emit({ type: "store_unsafe", serial: shared.serial });
      client.toldUnsafe ||= isUnsafe;
      if (flight.outdone > 3) fail(shared, client, "set", "outdone", retryAt);
      else if (reason) fail(shared, client, "set", reason, retryAt);
    },
  };
}

function fail(shared, client, operation, reason, retryAt) {
  client.emit({
    type: "store_error",
    serial: shared.serial,
    operation,
    reason,
    retryAt: retryAt === null ? null : new Date(retryAt),
  });
}
