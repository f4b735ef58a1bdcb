// ky retries, reads and throws; the token is bearerkit's business.
import ky from "ky";
import { asBytes } from "./as-bytes.js";

/** ky with the token of that client. */
export function kyWith(api, options) {
  return ky.create({ ...options, fetch: asBytes(api.fetch) });
}
