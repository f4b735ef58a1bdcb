// A client whose every request goes to a function of the test: no network, and every object as bearerkit made it.
import { createClient } from "bearerkit";
import { PLAIN } from "./world.mjs";

/**
 * `api(call, count)` answers what goes to the API; `calls`: `{ input, init, url }` of each; `tokens()`: how many were granted.
 * `grant(token)` answers what goes to the token endpoint.
 */
export function scripted(
  api,
  options = {},
  grant = (access_token) => Response.json({ access_token, expires_in: 3600 }),
) {
  const calls = [];
  let granted = 0;
  const fetch = async (input, init) => {
    const url = typeof input === "string" ? input : input.url;
    if (url === PLAIN) return await grant(`scripted-${granted += 1}`);
    const call = { input, init, url };
    calls.push(call);
    return await api(call, calls.length);
  };
  const client = createClient({
    provider: PLAIN,
    credentials: { client_id: "app", client_secret: "s3cr3t" },
    name: crypto.randomUUID(),
    ...options,
    fetch,
  });
  return { client, calls, tokens: () => granted };
}

const ownHosts = new Map();

/**
 * As `scripted`, and what is called is the runtime's own `fetch`, in the place of which there is one that knows this client's
 * hosts. `api` and `endpoint`: URLs of its own.
 */
export function scriptedRuntime(answer, options = {}) {
  const host = `${crypto.randomUUID()}.example`;
  const endpoint = `https://${host}/token`;
  const calls = [];
  if (ownHosts.size === 0) {
    const { fetch } = globalThis;
    globalThis.fetch = (input, init) => {
      const url = typeof input === "string" ? input : input.url ?? input.href;
      const own = ownHosts.get(new URL(url).hostname);
      return own ? own({ input, init, url }) : fetch(input, init);
    };
  }
  let granted = 0;
  ownHosts.set(host, async (call) => {
    if (call.url === endpoint) return Response.json({ access_token: `own-${granted += 1}`, expires_in: 3600 });
    calls.push(call);
    return await answer(call, calls.length);
  });
  const client = createClient({
    provider: { token_endpoint: endpoint },
    credentials: { client_id: "app", client_secret: "s3cr3t" },
    ...options,
  });
  return { client, calls, api: `https://${host}/orders` };
}

export const refusal = (body = null, headers = {}) => new Response(body, { status: 401, headers });
export const moved = (location, status = 307) => new Response(null, { status, headers: { location } });

/** A body that tells whether it was cancelled; `pull` says what it does, by default nothing ever. */
export function watched(pull = () => new Promise(() => {})) {
  const watch = { isCancelled: false };
  watch.body = new ReadableStream({
    pull,
    cancel() {
      watch.isCancelled = true;
    },
  });
  return watch;
}
