// What a token endpoint can do to whoever asks it: connections, framing, bytes. `strike` answers with what it returns, or
// takes the connection into its own hands. See run.mjs for the members of a mode.
import { deflateSync, gzipSync } from "node:zlib";
import { answer, bomb, chunk, head } from "../wire.mjs";
import { bad, either, SERVED, TIMEOUT, UNREACHABLE } from "./expected.mjs";

const MIB = 1024 * 1024;
const BOTH = ["http", "https"];
const CHUNKED = { "transfer-encoding": "chunked" };
const BLANKS = " ".repeat(1000);
const BOMB = bomb({ access_token: "bomb", token_type: "Bearer" });
const BOMB_IN_BOMB = gzipSync(BOMB);
const NO_CONNECTION = { over: BOTH, expect: UNREACHABLE };

/** Where a runtime cannot do what is expected of the others, and why. */
const AGAIN = [either(UNREACHABLE, TIMEOUT), "undici connects again and again as long as nothing was sent"];
const UNASKED = [UNREACHABLE, "undici ends a connection on a 100 that it did not ask for"];
const POISONED = "it takes what is left over for the answer to its next request";
const NO_DEFLATE = [bad(), "it asks for no deflate, and does not undo it"];

/** A coded body, and what is said of its coding. */
const coded = (coding, bytes) => answer(200, bytes, { "content-encoding": coding });

export const connections = {
  "nobody listens": { refuses: true, expect: UNREACHABLE },
  "it accepts and resets": { ...NO_CONNECTION, connect: (it) => it.reset(), hosts: { node: AGAIN } },
  "it accepts and closes": { ...NO_CONNECTION, connect: (it) => it.end(), hosts: { node: AGAIN } },
  "it accepts and says nothing": { connect: () => {}, expect: TIMEOUT },
  "it accepts, and speaks of something else": {
    connect: (it) => it.end("SSH-2.0-OpenSSH_9.6\r\n"),
    expect: UNREACHABLE,
  },
  "it reads the request and resets": { ...NO_CONNECTION, strike: (it) => it.reset() },
  "it reads the request and closes": { ...NO_CONNECTION, strike: (it) => it.end() },
  "it reads the request and says nothing": { over: BOTH, expect: TIMEOUT, strike: () => {} },
  "reset in the status line": { ...NO_CONNECTION, strike: (it) => it.reset("HTTP/1.1 20") },
  "reset in the headers": { ...NO_CONNECTION, strike: (it) => it.reset("HTTP/1.1 200 OK\r\nContent-Len") },
  "closed in the headers": {
    ...NO_CONNECTION,
    strike: (it) => it.end("HTTP/1.1 200 OK\r\nContent-Type: application/js"),
  },
  "reset in the body": {
    ...NO_CONNECTION,
    strike: (it) => it.reset(head(200, { "content-length": 500 }) + it.rightBody().slice(0, 20)),
  },
  "closed in the body: its length was stated too long": {
    ...NO_CONNECTION,
    strike: (it) => it.end(head(200, { "content-length": 500 }) + it.rightBody()),
  },
  "silence in the body: its length was stated too long": {
    over: BOTH,
    expect: TIMEOUT,
    strike: (it) => it.send(head(200, { "content-length": 500 }) + it.rightBody()),
  },
  "its length was stated too short": {
    over: BOTH,
    // A good document that ends too early, and what looks like the next answer.
    expect: bad(200),
    hosts: { bun: [{ ...bad(200), poisons: true }, POISONED] },
    strike: (it) => it.send(head(200, { "content-length": 12 }) + it.rightBody()),
  },
};

