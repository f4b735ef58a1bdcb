// What a server says may hold what it was sent, in any form.

/** A secret as it is, and as requests encode it. Shorter ones are in every other word. */
function formsOf(secret) {
  const text = String(secret);
  if (text.length < 4) return [];
  const bytes = new TextEncoder().encode(text);
  const percent = encodeURIComponent(text).replace(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  const base64 = btoa(String.fromCharCode(...bytes)).replace(/=+$/, "");
  return [
    text,
    encodeURIComponent(text),
    percent,
    percent.replaceAll("%20", "+"),
    percent.toLowerCase(),
    JSON.stringify(text).slice(1, -1),
    base64,
    base64.replaceAll("+", "-").replaceAll("/", "_"),
  ];
}

/** A function that takes secrets out of a text. */
export function redactor(secrets) {
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((one, other) => other.length - one.length);
  return (text) => forms.reduce((clean, form) => clean.replaceAll(form, "[redacted]"), String(text));
}

/** The secrets that a request of these options holds, and those that came of it. */
export function secretsOf({ credentials = {} }, token) {
  const { client_id: id, client_secret: secret } = credentials;
  const pair = id && secret ? [`${id}:${secret}`] : [];
  const given = Object.entries(credentials).filter(([name]) => !name.endsWith("id")).map(([, value]) => value);
  return [...pair, ...given, token?.value, token?.refreshToken, ...Object.values(token?.captured ?? {})]
    .filter((value) => typeof value === "string");
}
