import { insist, prepare, trying } from "./prepare.js";
import { withClient } from "./store.js";
import { isTerminal, print, printJson, say } from "./streams.js";
import { kindOf } from "./tokens.js";

/** `bearerkit token`: the token and nothing else. */
export async function run(call) {
  const prepared = await prepare(call);
  insist(prepared);
  warn(prepared, call.options);
  const token = await trying(prepared, () => withClient(prepared, (client) => client.token()));
  const mayShow = call.options.show === true || !isTerminal();
  if (call.options.json) {
    const { tokenType, expiresAt, renewAt, scope, captured } = token;
    const value = mayShow ? token.value : undefined;
    printJson({ value, ...kindOf(token.value), tokenType, expiresAt, renewAt, scope, ...(mayShow && { captured }) });
  } else print(mayShow ? token.value : masked(token.value));
  if (!mayShow) say("The token is not shown on a terminal: use $(…) or a pipe, or add --show.");
  return 0;
}

/** What a token is called where it may not be seen. */
export function masked(value) {
  const { kind, length } = kindOf(value);
  return `(${kind === "opaque" ? "opaque token" : kind}, ${length} characters)`;
}

/** Warnings go beside the result. */
export function warn({ check }, { json }) {
  if (json) return;
  for (const { path, reason, remedy } of check.warnings) say(`bearerkit: ${path}: ${reason}; ${remedy}`);
}
