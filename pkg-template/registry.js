const MAX_SHARED = 10_000;

/** key -> Shared. A Map that is kept in the order of use gets slow: it walks over what was deleted. */
const registry = new Map();
/** The same in that order, as a ring: `newer` is the one used longest ago, `older` the one used last. */
const ring = {};
ring.newer = ring.older = ring;

/** Forgets what every machine of this copy of the package knows. */
function resetAll() {
  for (const shared of registry.values()) shared.reset();
}
try {
  // That is where bearerkit/testing, which has nothing of bearerkit in it, finds each copy in this isolate.
  (globalThis[Symbol.for("bearerkit/reset")] ??= new Set()).add(resetAll);
} catch {
  // A frozen globalThis is none of a test's.
}

/** The one of this key, if any. */
export function find(key) {
  return registry.get(key);
}

/** This is now the one used last. Where there are too many, the one used longest ago has to leave. */
export function touch(shared) {
  const known = registry.get(shared.key);
  if (!known) registry.set(shared.key, shared);
  else if (known !== shared) return;
  move(shared, ring);
  if (registry.size <= MAX_SHARED) return;
  const first = ring.newer;
  drop(first);
  try {
    first.rest();
  } catch {
    // A bug that it met is not for this caller.
  }
}

/** Takes it out, unless another one is there in its place. */
export function drop(shared) {
  if (registry.get(shared.key) !== shared) return;
  registry.delete(shared.key);
  move(shared);
}

/** Gives it the place in the ring that is before `newer`, or none. */
function move(shared, newer) {
  if (shared.newer) {
    shared.older.newer = shared.newer;
    shared.newer.older = shared.older;
  }
  shared.newer = newer;
  shared.older = newer?.older;
  if (newer) shared.older.newer = newer.older = shared;
}
