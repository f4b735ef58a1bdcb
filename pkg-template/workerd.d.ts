/**
 * `bearerkit` and `bearerkit/core` for a Worker whose bundler accepts imports of `.wasm` files and of `cloudflare:workers`, as
 * wrangler and `@cloudflare/vite-plugin` do. For a program that needs both it is the smallest form. Import it if the bundler
 * picks the wrong form of `bearerkit`.
 *
 * @example
 * ```ts
 * import { createClient } from "bearerkit/workerd";
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
