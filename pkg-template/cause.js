/** So much of a chain of causes is told. */
const MAX_DEPTH = 3;
/** What is longer is not searched for secrets, and not shown. */
const MAX_TEXT = 16 * 1024;

const TRUST =
  "the runtime does not trust the server's certificate (a CA of your own: NODE_EXTRA_CA_CERTS, on Deno DENO_CERT)";

/** What seconds will not cure, by the codes and names of Node and Bun, and by the words of Deno and workerd, which have no codes. */
const LASTING = [
  [/^ENOTFOUND$|dns error(?!.*Temporary)/, "is the host name right?"],
  [/^(ECONN|Connection)(REFUSED|Refused)$|Connection refused/, "does anything listen on that port?"],
  [/^UNABLE_TO_|CERT|_MISMATCH$|peer certificate/, TRUST],
  [/^(EPROTO|HPE_|ERR_SSL_|Malformed)|corrupt message|unexpected message/, "is it http or https?"],
  [/^internal error; ref/, "is the host name right, and its certificate one that the runtime trusts?"],
  [/bad port|port \d+ (is|are) blocked/, "fetch does not use this port"],
  [/MOCK|NO_MATCH$|^\[MSW\]/, "no mock matches this request"],
  [/INVALID_ARG$/, "are fetch and its dispatcher from the same undici?"],
  [/^Proxy response \(4/, "does the proxy want credentials?"],
  [/^(NotCapable|PermissionDenied|EACCES|EPERM|ERR_OPTIONS|ERR_ORIGIN|ERR_REFUSED)$|scheme/],
];

/** The codes that people know; what Node says beside them is longer, not clearer. */
const WELL_KNOWN = /^E[A-Z]+$|CERT|SSL|^HPE_|^UNABLE/;

/** A mistake in the function, which it will make again; not a `fetch` that failed, which is a TypeError too. */
const MISTAKE = /^ReferenceError|^TypeError: (Cannot |.*(not a (function|constructor)|not iterable|undefined|null))/;

/**
 * An Error with the name, the code and the message of what was thrown, and of its causes, each bounded and without secrets. What is
 * thrown may be anything, and may throw in turn. `clean`: takes the secrets out of a text.
 */
export function causeOf(thrown, clean, depth = MAX_DEPTH) {
  if (thrown === undefined || thrown === null || depth === 0) return undefined;
  const isObject = typeof thrown === "object" || typeof thrown === "function";
  const text = (value, limit) =>
    typeof value === "string" && value.length <= MAX_TEXT ? bare(clean(value)).slice(0, limit) : "";
  const cause = causeOf(member(thrown, "cause") ?? member(member(thrown, "errors"), 0), clean, depth - 1);
  const message = text(isObject ? member(thrown, "message") : String(thrown), 512);
  const error = new Error(message, cause && { cause });
  error.name = text(member(thrown, "name"), 64) || "Error";
  const code = text(member(thrown, "code"), 64);
  if (code) error.code = code;
  // Where it was made says nothing of where the other one was.
  error.stack = `${error.name}: ${message}`;
  return error;
}

export function member(value, name) {
  try {
    return value[name];
  } catch {
    // A getter, a Proxy that was revoked.
  }
}

/** Of a URL its host alone: what else is in it may be a secret that nobody knows of. */
function bare(text) {
  return text.replace(/:\/\/[^\s"'`)>]+/g, (rest) => {
    const [host] = rest.slice(Math.max(rest.lastIndexOf("@"), 2) + 1).split(/[/?#]/, 1);
    return `://${host}`;
  });
}

/** Why there was no answer, in a few words and with what to do next, and whether seconds will not cure it. */
export function reasonOf(failure, cause, url) {
  if (failure === "fetch") return { reason: fetchReason(cause), isLasting: true };
  const chain = [];
  for (let one = cause; one; one = one.cause) chain.push(one);
  const coded = chain.find(({ code }) => code);
  const last = coded ?? chain.at(-1);
  const code = coded?.code;
  const found = LASTING.find(([pattern]) =>
    code && code !== "UND_ERR_ABORTED"
      ? pattern.test(code)
      : chain.some(({ name, message }) => pattern.test(name) || pattern.test(message))
  );
  // Deno says what it was doing first.
  const message = last?.message.replace(/^error sending request .*?\): /, "");
  // What a code means is said behind it, unless the code says it.
  const said = code
    ? WELL_KNOWN.test(code) || !message || message.includes(code) ? code : `${code}: ${message}`
    : message || last?.name;
  // A TLS port that is spoken to in the clear closes the connection, as others do.
  const remedy = found ? found[1] : url.startsWith("http:") && "does the port expect https?";
  return { reason: said && remedy ? `${said}; ${remedy}` : said, isLasting: found !== undefined };
}

function fetchReason(cause) {
  const said = cause?.message || cause?.name || "it returned no Response";
  const remedy = /illegal invocation|[`'.]this\b|#\w/i.test(said)
    ? "bind it, as in fetch: env.SVC.fetch.bind(env.SVC)"
    : /^(fetch|it) returned/.test(said)
    ? "options.fetch has to resolve to a new Response each time"
    : "the mistake is in options.fetch";
  return `${said}; ${remedy}`;
}

/** What is wrong with credentials that a function should have given; no `path` where it may do better in a while. */
export function complaintOf(cause) {
  const { name, code, message } = cause ?? {};
  const isMistake = code === "ERR_OPTIONS" || MISTAKE.test(`${name}: ${message}`);
  return { path: isMistake ? "credentials" : undefined, reason: message || name || "it threw nothing" };
}

/**
 * What a credentials function throws may quote a secret that nobody knows yet: `JSON.parse` does. Words, names of environment variables,
 * hosts and small numbers go on; what is quoted, and what is none of these, does not.
 */
export function veiled(text) {
  return text.replace(/"[^]*"/, REDACTED).replace(/\S+/g, (word) => PLAIN_WORD.test(word) ? word : REDACTED);
}

const PLAIN_WORD = /^[('`]*(\p{L}{1,30}([.:/]+\p{L}{1,30})*|[A-Z_]{1,40}|\d{1,5}([.:]\d{1,5})*)[.,:;!?)'`]*$/u;
const REDACTED = "[redacted]";
