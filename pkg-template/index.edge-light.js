import "./load.edge-light.js";
export * from "./client.js";
