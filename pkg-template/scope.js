/** A scope is a set: its values, each once, sorted. What tells clients apart, and records in a store. */
export function setOf(scope) {
  const texts = [scope].flat();
  // What is no scope is equal to nothing that is one.
  if (!texts.every((text) => typeof text === "string")) return scope;
  return [...new Set(texts.join(" ").split(" "))].filter(Boolean).sort();
}
