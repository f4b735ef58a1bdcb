// `npm run mutants`: each rule of tests/mutants.json is switched off once, in a copy of the sources, and what notices is written
// down in tests/MUTANTS.md. A rule that nobody misses is a missing test, and the command fails. `npm run mutants -- WORD…`: those
// whose file, part or rule has one of the words in it; nothing is written then.
import { spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { root } from "./paths.mjs";
import { run, say } from "./say.mjs";

const LIST = join(root, "tests", "mutants.json");
const TABLE = join(root, "tests", "MUTANTS.md");
/** Kept from one run to the next, with what cargo made of it. */
const COPY = join(root, "target", "mutants");
const COPIED = [
  "Cargo.toml",
  "Cargo.lock",
  "benches",
  "examples",
  "fuzz/checks",
  "fuzz/corpus",
  "providers",
  "src",
  "tests",
  "www/guide/how-it-works.md",
];
/** Each has `what_breaks`. */
const SIMULATIONS = ["simulation", "sharing"];
const QUICK = ["answers", "life_cycle", "lifetimes", "cooldowns", "cases", "seeds", "store", ...SIMULATIONS];
/** Run where nothing else notices. */
const SLOW = ["fuzzed", "properties", "fleet"];
/** A test that takes so much longer than with the sources as they are does not end: the mutant saw to that. */
const [TIMES, GRACE_MS] = [10, 10_000];
/** What each took, in ms. */
const usual = new Map();
/** More names than these say no more. */
const NAMES = 3;
const ENV = {
  CARGO_TARGET_DIR: join(COPY, "target"),
  CARGO_PROFILE_DEV_DEBUG: "0",
  // What is slow is the simulation, not the compiler.
  CARGO_PROFILE_DEV_OPT_LEVEL: "1",
  // The same cases for each mutant.
  PROPTEST_RNG_SEED: "1",
  RUST_BACKTRACE: "0",
};
/** Of the simulation: for each mutant, and as many as `npm test` runs where nothing else notices. */
const [FEW_SEEDS, ALL_SEEDS] = [3_000, 10_000];

async function main(words) {
  const parts = JSON.parse(readFileSync(LIST, "utf8"));
  const isChosen = ({ part, rule, file }) =>
    words.length === 0 || words.some((word) => `${part} ${rule} ${file}`.toLowerCase().includes(word.toLowerCase()));
  const mutants = parts.flatMap(({ part, mutants }) => mutants.map((mutant) => ({ part, ...mutant }))).filter(isChosen);
  if (mutants.length === 0) throw new Error(`no mutant has ${words.join(" or ")} in its file, part or rule`);
  copy();
  say("the sources as they are");
  const sound = await caught();
  const complaints = [...sound.tests, ...sound.invariants];
  if (complaints.length > 0) throw new Error(`they fail without a mutant: ${complaints.join(", ")}`);

  const failures = [];
  for (const [index, mutant] of mutants.entries()) {
    await tryOut(mutant).catch((error) => mutant.complaint = error.message);
    if (mutant.complaint) failures.push(`${mutant.part}: ${mutant.rule}: ${mutant.complaint}`);
    const found = mutant.complaint ?? [...mutant.invariants, ...mutant.tests.slice(0, NAMES)].join(", ");
    say(`${index + 1}/${mutants.length} ${mutant.part}: ${mutant.rule}: ${found}`);
  }
  console.log(`\n${table(mutants)}`);
  console.log(`${mutants.length - failures.length} of ${mutants.length} mutants were caught`);
  if (failures.length > 0) {
    console.log(failures.join("\n"));
    process.exitCode = 1;
  } else if (words.length === 0) {
    writeFileSync(TABLE, table(mutants));
  }
}

/** Brings the copy up to date. What is the same keeps its date, so that cargo does not build it anew. */
function copy() {
  const files = filesIn(root);
  mkdirSync(COPY, { recursive: true });
  filesIn(COPY).filter((name) => !files.includes(name)).forEach((name) => rmSync(join(COPY, name)));
  for (const name of files) {
    const [from, to] = [join(root, name), join(COPY, name)];
    if (existsSync(to) && readFileSync(from).equals(readFileSync(to))) continue;
    mkdirSync(dirname(to), { recursive: true });
    copyFileSync(from, to);
  }
}

function filesIn(base) {
  return COPIED.filter((name) => existsSync(join(base, name))).flatMap((name) => {
    if (!statSync(join(base, name)).isDirectory()) return [name];
    const entries = readdirSync(join(base, name), { recursive: true }).map((entry) => join(name, entry));
    return entries.filter((entry) => statSync(join(base, entry)).isFile());
  });
}

/** Adds what caught the mutant to it, or what is wrong with it. */
async function tryOut(mutant) {
  const path = join(COPY, mutant.file);
  const source = readFileSync(path, "utf8");
  const pieces = source.split(mutant.find);
  if (pieces.length !== 2) throw new Error(`its text is found ${pieces.length - 1} times, not once`);
  writeFileSync(path, pieces.join(mutant.replace));
  try {
    Object.assign(mutant, await caught());
  } finally {
    writeFileSync(path, source);
  }
  if (mutant.tests.length + mutant.invariants.length === 0) throw new Error("nothing notices");
}

/** The tests that fail and the invariants that break. */
async function caught() {
  const quick = await build(["--lib", ...QUICK.flatMap((name) => ["--test", name])], QUICK.length + 1);
  const simulations = SIMULATIONS.map((name) => quick.get(name));
  const tests = await failing(quick);
  const invariants = await broken(simulations, FEW_SEEDS);
  if (tests.length + invariants.length > 0) return { tests, invariants };
  const slow = await build(SLOW.flatMap((name) => ["--test", name]), SLOW.length);
  return { tests: await failing(slow), invariants: await broken(simulations, ALL_SEEDS) };
}

/** Builds so many test binaries; name -> path. */
async function build(chosen, count) {
  const args = ["test", "--locked", "-j", "2", "--no-run", "--message-format", "json", ...chosen];
  const out = await run("cargo", args, { cwd: COPY, env: ENV }).catch((error) => {
    throw new Error(`it does not build: ${/error(\[E\d+\])?: [^\\"\n]*/.exec(error.message)?.[0] ?? error.message}`);
  });
  const built = out.split("\n").filter((line) => line.startsWith("{")).map((line) => JSON.parse(line))
    .filter(({ executable, profile }) => executable && profile.test);
  const binaries = new Map(built.map(({ target, executable }) => [target.name, executable]));
  if (binaries.size !== count) throw new Error(`cargo built ${[...binaries.keys()]}`);
  return binaries;
}

/** The names of the tests that fail, each with its file. */
async function failing(binaries) {
  const tests = [];
  for (const [name, executable] of binaries) {
    // What `what_breaks` says is said there.
    const filters = SIMULATIONS.includes(name) ? ["found::", "fleet::"] : [];
    const file = [...QUICK, ...SLOW].includes(name) ? name : "src";
    tests.push(...(await failed(executable, filters)).names.map((test) => `${file}::${test}`));
  }
  return tests;
}

/** The invariants that break in so many seeds of each simulation. */
async function broken(simulations, seeds) {
  const found = [];
  for (const simulation of simulations) {
    const { names, out } = await failed(simulation, ["--ignored", "--exact", "what_breaks"], { SEEDS: String(seeds) });
    const lines = [...out.matchAll(/^broken in \d+ seeds: (.*)$/gm)].map(([, names]) => names);
    if (names.length > 0 && lines.length === 0) return ["the simulation does not end"];
    found.push(...lines.flatMap((names) => names.split(", ")));
  }
  return inOrder(found);
}

/** Runs the tests of a binary one by one; names those that failed, and the one that did not end. */
function failed(executable, args, env = {}) {
  return new Promise((resolve, reject) => {
    const options = { cwd: COPY, env: { ...process.env, ...ENV, ...env }, stdio: ["ignore", "pipe", "ignore"] };
    const child = spawn(executable, ["--test-threads", "1", ...args], options);
    const what = JSON.stringify([basename(executable).replace(/-.*/, ""), args, env]);
    const began = Date.now();
    const limit = usual.has(what) ? TIMES * usual.get(what) + GRACE_MS : 600_000;
    const timer = setTimeout(() => child.kill("SIGKILL"), limit);
    let out = "";
    child.stdout.on("data", (bytes) => out += bytes);
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      if (!usual.has(what)) usual.set(what, Date.now() - began);
      const ran = [...out.matchAll(/^test (\S+) (?:- should panic )?\.\.\. ?(.*)$/gm)];
      const names = ran.filter(([, , result]) => !/^(ok|ignored)/.test(result)).map(([, name]) => name);
      if (code !== 0 && names.length === 0) names.push("it crashes");
      resolve({ names, out });
    });
  });
}

