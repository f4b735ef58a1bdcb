import { chownSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { spawn } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import pg from "pg";
import { freePort } from "../../support/serve.mjs";
import { programOf, versionsIn } from "./debian.mjs";

export const TABLE =
  "create table bearerkit_tokens (name text primary key, value text not null, expires timestamptz not null)";

/** A server of its own in a folder of its own, on a free port; it does not run as root. */
export async function startPostgres() {
  const initdb = await programOf(
    "initdb",
    "postgresql",
    () => versionsIn("/usr/lib/postgresql").map((folder) => join(folder, "bin")),
  );
  const folder = mkdtempSync(join(tmpdir(), "bearerkit-postgres-"));
  const user = process.getuid() === 0 ? someone() : {};
  if (user.uid) chownSync(folder, user.uid, user.gid);
  const options = { ...user, cwd: folder, stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, LC_ALL: "C" } };
  const place = join(folder, "db");
  await ended(spawn(initdb, ["-D", place, "-A", "trust", "-U", "test", "--no-sync"], options));
  const port = await freePort();
  const args = ["-D", place, "-p", String(port), "-k", folder, "-h", "127.0.0.1", "-c", "fsync=off"];
  const server = spawn(join(dirname(initdb), "postgres"), args, options);
  const kill = () => server.kill("SIGKILL");
  process.once("exit", kill);
  await until(server, /ready to accept connections/);
  const pool = new pg.Pool({ host: "127.0.0.1", port, user: "test", database: "postgres", max: 20 });
  pool.on("error", () => {});
  return {
    pool,
    freeze: () => signal(server.pid, "SIGSTOP"),
    thaw: () => signal(server.pid, "SIGCONT"),
    async stop() {
      await pool.end();
      const gone = new Promise((resolve) => server.once("close", resolve));
      // At once: nobody needs what is in it.
      server.kill("SIGQUIT");
      await gone;
      process.off("exit", kill);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** To the server, and to its processes for each connection. */
function signal(pid, name) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").map(Number);
  for (const one of [pid, ...children]) process.kill(one, name);
}

/** PostgreSQL refuses to run as root. */
function someone() {
  const users = readFileSync("/etc/passwd", "utf8").split("\n").map((line) => line.split(":"));
  const [, , uid, gid] = users.find(([name]) => name === "postgres") ?? users.find(([name]) => name === "nobody");
  return { uid: Number(uid), gid: Number(gid) };
}

function ended(child) {
  const output = outputOf(child);
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => code === 0 ? resolve() : reject(new Error(`it ended with ${code}\n${output()}`)));
  });
}

function until(child, wanted) {
  const output = outputOf(child);
  return new Promise((resolve, reject) => {
    child.stderr.on("data", () => wanted.test(output()) && resolve());
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`it ended with ${code}\n${output()}`)));
  });
}

function outputOf(child) {
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding("utf8").on("data", (text) => output += text);
  return () => output;
}
