import * as cloudflare from "cloudflare:workers"; // a named import of a missing export is a load error
import module from "./bearerkit_client_bg.wasm";
import { instantiate } from "./client-glue.js";
import { startClient } from "./wasm.js";

startClient(() => instantiate(module), cloudflare.waitUntil);
