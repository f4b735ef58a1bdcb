import "./load.edge-light.js";
export * from "./pure.js";
