/**
 * `bearerkit` and `bearerkit/core` for a host that can neither import nor compile WebAssembly: the core as JavaScript, which every
 * host can load. Import it if the bundler picks the wrong form of `bearerkit`.
 *
 * @example
 * ```ts
 * import { createClient } from "bearerkit/inline";
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
