/**
 * `bearerkit` and `bearerkit/core`, chosen by hand for a host that can neither import nor compile WebAssembly: the core as
 * JavaScript. Any host can load it.
 *
 * @module
 */
export * from "./core.js";
export * from "./index.js";
