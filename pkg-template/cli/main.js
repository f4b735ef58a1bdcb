import { readCall } from "./arguments.js";
import { exitOf, tellFailure } from "./failure.js";
import { helpOf } from "./help.js";
import { print, untilWritten } from "./streams.js";

/** A command's module is loaded when it is called for: `--help` needs no WebAssembly. */
const COMMANDS = {
  check: () => import("./check.js"),
  token: () => import("./token.js"),
  header: () => import("./header.js"),
  fetch: () => import("./fetch.js"),
  list: () => import("./list.js"),
};

/** Carries out a call; resolves to the exit code. */
export async function main(words) {
  try {
    const call = readCall(words, Object.keys(COMMANDS));
    const code = await carryOut(call);
    await untilWritten();
    return code;
  } catch (thrown) {
    tellFailure(thrown, words.includes("--json"));
    await untilWritten();
    return exitOf(thrown);
  }
}

async function carryOut(call) {
  if (call.options.version) {
    const { version } = await import("./version.js");
    print(version);
    return 0;
  }
  if (call.options.help || !call.command) {
    print(helpOf(call.command));
    return call.options.help ? 0 : 2;
  }
  const { run } = await COMMANDS[call.command]();
  return await run(call);
}
