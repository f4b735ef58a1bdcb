/** What can be said of a token without showing it: `{ kind, length }`. */
export function kindOf(value) {
  const parts = value.split(".");
  const header = parts.length === 3 || parts.length === 5 ? headerOf(parts[0]) : undefined;
  const kind = header === undefined ? "opaque" : parts.length === 5 ? "encrypted JWT" : "JWT";
  const alg = typeof header?.alg === "string" && /^[\w+-]{1,20}$/.test(header.alg) ? header.alg : undefined;
  return { kind, length: value.length, ...(alg && { alg }) };
}

function headerOf(part) {
  try {
    const header = JSON.parse(atob(part.replaceAll("-", "+").replaceAll("_", "/")));
    return typeof header === "object" && header !== null ? header : undefined;
  } catch {
    return undefined;
  }
}

/** `1 h`, `59 min 50 s`, `29 d 23 h`: at most three units. */
export function span(seconds) {
  const units = [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]];
  let rest = Math.max(0, Math.round(seconds));
  const parts = [];
  for (const [unit, size] of units) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) parts.push(`${count} ${unit}`);
  }
  return parts.slice(0, 3).join(" ") || "0 s";
}
