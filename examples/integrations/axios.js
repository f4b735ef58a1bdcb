import axios from "axios";
import { asBytes } from "./as-bytes.js";
import { renewal } from "./renewal.js";

/** Prefer this: axios's own fetch adapter. The token is not in the errors that axios throws, either. */
export function axiosWithFetch(api, options) {
  return axios.create({ ...options, adapter: "fetch", env: { fetch: asBytes(api.fetch) } });
}

/** With the transport that axios has on Node: the header, and one more try after a 401. */
export function axiosWithAuthorization(api, { baseURL, ...options }) {
  const another = renewal(api);
  // The token goes to `baseURL` and nowhere else. An AxiosError has the request's headers in it: printed by its
  // `toJSON` they are masked, by `console.log` they are not.
  const bound = { baseURL, allowAbsoluteUrls: false, maxRedirects: 0, redact: ["authorization"] };
  const instance = axios.create({ ...options, ...bound });

  instance.interceptors.request.use(async (config) => {
    config.headers.set("authorization", config.nextAuthorization ?? await api.authorization());
    return config;
  });
  instance.interceptors.response.use(undefined, async (error) => {
    const { config, response } = error;
    const isSecondTry = config?.nextAuthorization !== undefined;
    if (response?.status !== 401 || isSecondTry || isStream(config.data)) throw error;
    const refused = config.headers.get("authorization");
    const nextAuthorization = await another(refused, response.headers["www-authenticate"]);
    if (nextAuthorization === undefined) throw error;
    return await instance.request({ ...config, nextAuthorization });
  });
  return instance;
}

function isStream(data) {
  return typeof data?.pipe === "function" || typeof data?.getReader === "function";
}
