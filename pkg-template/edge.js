// By hand, where the bundler takes an import of `.wasm?module`: see the README.
export * from "./index.edge-light.js";
export * from "./core.edge-light.js";
