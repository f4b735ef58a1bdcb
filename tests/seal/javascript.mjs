// What JavaScript makes of the same options and records: tests/seal.rs asks, one JSON text a line, and compares.
import { createInterface } from "node:readline";
import { canonical } from "../../pkg-template/options.js";
import { checkKey, checkNames } from "../../pkg-template/stores/check.js";
import { derive, open, seal } from "../../pkg-template/stores/seal.js";

for await (const line of createInterface({ input: process.stdin })) {
  const { options, keys, record, sealed } = JSON.parse(line);
  // As the driver hands the options over: what was an object is JSON again.
  const json = canonical(JSON.parse(options), "", 0);
  console.log(JSON.stringify(await answer(json, keys, record, sealed).catch(({ message }) => ({ error: message }))));
}

async function answer(json, keys, record, sealed) {
  const bytes = keys.map((key) => new Uint8Array(Buffer.from(key, "hex")));
  const given = bytes.length > 0 ? checkKey(bytes) : bytes;
  checkNames({ json, asks: !("credentials" in JSON.parse(json)) }, given.length > 0);
  const derived = await derive(json, given);
  return { name: derived.name, sealed: await seal(derived, record), opened: await open(derived, sealed ?? "") };
}
