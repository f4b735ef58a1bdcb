// A panic of the core is a trap, and nobody hears its text. What writes the text goes, and what is written: the trap comes
// at once.
import { Buffer } from "node:buffer";
import binaryen from "binaryen";

/** The standard library's names for what never returns. */
const PANICS =
  /^(core|alloc|std|__rustc)\[.*(\bpanicking::(panic|assert)|\brust_begin_unwind$|_fail(ed)?$|_error$|\bpanic_(already|poisoned))/;
/** The names of what writes a text for them. Nothing else of the core may format: a kilobyte of every Worker. */
const FORMATTING =
  /\bfmt::(Display|Debug|LowerHex|UpperHex|Binary|Octal|LowerExp|Formatter|Write|write)\b|\bPanicPayload\b/;
/** What they say: whole texts of the standard library and of js-sys, so that no text of ours is hit. */
const TEXTS = [
  "assertion failed: self.is_char_boundary(new_len)",
  "assertion failed: self.is_char_boundary(at)",
  "assertion failed: idx < CAPACITY",
  "assertion failed: edge.height == self.height - 1",
  "assertion failed: edge.height == self.node.height - 1",
  "assertion failed: src.len() == dst.len()",
  "slice index starts at ",
  " but ends at ",
  "index out of bounds: the len is ",
  " but the index is ",
  "range start index ",
  "range end index ",
  " out of range for slice of length ",
  "assertion `left ",
  " right` failed: ",
  " right` failed",
  "\n  left: ",
  "\n right: ",
  "attempt to add with overflow",
  "capacity overflow",
  "called `Option::unwrap()` on a `None` value",
  "`async fn` resumed after completion",
  "LazyCell instance has previously been poisoned",
  "RefCell already mutably borrowed",
  "RefCell already borrowed",
  "internal error: entered unreachable code",
  "overflow in Duration::new",
  "window size must be non-zero",
  "Tried to shrink to a larger capacity",
  "finish: callbacks should be Some",
  "finish: result should be None",
];
/** The path of a source, and the bytes of what says where in it: its address and length, a line, a column. */
const SOURCE = /(\/rustc\/|crates\/|src\/)[\w./-]+?\.rs/g;
const LOCATION = 16;

/** The module without them. Throws if anything but a panic formats, which would be a trap now. */
export function withoutPanicTexts(bytes) {
  const module = binaryen.readBinary(bytes);
  try {
    const cut = (names) => cutFunctions(module, names);
    if (cut(PANICS) === 0) throw new Error("no function of Rust's panics was found by its name");
    const formats = callerOf(module.emitText(), FORMATTING);
    if (formats) throw new Error(`${formats}: formatting is for panics only, see scripts/panics.mjs`);
    cut(FORMATTING);
    const whole = Buffer.from(module.emitBinary());
    for (const { offset, data } of segments(module, whole)) wipe(data, offset);
    return whole;
  } finally {
    module.dispose();
  }
}

/** The data of a module as `{ offset, data }`: the address, and the bytes in `whole`, which is the module. */
export function segments(module, whole) {
  const found = [];
  for (let index = 0; index < module.getNumDataSegments(); index += 1) {
    const { offset, data } = module.getDataSegmentInfo(module.getDataSegmentByIndex(index));
    const place = whole.indexOf(Buffer.from(data));
    found.push({ offset, data: whole.subarray(place, place + data.byteLength) });
  }
  return found;
}

function cutFunctions(module, names) {
  let found = 0;
  for (let index = module.getNumFunctions() - 1; index >= 0; index -= 1) {
    const reference = module.getFunctionByIndex(index);
    const { name, base } = binaryen.getFunctionInfo(reference);
    if (base || !names.test(name)) continue;
    binaryen.Function.setBody(reference, module.unreachable());
    found += 1;
  }
  return found;
}

/**
 * "a calls b", where b has such a name and a can be reached: from an export, or as an entry of the table, in which are the
 * functions with such names themselves too, for those that are called with a formatter.
 */
function callerOf(text, names) {
  const name = String.raw`\$(?:"[^"]*"|[^\s()]+)`;
  const named = (text, pattern) => [...text.matchAll(new RegExp(pattern.replace("NAME", `(${name})`), "g"))];
  const [head, ...functions] = text.split(/^ \(func /m);
  const calls = new Map(functions.map((body) => [
    body.match(name)[0],
    [...named(body, String.raw`\((?:return_)?call NAME`), ...named(body, String.raw`\(ref\.func NAME`)]
      .map(([, callee]) => callee),
  ]));
  const entries = named(head.match(/^ \(elem .*$/gm).join("\n").replaceAll(/\(elem \S+/g, ""), "NAME");
  const exported = named(head, String.raw`\(export "[^"]*" \(func NAME\)\)`);
  const reached = new Set([...exported, ...entries.filter(([entry]) => !names.test(entry))].map(([, name]) => name));
  // A set is walked to what was put into it meanwhile.
  for (const caller of reached) {
    for (const callee of calls.get(caller) ?? []) {
      if (names.test(callee)) return `${caller} calls ${callee}`;
      reached.add(callee);
    }
  }
}

/** Zeroes cost nothing: a module states none. */
function wipe(data, offset) {
  const text = data.toString("latin1");
  for (const words of TEXTS) {
    for (let at = text.indexOf(words); at >= 0; at = text.indexOf(words, at + 1)) data.fill(0, at, at + words.length);
  }
  const sources = new Map([...text.matchAll(SOURCE)].map((match) => [offset + match.index, match[0].length]));
  for (let at = 0; at + LOCATION <= data.length; at += 4) {
    if (sources.get(data.readUInt32LE(at)) === data.readUInt32LE(at + 4)) data.fill(0, at, at + LOCATION);
  }
  for (const [at, length] of sources) data.fill(0, at - offset, at - offset + length);
}
