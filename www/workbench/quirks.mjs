// What a provider's documentation may say, and the members that say the same in a profile. Each has a sample of such an answer,
// where it is about the answer; the tests read it with the profile.

/** `[{ title, quirks: [{ id, title, hint, set, sample? }] }]` */
export const QUIRKS = [
  {
    title: "The token request",
    quirks: [
      {
        id: "secret-in-body",
        title: "Id and secret in the form",
        hint: "client_id and client_secret are form parameters, not a header.",
        set: { token_endpoint_auth_method: "client_secret_post" },
      },
      {
        id: "json-body",
        title: "JSON body",
        hint: "The request has a JSON body with client_id and client_secret in it.",
        set: {
          token_endpoint_method: "POST",
          request_format: "json",
          token_endpoint_auth_method: "client_secret_post",
        },
      },
      {
        id: "basic-raw",
        title: "Basic, not encoded",
        hint: "Authorization: Basic base64(id:secret), without the percent-encoding that RFC 6749 asks for.",
        set: { token_endpoint_auth_method: "client_secret_basic", basic_encoding: "raw" },
      },
      {
        id: "query",
        title: "GET with a query",
        hint: "Everything is in the URL: GET /token?client_id=…&client_secret=…",
        set: {
          token_endpoint_method: "GET",
          request_format: "query",
          token_endpoint_auth_method: "client_secret_post",
        },
      },
      {
        id: "key-header",
        title: "Key and secret in headers",
        hint: "The request has headers of its own, such as X-Api-Key and X-Api-Secret, and no grant.",
        set: {
          token_endpoint_auth_method: "none",
          grant_type: null,
          headers: { "x-api-key": "{api_key}", "x-api-secret": "{api_secret}" },
        },
      },
      {
        id: "login",
        title: "A login: user name and password",
        hint: "POST /login with a JSON body of username and password; no client, no grant.",
        set: {
          token_endpoint_method: "POST",
          token_endpoint_auth_method: "none",
          grant_type: null,
          request_format: "json",
          "parameters.username": "{username}",
          "parameters.password": "{password}",
        },
      },
      {
        id: "password-grant",
        title: "grant_type=password",
        hint: "The password grant of RFC 6749, with a client and a user.",
        set: { grant_type: "password" },
      },
      {
        id: "audience",
        title: "An audience",
        hint: "The request names the API that the token is for: audience=…",
        set: { "parameters.audience": "{audience}" },
      },
      {
        id: "scope-comma",
        title: "Scopes with commas",
        hint: "scope=read,write instead of scope=read write.",
        set: { scope_separator: "," },
      },
      {
        id: "signed-jwt",
        title: "A signed JWT",
        hint: "private_key_jwt: the client signs a JWT with its private key (RFC 7523).",
        set: { token_endpoint_auth_method: "private_key_jwt", assertion: { alg: "RS256", key: "private_key" } },
      },
      {
        id: "two-steps",
        title: "Two requests",
        hint: "A first request brings something, such as a nonce, that the token request has to show.",
        set: {
          steps: [{
            token_endpoint: "https://login.example.com/nonce",
            token_endpoint_method: "GET",
            token_endpoint_auth_method: "none",
            grant_type: null,
            response: { access_token: "/nonce", capture: { nonce: "/nonce" } },
          }],
          "parameters.nonce": "{nonce}",
        },
      },
    ],
  },
  {
    title: "Its answer",
    quirks: [
      {
        id: "token-in-header",
        title: "Token in a header",
        hint: "The token comes in a response header, such as X-Auth-Token.",
        set: { "response.access_token": "header:x-auth-token" },
        sample: {
          status: 201,
          headers: "x-auth-token: 8c1f0b7e5d3a49269f1e\ncontent-type: application/json",
          body: '{ "expires_in": 3600 }',
        },
      },
      {
        id: "envelope",
        title: "Wrapped in an envelope",
        hint: '{ "data": { "token": …, "expires_in": … } }',
        set: { "response.access_token": "/data/token", "response.expiry": { pointer: "/data/expires_in" } },
        sample: {
          status: 200,
          headers: "content-type: application/json",
          body: '{ "data": { "token": "8c1f0b7e5d3a49269f1e", "expires_in": 3600 } }',
        },
      },
      {
        id: "plain-text",
        title: "The token alone, as text",
        hint: "The body is the token and nothing else.",
        set: {
          "response.format": "text",
          "response.access_token": "",
          "response.expiry": { source: "fixed", seconds: 3600 },
        },
        sample: { status: 200, headers: "content-type: text/plain", body: "8c1f0b7e5d3a49269f1e" },
      },
      {
        id: "minutes",
        title: "Lifetime in minutes",
        hint: "expires_in counts minutes.",
        set: { "response.expiry": { source: "expires_in", pointer: "/expires_in", unit: "min" } },
        sample: {
          status: 200,
          headers: "content-type: application/json",
          body: '{ "access_token": "8c1f0b7e5d3a49269f1e", "expires_in": 60 }',
        },
      },
      {
        id: "milliseconds",
        title: "Lifetime in milliseconds",
        hint: "expires_in counts milliseconds.",
        set: { "response.expiry": { source: "expires_in", pointer: "/expires_in", unit: "ms" } },
        sample: {
          status: 200,
          headers: "content-type: application/json",
          body: '{ "access_token": "8c1f0b7e5d3a49269f1e", "expires_in": 3600000 }',
        },
      },
      {
        id: "date",
        title: "Expiry as a date",
        hint: '"expires_at": "2030-01-01T12:00:00Z", or as Unix time.',
        set: { "response.expiry": { source: "expires_at", pointer: "/expires_at" } },
        sample: {
          status: 200,
          headers: "content-type: application/json\ndate: Tue, 01 Jan 2030 11:00:00 GMT",
          body: '{ "access_token": "8c1f0b7e5d3a49269f1e", "expires_at": "2030-01-01T12:00:00Z" }',
        },
      },
      {
        id: "fixed",
        title: "Lifetime only in the manual",
        hint: "The answer does not say when the token expires; the documentation does.",
        set: { "response.expiry": { source: "fixed", seconds: 3600 } },
        sample: {
          status: 200,
          headers: "content-type: application/json",
          body: '{ "access_token": "8c1f0b7e5d3a49269f1e" }',
        },
      },
      {
        id: "error-200",
        title: "Errors with status 200",
        hint: 'A refusal is { "code": 40001, "msg": … } with a status of 200; 0 is success.',
        set: {
          "response.error_when": { pointer: "/code", not: [0] },
          "response.error": "/code",
          "response.error_description": "/msg",
        },
        sample: {
          status: 200,
          headers: "content-type: application/json",
          body: '{ "code": 0, "access_token": "8c1f0b7e5d3a49269f1e", "expires_in": 3600 }',
        },
      },
      {
        id: "other-type",
        title: "Another token_type",
        hint: 'token_type is not "bearer", and the token is sent as a bearer token all the same.',
        set: { "response.token_types": null },
        sample: {
          status: 200,
          headers: "content-type: application/json",
          body: '{ "token_type": "JWT", "access_token": "8c1f0b7e5d3a49269f1e", "expires_in": 3600 }',
        },
      },
    ],
  },
  {
    title: "Calls of the API",
    quirks: [
      {
        id: "api-scheme",
        title: "Another scheme",
        hint: "Authorization: Token … instead of Bearer.",
        set: { "resource_request.headers": { authorization: "Token {access_token}" } },
      },
      {
        id: "api-header",
        title: "Another header",
        hint: "The API wants the token in a header of its own, such as X-Auth-Token.",
        set: { "resource_request.headers": { "x-auth-token": "{access_token}" } },
      },
      {
        id: "api-key",
        title: "A key beside the token",
        hint: "The API also wants a key, such as X-Api-Key.",
        set: {
          "resource_request.headers": { authorization: "Bearer {access_token}", "x-api-key": "{api_key}" },
        },
      },
      {
        id: "api-query",
        title: "Token in the query",
        hint: "The API wants ?access_token=… and no header.",
        set: { "resource_request.headers": {}, "resource_request.query": { access_token: "{access_token}" } },
      },
      {
        id: "dead-403",
        title: "403 for a dead token",
        hint: "An expired token is answered with 403 and a code in the body.",
        set: { "resource_request.invalid_token_when": { status: 403, pointer: "/error/code", is: "token_expired" } },
      },
    ],
  },
];

export const allQuirks = QUIRKS.flatMap(({ quirks }) => quirks);
