// node tests/workerd/run.mjs [part of a scenario's name]: requests that end early, on a real workerd.
import { join } from "node:path";
import { root } from "../../scripts/paths.mjs";
import { packedProject } from "../../scripts/runtimes.mjs";
import { runHosts } from "./hosts.mjs";
import { crowds, scenarios } from "./scenarios.mjs";

/**
 * Runtime and options: what a promise does that one request made and another awaits differs between all three. Only the
 * second one says so when the request that made it has ended.
 */
const hosts = [
  ["workerd-2024", {}],
  ["workerd", { tellsOfLoss: true }],
  ["workerd", { compatibilityFlags: ["no_handle_cross_request_promise_resolution"] }],
];

const [wanted = ""] = process.argv.slice(2);
const project = packedProject(join(root, "target", "workerd"));
const chosen = (all) => Object.fromEntries(Object.entries(all).filter(([name]) => name.includes(wanted)));
await runHosts({ project, hosts, scenarios: chosen(scenarios), alone: chosen(crowds) });
