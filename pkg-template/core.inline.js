import "./load.inline.js";
export * from "./pure.js";
export { checkProvider } from "./check.js";
