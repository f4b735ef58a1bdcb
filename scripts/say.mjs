// Says what is being done while it is done, and shows what a command printed only if it failed.
import { spawn } from "node:child_process";

const started = Date.now();

export function say(text) {
  console.log(`[${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s] ${text}`);
}

const MURMUR_MS = 10_000;

/**
 * Runs a command; resolves to what it printed on standard output. `show`: lets it print as it goes. `murmur`: says now and
 * then which line it is at.
 */
export function run(command, args, { show = false, murmur = false, env = {}, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const stdio = show ? "inherit" : ["ignore", "pipe", "pipe"];
    const child = spawn(command, args, { stdio, env: { ...process.env, ...env }, ...options });
    let out = "";
    let all = "";
    child.stdout?.on("data", (data) => (out += data, all += data));
    child.stderr?.on("data", (data) => all += data);
    const timer = murmur ? setInterval(() => say(`  ${lastLine(all)}`), MURMUR_MS) : undefined;
    for (const end of ["error", "close"]) child.on(end, () => clearInterval(timer));
    child.on("error", (error) => reject(new Error(`${command} could not be started: ${error.message}`)));
    child.on("close", (code, signal) => {
      if (code === 0) return resolve(out);
      const call = [command, ...args].join(" ");
      reject(new Error(`${call.length > 120 ? `${call.slice(0, 120)}…` : call} ended with ${code ?? signal}\n${all}`));
    });
  });
}

function lastLine(text) {
  return text.trimEnd().split("\n").at(-1).trim();
}
