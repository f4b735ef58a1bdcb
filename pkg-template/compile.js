import { instantiate } from "./glue.js";
import { base64 } from "./wasm-base64.js";

/** Makes instances of the WebAssembly that lies in here as text. Throws where none may be compiled. */
export function compile() {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  // `Uint8Array.from` with a function takes five times as long, and this is start-up.
  for (let index = 0; index < bytes.length; index += 1) bytes[index] = text.charCodeAt(index);
  const module = new WebAssembly.Module(bytes);
  return () => instantiate(module);
}
