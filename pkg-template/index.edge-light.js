import "./load.client.edge-light.js";
export * from "./client.js";