export const framing = {
  "two lengths that differ": {
    hosts: { bun: [{ ...either(UNREACHABLE, bad()), poisons: true }, POISONED] },
    expect: either(UNREACHABLE, bad()),
    strike: (it) => it.send(head(200, [["content-length", 12], ["content-length", 80]]) + it.rightBody()),
  },
  "a length below zero": {
    expect: UNREACHABLE,
    strike: (it) => it.end(head(200, { "content-length": -5 }) + it.rightBody()),
  },
  "a length that is no number": {
    expect: UNREACHABLE,
    strike: (it) => it.end(head(200, { "content-length": "many" }) + it.rightBody()),
  },
  "a length and chunks": {
    // RFC 9112 §6.3: an error, or the chunks count.
    expect: either(UNREACHABLE, SERVED),
    strike: (it) => it.end(head(200, { ...CHUNKED, "content-length": 3 }) + chunk(it.rightBody()) + "0\r\n\r\n"),
  },
  "chunks that are none": { ...NO_CONNECTION, strike: (it) => it.end(head(200, CHUNKED) + "zz\r\ngarbage\r\n") },
  "a chunk of 2^64 bytes": {
    expect: either(UNREACHABLE, TIMEOUT),
    strike: (it) => it.send(head(200, CHUNKED) + "FFFFFFFFFFFFFFFFF\r\n" + it.rightBody()),
  },
  "chunks without the last one": {
    ...NO_CONNECTION,
    strike: (it) => it.end(head(200, CHUNKED) + chunk(it.rightBody())),
  },
  "chunks with extensions and a trailer": {
    over: BOTH,
    expect: SERVED,
    strike(it) {
      const body = it.rightBody();
      return `${head(200, CHUNKED)}5;x="y;z"\r\n${body.slice(0, 5)}\r\n${
        chunk(body.slice(5))
      }0\r\nx-trailer: 1\r\n\r\n`;
    },
  },
  "a body to the end of the connection, of HTTP/1.0": {
    expect: SERVED,
    strike: (it) => it.end(`HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n${it.rightBody()}`),
  },
  "headers, byte by byte": { over: BOTH, expect: TIMEOUT, strike: (it) => it.drip(head(200, { a: BLANKS }), 100) },
  "a body, byte by byte": {
    over: BOTH,
    expect: TIMEOUT,
    async strike(it) {
      it.send(head(200, { "content-length": 500 }));
      await it.drip(it.rightBody(), 100);
    },
  },
  "headers without end": {
    expect: either(UNREACHABLE, TIMEOUT),
    strike(it) {
      it.send("HTTP/1.1 200 OK\r\n");
      return it.flood("x-flood: one more\r\n");
    },
  },
  "a header line without end": {
    expect: either(UNREACHABLE, TIMEOUT),
    strike(it) {
      it.send("HTTP/1.1 200 OK\r\nx-flood: ");
      return it.flood("more");
    },
  },
  "a status line without end": {
    expect: either(UNREACHABLE, TIMEOUT),
    strike(it) {
      it.send("HTTP/1.1 200 ");
      return it.flood("more");
    },
  },
  "a body without end": {
    over: BOTH,
    expect: bad(),
    strike(it) {
      it.send(head(200));
      return it.flood(BLANKS);
    },
  },
  "a body without end, and with an error status": {
    // The table has nothing on too large a body that is not 2xx; the time limit or the byte limit ends it.
    expect: either(bad(500), { code: "ERR_UNREACHABLE", status: 500 }),
    strike(it) {
      it.send(head(500));
      return it.flood(BLANKS);
    },
  },
  "a megabyte and a byte": { expect: bad(), strike: (it) => answer(200, it.rightBody().padEnd(MIB + 1)) },
  "a megabyte": { over: BOTH, expect: SERVED, strike: (it) => answer(200, it.rightBody().padEnd(MIB)) },
  "a header of 64 KiB": {
    // As large as a runtime's HTTP takes.
    expect: either(SERVED, UNREACHABLE),
    strike: (it) => answer(200, it.rightBody(), { "x-long": "x".repeat(65_536) }),
  },
  "two thousand headers": {
    expect: either(SERVED, UNREACHABLE),
    strike: (it) => answer(200, it.rightBody(), Array.from({ length: 2000 }, (_, index) => [`x-${index}`, "y"])),
  },
};

export const codings = {
  "gzip": { over: BOTH, expect: SERVED, strike: (it) => coded("gzip", gzipSync(it.rightBody())) },
  "deflate": {
    hosts: { deno: NO_DEFLATE, workerd: NO_DEFLATE },
    expect: SERVED,
    strike: (it) => coded("deflate", deflateSync(it.rightBody())),
  },
  "a gzip bomb": { over: BOTH, expect: bad(), strike: () => coded("gzip", BOMB) },
  "a gzip bomb in a gzip bomb": {
    // Where the runtime does not undo the second coding, it is no JSON.
    expect: either(bad(), UNREACHABLE),
    strike: () => coded("gzip, gzip", BOMB_IN_BOMB),
  },
  "a gzip bomb with an error status": {
    expect: either(bad(400), { code: "ERR_REFUSED", status: 400 }),
    strike: () => answer(400, BOMB, { "content-encoding": "gzip" }),
  },
  "gzip that ends too early": {
    over: BOTH,
    expect: either(UNREACHABLE, bad()),
    strike: (it) => coded("gzip", gzipSync(it.rightBody()).subarray(0, 30)),
  },
  "no gzip, though it says so": {
    expect: either(UNREACHABLE, bad()),
    strike: (it) => coded("gzip", Buffer.from(it.rightBody())),
  },
  "gzip, and does not say so": { expect: bad(), strike: (it) => answer(200, gzipSync(it.rightBody())) },
  "a coding that nobody knows": {
    expect: either(SERVED, bad(), UNREACHABLE),
    strike: (it) => coded("x-nobody", Buffer.from(it.rightBody())),
  },
};

