import axios from "axios";
import { asBytes, axiosRenewal } from "bearerkit/integrations";

/** Prefer this: axios's own fetch adapter. The token is not in the errors that axios throws, either. */
export function axiosWithFetch(api, options) {
  return axios.create({ ...options, adapter: "fetch", env: { fetch: asBytes(api.fetch) } });
}

/** With the transport that axios has on Node: the header, for `baseURL` alone, and one more try after a 401. */
export function axiosWithAuthorization(api, options) {
  return axiosRenewal(api, axios.create(options));
}
