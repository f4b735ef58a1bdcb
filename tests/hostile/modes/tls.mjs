// What can be wrong with TLS. The same at both endpoints: to a token request it is as if nobody were there, to a call of
// the API it is fetch's own error.
import { answer, head } from "../wire.mjs";
import { bad, either, OWN, SERVED, TIMEOUT, UNREACHABLE } from "./expected.mjs";

const UNWARY = "it takes any end of a connection for the end of the body";

const h2 = (place) => ({
  ALPNCallback: ({ protocols }) => !place.healed && protocols.includes("h2") ? "h2" : "http/1.1",
});

/** `token`: at the token endpoint; `api`: at the API. */
const broken = {
  "an expired certificate": { certificate: "expired" },
  "another host's certificate": { certificate: "wrongHost" },
  "a self-signed certificate": { certificate: "selfSigned" },
  "a certificate of a CA that nobody trusts": { certificate: "unknownCa" },
  "TLS 1.1 and no later": {
    tlsOptions: () => ({ minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" }),
  },
  "http where https is expected": { over: ["https"], connect: (it) => it.end(answer(200, '{"access_token":"x"}')) },
  "a TLS alert for a greeting": {
    over: ["https"],
    // handshake_failure
    connect: (it) => it.end(Buffer.from([0x15, 0x03, 0x03, 0x00, 0x02, 0x02, 0x28])),
  },
  "a handshake that is reset": { over: ["https"], connect: (it) => it.socket.once("data", () => it.reset()) },
  "a handshake that breaks off in the middle": {
    over: ["https"],
    // The beginning of a ServerHello.
    connect: (it) => it.socket.once("data", () => it.end(Buffer.from([0x16, 0x03, 0x03, 0x00, 0x7a, 0x02, 0x00]))),
  },
};

export const atToken = {
  ...Object.fromEntries(Object.entries(broken).map(([name, mode]) => [name, { ...mode, expect: UNREACHABLE }])),
  "a handshake that hangs": { over: ["https"], connect: () => {}, expect: TIMEOUT },
  "a TLS connection cut off in the body": {
    over: ["https"],
    expect: UNREACHABLE,
    strike: (it) => it.cut(head(200, { "content-length": 500 }) + it.rightBody().slice(0, 20)),
  },
  // Without TLS's farewell nobody can know that this is all of it.
  "a TLS connection cut off where only its end ends the body": {
    over: ["https"],
    expect: UNREACHABLE,
    hosts: { node: [SERVED, UNWARY], bun: [SERVED, UNWARY] },
    strike: (it) => it.cut(head(200, { connection: "close" }) + it.rightBody()),
  },
  "a TLS connection cut off in the document, where only its end ends the body": {
    over: ["https"],
    expect: UNREACHABLE,
    hosts: { node: [bad(), UNWARY], bun: [bad(), UNWARY] },
    strike: (it) => it.cut(head(200, { connection: "close" }) + it.rightBody().slice(0, -2)),
  },
  "HTTP/2 agreed, HTTP/1.1 spoken": {
    // Served where the runtime does not offer HTTP/2.
    tlsOptions: h2,
    strike: (it) => answer(200, it.rightBody()),
    expect: either(UNREACHABLE, SERVED),
  },
};

export const atApi = {
  ...Object.fromEntries(Object.entries(broken).map(([name, mode]) => [name, { ...mode, expect: OWN }])),
};
