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

/** `token.value`, `token.refreshToken` and `token.captured` are for those who name them. */
function isAskedFor(owner, name) {
  return owner.constructor?.name === "AccessToken" && ["value", "refreshToken", "captured"].includes(name);
}

function attempt(operation) {
  try {
    operation();
  } catch {
    // What cannot be read cannot leak.
  }
}

/**
 * A secret as it may stand in a text: plain, escaped as in JSON, percent- and form-encoded; and plain and encoded in Base64
 * and Base64url wherever it begins.
 */
export function forms(secret) {
  const percent = encodeURIComponent(secret);
  const form = new URLSearchParams({ x: secret }).toString().slice(2);
  const json = JSON.stringify(secret).slice(1, -1);
  const base64 = [secret, percent, form].flatMap((text) => [0, 1, 2].map((offset) => base64At(text, offset)));
  return [
    ...new Set([
      secret,
      json,
      percent,
      percent.replace(/%../g, (escape) => escape.toLowerCase()),
      form,
      ...base64,
      ...base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_")),
    ]),
  ];
}

/** What of the Base64 of a longer text is this one's alone, if it begins so many bytes after a multiple of three. */
function base64At(text, offset) {
  const bytes = [...new Uint8Array(offset), ...new TextEncoder().encode(text)];
  const whole = Math.floor(bytes.length / 3) * 4;
  return btoa(String.fromCharCode(...bytes)).slice([0, 2, 3][offset], whole);
}

/** Those of the secrets that stand in the text. */
export function found(text, secrets) {
  return secrets.filter((secret) => forms(secret).some((form) => text.includes(form)));
}
