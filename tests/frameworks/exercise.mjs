import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fakeCredentials, fakeProvider } from "../../pkg-template/testing.js";
import { startLoopback } from "../../scripts/loopback.mjs";

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

const RELAY = pathToFileURL(join(import.meta.dirname, "..", "recipes", "relay.mjs")).href;
const { client_id: CLIENT_ID, client_secret: CLIENT_SECRET } = fakeCredentials;
const VARIABLES = { CLIENT_ID, CLIENT_SECRET, NITRO_CLIENT_ID: CLIENT_ID, NITRO_CLIENT_SECRET: CLIENT_SECRET };

/** A recipe's files, on the host of the project: what they send to their placeholder hosts reaches a fake. */
export async function exerciseRecipe({ hosts, host, recipes, place }) {
  const fake = fakeProvider();
  const loopback = await startLoopback(fake);
  const [kind] = Object.keys(host);
  const given = kind === "worker"
    ? { ...host.worker, bindings: VARIABLES, outboundService: (request) => fake.fetch(request.url, request) }
    : host[kind];
  const env = { ...place.env, ...VARIABLES, RELAY: loopback.origin, NODE_OPTIONS: `--import=${RELAY}` };
  const started = await hosts[kind](given, { ...place, env });
  try {
    for (const path of [...recipes, ...recipes]) {
      // As a browser asks: SvelteKit may have a page and an endpoint at one place.
      const init = { headers: { accept: "text/html" }, signal: AbortSignal.timeout(LIMIT_MS) };
      const response = await fetch(`${started.origin}${path}`, init);
      const text = await response.text();
      assert.ok(response.ok && text.includes("plain"), `${path} answered ${response.status}: ${text.slice(0, 500)}`);
    }
    assert.equal(fake.count("token"), 1, "token requests");
    // One more where the host was asked whether it is there.
    assert.ok(fake.count("api", ({ status }) => status === 200) >= 2 * recipes.length, "API calls");
  } finally {
    await started.stop();
    await loopback.close();
  }
}

/** Neither a token, which begins with the name, nor the Base64 of an answer that has one. */
export function keepsNoToken(folder, name) {
  const told = new RegExp(`${name}-[a-z-]+\\.\\d|${btoa('{"access_token"')}`);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name, path } of files) assert.doesNotMatch(readFileSync(join(path, name), "latin1"), told, name);
}
