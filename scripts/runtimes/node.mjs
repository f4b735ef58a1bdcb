import { listen } from "./child.mjs";
import { environment, writeLauncher } from "./host.mjs";

export async function startNode({ folder, program, project, env, ca }) {
  const launcher = writeLauncher({ folder, program }, "node");
  const child = await listen(process.execPath, [launcher], { cwd: project, env: environment(env, ca) });
  return { ...child, version: process.version };
}
