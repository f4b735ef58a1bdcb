// Credentials and variables from the environment: `{client_id}` of a profile is BEARERKIT_CLIENT_ID.
import { readFileSync } from "node:fs";
import process from "node:process";
import { Failure } from "./failure.js";
import { environmentName, PREFIX } from "./names.js";
import { clean } from "./streams.js";

export { environmentName };

/** Name -> value of all that begins with BEARERKIT_. As with Node's option of that name, the environment wins over a file. */
export function readEnvironment(files = []) {
  const found = new Map();
  for (const file of files) {
    for (const [name, value] of parseFile(readText(file, "--env-file"))) found.set(name, value);
  }
  for (const [name, value] of Object.entries(process.env)) found.set(name, value);
  for (const name of found.keys()) if (!name.startsWith(PREFIX)) found.delete(name);
  return found;
}

export const readText = (path, option, remedy) => readContent(path, option, "utf8", remedy);

/** A file's bytes, or its text; a failure says the path, what the system calls the error, and what to do if there is no file. */
export function readContent(path, option, encoding, remedy) {
  try {
    return readFileSync(path, encoding);
  } catch (error) {
    const isMissing = error.code === "ENOENT";
    throw new Failure(`${option}: ${clean(path)} cannot be read (${error.code ?? error.name})`, {
      ...(isMissing && { remedy: remedy ?? "There is no such file: check the path." }),
    });
  }
}

/** The key itself, where its variable names a file: `@key.pem`. */
export function keyOf(value, name) {
  return value.startsWith("@") ? readText(value.slice(1), environmentName(name)) : value;
}

/** `NAME=value` a line; quotes may hold line breaks, and double ones `\n`. */
function* parseFile(text) {
  const line =
    /^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_]*)[ \t]*=[ \t]*("(?:\\.|[^"\\])*"|'[^']*'|`[^`]*`|[^\n]*)/gm;
  for (const [, name, raw] of text.replaceAll("\r\n", "\n").matchAll(line)) {
    const quote = raw[0];
    if (quote === '"' && raw.length > 1) {
      yield [name, raw.slice(1, -1).replaceAll("\\n", "\n").replace(/\\(["\\])/g, "$1")];
    } else if ((quote === "'" || quote === "`") && raw.length > 1) yield [name, raw.slice(1, -1)];
    else yield [name, raw.replace(/(^|\s)#.*$/, "").trim()];
  }
}
