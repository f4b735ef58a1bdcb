// node tests/traps/run.mjs [part of a scenario's name]: a core that panics, on every runtime. It takes a build of its own.
// HOSTS=node,workerd: on those.
import { join } from "node:path";
import { build } from "../../scripts/build.mjs";
import { root } from "../../scripts/paths.mjs";
import { packedProject } from "../../scripts/runtimes.mjs";
import { runHosts } from "../workerd/hosts.mjs";
import { scenarios } from "./scenarios.mjs";

const hosts = [
  ["node", {}],
  ["deno", {}],
  ["bun", {}],
  ["workerd-2024", {}],
  ["workerd", {}],
  ["workerd", { compatibilityFlags: ["no_handle_cross_request_promise_resolution"] }],
];

const [wanted = ""] = process.argv.slice(2);
const folder = join(root, "target", "bearerkit_traps");
const out = join(folder, "pkg");
await build({ out, cfg: "bearerkit_traps" });
await runHosts({
  project: packedProject(join(folder, "project"), out),
  hosts: hosts.filter(([name]) => (process.env.HOSTS ?? name).split(",").includes(name)),
  // A trap is set for all that the program does.
  alone: Object.fromEntries(Object.entries(scenarios).filter(([name]) => name.includes(wanted))),
  together: true,
});
