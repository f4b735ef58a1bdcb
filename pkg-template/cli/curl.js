// A request as a curl command, which runs in a shell that has the variables.
import { shown } from "./masks.js";

/** `request`: `{ method, url, headers, body }` with marks in it. */
export function curlOf({ method, url, headers, body }, masks) {
  const lines = [];
  const rest = Object.entries(headers);
  const isForm = headers["content-type"] === "application/x-www-form-urlencoded" && body !== null;
  const [place, query] = splitQuery(url, masks);
  lines.push(`curl${methodOf(method, body, query)} ${word(masks.pieces(place))}`);
  for (const [name, value] of rest) {
    if (isForm && name === "content-type") continue;
    lines.push(header(name, value, masks));
  }
  let document = "";
  if (isForm) lines.push(...pairs(body, masks));
  else if (query) lines.push(...pairs(query, masks));
  if (body !== null && !isForm) {
    if (masks.has(body)) document = `\n${heredoc(masks.pieces(body))}`;
    lines.push(document ? "--data-binary @- <<EOF" : `-d ${word([body])}`);
  }
  return lines.join(" \\\n  ") + document;
}

/** curl sends a POST by itself where there is a body. */
function methodOf(method, body, query) {
  const get = query ? " -G" : "";
  return `${get}${method === "POST" && body === null ? " -X POST" : ""}`;
}

/** A query that has a secret in it is encoded by curl. */
function splitQuery(url, masks) {
  const at = url.indexOf("?");
  return at >= 0 && masks.has(url.slice(at)) ? [url.slice(0, at), url.slice(at + 1)] : [url, ""];
}

function header(name, value, masks) {
  const encoded = decoded(value, masks);
  if (!encoded) return `-H ${word(masks.pieces(`${name}: ${value}`))}`;
  const { scheme, text } = encoded;
  if (name === "authorization" && scheme === "Basic" && text.includes(":")) return `-u ${word(masks.pieces(text))}`;
  const inner = `$(printf %s ${word(masks.pieces(text))} | base64 | tr -d '\\n')`;
  return `-H "${name}: ${scheme ? `${scheme} ` : ""}${inner}"`;
}

/** `{ scheme, text }` of a header whose value is base64 of something with marks in it. */
export function decoded(value, masks) {
  const [, scheme, base64] = /^(?:(\S+) )?([A-Za-z0-9+/]+={0,2})$/.exec(value) ?? [];
  if (!base64) return undefined;
  try {
    const text = new TextDecoder().decode(Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0)));
    return masks.has(text) ? { scheme, text } : undefined;
  } catch {
    return undefined;
  }
}

function pairs(form, masks) {
  return form.split("&").map((pair) => {
    const at = pair.indexOf("=");
    const [name, value] = [pair.slice(0, at), plain(pair.slice(at + 1))];
    const needsEncoding = masks.has(value) || !/^[\w.~*-]*$/.test(value);
    return `${needsEncoding ? "--data-urlencode" : "-d"} ${word([`${name}=`, ...masks.pieces(value)])}`;
  });
}

const plain = (text) => decodeURIComponent(text.replaceAll("+", " "));

/** One word of a shell: as it is, in single quotes, or in double quotes where variables are in it. */
function word(pieces) {
  if (pieces.every((piece) => typeof piece === "string")) {
    return quoted(pieces.join(""));
  }
  const escaped = (text) => text.replace(/[\\"$`]/g, "\\$&");
  return `"${
    pieces.map((piece, index) => typeof piece === "string" ? escaped(piece) : variable(piece, pieces[index + 1])).join(
      "",
    )
  }"`;
}

/** A text as one word of a shell. */
export const quoted = (text) => /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;

/** `$NAME`, or `${NAME}` where the next character would be taken for a part of it. */
function variable({ variable: name }, next) {
  if (!/^\w+$/.test(name)) return name;
  return typeof next === "string" && /^\w/.test(next) ? `\${${name}}` : `$${name}`;
}

function heredoc(pieces) {
  const escaped = (text) => text.replace(/[\\$`]/g, "\\$&");
  const text = pieces.map((piece, index) =>
    typeof piece === "string" ? escaped(piece) : variable(piece, pieces[index + 1])
  );
  return `${text.join("")}\nEOF`;
}

/** The request as a program reads it: every value that is secret is `$NAME`. */
export function shownRequest({ method, url, headers, body }, masks) {
  const text = (value) => shown(masks.pieces(value));
  const show = (value) => {
    const encoded = decoded(value, masks);
    return encoded ? `${encoded.scheme ? `${encoded.scheme} ` : ""}base64(${text(encoded.text)})` : text(value);
  };
  return {
    method,
    url: text(url),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, show(value)])),
    body: body === null ? null : text(body),
  };
}
