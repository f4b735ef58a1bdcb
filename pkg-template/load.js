import { base64 } from "./wasm-base64.js";
import { start } from "./wasm.js";

start(new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))));
