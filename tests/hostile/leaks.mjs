// All that a person, a log or a debugger can see of a value, and the forms in which a secret may be among it.

/** Every text that can be got out of a value without knowing what to ask it for. */
export async function shown(value) {
  const texts = new Set();
  look(value, texts, new Set(), 0);
  for (const inspect of await inspectors()) attempt(() => texts.add(inspect(value)));
  attempt(() => look(structuredClone(value), texts, new Set(), 0));
  return [...texts].join("\n");
}

/** What the runtimes' consoles would print, with all that they would rather not. */
async function inspectors() {
  const { Bun, Deno } = globalThis;
  // Not a literal: bundlers would look for it.
  const nodeUtil = "node:util";
  const { inspect } = await import(nodeUtil).catch(() => ({}));
  return [
    ...(inspect ? [(value) => inspect(value, { showHidden: true, depth: Infinity, maxStringLength: Infinity })] : []),
    ...(Deno?.inspect
      ? [(value) => Deno.inspect(value, { showHidden: true, depth: 100, strAbbreviateSize: 1e6 })]
      : []),
    ...(Bun?.inspect ? [(value) => Bun.inspect(value, { depth: Infinity })] : []),
  ];
}

/** Own members, enumerable or not, texts and symbols, and those that its prototypes have getters for: unless it is `value`, which is what the user asks for. */
function look(value, texts, seen, depth) {
  if (typeof value !== "object" && typeof value !== "function" || value === null) return texts.add(String(value));
  if (seen.has(value) || depth > 12) return;
  seen.add(value);
  attempt(() => texts.add(String(value)));
  attempt(() => texts.add(JSON.stringify(value)));
  for (
    let owner = value;
    owner && owner !== Object.prototype && owner !== Function.prototype;
    owner = Object.getPrototypeOf(owner)
  ) {
    for (const name of Reflect.ownKeys(owner)) {
      if (name === "constructor" || isAskedFor(owner, name)) continue;
      texts.add(String(name));
      attempt(() => look(value[name], texts, seen, depth + 1));
    }
  }
}

/** `token.value` and `token.refreshToken` are for those who name them. */
function isAskedFor(owner, name) {
  return owner.constructor?.name === "AccessToken" && (name === "value" || name === "refreshToken");
}

function attempt(operation) {
  try {
    operation();
  } catch {
    // What cannot be read cannot leak.
  }
}

/** A secret as it may stand in a text: plain, escaped, percent- and form-encoded, Base64 and Base64url wherever it begins. */
export function forms(secret) {
  const bytes = new TextEncoder().encode(secret);
  const encoded = [0, 1, 2].map((offset) => {
    const padded = String.fromCharCode(...new Uint8Array(offset), ...bytes);
    // Without the characters that its neighbours have a part in.
    return btoa(padded).slice([0, 2, 3][offset], Math.floor((offset + bytes.length) / 3) * 4);
  });
  const percent = encodeURIComponent(secret);
  return [
    secret,
    JSON.stringify(secret).slice(1, -1),
    percent,
    percent.toLowerCase(),
    new URLSearchParams({ x: secret }).toString().slice(2),
    ...encoded,
    ...encoded.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
  ];
}

/** Those of the secrets that stand in the text. */
export function found(text, secrets) {
  return secrets.filter((secret) => forms(secret).some((form) => text.includes(form)));
}
