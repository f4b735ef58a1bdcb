/**
 * A token as callers see it. Its value and what was captured with it are private members behind getters: no inspection,
 * not even one of hidden properties, and no serialisation shows them.
 */
export class AccessToken {
  #value;
  #refreshToken;
  #captured;
  // For whoever inspects one: minified, the class is called otherwise.
  static name = "AccessToken";

  /** `found`: a token as the core describes it. */
  constructor(found) {
    this.#value = found.value;
    this.#refreshToken = found.refreshToken;
    this.tokenType = found.tokenType;
    this.expiresAt = found.expiresAt === null ? null : new Date(found.expiresAt);
    this.renewAt = new Date(found.renewAt);
    if (found.scope !== undefined) this.scope = found.scope;
    if (found.issuedTokenType !== undefined) this.issuedTokenType = found.issuedTokenType;
    this.#captured = found.captured;
    if (found.warning !== undefined) this.warning = found.warning;
    Object.freeze(this);
  }

  get value() {
    return this.#value;
  }

  /** A secret may be among it. */
  get captured() {
    return this.#captured;
  }

  /** Only what `parseTokenResponse` returns has one. */
  get refreshToken() {
    return this.#refreshToken;
  }
}
