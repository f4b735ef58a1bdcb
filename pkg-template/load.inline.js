import { instantiate } from "./plain.js";
import { findWaitUntil, start } from "./wasm.js";

start(instantiate);
findWaitUntil();
