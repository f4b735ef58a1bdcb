// What may be left out may be undefined, as at run time: with exactOptionalPropertyTypes too.
import { AuthError, type Client, createClient, type Credentials, type Grant, type Jwk, type Provider } from "bearerkit";
import { buildAuthorizationUrl, checkProvider, parseTokenResponse } from "bearerkit/core";
import { fuse } from "bearerkit/providers";
import { fakeProvider, type Fault } from "bearerkit/testing";

declare const env: { readonly [name: string]: string | undefined };
declare const signal: AbortSignal | undefined;
const provider = "https://as.example/token";
const credentials = { client_id: env.ID, client_secret: env.SECRET };

const api: Client = createClient({
  provider,
  credentials,
  name: undefined,
  variables: undefined,
  scope: env.SCOPE,
  parameters: undefined,
  resource: env.RESOURCE,
  grant: undefined,
  origins: undefined,
  refreshMargin: undefined,
  defaultLifetime: undefined,
  patience: undefined,
  timeout: env.TIMEOUT ? Number(env.TIMEOUT) : undefined,
  fetch: undefined,
  waitUntil: undefined,
  onEvent: undefined,
  allowInsecure: undefined,
});
createClient({ provider: fuse, credentials, variables: { environment: undefined, audience: env.AUDIENCE } });
api.extend({ scope: env.SCOPE, grant: undefined, fetch: undefined });
api.token({ signal, minValidity: undefined });
api.authorization({ signal });
({ client_id: env.ID, private_key: undefined }) satisfies Credentials;
({ kty: "RSA", kid: env.KID }) satisfies Jwk;
({ type: "authorization_code", code: "c", redirectUri: "r", codeVerifier: undefined }) satisfies Grant;
({
  token_endpoint: provider,
  name: undefined,
  scope: env.SCOPE,
  refresh: { token_endpoint: undefined, scope: undefined },
  response: { expiry: { unit: undefined }, error_when: undefined },
  resource_request: { origins: undefined },
  headers: { authorization: { scheme: undefined, base64: "{client_id}" } },
  steps: [{ token_endpoint: provider, name: undefined }],
}) satisfies Provider;
new AuthError("ERR_TIMEOUT", "too late", { status: undefined, retryAt: undefined, cause: undefined });

const known = { provider, credentials: { client_id: "i", client_secret: "s" } };
buildAuthorizationUrl(known, { redirectUri: "https://me.example/", state: "s", codeChallenge: env.CHALLENGE });
parseTokenResponse(known, { status: 200, headers: {}, body: "", receivedAt: undefined }, 0);
checkProvider({}, { credentials: undefined, scope: undefined });

const fake = fakeProvider({
  credentials: { client_id: env.ID },
  lifetime: undefined,
  now: undefined,
  rotate: undefined,
});
const script: Fault[] = [
  { type: "rate_limited", retryAfter: undefined, at: undefined, times: undefined },
  { type: "malformed", body: undefined, status: undefined },
];
fake.fail(script);
