// By hand, where a host finds no entry that it can load: see the README. Everything of both entries.
export * from "./index.inline.js";
export * from "./core.inline.js";
