// A clock that someone sets, while one token is held: what JavaScript keeps of it goes with the machine's.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "../pkg/index.js";

let ahead = 0;
const { now } = Date;
Date.now = () => now() + ahead;

/** A client, and how many requests its token endpoint had so far; `answers`: to one after the other, or a token. */
function clocked(...answers) {
  let begun = 0;
  const fetch = () => {
    begun += 1;
    return Promise.resolve(answers.shift() ?? Response.json({ access_token: `token-${begun}`, expires_in: 3600 }));
  };
  const credentials = { client_id: "app", client_secret: "s3cr3t" };
  const client = createClient({ provider: "https://as.example/token", credentials, fetch, name: crypto.randomUUID() });
  return { client, begun: () => begun };
}

const granted = () => Response.json({ access_token: "token-1", expires_in: 3600 });
const limited = () => new Response(null, { status: 429, headers: { "retry-after": "60" } });

test(
  "set back while nobody may ask, the token is stale, and renewed as soon as someone may",
  { timeout: 10_000 },
  async () => {
    const { client, begun } = clocked(granted(), limited());
    const { renewAt, value } = await client.token();
    ahead = renewAt - now() + 1;
    assert.equal((await client.token()).value, value);
    while (client.explain().flight !== "cooldown") await new Promise(setImmediate);
    assert.equal(begun(), 2);
    ahead -= 1_800_000;
    assert.equal((await client.token()).value, value);
    assert.equal(begun(), 2, "in the cooldown");
    ahead += 120_000;
    assert.equal((await client.token()).value, value);
    assert.equal(begun(), 3, "after it");
  },
);
