// The script that keeps the site for a browser without a network. Its list of files, and so its own bytes, change with
// each build; browsers then fetch it anew.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

export function serviceWorker(folder, paths) {
  const kept = paths.filter((path) => path !== "sw.js" && path !== "404.html");
  const hash = createHash("sha256");
  for (const path of kept) hash.update(path).update(readFileSync(join(folder, path)));
  const source = readFileSync(new URL("./sw.js", import.meta.url), "utf8");
  return source
    .replace('"VERSION"', JSON.stringify(hash.digest("hex").slice(0, 12)))
    .replace('["FILES"]', JSON.stringify(kept));
}
