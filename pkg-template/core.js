import "./load.js";
export * from "./pure.js";
export { checkProvider } from "./check.js";
