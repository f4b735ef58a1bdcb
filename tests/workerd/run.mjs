// node tests/workerd/run.mjs [part of a scenario's name]: requests that end early, on a real workerd.
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { startLoopback } from "../../scripts/loopback.mjs";
import { root } from "../../scripts/paths.mjs";
import { packedProject, startRuntime } from "../../scripts/runtimes.mjs";
import { get } from "./http.mjs";
import { scenarios } from "./scenarios.mjs";

/**
 * Runtime and options: what a promise does that one request made and another awaits differs between all three. Only the
 * second one says so when the request that made it has ended.
 */
const hosts = [
  ["workerd-2024", {}],
  ["workerd", { tellsOfLoss: true }],
  ["workerd", { compatibilityFlags: ["no_handle_cross_request_promise_resolution"] }],
];
const AT_ONCE = 4;

const [wanted = ""] = process.argv.slice(2);
const project = packedProject(join(root, "target", "workerd"));
mkdirSync(join(project, "tests"), { recursive: true });
cpSync(import.meta.dirname, join(project, "tests"), { recursive: true, force: true });
const program = join(project, "tests", "program.mjs");
const loopback = await startLoopback();
const total = { passed: 0, failed: 0 };

for (const [index, [name, options]] of hosts.entries()) {
  const started = Date.now();
  const results = await runAll(name, options, index).catch((error) => [{ name: "it starts", error }]);
  const failures = results.filter(({ error }) => error !== undefined);
  total.failed += failures.length;
  total.passed += results.length - failures.length;
  const label = results.label ?? name;
  const time = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${label}: ${results.length - failures.length} passed, ${failures.length} failed in ${time} s`);
  for (const { name, error } of failures) {
    console.log(`  ✗ ${label}: ${name}\n    ${error.message.replaceAll("\n", "\n    ")}`);
  }
}
await loopback.close();

console.log(`${total.passed} passed, ${total.failed} failed`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

async function runAll(name, options, index) {
  const runtime = await startRuntime(name, { ...options, project, program, self: "SELF" });
  try {
    const results = Object.assign([], { label: `workerd ${runtime.version}` });
    const queue = Object.entries(scenarios).filter(([scenario]) => scenario.includes(wanted));
    await Promise.all(Array.from({ length: AT_ONCE }, async () => {
      for (let entry; (entry = queue.shift());) {
        const world = createWorld(runtime, `${index}-${queue.length}`, options);
        const error = await entry[1](world).then(() => undefined, (error) => error);
        results.push({ name: entry[0], error });
      }
    }));
    return results;
  } finally {
    await runtime.stop();
  }
}

/** One scenario's requests to the Worker, and its own namespace of the loopback server. */
function createWorld(runtime, ns, { tellsOfLoss = false }) {
  const base = `${loopback.origin}/ns/${ns}`;
  const control = async (command, body) => {
    const init = { method: "POST", body: body && JSON.stringify(body) };
    const response = await fetch(`${base}/_control/${command}`, init);
    if (!response.ok) throw new Error(`${command}: ${await response.text()}`);
  };
  const calls = async (kind) =>
    (await (await fetch(`${base}/_control/calls`)).json()).filter((call) => call.kind === kind);
  return {
    ask: (shared) => (way, own = {}, manner = {}) => {
      const query = new URLSearchParams({ origin: loopback.origin, ns, ...shared, ...own });
      return get(`${runtime.origin}/${way}?${query}`, manner);
    },
    tellsOfLoss,
    fail: (...faults) => control("fail", faults),
    options: (options) => control("options", options),
    revokeAll: () => control("revoke-all"),
    tokensUsed: async () => (await calls("api")).map(({ headers }) => headers.authorization),
    async untilTokenRequests(count) {
      for (const end = Date.now() + 5000; (await calls("token")).length < count;) {
        if (Date.now() > end) throw new Error(`there never were ${count} token requests`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
    async expectTokenRequests(least, most = least) {
      const { length } = await calls("token");
      if (length < least || length > most) throw new Error(`${length} token requests, not ${least} to ${most}`);
    },
  };
}
