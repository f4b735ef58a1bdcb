/**
 * A token as callers see it. Its value is a private member behind a getter: no inspection, not even one of hidden
 * properties, and no serialisation shows it.
 */
export class AccessToken {
  #value;
  #refreshToken;

  /** `found`: a token as the core describes it. */
  constructor(found) {
    this.#value = found.value;
    this.#refreshToken = found.refreshToken;
    this.tokenType = found.tokenType;
    this.expiresAt = found.expiresAt === null ? null : new Date(found.expiresAt);
    this.renewAt = new Date(found.renewAt);
    if (found.scope !== null) this.scope = found.scope;
    if (found.captured !== null) this.captured = found.captured;
    Object.freeze(this);
  }

  get value() {
    return this.#value;
  }

  /** Only what `parseTokenResponse` returns has one. */
  get refreshToken() {
    return this.#refreshToken;
  }
}
