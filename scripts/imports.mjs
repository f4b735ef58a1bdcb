// wasm-bindgen names each import after its function and a hash, and exports at length. Numbers do as well, and every Worker
// has each name twice.
import binaryen from "binaryen";

const MODULE = /\(import "\.\/bearerkit_bg\.js" "([^"]+)"/g;
const { BulkMemory, BulkMemoryOpt, SignExt, NontrappingFPToInt, MutableGlobals, Multivalue } = binaryen.Features;

/** What is no business of the glue's alone. */
const KEPT = ["memory"];

/**
 * The module with numbered imports, of a module "js", and the `names` that it had for them, in that order. Its exports are
 * numbered too: `called(glue)` is the glue that calls them so.
 */
export function withNumberedNames(bytes) {
  const names = [];
  const exported = new Map(KEPT.map((name) => [name, name]));
  const numberOf = (name) => exported.get(name) ?? exported.set(name, `_${exported.size.toString(36)}`).get(name);
  const named = binaryen.readBinary(bytes);
  const text = named.emitText().replace(MODULE, (_, name) => `(import "js" "${names.push(name) - 1}"`)
    .replace(/\(export "([^"]+)"/g, (_, name) => `(export "${numberOf(name)}"`);
  named.dispose();
  const called = (glue) =>
    glue.replace(/\bwasm\.(\w+)/g, (_, name) => {
      if (!exported.has(name)) throw new Error(`the core exports no ${name}, which its glue calls`);
      return `wasm.${exported.get(name)}`;
    });
  if (/\(import "(?!js")/.test(text)) throw new Error("the core imports from another module than its glue");
  const module = binaryen.parseText(text);
  module.setFeatures(BulkMemory | BulkMemoryOpt | SignExt | NontrappingFPToInt | MutableGlobals | Multivalue);
  const numbered = module.emitBinary();
  module.dispose();
  return { numbered, names, called };
}
