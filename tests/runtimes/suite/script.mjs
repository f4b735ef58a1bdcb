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
