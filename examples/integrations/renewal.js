// A 401 where only `authorization()` fits. `client.fetch` does all of this by itself, and better: use it where you can.
import { parseChallenges } from "bearerkit/core";

const REST_MS = 30_000;

/**
 * Says what to send after a 401: another Authorization, or undefined where none would help.
 *
 * Calls that were refused with one token share one renewal, and there is at most one in 30 s: an API that always says
 * 401 must not drain the token endpoint.
 */
export function renewal(api) {
  let renewedAt = -Infinity;
  return async function another(refused, challenge = "") {
    const isScope = ({ parameters }) => parameters.error === "insufficient_scope";
    if (parseChallenges(challenge).some(isScope)) return undefined;
    // Not if a newer token is there already: then the refused one is only late.
    if (await api.authorization() === refused && performance.now() - renewedAt > REST_MS) {
      renewedAt = performance.now();
      api.invalidate();
    }
    const current = await api.authorization();
    return current === refused ? undefined : current;
  };
}
