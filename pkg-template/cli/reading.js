// What an answer is, whatever the profile takes it for; and what the core makes of it with another `response`, which is the
// judge of every advice.
import { parseTokenResponse } from "../core.js";
import { leavesOf, likelyTokens } from "./leaves.js";

/** The token of an answer, `{ status, headers, body }`, as such a `response` reads it; `undefined`: it reads none. */
export function readWith({ capture: _, ...response }, answer, sentAt) {
  const provider = { token_endpoint: "https://as.invalid/token", response };
  try {
    return parseTokenResponse({ provider, credentials: { client_id: "-", client_secret: "-" } }, answer, sentAt);
  } catch {
    return undefined;
  }
}

/** The document that each format of a profile sees in a text. */
export function documentsOf(text) {
  const form = isForm(text) ? Object.fromEntries(new URLSearchParams(text)) : undefined;
  const documents = { json: parsed(text), form, text };
  return Object.entries(documents).filter(([, document]) => document !== undefined && document !== "");
}

const isForm = (text) => /^[\w.%~-]+=[^\s<>]*$/.test(text);

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export const isPage = ({ headers, text }) =>
  /html/.test(headers["content-type"] ?? "") || /^<(!doctype|html)/i.test(text);

/** Where a token lies deeper than a pointer reaches: in JSON that is the text of a leaf, as it is or in base64. */
export const wrappedIn = (leaves) =>
  leaves.find(({ value }) => {
    const inner = unwrapped(value);
    return inner !== undefined && likelyTokens(leavesOf(inner)).length > 0;
  });

function unwrapped(value) {
  if (typeof value !== "string") return undefined;
  const inner = parsed(value) ?? parsed(fromBase64(value));
  return typeof inner === "string" ? unwrapped(inner) : typeof inner === "object" ? inner ?? undefined : undefined;
}

function fromBase64(text) {
  try {
    return atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    return "";
  }
}

/** Why no profile can read these bytes; `undefined`: that is not why. */
export function oddityOf({ bytes, text, isCut, headers }) {
  if (isCut) return "the answer is longer than 1 MiB";
  const starts = (...magic) => magic.every((byte, at) => bytes[at] === byte);
  if (starts(0x1f, 0x8b) || starts(0x28, 0xb5, 0x2f, 0xfd)) {
    return "the answer is compressed, but has no content-encoding";
  }
  if (starts(0xff, 0xfe) || starts(0xfe, 0xff) || bytes.subarray(0, 4).includes(0)) return "the answer is UTF-16";
  if (!isUtf8(bytes)) return "the answer is not UTF-8";
  if (/^<[?a-z]/i.test(text) || /[/+]xml/.test(headers["content-type"] ?? "")) return "the answer is XML";
  if (parsed(text) !== undefined) return undefined;
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > 1 && lines.every((line) => parsed(line) !== undefined)) return "the answer is JSON line by line";
  if (typeof parsed(innermost(text)) === "object") return "the answer has other text around its JSON";
  return /^[{[]/.test(text) ? "the answer begins like JSON, but is not JSON" : undefined;
}

/** From the first bracket to the last. Not by a pattern: of a million brackets that nobody closes each would be tried. */
function innermost(text) {
  const from = text.search(/[{[]/);
  const to = Math.max(text.lastIndexOf("}"), text.lastIndexOf("]"));
  return from >= 0 && to > from ? text.slice(from, to + 1) : undefined;
}

function isUtf8(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes) !== undefined;
  } catch {
    return false;
  }
}
