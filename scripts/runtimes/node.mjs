import { listen } from "./child.mjs";
import { environment, writeLauncher } from "./host.mjs";

/** `conditions`: which of the package's entries are taken before Node's own. */
export async function startNode({ folder, program, project, env, ca, conditions = [] }) {
  const launcher = writeLauncher({ folder, program }, "node");
  const flags = conditions.map((name) => `--conditions=${name}`);
  const child = await listen(process.execPath, [...flags, launcher], { cwd: project, env: environment(env, ca) });
  return { ...child, version: process.version };
}
