// undici's `request`, which is not a fetch: the header, and one more try after a 401.
import { undiciRenewal } from "bearerkit/integrations";
import { request } from "undici";

/** `request` with the token of that client, for one origin. */
export function undiciWith(api, origin) {
  return undiciRenewal(api, request, origin);
}
