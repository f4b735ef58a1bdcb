// What an API can do to whoever calls it with a token.
import { gzipSync } from "node:zlib";
import { answer, bomb, chunk, head } from "../wire.mjs";
import { ABORTED, either, OWN } from "./expected.mjs";

const BOTH = ["http", "https"];
/** How a call comes off: its status, and how many requests each endpoint saw. */
const is = (status, token = 1, api = 1, further = {}) => ({ status, token, api, ...further });
const RECOVERED = is(200, 2, 2);
/** The second refusal is returned as it is. */
const RETURNED = is(401, 2, 2);
/** The caller's own time limit. */
const SIGNAL = { signal: 1000 };

const INVALID = 'Bearer error="invalid_token"';
const unauthorized = (challenges = INVALID, body = "") =>
  answer(401, body, [challenges].flat().map((value) => ["www-authenticate", value]));
/** Refused the first time. */
const once = (refuse) => (it) => it.count === 1 ? refuse(it) : it.right();

export const calls = {
  "nobody listens": { refuses: true, expect: OWN },
  "it accepts and resets": { over: BOTH, connect: (it) => it.reset(), expect: OWN },
  "it accepts and closes": { over: BOTH, connect: (it) => it.end(), expect: OWN },
  "it accepts and says nothing": { connect: () => {}, init: SIGNAL, expect: ABORTED },
  "it says nothing": { over: BOTH, strike: () => {}, init: SIGNAL, expect: ABORTED },
  "reset in the headers": { over: BOTH, strike: (it) => it.reset("HTTP/1.1 200 OK\r\nContent-Len"), expect: OWN },
  "reset in the body": {
    over: BOTH,
    strike: (it) => it.reset(head(200, { "content-length": 500 }) + "{"),
    expect: is(200, 1, 1, { body: "breaks" }),
  },
  "a body without end": {
    over: BOTH,
    strike(it) {
      it.send(head(200));
      return it.flood("more ");
    },
    expect: is(200, 1, 1, { body: "endless" }),
  },
  "a body, byte by byte": {
    strike(it) {
      it.send(head(200, { "content-length": 100 }));
      return it.drip("x".repeat(100), 100);
    },
    init: SIGNAL,
    expect: is(200, 1, 1, { body: "aborted" }),
  },
  "headers, byte by byte": {
    strike: (it) => it.drip(head(200, { a: "b".repeat(100) }), 100),
    init: SIGNAL,
    expect: ABORTED,
  },
  "a status line that is none": { strike: (it) => it.end("hello\r\n\r\n"), expect: OWN },
  "chunks that are none": {
    strike: (it) => it.end(head(200, { "transfer-encoding": "chunked" }) + "zz\r\n"),
    expect: either(OWN, is(200, 1, 1, { body: "breaks" })),
  },
  "status 600": { strike: () => answer(600), expect: either(OWN, is(600)) },
  ...Object.fromEntries([204, 205, 304].map((status) => [`${status} with a body`, {
    strike: () => answer(status, "a body"),
    expect: is(status),
  }])),
  ...Object.fromEntries([400, 402, 404, 407, 418, 429, 500, 503].map((status) => [`${status}, whatever it asks for`, {
    strike: () => answer(status, "", { "www-authenticate": INVALID, "retry-after": "7" }),
    // invalid_token counts on any 4xx. Node has no 407 for those who use no proxy.
    expect: status === 407 ? either(OWN, is(407, 2, 2)) : status < 500 ? is(status, 2, 2) : is(status),
  }])),
  "403": { over: BOTH, strike: () => answer(403), expect: is(403) },
  "403 that says invalid_token": {
    strike: once(() => answer(403, "", { "www-authenticate": INVALID })),
    expect: RECOVERED,
  },
  "cookies": {
    strike: (it) => it.count === 1 ? answer(401, "", { "set-cookie": "a=1; Path=/" }) : it.right(),
    expect: RECOVERED,
  },
};

/** One 401, whose challenge a new token cures, or does not. */
const curable = {
  "that says nothing": [],
  "that is empty": [""],
  "that says invalid_token": [INVALID],
  "that says so in a second header": ['Basic realm="x"', INVALID],
  "that says so after another challenge": [`Basic realm="a, b", ${INVALID}`],
  "that says so after a token68": [`Negotiate abc==, ${INVALID}`],
  "that says so in small letters and a bare word": ["bEARER error=invalid_token"],
  "that is another scheme's": ['Basic realm="x", error="insufficient_scope"'],
  "that ends in a quote": ['Bearer realm="x\\", error="insufficient_scope"'],
  "that is garbage": ['@@@ ,,, = "\\'],
  "that is not ASCII": [Buffer.from("Bearer error=\xff\xfe").toString("latin1")],
  "that is 8 KiB of commas": [",".repeat(8192)],
  "that is 8 KiB of an open quote": [`Bearer error="${"x".repeat(8192)}`],
  "that is fifty challenges": Array.from({ length: 50 }, (_, index) => `S${index} a=${index}`),
};
const incurable = {
  "of insufficient_scope": ['Bearer error="insufficient_scope", scope="x"'],
  "of insufficient_scope in a second header": ['Basic realm="x"', 'Bearer error="insufficient_scope"'],
  "of insufficient_scope as a bare word": ["Bearer error = insufficient_scope"],
  "of insufficient_scope in quoted pairs": ['Bearer error="\\i\\n\\s\\u\\f\\f\\i\\c\\i\\e\\n\\t_scope"'],
  "of insufficient_scope for DPoP": ['DPoP algs="ES256", error="insufficient_scope"'],
};

