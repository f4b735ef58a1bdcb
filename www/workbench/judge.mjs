// A text, judged: what the package says of it, and what one click does about each problem.
import { checkText } from "../../pkg/check.js";
import { readJson } from "../../pkg/check/json.js";
import { isObject } from "../../pkg/check/places.js";
import { mendsWith } from "./mends.mjs";

/** The longest shipped profile has 1,600 characters. */
export const MAX_LENGTH = 16 * 1024;

/**
 * `{ problems, check, profile?, isObject }`; `profile` where there are no problems, `problems` with the warnings, each with a
 * `severity` and `mends`.
 */
export function judge(text) {
  if (text.length > MAX_LENGTH) {
    return refusal(
      `the text has ${text.length.toLocaleString("en")} characters`,
      "a profile usually has a few hundred",
    );
  }
  if (text.trim() === "") {
    return refusal(
      "the profile is empty",
      'begin with { "token_endpoint": "https://…" }, or start from a shipped profile',
    );
  }
  try {
    return judged(text);
  } catch {
    // The check throws for no profile; if it does, that is its bug, and the page goes on.
    return refusal("this text could not be checked", "undo the last change");
  }
}

function judged(text) {
  const check = checkText(text);
  const read = readJson(text, "provider");
  const problems = [
    ...check.problems.map((problem) => ({ ...problem, severity: "error" })),
    ...check.warnings.map((problem) => ({ ...problem, severity: "warning" })),
  ].map((problem) => ({ ...problem, mends: mendsWith(problem, read) }));
  const isGood = check.problems.length === 0;
  return {
    problems,
    check,
    ...(isGood && { profile: JSON.parse(text.replace(/^\uFEFF/, "")) }),
    isObject: isObject(read.value) && !Array.isArray(read.value),
  };
}

function refusal(reason, remedy) {
  const problem = { path: "provider", reason, remedy, line: 1, column: 1, severity: "error", mends: [] };
  return { problems: [problem], check: { variables: [], credentials: [] }, isObject: false };
}
