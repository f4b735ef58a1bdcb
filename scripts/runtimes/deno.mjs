import { bin } from "../paths.mjs";
import { run } from "../say.mjs";
import { listen } from "./child.mjs";
import { environment, writeLauncher } from "./host.mjs";

/** From the local node_modules and no network, with no more permission than the README promises. */
export const DENO_ARGS = ["run", "--quiet", "--no-prompt", "--no-lock", "--cached-only", "--node-modules-dir=manual"];
const PERMISSIONS = ["--allow-net", "--allow-env"];

export async function startDeno({ folder, program, project, env, ca }) {
  const launcher = writeLauncher({ folder, program }, "deno");
  const child = await listen(bin("deno"), [...DENO_ARGS, ...PERMISSIONS, launcher], {
    cwd: project,
    env: environment(env, ca),
  });
  const [version] = (await run(bin("deno"), ["--version"])).match(/\d\S*/);
  return { ...child, version };
}
