import "./load.js";
export * from "./pure.js";
