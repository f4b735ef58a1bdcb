// The requests of a profile as one reads them: HTTP, and a curl command. Made by the package, with the names of variables in the
// place of what is secret.
import { previewOf, refreshPreviewOf } from "../../pkg/cli/preview.js";

/**
 * `{ requests, refresh?, message? }`; each request is `{ title, http, curl, note?, assertion?, brings? }`.
 *
 * @param check What `checkProvider` says of the profile: it has no problems.
 * @param variables What the reader gives the variables of the profile; empty ones are names.
 * @param metadata What the issuer was said to answer, as text.
 */
export function requestsOf(profile, check, { variables = {}, scope = "", metadata } = {}) {
  const given = Object.fromEntries(Object.entries(variables).filter(([, value]) => value !== ""));
  const values = new Map(Object.entries(given).map(([name, value]) => [name, { value, from: "command line" }]));
  const options = { variables: given, ...(scope.trim() && { scope: scope.trim().split(/\s+/) }) };
  const prepared = { provider: profile, check, values, options };
  const answers = metadata === undefined ? [] : [{ status: 200, headers: {}, body: metadata }];
  try {
    const requests = previewOf(prepared, { isWhole: true, metadata: answers }).map(shown);
    const refresh = refreshPreviewOf(prepared, { metadata: answers });
    return { requests, ...(refresh && { refresh: shown(refresh) }) };
  } catch (error) {
    return { requests: [], message: error?.message ?? "The request cannot be made." };
  }
}

const shown = (request) => ({ ...request, http: httpOf(request) });

/** `POST /token HTTP/1.1` and what follows. */
export function httpOf({ method, url, headers, body }) {
  const [, host = "", path = ""] = /^https?:\/\/([^/?#]*)(.*)$/.exec(url) ?? [];
  const lines = [`${method} ${path.startsWith("/") ? path : `/${path}`} HTTP/1.1`, `host: ${host || url}`];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  if (body !== null) lines.push("", body);
  return lines.join("\n");
}
