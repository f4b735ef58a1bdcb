// By hand, where the bundler takes an import of `.wasm` and of `cloudflare:workers`: see the README.
export * from "./index.workerd.js";
export * from "./core.workerd.js";
