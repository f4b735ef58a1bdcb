// undici's `request`, which is not a fetch: the header, and one more try after a 401.
import { request } from "undici";
import { renewal } from "./renewal.js";

/** `request` with the token of that client, for one origin. */
export function undiciWith(api, origin) {
  const another = renewal(api);
  return async function call(path, options = {}) {
    // A path cannot lead away from the origin, and undici follows no redirect unless it is told to.
    const send = (authorization) =>
      request(origin, { ...options, path, headers: { ...options.headers, authorization } });
    const sent = await api.authorization();
    const answer = await send(sent);
    if (answer.statusCode !== 401 || !isReplayable(options.body)) return answer;
    const next = await another(sent, answer.headers["www-authenticate"]);
    if (next === undefined) return answer;
    await answer.body.dump();
    return await send(next);
  };
}

function isReplayable(body) {
  return body === undefined || body === null || typeof body === "string" || body instanceof Uint8Array;
}
