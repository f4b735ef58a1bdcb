// A scripted token endpoint and its API for each case: `/NAME/token` and `/NAME/data`. The first token lives some seconds.
import { createServer } from "node:http";
import process from "node:process";

const FIRST_LIFETIME = 4;
const LATER_LIFETIME = 3600;

/** `{ origin, of(name), close() }`; `of` has what was issued under a name, and its switches. */
export async function startAuthority() {
  const cases = new Map();
  const of = (name) => {
    if (!cases.has(name)) cases.set(name, { issued: 0, expiresAt: 0, refuses: false });
    return cases.get(name);
  };
  const server = createServer((request, response) => {
    request.resume();
    const [, name, what] = new URL(request.url, "http://localhost").pathname.split("/");
    if (what === "token") issue(of(name), name, response);
    else answer(of(name), name, request, response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    of,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function issue(known, name, response) {
  known.issued += 1;
  known.refuses = false;
  const lifetime = known.issued === 1 ? FIRST_LIFETIME : LATER_LIFETIME;
  known.expiresAt = Date.now() + lifetime * 1000;
  response.setHeader("content-type", "application/json");
  response.end(JSON.stringify({ access_token: `${name}.${known.issued}`, expires_in: lifetime }));
}

/** Of all tokens the newest alone counts, and not for ever. */
function answer(known, name, request, response) {
  const isLive = request.headers.authorization === `Bearer ${name}.${known.issued}` && Date.now() < known.expiresAt;
  response.statusCode = isLive && !known.refuses ? 200 : 401;
  if (response.statusCode === 401) response.setHeader("www-authenticate", 'Bearer error="invalid_token"');
  response.end(`${response.statusCode} for ${name}`);
}

/** Started by itself, it says where it listens: for test runners, which ask from a process of their own. */
if (process.argv[1] === import.meta.filename) {
  const { origin } = await startAuthority();
  console.log(origin);
}
