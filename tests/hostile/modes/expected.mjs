// What DESIGN §7 says of what a server does, in the words of the tables of modes.

/** The call gets its token, and its answer. */
export const SERVED = { status: 200 };
export const UNREACHABLE = { code: "ERR_UNREACHABLE" };
export const TIMEOUT = { code: "ERR_TIMEOUT" };
export const unreachable = (status, further) => ({ code: "ERR_UNREACHABLE", status, ...further });
export const bad = (status = 200) => ({ code: "ERR_BAD_RESPONSE", status });
export const refused = (status, error) => ({ code: "ERR_REFUSED", status, error });
export const limited = (retryIn) => ({ code: "ERR_RATE_LIMITED", status: 429, retryIn });
/** fetch's own error: an API that does not answer is no affair of AuthError's. */
export const OWN = { throws: true };
/** The caller's signal ends it. */
export const ABORTED = { aborted: true };
/** DESIGN leaves it to the runtime's HTTP, or HTTP itself does: each of these will do. */
export const either = (...expectations) => ({ either: expectations });
