// Node 20's V8 ends the process where it deoptimises a function in the middle of a call into wasm that returns a reference.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import test from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const core = fileURLToPath(new URL("../pkg/core.js", import.meta.url));

/** Makes `call` hot, and then takes away what its machine code was made for, from within the wasm that it called. */
const program = `
  const { readJwtExpiry } = await import(${JSON.stringify(core)});
  const token = ["e30", btoa(JSON.stringify({ exp: 1 })), "x"].join(".");
  const assumed = { constant: 1 };
  let armed = false;
  Object.defineProperty(Object.prototype, "exp", {
    configurable: true,
    set(value) {
      if (armed) delete assumed.constant;
      Object.defineProperty(this, "exp", { value });
    },
  });
  function call() {
    const before = assumed.constant;
    return [before, readJwtExpiry(token).exp, assumed.constant];
  }
  for (let round = 0; round < 4; round += 1) {
    for (let i = 0; i < 20_000; i += 1) call();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  armed = true;
  console.log(JSON.stringify(call()));
`;

test("a caller that is deoptimised in the middle of a call goes on", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program]);
  assert.equal(stdout.trim(), "[1,1,null]");
});
