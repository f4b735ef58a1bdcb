// "bearerkit/testing", beside a client.
import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";
import { type Call, fakeProvider, type Fault, NetworkFault, resetAll } from "bearerkit/testing";

const fake = fakeProvider({ lifetime: 2, now: () => 0, rotate: true });
createClient({ provider: fuse, credentials: fake.credentials, fetch: fake.fetch });
const script: Fault[] = [{ type: "rate_limited", retryAfter: new Date() }, { at: "api", type: "late", delay: 5 }];
fake.fail(script);
fake.calls.map((call: Call) => call.status?.toFixed());
const fault: TypeError = new NetworkFault();
void fault;
// @ts-expect-error no such fault
fake.fail([{ type: "explode" }]);
// @ts-expect-error a late answer is late by so much
fake.fail([{ type: "late" }]);
// @ts-expect-error no such option
fakeProvider({ lifetme: 2 });
const nothing: void = resetAll();
void nothing;
