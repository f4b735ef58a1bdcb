// Every snippet and command of the README, the crate's page and the guide, in the place where it stands. What is done with each
// language is in `CHECKS`; tests/snippets/blocks.mjs has the comments that say otherwise.
//
//   node --test tests/snippets.test.mjs
//   PAGE=errors node --test tests/snippets.test.mjs     the pages with that word in their path
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { after, before, describe, test } from "node:test";
import { root } from "../scripts/paths.mjs";
import { blocksOf, programsOf } from "./snippets/blocks.mjs";
import { commandFolder, runCommands } from "./snippets/commands.mjs";
import { rustdocTest } from "./snippets/rust.mjs";
import {
  denoCheck,
  hostOf,
  LANGUAGES,
  place,
  runProgram,
  sharesCounted,
  snippetProject,
  typeChecker,
} from "./snippets/programs.mjs";

const GUIDE = join(root, "www", "guide");
const RECIPE_TESTS = join(import.meta.dirname, "recipes.test.mjs");
const PAGES = [
  "README.md",
  "src/README.md",
  ...readdirSync(GUIDE).filter((name) => name.endsWith(".md")).sort().map((name) => `www/guide/${name}`),
].filter((page) => existsSync(join(root, page)) && page.includes(process.env.PAGE ?? ""));

/** The pages that tests/recipes.test.mjs runs, each as the one project that it is: here they are compiled. */
const RECIPES = existsSync(RECIPE_TESTS)
  ? [...readFileSync(RECIPE_TESTS, "utf8").matchAll(/\brecipe\((?:"[\w-]+", )?"([\w-]+)"\)/g)]
    .map(([, name]) => `www/guide/${name}.md`)
  : [];

const TYPED = ["ts", "tsx"];
const SHELL = ["sh", "bash", "console"];
const JSON_LIKE = ["json", "jsonc"];
/** What nobody runs: an answer, a log, a drawing. */
const PROSE = ["text", "http", "diff", "md", "sql"];

let project, commands, check, checkProvider;

before(async () => {
  project = snippetProject(mkdtempSync(join(tmpdir(), "bearerkit-snippets-")));
  commands = commandFolder(project);
  check = typeChecker(project);
  ({ checkProvider } = await import(pathToFileURL(join(project, "node_modules", "bearerkit", "core.js"))));
});
after(() => rmSync(project, { recursive: true, force: true }));

const all = PAGES.flatMap((page) => blocksOf(page));

for (const page of PAGES) {
  const blocks = all.filter((block) => block.page === page);
  const folder = () => join(project, page.replaceAll(/\W/g, "-"));
  describe(page, () => {
    before(() => mkdirSync(folder()));
    const programs = programsOf(blocks.filter(({ language, notRun }) => LANGUAGES.includes(language) && !notRun));
    const typed = programs.filter(({ language, notRun }) => TYPED.includes(language) && !notRun);
    // The whole page at once: its files know each other.
    if (typed.length > 0) test("its TypeScript compiles", () => assertTypes(folder(), typed));
    if (blocks.some(({ language }) => language === "rust")) test("its Rust compiles and runs", () => rustdocTest(page));

    for (const block of blocks.filter(({ notRun }) => !notRun)) {
      const place = `line ${block.line}${block.file ? `, ${block.file}` : ""}`;
      test(`${place}: ${block.language}`, async () => {
        const program = programs.find(({ line }) => line === block.line);
        const checks = RECIPES.includes(page) ? RECIPE_CHECKS : CHECKS;
        await checks[kindOf(block.language)](program ?? block, folder());
      });
    }
  });
}

function kindOf(language) {
  if (LANGUAGES.includes(language)) return "program";
  if (SHELL.includes(language)) return "commands";
  if (JSON_LIKE.includes(language)) return "json";
  return PROSE.includes(language) ? "prose" : language === "rust" ? "rust" : "unknown";
}

const CHECKS = {
  async program(program, folder) {
    const path = place(folder, nameOf(program), program.source);
    if (program.typesOnly || program.file?.endsWith(".d.ts")) return;
    const { calls, statuses, records } = await runProgram(project, program, path);
    const asks = /\.(fetch|token|authorization)\(/.test(program.source) && program.source.includes("createClient(");
    // A token function asks nobody, or someone of its own.
    const isServed = !asks || /fakeProvider\(|^ {4}token: async/m.test(program.source) ||
      calls.some((call) => /^(token|login) 200/.test(call));
    assert.ok(isServed, `no token was had: ${calls.join(", ") || "nothing was asked"}`);
    if (asks && sharesCounted(program)) assert.ok(records > 0, "nothing was shared: the store has no record");
    for (const status of statuses) assert.ok(status < 400, `it answered ${status}; ${calls.join(", ")}`);
  },
  async commands(block, folder) {
    await runCommands(block, { project, commands, cwd: folder });
  },
  json(block, folder) {
    const value = JSON.parse(block.language === "jsonc" ? uncommented(block.source) : block.source);
    if (block.file) place(folder, block.file, block.source);
    if (!value?.token_endpoint && !value?.issuer && !block.fails) return;
    const { problems } = checkProvider(block.source);
    if (block.fails) assert.ok(problems.length > 0, "the profile has no problem");
    else assert.deepEqual(problems, []);
  },
  prose(block, folder) {
    if (block.file) place(folder, block.file, block.source);
  },
  rust() {}, // the page's own test, above
  unknown({ page, line, language }) {
    assert.fail(
      `${page}:${line}: nothing is known of ${language || "a block without a language"}: say why it is not run`,
    );
  },
};

const RECIPE_CHECKS = { ...CHECKS, program: CHECKS.prose, commands() {}, unknown: CHECKS.prose };

const nameOf = ({ file, line, language }) => file ?? `line-${line}.${language}`;
const uncommented = (text) =>
  text.replace(/^\s*\/\/.*$|(?<=[,{[\]}"\d])\s+\/\/.*$/gm, "").replace(/,(\s*[}\]])/g, "$1");

async function assertTypes(folder, programs) {
  const declared = programs.filter(({ file }) => file?.endsWith(".d.ts")).map((one) =>
    place(folder, one.file, one.source)
  );
  const checked = programs.filter(({ file }) => !file?.endsWith(".d.ts"));
  for (const host of ["node", "workers", "bun"]) {
    const mine = checked.filter((program) => hostOf(program) === host);
    const files = mine.map((program) => place(folder, nameOf(program), program.source));
    if (files.length > 0) assert.deepEqual(check([...declared, ...files], host), []);
  }
  for (const program of checked.filter((program) => hostOf(program) === "deno")) {
    await denoCheck(project, place(folder, nameOf(program), program.source), program.source);
  }
}

test("what is not run says why", (t) => {
  const excused = all.filter(({ notRun, typesOnly }) => notRun || typesOnly);
  t.diagnostic(`${all.length} blocks in ${PAGES.length} pages; ${excused.length} are not executed`);
  for (const { page, line, notRun, typesOnly } of excused) {
    t.diagnostic(`${page}:${line}: ${notRun ? "not run" : "types only"}, ${notRun ?? typesOnly}`);
  }
  const executed = all.filter(({ language, notRun, typesOnly }) =>
    !notRun && !typesOnly && ["program", "commands"].includes(kindOf(language))
  );
  if (!process.env.PAGE) assert.ok(executed.length >= excused.length, "more is shown than is run");
});

test(`${basename(import.meta.url)} finds the pages`, () => {
  if (!process.env.PAGE) {
    assert.ok(["README.md", "src/README.md", "www/guide/errors.md"].every((page) => PAGES.includes(page)));
  }
});
