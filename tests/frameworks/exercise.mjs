import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

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

/** A page that was made without secrets, and is made anew every second: with a token, and with another once it has expired. */
export async function exerciseIsr({ name, url, authority }) {
  const known = authority.of(name);
  const texts = [];
  for (const end = Date.now() + LIMIT_MS; Date.now() < end && known.issued < 2;) {
    texts.push(await (await fetch(url, { signal: AbortSignal.timeout(LIMIT_MS) })).text());
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  assert.match(texts[0], /without secrets/);
  assert.match(texts.at(-1), new RegExp(`200 for ${name}`));
  assert.ok(texts.every((text) => !text.includes(`401 for ${name}`)), "a token that was dead");
  assert.equal(known.issued, 2, "token requests of the first page and of the first after the expiry");
}

/** Neither a token, which begins with the name, nor the Base64 of an answer that has one. */
export function keepsNoToken(folder, name) {
  const told = new RegExp(`${name}-[a-z-]+\\.\\d|${btoa('{"access_token"')}`);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name, path } of files) assert.doesNotMatch(readFileSync(join(path, name), "latin1"), told, name);
}
