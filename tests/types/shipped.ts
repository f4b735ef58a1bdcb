// The profiles of "bearerkit/providers" know their variables and credentials; one's own are free.
import { type Client, type ClientOptions, createClient, type OptionsFor, type Provider } from "bearerkit";
import { buildTokenRequest } from "bearerkit/core";
import * as providers from "bearerkit/providers";
import { adobe, akeneo, auth0, fuse, githubApp, gitlab, keycloak, okta } from "bearerkit/providers";
import { fakeProvider } from "bearerkit/testing";
import { holds, type Same } from "./same.js";

declare const env: { ID: string; SECRET: string; MAYBE: string | undefined };
declare const anything: Record<string, string>;
const unknownProvider = JSON.parse("{}");
const credentials = { client_id: env.ID, client_secret: env.SECRET };
const variables = { base_url: "https://sso.example", realm: "main" };

// --- variables

createClient({ provider: keycloak, variables, credentials });
createClient({ provider: keycloak, variables: { base_url: "https://sso.example", realm: "main" }, credentials });
createClient({ provider: auth0, variables: { domain: "acme.eu.auth0.com" }, credentials });
createClient({ provider: auth0, variables: { domain: "acme.eu.auth0.com", audience: env.MAYBE }, credentials });
createClient({ provider: adobe, credentials });
createClient({ provider: adobe, variables: {}, credentials });
createClient({ provider: fuse, variables: undefined, credentials });
createClient({ provider: fuse, variables: { environment: "sandbox" }, credentials });
// What an environment sets, the options may.
createClient({ provider: fuse, variables: { host: "auth.internal.example" }, credentials });
// @ts-expect-error it is called base_url
createClient({ provider: keycloak, variables: { baseUrl: "https://sso.example", realm: "main" }, credentials });
// @ts-expect-error its URL needs the realm
createClient({ provider: keycloak, variables: { base_url: "https://sso.example" }, credentials });
// @ts-expect-error … and both
createClient({ provider: keycloak, credentials });
// @ts-expect-error … and set
createClient({ provider: keycloak, variables: { ...variables, realm: env.MAYBE }, credentials });
// @ts-expect-error a variable is text
createClient({ provider: keycloak, variables: { ...variables, realm: 1 }, credentials });
// @ts-expect-error not a name of this profile
createClient({ provider: auth0, variables: { domain: "acme.example", tenant: "x" }, credentials });
// @ts-expect-error misspelt
createClient({ provider: fuse, variables: { enviroment: "sandbox" }, credentials });
// @ts-expect-error no such environment
createClient({ provider: fuse, variables: { environment: "staging" }, credentials });
// @ts-expect-error this one has no variables
createClient({ provider: adobe, variables: { environment: "production" }, credentials });

// --- credentials

declare const jwk: JsonWebKeyLike;
interface JsonWebKeyLike {
  kty?: string;
  d?: string;
}
const installation = { installation_id: "7" };
createClient({ provider: githubApp, variables: installation, credentials: { app_id: "1", private_key: "PEM" } });
createClient({ provider: githubApp, variables: installation, credentials: { app_id: "1", private_key: jwk } });
createClient({ provider: fuse, credentials: { client_id: env.MAYBE, client_secret: env.MAYBE } });
createClient({ provider: fuse, credentials: fakeProvider().credentials });
createClient({ provider: fuse, credentials: [credentials, { ...credentials, client_secret: "next" }] });
createClient({ provider: fuse, credentials: () => credentials });
createClient({ provider: fuse, credentials: async () => ({ ...credentials, client_secret: "new" }) });
// What a function brings, nobody knows before.
createClient({ provider: fuse, credentials: async () => anything });
// @ts-expect-error it is called client_id
createClient({ provider: fuse, credentials: { clientId: env.ID, client_secret: env.SECRET } });
// @ts-expect-error the secret is missing
createClient({ provider: fuse, credentials: { client_id: env.ID } });
// @ts-expect-error … here too
createClient({ provider: fuse, credentials: [credentials, { client_id: env.ID }] });
// @ts-expect-error a credential is text
createClient({ provider: fuse, credentials: { client_id: 1, client_secret: env.SECRET } });
// @ts-expect-error not a name of this profile
createClient({ provider: fuse, credentials: { ...credentials, api_key: "k" } });
// @ts-expect-error a GitHub App is no client
createClient({ provider: githubApp, variables: installation, credentials });
// @ts-expect-error a function brings credentials
createClient({ provider: fuse, credentials: () => ({ clientId: env.ID }) });
// @ts-expect-error … also later
createClient({ provider: fuse, credentials: async () => ({ clientId: env.ID }) });
// @ts-expect-error nor are they missing
createClient({ provider: fuse });

// --- what only the profile's own grant shows

