// A token as it is told to whoever asked: all that is known of it, and never itself.
import { redact } from "./redact.js";
import { kindOf } from "./tokens.js";

/**
 * @param explanation Of the client that has it: `explain()`.
 * @param evidence What `evidenceOf` found.
 */
export function tokenAs(
  token,
  { renewAt, hardExpiry, refreshToken },
  { by, pointer, seconds, usesDate },
  sentAt,
  { response = {} },
) {
  return {
    pointer: response.access_token ?? (response.format === "text" ? "" : "/access_token"),
    ...kindOf(token.value),
    tokenType: redact(token.tokenType),
    lifetime: { seconds, by, pointer, usesDate },
    expiresAt: token.expiresAt,
    renewAt,
    hardExpiry,
    renewedAfter: (renewAt.getTime() - sentAt) / 1000,
    notUsedAfter: (hardExpiry.getTime() - sentAt) / 1000,
    refreshToken,
    ...(token.scope !== undefined && { scope: redact(token.scope) }),
    captured: Object.keys(token.captured ?? {}),
    ...(token.warning !== undefined && { warning: token.warning }),
  };
}

const EVIDENCE = {
  expires_in: ({ pointer }) => `a span at ${pointer}`,
  expires_at: ({ pointer }) => `an instant at ${pointer}`,
  jwt_exp: () => "the JWT's exp",
  fixed: () => "as the profile says",
  default: (_, warning) => `by default: ${warning ? "the answer's value is not believed" : "the answer states none"}`,
};

/** Where a token's lifetime comes from, in words. */
export const evidenceWords = ({ lifetime, warning }) =>
  `${EVIDENCE[lifetime.by](lifetime, warning)}${lifetime.usesDate ? ", by the server's Date" : ""}`;

/** What a token is and where it stands, in words. */
export function placeWords({ pointer, kind, length, alg }) {
  const article = /^[aeio]/.test(kind) ? "an" : "a";
  const what = `${article} ${kind}${kind === "opaque" ? " one" : ""} of ${length} characters`;
  return `at ${pointer || "the whole body"}: ${what}${alg ? `, ${alg}` : ""}`;
}
