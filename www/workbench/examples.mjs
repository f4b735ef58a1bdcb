// Answers to try: each shows something that servers do.

/** A JWT of nobody's; what it says of its life is made from the clock, so that it is alive. */
function jwt(lifetime) {
  const now = Math.floor(Date.now() / 1000);
  const part = (value) => btoa(JSON.stringify(value)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  return `${part({ alg: "RS256", typ: "JWT" })}.${
    part({ iss: "https://login.example.com", iat: now, exp: now + lifetime })
  }.c2lnbmF0dXJl`;
}

const JSON_TYPE = "content-type: application/json";
const TOKEN = "8c1f0b7e5d3a49269f1e4c7d";
const body = (value) => JSON.stringify(value, null, 2);

export const EXAMPLES = [
  {
    title: "RFC 6749",
    status: 200,
    headers: JSON_TYPE,
    body: body({ access_token: TOKEN, token_type: "Bearer", expires_in: 3600, scope: "read" }),
  },
  {
    title: "In an envelope",
    status: 200,
    headers: JSON_TYPE,
    body: body({ success: true, data: { accessToken: TOKEN, refreshToken: "r-4b1d9f6e2a7c4d58", expiresIn: 1800 } }),
  },
  {
    title: "A JWT",
    status: 200,
    headers: JSON_TYPE,
    get body() {
      return body({ access_token: jwt(1800), token_type: "bearer" });
    },
  },
  {
    title: "Milliseconds",
    status: 200,
    headers: JSON_TYPE,
    body: body({ access_token: TOKEN, expires_in: 7_200_000 }),
  },
  {
    title: "Token in a header",
    status: 201,
    headers: `${JSON_TYPE}\nx-auth-token: ${TOKEN}`,
    body: body({ valid_seconds: 900 }),
  },
  {
    title: "429",
    status: 429,
    headers: "retry-after: 30",
    body: "slow down",
  },
  {
    title: "invalid_client",
    status: 401,
    headers: JSON_TYPE,
    body: body({ error: "invalid_client", error_description: "Client authentication failed" }),
  },
  {
    title: "401 of an API",
    of: "api",
    status: 401,
    headers: 'www-authenticate: Token realm="api"',
    body: body({ detail: "Authentication credentials were not provided." }),
  },
];