const POINTER = { resource_request: { error: "/error/code" } };
const code = (value) => JSON.stringify({ error: { code: value } });
const LONG = "x".repeat(100_000);

export const unauthorizeds = {
  ...Object.fromEntries(
    Object.entries(curable).map(([what, headers]) => [`a 401 ${what}`, {
      strike: once(() => unauthorized(headers)),
      expect: RECOVERED,
    }]),
  ),
  ...Object.fromEntries(
    Object.entries(incurable).map(([what, headers]) => [`a 401 ${what}`, {
      strike: once(() => unauthorized(headers)),
      expect: is(401),
    }]),
  ),
  "a 401 with 64 KiB of a challenge": {
    // As large as a runtime's HTTP takes.
    strike: once(() => unauthorized(`Bearer realm="${"x".repeat(65_536)}", error="invalid_token"`)),
    expect: either(RECOVERED, OWN),
  },
  "401, and then 200": { over: BOTH, strike: once(() => unauthorized()), expect: RECOVERED },
  "401, always": {
    over: BOTH,
    strike: () => unauthorized(INVALID, "the reason"),
    expect: { ...RETURNED, text: "the reason" },
  },
  "401, and then 403": { strike: (it) => it.count === 1 ? unauthorized() : answer(403), expect: is(403, 2, 2) },
  "401, and then 500": { strike: (it) => it.count === 1 ? unauthorized() : answer(500), expect: is(500, 2, 2) },
  "401, and then a reset": { strike: (it) => it.count === 1 ? unauthorized() : it.reset(), expect: OWN },
  "401, and then silence": {
    strike: (it) => it.count === 1 ? unauthorized() : undefined,
    init: SIGNAL,
    expect: ABORTED,
  },
  "a 401 whose body never ends": {
    over: BOTH,
    strike: once((it) => {
      it.send(head(401));
      it.flood("more ");
    }),
    expect: RECOVERED,
  },
  "a 401 whose body comes byte by byte": {
    strike: once((it) => {
      it.send(head(401, { "content-length": 100 }));
      it.drip("x".repeat(100), 100);
    }),
    expect: RECOVERED,
  },
  "a 401 whose body breaks": {
    strike: once((it) => it.end(head(401, { "content-length": 100 }) + "x")),
    expect: RECOVERED,
  },

  // Where the profile says that the body has the code:
  "a 401 whose body says invalid_token": {
    over: BOTH,
    profile: POINTER,
    strike: once(() => answer(401, code("invalid_token"))),
    expect: RECOVERED,
  },
  "a 401 whose body says insufficient_scope": {
    over: BOTH,
    profile: POINTER,
    strike: once(() => answer(401, code("insufficient_scope"))),
    expect: is(401, 1, 1, { text: code("insufficient_scope") }),
  },
  "a 401 whose body says it in pieces": {
    profile: POINTER,
    strike: once(async (it) => {
      it.send(head(401, { "transfer-encoding": "chunked" }));
      for (const piece of code("insufficient_scope").match(/.{1,8}/g)) {
        it.send(chunk(piece));
        await it.pause(5);
      }
      it.send("0\r\n\r\n");
    }),
    expect: is(401, 1, 1, { text: code("insufficient_scope") }),
  },
  "a 401 whose body is looked at, and is none": {
    profile: POINTER,
    strike: once(() => answer(401, "<html>")),
    expect: RECOVERED,
  },
  "a 401 whose body is looked at, and is deep": {
    profile: POINTER,
    strike: once(() => answer(401, "[".repeat(50_000))),
    expect: RECOVERED,
  },
  "a 401 whose body is looked at, and is too long": {
    profile: POINTER,
    strike: () => answer(401, LONG),
    expect: { ...RETURNED, length: LONG.length },
  },
  "a 401 whose body is looked at, and is a gzip bomb": {
    profile: POINTER,
    strike: once(() => answer(401, bomb({}), { "content-encoding": "gzip" })),
    expect: RECOVERED,
  },
  "a 401 whose body is looked at, in gzip": {
    profile: POINTER,
    strike: once(() => answer(401, gzipSync(code("insufficient_scope")), { "content-encoding": "gzip" })),
    expect: is(401, 1, 1, { text: code("insufficient_scope") }),
  },
  "a 401 whose body is looked at, and never ends": {
    over: BOTH,
    profile: POINTER,
    strike: once((it) => {
      it.send(head(401));
      it.flood("more ");
    }),
    expect: RECOVERED,
  },
  "a 401 whose body is looked at, and never begins": {
    over: BOTH,
    profile: POINTER,
    strike: once((it) => it.send(head(401, { "content-length": 100 }))),
    expect: RECOVERED,
  },
  "a 401 whose body is looked at, and never comes to its end": {
    profile: POINTER,
    strike: once((it) => {
      it.send(head(401, { "content-length": 1000 }));
      it.drip("x".repeat(1000), 100);
    }),
    expect: RECOVERED,
  },
  "401, always, whose body is looked at and never comes": {
    profile: POINTER,
    init: { signal: 4000 },
    strike: (it) => it.send(head(401, { "content-length": 100 })),
    expect: { ...RETURNED, body: "aborted" },
  },
  "a 401 whose body is looked at, and breaks": {
    profile: POINTER,
    strike: once((it) => it.end(head(401, { "content-length": 100 }) + "x")),
    expect: RECOVERED,
  },
  "a 401 whose body is looked at, while the caller's time runs out": {
    profile: POINTER,
    init: { signal: 400 },
    strike: once((it) => it.send(head(401, { "content-length": 100 }))),
    expect: { code: "ERR_ABORTED", name: "TimeoutError" },
  },
};
