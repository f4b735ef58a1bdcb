import "./load.workerd.js";
export * from "./client.js";
