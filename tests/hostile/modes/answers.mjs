// What a token endpoint can say in good HTTP: redirects, statuses, documents, tokens, and what it was told, said back.
import { answer } from "../wire.mjs";
import { bad, either, limited, refused, SERVED, unreachable } from "./expected.mjs";

const BOTH = ["http", "https"];
const says = (...answered) => () => answer(...answered);
const document = (text) => (it) => answer(200, typeof text === "function" ? text(it) : text);
const granting = (further) => (it) => answer(200, it.grant(further));
/** Deeper than any parser's stack. */
const DEEP = 200_000;

const elsewhere = {
  "to itself": (it) => it.place.token,
  "to the same origin": (it) => `/${it.place.name}/elsewhere`,
  "to another origin": (it) => `${it.place.origins.other}/${it.place.name}/elsewhere`,
  "to userinfo": (it) => it.place.token.replace("://", "://user:password@"),
  "to javascript:": () => "javascript:alert(1)",
  "to nowhere": () => "",
};

export const redirects = {
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].flatMap((status) =>
      Object.entries(elsewhere).map(([where, location]) => [`${status} ${where}`, {
        over: where === "to the same origin" ? BOTH : undefined,
        expect: bad(status),
        strike: (it) => answer(status, "", { location: location(it) }),
      }])
    ),
  ),
  "307 without Location": { expect: bad(307), strike: says(307) },
  "307 with a token in it": {
    expect: bad(307),
    strike: (it) => answer(307, it.grant(), { location: `/${it.place.name}/elsewhere` }),
  },
};

const retries = {
  "no Retry-After": [undefined, [0.1, 1]],
  "Retry-After: 7": ["7", [7, 7.5]],
  "Retry-After: a date": [() => new Date(Date.now() + 60_000).toUTCString(), [58, 64]],
  "Retry-After: a date long ago": ["Sun, 06 Nov 1994 08:49:37 GMT", [0.1, 1]],
  "Retry-After: nonsense": ["soon", [0.1, 1]],
  "Retry-After: -5": ["-5", [0.1, 1]],
  "Retry-After: more than an hour": ["99999999999999999999", [3600, 3600]],
};

export const statuses = {
  ...Object.fromEntries(
    [[429, limited], [503, (retryIn) => unreachable(503, { retryIn })]].flatMap(([status, expect]) =>
      Object.entries(retries).map(([what, [value, retryIn]]) => [`${status}, ${what}`, {
        over: value === "7" ? BOTH : undefined,
        expect: expect(retryIn),
        strike: () =>
          answer(
            status,
            { error: "invalid_client" },
            value === undefined ? {} : { "retry-after": typeof value === "function" ? value() : value },
          ),
      }])
    ),
  ),
  ...Object.fromEntries([500, 502, 504, 408, 425].map((status) => [`${status}, with a token`, {
    expect: unreachable(status),
    strike: (it) => answer(status, it.grant()),
  }])),
  ...Object.fromEntries(
    [[401, "invalid_client"], [403, "access_denied"], [400, "invalid_scope"], [404, "x"], [405, "x"], [413, "x"]].map((
      [status, error],
    ) => [`${status} ${error}`, { over: BOTH, expect: refused(status, error), strike: says(status, { error }) }]),
  ),
  "418 without a word": { expect: refused(418), strike: says(418) },
  "400 temporarily_unavailable": { expect: unreachable(400), strike: says(400, { error: "temporarily_unavailable" }) },
  "400 server_error": { expect: unreachable(400), strike: says(400, { error: "server_error" }) },
  "200 with an error object": { expect: refused(200, "invalid_grant"), strike: says(200, { error: "invalid_grant" }) },
  "200 with an error object and a token": {
    expect: refused(200, "invalid_grant"),
    strike: granting({ error: "invalid_grant" }),
  },
  "cookies": {
    // And none comes back, which run.mjs looks for in every request.
    over: BOTH,
    expect: SERVED,
    strike: (it) => answer(200, it.grant(), [["set-cookie", "a=1; Path=/"], ["set-cookie", "b=2; Path=/; HttpOnly"]]),
  },
};

