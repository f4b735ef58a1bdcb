// What `check` found, as people read it.
import { clean } from "./clean.js";
import { findingLines, linesOf } from "./problems.js";
import { evidenceWords, placeWords } from "./told.js";
import { span } from "./tokens.js";

/** What is known before anything is sent. */
export function* headLines(report) {
  const { provider, problems, warnings, requests } = report;
  const name = clean(provider.name ?? provider.label);
  const count = problems.length;
  if (count > 0) yield `${name}: ${count} ${count === 1 ? "problem" : "problems"}.`;
  else yield `${name}${KINDS[provider.kind]}`;
  for (const problem of problems) yield* linesOf(problem);
  if (warnings.length > 0) {
    yield "";
    yield "Worth checking";
    for (const warning of warnings) yield* linesOf(warning);
  }
  yield* wantedLines(report);
  if (report.record) yield* recordLines(report.record);
  for (const request of requests) yield* requestLines(request);
}

/** What came of it. */
export function* outcomeOrReason(report) {
  yield "";
  if (report.sent) yield* outcomeLines(report);
  else yield* notSentLines(report);
}

const KINDS = {
  profile: ": the profile is valid.",
  endpoint: ", as a plain OAuth 2.0 server.",
  issuer: ", according to its metadata.",
};

function* wantedLines({ variables, credentials }) {
  const width = Math.max(0, ...[...variables, ...credentials].map(({ name }) => name.length));
  const widths = Math.max(0, ...[...variables, ...credentials].map(({ environment }) => environment.length));
  const row = ({ name, environment }, state) => `  ${name.padEnd(width)}  ${environment.padEnd(widths)}  ${state}`;
  if (variables.length > 0) {
    yield "";
    yield "Variables, from --variable name=value or the environment";
    for (const one of variables) yield clean(row(one, stateOf(one)));
  }
  if (credentials.length > 0) {
    yield "";
    yield "Credentials, from the environment";
    for (const one of credentials) yield clean(row(one, stateOf(one)));
  }
}

function stateOf({ required, from, isEmpty, value, choices }) {
  const among = choices ? `, one of ${choices.join(", ")}` : "";
  if (isEmpty) return "set, but empty";
  if (from === "environment") return "given";
  if (from === "command line") return `${value}${among}`;
  if (from === "default") return `${value} (by default${among})`;
  return (required ? "missing" : "not given") + among;
}

function* recordLines({ name, missing }) {
  yield "";
  yield "The record in the shared store";
  if (name === undefined) yield `  its name cannot be said without ${missing.map((one) => clean(one)).join(", ")}`;
  else yield `  ${name}`;
}

export function* requestLines({ title, curl, note, assertion, brings }) {
  yield "";
  yield brings?.length > 0
    ? `${clean(title)}, which returns ${brings.map((name) => clean(name)).join(", ")}`
    : clean(title);
  // Not indented: the end of a here-document stands at the margin.
  for (const line of curl.split("\n")) yield clean(line, 4000);
  if (note) yield `  ${note}`;
  if (!assertion) return;
  yield `  ASSERTION is a JWT, created for each request and signed with ${assertion.alg} by ${assertion.key}:`;
  yield `    header ${clean(JSON.stringify(assertion.header), 2000)}`;
  yield `    claims ${clean(JSON.stringify(assertion.claims), 2000)}`;
}

function* notSentLines({ problems, notSent }) {
  if (problems.length > 0) yield "Nothing was sent.";
  else if (notSent.reason === "missing") {
    yield `Nothing was sent: ${notSent.missing.map(({ environment }) => environment).join(", ")} not set.`;
  } else if (notSent.reason === "the fleet's") {
    yield "Nothing was sent: the refresh token is the fleet's, and a second use could revoke it. bearerkit token takes part.";
  } else if (notSent.reason === "no credentials") yield "Nothing was sent: the profile names no credentials.";
  else if (notSent.reason === "no request") yield "Nothing was sent: `bearerkit token` signs the token.";
  else yield "Nothing was sent, as asked.";
}

function* outcomeLines({ answers, clock, token, error, findings, where }) {
  const many = answers.length > 1;
  for (const [index, { status, failure, millis }] of answers.entries()) {
    const what = many ? `Request ${index + 1}` : "It";
    if (status === undefined) yield `Sent. ${what} got no answer${failure ? ` (${failure})` : ""}.`;
    else yield `${index === 0 ? "Sent. " : ""}${what} answered ${status} in ${millis} ms.`;
  }
  if (clock) yield* clockLines(clock);
  if (token) yield* tokenLines(token);
  if (error) yield* errorLines(error);
  if (findings.length === 0) {
    if (token) yield "Nothing else in the answer looks like a token, an expiry or an error.";
    return;
  }
  yield "";
  yield token ? "Not used" : "What to do";
  for (const finding of findings) yield* findingLines(finding);
  if (where) yield `  ${where}`;
}

function* clockLines({ ahead, isCorrected }) {
  const how = ahead > 0 ? "ahead of" : "behind";
  yield `This machine's clock is ${span(Math.round(Math.abs(ahead)))} ${how} the server's: correct it.`;
  if (isCorrected) yield "The JWT was refused, and accepted once it was signed by the server's clock.";
}

function* tokenLines(token) {
  const { tokenType, lifetime, renewedAfter, notUsedAfter, refreshToken, scope, captured } = token;
  const row = (name, value) => `  ${name.padEnd(15)}${clean(value)}`;
  yield row("token", placeWords(token));
  yield row("token type", tokenType);
  yield row("lifetime", `${span(lifetime.seconds)}, ${evidenceWords(token)}`);
  yield row("renewed", `after ${span(renewedAfter)}`);
  yield row("not used", `after ${span(notUsedAfter)}`);
  yield row("refresh token", refreshToken ? "yes" : "no");
  yield row("scope", scope ?? "not stated");
  if (captured.length > 0) yield row("captured", captured.join(", "));
}

function* errorLines({ code, message, retryAt }) {
  yield `  ${code}: ${clean(message)}`;
  if (retryAt) yield `  Send no request before ${retryAt.toISOString()}.`;
}
