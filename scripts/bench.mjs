// How fast, how sparing and how small, next to what else one would use. What is measured, and how:
//
//   cached       `await client.authorization()` with a fresh token in hand, one call after the other.
//   acquisition  the same after the token was dropped: build the request, `fetch` (a stub that answers at once), read the answer.
//   herd         1,000 calls at once on a new client, an endpoint that takes 5 ms: how many token requests it gets.
//   start-up     from `import` to the first token, in a fresh process. workerd compiles before it listens, so there it is
//                the time from the start of the process to the first answer, less that of an empty Worker.
//   Worker       bytes that `wrangler deploy` uploads for the smallest Worker that calls an API with a token.
//   clients      10,000 clients of different credentials in one isolate: what each takes, what a call costs at 1, 100 and 10,000
//                of them, and what is left of 100,000 that were made and closed, or made and forgotten.
//   core         the Rust core alone, next to the crate `oauth2` (criterion, benches/core.rs).
//
// All subjects of a runtime run in one process, in turns of 50 ms; a turn of each is a round, and the order rotates. Times
// are medians over the rounds; ratios are medians of the ratios within a round, so that whatever slows the machine down
// slows both sides. Absolute times are this machine's, and only the ratios are worth comparing.
//
//   npm run bench                         everything
//   npm run bench -- cached herd node     those measurements, on those runtimes
import { cpSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { build } from "./build.mjs";
import { bin, root } from "./paths.mjs";
import { startRuntime } from "./runtimes.mjs";
import { listen } from "./runtimes/child.mjs";
import { run, say } from "./say.mjs";
import { setup } from "./setup.mjs";
import { AIM, BUDGET, COMPATIBILITY_DATE, GATES, inProject, NODE_FLAGS, PARTS, upload, workerSize } from "./size.mjs";

const RUNTIMES = ["node", "deno", "bun", "workerd"];
const SUBJECTS = {
  plain: "plain JavaScript",
  bearerkit: "bearerkit",
  badgateway: "@badgateway/oauth2-client",
  msal: "@azure/msal-node",
};
const MEASUREMENTS = ["cached", "acquisition", "herd", "start-up", "clients", "worker", "core"];
const ROUNDS = 9;
const TURN_MS = 50;
const STARTS = 7;
/** As many machines as one isolate keeps. */
const TENANTS = 10_000;
const CROWDS = [1, 100, TENANTS];
const CLIENT_ROUNDS = 100_000;
const PAGE = 65_536;
/** So that a heap can be measured after a collection. */
const GC_FLAGS = { NODE_OPTIONS: "--expose-gc", DENO_V8_FLAGS: "--expose-gc" };

/** What has to be so and is not; a time is no such thing, since it is the machine's as well. */
const failures = [];

async function main(words) {
  const unknown = words.filter((word) => ![...MEASUREMENTS, ...RUNTIMES].includes(word));
  if (unknown.length > 0) {
    throw new Error(`unknown: ${unknown}; there are ${[...MEASUREMENTS, ...RUNTIMES].join(", ")}`);
  }
  const chosen = (all) => all.filter((name) => words.includes(name) || !all.some((other) => words.includes(other)));
  const measurements = chosen(MEASUREMENTS);
  const runtimes = chosen(RUNTIMES);
  await setup();
  await build();
  await inProject(async (project) => {
    cpSync(join(root, "benches", "subjects"), project, { recursive: true });
    cpSync(join(root, "tests", "runtimes", "suite", "memory.mjs"), join(project, "memory.mjs"));
    const columns = new Map();
    for (const runtime of runtimes) columns.set(runtime, await measureRuntime(project, runtime, measurements));
    for (const what of measurements) tables[what]?.(columns);
  });
  if (measurements.includes("worker")) await printWorkers();
  if (measurements.includes("core")) await printCore();
  console.log(failures.length ? `\nnot as it has to be: ${failures.join("; ")}` : "\nall as it has to be");
  if (failures.length > 0) process.exitCode = 1;
}

/** `{ version, cached, acquisition, herd, "start-up" }`, each: subject -> numbers. */
async function measureRuntime(project, runtime, measurements) {
  const column = { version: "", cached: {}, acquisition: {}, herd: {}, "start-up": {} };
  const calls = [["cached", "authorization"], ["acquisition", "acquire"]].filter(([what]) =>
    measurements.includes(what)
  );
  if (calls.length > 0 || measurements.includes("herd")) {
    const { host, subjects } = await startSubjects(project, runtime);
    column.version = host.version;
    const ask = async (path) => {
      const response = await fetch(`${host.origin}/${path}`);
      if (!response.ok) throw new Error(`${runtime}, ${path}: ${await response.text()} ${host.output()}`);
      return await response.json();
    };
    for (const [what, call] of calls) {
      say(`${runtime}: ${what}`);
      column[what] = await rounds(subjects, ROUNDS, (subject) => ask(`${call}/${subject}?millis=${TURN_MS}`));
    }
    if (measurements.includes("herd")) {
      say(`${runtime}: herd`);
      for (const subject of subjects) column.herd[subject] = await ask(`herd/${subject}`);
    }
    await host.stop();
  }
  if (measurements.includes("clients")) {
    say(`${runtime}: clients`);
    column.clients = await measureClients(project, runtime);
    column.version ||= column.clients.version;
  }
  if (measurements.includes("start-up")) {
    say(`${runtime}: start-up`);
    column["start-up"] = await startUp(project, runtime);
  }
  return column;
}

/** All subjects in one process; where one of the peers cannot be loaded, without it. */
async function startSubjects(project, runtime) {
  let failure;
  for (const absent of [[], ["msal"], ["badgateway"], ["msal", "badgateway"]]) {
    const subjects = Object.keys(SUBJECTS).filter((subject) => !absent.includes(subject));
    const imports = subjects.map((subject) => `import * as ${subject} from "./${subject}.mjs";`);
    const lines = [
      ...imports,
      'import { measuring } from "./measure.mjs";',
      `export default measuring({ ${subjects.join(", ")} });`,
    ];
    const program = write(project, "subjects.mjs", lines);
    try {
      return { host: await start(project, runtime, program), subjects };
    } catch (error) {
      failure ??= error;
    }
  }
  throw failure;
}

/** Times of each subject, taken in turns. The first round warms up and does not count. */
async function rounds(subjects, count, take) {
  const times = Object.fromEntries(subjects.map((subject) => [subject, []]));
  for (let round = 0; round <= count; round += 1) {
    for (let turn = 0; turn < subjects.length; turn += 1) {
      const subject = subjects[(round + turn) % subjects.length];
      const time = await take(subject);
      if (round > 0) times[subject].push(time);
    }
  }
  return times;
}

async function startUp(project, runtime) {
  const starters = {};
  for (const subject of [...(runtime === "workerd" ? ["empty"] : []), ...Object.keys(SUBJECTS)]) {
    starters[subject] = await starter(project, runtime, subject).catch(() => undefined);
  }
  const able = Object.keys(starters).filter((subject) => starters[subject]);
  const times = await rounds(able, STARTS, (subject) => starters[subject]());
  if (runtime !== "workerd") return times;
  const { empty, ...others } = times;
  return Object.fromEntries(
    Object.entries(others).map(([subject, times]) => [subject, times.map((time, round) => time - empty[round])]),
  );
}

/** What many clients take: memory of each, microseconds of calls, what is left of those that are gone. */
async function measureClients(project, runtime) {
  const inProcess = async (measure) => {
    Object.assign(process.env, GC_FLAGS);
    const host = await start(project, runtime, join(project, "clients.mjs"));
    for (const name of Object.keys(GC_FLAGS)) delete process.env[name];
    try {
      return await measure(async (what, query) => {
        const response = await fetch(`${host.origin}/${what}?${new URLSearchParams(query)}`);
        if (!response.ok) throw new Error(`${runtime}, ${what}: ${await response.text()} ${host.output()}`);
        return await response.json();
      }, host);
    } finally {
      await host.stop();
    }
  };
  const memory = {};
  for (const provider of ["plain", "fuse"]) {
    memory[provider] = await inProcess(async (ask, { pid }) => {
      await ask("make", { count: 1, provider });
      const before = resident(pid);
      const made = await ask("make", { count: TENANTS - 1, provider });
      const token = await ask("obtain", { count: TENANTS });
      return { made, token, resident: (resident(pid) - before) / TENANTS };
    });
  }
  const times = {};
  let beyond;
  let version;
  await inProcess(async (ask, host) => {
    ({ version } = host);
    // What is compiled late is not to be counted.
    await ask("time", { count: CROWDS[1] });
    for (const count of CROWDS) times[count] = await ask("time", { count });
    beyond = await ask("beyond", { count: TENANTS });
  });
  const closed = await inProcess((ask) => ask("closed", { count: CLIENT_ROUNDS }));
  const forgotten = await inProcess(async (ask) => {
    await ask("forgotten", { count: TENANTS });
    return await ask("forgotten", { count: CLIENT_ROUNDS });
  });
  return { version, memory, times, beyond, closed, forgotten };
}

/** Resident bytes of a process and all in its group, where there is a /proc. */
function resident(group) {
  try {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).reduce((sum, pid) => {
      try {
        const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
        return Number(fields[2]) === group ? sum + Number(fields[21]) * 4096 : sum;
      } catch {
        return sum;
      }
    }, 0);
  } catch {
    return NaN;
  }
}

