/**
 * `bearerkit` and `bearerkit/core`, chosen by hand for a host whose bundler takes imports of `.wasm?module`, as Vercel's and
 * Next's do.
 *
 * @module
 */
export * from "./core.js";
export * from "./index.js";
