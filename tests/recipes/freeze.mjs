// The handler of the Lambda recipe, whose token gets stale: the invocation that renews it ends no sooner than the renewal.
// Run in the recipe's folder.
import { fakeProvider } from "../../pkg-template/testing.js";
import assert from "node:assert/strict";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { join } from "node:path";

const { handler } = await import(pathToFileURL(join(process.cwd(), "dist", "orders.mjs")));
const fake = fakeProvider();
let late = 0;
const { now } = Date;
Date.now = () => now() + late;
globalThis.fetch = async (input, init) => {
  if (String(input).startsWith("http://localhost:2773/")) {
    return Response.json({ SecretString: JSON.stringify(fake.credentials) });
  }
  const isRenewal = late > 0 && String(input).includes("login.acme.example");
  if (isRenewal) await new Promise((resolve) => setTimeout(resolve, 300));
  return await fake.fetch(input, init);
};

assert.equal((await handler()).statusCode, 200);
late = 3_400_000; // of an hour: stale, and not expired
assert.equal((await handler()).statusCode, 200);
assert.equal(fake.count("token"), 2);
console.log("renewed before the handler was done");
