// How a record lies in a store. tests/vectors/stores.json has examples, which Rust reads too.
//
//   keys    HKDF-SHA-256 of the key (text: its UTF-8 bytes), or without one of the first credentials as canonical JSON; salt
//           "bearerkit"; info "seal 1": 32 bytes, AES-256; "name 1": 32 bytes, HMAC; "id 1": 4 bytes, in hexadecimal digits
//   name    "bearerkit:1:" and 64 hexadecimal digits: with `options.name` SHA-256 of the identity, so that neither another
//           secret nor another key moves the record; else HMAC-SHA-256 of it, by the first key
//   sealed  "bk1." id "." base64url(nonce, 12 bytes ‖ AES-256-GCM ‖ tag, 16 bytes), without padding;
//           additional data: "bk1." id "|" name, so that a record that was moved to another name does not open
import { canonical, firstOf, identityOf } from "./identity.js";

const NONCE = 12;
const TAG = 16;
const FORM = /^bk1\.([0-9a-f]{8})\.([\w-]+)$/;

/** Deno KV takes 64 KiB with what it adds; a record is a few hundred bytes, or a few thousand. */
export const MOST_BYTES = 60 * 1024;

/**
 * The name of the record of these options, and the keys: the first one seals, each opens.
 * `given`: the store's keys as bytes, none of them, one or two.
 */
export async function derive(json, given) {
  const options = JSON.parse(json);
  const secrets = given.length > 0 ? given : [utf8(canonical(firstOf(options)))];
  const keys = await Promise.all(secrets.map(keyOf));
  const identity = utf8(identityOf(json));
  const digest = options.name === undefined
    ? await crypto.subtle.sign("HMAC", keys[0].naming, identity)
    : await crypto.subtle.digest("SHA-256", identity);
  return { name: `bearerkit:1:${hex(digest)}`, keys };
}

async function keyOf(secret) {
  const base = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const bits = (info, length) =>
    crypto.subtle.deriveBits(
      { name: "HKDF", hash: "SHA-256", salt: utf8("bearerkit"), info: utf8(info) },
      base,
      length,
    );
  const [seal, naming, id] = await Promise.all([bits("seal 1", 256), bits("name 1", 256), bits("id 1", 32)]);
  return {
    id: hex(id),
    sealing: await crypto.subtle.importKey("raw", seal, "AES-GCM", false, ["encrypt", "decrypt"]),
    naming: await crypto.subtle.importKey("raw", naming, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]),
  };
}

/** `nonce`: only for tests, since one that comes twice gives the key away. */
export async function seal({ name, keys: [{ id, sealing }] }, record, nonce = random()) {
  const algorithm = { name: "AES-GCM", iv: nonce, additionalData: additional(id, name) };
  const encrypted = await crypto.subtle.encrypt(algorithm, sealing, utf8(record));
  const bytes = new Uint8Array(NONCE + encrypted.byteLength);
  bytes.set(nonce);
  bytes.set(new Uint8Array(encrypted), NONCE);
  return `bk1.${id}.${base64url(bytes)}`;
}

/** The record, or null if it is not one of ours that is meant for this name. */
export async function open({ name, keys }, sealed) {
  if (sealed.length > MOST_BYTES) return null;
  const [, id, text] = FORM.exec(sealed) ?? [];
  const bytes = id && bytesOf(text);
  if (!bytes || bytes.length < NONCE + TAG) return null;
  const algorithm = { name: "AES-GCM", iv: bytes.subarray(0, NONCE), additionalData: additional(id, name) };
  // Ids have four bytes: two keys may have the same.
  for (const { sealing } of keys.filter((key) => key.id === id)) {
    try {
      const opened = await crypto.subtle.decrypt(algorithm, sealing, bytes.subarray(NONCE));
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(opened);
    } catch {
      // Another key, another name, changed on the way, or no UTF-8.
    }
  }
  return null;
}

function additional(id, name) {
  return utf8(`bk1.${id}|${name}`);
}

function random() {
  return crypto.getRandomValues(new Uint8Array(NONCE));
}

function base64url(bytes) {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** null if it is no base64url, or not what would have been written: the unused bits of the last character are 0. */
function bytesOf(text) {
  try {
    const bytes = Uint8Array.from(
      atob(text.replaceAll("-", "+").replaceAll("_", "/")),
      (character) => character.charCodeAt(0),
    );
    return base64url(bytes) === text ? bytes : null;
  } catch {
    return null;
  }
}

function hex(buffer) {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function utf8(text) {
  return new TextEncoder().encode(text);
}
