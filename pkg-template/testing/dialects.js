// The dialects: how each provider spells a token request, its answer and its refusals. A new one is one more entry.
import { jwt } from "./wire.js";

const TWO_DAYS = 172_800;
const ONE_DAY = 86_400;
const ONE_HOUR = 3_600;

/** What a dialect is where its entry is silent: RFC 6749, RFC 6750, RFC 7009. */
const standard = {
  /** Hosts that are this provider's own: who issues tokens -> the API they are for. Null: any host that nobody owns. */
  apis: null,
  /** Kind of request -> the paths it goes to. Any other path is the API. */
  endpoints: {},
  /** The token request's body: "form" or "json". */
  format: "form",
  /** How the client authenticates, by grant; "*" stands for the others. */
  authentication: { "*": ["basic", "post"] },
  /** Parameters without which there is no token, each with the values that are accepted. */
  required: {},
  grants: ["client_credentials"],
  scopeSeparator: " ",
  defaultScope: undefined,
  /** Seconds; `lifetimes` has the access tokens of each kind of request, `refreshLifetime` the refresh tokens. */
  lifetimes: { token: ONE_HOUR },
  refreshLifetime: Infinity,
  /** Grants whose answer holds a refresh token. */
  refreshable: [],
  /** The access and the refresh token are one row: what deletes one deletes both. */
  oneRow: false,
  badRefreshToken: "invalid_grant",
  /** The revocation endpoint also takes `Authorization: Bearer` as the token to revoke. */
  revokesBearer: false,
  /** Whether the API's 401 and 403 say why in `WWW-Authenticate`. */
  challenges: true,
  /** JWTs count in whole seconds, so the server's idea of when such a token was issued is rounded down. */
  wholeSeconds: false,
  accessToken: (ticket) => `access-${ticket.serial}`,
  answers: {
    token: (ticket) => ({
      access_token: ticket.value,
      token_type: "Bearer",
      expires_in: ticket.lifetime,
      refresh_token: ticket.refreshToken,
      scope: ticket.scope,
    }),
  },
  refusal: (code, description) => ({ error: code, error_description: description }),
};

