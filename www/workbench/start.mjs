// What the workbench starts from: a shipped profile, an empty one, what a link names.
import * as providers from "../../pkg/providers.js";
import { fileName } from "../../pkg/cli/names.js";
import { formatJson } from "./format.mjs";

export const EMPTY = formatJson({ token_endpoint: "https://login.example.com/oauth/token" });

/** The shipped profiles, by the name of their file: `[{ file, name, title, profile }]`; `name` is the export's. */
export const shipped = Object.entries(providers)
  .map(([name, profile]) => ({ file: fileName(name), name, title: profile.name ?? name, profile }))
  .sort((one, other) => one.title.localeCompare(other.title, "en", { sensitivity: "base" }));

export const DEFAULT = "auth0";

const texts = new Map();

/** The text of a shipped profile. */
export function textOf({ file, profile }) {
  if (!texts.has(file)) texts.set(file, formatJson(profile));
  return texts.get(file);
}

export const byFile = (file) => shipped.find((one) => one.file === file);

/** The shipped profile that a text is, to the letter or otherwise written. */
export function shippedAs(profile) {
  const same = JSON.stringify(profile);
  return shipped.find((one) => JSON.stringify(one.profile) === same);
}

/** `#profile=NAME`, and nothing else: no text that anyone typed is ever in a link. */
export const linkTo = (file) => `#profile=${file}`;

/** What a link's hash says: `{ file }`, or `{ file, message }` where it cannot be followed. */
export function startOf(hash) {
  if (hash === "" || hash === "#") return { file: DEFAULT };
  const [, named] = /^#profile=(.*)$/.exec(hash) ?? [];
  if (named === undefined) {
    return { file: DEFAULT, message: "The link names no profile. The workbench opened Auth0 instead." };
  }
  const wanted = decoded(named);
  const found = byFile(wanted) ?? shipped.find(({ name }) => name === wanted);
  if (found) return { file: found.file };
  // What a link holds is anyone's text: no more of it is repeated than a name has.
  const said = /^[\w-]{1,40}$/.test(wanted) ? `no profile named ${wanted}` : "no profile of the name in the link";
  return { file: DEFAULT, message: `There is ${said}. The workbench opened Auth0 instead.` };
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
