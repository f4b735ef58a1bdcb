/** A number of 32 bits that follows from the seed and from what it is for, in any order of asking. */
export function draw(seed, ...keys) {
  let hash = mix(seed ^ 0x9e3779b9);
  for (const key of keys) hash = mix((hash + Math.imul(key, 0x85ebca6b) + 0x6a09e667) | 0);
  return hash >>> 0;
}

function mix(value) {
  value = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  value = Math.imul(value ^ (value >>> 15), 0x735a2d97);
  return value ^ (value >>> 15);
}