/** A function that starts a fresh process and resolves to what the subject's first token took, in ms. */
async function starter(project, runtime, subject) {
  const first = "const header = await make(tokenEndpoint()).authorization();";
  const check = 'if (!header.startsWith("Bearer ey")) throw new Error("no token");';
  const programs = {
    empty: ["export default { fetch: () => Response.json(0) };"],
    static: [
      `import { make } from "./${subject}.mjs";`,
      'import { tokenEndpoint } from "./stub.mjs";',
      `export default { async fetch() { ${first} ${check} return Response.json(0); } };`,
    ],
    dynamic: [
      'import { tokenEndpoint } from "./stub.mjs";',
      "export default { async fetch() { const began = performance.now();",
      `const { make } = await import("./${subject}.mjs"); ${first}`,
      `const passed = performance.now() - began; ${check} return Response.json(passed); } };`,
    ],
  };
  const kind = subject === "empty" ? "empty" : runtime === "workerd" ? "static" : "dynamic";
  const program = write(project, `start-${subject}.mjs`, programs[kind]);
  const config = runtime === "workerd" && await configure(project, program);
  const take = async () => {
    const began = performance.now();
    const host = config ? await serve(config) : await startRuntime(runtime, { project, program });
    try {
      const response = await fetch(host.origin);
      if (!response.ok) throw new Error(`${runtime}, ${subject}: ${await response.text()}`);
      const passed = await response.json();
      return config ? performance.now() - began : passed;
    } finally {
      await host.stop();
    }
  };
  await take();
  return take;
}

