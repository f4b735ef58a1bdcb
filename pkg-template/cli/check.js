import { attempt, bodyOf } from "./attempt.js";
import { describe, exitOf } from "./failure.js";
import { environmentName } from "./environment.js";
import { evidenceOf } from "./evidence.js";
import { findingsOf } from "./findings.js";
import { leftOut, prepare } from "./prepare.js";
import { hide } from "./redact.js";
import { isMinted } from "../check/names.js";
import { isChained, recordName } from "./store.js";
import { isOfMetadata, previewOf } from "./preview.js";
import { whereToWrite } from "./problems.js";
import { headLines, outcomeOrReason, requestLines } from "./report.js";
import { print, printJson } from "./streams.js";
import { tokenAs } from "./told.js";

/** `bearerkit check`: judges a profile, shows its requests, and tries it where there are credentials. */
export async function run(call) {
  const prepared = await prepare(call);
  let early;
  const report = await reportOf(prepared, call.options, (known) => {
    if (call.options.json) return;
    early = known;
    for (const line of headLines(early)) print(line);
  });
  if (call.options.json) printJson(report);
  else for (const line of laterLines(report, early)) print(line);
  return report.exit;
}

/** What was not printed before anything was sent. */
function* laterLines(report, early) {
  if (early === undefined) yield* headLines(report);
  else for (const request of report.requests.slice(early.requests.length)) yield* requestLines(request);
  yield* outcomeOrReason(report);
}

/** `tell`: called with what is known before anything is sent, the JWT that will be signed included. */
async function reportOf(prepared, { "no-send": isQuiet }, tell) {
  const { kind, label, provider, check, values, options, missing } = prepared;
  const report = {
    provider: { kind, label, name: provider?.name },
    problems: check.problems,
    warnings: check.warnings,
    variables: check.variables.map((one) => wantedAs(one, values, options)),
    credentials: check.credentials.map((one) => wantedAs(one, values, options)),
    requests: [],
    sent: false,
    exit: check.problems.length > 0 ? 2 : 0,
  };
  if (report.exit !== 0) return report;
  if (prepared.store) report.record = await recordOf(prepared);
  report.notSent = reasonNotToSend(prepared, isQuiet);
  if (report.notSent !== undefined) {
    const isPartial = !isQuiet && missing.length > 0 && [...values.values()].some(({ from }) => from === "environment");
    return { ...report, requests: previewOf(prepared, { isWhole: true }), exit: isPartial ? 2 : 0 };
  }
  const profile = typeof provider === "string" ? { token_endpoint: provider } : provider;
  // What an issuer's metadata decide is known only after they were asked for.
  tell({ ...report, requests: profile.issuer === undefined ? previewOf(prepared, {}) : [] });
  const seen = await attempt(options);
  const metadata = seen.exchanges.filter((exchange) => isOfMetadata(profile, exchange));
  const answers = metadata.filter(({ status }) => status !== undefined).map(answerOf);
  const requests = previewOf(prepared, { metadata: answers });
  const ofToken = seen.exchanges.slice(metadata.length);
  return { ...report, requests, sent: true, ...outcomeOf(prepared, seen, ofToken, profile) };
}

function wantedAs({ name, required, default: value, values: choices }, values, options) {
  const found = values.get(name)?.from;
  const from = found === "empty" ? undefined : found ?? (value === undefined ? undefined : "default");
  // What the command line says is no secret, and what the profile says is there for everyone to read.
  const isOpen = found === "command line" || (found === undefined && value !== undefined);
  return {
    name,
    environment: environmentName(name),
    required,
    from,
    ...(found === "empty" && { isEmpty: true }),
    ...(isOpen && { value: options.variables?.[name] ?? value }),
    ...(choices && { choices }),
  };
}

/** The fleet's record that these options lead to: `{ name }`, or the names that it cannot be said without, as `{ missing }`. */
async function recordOf(prepared) {
  const { missing } = prepared;
  return missing.length > 0 ? { missing: missing.map(environmentName) } : { name: await recordName(prepared) };
}

/** Why nothing is sent: an answer to whoever waits for one. */
function reasonNotToSend(prepared, isQuiet) {
  const { provider, check, missing, values } = prepared;
  if (isQuiet) return { reason: "asked not to" };
  if (missing.length > 0) {
    return { reason: "missing", missing: missing.map((name) => ({ name, environment: environmentName(name) })) };
  }
  if (isMinted(provider)) return { reason: "no request" };
  if (isChained(prepared)) return { reason: "the fleet's" };
  const isOpen = check.credentials.length === 0 && ![...values.values()].some(({ from }) => from === "environment");
  return isOpen ? { reason: "no credentials" } : undefined;
}

const answerOf = (exchange) => ({ status: exchange.status, headers: exchange.headers, body: bodyOf(exchange) });

/** `ofToken`: the exchanges that a token was asked for in. */
function outcomeOf(prepared, { token, error, explanation, exchanges }, ofToken, profile) {
  const last = ofToken.at(-1);
  hide([token?.value, token?.refreshToken, ...Object.values(token?.captured ?? {})]);
  const evidence = token ? evidenceOf(prepared.options, answerOf(last), last.sentAt) : undefined;
  const findings = findingsOf({ profile, exchanges: ofToken, token, error, evidence });
  const names = leftOut(prepared);
  if (error?.code === "ERR_REFUSED" && names.length > 0) {
    const reason = `${names.join(", ")} ${names.length > 1 ? "are" : "is"} not set, and left out`;
    findings.push({ reason, remedy: "the server may require more than was sent" });
  }
  return {
    answers: exchanges.map(({ status, failure, sentAt, receivedAt }) => ({
      status,
      failure,
      millis: receivedAt === undefined ? undefined : receivedAt - sentAt,
    })),
    ...clockOf(exchanges, explanation),
    ...(token && { token: tokenAs(token, explanation, evidence, last.sentAt, profile) }),
    ...(error && { error: describe(error) }),
    findings,
    where: whereToWrite(findings, prepared),
    exit: error ? exitOf(error) : 0,
  };
}

/** From here on a clock may be why a signature is refused. */
const CLOCK_BLAME_MS = 5000;

/** How far ahead of the server's the local clock is, in seconds; nothing where that is little or not known. */
function clockOf(exchanges, explanation) {
  const dated = exchanges.findLast(({ headers }) => headers?.date && !(headers.age > 0));
  const ahead = dated ? (dated.sentAt + dated.receivedAt) / 2 - Date.parse(dated.headers.date) : 0;
  if (!(Math.abs(ahead) >= CLOCK_BLAME_MS)) return {};
  return { clock: { ahead: ahead / 1000, isCorrected: Boolean(explanation?.clockSkew) } };
}
