// An answer, explained: what the package makes of it with this profile, and why. The client, its clock and its advice are the
// package's own; the answer is handed to it by a `fetch` that sends nothing.
import { createClient } from "../../pkg/index.js";
import { parseChallenges } from "../../pkg/core.js";
import { ofUnauthorized } from "../../pkg/cli/challenge.js";
import { evidenceOf } from "../../pkg/cli/evidence.js";
import { findingsOf, rolesOf } from "../../pkg/cli/findings.js";
import { leavesOf } from "../../pkg/cli/leaves.js";
import { documentsOf } from "../../pkg/cli/reading.js";
import { tokenAs } from "../../pkg/cli/told.js";

/** As many clients draw their renewal point, so that one sees the window. */
const FLEET = 24;
const MAX_BODY = 1024 * 1024;
/** Of an API's answer as much is looked at. */
const MAX_WORDS = 64 * 1024;
const MAX_LEAVES = 60;
const MAX_VERDICT = 12;
/** Where nobody listens. The URLs of a profile may hold variables, and an answer is read without them. */
const NOWHERE = "https://token-endpoint.invalid/token";
const API = "https://api.invalid/";

let clients = 0;

/**
 * What someone pastes, as an answer: `{ status?, headers?, body }`. With a status line (`curl -i`, `curl -v`) it is all of it;
 * behind redirects and `100 Continue` the last one counts.
 */
export function readPasted(text) {
  const plain = text.replaceAll("\r\n", "\n").replace(/^[<>*] ?(?=HTTP\/|[\w-]+:|$)/gm, "");
  const start = /^HTTP\/[\d.]+ (\d{3})[^\n]*\n?/;
  let rest = plain.trimStart();
  let found = start.exec(rest);
  if (!found) return { body: text };
  for (;;) {
    const status = Number(found[1]);
    const behind = rest.slice(found[0].length);
    const end = behind.search(/^\n/m);
    const headers = (end < 0 ? behind : behind.slice(0, end)).trimEnd();
    const body = end < 0 ? "" : behind.slice(end + 1);
    found = start.exec(body.trimStart());
    if (!found) return { status, headers, body };
    rest = body.trimStart();
  }
}

