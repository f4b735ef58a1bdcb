import module from "./bearerkit_bg.wasm?module";
import { instantiate } from "./glue.js";
import { findWaitUntil, start } from "./wasm.js";

start(() => instantiate(module));
findWaitUntil();
