// What the tests of the command share: two servers, a folder, credentials.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fakeCredentials } from "../../pkg-template/testing.js";
import { startLoopback } from "../../scripts/loopback.mjs";
import { startOdd } from "./odd.mjs";

export const folder = mkdtempSync(join(tmpdir(), "bearerkit-cli-"));
export const odd = await startOdd();
const loopback = await startLoopback();
after(async () => {
  await Promise.all([loopback.close(), odd.close()]);
  rmSync(folder, { recursive: true, force: true });
});

export const CLIENT = {
  BEARERKIT_CLIENT_ID: fakeCredentials.client_id,
  BEARERKIT_CLIENT_SECRET: fakeCredentials.client_secret,
};
/** An id is no secret. */
export const ID = { shows: ["BEARERKIT_CLIENT_ID"] };
/** To loopback by http:. */
export const A = "--allow-insecure";

export const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
export const privateKey = rsa.privateKey.export({ type: "pkcs8", format: "pem" });

let spaces = 0;
/** A scripted server of a test's own: `{ token, at(path), calls(), fail(script) }`. */
export function space() {
  const origin = `${loopback.origin}/ns/cli-${spaces += 1}`;
  return {
    at: (path) => `${origin}/${path}`,
    token: `${origin}/as.example/oauth/token`,
    fail: (script) => fetch(`${origin}/_control/fail`, { method: "POST", body: JSON.stringify(script) }),
    calls: async () => await (await fetch(`${origin}/_control/calls`)).json(),
  };
}

let files = 0;
/** A file with this in it, as JSON where it is no text. */
export function file(content, name = `profile-${files += 1}.json`) {
  const path = join(folder, name);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  return path;
}

/** A profile of the odd server's. */
export const oddProfile = (path, more) => file({ token_endpoint: `${odd.origin}${path}`, ...more });
