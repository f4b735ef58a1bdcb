// Calls the hostile server from within a runtime, and tells all that a caller, a log and a debugger can see of it.
//
//   POST /strike   { name, options, url, init, at, healthy }: a call that meets the mode, and then another client's
//   POST /again    { name }: the same client calls once more
//   POST /later    { millis }: the clock goes on by so much
import { createClient } from "bearerkit";
import { shown } from "../runtimes/suite/leaks.mjs";

/** As much of a body is read. */
const ENOUGH = 300_000;

const kept = new Map();
const realNow = Date.now;

const ways = {
  async strike({ name, options, url, init: { signal, ...init } = {}, at, healthy }) {
    const events = [];
    const client = createClient({ ...options, onEvent: (event) => events.push(event) });
    kept.set(name, { client, url });
    const call = () => client.fetch(url, signal ? { ...init, signal: AbortSignal.timeout(signal) } : init);
    // The caller's time is for the API that is ill, not for the token.
    if (at === "api") await client.token();
    const started = realNow();
    const [outcome, token] = await Promise.all([
      attempt(call, readAll),
      attempt(() => client.token(), async (token) => ({ shown: await shown(token) })),
    ]);
    const millis = realNow() - started;
    const next = createClient({ ...options, provider: healthy.token, timeout: 10, name: `${name}, another` });
    return {
      outcome,
      token,
      millis,
      next: await attempt(() => next.fetch(healthy.api), readAll),
      shown: await shown([client, events, client.explain()]),
    };
  },

  async again({ name }) {
    const { client, url } = kept.get(name);
    const outcome = await attempt(() => client.fetch(url), readAll);
    client.close();
    return outcome;
  },

  later({ millis }) {
    Date.now = () => realNow() + millis;
    return {};
  },
};

/** What came of a call, as plain data. */
async function attempt(call, read) {
  try {
    return await read(await call());
  } catch (error) {
    const { name, code, status, error: said, retryAt } = error;
    const retryIn = retryAt && (retryAt - Date.now()) / 1000;
    return { thrown: { name, code, status, error: said, retryIn, message: String(error) }, shown: await shown(error) };
  }
}

async function readAll(response) {
  const { status, url, redirected } = response;
  const found = { status, url, redirected, length: 0, text: "" };
  if (!response.body) return found;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  try {
    for (let chunk; !(chunk = await reader.read()).done;) {
      found.length += chunk.value.length;
      if (found.text.length < 1000) found.text += decoder.decode(chunk.value, { stream: true });
      if (found.length > ENOUGH) {
        await reader.cancel();
        return { ...found, body: "endless" };
      }
    }
    return found;
  } catch (error) {
    const isAbort = ["AbortError", "TimeoutError"].includes(error.name);
    return { ...found, body: isAbort ? "aborted" : "breaks", shown: await shown(error) };
  }
}

export default {
  async fetch(request) {
    const way = new URL(request.url).pathname.slice(1);
    try {
      return Response.json(await ways[way](await request.json()));
    } catch (error) {
      return Response.json({ failed: String(error?.stack ?? error) });
    }
  },
};
