import "./load.workerd.js";
export * from "./pure.js";
export { checkProvider } from "./check.js";
