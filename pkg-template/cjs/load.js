// Where no WebAssembly may be compiled (a Worker, an edge function), the core as JavaScript: loaded only there.
const { findWaitUntil, start } = require("./wasm.js");

let make;
try {
  make = require("./compile.js").compile();
} catch {
  make = require("./plain.js").instantiate;
}
start(make);
findWaitUntil();