/** I1, I2, … I10, S1, …; letters and what is no number after them. */
function inOrder(names) {
  const key = (name) => /^[IS]\d+$/.test(name) ? name[0] + name.slice(1).padStart(3, "0") : `~${name}`;
  return [...new Set(names)].sort((a, b) => key(a) < key(b) ? -1 : 1);
}

function table(mutants) {
  const caughtBy = (test) => mutants.filter((mutant) => mutant.tests?.includes(test)).length;
  const counts = new Map(mutants.flatMap(({ tests = [] }) => tests).map((test) => [test, caughtBy(test)]));
  const row = ({ rule, complaint, invariants = [], tests = [] }) => {
    // Those that notice little else say the most.
    const names = tests.toSorted((a, b) => counts.get(a) - counts.get(b) || (a < b ? -1 : 1)).slice(0, NAMES);
    const more = tests.length > NAMES ? [`${tests.length - NAMES} more`] : [];
    const cell = [...names.map((name) => `\`${name}\``), ...more].join(", ");
    return `| ${rule} | ${complaint ? "**nothing**" : invariants.join(", ") || "–"} | ${cell || "–"} |`;
  };
  const text = [INTRODUCTION];
  for (const part of new Set(mutants.map(({ part }) => part))) {
    text.push(`\n## ${part}\n\n| rule | invariants | tests |\n| --- | --- | --- |`);
    text.push(...mutants.filter((mutant) => mutant.part === part).map(row));
  }
  return `${text.join("\n")}\n`;
}

const INTRODUCTION = `# What notices when a rule is switched off

Each rule of the life-cycle was switched off once (\`mutants.json\`), and the tests were run. Invariants are those that break in the
simulations (I: \`simulation/\`, S: \`sharing/\`); *cells* is the table of the life-cycle in www/guide/how-it-works.md. Of the tests, those are named that notice the fewest
other mutants. Written by \`npm run mutants\`.`;

await main(process.argv.slice(2));
