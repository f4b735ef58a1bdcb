import { parseArgs } from "node:util";
import { looksSecret } from "../check/names.js";
import { nearest } from "../check/spelling.js";
import { environmentName } from "./environment.js";
import { Failure } from "./failure.js";

const text = { type: "string" };
const texts = { type: "string", multiple: true };
const flag = { type: "boolean" };
/** A flag that may be told to whom it applies: `--allow-insecure=http://keycloak:8080`. */
const flagFor = { type: "boolean", multiple: true };

const ALWAYS = { help: { ...flag, short: "h" }, json: flag };
export const OF_A_PROVIDER = {
  variable: texts,
  scope: texts,
  resource: texts,
  parameter: texts,
  issuer: text,
  timeout: text,
  "env-file": texts,
  "allow-insecure": flagFor,
  store: text,
  name: text,
  "credentials-function": flag,
};
/** The options of each command, and how many words it takes beside a provider. */
const CALLS = {
  check: { options: { ...OF_A_PROVIDER, "no-send": flag }, words: 0 },
  token: { options: { ...OF_A_PROVIDER, show: flag }, words: 0 },
  header: { options: { ...OF_A_PROVIDER, show: flag }, words: 0 },
  fetch: {
    options: {
      ...OF_A_PROVIDER,
      method: { ...text, short: "X" },
      data: { ...text, short: "d" },
      header: { ...texts, short: "H" },
      include: { ...flag, short: "i" },
    },
    words: 1,
  },
  list: { options: {}, words: 0 },
};

/** `{ command, words, options }`. Nothing that is not understood is repeated: it may be a secret. */
export function readCall(args, commands) {
  const [command] = args;
  if (command === undefined || command.startsWith("-")) return readWithoutCommand(args);
  if (!commands.includes(command)) {
    const near = nearest(command, commands);
    const remedy = near ? `Is it ${near}? There are ${commands.join(", ")}.` : `There are ${commands.join(", ")}.`;
    throw new Failure("there is no such command", { remedy });
  }
  const call = CALLS[command];
  const known = { ...ALWAYS, ...call.options };
  const { options, words } = read(args.slice(1), known, command);
  if (options.help) return { command, options, words };
  const wanted = command === "list" ? 0 : call.words + (options.issuer === undefined ? 1 : 0);
  if (words.length !== wanted) {
    const isVariable = call.options.variable && words.some((word) => /^\w+=/.test(word));
    const remedy = isVariable ? "A variable is given as --variable NAME=VALUE." : seeHelp(command);
    throw new Failure(countOf(command, words.length, wanted, options), { remedy });
  }
  return { command, options, words };
}

function readWithoutCommand(args) {
  const { options, words } = read(args, { ...ALWAYS, version: { ...flag, short: "V" } }, undefined);
  if (words.length > 0) throw new Failure("the command comes first", { remedy: seeHelp() });
  return { command: undefined, options, words };
}

const seeHelp = (command) => `See bearerkit ${command ? `${command} ` : ""}--help.`;

function countOf(command, found, wanted, { issuer }) {
  if (found > wanted) {
    return issuer === undefined
      ? "there are too many arguments (put a value with spaces in quotes)"
      : "--issuer takes the place of a provider";
  }
  if (command === "fetch" && found + 1 === wanted && issuer === undefined) return "it takes a provider and a URL";
  return command === "fetch" && issuer !== undefined
    ? "it takes a URL"
    : "it takes a provider: a name, a file or a URL";
}

function read(args, known, command) {
  const { tokens } = parseArgs({ args, options: known, strict: false, tokens: true });
  const options = {};
  const words = [];
  for (const token of tokens) {
    if (token.kind === "positional") words.push(token.value);
    if (token.kind !== "option") continue;
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    if (!option) throw unknownOption(token, known, command);
    const name = token.rawName;
    if (option.type === "boolean") {
      const { value } = token;
      if (value !== undefined && !option.multiple) {
        throw new Failure(`${name} takes no value`, { remedy: seeHelp(command) });
      }
      const before = options[token.name];
      if (option.multiple && before !== undefined && (before === true) !== (value === undefined)) {
        throw new Failure(`${name} is given both with a value and without`, { remedy: seeHelp(command) });
      }
      options[token.name] = value === undefined ? true : [...(before ?? []), value];
      continue;
    }
    if (token.value === undefined || (!token.inlineValue && token.value.startsWith("--"))) {
      throw new Failure(`${name} needs a value`, { remedy: seeHelp(command) });
    }
    if (option.multiple) (options[token.name] ??= []).push(token.value);
    else if (options[token.name] !== undefined) {
      throw new Failure(`${name} is given twice`, { remedy: seeHelp(command) });
    } else options[token.name] = token.value;
  }
  return { options, words };
}

function unknownOption({ name, rawName }, known, command) {
  const credential = name.replaceAll("-", "_");
  if (["u", "user", "credential", "credentials"].includes(name)) return secretRefused(["client_id", "client_secret"]);
  if (name.length > 1 && looksSecret(credential)) return secretRefused([credential]);
  const near = nearest(name, Object.keys(known));
  const isPlain = /^--?[a-z][a-z0-9-]{0,30}$/.test(rawName);
  const isVariable = !near && isPlain && name.length > 1 && known.variable;
  const remedy = near
    ? `Is it --${near}? `
    : isVariable
    ? `A variable of the profile is given as --variable ${name.replaceAll("-", "_")}=… `
    : "";
  return new Failure(isPlain ? `there is no option ${rawName}` : "there is no such option", {
    remedy: remedy + seeHelp(command),
  });
}

/** A credential where others can read it. */
export function secretRefused(names) {
  const variables = names.map(environmentName).join(" and ");
  return new Failure("a secret does not belong on the command line, where other users and the shell's history see it", {
    remedy: `Set ${variables} in the environment, or in a file that --env-file names.`,
  });
}
