// The pure functions: the same options, no clock, no network.
import * as pure from "bearerkit/core";
import { AuthError, createClient } from "bearerkit";
import { apsisOne, basicTokenV2, fuse, fusio, fusioLogin, fuuffy, keycloak } from "bearerkit/providers";
import { equal, match, near, ok, thrown } from "./assert.mjs";
import { PLAIN } from "./world.mjs";

const NOW = 1_700_000_000_000;
const credentials = { client_id: "an id", client_secret: "a:b%c" };
const FORM = { accept: "application/json", "content-type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { accept: "application/json", "content-type": "application/json" };
const RAW = `Basic ${btoa("an id:a:b%c")}`;

/** Provider -> the request to the byte. */
const requests = [
  [{ provider: fuse }, "https://auth.fuse.me/oauth/token", JSON_TYPE, {
    grant_type: "client_credentials",
    client_id: "an id",
    client_secret: "a:b%c",
    audience: "https://api.fuse.me",
  }],
  [
    { provider: basicTokenV2, variables: { base_url: "https://b.example" } },
    "https://b.example/oauth/v2/token",
    { ...FORM, authorization: RAW },
    "grant_type=client_credentials",
  ],
  [{ provider: apsisOne }, "https://api.apsis.one/oauth/token", JSON_TYPE, {
    grant_type: "client_credentials",
    client_id: "an id",
    client_secret: "a:b%c",
  }],
  [
    { provider: fuuffy },
    "https://api-gateway.fuuffy.com/v1/auth/token",
    FORM,
    "grant_type=client_credentials&client_id=an+id&client_secret=a%3Ab%25c",
  ],
  [
    { provider: fusio, variables: { base_url: "https://f.example" }, scope: ["authorization", "backend"] },
    "https://f.example/authorization/token",
    { ...FORM, authorization: RAW },
    "grant_type=client_credentials&scope=authorization,backend",
  ],
  [
    {
      provider: fusioLogin,
      variables: { base_url: "https://f.example" },
      credentials: { username: "u", password: 'p"w' },
    },
    "https://f.example/consumer/login",
    JSON_TYPE,
    { username: "u", password: 'p"w' },
  ],
  [
    { provider: PLAIN, scope: "a b", parameters: { audience: "x y" } },
    PLAIN,
    { ...FORM, authorization: `Basic ${btoa("an+id:a%3Ab%25c")}` },
    /^grant_type=client_credentials&(scope=a\+b&audience=x\+y|audience=x\+y&scope=a\+b)$/,
  ],
];

const plain = { provider: PLAIN, credentials };
const response = (body, status = 200, headers = {}) => ({
  status,
  headers,
  body: typeof body === "string" ? body : JSON.stringify(body),
});

export const core = {
  "buildTokenRequest: the bytes for each provider"() {
    for (const [options, url, headers, body] of requests) {
      const request = pure.buildTokenRequest({ credentials, ...options }, NOW);
      equal([request.method, request.url, request.headers], ["POST", url, headers]);
      if (body instanceof RegExp) match(request.body, body);
      else equal(typeof body === "string" ? request.body : JSON.parse(request.body), body, url);
      equal(Object.keys(request).sort(), ["body", "headers", "method", "url"]);
    }
  },

  "buildTokenRequest: an assertion is signed by the caller"() {
    const provider = {
      token_endpoint: PLAIN,
      token_endpoint_auth_method: "private_key_jwt",
      assertion: { alg: "ES256" },
    };
    const options = { provider, credentials: { client_id: "app", private_key: "stays here" } };
    const random = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8]);
    const { sign, complete } = pure.buildTokenRequest(options, NOW, random);
    equal(sign.alg, "ES256");
    equal(pure.buildTokenRequest(options, NOW, random).sign.input, sign.input, "the same dice, the same jti");
    const changed = Array.from(random, (_, place) => random.map((byte, at) => at === place ? 99 : byte));
    const others = [...changed, random.slice().reverse(), undefined, undefined].map((dice) =>
      pure.buildTokenRequest(options, NOW, dice)
    );
    equal(new Set([sign.input, ...others.map(({ sign }) => sign.input)]).size, 12, "other dice, another jti");
    const { body, next } = complete(new Uint8Array([255, 254]));
    equal(new URLSearchParams(body).get("client_assertion"), `${sign.input}.__4`);
    equal(next(response({ access_token: "abc" })), null);
    const again = thrown(() => complete(new Uint8Array(1)));
    equal([again.code, again.message], ["ERR_OPTIONS", "signature: this request has ended; build another"]);
  },

  "buildTokenRequest: the answer to one step makes the next, and says why there is none"() {
    const provider = {
      token_endpoint: "https://as.example/{session}",
      steps: [{ token_endpoint: PLAIN, response: { capture: { session: "/session" } } }],
    };
    const step = pure.buildTokenRequest({ provider, credentials }, NOW);
    const last = step.next(response({ session: "s1" }), NOW + 1000);
    equal(last.url, "https://as.example/s1");
    const limited = response("", 429, { "retry-after": "7" });
    const another = () => pure.buildTokenRequest({ provider, credentials }, NOW);
    for (
      const [fail, sent] of [
        [() => last.next(limited), NOW + 1000],
        [() => another().next(limited), NOW],
        [() => another().next(limited, NOW + 2000), NOW + 2000],
      ]
    ) {
      const error = thrown(fail);
      equal([error.name, error.code, error.status], ["AuthError", "ERR_RATE_LIMITED", 429]);
      near(error.retryAt - sent, 7250, 250);
    }
  },

  "a slash at the end of a base URL is none"() {
    for (const base_url of ["https://kc.example", "https://kc.example/", "https://kc.example//"]) {
      const options = { credentials, variables: { base_url, realm: "r" } };
      equal(
        pure.buildTokenRequest({ ...options, provider: keycloak }, NOW).url,
        "https://kc.example/realms/r/protocol/openid-connect/token",
      );
      const authorization = pure.buildAuthorizationUrl(
        { provider: fusio, credentials, variables: { base_url } },
        { redirectUri: "https://me.example/", state: "s" },
      );
      ok(authorization.startsWith("https://kc.example/apps/developer/auth?"), `${authorization}`);
      const headers = { referer: "{base_url}/login", origin: "{base_url}" };
      const request = pure.buildTokenRequest({
        credentials,
        variables: { base_url },
        provider: { token_endpoint: PLAIN, headers, parameters: { audience: "{base_url}/api" } },
      }, NOW);
      equal(request.headers.referer, "https://kc.example/login");
      equal(request.headers.origin, base_url, "where nothing follows, it is the value's own");
      equal(new URLSearchParams(request.body).get("audience"), "https://kc.example/api");
    }
  },

  "Basic credentials are form-encoded to the letter, and a form keeps its commas"() {
    const { headers, body } = pure.buildTokenRequest({
      provider: { token_endpoint: PLAIN, scope_separator: "," },
      credentials: { client_id: "a,b", client_secret: "c,d !'()~*" },
      scope: "x y",
    }, NOW);
    equal(atob(headers.authorization.slice(6)), "a%2Cb:c%2Cd+%21%27%28%29%7E*");
    equal(body, "grant_type=client_credentials&scope=x,y");
  },

  "an empty text of the profile is sent as JSON, and one that a variable is empty by is not"() {
    const provider = {
      token_endpoint: PLAIN,
      request_format: "json",
      token_endpoint_auth_method: "none",
      grant_type: null,
      parameters: { device: "", tenant: "{tenant}", deep: { x: "" } },
      defaults: { tenant: "" },
    };
    const { body } = pure.buildTokenRequest({ provider, credentials: {}, parameters: { further: "" } }, NOW);
    equal(JSON.parse(body), { device: "", deep: { x: "" } });
  },

  "the options' parameters go over those of the profile, but for empty ones"() {
    const provider = { token_endpoint: PLAIN, parameters: { audience: "a", resource: "r", depth: 1, own: "o" } };
    const options = { provider, credentials, resource: ["s", "t"], parameters: { audience: "b", depth: "2", own: "" } };
    const { body } = pure.buildTokenRequest(options, NOW);
    equal(body, "grant_type=client_credentials&audience=b&depth=2&own=o&resource=s&resource=t");
  },

  "a scope is split at its spaces, and sent in its order"() {
    for (
      const [scope, sent] of [["b a", "b a"], [["b", "a", "b"], "b a"], [" b  a ", "b a"], [["c b", "a"], "c b a"], [
        "",
        null,
      ]]
    ) {
      const { body } = pure.buildTokenRequest({ provider: PLAIN, credentials, scope }, NOW);
      equal(new URLSearchParams(body).get("scope"), sent, JSON.stringify(scope));
    }
  },

  "parseTokenResponse: a token, its dates and what hides in it"() {
    const body = { access_token: "abc", token_type: "bearer", expires_in: "3600", refresh_token: "r", scope: "a b" };
    const token = pure.parseTokenResponse(plain, response(body), NOW);
    equal([token.value, token.refreshToken, token.tokenType, token.scope], ["abc", "r", "bearer", "a b"]);
    equal(token.expiresAt.getTime(), NOW + 3_600_000);
    ok(token.renewAt < token.expiresAt && token.renewAt > NOW, "renewed in between");
    ok(!JSON.stringify(token).includes("abc"), "it does not show");
    const asBytes = pure.parseTokenResponse(plain, {
      status: 200,
      headers: {},
      body: new TextEncoder().encode(JSON.stringify(body)),
    }, NOW);
    equal(asBytes.value, "abc");
    const fusioOptions = { provider: fusio, credentials, variables: { base_url: "https://f.example" } };
    const absolute = { ...body, expires_in: NOW / 1000 + 172_800 };
    equal(pure.parseTokenResponse(fusioOptions, response(absolute), NOW).expiresAt.getTime(), NOW + 172_800_000);
    const enveloped = response({ data: { access_token: "abc", token_type: "Bearer", expires_in: 60 } });
    equal(pure.parseTokenResponse({ provider: fuuffy, credentials }, enveloped, NOW).expiresAt.getTime(), NOW + 60_000);
  },

  "parseTokenResponse: a lifetime that nothing states"() {
    const { expiresAt, renewAt } = pure.parseTokenResponse(plain, response({ access_token: "abc" }), NOW);
    equal([expiresAt, renewAt > NOW], [null, true]);
  },

  "parseTokenResponse: headers as fetch has them, none, and no body"() {
    const limited = { status: 429, headers: new Headers({ "retry-after": "7" }), body: "" };
    const error = thrown(() => pure.parseTokenResponse(plain, limited, NOW));
    equal(error.retryAt.getTime(), NOW + 7000);
    const body = JSON.stringify({ access_token: "abc" });
    for (const headers of [undefined, null, new Headers(), new Map()]) {
      equal(pure.parseTokenResponse(plain, { status: 200, headers, body }, NOW).value, "abc");
    }
    for (const body of [undefined, null, "", new Uint8Array()]) {
      equal(thrown(() => pure.parseTokenResponse(plain, { status: 200, body }, NOW)).code, "ERR_BAD_RESPONSE");
    }
  },

  "parseTokenResponse: answers as the field writes them"() {
    const latin1 = Uint8Array.from('{"access_token":"abc","company":"Soci\u00e9t\u00e9"}', (c) => c.charCodeAt(0));
    const at = new Date(NOW + 900_000);
    const given = (members) => JSON.stringify({ access_token: "abc", ...members });
    for (
      const [body, seconds] of [
        [latin1],
        ['{"access_token":"abc","name":"\\ud83d","n":1e999,"error":{"code":0}}'],
        [given({ access_token: "bearer abc", token_type: "" })],
        [given({ expires_in: at.toString() }), 900],
        [given({ expires_in: at.toUTCString() }), 900],
        [given({ expires_in: at.toISOString() }), 900],
        [given({ expires_in: "PT15M" }), 900],
        [given({ expires_in: "900 seconds" }), 900],
        [given({ expires_in: -1 }), 0],
      ]
    ) {
      const token = pure.parseTokenResponse(plain, { status: 200, headers: {}, body }, NOW);
      equal([token.value, token.warning], ["abc", undefined], String(body));
      equal(token.expiresAt?.getTime(), seconds === undefined ? undefined : NOW + seconds * 1000, String(body));
    }
    const { warning, expiresAt } = pure.parseTokenResponse(
      plain,
      response({ access_token: "abc", expires_in: "s00n" }),
      NOW,
    );
    equal([warning, expiresAt], [
      'provider.response.expiry: the value at /expires_in is not a lifetime: a text of the form "a99a"; the default lifetime is used',
      null,
    ]);
    const large = { status: 200, headers: {}, body: given({ filler: "x".repeat(2 ** 20) }) };
    match(thrown(() => pure.parseTokenResponse(plain, large, NOW)).message, /larger than 1 MiB/);
    const refused = response({}, 403, {
      "Retry-After": "Tue, 14 Nov 2023 22:23:20 GMT, 7",
      Date: "Tue, 14 Nov 2023 22:13:20 GMT",
    });
    equal(thrown(() => pure.parseTokenResponse(plain, refused, NOW)).retryAt.getTime(), NOW + 600_000);
  },

  "parseTokenResponse: errors, with the status before the body"() {
    const cases = [
      [response({ error: "invalid_client", error_description: "no" }, 401), "ERR_REFUSED", {
        status: 401,
        error: "invalid_client",
        errorDescription: "no",
      }],
      [response("", 429, { "Retry-After": "7" }), "ERR_RATE_LIMITED", { status: 429, retryAt: new Date(NOW + 12_000) }],
      [response({ access_token: "abc" }, 503), "ERR_UNREACHABLE", { status: 503 }],
      [response("<html>"), "ERR_BAD_RESPONSE", { status: 200 }],
      [response({}), "ERR_BAD_RESPONSE", { status: 200 }],
    ];
    for (const [given, code, members] of cases) {
      const error = thrown(() => pure.parseTokenResponse(plain, { ...given, receivedAt: NOW + 5000 }, NOW));
      ok(error instanceof AuthError && error.code === code, `${code}, not ${error}; it`);
      for (const [name, value] of Object.entries(members)) {
        equal(JSON.stringify(error[name]), JSON.stringify(value), name);
      }
    }
  },

  "buildAuthorizationUrl: RFC 6749 §4.1.1 and RFC 7636 §4.3"() {
    const options = { provider: fusio, variables: { base_url: "https://f.example" }, credentials, scope: ["a", "b"] };
    const url = new URL(
      pure.buildAuthorizationUrl(options, {
        redirectUri: "https://me.example/?a=b",
        state: "s&t",
        codeChallenge: "xyz",
      }),
    );
    equal(url.origin + url.pathname, "https://f.example/apps/developer/auth");
    equal(Object.fromEntries(url.searchParams), {
      response_type: "code",
      client_id: "an id",
      redirect_uri: "https://me.example/?a=b",
      scope: "a,b",
      state: "s&t",
      code_challenge: "xyz",
      code_challenge_method: "S256",
    });
    const error = thrown(() => pure.buildAuthorizationUrl(plain, { redirectUri: "https://me.example/", state: "s" }));
    equal([error.code, error.message], ["ERR_OPTIONS", "provider.authorization_endpoint: missing"]);
    const asked = { redirectUri: "https://me.example/", state: "s" };
    equal(new URL(pure.buildAuthorizationUrl(options, asked)).searchParams.has("code_challenge"), false);
    for (const name of ["redirectUri", "state", "codeChallenge"]) {
      for (const odd of [7, {}, false]) {
        const error = thrown(() => pure.buildAuthorizationUrl(options, { ...asked, [name]: odd }), name);
        equal([error.code, error.message], ["ERR_OPTIONS", `${name}: expected a string`]);
      }
    }
  },

  "what is no string says nothing"() {
    for (const odd of [undefined, null, 7, {}]) {
      const found = [pure.readJwtExpiry(odd), pure.parseRetryAfter(odd, NOW), pure.parseChallenges(odd)];
      equal(found, [null, null, []]);
    }
  },

  async "PKCE: the example of RFC 7636, appendix B"() {
    const challenge = await pure.calculateCodeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
    equal(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    match(pure.generateCodeVerifier(), /^[\w-]{43}$/);
    ok(pure.generateCodeVerifier() !== pure.generateCodeVerifier(), "never twice the same");
  },

  "a number is sent as it was written, and read however it is written"() {
    const provider = {
      token_endpoint: PLAIN,
      request_format: "json",
      parameters: { ratio: 0.123456789, less: -1.5e-7, many: 3e25 },
    };
    const { body } = pure.buildTokenRequest({ provider, credentials }, NOW);
    ok(body.includes('"ratio":0.123456789') && body.includes('"less":-1.5e-7') && body.includes('"many":3e+25'), body);
    for (const lifetime of ["3600", "3600.0", "3.6e3", "36000E-1", "3600.999"]) {
      const token = pure.parseTokenResponse(plain, response(`{"access_token":"a","expires_in":${lifetime}}`), NOW);
      equal(token.expiresAt.getTime(), NOW + 3_600_000, lifetime);
    }
    const error_when = { pointer: "/code", not: [0, "42001"] };
    const judged = { provider: { token_endpoint: PLAIN, response: { error_when } }, credentials };
    for (const code of ["0", "-0.0", "0e5", "42001.0", '"42001"']) {
      equal(pure.parseTokenResponse(judged, response(`{"access_token":"a","code":${code}}`), NOW).value, "a", code);
    }
  },

  "readJwtExpiry"() {
    const jwt = (claims) => ["e30", btoa(JSON.stringify(claims)).replaceAll("=", ""), "x"].join(".");
    equal(pure.readJwtExpiry(jwt({ exp: 1_700_003_600, iat: 1_700_000_000 })), {
      exp: 1_700_003_600,
      iat: 1_700_000_000,
    });
    equal(pure.readJwtExpiry(jwt({})), { exp: null, iat: null });
    for (const other of ["", "abc", "a.b.c", "a.b", "é.é.é"]) equal(pure.readJwtExpiry(other), null, other);
  },

  "parseRetryAfter: seconds, dates, an hour at most"() {
    equal(pure.parseRetryAfter("120", NOW), 120_000);
    equal(pure.parseRetryAfter(new Date(NOW + 60_000).toUTCString(), NOW), 60_000);
    equal(pure.parseRetryAfter("Tue, 14 Nov 2000 22:13:20 GMT", NOW), 0);
    equal(pure.parseRetryAfter("99999999999999999999", NOW), 3_600_000);
    for (const nonsense of ["", "soon", "-1", "1.5", "\u{1F4A9}"]) {
      equal(pure.parseRetryAfter(nonsense, NOW), null, nonsense);
    }
  },

  "parseChallenges"() {
    equal(pure.parseChallenges('BEARER Realm="a, b", error=invalid_token, Negotiate abc=='), [
      { scheme: "bearer", parameters: { realm: "a, b", error: "invalid_token" } },
      { scheme: "negotiate", token68: "abc==", parameters: {} },
    ]);
    for (const nonsense of ["", 'Bearer realm="open', "=x", "\u{1F4A9}"]) {
      equal(pure.parseChallenges(nonsense), [], nonsense);
    }
  },

  "bad options are ERR_OPTIONS with the path here too"() {
    for (
      const operation of [
        (options) => pure.buildTokenRequest(options, NOW),
        (options) => pure.parseTokenResponse(options, response({}), NOW),
        (options) => pure.buildAuthorizationUrl(options, { redirectUri: "https://me.example/", state: "s" }),
        createClient,
      ]
    ) {
      const error = thrown(() => operation({ ...plain, scopes: [] }));
      ok(error instanceof AuthError && error.message.startsWith("scopes: "), `ERR_OPTIONS, not ${error}; it`);
      const asking = thrown(() =>
        operation === createClient ? createClient() : operation({ ...plain, credentials: () => credentials })
      );
      match(
        asking.message,
        operation === createClient ? /^options: / : /^credentials: expected values, found a function/,
      );
      equal(asking.code, "ERR_OPTIONS");
    }
  },
};
