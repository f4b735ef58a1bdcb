import module from "./bearerkit_bg.wasm?module";
import { start } from "./wasm.js";

start(module);
