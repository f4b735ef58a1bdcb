// How many instances of the core were made, and what they take of memory, of which none is ever given back. To be imported
// before the package.

const memories = [];

WebAssembly.Instance = class extends WebAssembly.Instance {
  constructor(...given) {
    super(...given);
    memories.push(this.exports.memory);
  }
};

export const instances = () => memories.length;

/** Bytes, of all instances that ever were. */
export function taken() {
  return memories.reduce((sum, { buffer }) => sum + buffer.byteLength, 0);
}
