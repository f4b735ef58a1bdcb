// The tokens and codes a fake provider has given out, and which of them are still good.

// Counted per module and not per provider, so that no token of one fake is ever a token of another, nor of the same one
// before a reset.
let lastSerial = 0;

export function createLedger() {
  const byAccessToken = new Map();
  const byRefreshToken = new Map();
  const codes = new Map();
  /** Host -> the dialect it last spoke as an authorization server. */
  const issuers = new Map();

  return {
    issuers,
    record(ticket) {
      byAccessToken.set(ticket.value, ticket);
      if (ticket.refreshToken) byRefreshToken.set(ticket.refreshToken, ticket);
    },
    byAccessToken: (token) => byAccessToken.get(token),
    byRefreshToken: (token) => byRefreshToken.get(token),
    isLive: (ticket, now) => ticket.alive && now < ticket.expiresAt,
    isRefreshable: (ticket, now) => ticket.refreshAlive && now < ticket.refreshExpiresAt,
    recordCode: (code, consent) => codes.set(code, consent),
    /** A code serves once, whatever comes of it (RFC 6749 §4.1.2). */
    redeemCode(code) {
      const consent = codes.get(code);
      codes.delete(code);
      return consent;
    },
    revokeAll: () => byAccessToken.forEach((ticket) => ticket.alive = false),
    clear: () => [byAccessToken, byRefreshToken, codes, issuers].forEach((map) => map.clear()),
  };
}

/**
 * A token as the dialect makes it, not recorded yet: the faults show such tokens without the API ever accepting them.
 */
export function drawTicket({ dialect, settings, call }, { scope, audience, refreshable = false } = {}) {
  const serial = nextSerial();
  const lifetime = settings.lifetime ?? dialect.lifetimes[call.kind] ?? dialect.lifetimes.token;
  const issuedAt = dialect.wholeSeconds ? Math.floor(call.at / 1000) * 1000 : call.at;
  const expiresAt = issuedAt + lifetime * 1000;
  const ticket = {
    serial,
    dialect,
    issuer: call.host,
    clientId: settings.credentials.client_id,
    audience,
    scope,
    refreshToken: refreshable ? `refresh-${serial}` : undefined,
    lifetime,
    iat: issuedAt / 1000,
    exp: expiresAt / 1000,
    expiresAt,
    refreshExpiresAt: call.at + dialect.refreshLifetime * 1000,
    alive: true,
    refreshAlive: refreshable,
  };
  return { ...ticket, value: dialect.accessToken(ticket) };
}

export function nextSerial() {
  lastSerial += 1;
  return lastSerial;
}
