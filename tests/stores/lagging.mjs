// What Workers KV does and miniflare's does not: reads lag, misses are cached too, and a key takes one write a second.

/**
 * Wraps a KV namespace. `lag`: milliseconds for which a place shows again what it read, also that there was nothing.
 * `place()`: the namespace as one place of the world has it. What is written in a place is seen there at once.
 */
export function lagging(namespace, { lag = 60_000, interval = 1000, now = Date.now } = {}) {
  const written = new Map();
  const refusals = { count: 0 };
  const place = () => {
    const seen = new Map();
    return {
      async get(name) {
        const known = seen.get(name);
        if (known && now() < known.until) return known.value;
        const value = await namespace.get(name);
        seen.set(name, { value, until: now() + lag });
        return value;
      },
      async put(name, value, options) {
        if (now() - (written.get(name) ?? -Infinity) < interval) {
          refusals.count += 1;
          throw new Error("KV PUT failed: 429 Too Many Requests");
        }
        if (!(options?.expirationTtl >= 60)) throw new Error("KV PUT failed: 400 Invalid expiration_ttl");
        written.set(name, now());
        await namespace.put(name, value, options);
        seen.set(name, { value, until: now() + lag });
      },
    };
  };
  return { place, refusals };
}
