import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { looksSecret } from "../check/names.js";
import { codeOf } from "./attempt.js";
import { ofUnauthorized } from "./challenge.js";
import { readContent } from "./environment.js";
import { Failure } from "./failure.js";
import { insist, prepare, trying } from "./prepare.js";
import { findingLines, whereToWrite } from "./problems.js";
import { withClient } from "./store.js";
import { clean, print, printJson, say, write } from "./streams.js";
import { warn } from "./token.js";

/** As much of a 401 is looked at. */
const MAX_LOOK = 64 * 1024;

/** `bearerkit fetch`: a request to the API, with the token. Its answer's body goes to standard output, byte for byte. */
export async function run(call) {
  const { words, options } = call;
  const url = words.at(-1);
  const isStdinTaken = words[0] === "-" && options.issuer === undefined;
  const init = requestOf(options, isStdinTaken);
  if (!isUrl(url)) {
    throw new Failure("the URL is not absolute", { remedy: "Write it as the last argument, https:// included." });
  }
  const prepared = await prepare(call);
  insist(prepared);
  warn(prepared, options);
  const response = await trying(prepared, () => withClient(prepared, (client) => answerOf(client, url, init)));
  const { status } = response;
  if (options.json) {
    const bytes = Buffer.from(await response.arrayBuffer());
    printAsJson(response, bytes, findingsOf(response, bytes, prepared));
    return status < 400 ? 0 : 1;
  }
  if (options.include) printHead(response);
  const seen = [];
  let length = 0;
  for await (const chunk of response.body ?? []) {
    if (status === 401 && length < MAX_LOOK) seen.push(chunk);
    length += chunk.length;
    await write(chunk);
  }
  if (status < 400) return 0;
  say(`bearerkit: the API answered ${status}`);
  const findings = findingsOf(response, Buffer.concat(seen), prepared);
  const where = whereToWrite(findings, prepared);
  for (const finding of findings) findingLines(finding).forEach(say);
  if (where) say(`  ${where}`);
  return 1;
}

/** What to do about a 401. */
function findingsOf({ status, headers }, bytes, { provider }) {
  if (status !== 401) return [];
  const text = bytes.subarray(0, MAX_LOOK).toString("utf8");
  return ofUnauthorized({ challenge: headers.get("www-authenticate"), text }, provider);
}

async function answerOf(client, url, init) {
  try {
    return await client.fetch(url, init);
  } catch (error) {
    if (error?.code === "ERR_ORIGIN") {
      throw new Failure(`the token may not go to ${new URL(url).origin}`, {
        code: "ERR_ORIGIN",
        remedy:
          'The profile says where it may: "resource_request": { "origins": [ … ] }. http: is for loopback and for what --allow-insecure=ORIGIN names.',
      });
    }
    if (error?.name === "AuthError") throw error;
    const code = codeOf(error);
    throw new Failure(`the API could not be reached${code ? ` (${code})` : ""}`, { code: "ERR_UNREACHABLE" });
  }
}

function isUrl(text) {
  try {
    return /^https?:$/.test(new URL(text).protocol);
  } catch {
    return false;
  }
}

function requestOf({ method, data, header = [] }, isStdinTaken) {
  const headers = new Headers();
  for (const line of header) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):\s*(.*)$/.exec(line) ?? [];
    if (!name) throw new Failure("-H needs name:value");
    if (looksSecret(name.toLowerCase())) {
      throw new Failure(`the header ${clean(name)} may hold a secret, and other users can see the command line`, {
        remedy:
          'Write it into the profile: "resource_request": { "headers": { … "{api_key}" } }, with its value in the environment.',
      });
    }
    headers.append(name, value);
  }
  const body = data === undefined ? undefined : bodyOf(data, isStdinTaken);
  if (body !== undefined && !headers.has("content-type")) {
    headers.set("content-type", isJson(body) ? "application/json" : "text/plain;charset=UTF-8");
  }
  const verb = (method ?? (body === undefined ? "GET" : "POST")).toUpperCase();
  if (!/^[A-Z]{1,20}$/.test(verb)) throw new Failure("-X needs a method, such as PUT");
  if (body !== undefined && (verb === "GET" || verb === "HEAD")) throw new Failure(`a ${verb} has no body`);
  return { method: verb, headers, ...(body !== undefined && { body }) };
}

function bodyOf(data, isStdinTaken) {
  if (data === "-") {
    if (isStdinTaken) throw new Failure("standard input cannot be the profile and the body");
    return readFileSync(0);
  }
  return data.startsWith("@") ? readContent(data.slice(1), "-d") : data;
}

function isJson(body) {
  try {
    return typeof JSON.parse(typeof body === "string" ? body : new TextDecoder().decode(body)) === "object";
  } catch {
    return false;
  }
}

function printHead({ status, statusText, headers }) {
  print(`HTTP ${status} ${clean(statusText)}`.trimEnd());
  for (const [name, value] of headers) print(`${name}: ${clean(value, 8192)}`);
  print("");
}

/** A body that is no text is there as base64. */
function printAsJson({ status, headers }, bytes, findings) {
  const text = bytes.toString("utf8");
  const body = Buffer.from(text, "utf8").equals(bytes) ? { body: text } : { bodyBase64: bytes.toString("base64") };
  const told = findings.length > 0 ? { findings } : {};
  printJson({ status, headers: Object.fromEntries(headers), ...body, ...told });
}
