// The fenced blocks of a page, each with what the comments above it say of it.
//
//   <!-- snippet: continues -->            goes on from the block before of the same language: its names are known
//   <!-- snippet: types only, REASON -->   is type-checked and not executed
//   <!-- snippet: fails -->                commands: one of them exits with an error; a profile: `checkProvider` finds problems
//   <!-- snippet: not run, REASON -->      neither; the test names these and counts them
//
// A name in brackets makes the block a file, which later blocks of the page can use: ```ts [src/index.ts]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../scripts/paths.mjs";

const MODES = { continues: "continues", "types only": "typesOnly", fails: "fails", "not run": "notRun" };
const REASONED = ["typesOnly", "notRun"];

/** All blocks of a page: `{ page, line, language, file, source, continues, typesOnly, fails, notRun }`; a mode with a reason holds it. */
export function blocksOf(page, text = readFileSync(join(root, page), "utf8")) {
  const blocks = [];
  let modes = {};
  let open;
  for (const [index, line] of text.split("\n").entries()) {
    if (open) {
      if (line.trim() === open.fence) {
        blocks.push(closed(open));
        open = undefined;
      } else open.lines.push(line.slice(0, open.indent).trim() === "" ? line.slice(open.indent) : line);
      continue;
    }
    const comment = /^\s*<!-- snippet: (.*) -->$/.exec(line);
    if (comment) {
      modes = { ...modes, ...modeOf(comment[1], `${page}:${index + 1}`) };
      continue;
    }
    const fence = /^(\s*)(`{3,})(\S*)(?:\s+(.*))?$/.exec(line);
    if (fence) {
      const [, indent, ticks, language, rest = ""] = fence;
      const file = /\[([^\]]+)\]/.exec(rest)?.[1];
      open = { page, line: index + 1, language, file, fence: ticks, indent: indent.length, lines: [], ...modes };
      modes = {};
    } else if (line.trim() !== "" && Object.keys(modes).length > 0) {
      throw new Error(`${page}:${index + 1}: a snippet comment stands directly above its block`);
    }
  }
  if (open) throw new Error(`${page}:${open.line}: the block has no end`);
  return blocks;
}

function closed({ fence: _, indent: __, lines, ...block }) {
  return { ...block, source: lines.map((line) => `${line}\n`).join("") };
}

function modeOf(words, place) {
  const [mode, ...reason] = words.split(/,\s*/);
  const name = MODES[mode];
  if (!name) throw new Error(`${place}: no such mode: ${mode}; there are ${Object.keys(MODES).join(", ")}`);
  const because = reason.join(", ").trim();
  if (REASONED.includes(name) && because.length < 10) throw new Error(`${place}: "${mode}" wants a reason`);
  return { [name]: because || true };
}

/**
 * The programs of a page's blocks: a block that continues stands inside of those before it, so that it knows their names and
 * may use them anew.
 */
export function programsOf(blocks) {
  const programs = [];
  let before = [];
  for (const block of blocks) {
    before = block.continues ? [...before, block] : [block];
    if (block.continues && before.length === 1) throw new Error(`${block.page}:${block.line}: it continues no block`);
    programs.push({ ...block, source: nested(before.map(({ source }) => source)) });
  }
  return programs;
}

function nested(sources) {
  if (sources.length === 1) return sources[0];
  const imports = new Set();
  const bodies = sources.map((source) =>
    source.replace(/^import\b[^;]*?;\n/gm, (statement) => {
      imports.add(statement);
      return "";
    })
  );
  const isFlat = bodies.slice(1).some((body) => /^export /m.test(body));
  const program = isFlat ? bodies.join("\n") : bodies.join("{\n") + "}".repeat(bodies.length - 1);
  return `${[...imports].join("")}${program}\n`;
}
