// node tests/runtimes/run.mjs [runtime…]: the suite on the packed package, in every runtime or in those named.
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startLoopback } from "../../scripts/loopback.mjs";
import { awkwardCredentials } from "../../pkg-template/testing.js";
import { root } from "../../scripts/paths.mjs";
import { camelCase, profiles } from "../../scripts/profiles.mjs";
import { packedProject, RUNTIMES, startRuntime } from "../../scripts/runtimes.mjs";
import { checkPackage } from "./package.mjs";
import { isSigned, signingKeys } from "../support/keys.mjs";
import { found } from "./suite/leaks.mjs";
import { checkUncaught } from "./uncaught.mjs";

/** Node once more, with the core as JavaScript: how Nitro's presets of the edge find it. */
const INLINE = "node-inline";
/** It looks at the memory of WebAssembly. */
const NOT_INLINE = "clients that nobody closes take no more than 10,000 of them";
/** So many tests run at once; more would only measure the machine. */
const AT_ONCE = 6;
const TEST_LIMIT_MS = 15_000;
/** For workerd: AsyncLocalStorage, which every other runtime has by itself. */
const FLAGS = ["nodejs_als"];
const FORBIDDEN = [awkwardCredentials.client_secret, awkwardCredentials.password];

const names = process.argv.slice(2);
const project = packedProject(join(root, "target", "runtimes"));
mkdirSync(join(project, "tests"), { recursive: true });
const keys = signingKeys();
cpSync(import.meta.dirname, join(project, "tests"), { recursive: true, force: true });
writeFileSync(
  join(project, "tests", "suite", "vectors.mjs"),
  `export const samples = ${JSON.stringify(samples())};\nexport const keys = ${JSON.stringify(keys)};\n`,
);
const program = join(project, "tests", "suite.mjs");
const loopback = await startLoopback();
const total = { passed: 0, failed: 0 };

for (const name of names.length > 0 ? names : [...RUNTIMES, INLINE]) {
  const started = Date.now();
  let label = name;
  const results = await suite(name, (version) => label = `${name} ${version}`)
    .catch((error) => [{ name: "the suite runs", error: error.message }]);
  report(label, results, Date.now() - started);
}
if (names.length === 0) {
  report("the package", await checkPackage(project));
  report("uncaught errors", checkUncaught(project));
}
await loopback.close();

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

/** The cases, and the samples of the shipped profiles. No program that runs everywhere can read a file. */
function samples() {
  const read = (name) => JSON.parse(readFileSync(join(root, "tests", "vectors", name), "utf8"));
  const cases = [...read("providers.json"), ...read("further.json")];
  const shipped = profiles().flatMap(({ file, samples }) =>
    samples.map((sample, index) => ({ ...sample, name: `providers/${file}[${index}]`, exported: camelCase(file) }))
  );
  return [...cases.map((sample) => ({ ...sample, name: `case ${sample.name}` })), ...shipped];
}

/** Runs every test of the suite in one runtime. */
async function suite(runtimeName, tellVersion) {
  const options = { project, program, compatibilityFlags: FLAGS };
  const runtime = runtimeName === INLINE
    ? await startRuntime("node", { ...options, conditions: ["wintercg"] })
    : await startRuntime(runtimeName, options);
  try {
    tellVersion(runtime.version);
    const { beside, alone } = await (await fetch(runtime.origin)).json();
    const results = [];
    const takeFrom = async (queue) => {
      for (let name; (name = queue.shift()) !== undefined;) {
        const ns = `${runtimeName}-${results.length}-${queue.length}`;
        results.push({ name, error: await outcome(runtime, `/run/${encodeURIComponent(name)}`, ns) });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, () => takeFrom(beside)));
    await takeFrom(alone.filter((name) => runtimeName !== INLINE || name !== NOT_INLINE));
    results.push(...await signed(runtime));
    results.push({ name: "printing shows no secret and no token", error: await printed(runtime) });
    return results;
  } finally {
    await runtime.stop();
  }
}

/** Undefined, or what went wrong. */
async function outcome(runtime, path, ns) {
  try {
    const query = new URLSearchParams({ origin: loopback.origin, ns });
    const response = await fetch(`${runtime.origin}${path}?${query}`, { signal: AbortSignal.timeout(TEST_LIMIT_MS) });
    const { ok, error } = await response.json();
    return ok ? undefined : error;
  } catch (error) {
    return `${error}${error.cause ? `: ${error.cause}` : ""}\n${runtime.output().slice(-2000)}`;
  }
}

/** Each kind of key with each of its algorithms. */
async function signed(runtime) {
  const made = await (await fetch(`${runtime.origin}/signatures`)).json();
  return keys.map((key, index) => {
    const { jwt, error } = made[index];
    return { name: key.name, error: error ?? (isSigned(key, jwt) ? undefined : "node:crypto does not accept it") };
  });
}

/** What the runtime's own console makes of clients, tokens, errors and events. */
async function printed(runtime) {
  const ns = `${runtime.name}-print`;
  const error = await outcome(runtime, "/print", ns);
  if (error) return error;
  for (const end = Date.now() + 3000; !runtime.output().includes("printed all of it");) {
    if (Date.now() > end) return `it printed only\n${runtime.output()}`;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const calls = await (await fetch(`${loopback.origin}/ns/${ns}/_control/calls`)).json();
  const tokens = calls.filter(({ kind }) => kind === "api").map(({ headers }) => headers.authorization.split(" ")[1]);
  if (tokens.length === 0) return "the API saw no token";
  const leaks = found(runtime.output(), [...FORBIDDEN, ...tokens]);
  return leaks.length > 0 ? `found ${leaks} in\n${runtime.output()}` : undefined;
}

function report(label, results, millis) {
  const failures = results.filter(({ error }) => error !== undefined);
  total.failed += failures.length;
  total.passed += results.length - failures.length;
  const time = millis === undefined ? "" : ` in ${(millis / 1000).toFixed(1)} s`;
  console.log(`${label}: ${results.length - failures.length} passed, ${failures.length} failed${time}`);
  for (const { name, error } of failures) console.log(`  ✗ ${label}: ${name}\n    ${error.replaceAll("\n", "\n    ")}`);
}
