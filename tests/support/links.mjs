// Where the links of a Markdown text lead to.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/paths.mjs";

/** What a link to a file that is not beside the text begins with: the crate's own `repository`. */
const repository = /^repository = "(.*)"$/m.exec(readFileSync(join(root, "Cargo.toml"), "utf8"))[1];

/** The links: `{ file, anchor }` to a place beside the text (`file` is "" for the text itself), `{ tracked }` into the repository. */
export function linksOf(text) {
  const prose = text.replace(/^```.*?^```/gms, "").replace(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target]) => {
    const [, tracked] = target.startsWith(`${repository}/`) ? /\/(?:blob|tree)\/main\/([^#]+)/.exec(target) ?? [] : [];
    if (tracked) return [{ target, tracked }];
    if (/^[a-z]+:/.test(target)) return [];
    const [file, anchor] = target.split("#");
    return [{ target, file, anchor }];
  });
}

/** The anchors that GitHub, npm and rustdoc make of its headings. */
export function anchorsOf(text) {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, "").trim().replace(/\s/g, "-")
  );
}
