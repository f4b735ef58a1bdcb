// An ES module under moduleResolution node16.
import { AuthError, createClient } from "bearerkit";
import * as core from "bearerkit/core";
import * as providers from "bearerkit/providers";
import { fakeProvider } from "bearerkit/testing";
import type { Provider } from "bearerkit";
import { holds, type Same } from "../same.js";

const fuse: Provider = providers.fuse;
const fake = fakeProvider();
createClient({ provider: fuse, credentials: fake.credentials, fetch: fake.fetch });
// @ts-expect-error it is called base_url
createClient({ provider: providers.keycloak, variables: { baseUrl: "x", realm: "x" }, credentials: fake.credentials });
holds<Same<typeof core.AuthError, typeof AuthError>>();
// @ts-expect-error no default export
import bearerkit from "bearerkit";
// @ts-expect-error what is not exported cannot be imported
import * as internals from "bearerkit/client.js";
void [bearerkit, internals];
