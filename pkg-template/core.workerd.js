import "./load.workerd.js";
export * from "./pure.js";
