/**
 * `bearerkit` and `bearerkit/core`, chosen by hand for a Worker whose bundler takes imports of `.wasm` files and of
 * `cloudflare:workers`, as wrangler and `@cloudflare/vite-plugin` do: the smallest.
 *
 * @module
 */
export * from "./core.js";
export * from "./index.js";
