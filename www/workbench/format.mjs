// JSON as the shipped profiles are written: an object on one line where it fits.

/** As much as stands in a line of the editor. */
const WIDTH = 76;

/** A profile's text. */
export const formatJson = (value) => written(value, "", WIDTH, true);

/** JSON on one line, with spaces within the braces. */
export function inline(value) {
  if (Array.isArray(value)) return `[${value.map(inline).join(", ")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const members = Object.entries(value).map(([name, member]) => `${JSON.stringify(name)}: ${inline(member)}`);
  return members.length === 0 ? "{}" : `{ ${members.join(", ")} }`;
}

/** `room`: how many columns are left in the line; `isSpread`: an object of members gets a line for each. */
function written(value, indent, room, isSpread) {
  const line = inline(value);
  const isFlat = typeof value !== "object" || value === null || Object.keys(value).length === 0;
  if (isFlat || (!isSpread && line.length <= room)) return line;
  const deeper = `${indent}  `;
  const items = Array.isArray(value)
    ? value.map((item) => deeper + written(item, deeper, WIDTH - deeper.length - 1, false))
    : Object.entries(value).map(([name, member]) => {
      const start = `${deeper}${JSON.stringify(name)}: `;
      return start + written(member, deeper, WIDTH - start.length - 1, false);
    });
  const [open, close] = Array.isArray(value) ? "[]" : "{}";
  return `${open}\n${items.join(",\n")}\n${indent}${close}`;
}
