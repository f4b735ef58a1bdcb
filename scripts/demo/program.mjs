// The main job, as a user would write it; every runtime runs this same file. `job` is what `npm run demo` asks for.
import { createClient } from "bearerkit";
import * as providers from "bearerkit/providers";

export default {
  async fetch(request, env) {
    const job = await request.json();
    try {
      return Response.json(await run(job, env));
    } catch (error) {
      return Response.json({ error: `${error.name}: ${error.message}` }, { status: 500 });
    }
  },
};

async function run(job, env) {
  const seen = { token_request: 0, unauthorized: 0, token_error: 0 };
  const client = createClient({
    provider: job.profile ?? providers[job.provider],
    credentials: JSON.parse(env.CREDENTIALS),
    variables: job.variables,
    scope: job.scope,
    allowInsecure: job.allowInsecure,
    fetch: job.loopback && ((input, init) => fetch(toLoopback(job.loopback, input), init)),
    onEvent: (event) => seen[event.type] = (seen[event.type] ?? 0) + 1,
  });

  // The herd: a hundred callers at once, one token request.
  const herd = await Promise.all(Array.from({ length: 100 }, () => client.token()));
  const herdTokens = new Set(herd.map((token) => token.value)).size;
  const herdRequests = seen.token_request;

  // Calls, while the token grows stale and is renewed.
  const statuses = [];
  const call = async () => job.api && statuses.push(await statusOf(await client.fetch(job.api)));
  const end = Date.now() + job.millis;
  do {
    await call();
    await new Promise((resolve) => setTimeout(resolve, 150));
  } while (Date.now() < end);
  const renewals = seen.token_request - herdRequests;

  // Every token is refused from now on, as after a rotation of keys; without a server to ask for that, the token is forgotten.
  const before = seen.token_request;
  if (job.loopback) await fetch(`${job.loopback}/_control/revoke-all`, { method: "POST" });
  else client.invalidate();
  await client.token();
  await call();
  const served = statuses.filter((status) => status >= 200 && status < 300).length;
  const recoveries = job.loopback ? seen.unauthorized : seen.token_request - before;
  return {
    herdTokens,
    herdRequests,
    tokenRequests: seen.token_request,
    calls: statuses.length,
    served,
    renewals,
    recoveries,
  };
}

/** The providers' own URLs, served by the scripted server: https://host/path -> http://127.0.0.1:port/ns/…/host/path */
function toLoopback(loopback, url) {
  const { host, pathname, search } = new URL(url);
  return `${loopback}/${host}${pathname}${search}`;
}

async function statusOf(response) {
  await response.arrayBuffer();
  return response.status;
}
