// CommonJS under moduleResolution node16.
import bearerkit = require("bearerkit");
import core = require("bearerkit/core");
import providers = require("bearerkit/providers");
import stores = require("bearerkit/stores");
import testing = require("bearerkit/testing");
import { createClient, type Provider } from "bearerkit";

const fuse: Provider = providers.fuse;
const fake = testing.fakeProvider();
const api: bearerkit.Client = bearerkit.createClient({
  provider: fuse,
  credentials: fake.credentials,
  fetch: fake.fetch,
});
createClient({ provider: fuse, credentials: fake.credentials, fetch: api.fetch });
const store: stores.SharedStore = stores.workersKv({ get: async () => null, put: async () => {} });
testing.checkStore(store);
// @ts-expect-error it is called base_url
createClient({ provider: providers.keycloak, variables: { baseUrl: "x", realm: "x" }, credentials: fake.credentials });
const error: bearerkit.AuthError = new core.AuthError("ERR_OPTIONS", "x");
void error;
// @ts-expect-error no default export
bearerkit.default;
