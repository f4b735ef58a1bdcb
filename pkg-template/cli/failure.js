import { redact } from "./redact.js";
import { clean, printJson, say } from "./streams.js";

/** What ends a command. `remedy`: what to do about it. `further`: lines below it, for people; `about`: the same as JSON. */
export class Failure extends Error {
  constructor(message, { code = "ERR_USAGE", remedy, further = [], about = {} } = {}) {
    super(message);
    this.code = code;
    this.remedy = remedy;
    this.further = further;
    this.about = about;
  }
}

/** 1: the server said no. 2: nothing was sent. 3: the server could not be asked. 4: a bug. */
const EXITS = {
  ERR_USAGE: 2,
  ERR_PROFILE: 2,
  ERR_OPTIONS: 2,
  ERR_ORIGIN: 2,
  ERR_REFUSED: 1,
  ERR_BAD_RESPONSE: 1,
  ERR_RATE_LIMITED: 3,
  ERR_UNREACHABLE: 3,
  ERR_TIMEOUT: 3,
  ERR_FETCH: 3,
};

export const exitOf = (thrown) => EXITS[thrown?.code] ?? 4;

export function tellFailure(thrown, isJson) {
  if (isJson) return printJson({ error: describe(thrown) });
  const isKnown = thrown?.code in EXITS;
  say(
    `bearerkit: ${
      clean(isKnown ? messageOf(thrown) : `internal error, please report it: ${thrown?.name ?? "unknown"}`)
    }`,
  );
  if (thrown.remedy) say(`  ${thrown.remedy}`);
  for (const line of thrown.further ?? []) say(line);
  const retryAt = askedToWait(thrown);
  if (retryAt) say(`  Send no request before ${retryAt.toISOString()}.`);
  if (!isKnown) say(stackOf(thrown));
}

/** Until when the server wants to be left alone. A back-off of the client's own means nothing to the next call. */
export const askedToWait = ({ code, retryAt }) => code === "ERR_RATE_LIMITED" ? retryAt : undefined;

/** The server's words are in it; the core takes out what it knows, here it is looked for in more forms. */
function messageOf({ message, error, errorDescription }) {
  return [errorDescription, error].filter(Boolean).reduce(
    (text, said) => text.replace(said, () => redact(said)),
    message,
  );
}

/** An error as `--json` shows it. */
export function describe(thrown) {
  if (!(thrown?.code in EXITS)) return { code: "ERR_BUG", message: thrown?.name ?? "unknown", stack: stackOf(thrown) };
  const { code, status, remedy, about } = thrown;
  const [error, errorDescription] = [thrown.error, thrown.errorDescription].map((said) => said && redact(said));
  return {
    code,
    message: messageOf(thrown),
    remedy,
    status,
    error,
    errorDescription,
    retryAt: askedToWait(thrown),
    ...about,
  };
}

/** Where it happened, without the words: what a runtime says of an error may quote a secret. */
function stackOf(thrown) {
  return String(thrown?.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 8).join("\n");
}
