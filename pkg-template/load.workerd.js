import * as cloudflare from "cloudflare:workers"; // a named import of a missing export is a load error
import module from "./bearerkit_bg.wasm";
import { instantiate } from "./glue.js";
import { start } from "./wasm.js";

start(() => instantiate(module), cloudflare.waitUntil);
