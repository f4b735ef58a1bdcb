// From what the core took a token's lifetime. It is asked again, with one piece of evidence at a time.
import { readWith } from "./reading.js";

/**
 * `{ by, pointer?, seconds, usesDate }`: `by` is `expires_in`, `expires_at`, `jwt_exp`, `fixed` or `default`.
 *
 * @param answer `{ status, headers, body }` of the exchange that brought the token.
 */
export function evidenceOf({ provider, defaultLifetime }, answer, sentAt) {
  const { response = {} } = provider;
  const { expiry = {} } = response;
  const lifetime = (own, headers = answer.headers) => {
    const expiresAt = readWith({ ...response, expiry: own }, { ...answer, headers }, sentAt)?.expiresAt;
    return expiresAt ? expiresAt.getTime() - sentAt : null;
  };
  const found = lifetime(expiry);
  const pointer = expiry.pointer ?? (expiry.source === "expires_at" ? "/expires_at" : "/expires_in");
  if (found === null) {
    return { by: "default", seconds: defaultLifetime ?? 3600, usesDate: false };
  }
  const { date: _, ...withoutDate } = answer.headers;
  const seconds = found / 1000;
  const usesDate = lifetime(expiry, withoutDate) !== found;
  const { source = "auto" } = expiry;
  if (source === "fixed") return { by: "fixed", seconds, usesDate: false };
  if (source === "jwt_exp") return { by: "jwt_exp", seconds, usesDate };
  if (source !== "auto") return { by: source, pointer, seconds, usesDate };
  const { unit = "s" } = expiry;
  // A date is read as either, and a span is no instant; but none of both is one in 1970.
  if (found > 0 && lifetime({ source: "expires_at", pointer }) === found) {
    return { by: "expires_at", pointer, seconds, usesDate };
  }
  const isSpan = lifetime({ source: "expires_in", pointer, unit }) === found;
  return isSpan ? { by: "expires_in", pointer, seconds, usesDate } : { by: "jwt_exp", seconds, usesDate };
}
