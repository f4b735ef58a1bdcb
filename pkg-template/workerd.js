// By hand, where the bundler takes an import of `.wasm` and of `cloudflare:workers`: see the README.
import "./load.workerd.js";
export * from "./client.js";
export * from "./pure.js";
export { checkProvider } from "./check.js";
