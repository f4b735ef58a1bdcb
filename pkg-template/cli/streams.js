// Standard output is for the result alone, standard error for everything else.
import process from "node:process";

export { clean } from "./clean.js";

/** Whether a person reads the result as it comes. */
export const isTerminal = () => process.stdout.isTTY === true;

let written = Promise.resolve();
let isClosed = false;
// `| head` reads no further than it likes.
process.stdout.on("error", (error) => {
  if (error.code !== "EPIPE") throw error;
  isClosed = true;
});

export function print(text) {
  write(`${text}\n`);
}

export function printJson(value) {
  print(JSON.stringify(value, null, 2));
}

/** Text or bytes, as they are. Resolves once they are on their way. */
export function write(chunk) {
  if (isClosed) return written;
  written = new Promise((resolve) => process.stdout.write(chunk, () => resolve()));
  return written;
}

export function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Until what was printed is out: a process that ends does not wait for a pipe. */
export const untilWritten = () => written;
