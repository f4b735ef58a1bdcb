import module from "./bearerkit_bg.wasm?module";
import { instantiate } from "./glue.js";
import { startSharing } from "./wasm.js";

startSharing(() => instantiate(module));
