// After a 401 of the API: which other header it may want, by its challenge and by its own words.
import { parseChallenges } from "../core.js";
import { redact } from "./redact.js";

/** What no access token answers. */
const OTHER_PROOFS = /^(basic|digest|negotiate|ntlm|kerberos|mutual|hoba|hawk|mac|signature|aws4-.*|scram-.*|vapid)$/i;
/** A scheme that is called as a header is. */
const KEYS = /^(x-)?(api|subscription|access)?-?key(auth)?$/i;
/** `Authorization: Token YOUR_TOKEN`, `authorization header with the scheme Token`. */
const SCHEME = /\bauthorization\b["'`]?\s*[:=]\s*["'`]?([A-Za-z]+(?:-[A-Za-z]+)*)\s+["'`]?[<{[($%]?\s*[\w.…*-]/gi;
const NAMED_SCHEME =
  /\b(?:scheme|prefix|keyword)\b\W{1,4}(?:(?:is|of|must|be|should)\s+)*["'`]?([A-Za-z]+(?:-[A-Za-z]+)*)/gi;
const OAUTH_TOKEN = /\b([A-Za-z]+-oauth-?token)\b/gi;
/** `X-Api-Key`, `apikey`, `PRIVATE-TOKEN`, `Ocp-Apim-Subscription-Key`. */
const HEADERS = [
  /^api-?key$/i,
  /^x-.*(key|token|auth|session|secret)/i,
  /^(?:[a-z0-9]+-)+(?:key|token|auth|session)$/i,
];
/** What may be a header's name. One pattern for both would try each `key` of a word again and again. */
const WORD = /(?<![\w-])([a-z0-9-]+)(?![\w-])/gi;
/** Gateways that say what is missing, and not where it goes. */
const GATEWAYS = [[/missing subscription key/i, "Ocp-Apim-Subscription-Key"], [
  /no api key found in request/i,
  "apikey",
]];

/**
 * `[{ reason, remedy, set? }]`, the likeliest first.
 *
 * @param answer `{ challenge, text }`: its `WWW-Authenticate`, and as much of its body as is text.
 */
export function ofUnauthorized({ challenge, text }, { resource_request: { headers } = {} }) {
  const known = Object.entries(headers ?? { authorization: "Bearer {access_token}" });
  const isKnown = (header, scheme = "") =>
    known.some(([name, value]) =>
      name.toLowerCase() === header.toLowerCase() && `${value}`.toLowerCase().startsWith(scheme)
    );
  const challenges = parseChallenges(challenge ?? "");
  const asked = challenges.map(({ scheme }) => asWritten(scheme, challenge));
  const said = all(text, SCHEME, NAMED_SCHEME, OAUTH_TOKEN).filter(isScheme);
  const words = [text, ...challenges.flatMap(({ parameters }) => Object.values(parameters))].join("\n");
  const named = [
    ...all(words, WORD).filter(isHeader),
    ...GATEWAYS.filter(([missing]) => missing.test(text)).map(([, header]) => header),
  ];
  // A challenge that is called as a header means one, unless another is named.
  const keys = asked.filter((scheme) => KEYS.test(scheme)).map((scheme) => /^x-/i.test(scheme) ? scheme : "x-api-key");
  const schemes = [...asked.filter((scheme) => !KEYS.test(scheme)), ...said];
  const findings = [
    ...schemes.filter((scheme) => !isKnown("authorization", `${scheme.toLowerCase()} `)).map(ofScheme),
    ...(named.length > 0 ? named : keys).filter((header) => !isKnown(header)).map(ofHeader),
    ...challenges.filter(({ scheme }) => scheme === "bearer").flatMap(({ parameters }) => ofBearer(parameters)),
  ];
  const isNew = ({ reason, set }, at) =>
    findings.findIndex((one) => one.reason === reason || (set && JSON.stringify(one.set) === JSON.stringify(set))) ===
      at;
  return findings.filter(isNew).filter((finding) => redact(JSON.stringify(finding)) === JSON.stringify(finding));
}

const all = (text, ...patterns) => patterns.flatMap((pattern) => [...text.matchAll(pattern)].map(([, found]) => found));

const isHeader = (word) => HEADERS.some((pattern) => pattern.test(word)) && !/oauth-?token$/i.test(word);

/** Words that a sentence may have in a scheme's place. */
const isScheme = (word) =>
  word.length <= 40 && !/^(bearer|header|the|an?|is|was|not|and|or|with|must|should|of|to|for|in)$/i.test(word);

/** The core has schemes in lower case; some APIs compare letter by letter. */
const asWritten = (scheme, challenge) =>
  challenge.split(/[\s,]+/).find((word) => word.toLowerCase() === scheme) ?? scheme;

function ofScheme(scheme) {
  const reason = `the API asks for the scheme ${scheme}`;
  if (/^dpop$/i.test(scheme)) {
    return {
      reason,
      remedy: "it requires a proof of possession with each request, which bearerkit does not create: use bearer tokens",
    };
  }
  if (OTHER_PROOFS.test(scheme)) {
    return {
      reason,
      remedy: "an access token cannot satisfy it: check the URL, and the API's documentation on authentication",
    };
  }
  return {
    reason,
    remedy: "write",
    set: { "resource_request.headers": { authorization: `${scheme} {access_token}` } },
  };
}

function ofHeader(header) {
  const reason = `the API asks for the header ${header}`;
  const set = { "resource_request.headers": { [header.toLowerCase()]: "{access_token}" } };
  if (!/key|secret/i.test(header)) return { reason, remedy: "write", set };
  const own = `{ "authorization": "Bearer {access_token}", "${header.toLowerCase()}": "{api_key}" }`;
  return {
    reason,
    remedy:
      `if it wants a key of its own, write "resource_request": { "headers": ${own} } and set BEARERKIT_API_KEY; if it wants the token there, write`,
    set,
  };
}

function ofBearer({ error, scope }) {
  if (error === "insufficient_scope") {
    const wanted = /^[\x21-\x7e ]{1,200}$/.test(scope ?? "") ? ` ${scope}` : "";
    return [{
      reason: "the API requires a scope that the token does not have",
      remedy: `request it with --scope${wanted}`,
    }];
  }
  if (error !== "invalid_token") return [];
  return [{
    reason: "the API does not accept this token",
    remedy: "is it meant for this API? Check --scope, --resource, and the audience parameter that the server expects",
  }];
}
