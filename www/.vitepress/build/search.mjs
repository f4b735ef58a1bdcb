// What the search finds. VitePress looks for each page's file; the pages of the providers have none, they are made of JSON.
import { basename, dirname } from "node:path";
import { facts } from "../providers/page.mjs";
import { camelCase, profiles } from "../../../scripts/profiles.mjs";

let known;

/** The sections of the page of a provider; `undefined`: it is another page. */
function sectionsOf(path) {
  if (basename(dirname(path)) !== "providers") return undefined;
  known ??= { all: profiles(), facts: facts() };
  const found = known.all.find(({ file }) => file === basename(path, ".md"));
  if (!found) return undefined;
  const { file, profile, variables, credentials } = found;
  const { aliases = [], console: place = "" } = known.facts[file] ?? {};
  const names = [...variables, ...credentials].map(({ name }) => name);
  const text = [camelCase(file), file, ...aliases, ...names, place].join(" ");
  return [{ anchor: "", titles: [profile.name], text }];
}

export const search = {
  provider: "local",
  options: {
    detailedView: false,
    miniSearch: {
      _splitIntoSections: sectionsOf,
      searchOptions: { fuzzy: 0.2, prefix: true, boost: { title: 4, text: 2, titles: 1 } },
    },
  },
};
