/** What the copies of one version in one process know each other by. */
export const COPIES = Symbol.for("bearerkit/0.1.0");

/** The one error thrown. Switch on `code`. */
export class AuthError extends Error {
  /** Those of another copy are no others. */
  static [Symbol.hasInstance](value) {
    return this === AuthError ? value?.[COPIES] : super[Symbol.hasInstance](value);
  }

  [COPIES]() {}

  constructor(code, message, { status, error, errorDescription, retryAt, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    // Whoever takes `client.fetch` for fetch looks at the name.
    this.name = /^(Abort|Timeout)Error$/.test(cause?.name) ? cause.name : "AuthError";
    this.code = code;
    const known = {
      status,
      error,
      errorDescription,
      retryAt: typeof retryAt === "number" ? new Date(retryAt) : retryAt,
    };
    for (const [name, value] of Object.entries(known)) {
      if (value !== undefined && value !== null) this[name] = value;
    }
  }
}

/** An error as the core describes it: `{ code, message, status, … }`. */
export function authError(described) {
  return new AuthError(described.code, described.message, described);
}

/** What was thrown, as an AuthError where the core described it. */
export function asThrown(thrown) {
  return thrown?.code && !(thrown instanceof Error) ? authError(thrown) : thrown;
}

/** Whether a host threw this out of `fetch` to steer itself, as Next does ("render this later"): it goes on as it is. */
export function isForHost(thrown) {
  try {
    return typeof thrown?.digest === "string" || typeof thrown?.$$typeof === "symbol";
  } catch {
    return false;
  }
}
