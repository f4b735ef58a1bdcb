// Identities that a platform vouches for; see identity.d.ts, which is the reference. Each function is asked in the context of the
// call that needs a token, keeps nothing, and gives a JWT or says why there is none.

const VERCEL_EXCHANGE = "https://oidc.vercel.com/~token";
/** What the platforms' own endpoints may take; the client's own time limit is on top of it. */
const TIME_LIMIT_MS = 5_000;

export async function vercel({ audience } = {}) {
  // Before anything is awaited: the context is the request's.
  const { headers } = globalThis[Symbol.for("@vercel/request-context")]?.get?.() ?? {};
  const given = headers?.["x-vercel-oidc-token"] ?? environment("VERCEL_OIDC_TOKEN");
  if (!given) {
    throw new Error("vercel: no identity here; is OIDC on in the settings of the project (locally: vercel env pull)?");
  }
  const token = jwt("vercel", given);
  if (audience === undefined) return token;
  const body = JSON.stringify({ token, aud: audience });
  const init = { method: "POST", headers: { "content-type": "application/json", accept: "application/json" }, body };
  return jwt("vercel", (await asked("vercel", VERCEL_EXCHANGE, init)).token);
}

export async function githubActions({ audience } = {}) {
  const url = environment("ACTIONS_ID_TOKEN_REQUEST_URL");
  const token = environment("ACTIONS_ID_TOKEN_REQUEST_TOKEN");
  if (!url || !token) {
    throw new Error("githubActions: no identity here; does the job have permissions: id-token: write?");
  }
  const place = new URL(url);
  if (audience !== undefined) place.searchParams.set("audience", audience);
  const init = { headers: { authorization: `Bearer ${token}`, accept: "application/json" } };
  return jwt("githubActions", (await asked("githubActions", place.href, init)).value);
}

export async function file(path) {
  let text;
  try {
    // By its name, so that a bundler for a host without files asks for no such module.
    const name = "node:fs/promises";
    const { readFile } = await import(/* @vite-ignore */ /* webpackIgnore: true */ name);
    text = await readFile(path, "utf8");
  } catch (thrown) {
    throw new Error(`file: ${path} cannot be read: ${thrown?.code ?? "this runtime has no files"}`);
  }
  return jwt("file", text);
}

export function variable(name) {
  const text = environment(name);
  if (!text) throw new Error(`variable: ${name} is not set`);
  return jwt("variable", text);
}

/** The answer of a platform's endpoint. What is in it is not told: it may be a token. */
async function asked(who, url, init) {
  let response, answer;
  try {
    response = await fetch(url, { ...init, redirect: "manual", signal: AbortSignal.timeout(TIME_LIMIT_MS) });
    answer = await response.json();
  } catch (thrown) {
    const why = thrown?.name === "TimeoutError" ? `no answer within ${TIME_LIMIT_MS / 1000} s` : "no JSON answer";
    const status = response ? `, status ${response.status}` : "";
    throw new Error(`${who}: ${why} from ${new URL(url).host}${status}`);
  }
  if (!response.ok) throw new Error(`${who}: ${new URL(url).host} answered ${response.status}`);
  return answer ?? {};
}

/** A JWT, without the line break at its end; what is none (an error page, an object) is not sent anywhere. */
function jwt(who, given) {
  const text = typeof given === "string" ? given.trim() : "";
  // Whether it has expired is the server's to say: the local clock may be wrong.
  if (!/^[\w-]+\.[\w-]+\.[\w-]+$/.test(text)) throw new Error(`${who}: what came is not a JWT`);
  return text;
}

/** `process` is not everywhere, and Deno may refuse a name. */
function environment(name) {
  try {
    return globalThis.process?.env?.[name] ?? globalThis.Deno?.env?.get(name);
  } catch {
    // Not allowed to know it.
  }
}
