// What the scripted server does: the endpoints of an authorization server, and the API behind it.
// An exchange is { call, dialect, settings, ledger, request }: one request, and the server it came to.
import { ownerOf } from "./dialects.js";
import { drawTicket, nextSerial } from "./tokens.js";
import { bearerOf, isBasic, json, readParameters, Refusal, s256 } from "./wire.js";

const CODE_LIFETIME_MS = 1_800_000;

/** The right answer to a request. */
export async function answer(exchange) {
  try {
    return await endpoints[exchange.call.kind](exchange);
  } catch (error) {
    if (error instanceof Refusal) return refuse(exchange, error);
    throw error;
  }
}

const endpoints = {
  async token(exchange) {
    const parameters = readPost(exchange, exchange.dialect.format);
    const grant = required(parameters, "grant_type");
    authenticate(exchange, parameters, grant);
    if (!exchange.dialect.grants.includes(grant)) {
      throw new Refusal(400, "unsupported_grant_type", `there is no ${grant} here`);
    }
    for (const [name, accepted] of Object.entries(exchange.dialect.required)) {
      if (!accepted.includes(required(parameters, name))) throw new Refusal(403, "access_denied", `unknown ${name}`);
    }
    return tokenAnswer(exchange, await grants[grant](exchange, parameters));
  },

  login(exchange) {
    const parameters = readPost(exchange, "json");
    const { username, password } = exchange.settings.credentials;
    if (parameters.get("username") !== username || parameters.get("password") !== password) {
      throw new Refusal(400, "invalid_request", "Invalid name or password");
    }
    return tokenAnswer(exchange, issue(exchange, {}));
  },

  revoke(exchange) {
    const { call, dialect, ledger } = exchange;
    if (dialect.revokesBearer && bearerOf(call)) return revokeBearer(exchange);
    const parameters = readPost(exchange, "form");
    authenticate(exchange, parameters, "revoke");
    const token = required(parameters, "token");
    const byRefreshToken = ledger.byRefreshToken(token);
    revokeTicket(dialect, byRefreshToken ?? ledger.byAccessToken(token), byRefreshToken !== undefined);
    // RFC 7009 §2.2: a token that is unknown, or dead already, is no error.
    return new Response(null, { status: 200 });
  },

  authorize(exchange) {
    return new Response(null, { status: 302, headers: { location: consent(exchange).href } });
  },

  api(exchange) {
    const { call, dialect } = exchange;
    if (!liveTicket(exchange)) return unauthorized(exchange);
    const echo = { ok: true, provider: dialect.name, path: call.path, method: call.method };
    return json(200, call.body ? { ...echo, body: call.body } : echo);
  },
};

/** Grant type -> the ticket it earns. */
const grants = {
  client_credentials(exchange, parameters) {
    return issue(exchange, {
      scope: readScope(exchange.dialect, parameters),
      audience: parameters.get("audience"),
      refreshable: exchange.dialect.refreshable.includes("client_credentials"),
    });
  },

  password(exchange, parameters) {
    const { username, password } = exchange.settings.credentials;
    if (required(parameters, "username") !== username || required(parameters, "password") !== password) {
      throw new Refusal(400, "invalid_grant", "unknown user or wrong password");
    }
    return issue(exchange, { scope: readScope(exchange.dialect, parameters), refreshable: true });
  },

  async authorization_code(exchange, parameters) {
    const code = exchange.ledger.redeemCode(required(parameters, "code"));
    if (!code || exchange.call.at >= code.expiresAt) throw new Refusal(400, "invalid_grant", "unknown or used code");
    if (parameters.get("redirect_uri") !== code.redirectUri) {
      throw new Refusal(400, "invalid_grant", "redirect_uri differs from the authorization request's");
    }
    const verifier = parameters.get("code_verifier");
    // A verifier without a challenge is refused too: RFC 9700 §4.8.2, the downgrade attack.
    if ((verifier && await s256(verifier)) !== code.challenge) {
      throw new Refusal(400, "invalid_grant", "code_verifier does not match code_challenge");
    }
    return issue(exchange, { scope: code.scope, refreshable: true });
  },

  refresh_token(exchange, parameters) {
    const { call, dialect, ledger, settings } = exchange;
    const old = ledger.byRefreshToken(required(parameters, "refresh_token"));
    if (!old || old.issuer !== call.host || !ledger.isRefreshable(old, call.at)) {
      throw new Refusal(400, dialect.badRefreshToken, "Invalid refresh token");
    }
    const rotates = dialect.oneRow || settings.rotate;
    if (rotates) old.refreshAlive = false;
    if (dialect.oneRow) old.alive = false;
    return issue(exchange, { scope: old.scope, audience: old.audience, refreshable: rotates });
  },
};

