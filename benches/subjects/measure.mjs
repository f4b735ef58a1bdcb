// The program that is measured in each runtime: one HTTP request is one measurement of one subject, so that whoever asks
// can interleave them. `Date.now()` of workerd moves on in whole milliseconds, so a measurement takes tens of them.
import { tokenEndpoint } from "./stub.mjs";

const HERD = 1000;
/** Calls between two looks at the clock. */
const BATCH = { authorization: 200, acquire: 5 };

/** `subjects`: name -> `{ make }`. Answers `/<what>/<subject>?millis=…` with a number. */
export function measuring(subjects) {
  const made = {};
  return {
    async fetch(request) {
      const { pathname, searchParams } = new URL(request.url);
      const [, what, name] = pathname.split("/");
      if (what === "herd") return Response.json(await herd(subjects[name].make));
      const client = made[name] ??= subjects[name].make(tokenEndpoint());
      return Response.json(await microseconds(client[what], Number(searchParams.get("millis")), BATCH[what]));
    },
  };
}

/** What a call costs, called one after the other for so long. */
async function microseconds(call, millis, batch) {
  const header = await call();
  if (!header.startsWith("Bearer ey")) throw new Error("no token");
  let calls = 0;
  const began = performance.now();
  let passed = 0;
  while (passed < millis) {
    for (let index = 0; index < batch; index += 1) await call();
    calls += batch;
    passed = performance.now() - began;
  }
  return passed * 1000 / calls;
}

/** How many token requests that many callers cost who come at once and find nothing. */
async function herd(make) {
  const endpoint = tokenEndpoint({ delay: 5 });
  const client = make(endpoint);
  const headers = await Promise.all(Array.from({ length: HERD }, () => client.authorization()));
  if (!headers.every((header) => header === headers[0])) throw new Error("not one token");
  return endpoint.requests;
}