function write(project, name, lines) {
  const path = join(project, name);
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** workerd runs what wrangler would upload. */
async function start(project, runtime, program) {
  if (runtime !== "workerd") return await startRuntime(runtime, { project, program });
  const [version] = (await run(bin("workerd"), ["--version"])).match(/\d{4}-\d\d-\d\d/);
  return { ...await serve(await configure(project, program)), version };
}

/** Writes a configuration for workerd; resolves to its path. */
async function configure(project, main) {
  const folder = mkdtempSync(join(project, "worker-"));
  const modules = await upload({ project, main, flags: NODE_FLAGS });
  for (const { name, bytes } of modules) writeFileSync(join(folder, name), bytes);
  const entries = modules.map(({ name }) =>
    `(name = "${name}", ${name.endsWith(".wasm") ? "wasm" : "esModule"} = embed "${name}")`
  );
  return write(folder, "config.capnp", [
    'using Workerd = import "/workerd/workerd.capnp";',
    "const config :Workerd.Config = (",
    '  services = [(name = "main", worker = (',
    `    modules = [${entries.join(", ")}],`,
    `    compatibilityDate = "${COMPATIBILITY_DATE}", compatibilityFlags = ["${NODE_FLAGS.join('", "')}"]))],`,
    '  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]);',
  ]);
}

function serve(config) {
  return listen(bin("workerd"), ["serve", "--control-fd=1", config], { cwd: dirname(config) });
}

const tables = {
  cached(columns) {
    printTimes("a cached `await client.authorization()`: µs, and as a multiple of plain JavaScript", columns, "cached");
    printVerdicts(columns, "cached", "plain", 1.15);
  },
  acquisition(columns) {
    printTimes(
      "one acquisition against a stub fetch: µs, and as a multiple of plain JavaScript",
      columns,
      "acquisition",
    );
    printVerdicts(columns, "acquisition", "badgateway", 1);
  },
  herd(columns) {
    const title = "1,000 callers at once, and no token yet: token requests";
    printTable(title, columns, ({ herd }, subject) => herd[subject]?.toLocaleString("en"));
    for (const [runtime, { herd }] of columns) {
      if (herd.bearerkit !== 1) failures.push(`${runtime}: ${herd.bearerkit} token requests for a herd`);
    }
  },
  "start-up"(columns) {
    const title = "start-up, from import to the first token in a fresh process: ms";
    printTable(title, columns, (column, subject) => {
      const times = column["start-up"][subject];
      return times && median(times).toFixed(1);
    });
  },
  clients(columns) {
    const rows = (lines) =>
      lines.map(([name, cell]) => [name, ...[...columns.values()].map(({ clients }) => cell(clients))]);
    const head = [
      "",
      ...[...columns].map(([runtime, { version }]) => `${runtime} ${version.replace(/^v/, "")}`.trim()),
    ];
    const bytes = (...numbers) => {
      // JSON has no NaN.
      const number = numbers.reduce((sum, one) => sum + (one ?? NaN), 0);
      return Number.isFinite(number) ? Math.round(number).toLocaleString("en") : "-";
    };
    const micro = (number) => significant(number);
    printRows(
      `${TENANTS.toLocaleString("en")} clients of different credentials: bytes of each`,
      head,
      rows(["plain", "fuse"].flatMap((provider) => [
        [`${provider}: the core, made`, ({ memory }) => bytes(memory[provider].made.core)],
        [
          `${provider}: the core, with a token`,
          ({ memory }) => bytes(memory[provider].made.core, memory[provider].token.core),
        ],
        [`${provider}: JavaScript, made`, ({ memory }) => bytes(memory[provider].made.heap)],
        [
          `${provider}: JavaScript, with a token`,
          ({ memory }) => bytes(memory[provider].made.heap, memory[provider].token.heap),
        ],
        [`${provider}: the process, with a token`, ({ memory }) => bytes(memory[provider].resident)],
      ])),
    );
    const calls = {
      cachedOne: "authorization(), always the same client",
      cached: "authorization(), each in turn",
      askedOne: "token({ minValidity }), which asks the core, the same",
      asked: "token({ minValidity }), each in turn",
      again: "createClient() of a client that exists, and close()",
      fresh: "createClient() of a new one, and close()",
    };
    printRows(
      `µs of a call, where there are ${CROWDS.map((count) => count.toLocaleString("en")).join(", ")} clients`,
      head,
      rows([
        ...Object.entries(calls).map(([call, name]) => [
          name,
          ({ times }) => CROWDS.map((count) => micro(times[count][call])).join("  "),
        ]),
        ["createClient() of one too many", ({ beyond }) => micro(beyond.fresh)],
      ]),
    );
    const pages = ({ before, after }) => `${before / PAGE} -> ${after / PAGE}`;
    printRows(
      `${CLIENT_ROUNDS.toLocaleString("en")} clients that are gone: pages of the core's memory, before and after`,
      head,
      rows([
        ["made and closed", ({ closed }) => pages(closed)],
        ["made and forgotten, at the bound", ({ forgotten }) => pages(forgotten)],
      ]),
    );
    for (const [runtime, { clients: { closed, forgotten } }] of columns) {
      if (closed.after > closed.before) {
        failures.push(`${runtime}: closed clients leave ${closed.after - closed.before} bytes`);
      }
      if (forgotten.after > forgotten.before + 8 * PAGE) {
        failures.push(`${runtime}: forgotten clients leave ${forgotten.after - forgotten.before} bytes`);
      }
    }
  },
};

function printTimes(title, columns, what) {
  printTable(title, columns, (column, subject) => {
    const times = column[what][subject];
    return times && `${significant(median(times))} ${`×${significant(ratio(times, column[what].plain))}`.padStart(6)}`;
  });
}

function printVerdicts(columns, what, base, limit) {
  for (const [runtime, { [what]: times }] of columns) {
    if (!times[base]) continue;
    const found = ratio(times.bearerkit, times[base]);
    const verdict = found <= limit ? "reached" : "missed";
    console.log(`  ${runtime}: bearerkit is at ${significant(found)} × ${SUBJECTS[base]}; aim ${limit}: ${verdict}`);
  }
}

async function printWorkers() {
  say("wrangler deploy --dry-run");
  const kb = (bytes) => (bytes / 1024).toFixed(1);
  const rows = [];
  const sizes = {};
  for (const subject of Object.keys(SUBJECTS)) {
    const { raw, gzip, minified } = sizes[subject] = await workerSize(subject);
    rows.push([SUBJECTS[subject], kb(raw), kb(gzip), kb(minified)]);
  }
  printRows("a minimal Worker, wasm and JavaScript: KB", ["", "raw", "gzip", "gzip, --minify"], rows);
  const { gzip, minified } = sizes.bearerkit;
  const added = (number) => `${number < 0 ? "" : "+"}${number.toFixed(1)}`;
  printRows("of that, what each issue added: KB", ["", "gzip", "gzip, --minify"], [
    ...PARTS.map((part) => [`issue ${part.issue}`, added(part.gzip), added(part.minified)]),
    ["measured now", kb(gzip), kb(minified)],
    ["gate of npm test", kb(GATES.gzip), kb(GATES.minified)],
  ]);
  const verdict = gzip <= AIM ? "the aim is reached" : gzip <= BUDGET ? "within the budget" : "above the budget";
  console.log(`  bearerkit: budget ${kb(BUDGET)}, aim ${kb(AIM)}: ${verdict}`);
}

async function printCore() {
  say("cargo bench");
  const out = await run("cargo", ["bench", "--locked", "--bench", "core", "--", "--noplot"], { cwd: root });
  const rows = [...out.matchAll(/^(\S.*?)\s+time:\s+\[\S+ \S+ (\S+ \S+) \S+ \S+\]/gm)].map((
    [, name, time],
  ) => [name, time]);
  printRows("the core, native (criterion, medians)", ["", "time"], rows);
}

function printTable(title, columns, cell) {
  const head = ["", ...[...columns].map(([runtime, { version }]) => `${runtime} ${version.replace(/^v/, "")}`.trim())];
  const rows = Object.entries(SUBJECTS).map(([subject, name]) => [
    name,
    ...[...columns.values()].map((column) => cell(column, subject) ?? "-"),
  ]);
  printRows(title, head, rows);
}

function printRows(title, head, rows) {
  const widths = head.map((_, index) => Math.max(...[head, ...rows].map((row) => row[index].length)));
  const line = (row) =>
    row.map((text, index) => index === 0 ? text.padEnd(widths[0]) : text.padStart(widths[index])).join("   ");
  console.log(`\n${title}`);
  for (const row of [head, ...rows]) console.log(`  ${line(row)}`);
}

function ratio(times, base) {
  return median(times.map((time, round) => time / base[round]));
}

function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function significant(number) {
  return number >= 100 ? number.toFixed(0) : number.toPrecision(3);
}

await main(process.argv.slice(2));
