// openapi-fetch: calls that are typed by an OpenAPI document.
import createOpenApiClient from "openapi-fetch";
import { asBytes } from "bearerkit/integrations";

/** Prefer this: all that `client.fetch` does, 401 and redirects included. */
export function openApiWith(api, options) {
  return createOpenApiClient({ ...options, fetch: asBytes(api.fetch) });
}

/**
 * Where `fetch` is taken already: `openApiClient.use(bearer(api, origins))`. It attaches the token and nothing more: a
 * 401 is returned, and redirects are the runtime's. Where the token may go is checked here.
 */
export function bearer(api, origins) {
  return {
    async onRequest({ request }) {
      if (!origins.includes(new URL(request.url).origin)) return undefined;
      request.headers.set("authorization", await api.authorization());
      return request;
    },
  };
}
