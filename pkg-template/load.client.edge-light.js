import module from "./bearerkit_client_bg.wasm?module";
import { instantiate } from "./client-glue.js";
import { findWaitUntil, startClient } from "./wasm.js";

startClient(() => instantiate(module));
findWaitUntil();
