// The pages of the JavaScript API, which typedoc makes of the package's types: www/reference/api/, not committed.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bin, pkg, root } from "./paths.mjs";
import { run, say } from "./say.mjs";

const OUT = join(root, "www", "reference", "api");
const WORK = join(root, "target", "typedoc");
/** The entries, by the name of their declarations. */
const ENTRIES = {
  index: "bearerkit",
  core: "bearerkit/core",
  identity: "bearerkit/identity",
  integrations: "bearerkit/integrations",
  stores: "bearerkit/stores",
  testing: "bearerkit/testing",
};
const OPTIONS = {
  plugin: ["typedoc-plugin-markdown"],
  logLevel: "Error",
  skipErrorChecking: true,
  readme: "none",
  disableSources: true,
  excludeExternals: true,
  groupOrder: ["Functions", "Interfaces", "Classes", "Type Aliases", "*"],
  outputFileStrategy: "modules",
  // An entry is called index, and gets the page of that name.
  entryFileName: "overview",
  hidePageHeader: true,
  hideBreadcrumbs: true,
  hidePageTitle: true,
  useCodeBlocks: true,
  useHTMLAnchors: true,
  parametersFormat: "table",
};

/** Writes them, where the types are newer. */
export async function writeApi() {
  const types = Object.keys(ENTRIES).map((name) => join(pkg, `${name}.d.ts`));
  const newest = Math.max(...[...types, join(root, "scripts", "reference.mjs")].map((path) => statSync(path).mtimeMs));
  const first = join(OUT, "index.md");
  if (existsSync(first) && statSync(first).mtimeMs > newest) return;
  say("typedoc: the reference of the JavaScript API");
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  writeFileSync(join(WORK, "tsconfig.json"), JSON.stringify(tsconfig(types)));
  const options = { ...OPTIONS, entryPoints: types, tsconfig: join(WORK, "tsconfig.json"), out: join(WORK, "out") };
  writeFileSync(join(WORK, "typedoc.json"), JSON.stringify(options));
  await run(bin("typedoc"), ["--options", join(WORK, "typedoc.json")], { cwd: root });
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT, { recursive: true });
  // The page that says whether all is written comes last.
  for (const [name, entry] of Object.entries(ENTRIES).reverse()) {
    writeFileSync(join(OUT, `${name}.md`), page(entry, readFileSync(join(WORK, "out", `${name}.md`), "utf8")));
  }
}

function page(entry, text) {
  // Nothing in it is a template of Vue's, whatever it looks like.
  return `---
outline: [2, 3]
editLink: false
---

# ${entry}

<div v-pre>

${text}
</div>
`;
}

function tsconfig(files) {
  const compilerOptions = {
    module: "nodenext",
    moduleResolution: "nodenext",
    target: "es2022",
    lib: ["es2022", "dom"],
    strict: true,
    skipLibCheck: true,
    types: [],
  };
  return { compilerOptions, files };
}
