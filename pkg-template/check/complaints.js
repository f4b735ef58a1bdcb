// What the core says of options, one thing at a time. Which name it takes for the one that was meant is the remedy's to say.
import { buildTokenRequest } from "../pure.js";
import { locate } from "./places.js";

/** The dice of a request that nobody sends. */
const DICE = new Uint8Array(8);

/** The first thing that `createClient` would refuse: `{ path, reason, near? }`; null: it takes these options. */
export function complaintOf(options) {
  const { provider } = options;
  try {
    buildTokenRequest(
      provider?.token === true ? { ...options, provider: { ...provider, token() {} } } : options,
      0,
      DICE,
    );
    return null;
  } catch (thrown) {
    // Said last: all else is good, and there is no request to build.
    if (thrown?.code === "ERR_OPTIONS" && thrown.message.startsWith("provider.token: the function makes")) return null;
    if (thrown?.code === "ERR_OPTIONS") return withNear(split(thrown.message, options));
    return { path: "provider", reason: String(thrown?.message ?? "cannot be read") };
  }
}

/** `path: reason`; a member's name may hold a colon itself. */
function split(message, options) {
  let at = message.indexOf(": ");
  for (let next = at; next >= 0; next = message.indexOf(": ", next + 1)) {
    if (!locate(options, message.slice(0, next))) continue;
    at = next;
    break;
  }
  return at < 0 ? { path: "options", reason: message } : { path: message.slice(0, at), reason: message.slice(at + 2) };
}

function withNear({ path, reason }) {
  // A host that only stands in for one is nobody's to allow.
  const own = /^is http: to \S*stand-in/.test(reason) ? "is not https:" : reason;
  const [before, near] = own.split(/; is "([^"]*)" meant\?$/);
  return near === undefined ? { path, reason: own } : { path, reason: before, near };
}

/** Where http: may go: what of the options the core will take. */
export const insecureOf = ({ allowInsecure }) =>
  Array.isArray(allowInsecure)
    ? allowInsecure.filter((origin) => typeof origin === "string" && /^http:\/\/[^/?#@*]+\/?$/i.test(origin))
    : allowInsecure === true;
