import { bin } from "../paths.mjs";
import { run } from "../say.mjs";
import { listen } from "./child.mjs";
import { environment, writeLauncher } from "./host.mjs";

export async function startBun({ folder, program, project, env, ca }) {
  const launcher = writeLauncher({ folder, program }, "bun");
  // Bun would fetch from the registry what it does not find.
  const child = await listen(bin("bun"), ["--no-install", launcher], { cwd: project, env: environment(env, ca) });
  return { ...child, version: (await run(bin("bun"), ["--version"])).trim() };
}