/** `{ headers, wrong }`: names in lower case, several of a name joined; `wrong`: the lines that are no header. */
export function readHeaders(text) {
  const headers = {};
  const wrong = [];
  text.split(/\r?\n/).forEach((line, index) => {
    if (line.trim() === "" || /^HTTP\//.test(line)) return;
    const colon = line.indexOf(":");
    const key = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    if (!/^[!#$%&'*+.^`|~\w-]+$/.test(key)) return wrong.push(index + 1);
    const value = line.slice(colon + 1).trim();
    const said = Object.hasOwn(headers, key) ? `${headers[key]}, ${value}` : value;
    Object.defineProperty(headers, key, { value: said, enumerable: true, configurable: true, writable: true });
  });
  return { headers, wrong };
}

/** The places that an answer may be of: `[{ id, title }]`. */
export function placesOf(profile) {
  const steps = (profile?.steps ?? []).map((step, index) => ({
    id: `step-${index}`,
    title: `Step ${index + 1}${typeof step?.name === "string" ? `, ${step.name}` : ""}`,
  }));
  return [{ id: "token", title: "Token endpoint" }, ...steps, { id: "api", title: "API (a 401)" }];
}

/**
 * What is understood of it. `place`: the id of one of `placesOf`; `answer`: `{ status, headers, body }`.
 *
 * `{ kind: "token", token, sentAt, expiresAt, renewals, findings, leaves }`, `{ kind: "error", error, findings, leaves }`,
 * `{ kind: "step", captured, findings, leaves }`, or `{ kind: "api", isRenewed, challenges, findings }`.
 */
export async function explain(profile, place, answer) {
  const exchange = exchangeOf(answer);
  if (place === "api") return await explainApi(profile, answer);
  const index = place === "token" ? -1 : Number(place.slice("step-".length));
  const steps = profile.steps ?? [];
  const shape = steps[index] ?? profile;
  const outcome = await read(profile, shape, exchange, index >= 0);
  const exchanges = [...Array(index >= 0 ? index : steps.length).fill({ status: 200 }), exchange];
  const findings = findingsOf({ profile, exchanges, ...outcome.seen });
  const leaves = leavesFor(shape, exchange);
  return { ...outcome.told, findings, leaves };
}

/** What a client makes of the answer: `{ seen, told }`, for the package's advice and for the page. */
async function read(profile, shape, exchange, isStep) {
  if (isStep && Object.keys(shape.response?.capture ?? {}).length > 0) return await readStep(shape, exchange);
  const provider = bare(profile, shape);
  const { token, explanation, error, sentAt } = await ask(provider, exchange);
  if (error) return { seen: { error }, told: { kind: "error", error: errorAs(error) } };
  const evidence = evidenceOf({ provider }, bodyAs(exchange), sentAt);
  const told = tokenAs(token, explanation, evidence, sentAt, shape);
  const renewals = [told.renewedAfter];
  for (let count = 1; count < FLEET; count += 1) {
    const other = await ask(provider, exchange);
    if (other.token) renewals.push((other.explanation.renewAt.getTime() - other.sentAt) / 1000);
  }
  const expiresAfter = told.expiresAt ? (told.expiresAt.getTime() - sentAt) / 1000 : null;
  return {
    seen: { token, evidence },
    told: { kind: "token", token: told, expiresAfter, renewals: renewals.sort((one, other) => one - other) },
  };
}

/** A step is content with what it captures. */
async function readStep(shape, exchange) {
  const { response } = shape;
  const provider = { token_endpoint: NOWHERE, steps: [{ token_endpoint: NOWHERE, response }] };
  const { error, asked } = await ask(provider, exchange);
  // The request after the step was made: the step's answer was what it is to be.
  if (error && asked === 1) return { seen: { error }, told: { kind: "error", error: errorAs(error) } };
  return {
    seen: { token: undefined, error: undefined },
    told: { kind: "step", captured: Object.entries(response.capture).map(([name, pointer]) => ({ name, pointer })) },
  };
}

/** The profile as far as it says how answers are read. */
function bare({ refresh_margin, resource_request: _, token_endpoint }, { response }) {
  const isPlain = typeof token_endpoint === "string" && !/[{}]/.test(token_endpoint);
  return {
    token_endpoint: isPlain ? token_endpoint : NOWHERE,
    ...(response && { response }),
    ...(refresh_margin !== undefined && { refresh_margin }),
  };
}

/** A client of its own asks for a token and is given this answer. */
async function ask(provider, exchange) {
  clients += 1;
  let asked = 0;
  const client = createClient({
    provider,
    credentials: { client_id: `reader-${clients}`, client_secret: "-" },
    patience: 0,
    allowInsecure: true,
    fetch() {
      asked += 1;
      return asked === 1 ? Promise.resolve(responseOf(exchange)) : Promise.reject(new Error("there is one answer"));
    },
  });
  const sentAt = Date.now();
  try {
    const token = await client.token();
    return { token, explanation: client.explain(), asked, sentAt };
  } catch (error) {
    return { error, asked };
  } finally {
    client.close();
  }
}

/** Not a `Response`: a browser's takes neither every status nor `Set-Cookie`, and refuses headers that servers send. */
function responseOf({ status, headers, chunks }) {
  return {
    status,
    headers: new Map(Object.entries(headers)),
    body: new Blob(chunks).stream(),
    bodyUsed: false,
  };
}

/** A 401, or whatever the API answered: whether the client renews its token for it. */
async function explainApi(profile, { status, headers, body }) {
  const text = body.slice(0, MAX_WORDS);
  const answered = { status, headers, chunks: [new TextEncoder().encode(body)] };
  const { error, invalid_token_when } = profile.resource_request ?? {};
  const rules = { ...(error !== undefined && { error }), ...(invalid_token_when && { invalid_token_when }) };
  clients += 1;
  let tokens = 0;
  const client = createClient({
    provider: { token_endpoint: NOWHERE, resource_request: rules },
    credentials: { client_id: `reader-${clients}`, client_secret: "-" },
    origins: [new URL(API).origin],
    fetch(url) {
      if (!String(url).startsWith(NOWHERE)) return Promise.resolve(whole(answered));
      tokens += 1;
      return Promise.resolve(Response.json({ access_token: `token-${tokens}`, expires_in: 3600 }));
    },
  });
  try {
    await client.fetch(API);
  } finally {
    client.close();
  }
  const challenge = headers["www-authenticate"];
  return {
    kind: "api",
    isRenewed: tokens > 1,
    challenges: parseChallenges(challenge ?? ""),
    isUnread: challenge !== undefined && parseChallenges(challenge).length === 0,
    findings: ofUnauthorized({ challenge, text }, profile),
  };
}

/** The API's answer goes to whoever asked, so it is a real one where it can be. */
function whole({ status, headers, chunks }) {
  const isEmpty = [101, 204, 205, 304].includes(status);
  const kept = Object.entries(headers).filter(([name, value]) => isHeader(name, value));
  return new Response(isEmpty ? null : new Blob(chunks).stream(), { status: Math.max(200, status), headers: kept });
}

function isHeader(name, value) {
  try {
    return new Headers([[name, value]]) !== undefined;
  } catch {
    return false;
  }
}

/** As the package's command keeps an exchange. */
function exchangeOf({ status, headers, body }) {
  const bytes = new TextEncoder().encode(body);
  const isCut = bytes.length > MAX_BODY;
  // The client itself finds it too long.
  return { url: NOWHERE, status, headers, chunks: [bytes], isCut, sentAt: Date.now() };
}

const bodyAs = ({ status, headers, chunks: [body] }) => ({ status, headers, body });

const errorAs = ({ code, message, status, error, errorDescription, retryAt }) => ({
  code,
  message: message.replaceAll("token-endpoint.invalid", "the token endpoint"),
  status,
  error,
  errorDescription,
  ...(code === "ERR_RATE_LIMITED" && retryAt && { waitsFor: Math.ceil((retryAt.getTime() - Date.now()) / 1000) }),
});

/** Each member of the answer, and what it is read for: `[{ pointer, what, role }]`. No value is repeated. */
function leavesFor(shape, { headers, chunks: [bytes], isCut }) {
  if (isCut) return [];
  const roles = rolesOf(shape);
  const roleAt = (pointer) => roles.filter((one) => one.pointer === pointer).map(({ role }) => role).join(", ");
  const text = new TextDecoder().decode(bytes).trim();
  const documents = documentsOf(text);
  const { format = "json" } = shape.response ?? {};
  const own = documents.find(([kind]) => kind === format) ?? documents.find(([kind]) => kind !== "text");
  const ofBody = own ? leavesOf(own[1]).slice(0, MAX_LEAVES).map(({ pointer, value }) => ({ pointer, value })) : [];
  const ofHeaders = roles.filter(({ pointer }) => pointer.startsWith("header:")).flatMap(({ pointer }) => {
    const value = headers[pointer.slice("header:".length).toLowerCase()];
    return value === undefined ? [] : [{ pointer, value }];
  });
  return [...ofHeaders, ...ofBody].map(({ pointer, value }) => ({
    pointer: pointer || "the whole body",
    isWhole: pointer === "",
    isHeader: pointer.startsWith("header:"),
    // What may say whether the request succeeded; a longer text may be a secret.
    ...((typeof value !== "string" || value.length <= MAX_VERDICT) && { value }),
    what: typeof value === "string" ? `text of ${value.length} characters` : typeof value,
    role: roleAt(pointer),
  }));
}
