// node tests/hostile/run.mjs [host…] [--mode=part of a name]: the packed package against a server that means ill.
//
// A mode is `{ at, expect, strike | connect | refuses | certificate | tlsOptions, … }`:
//   at            the endpoint that is ill: "token" or "api"
//   expect        what DESIGN §7 promises of it (modes/expected.mjs)
//   hosts         where a runtime cannot: host -> [what is expected there, why]
//   over          "http", "https" or both
//   profile       further members of the provider
//   init          of the call; `signal`: after so many milliseconds
//
// Each mode is met by a client of its own. It has to end in time in what is expected; nothing that anyone can see of it
// shows a secret or a token; another client is served at once; and the same client is served once the server behaves and
// the cooldown is over.
import { cpSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/paths.mjs";
import { packedProject, startRuntime } from "../../scripts/runtimes.mjs";
import { differences } from "./differences.mjs";
import { modes } from "./modes.mjs";
import { startHostile } from "./server.mjs";

const HOSTS = ["node", "deno", "bun", "workerd"];
/** Whose fetch is another's. */
const KIN = { "workerd-2024": "workerd", "edge-runtime": "node" };
const AT_ONCE = 10;
/** The time limit of a token request, in seconds: where it is expected to pass, and where it is not. */
const SHORT = 1;
const LONG = 8;
/** What a call may take longer than the limits that it meets: three other runtimes share two cores with it. */
const SLACK_MS = 2500;
/** A connection whose answer is not read on is closed by then. */
const FREED_MS = 3000;
const CALL_MS = 20_000;
/** Longer than any cooldown, and than the tokens. */
const LATER_MS = 2 * 3_600_000;
const SECRETS = { client_secret: "h0stile s3cret/+ü&%~", api_key: "k3y=of+the/api?" };

const hosts = process.argv.slice(2).filter((name) => !name.startsWith("--"));
const wanted = process.argv.find((name) => name.startsWith("--mode="))?.slice(7) ?? "";
const server = await startHostile();
const project = packedProject(join(root, "target", "hostile"));
for (const folder of ["hostile", "runtimes"]) {
  cpSync(join(root, "tests", folder), join(project, "tests", folder), { recursive: true, force: true });
}
const ca = join(project, "ca.pem");
writeFileSync(ca, server.ca);

const chosen = modes.filter(({ name }) => name.includes(wanted));
const started = Date.now();
const crowds = await Promise.all((hosts.length > 0 ? hosts : HOSTS).map(meetAll));
// What failed in the crowd has to hold when it is alone: two cores cannot keep every time limit for four runtimes.
for (const { meetings, meetOne } of crowds) {
  for (const meeting of meetings.filter(({ problems }) => problems.length > 0)) {
    console.log(`once more, alone: ${title(meeting)}: ${meeting.problems[0]}`);
    await meetOne(meeting);
  }
}
await Promise.all(crowds.map(meetLater));
server.close();

let failed = 0;
let passed = 0;
for (const { label, meetings } of crowds) {
  const failures = meetings.filter(({ problems }) => problems.length > 0);
  failed += failures.length;
  passed += meetings.length - failures.length;
  console.log(`${label}: ${meetings.length - failures.length} of ${meetings.length}`);
  for (const meeting of failures) console.log(`  ✗ ${title(meeting)}\n    ${meeting.problems.join("\n    ")}`);
}
const seconds = ((Date.now() - started) / 1000).toFixed(0);
const outcome = failed > 0 ? "met" : "passed";
console.log(
  `${chosen.length} modes x ${crowds.length} hosts ${outcome} in ${seconds} s: ${passed} passed, ${failed} failed`,
);
process.exit(failed > 0 || passed === 0 ? 1 : 0);

function title({ mode, over, host }) {
  return `${host}, ${mode.at}, ${over}: ${mode.name}`;
}

/** All modes in one runtime. */
async function meetAll(host) {
  const runtime = await startRuntime(host, { project, program: join(project, "tests", "hostile", "program.mjs"), ca });
  const ask = async (way, body) => {
    const init = { method: "POST", body: JSON.stringify(body), signal: AbortSignal.timeout(CALL_MS) };
    try {
      return await (await fetch(`${runtime.origin}/${way}`, init)).json();
    } catch (error) {
      return { failed: `${way}: ${error}\n${runtime.output().slice(-1000)}` };
    }
  };
  const meetOne = (meeting) => meet(meeting, ask);
  const meetings = chosen.flatMap((mode) => (mode.over ?? ["http"]).map((over) => ({ mode, over, host, times: 0 })));
  await eachOf(meetings, meetOne);
  return { label: `${host} ${runtime.version}`, runtime, ask, meetings, meetOne };
}

/** The same clients, once the server behaves and every cooldown is over. */
async function meetLater({ runtime, ask, meetings }) {
  await ask("later", { millis: LATER_MS });
  await eachOf(meetings, async ({ place, problems }) => {
    await place.heal();
    const again = await ask("again", { name: place.name });
    if (again.status !== 200) problems.push(`later the same client gets ${JSON.stringify(again)}`);
    if (place.calls.some(({ headers }) => headers.cookie !== undefined)) problems.push("a cookie was sent");
  });
  await runtime.stop();
}

async function eachOf(items, visit) {
  const queue = [...items];
  await Promise.all(Array.from({ length: AT_ONCE }, async () => {
    for (let item; (item = queue.shift());) await visit(item);
  }));
}

/** One mode in one runtime; `problems`: what was not as it should be. */
async function meet(meeting, ask) {
  const { mode, over, host } = meeting;
  meeting.times += 1;
  const name = `${host}-${modes.indexOf(mode)}-${over}-${meeting.times}`;
  const place = await server.open(name, mode, over);
  const healthy = await server.open(`${name}-healthy`, { at: "none" }, over);
  place.secrets = SECRETS;
  const [expect] = mode.hosts?.[KIN[host] ?? host] ?? [mode.expect];
  const options = {
    provider: { token_endpoint: place.token, ...mode.profile },
    credentials: { client_id: "hostile-client", ...SECRETS },
    name,
    timeout: mode.at === "token" && mayTimeOut(expect) ? SHORT : LONG,
    patience: 0,
    allowInsecure: true,
  };
  const answered = await ask("strike", { name, options, url: place.api, init: mode.init, at: mode.at, healthy });
  Object.assign(meeting, { place, problems: [] });
  if (answered.failed) return meeting.problems.push(answered.failed);
  // An API has no time limit but the caller's, and what a look at its 401 may take.
  const limit = (mode.at === "token" ? 1000 * SHORT : mode.init?.signal ?? 2000) + SLACK_MS;
  if (!await areClosed(place.floods)) meeting.problems.push("its connection is still open");
  meeting.problems.push(
    ...differences({ mode, host, expect, answered, place, limit, secrets: Object.values(SECRETS) }),
  );
}

/** Whether what nobody wants any more is not received any more. */
async function areClosed(sockets) {
  const areOpen = () => [...sockets].some((socket) => !socket.destroyed);
  for (const end = Date.now() + FREED_MS; areOpen() && Date.now() < end;) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return !areOpen();
}

function mayTimeOut({ either, code }) {
  return either ? either.some(mayTimeOut) : code === "ERR_TIMEOUT";
}
