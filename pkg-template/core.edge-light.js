import "./load.edge-light.js";
export * from "./pure.js";
export { checkProvider } from "./check.js";
