// By hand, where the bundler takes an import of `.wasm?module`: see the README.
import "./load.edge-light.js";
export * from "./client.js";
export * from "./pure.js";
export { checkProvider } from "./check.js";
