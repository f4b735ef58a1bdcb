// The life of a token as a line: where each part begins and ends, in percent of the whole.

/** Nothing is drawn narrower: it would not be seen. */
const LEAST = 0.6;

/**
 * `{ parts: [{ id, from, width }], ticks: [percent] }`; the parts are fresh, window, stale, expired.
 *
 * @param life `{ renewals, notUsedAfter, expiresAfter }` in seconds from the request; `renewals` in order.
 */
export function lineOf({ renewals, notUsedAfter, expiresAfter }) {
  const end = Math.max(notUsedAfter, expiresAfter ?? 0, 1);
  const total = end * 1.04;
  const at = (seconds) => Math.min(100, Math.max(0, seconds / total * 100));
  const [first, last] = [renewals[0], renewals.at(-1)];
  const borders = [0, at(first), Math.max(at(last), at(first) + LEAST), at(notUsedAfter), 100];
  const ids = ["fresh", "window", "stale", "expired"];
  const parts = ids.map((id, index) => ({
    id,
    from: borders[index],
    width: Math.max(0, borders[index + 1] - borders[index]),
  }));
  return { parts, ticks: renewals.map(at), expiry: expiresAfter === null ? null : at(expiresAfter) };
}
