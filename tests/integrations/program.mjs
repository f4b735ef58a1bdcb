// What hands a `Request` with a body to its fetch, in any runtime: one POST by each library, whose first try is refused.
import axios from "axios";
import { createClient } from "bearerkit";
import ky from "ky";
import createOpenApiClient from "openapi-fetch";
import { axiosWithFetch } from "./integrations/axios.js";
import { kyWith } from "./integrations/ky.js";
import { openApiWith } from "./integrations/openapi-fetch.js";

const POSTS = {
  ky: async (api, { API }, json) => await kyWith(api).post(`${API}/v1/orders`, { json }).json(),
  "openapi-fetch": async (api, { API }, body) =>
    (await openApiWith(api, { baseUrl: API }).POST("/v1/orders", { body })).data,
  axios: async (api, { API }, data) => (await axiosWithFetch(api).post(`${API}/v1/orders`, data)).data,
  // A short body needs no help.
  "ky, by itself": async ({ fetch }, { API }, json) =>
    await ky.create({ fetch }).post(`${API}/v1/orders`, { json }).json(),
  "openapi-fetch, by itself": async ({ fetch }, { API: baseUrl }, body) =>
    (await createOpenApiClient({ baseUrl, fetch }).POST("/v1/orders", { body })).data,
  "axios, by itself": async ({ fetch }, { API }, data) =>
    (await axios.create({ adapter: "fetch", env: { fetch } }).post(`${API}/v1/orders`, data)).data,
};

export default {
  async fetch(_request, env) {
    const api = createClient({
      provider: env.TOKEN_ENDPOINT,
      credentials: { client_id: env.CLIENT_ID, client_secret: env.CLIENT_SECRET },
      allowInsecure: true,
    });
    const found = {};
    for (const [name, post] of Object.entries(POSTS)) {
      await fetch(env.FAIL, { method: "POST", body: JSON.stringify([{ at: "api", type: "unauthorized" }]) });
      found[name] = await post(api, env, { by: name }).then((answer) => answer?.body, (error) => String(error));
      // The API may refuse the next one's token too, without a rest in between.
      api.invalidate();
    }
    return Response.json(found);
  },
};
