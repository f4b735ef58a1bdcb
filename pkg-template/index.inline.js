import "./load.inline.js";
export * from "./client.js";
