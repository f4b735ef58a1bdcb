// What the build cuts out of the core: scripts/panics.mjs, scripts/imports.mjs.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import binaryen from "binaryen";
import { withNumberedNames } from "../scripts/imports.mjs";
import { withoutPanicTexts } from "../scripts/panics.mjs";

const PATH = "src/js/trap.rs";
const TEXT = "capacity overflow";
const LIVE = "a word of ours";

/** A module with one panic, one formatter in the table, one export, and the texts of both. */
function compiled({ body = "(call $plain)" } = {}) {
  // At 65536 the path, from 65552 on its location (address, 14 bytes, line 7, column 9), then texts.
  const location = String.raw`\00\00\01\00\0e\00\00\00\07\00\00\00\09\00\00\00`;
  const module = binaryen.parseText(`(module
    (memory 2)
    (table 2 2 funcref)
    (elem (i32.const 1) func $"<usize as core[1]::fmt::Display>::fmt")
    (data (i32.const 65536) "${PATH}\\00\\00${location}${TEXT}${LIVE}")
    (export "live" (func $live))
    (func $live ${body})
    (func $plain (call $"core[1]::panicking::panic_fmt"))
    (func $"core[1]::panicking::panic_fmt" (call $"core[1]::fmt::write") (unreachable))
    (func $"core[1]::fmt::write" (call $"<usize as core[1]::fmt::Display>::fmt"))
    (func $"<usize as core[1]::fmt::Display>::fmt" (i32.store (i32.const 0) (i32.const 1)))
  )`);
  module.setFeatures(binaryen.Features.All);
  binaryen.setDebugInfo(true);
  const bytes = module.emitBinary();
  binaryen.setDebugInfo(false);
  module.dispose();
  return bytes;
}

test("a panic's text, the path of its source and the place in it are zeroes; what stands beside them is not", () => {
  const before = Buffer.from(compiled());
  const after = withoutPanicTexts(before);
  for (const words of [TEXT, PATH, "\x07\0\0\0\x09\0\0\0"]) {
    assert.ok(before.includes(words), `${words} is in the module of the test`);
    assert.ok(!after.includes(words), `${words} is still there`);
  }
  assert.ok(after.includes(LIVE));
  assert.ok(WebAssembly.validate(after));
});

test("what never returns, and what writes for it, is a trap at once", () => {
  const module = binaryen.readBinary(withoutPanicTexts(compiled()));
  const bodies = module.emitText().match(/\(unreachable\)/g);
  module.dispose();
  assert.equal(bodies.length, 3);
});

test("the build ends where anything else formats", () => {
  const formats = compiled({ body: '(call $"core[1]::fmt::write")' });
  assert.throws(() => withoutPanicTexts(formats), /\$live calls .*fmt::write.*: formatting is for panics only/);
  const handsOver = compiled({ body: '(drop (ref.func $"core[1]::fmt::write"))' });
  assert.throws(() => withoutPanicTexts(handsOver), /\$live calls .*fmt::write/);
});

test("a module without names is refused: nothing would be cut", () => {
  const module = binaryen.parseText("(module (func $main))");
  const bytes = module.emitBinary();
  module.dispose();
  assert.throws(() => withoutPanicTexts(bytes), /no function of Rust's panics was found/);
});

test("imports and exports are numbered, and called by their numbers", () => {
  const compiled = (from) => {
    const module = binaryen.parseText(`(module
      (import "./bearerkit_bg.js" "__wbg_two_1f" (func $two (result i32)))
      (import "${from}" "__wbg_one_2e" (func $one (result i32)))
      (export "difference" (func $difference))
      (func $difference (result i32) (i32.sub (call $two) (call $one))))`);
    const bytes = module.emitBinary();
    module.dispose();
    return bytes;
  };
  const { numbered, names, called } = withNumberedNames(compiled("./bearerkit_bg.js"));
  const js = names.map((name) => () => name === "__wbg_two_1f" ? 12 : 5);
  const wasm = new WebAssembly.Instance(new WebAssembly.Module(numbered), { js }).exports;
  assert.equal(new Function("wasm", called("return wasm.difference();"))(wasm), 7);
  assert.doesNotMatch(Buffer.from(numbered).toString("latin1"), /__wbg|difference/);
  assert.throws(() => called("wasm.sum()"), /exports no sum/);
  assert.throws(() => withNumberedNames(compiled("env")), /another module than its glue/);
});