createClient({ provider: gitlab, credentials: { ...credentials, refresh_token: "r" } });
createClient({ provider: gitlab, credentials, grant: { type: "refresh_token", refreshToken: "r" } });
createClient({
  provider: akeneo,
  variables: { base_url: "https://pim.example" },
  credentials: { ...credentials, username: "u", password: "p" },
});
createClient({ provider: gitlab, credentials: { ...credentials, refresh_token: "r" }, grant: undefined });
// @ts-expect-error GitLab's profile refreshes
createClient({ provider: gitlab, credentials });
// @ts-expect-error … and says which client it is
createClient({ provider: gitlab, credentials: {}, grant: { type: "refresh_token", refreshToken: "r" } });

// --- the other options are as ever

createClient({ provider: fuse, credentials, scope: env.MAYBE, timeout: 5, onEvent: (event) => void event.type });
createClient({ provider: fuse, credentials, fetch: (input, init) => fetch(input, init) });
const beforehand = { provider: keycloak, variables, credentials };
createClient(beforehand);
// @ts-expect-error the names of the options
createClient({ provider: fuse, credentials, scopes: ["a"] });
// @ts-expect-error made beforehand, it lacks its variables all the same
createClient({ ...beforehand, variables: {} });

// --- a client derived

const api: Client = createClient({ provider: fuse, credentials });
api.extend({ scope: ["a"] }).extend({ variables: { environment: "sandbox" } }).extend({ scope: undefined });
api.extend({ credentials: { api_key: "k" } });
api.extend({ provider: keycloak, variables });
api.extend({ provider: { token_endpoint: "https://as.example/token" }, variables: { tenant: "x" } });
// @ts-expect-error it is called base_url
api.extend({ provider: keycloak, variables: { baseUrl: "https://sso.example", realm: "main" } });
// @ts-expect-error it is called client_secret
api.extend({ provider: fuse, credentials: { client_id: env.ID, clientSecret: env.SECRET } });

// --- one's own are free

const own = { token_endpoint: "https://{tenant}.example/token", token_endpoint_auth_method: "none" } as const;
createClient({ provider: own, variables: { tenant: "x" }, credentials: { api_key: "k" } });
createClient({ provider: "https://as.example/token", variables: { tenant: "x" }, credentials: { api_key: "k" } });
createClient({ provider: new URL("https://as.example/token"), credentials: anything });
createClient({ provider: { issuer: "https://as.example" }, credentials: anything });
createClient({ provider: unknownProvider, variables: { tenant: "x" }, credentials: { api_key: "k" } });
createClient({
  provider: { ...keycloak, token_endpoint: "https://{host}/token" },
  variables: { host: "sso.example" },
  credentials: { api_key: "k" },
});
const copy = { ...fuse };
createClient({ provider: copy, variables: { tenant: "x" }, credentials: { api_key: "k" } });
createClient({ provider: fuse as Provider, variables: { tenant: "x" }, credentials: { api_key: "k" } });
const list: Provider[] = [fuse, keycloak, ...Object.values(providers)];
createClient({ provider: list[0] ?? fuse, variables: { tenant: "x" }, credentials: anything });
// Which of them it is, only the program knows.
declare const name: keyof typeof providers;
createClient({ provider: providers[name], variables: { tenant: "x" }, credentials: anything });
createClient({ provider: env.ID ? okta : auth0, variables: { domain: "acme.example" }, credentials });
// What is written in place is held against the profile's members.
// @ts-expect-error unknown member
createClient({ provider: { token_endpoint: "https://as.example/token", tokenEndpoint: "x" }, credentials });
// @ts-expect-error no such method
createClient({ provider: { token_endpoint: "https://as.example/", token_endpoint_auth_method: "post" }, credentials });

// --- functions around it

declare const options: ClientOptions;
createClient(options);
({ provider: keycloak, variables, credentials }) satisfies ClientOptions;
const make: (options: ClientOptions) => Client = createClient;
make({ provider: "https://as.example/token", credentials });
const forOrders = (rest: Omit<ClientOptions, "provider">) =>
  createClient({ ...rest, provider: "https://as.example/token" });
forOrders({ credentials });
const forShop = (rest: Omit<OptionsFor<typeof keycloak>, "provider">) => createClient({ ...rest, provider: keycloak });
forShop({ variables, credentials });
// @ts-expect-error it is called base_url
forShop({ variables: { baseUrl: "https://sso.example", realm: "main" }, credentials });

function anyClient<P extends ClientOptions["provider"]>(options: OptionsFor<P>): Client {
  return createClient(options);
}
anyClient({ provider: keycloak, variables, credentials });
// @ts-expect-error it is called base_url
anyClient({ provider: keycloak, variables: { baseUrl: "https://sso.example", realm: "main" }, credentials });
export const fake: Client = { ...api, extend: () => fake };

// --- the pure functions

buildTokenRequest({ provider: keycloak, variables, credentials }, 0);
buildTokenRequest(options, 0);
// @ts-expect-error it is called base_url
buildTokenRequest({ provider: keycloak, variables: { baseUrl: "https://sso.example", realm: "main" }, credentials }, 0);

holds<Same<keyof OptionsFor<typeof auth0>["variables"], "domain" | "audience" | "organization">>();
