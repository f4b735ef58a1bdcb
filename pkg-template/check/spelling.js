/** A word without what two people may write in two ways. */
export const plain = (word) => word.toLowerCase().replace(/[^a-z0-9]/g, "");

/** The word of a list that someone may have meant; `undefined` where none is near. */
export function nearest(word, words) {
  const wanted = plain(word);
  // A letter or two may be anything.
  let best, least = Math.floor(wanted.length / 3) + 1;
  for (const candidate of words) {
    const steps = distance(wanted, plain(candidate));
    if (steps < least) [best, least] = [candidate, steps];
  }
  return best;
}

/** How many letters are to be put in, taken out, changed or swapped with the next one. */
function distance(one, other) {
  let before;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const change = row[j - 1] + (one[i - 1] === other[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j] + 1, next[j - 1] + 1, isSwapped ? before[j - 2] + 1 : Infinity));
    }
    [before, row] = [row, next];
  }
  return row[other.length];
}
