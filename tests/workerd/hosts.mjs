// Runs scenarios, which are requests to one program, on several runtimes.
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { startLoopback } from "../../scripts/loopback.mjs";
import { startRuntime } from "../../scripts/runtimes.mjs";
import { get } from "./http.mjs";

/** So many scenarios run beside one another. */
const AT_ONCE = 4;

/**
 * `hosts`: `[runtime, options]` each. `scenarios`: name -> what is done with a world; it throws if it does not hold.
 * `alone`: more of them, that want no other beside them. `together`: all runtimes beside one another. Prints what came of them;
 * the exit code says whether all passed.
 */
export async function runHosts({ project, hosts, scenarios = {}, alone = {}, together = false }) {
  mkdirSync(join(project, "tests"), { recursive: true });
  cpSync(import.meta.dirname, join(project, "tests"), { recursive: true, force: true });
  cpSync(join(import.meta.dirname, "..", "runtimes", "suite", "memory.mjs"), join(project, "tests", "memory.mjs"));
  const program = join(project, "tests", "program.mjs");
  const loopback = await startLoopback();
  const total = { passed: 0, failed: 0 };

  const running = [];
  for (const [index, [name, options]] of hosts.entries()) {
    running.push(runAndReport(name, options, index));
    if (!together) await running[index];
  }
  await Promise.all(running);
  await loopback.close();

  console.log(`${total.passed} passed, ${total.failed} failed`);
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

  async function runAndReport(name, options, index) {
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

  async function runAll(name, options, index) {
    const runtime = await startRuntime(name, { ...options, project, program, self: "SELF" });
    try {
      const results = Object.assign([], { label: `${runtime.name.replace(/-.*/, "")} ${runtime.version}` });
      const takeFrom = async (queue) => {
        for (let entry; (entry = queue.shift());) {
          const world = createWorld({ runtime, loopback, ns: `${index}-${results.length}-${queue.length}`, options });
          const error = await entry[1](world).then(() => undefined, (error) => error);
          results.push({ name: entry[0], error });
        }
      };
      const queue = Object.entries(scenarios);
      await Promise.all(Array.from({ length: AT_ONCE }, () => takeFrom(queue)));
      await takeFrom(Object.entries(alone));
      return results;
    } finally {
      await runtime.stop();
    }
  }
}

/** One scenario's requests to the program, and its own namespace of the loopback server. */
function createWorld({ runtime, loopback, ns, options: { tellsOfLoss = false } }) {
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
    /** Another client's, of the same program. */
    beside: () => createWorld({ runtime, loopback, ns: `${ns}-beside`, options: { tellsOfLoss } }),
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
