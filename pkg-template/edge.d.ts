/**
 * `bearerkit` and `bearerkit/core` for a host whose bundler accepts imports of `.wasm?module`, as those of Vercel and Next do.
 * Import it if the bundler picks the wrong form of `bearerkit`.
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
