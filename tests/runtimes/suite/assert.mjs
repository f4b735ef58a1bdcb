// As much of an assertion library as the suite needs, of nothing but the language.

export class AssertionError extends Error {}

export function ok(value, message = "expected something truthy") {
  if (!value) throw new AssertionError(`${message}, found ${show(value)}`);
}

/** The same value, member by member. */
export function equal(actual, expected, message = "different values") {
  if (!same(actual, expected)) {
    throw new AssertionError(`${message}\n  expected ${show(expected)}\n  found    ${show(actual)}`);
  }
}

export function match(text, pattern, message = "no match") {
  if (!pattern.test(text)) throw new AssertionError(`${message}: ${pattern}\n  found    ${show(text)}`);
}

/** An instant or an amount that may be off a little. */
export function near(actual, expected, tolerance, message = "not near") {
  ok(Math.abs(actual - expected) <= tolerance, `${message}: expected ${expected} ± ${tolerance}, found ${actual}; it`);
}

/** What the promise rejects with. */
export async function rejection(promise, message = "expected a rejection") {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new AssertionError(`${message}, found ${show(value)}`);
}

/** What the function throws. */
export function thrown(operation, message = "expected it to throw") {
  let value;
  try {
    value = operation();
  } catch (error) {
    return error;
  }
  throw new AssertionError(`${message}, found ${show(value)}`);
}

/** Waits until something is so that nobody can be asked to tell of. */
export async function until(condition, message, limit = 3000) {
  for (const end = Date.now() + limit; Date.now() < end;) {
    if (await condition()) return;
    await sleep(15);
  }
  throw new AssertionError(`it never happened: ${message}`);
}

export function sleep(millis) {
  return new Promise((resolve) => setTimeout(resolve, millis));
}

function same(one, other) {
  if (Object.is(one, other)) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const names = Object.keys(one);
  return names.length === Object.keys(other).length &&
    names.every((name) => Object.hasOwn(other, name) && same(one[name], other[name]));
}

function show(value) {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
