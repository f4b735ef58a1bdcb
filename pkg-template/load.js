import { compile } from "./compile.js";
import { AuthError } from "./error.js";
import { findWaitUntil, start } from "./wasm.js";

let make;
try {
  make = compile();
} catch (cause) {
  const remedy = 'this host compiles no WebAssembly: import from "bearerkit/inline" instead';
  throw new AuthError("ERR_OPTIONS", remedy, { cause });
}
start(make);
findWaitUntil();
