// Runs one snippet to its end, and if it serves, asks it once: `node run.mjs PROGRAM.mjs`. The last line says, as JSON, what
// the scripted server was asked for and what the snippet served.
import http from "node:http";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { count } from "./engines.mjs";
import { env, fake } from "./world.mjs";

const request = () => new Request("https://worker.example/");
const pending = [];
const context = { waitUntil: (promise) => pending.push(promise), passThroughOnException() {}, props: {} };
/** Whoever serves: functions that resolve to the status of one request. */
const servers = [];

const { listen } = http.Server.prototype;
http.Server.prototype.listen = function (...args) {
  const ready = args.find((arg) => typeof arg === "function");
  servers.push(() =>
    new Promise((resolve, reject) => {
      listen.call(this, 0, "127.0.0.1", () => {
        ready?.call(this);
        const asked = http.get({ port: this.address().port, host: "127.0.0.1", path: "/" }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        asked.once("error", reject);
      });
    })
  );
  return this;
};
if (globalThis.Deno) {
  Deno.serve = (...args) => {
    const serve = args.find((arg) => typeof arg === "function") ?? args[0].handler;
    servers.push(async () => await statusOf(serve(request(), {})));
    return { finished: Promise.resolve(), shutdown: async () => {} };
  };
}
if (globalThis.Bun) {
  Bun.serve = ({ fetch, routes }) => {
    const serve = fetch ?? Object.values(routes)[0];
    servers.push(async () => await statusOf(serve(request())));
    return { url: new URL("http://localhost:3000"), port: 3000, stop() {} };
  };
}

async function statusOf(answer) {
  const response = await answer;
  if (response instanceof Response) return response.status;
  throw new Error(`a server answered with what is no Response: ${response}`);
}

const module = await import(pathToFileURL(process.argv[2]).href);
const { default: main } = module;
if (typeof main?.fetch === "function") servers.push(() => statusOf(main.fetch(request(), env, context)));
for (const name of ["GET", "POST", "loader", "onRequestGet"]) {
  if (typeof module[name] === "function") servers.push(() => statusOf(module[name](request(), { env })));
}
if (typeof main === "function" && process.env.SNIPPET_CALLS_DEFAULT) {
  servers.push(() => statusOf(main(request(), context)));
}
if (typeof main?.scheduled === "function") await main.scheduled({ cron: "", scheduledTime: Date.now() }, env, context);

const statuses = [];
for (const serve of servers) statuses.push(await serve());
await Promise.all(pending);
const records = process.env.SNIPPET_SHARES ? await count() : 0;
const calls = fake.calls.map(({ kind, status }) => `${kind} ${status}`);
console.log(`\n${JSON.stringify({ statuses, calls, records })}`);
process.exit();
