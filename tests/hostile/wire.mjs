// HTTP/1.1 by hand: what node:http would not send.
import { gzipSync } from "node:zlib";

/** The beginning of an answer, up to and with the empty line. `headers`: an object, or pairs where a name comes twice. */
export function head(status = 200, headers = {}, reason = "Said So") {
  const pairs = Array.isArray(headers) ? headers : Object.entries(headers);
  return `HTTP/1.1 ${status} ${reason}\r\n${pairs.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`;
}

/** A well-formed answer. */
export function answer(status, body = "", headers = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const length = ["content-length", bytes.length];
  const given = Array.isArray(headers) ? headers : Object.entries(headers);
  const type = typeof body === "object" && !Buffer.isBuffer(body) ? [["content-type", "application/json"]] : [];
  return Buffer.concat([Buffer.from(head(status, [length, ...type, ...given]), "latin1"), bytes]);
}

export function chunk(text) {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

const BOMB = 16 * 1024 * 1024;
const bombs = new Map();

/** A JSON object and then blanks: small when sent, large when read. Made once: it takes its time. */
export function bomb(value) {
  const text = JSON.stringify(value);
  if (!bombs.has(text)) bombs.set(text, gzipSync(Buffer.concat([Buffer.from(text), Buffer.alloc(BOMB, 0x20)])));
  return bombs.get(text);
}

/** Calls back with each request of a connection: `{ method, path, headers, head, body }`, names in lower case. */
export function readRequests(socket, callback) {
  let bytes = Buffer.alloc(0);
  let busy = false;
  const take = async () => {
    if (busy) return;
    busy = true;
    for (let request; !socket.destroyed && (request = parse(bytes));) {
      bytes = bytes.subarray(request.length);
      await callback(request);
    }
    busy = false;
  };
  socket.on("data", (data) => {
    bytes = Buffer.concat([bytes, data]);
    take();
  });
}

/** The first whole request of these bytes; undefined: there is more to come. */
function parse(bytes) {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [line, ...lines] = bytes.subarray(0, end).toString("latin1").split("\r\n");
  const [method, path] = line.split(" ");
  const headers = {};
  for (const field of lines) {
    const [, name, value] = /^([^:]*):\s*(.*?)\s*$/.exec(field);
    headers[name.toLowerCase()] = value;
  }
  const from = end + 4;
  const read = headers["transfer-encoding"] ? dechunk(bytes, from) : {
    body: bytes.subarray(from, from + Number(headers["content-length"] ?? 0)),
    length: from + Number(headers["content-length"] ?? 0),
  };
  if (!read || read.length > bytes.length) return undefined;
  return { method, path, headers, head: [line, ...lines], body: read.body, length: read.length };
}

function dechunk(bytes, from) {
  const pieces = [];
  for (let at = from;;) {
    const end = bytes.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = parseInt(bytes.subarray(at, end).toString("latin1"), 16);
    const next = end + 2 + size + 2;
    if (next > bytes.length) return undefined;
    if (size === 0) return { body: Buffer.concat(pieces), length: next };
    pieces.push(bytes.subarray(end + 2, end + 2 + size));
    at = next;
  }
}
