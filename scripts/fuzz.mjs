// `npm run fuzz`: each target of fuzz/ for a minute, beginning with its committed corpus. `npm run fuzz -- TARGET… --minutes N`
// runs some of them, or longer. `--keep` adds what was found to fuzz/corpus/, as few inputs as reach the same edges.
//
// No nightly compiler and no sanitizer: coverage alone needs neither (`cargo fuzz --sanitizer none`), and a core that forbids
// unsafe code has nothing that a sanitizer would see. What is looked for are panics, overflows, and checks that fail.
import { spawn } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { setPriority } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { isMain, root, tool, tools } from "./paths.mjs";
import { run, say } from "./say.mjs";
import { setupFuzz } from "./setup.mjs";

const fuzz = join(root, "fuzz");
const TARGETS = readdirSync(join(fuzz, "fuzz_targets")).map((name) => name.replace(/\.rs$/, "")).sort();
/** The words of fuzz/dict/ that a target is given. */
const DICTIONARIES = {
  answer: "answers",
  rfc6749: "answers",
  jwt: "answers",
  challenges: "challenges",
  metadata: "metadata",
  record: "records",
  repeated: "challenges",
  retry_after: "dates",
  rfc3339: "dates",
  options: "options",
  template: "templates",
  url: "urls",
};
/** Longer inputs find nothing that these do not, and are slow. */
const LENGTHS = {
  answer: 3000,
  options: 3000,
  rfc6749: 3000,
  challenges: 2000,
  jwt: 1500,
  machine: 800,
  record: 1500,
  repeated: 100,
};
/** One input may take so many seconds: 64 KiB take a few ms where a reader is linear. */
const TIMEOUT = 10;

const env = { PATH: `${join(tools, "bin")}:${process.env.PATH}` };

/** Fuzzes one target; resolves to a line of the table. */
async function fuzzTarget(target, minutes, keep) {
  const [committed, seeds] = ["corpus", "seeds"].map((kind) => join(fuzz, kind, target));
  const corpus = join(root, "target", "fuzz-corpus", target);
  mkdirSync(committed, { recursive: true });
  for (const folder of [committed, seeds].filter(existsSync)) cpSync(folder, corpus, { recursive: true });
  say(`${target}: ${minutes} min, from ${readdirSync(corpus).length} inputs`);
  const began = Date.now();
  const flags = [`-max_total_time=${Math.round(minutes * 60)}`, `-max_len=${LENGTHS[target] ?? 600}`];
  const dictionary = DICTIONARIES[target];
  if (dictionary) flags.push(`-dict=${join(fuzz, "dict", `${dictionary}.dict`)}`);
  const { code, log } = await libFuzzer(target, [corpus], flags);
  const found = [...log.matchAll(/^#\d+\s.*\bcov: (\d+) .*\bcorp: (\d+)/gm)].at(-1) ?? [];
  const crash = log.match(/Test unit written to (.+)$/m)?.[1];
  if (code !== 0) {
    say(`${target}: ${log.match(/^thread .* panicked at .*\n.*$/m)?.[0] ?? log.split("\n").slice(-20).join("\n")}`);
    if (crash) say(`replay: FUZZED=${relative(root, crash)} cargo test --test fuzzed replay -- --nocapture`);
  } else if (keep) {
    await minimise(target, [committed, corpus], committed);
  }
  return {
    target,
    minutes: ((Date.now() - began) / 60_000).toFixed(1),
    executions: Number(log.match(/stat::number_of_executed_units:\s*(\d+)/)?.[1] ?? 0),
    edges: Number(found[1] ?? 0),
    inputs: Number(found[2] ?? 0),
    crashes: code === 0 ? 0 : 1,
  };
}

/** As few inputs as reach every edge that those of `from` reach, into `to`. */
async function minimise(target, from, to) {
  const few = `${to}.few`;
  rmSync(few, { recursive: true, force: true });
  mkdirSync(few);
  const { code, log } = await libFuzzer(target, [few, ...from], ["-set_cover_merge=1", "-use_counters=0"]);
  if (code !== 0) throw new Error(`${target} could not be minimised\n${log}`);
  rmSync(to, { recursive: true });
  renameSync(few, to);
}

/** Runs a target; resolves to how it ended and all that it printed. */
function libFuzzer(target, folders, flags) {
  const common = ["-print_final_stats=1", `-timeout=${TIMEOUT}`];
  const args = ["run", ...BUILD, target, ...folders, "--", ...common, ...flags];
  return new Promise((resolve, reject) => {
    const child = spawn(tool("cargo-fuzz"), args, { cwd: root, env: { ...process.env, ...env } });
    let log = "";
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data) => log += data);
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, log }));
  });
}

const BUILD = ["--sanitizer", "none", "--target-dir", join(root, "target", "fuzz")];

if (isMain(import.meta)) {
  const { values: { minutes, keep }, positionals } = parseArgs({
    options: { minutes: { type: "string", default: "1" }, keep: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  const chosen = positionals.length > 0 ? positionals : TARGETS;
  const unknown = chosen.find((target) => !TARGETS.includes(target));
  if (unknown) throw new Error(`${unknown} is no target: ${TARGETS.join(", ")}`);
  if (!(Number(minutes) > 0)) throw new Error("--minutes wants a number");
  setPriority(10);
  await setupFuzz();
  say("cargo fuzz build --sanitizer none");
  await run(tool("cargo-fuzz"), ["build", ...BUILD], { cwd: root, env });
  const table = [];
  for (const target of chosen) table.push(await fuzzTarget(target, Number(minutes), keep));
  console.table(Object.fromEntries(table.map(({ target, ...line }) => [target, line])));
  if (table.some(({ crashes }) => crashes > 0)) process.exitCode = 1;
}