export const documents = {
  "HTML": { over: BOTH, expect: bad(), strike: document("<!doctype html><title>Sign in</title>") },
  "nothing": { expect: bad(), strike: document("") },
  "blanks": { expect: bad(), strike: document(" \n ") },
  "a form": { expect: bad(), strike: document("access_token=x&token_type=bearer") },
  "half a document": { expect: bad(), strike: document((it) => it.rightBody().slice(0, -3)) },
  "two documents": { expect: bad(), strike: document((it) => it.rightBody() + it.rightBody()) },
  "a document and garbage": { expect: bad(), strike: document((it) => `${it.rightBody()}\0`) },
  "a byte order mark": { expect: SERVED, strike: document((it) => `\ufeff${it.rightBody()}`) },
  "UTF-16": { expect: bad(), strike: (it) => answer(200, Buffer.from(`\ufeff${it.rightBody()}`, "utf16le")) },
  "invalid UTF-8 in the token": {
    expect: bad(),
    strike: (it) => answer(200, Buffer.from(JSON.stringify(it.grant({ access_token: "a\xffb" })), "latin1")),
  },
  "invalid UTF-8 beside the token": {
    // RFC 8259 §8.1: JSON is UTF-8. A name in Latin-1 beside a good token costs nobody the token.
    expect: SERVED,
    strike: (it) => answer(200, Buffer.from(JSON.stringify(it.grant({ x: "a\xffb" })), "latin1")),
  },
  "null": { expect: bad(), strike: document("null") },
  "a number": { expect: bad(), strike: document("17") },
  "an array around it": { expect: bad(), strike: document((it) => `[${it.rightBody()}]`) },
  "a text": { expect: bad(), strike: document((it) => JSON.stringify(it.rightBody())) },
  "deep arrays": { expect: bad(), strike: document("[".repeat(DEEP) + "]".repeat(DEEP)) },
  "deep objects beside the token": {
    expect: bad(),
    strike: document((it) => it.rightBody().replace("{", `{"x":${'{"a":'.repeat(DEEP)}1${"}".repeat(DEEP)},`)),
  },
  "100,000 members": {
    expect: SERVED,
    strike: (it) =>
      answer(200, it.grant(Object.fromEntries(Array.from({ length: 60_000 }, (_, index) => [`m${index}`, 0])))),
  },
  "members of every object": {
    expect: SERVED,
    strike: document((it) => it.rightBody().replace("{", '{"__proto__":{"error":"x"},"constructor":1,"toString":2,')),
  },
  "a number beyond all numbers, beside the token": {
    expect: either(SERVED, bad()),
    strike: document((it) => it.rightBody().replace("{", '{"x":1e999999,')),
  },
};

/** The token, and what comes of it. */
const tokens = {
  "missing": [undefined, bad()],
  "null": [null, bad()],
  "empty": ["", bad()],
  "a number": [17, bad()],
  "an object": [{ value: "x" }, bad()],
  "with a NUL": ["a\0b", bad()],
  "with CR LF and a header": ["a\r\nx-injected: 1", bad()],
  "with a trailing LF": ["a\n", bad()],
  "with a space": ["a b", bad()],
  "with a DEL": ["a\x7fb", bad()],
  "with é": ["jeton-é", bad()],
  "with an emoji": ["a\u{1f4a9}b", bad()],
  "with half a surrogate pair": ["a\ud800b", bad()],
  "of 64 KiB and a byte": ["x".repeat(65_537), bad()],
  "of a megabyte": ["x".repeat(1_000_000), bad()],
};

/** What stands beside the token, and what comes of it. */
const members = {
  "token_type in lower case": [{ token_type: "bearer" }, SERVED],
  "token_type in upper case": [{ token_type: "BEARER" }, SERVED],
  "token_type missing": [{ token_type: undefined }, SERVED],
  "token_type mac": [{ token_type: "mac" }, bad()],
  "token_type with a header in it": [{ token_type: "bearer\r\nx-injected: 1" }, bad()],
  "token_type a number": [{ token_type: 7 }, bad()],
  "expires_in 0": [{ expires_in: 0 }, SERVED],
  "expires_in -1": [{ expires_in: -1 }, SERVED],
  "expires_in a word": [{ expires_in: "soon" }, SERVED],
  "expires_in huge": [{ expires_in: 1e300 }, SERVED],
  "expires_in an array": [{ expires_in: [3600] }, SERVED],
  "expires_in true": [{ expires_in: true }, SERVED],
  "scope an object": [{ scope: { a: 1 } }, SERVED],
  "refresh_token a number": [{ refresh_token: 17 }, SERVED],
};

export const granted = {
  ...Object.fromEntries(
    Object.entries(tokens).map(([what, [token, expect]]) => [
      `a token ${what}`,
      { expect, strike: granting({ access_token: token }) },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(members).map(([what, [further, expect]]) => [what, { expect, strike: granting(further) }]),
  ),
};
