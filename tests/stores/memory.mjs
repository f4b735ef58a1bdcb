/** A store in memory; `values` is what is in it. */
export function memoryStore({ atomic = true } = {}) {
  const values = new Map();
  return {
    atomic,
    values,
    get: async (key) => values.get(key),
    async set(key, value, { over }) {
      if (atomic && (values.get(key) ?? null) !== over) return false;
      values.set(key, value);
      return true;
    },
  };
}
