// ky retries, reads and throws; the token is bearerkit's business.
import ky from "ky";
import { asBytes } from "bearerkit/integrations";

/** ky with the token of that client. */
export function kyWith(api, options) {
  return ky.create({ ...options, fetch: asBytes(api.fetch) });
}
