// `npm run demo`: the same small program on every runtime against the six profiles, played by a scripted server on loopback.
// `npm run demo -- --provider FILE.json [--url API] [--scope S] [--variable NAME=VALUE]… [--allow-insecure]`: the same job
// against a server of one's own, with credentials from the environment (BEARERKIT_CLIENT_ID is the credential `client_id`).
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "./paths.mjs";
import { say } from "./say.mjs";
import { setup } from "./setup.mjs";

/** Tokens live for so many seconds here, so that one sees them being renewed. */
const LIFETIME = 4;

const PROVIDERS = [
  { provider: "fuse", name: "Fuse", api: "https://api.fuse.me/v1/accounts" },
  {
    provider: "basicTokenV2",
    name: "basic token v2",
    variables: { base_url: "https://basic.example" },
    api: "https://basic.example/v1/me",
  },
  { provider: "apsisOne", name: "APSIS One", api: "https://api.apsis.one/audience/keyspaces" },
  { provider: "fuuffy", name: "Fuuffy", api: "https://api-gateway.fuuffy.com/v1/orders" },
  {
    provider: "fusio",
    name: "Fusio",
    scope: ["authorization", "backend"],
    variables: { base_url: "https://fusio.example" },
    api: "https://fusio.example/todo",
  },
  {
    provider: "fusioLogin",
    name: "Fusio, by login",
    variables: { base_url: "https://fusio.example" },
    api: "https://fusio.example/todo",
  },
];

const { values: options } = parseArgs({
  options: {
    provider: { type: "string" },
    url: { type: "string" },
    scope: { type: "string" },
    variable: { type: "string", multiple: true, default: [] },
    "allow-insecure": { type: "boolean", default: false },
    runtime: { type: "string", multiple: true },
  },
});

await setup();
const { build } = await import("./build.mjs");
await build();
const { packedProject, RUNTIMES, startRuntime } = await import("./runtimes.mjs");
const { fakeProvider, fakeCredentials } = await import("../pkg-template/testing.js");
const { startLoopback } = await import("./loopback.mjs");

const project = join(root, "target", "demo");
mkdirSync(project, { recursive: true });
packedProject(project);
cpSync(join(root, "scripts", "demo", "program.mjs"), join(project, "program.mjs"));
const program = join(project, "program.mjs");

const loopback = options.provider ? undefined : await startLoopback(fakeProvider());
const jobs = options.provider ? [ownJob()] : PROVIDERS.map((entry) => ({ ...entry, millis: LIFETIME * 1000 + 500 }));
const credentials = options.provider ? ownCredentials() : fakeCredentials;

const COLUMNS = [
  "runtime",
  "provider",
  "100 callers at once",
  "token requests",
  "API calls served",
  "renewals",
  options.provider ? "after invalidate()" : "401s recovered",
  "",
];
const widths = [24, 16, 20, 15, 17, 9, 18, 0];
const row = (cells) => console.log(cells.map((cell, index) => String(cell).padEnd(widths[index])).join(" ").trimEnd());

say(
  `${jobs.length} provider${jobs.length > 1 ? "s" : ""} on ${
    (options.runtime ?? RUNTIMES).length
  } runtimes; tokens live ${options.provider ? "as long as the server says" : `${LIFETIME} s`}`,
);
console.log();
row(COLUMNS);
row(widths.map((width, index) => "-".repeat(index < 7 ? width : 4)));
let good = 0;
let bad = 0;
for (const name of options.runtime ?? RUNTIMES) {
  const runtime = await startRuntime(name, { project, program, env: { CREDENTIALS: JSON.stringify(credentials) } });
  try {
    for (const cell of await Promise.all(jobs.map((job) => carryOut(runtime, job)))) {
      good += cell.ok;
      bad += !cell.ok;
      row([`${name} ${runtime.version.replace(/ .*/, "")}`, ...cell.cells]);
    }
  } finally {
    await runtime.stop();
  }
}
await loopback?.close();
const claim = options.provider
  ? ": one token request for a herd, every call served, another token once the first was forgotten"
  : ": one token request for a herd, every call served, every token renewed in time, every 401 cured";
console.log(
  `\n${good} of ${good + bad} cells hold${bad ? `; ${bad} do not` : claim}`,
);
process.exit(bad ? 1 : 0);

async function carryOut(runtime, job) {
  const space = loopback && `${loopback.origin}/ns/${runtime.name}-${job.provider}`;
  if (space) await post(`${space}/_control/options`, { lifetime: LIFETIME });
  const response = await post(runtime.origin, { ...job, loopback: space });
  const found = await response.json();
  if (found.error) return { ok: false, cells: [job.name, found.error] };
  // What the server saw is the truth; what the client says of itself is compared with it.
  const calls = space ? await (await fetch(`${space}/_control/calls`)).json() : [];
  const tokenRequests = space
    ? calls.filter(({ kind }) => kind === "token" || kind === "login").length
    : found.tokenRequests;
  const ok = found.herdTokens === 1 && found.herdRequests === 1 && tokenRequests === found.tokenRequests &&
    found.served === found.calls && found.recoveries === 1 && (!space || found.renewals >= 1);
  return {
    ok,
    cells: [
      job.name,
      `1 token, ${found.herdRequests} request`,
      tokenRequests,
      `${found.served} of ${found.calls}`,
      found.renewals,
      found.recoveries,
      ok ? "ok" : "NOT OK",
    ],
  };
}

function post(url, body) {
  return fetch(url, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } });
}

function ownJob() {
  const profile = JSON.parse(readFileSync(options.provider, "utf8"));
  return {
    profile,
    provider: "own",
    name: profile.name ?? "your own",
    api: options.url,
    scope: options.scope?.split(" "),
    variables: Object.fromEntries(
      options.variable.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    ),
    allowInsecure: options["allow-insecure"],
    millis: 500,
  };
}

function ownCredentials() {
  const own = Object.entries(process.env).filter(([name]) => name.startsWith("BEARERKIT_"));
  if (own.length === 0) {
    console.error(
      "no credentials: set BEARERKIT_CLIENT_ID and BEARERKIT_CLIENT_SECRET (BEARERKIT_<NAME> is the credential <name>)",
    );
    process.exit(2);
  }
  return Object.fromEntries(own.map(([name, value]) => [name.slice("BEARERKIT_".length).toLowerCase(), value]));
}