/** Recognised in this order; `plain` takes what is left, so it stays last. */
export const dialects = named({
  fuse: {
    apis: { "auth.fuse.me": "api.fuse.me", "auth-sandbox.fuse.me": "api-sandbox.fuse.me" },
    endpoints: { token: /^\/oauth\/token$/ },
    format: "json",
    authentication: { "*": ["post"] },
    required: { audience: ["https://api.fuse.me", "https://api-sandbox.fuse.me"] },
    defaultScope: "accounts:read payments:write",
    lifetimes: { token: ONE_DAY },
    wholeSeconds: true,
    accessToken: (ticket) =>
      jwt({ alg: "RS256", typ: "JWT", kid: "fake" }, {
        iss: `https://${ticket.issuer}/`,
        sub: `${ticket.clientId}@clients`,
        aud: ticket.audience,
        iat: ticket.iat,
        exp: ticket.exp,
        azp: ticket.clientId,
        gty: "client-credentials",
        jti: `${ticket.serial}`,
      }),
  },

  basicTokenV2: {
    endpoints: { token: /\/oauth\/v2\/token$/ },
    authentication: { "*": ["basic"] },
    // Like the sample's `…Mz0Yjw=`: the text is padded to 2 bytes beyond a multiple of 3, so its Base64 ends in `=`.
    accessToken: (ticket) => btoa(`basic token ${ticket.serial}`.padEnd(29, " ")),
    answers: {
      token: (ticket) => ({ token_type: "Bearer", expires_in: ticket.lifetime, access_token: ticket.value }),
    },
  },

  apsisOne: {
    apis: { "api.apsis.one": "api.apsis.one" },
    endpoints: { token: /^\/oauth\/token$/ },
    format: "json",
    authentication: { "*": ["post"] },
    lifetimes: { token: ONE_DAY },
    wholeSeconds: true,
    accessToken: (ticket) =>
      jwt({ alg: "RS256", typ: "JWT" }, {
        sub: ticket.clientId,
        iat: ticket.iat,
        exp: ticket.exp,
        jti: `${ticket.serial}`,
      }),
    answers: {
      // Deprecated by APSIS and wrong on purpose: thirty days, so whoever believes it sends a dead token.
      token: (ticket) => ({ access_token: ticket.value, expires_in: 30 * ONE_DAY, token_type: "Bearer" }),
    },
  },

  fuuffy: {
    apis: {
      "api-gateway.fuuffy.com": "api-gateway.fuuffy.com",
      "testing-api-gateway.fuuffy.com": "testing-api-gateway.fuuffy.com",
    },
    endpoints: { token: /^\/v1\/auth\/token$/ },
    authentication: { "*": ["post"] },
    challenges: false,
    accessToken: (ticket) => `sk-${ticket.serial.toString(16).padStart(32, "0")}`,
    answers: {
      token: (ticket) => ({
        data: { access_token: ticket.value, token_type: "Bearer", expires_in: ticket.lifetime },
      }),
    },
    refusal: (code, description) => ({
      error: {
        code,
        message: description,
        details: code === "invalid_token" ? "Please request a new access token" : "See the documentation",
      },
    }),
  },

  fusio: {
    endpoints: {
      token: /\/authorization\/token$/,
      login: /\/consumer\/login$/,
      revoke: /\/authorization\/revoke$/,
      authorize: /\/authorization\/authorize$/,
    },
    authentication: { "*": ["basic"], refresh_token: ["post"] },
    grants: ["client_credentials", "password", "authorization_code", "refresh_token"],
    scopeSeparator: ",",
    defaultScope: "authorization",
    lifetimes: { token: TWO_DAYS, login: ONE_HOUR },
    refreshLifetime: TWO_DAYS + ONE_DAY,
    refreshable: ["client_credentials", "password", "authorization_code"],
    oneRow: true,
    badRefreshToken: "invalid_request",
    // Fusio's source knows no other way; the RFC 7009 form is taken as well.
    revokesBearer: true,
    wholeSeconds: true,
    accessToken: (ticket) =>
      jwt({ typ: "JWT", alg: "HS256" }, {
        iss: `https://${ticket.issuer}`,
        sub: ticket.clientId,
        iat: ticket.iat,
        exp: ticket.exp,
        name: "Administrator",
        jti: `${ticket.serial}`,
      }),
    answers: {
      token: (ticket, settings) => ({
        access_token: ticket.value,
        token_type: "bearer",
        // Fusio up to 4.0.2 sends an absolute time, from 4.0.3 on seconds.
        expires_in: settings.expiresIn === "absolute" ? ticket.exp : ticket.lifetime,
        refresh_token: ticket.refreshToken,
        scope: ticket.scope,
      }),
      login: (ticket) => ({ token: ticket.value }),
    },
    refusal: (code, description, kind) =>
      kind === "login"
        ? { success: false, title: "Bad Request", message: description }
        : standard.refusal(code, description),
  },

  plain: {
    endpoints: { token: /\/token$/, revoke: /\/revoke$/, authorize: /\/authorize$/ },
    grants: ["client_credentials", "password", "authorization_code", "refresh_token"],
    refreshable: ["password", "authorization_code"],
  },
});

function named(entries) {
  return Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, { name, ...standard, ...entry }]));
}

/**
 * Where a request goes. Served over loopback the real host cannot show in the URL's authority, so there, and only
 * there, a first path segment that contains a dot is the host: `http://127.0.0.1:8080/auth.fuse.me/oauth/token` is
 * `auth.fuse.me` and `/oauth/token`.
 */
export function locate(url) {
  const { host, hostname, pathname, search } = new URL(url);
  const [, segment, rest = "/"] = /^\/([^/]*\.[^/]*)(\/.*)?$/.exec(pathname) ?? [];
  return segment && LOOPBACK.test(hostname)
    ? { host: segment.toLowerCase(), path: rest, search }
    : { host, path: pathname, search };
}

const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The dialect and the kind of a request to a place; of an API that nobody owns, the dialect is not known from the
 * place.
 */
export function recognise({ host, path }) {
  const owner = ownerOf(host);
  const candidates = owner
    ? [owner].filter(({ apis }) => Object.hasOwn(apis, host))
    : Object.values(dialects).filter(({ apis }) => !apis);
  for (const dialect of candidates) {
    const [kind] = Object.entries(dialect.endpoints).find(([, pattern]) => pattern.test(path)) ?? [];
    if (kind) return { dialect, kind };
  }
  return { dialect: owner, kind: "api" };
}

/** The dialect that has this host for itself. */
export function ownerOf(host) {
  return Object.values(dialects).find(({ apis }) => apis && Object.entries(apis).flat().includes(host));
}
