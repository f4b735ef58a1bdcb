import { base64 } from "./wasm-base64.js";
import { start } from "./wasm.js";

const text = atob(base64);
const bytes = new Uint8Array(text.length);
// `Uint8Array.from` with a function takes five times as long, and this is start-up.
for (let index = 0; index < bytes.length; index += 1) bytes[index] = text.charCodeAt(index);
start(new WebAssembly.Module(bytes));