/** Plays the user who consents: where the browser is sent, with a code or an error for the client. */
export function consent({ call, dialect, ledger, settings }) {
  const query = new URL(call.url).searchParams;
  const redirectUri = query.get("redirect_uri");
  // RFC 6749 §4.1.2.1: with a bad client or redirect URI the browser must not be sent anywhere.
  if (query.get("client_id") !== settings.credentials.client_id) {
    throw new Refusal(400, "invalid_request", "unknown client_id");
  }
  const back = readUrl(redirectUri);
  const challenge = query.get("code_challenge") ?? undefined;
  if (query.get("response_type") !== "code") {
    back.searchParams.set("error", "unsupported_response_type");
  } else if (challenge && query.get("code_challenge_method") !== "S256") {
    back.searchParams.set("error", "invalid_request");
  } else {
    const code = `code-${nextSerial()}`;
    const scope = query.get("scope") ?? dialect.defaultScope;
    ledger.recordCode(code, { redirectUri, challenge, scope, expiresAt: call.at + CODE_LIFETIME_MS });
    back.searchParams.set("code", code);
  }
  if (query.has("state")) back.searchParams.set("state", query.get("state"));
  return back;
}

function readUrl(text) {
  try {
    return new URL(text);
  } catch {
    throw new Refusal(400, "invalid_request", "redirect_uri is missing or no URL");
  }
}

/** What a token endpoint answers with this ticket. */
export function tokenAnswer({ call, dialect, settings }, ticket) {
  return json(200, dialect.answers[call.kind](ticket, settings));
}

/** The dialect's 401: of the API, the token is refused; of the other endpoints, the client. */
export function unauthorized(exchange) {
  const { call, dialect } = exchange;
  if (call.kind !== "api") {
    return refuse(
      exchange,
      new Refusal(401, "invalid_client", "Client authentication failed", basicChallenge(dialect)),
    );
  }
  // RFC 6750 §3.1: no error code for a request that brought no token at all.
  const reason = call.headers.authorization === undefined
    ? ""
    : ' error="invalid_token", error_description="The access token expired"';
  const headers = dialect.challenges ? { "www-authenticate": `Bearer${reason}` } : {};
  return refuse(exchange, new Refusal(401, "invalid_token", "The access token expired", headers));
}

/** Spells a refusal out as the dialect does. */
export function refuse({ call, dialect }, { status, code, description, headers }) {
  return json(status, dialect.refusal(code, description, call.kind), headers);
}

function readPost({ call }, format) {
  if (call.method !== "POST") throw new Refusal(405, "invalid_request", "the method must be POST", { allow: "POST" });
  return readParameters(call, format);
}

function required(parameters, name) {
  const value = parameters.get(name);
  if (typeof value !== "string") throw new Refusal(400, "invalid_request", `the parameter ${name} is missing`);
  return value;
}

function authenticate({ call, dialect, settings }, parameters, grant) {
  const { client_id, client_secret } = settings.credentials;
  const { authorization } = call.headers;
  if (authorization !== undefined && parameters.has("client_secret")) {
    throw new Refusal(400, "invalid_request", "the client authenticates in more than one way");
  }
  const method = authorization === undefined ? "post" : "basic";
  const matches = method === "basic"
    ? isBasic(authorization, client_id, client_secret)
    : parameters.get("client_id") === client_id && parameters.get("client_secret") === client_secret;
  const accepted = dialect.authentication[grant] ?? dialect.authentication["*"];
  if (!matches || !accepted.includes(method)) {
    throw new Refusal(401, "invalid_client", "Client authentication failed", basicChallenge(dialect));
  }
}

function basicChallenge(dialect) {
  return dialect.authentication["*"].includes("basic") ? { "www-authenticate": 'Basic realm="fake"' } : {};
}

/** Scopes joined by the wrong character are one scope of an impossible name: RFC 6749 §3.3 allows no space in it. */
function readScope(dialect, parameters) {
  const scope = parameters.get("scope");
  if (scope === undefined) return dialect.defaultScope;
  if (!scope.split(dialect.scopeSeparator).every((name) => /^[!#-[\]-~]+$/.test(name))) {
    throw new Refusal(400, "invalid_scope", "No valid scope given");
  }
  return scope;
}

function issue(exchange, grant) {
  const ticket = drawTicket(exchange, grant);
  exchange.ledger.record(ticket);
  return ticket;
}

function revokeBearer(exchange) {
  const ticket = liveTicket(exchange);
  if (!ticket) return unauthorized(exchange);
  revokeTicket(exchange.dialect, ticket, false);
  return json(200, { success: true });
}

function revokeTicket(dialect, ticket, byRefreshToken) {
  if (!ticket) return;
  ticket.alive = false;
  if (byRefreshToken || dialect.oneRow) ticket.refreshAlive = false;
}

/** The ticket of the presented token, if it is good here and now. */
function liveTicket({ call, ledger }) {
  const ticket = ledger.byAccessToken(bearerOf(call));
  return ticket && ledger.isLive(ticket, call.at) && isFor(ticket, call.host, ledger) ? ticket : undefined;
}

/**
 * Whether a token is for the API at this host. A provider with hosts of its own knows which. Elsewhere a host that
 * issues tokens takes its own, and a host that issues none (api.example beside as.example) takes those of any host that
 * nobody owns.
 */
function isFor(ticket, host, ledger) {
  const api = ticket.dialect.apis?.[ticket.issuer];
  if (api || ownerOf(host)) return api === host;
  return ticket.issuer === host || !ledger.issuers.has(host);
}
