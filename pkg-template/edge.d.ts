/**
 * `bearerkit` and `bearerkit/core`, chosen by hand for a host whose bundler takes imports of `.wasm?module`, as Vercel's and
 * Next's do.
 *
 * @example
 * ```ts
 * import { createClient } from "bearerkit/edge";
 *
 * const api = createClient({
 *   provider: "https://as.example/token",
 *   credentials: { client_id: env.ID, client_secret: env.SECRET },
 * });
 * ```
 *
 * @module
 */
export * from "./core.js";
export * from "./index.js";
