// Run by Deno, with its KV: checkStore, and what came of a few calls, as one line of JSON.
import { denoKv } from "bearerkit/stores";
import { checkStore } from "bearerkit/testing";

const [shared, record, path] = JSON.parse(Deno.env.get("GIVEN"));
const kv = await Deno.openKv(path ?? undefined);
const found = await checkStore(denoKv(kv), { timeout: 20 });
const store = denoKv(kv);
const first = await store.write(shared, record, 60, null);
const read = await store.read(shared);
const stale = await store.write(shared, "{}", 60, null);
const racers = await Promise.all(Array.from({ length: 60 }, () => store.write(shared, "{}", 60, first.sealed)));
const winners = racers.filter(({ outcome }) => outcome === "written").length;
kv.close();
const closed = [await store.read(shared), await store.write(shared, "{}", 60, null)];
console.log(JSON.stringify({ found, first, read, stale, winners, closed }));
