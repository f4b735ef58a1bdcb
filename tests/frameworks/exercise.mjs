import assert from "node:assert/strict";

const HERD = 12;
const LIMIT_MS = 30_000;

/** A herd, an expiry, a 401: three token requests in all. */
export async function exercise({ name, url, authority }) {
  const known = authority.of(name);
  const ask = async () => {
    const response = await fetch(`${url}?base=${encodeURIComponent(`${authority.origin}/${name}`)}`, {
      signal: AbortSignal.timeout(LIMIT_MS),
    });
    const text = await response.text();
    assert.ok(response.ok && text.includes(`200 for ${name}`), `${response.status}: ${text.slice(0, 500)}`);
  };
  await Promise.all(Array.from({ length: HERD }, ask));
  assert.equal(known.issued, 1, `token requests of ${HERD} calls at once`);

  await new Promise((resolve) => setTimeout(resolve, known.expiresAt + 50 - Date.now()));
  await ask();
  assert.equal(known.issued, 2, "token requests once the token has expired");

  known.refuses = true;
  await ask();
  assert.equal(known.issued, 3, "token requests after a 401");
}
