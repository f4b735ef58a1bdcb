/** A text as one line that cannot move a cursor, end a quote or fill a screen. */
export function clean(text, limit = 512) {
  // deno-lint-ignore no-control-regex
  const spaced = String(text).replace(/[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, " ");
  return spaced.length > limit ? `${spaced.slice(0, limit)}…` : spaced;
}
