// wasm-bindgen names each import after its function and a hash. A number does as well, and every Worker has each name twice.
import binaryen from "binaryen";

const MODULE = /\(import "\.\/bearerkit_bg\.js" "([^"]+)"/g;
const { BulkMemory, BulkMemoryOpt, SignExt, NontrappingFPToInt, MutableGlobals, Multivalue } = binaryen.Features;

/** The module with numbered imports, of a module "js", and the names that it had for them, in that order. */
export function withNumberedImports(bytes) {
  const names = [];
  const named = binaryen.readBinary(bytes);
  const text = named.emitText().replace(MODULE, (_, name) => `(import "js" "${names.push(name) - 1}"`);
  named.dispose();
  if (/\(import "(?!js")/.test(text)) throw new Error("the core imports from another module than its glue");
  const module = binaryen.parseText(text);
  module.setFeatures(BulkMemory | BulkMemoryOpt | SignExt | NontrappingFPToInt | MutableGlobals | Multivalue);
  const numbered = module.emitBinary();
  module.dispose();
  return { numbered, names };
}
