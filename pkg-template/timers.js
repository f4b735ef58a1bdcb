/**
 * Those of the moment when this module was loaded: a test runner's fake ones are for the program that is tested, and would
 * hold up whatever waits here. If they came first, what they replaced (sinon, jest and vitest keep it so).
 */
const own = (name) => globalThis[name]?.clock?.[`_${name}`] ?? globalThis[name];

export const setTimeout = own("setTimeout");
export const clearTimeout = own("clearTimeout");

/** Beyond this a timer fires at once. */
const MAX_TIMER = 2 ** 31 - 1;

/** A timer that no delay is too long for. */
export function after(millis, callback) {
  return setTimeout(callback, Math.min(millis, MAX_TIMER));
}

/** A promise of someone else's, that may never settle. */
export async function within(millis, promise) {
  let timer;
  const late = new Promise((_, reject) => timer = after(millis, () => reject(new Error("late"))));
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
