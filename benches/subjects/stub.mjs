// The token endpoint of all that is measured: it answers at once, or after `delay` ms, with a token that looks like Fuse's.

const base64url = (value) => btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

const ACCESS_TOKEN = [
  base64url({ alg: "RS256", typ: "JWT", kid: "NkQ4RjM2QTlGRTU2RkM1NkE5RjY1RDNCRjM2NkY1RDNCRjM2NkY1RA" }),
  base64url({
    iss: "https://auth.fuse.me/",
    sub: "9bU4tDq8jB1JY0mP@clients",
    aud: "https://api.fuse.me",
    iat: 1_700_000_000,
    exp: 4_100_000_000,
    scope: "read:orders write:orders",
    gty: "client-credentials",
    azp: "9bU4tDq8jB1JY0mP",
  }),
  "x".repeat(342),
].join(".");

const ANSWER = {
  access_token: ACCESS_TOKEN,
  token_type: "Bearer",
  expires_in: 86_400,
  scope: "read:orders write:orders",
};
const BODY = JSON.stringify(ANSWER);

/** A `fetch` that counts its calls. */
export function tokenEndpoint({ delay = 0 } = {}) {
  const endpoint = async () => {
    endpoint.requests += 1;
    if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
    return new Response(BODY, { headers: { "content-type": "application/json" } });
  };
  endpoint.requests = 0;
  return endpoint;
}

export const URL = "https://auth.fuse.me/oauth/token";
export const CLIENT_ID = "9bU4tDq8jB1JY0mP";
export const CLIENT_SECRET = "kTq-0hD_YpR3sWcE7vXzLmNbJfGaUoIe";
