import "./load.client.workerd.js";
export * from "./client.js";
