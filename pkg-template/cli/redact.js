// What a server says may hold what it was sent, in any form.

let forms = [];

/** From now on these are found and taken out by `redact`. */
export function hide(secrets) {
  const found = [...secrets].filter((secret) => typeof secret === "string").flatMap(formsOf);
  forms = [...new Set([...forms, ...found])].sort((one, other) => other.length - one.length);
}

/** A text from outside, without the secrets. */
export const redact = (text) =>
  forms.reduce((clean, form) => clean.replace(new RegExp(form, "g"), "[redacted]"), String(text));

/** The secrets that a request of these credentials holds. An id is none: in a sentence a short one would be a riddle. */
export function secretsIn(credentials = {}) {
  const { client_id: id, client_secret: secret } = credentials;
  const given = Object.entries(credentials).filter(([name]) => !name.endsWith("id")).map(([, value]) => value);
  return id && secret ? [`${id}:${secret}`, ...given] : given;
}

/** A secret as it is, and as requests encode it, as regular expressions. Shorter ones are in every other word. */
function formsOf(secret) {
  if (secret.length < 4) return [];
  const percent = encodeURIComponent(secret);
  const strict = percent.replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  return [
    secret,
    percent,
    strict,
    strict.toLowerCase(),
    strict.replaceAll("%20", "+"),
    JSON.stringify(secret).slice(1, -1),
  ].map(literally).concat(
    // The end of the secret is in what follows.
    [0, 1, 2].flatMap((offset) => base64At(offset, secret)).map((form) => `${literally(form)}[\\w+/=-]*`),
  );
}

const literally = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");

/** Base64 of a longer text in which the secret begins at this offset (of 3): what its neighbours have no part in. */
function base64At(offset, secret) {
  const bytes = new TextEncoder().encode(secret);
  const before = "\0".repeat(offset);
  const encoded = btoa(before + String.fromCharCode(...bytes)).replace(/=+$/, "");
  const whole = Math.floor((offset + bytes.length) / 3) * 4;
  const own = encoded.slice(offset === 0 ? 0 : offset + 1, whole);
  return own.length < 5 ? [] : [own, own.replaceAll("+", "-").replaceAll("/", "_")];
}
