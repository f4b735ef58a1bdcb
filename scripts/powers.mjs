// serde_json's powers of ten, 1e0 to 1e308: 2,472 bytes that no compression makes less, and one line of JavaScript.
import { Buffer } from "node:buffer";
import binaryen from "binaryen";
import { segments } from "./panics.mjs";

const COUNT = 309;
const powers = () => Float64Array.from({ length: COUNT }, (_, power) => Number(`1e${power}`));

/** The module without them, and the statement that puts them there again before anything is called. */
export function withoutPowers(bytes) {
  const module = binaryen.readBinary(bytes);
  const without = Buffer.from(bytes);
  const table = Buffer.from(powers().buffer);
  const found = segments(module, without).filter(({ data }) => data.includes(table));
  module.dispose();
  const [{ offset, data } = {}] = found;
  const address = offset + data?.indexOf(table);
  if (found.length !== 1 || address % 8 !== 0) throw new Error("serde_json's powers of ten are not where they were");
  data.fill(0, address - offset, address - offset + table.length);
  const restore =
    `new Float64Array(wasm.memory.buffer, ${address}, ${COUNT}).forEach((_, power, all) => all[power] = +("1e" + power));`;
  return { without, restore };
}
