// The rooms of src/: who takes from whom, and how large a file is. lib.rs says what each room is for.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, test } from "node:test";
import { root } from "../scripts/paths.mjs";

/** From the ground up. A request and an answer know nothing of each other. */
const BELOW = {
  ground: [],
  config: ["ground"],
  request: ["ground", "config"],
  answer: ["ground", "config"],
  seal: ["ground", "config"],
  lifecycle: ["ground", "config", "request", "answer"],
  js: ["ground", "config", "request", "answer", "lifecycle"],
};
const MOST_LINES = 400;

const files = readdirSync(join(root, "src"), { recursive: true }).map((name) => String(name).replaceAll(sep, "/"))
  .filter((name) => name.endsWith(".rs"));

const source = (name) => readFileSync(join(root, "src", name), "utf8");
const room = (name) => name.split("/")[0];

/** The files that a file takes from; what stands at its end for tests may take from any. */
function imports(name) {
  const code = source(name).split(/^#\[cfg\(test\)\]$/m)[0].replaceAll(/^\s*\/\/.*$/gm, "");
  const found = [...code.matchAll(/\bcrate::([a-z]+)::(?:(\w+)|\{([^}]*)\})/g)].flatMap(([, room, one, several]) =>
    (one ?? several).split(",").map((file) => `${room}/${file.trim().split("::")[0]}.rs`)
  );
  return [...new Set(found)].filter((file) => files.includes(file));
}

/** The first circle that a walk from here closes, as the files on it. */
function circle(name, way = [], done = new Set()) {
  if (way.includes(name)) return [...way.slice(way.indexOf(name)), name];
  if (done.has(name)) return undefined;
  done.add(name);
  for (const next of imports(name)) {
    const found = circle(next, [...way, name], done);
    if (found) return found;
  }
  return undefined;
}

describe("the rooms of src/", () => {
  const inRooms = files.filter((name) => name.includes("/"));

  test("each takes from those below it alone", () => {
    const upward = inRooms.flatMap((name) =>
      imports(name).filter((other) => room(other) !== room(name) && !BELOW[room(name)].includes(room(other)))
        .map((other) => `${name} takes from ${other}`)
    );
    assert.deepEqual(upward, []);
    assert.ok(imports("lifecycle/machine.rs").length > 5, "the imports were not found");
  });

  test("no file takes from one that takes from it", () => {
    const done = new Set();
    assert.deepEqual(inRooms.map((name) => circle(name, [], done)).filter(Boolean), []);
  });

  test(`no file has more than ${MOST_LINES} lines`, () => {
    assert.deepEqual(files.filter((name) => source(name).split("\n").length > MOST_LINES + 1), []);
  });
});