export const statusLines = {
  "a status that is no number": { expect: UNREACHABLE, strike: (it) => it.end("HTTP/1.1 OK 200\r\n\r\n") },
  "a status line that is none": { expect: UNREACHABLE, strike: (it) => it.end(`${it.rightBody()}\r\n\r\n`) },
  "HTTP/0.9": { expect: UNREACHABLE, strike: (it) => it.end(it.rightBody()) },
  "another version": {
    expect: either(UNREACHABLE, SERVED),
    strike: (it) => it.end(`HTTP/3.7 200 OK\r\n\r\n${it.rightBody()}`),
  },
  "a header without a colon": {
    expect: either(UNREACHABLE, SERVED),
    strike: (it) => it.end(`HTTP/1.1 200 OK\r\nno colon here\r\n\r\n${it.rightBody()}`),
  },
  "a NUL in a header": {
    expect: either(UNREACHABLE, SERVED),
    strike: (it) => it.end(`HTTP/1.1 200 OK\r\nx-nul: a\0b\r\n\r\n${it.rightBody()}`),
  },
  "a bare CR in a header": {
    expect: either(UNREACHABLE, SERVED),
    strike: (it) => it.end(`HTTP/1.1 200 OK\r\nx-cr: a\rset-cookie: b\r\n\r\n${it.rightBody()}`),
  },
  "100 and then the answer": {
    hosts: { node: UNASKED },
    over: BOTH,
    expect: SERVED,
    strike: (it) => `HTTP/1.1 100 Continue\r\n\r\n${answer(200, it.rightBody())}`,
  },
  "103 and then the answer": {
    expect: SERVED,
    strike: (it) => `HTTP/1.1 103 Early Hints\r\nlink: </x>; rel=preload\r\n\r\n${answer(200, it.rightBody())}`,
  },
  "100 without end": {
    expect: either(TIMEOUT, UNREACHABLE),
    strike: (it) => it.flood("HTTP/1.1 100 Continue\r\n\r\n", 4096),
  },
  "100 and nothing more": {
    over: BOTH,
    expect: either(TIMEOUT, UNREACHABLE),
    strike: (it) => it.send("HTTP/1.1 100 Continue\r\n\r\n"),
  },
  "100 and closed": { expect: UNREACHABLE, strike: (it) => it.end("HTTP/1.1 100 Continue\r\n\r\n") },
  "101": {
    expect: either(UNREACHABLE, bad(101), TIMEOUT),
    strike: (it) => it.end("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
  },
  ...Object.fromEntries([204, 205, 304].map((status) => [`${status} with a body`, {
    over: BOTH,
    // Which has no body, says RFC 9112 §6.3 of 204 and 304: what follows is no answer to anything.
    expect: bad(status),
    strike: (it) => answer(status, it.rightBody()),
  }])),
  "300": { expect: bad(300), strike: (it) => answer(300, it.rightBody()) },
  // RFC 9110 §15: a status out of range counts as a 5xx. No redirect is followed, and 0 is what a browser makes of one.
  "status 000": { expect: either(UNREACHABLE, bad(0)), strike: (it) => answer("000", it.rightBody()) },
  "status 099": { expect: either(UNREACHABLE, bad(99)), strike: (it) => answer("099", it.rightBody()) },
  "status 600": { expect: UNREACHABLE, strike: (it) => answer(600, it.rightBody()) },
  "status 999": { expect: UNREACHABLE, strike: (it) => answer(999, it.rightBody()) },
  "status 2000": { expect: UNREACHABLE, strike: (it) => answer(2000, it.rightBody()) },
};
