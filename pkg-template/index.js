import "./load.js";
export * from "./client.js";
