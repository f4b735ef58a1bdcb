// Where a profile comes from: shipped, a file, standard input, a token endpoint, an issuer.
import { existsSync, readFileSync } from "node:fs";
import { readText } from "./environment.js";
import { Failure } from "./failure.js";
import { fileName } from "./names.js";
import { nearest, plain } from "../check/spelling.js";

const NO_FILE =
  'Check the path. A profile of your own begins with { "token_endpoint": "https://…" }; bearerkit list shows the shipped ones.';

/** The shipped profiles: `[{ name, file, profile }]`. */
export async function shipped() {
  const providers = await import("../providers.js");
  return Object.entries(providers).map(([name, profile]) => ({ name, file: fileName(name), profile }));
}

/**
 * `{ kind, label, provider, file? }`, or instead of the provider the `text` that it has to be read from. `file`: what a
 * shipped one is called in the package.
 *
 * @param word The provider as the command line names it; with `issuer` there is none.
 */
export async function readSource(word, { issuer }) {
  if (issuer !== undefined) return { kind: "issuer", label: withoutSecrets(issuer), provider: { issuer } };
  if (word === "-") return ofText("standard input", readFileSync(0, "utf8"));
  if (/^https?:\/\//i.test(word)) return { kind: "endpoint", label: withoutSecrets(word), provider: word };
  const known = await shipped();
  const same = (name) => plain(name) === plain(word);
  const found = known.find(({ name, file }) => same(name) || same(file));
  const isPath = /[\\/]|\.json$/i.test(word);
  if (found && !isPath) return { kind: "profile", label: found.name, file: found.file, provider: found.profile };
  if (isPath || existsSync(word)) return ofText(word, readText(word, "the profile", NO_FILE));
  const near = nearest(word, known.map(({ name }) => name));
  throw new Failure("there is no shipped provider and no file of that name", {
    remedy: `${near ? `Is it ${near}? ` : ""}See bearerkit list; a profile of your own is a path, such as ./acme.json.`,
  });
}

/** A URL without what may be secret in it. */
const withoutSecrets = (text) => text.replace(/[?#][^]*$/, "").replace(/\/\/.*@/, "//");

function ofText(label, text) {
  return { kind: "profile", label, text };
}
