import { complaintOf, member, reasonOf } from "./cause.js";
import { send } from "./send.js";

/**
 * Calls the token function in the place of `fetch`, and so as `fetch` is called: in the turn and the async context of whoever calls
 * this, in time, and its answer in bounds.
 */
export function obtain(shared, client, { credentials, refreshToken, scope }) {
  // Without `this`: of what it may be a method nobody can compare.
  const { obtain, fetch } = client;
  const given = withKeys(credentials, shared.keys);
  const call = async (_, { signal }) =>
    answerOf(await obtain({ credentials: given, refreshToken, scope, signal, fetch }));
  return send(shared, { fetch: call }, { method: "POST", url: "", headers: {}, body: null });
}

/** A CryptoKey in the place of what stands for it. */
function withKeys(credentials, keys) {
  const keyOf = (text) => text.startsWith("{") && keys?.get(/"k":"(\d+)","kty":"CryptoKey"/.exec(text)?.[1]);
  return Object.fromEntries(Object.entries(credentials).map(([name, text]) => [name, keyOf(text) || text]));
}

/** A response is read as that of a token endpoint, a string as its body, and any other value as its JSON. */
function answerOf(found) {
  if (typeof found?.headers?.forEach === "function") return found;
  return new Response(typeof found === "string" ? found : JSON.stringify(found));
}

/** What is known of a failure: the machine decides by it as by a server's. */
export function tellUnobtained({ failure, cause: thrown }) {
  return (machine, serial, now, cause) => {
    const { reason, isLasting } = reasonOf("network", cause, "");
    return machine.on_unobtained(
      serial,
      codeOf(member(thrown, "status")),
      /^[A-Za-z_]{1,64}$/.exec(textOf(member(thrown, "error")))?.[0],
      isLasting ? reason : complaintOf(cause).reason,
      isLasting || failure === "fetch",
      instantOf(member(thrown, "retryAfter") ?? member(thrown, "retryAt"), now),
      now,
    );
  };
}

const textOf = (value) => typeof value === "string" ? value : "";

const codeOf = (status) => Number.isInteger(status) && status > 99 && status < 600 ? status : undefined;

/** Seconds, also as a text, or a date. NaN: nothing that says when. */
function instantOf(wait, now) {
  try {
    const number = Number(wait);
    if (typeof wait === "object") return number;
    return Number.isNaN(number) ? Date.parse(wait) : now + number * 1000;
  } catch {
    return NaN;
  }
}
