import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));
export const pkg = join(root, "pkg");
export const tools = join(root, "target", "tools");
/** A command that npm installed. */
export const bin = (name) => join(root, "node_modules", ".bin", name);
/** A command that `npm run setup` built. */
export const tool = (name) => join(tools, "bin", name);
/** Whether the module is the script that was started. */
export const isMain = (meta) => process.argv[1] === fileURLToPath(meta.url);
