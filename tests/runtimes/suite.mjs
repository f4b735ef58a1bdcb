// The suite: one program (scripts/runtimes.mjs) that tests bearerkit in the runtime it runs in, against the scripted
// server of scripts/loopback.mjs.
//
//   GET /                                the names of the tests, as JSON; those in `alone` want no other beside them
//   GET /run/<name>?origin=…&ns=…        runs one of them in its own namespace of that server; answers { ok, error? }
//   GET /signatures                      signs with every key of vectors.mjs; run.mjs judges
//   GET /print?origin=…&ns=…             prints what a user might print; run.mjs looks for secrets in the output
import "./suite/memory.mjs"; // before the package
import "./suite/timers.mjs"; // too
import { answers } from "./suite/answers.mjs";
import { cases } from "./suite/cases.mjs";
import { challenges } from "./suite/challenges.mjs";
import { contexts } from "./suite/contexts.mjs";
import { core } from "./suite/core.mjs";
import { failures } from "./suite/failures.mjs";
import { injection } from "./suite/injection.mjs";
import { signatures } from "./suite/keys.mjs";
import { lifecycle } from "./suite/lifecycle.mjs";
import { options } from "./suite/options.mjs";
import { origins } from "./suite/origins.mjs";
import { providers } from "./suite/providers.mjs";
import { repeats } from "./suite/repeats.mjs";
import { replay } from "./suite/replay.mjs";
import { requests } from "./suite/requests.mjs";
import { secrecy } from "./suite/secrecy.mjs";
import { crowd, sharing } from "./suite/sharing.mjs";
import { sources } from "./suite/sources.mjs";
import { print } from "./suite/print.mjs";
import { why } from "./suite/why.mjs";
import { createWorld } from "./suite/world.mjs";

const beside = {
  ...providers,
  ...cases,
  ...lifecycle,
  ...sharing,
  ...sources,
  ...repeats,
  ...requests,
  ...contexts,
  ...answers,
  ...challenges,
  ...replay,
  ...origins,
  ...failures,
  ...why,
  ...options,
  ...injection,
  ...core,
  ...secrecy,
};
const tests = { ...beside, ...crowd };

export default {
  async fetch(request) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === "/signatures") return Response.json(await signatures());
    if (pathname === "/") return Response.json({ beside: Object.keys(beside), alone: Object.keys(crowd) });
    const run = pathname === "/print" ? print : tests[decodeURIComponent(pathname.slice("/run/".length))];
    if (!run) return Response.json({ ok: false, error: `no such test: ${pathname}` }, { status: 404 });
    try {
      await run(createWorld(searchParams.get("origin"), searchParams.get("ns")));
      return Response.json({ ok: true });
    } catch (error) {
      return Response.json({ ok: false, error: String(error?.stack?.includes(error.message) ? error.stack : error) });
    }
  },
};
