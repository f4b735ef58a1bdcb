// The types of the packed package: does what a user writes compile, under each host's own types and each way of module
// resolution, and does the package do what its types say?
//
//   node tests/types/run.mjs [pkg/ | bearerkit-x.y.z.tgz]
import { execFile } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { extractExamples } from "./examples.mjs";
import {
  compareBehaviour,
  compareCodes,
  compareCompletions,
  compareExports,
  compareOptional,
  compareSchema,
} from "./compare.mjs";

const root = resolve(import.meta.dirname, "..", "..");
/** Those that hosts/libraries.ts puts a client into, and those that hosts/stores.ts puts into an adapter. */
const LIBRARIES = [
  "@opentelemetry",
  "@upstash",
  "axios",
  "hono",
  "ioredis",
  "keyv",
  "ky",
  "openai",
  "openapi-fetch",
  "openapi-typescript-helpers",
  "redis",
  "undici",
  "unstorage",
];
const bin = (name) => join(root, "node_modules", ".bin", name);
let passed = 0;
let failed = 0;

async function check(what, run) {
  const began = Date.now();
  try {
    const said = await run();
    passed += 1;
    console.log(`ok    ${what}${said ? `: ${said}` : ""} (${((Date.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL  ${what}\n${indent(error.output ?? error.stack)}`);
  }
}

const indent = (text) => text.trimEnd().replace(/^/gm, "      ");

/** Runs a command; what it printed is in the error if it fails. */
async function run(command, args, cwd) {
  try {
    const env = { ...process.env, NO_COLOR: "1" };
    return (await promisify(execFile)(command, args, { cwd, env, maxBuffer: 2 ** 26 })).stdout;
  } catch (error) {
    throw Object.assign(error, { output: `${error.stdout ?? ""}${error.stderr ?? ""}` || String(error) });
  }
}

/** A user's project: the package unpacked into node_modules, the hosts' types beside it, and the type tests. */
async function project(source) {
  const home = mkdtempSync(join(tmpdir(), "bearerkit-types-"));
  let tarball = resolve(source);
  if (!tarball.endsWith(".tgz")) {
    const packed = await run("npm", ["pack", tarball, "--pack-destination", home, "--ignore-scripts", "--json"], home);
    tarball = join(home, JSON.parse(packed)[0].filename);
  }
  const modules = join(home, "node_modules");
  mkdirSync(join(modules, "bearerkit"), { recursive: true });
  await run("tar", ["-xzf", tarball, "-C", join(modules, "bearerkit"), "--strip-components", "1"], home);
  for (const name of ["@types", "@cloudflare", "bun-types", ...LIBRARIES]) {
    const types = join(root, "node_modules", name);
    if (existsSync(types)) symlinkSync(types, join(modules, name), "dir");
  }
  cpSync(import.meta.dirname, join(home, "tests"), { recursive: true });
  const manifest = { name: "user", private: true, type: "module", dependencies: { bearerkit: "*" } };
  writeFileSync(join(home, "package.json"), JSON.stringify(manifest));
  return { home, tarball, package: join(modules, "bearerkit") };
}

const user = await project(process.argv[2] ?? join(root, "pkg"));
console.log(`unpacked ${user.tarball.split("/").at(-1)} into ${user.package}`);

const refusals = (name) => readFileSync(join(user.home, "tests", name), "utf8").split("@ts-expect-error").length - 1;
const compile = (config) =>
  run(bin("tsc"), ["-p", join(user.home, "tests", "configs", `${config}.json`), "--pretty", "false"], user.home);

try {
  await check("publint --strict", async () => {
    await run(bin("publint"), ["run", user.tarball, "--strict"], user.home);
  });
  await check("attw, in its strict profile", async () => {
    await run(bin("attw"), [user.tarball, "--no-emoji", "--no-color", "--format", "ascii"], user.home);
  });

  const everyone = ["api.ts", "provider.ts", "shipped.ts", "optional.ts", "core.ts", "testing.ts"];
  for (
    const [config, what, sources] of [
      ["dom", "lib.dom, with exactOptionalPropertyTypes", everyone],
      ["workers", "@cloudflare/workers-types alone", everyone],
      ["node", "@types/node alone", everyone],
      ["node16", "moduleResolution node16, import and require", ["hosts/esm.mts", "hosts/cjs.cts"]],
      ["bun", "bun-types alone", everyone],
      ["stores", "ioredis, redis, @upstash/redis, unstorage and keyv in the adapters", ["hosts/stores.ts"]],
      ...["dom", "workers", "node", "bun"].map((host) => [
        `libraries-${host}`,
        `ky, openapi-fetch, hono, axios and openai under the types of ${host}`,
        ["hosts/libraries.ts"],
      ]),
    ]
  ) {
    if (/bun$/.test(config) && !existsSync(join(user.home, "node_modules", "bun-types"))) {
      console.log(`skip  ${what}: not among the devDependencies`);
      continue;
    }
    await check(`tsc: ${what}`, async () => {
      await compile(config);
      return `${sources.reduce((sum, name) => sum + refusals(name), 0)} mistakes refused`;
    });
  }
  await check("deno check: Deno's own types", async () => {
    await run(bin("deno"), ["check", "--quiet", "--node-modules-dir=manual", "tests/hosts/deno.ts"], user.home);
  });
  await check("deno check: ky, openapi-fetch, hono, axios and openai", async () => {
    await run(bin("deno"), ["check", "--quiet", "--node-modules-dir=manual", "tests/hosts/libraries.ts"], user.home);
  });

  await check("the examples in the .d.ts files compile", async () => {
    const examples = readdirSync(user.package).filter((name) => name.endsWith(".d.ts"))
      .flatMap((name) => extractExamples(name, readFileSync(join(user.package, name), "utf8")));
    const place = join(user.home, "tests", "examples");
    mkdirSync(place);
    cpSync(join(import.meta.dirname, "examples.d.ts"), join(place, "given.d.ts"));
    for (const { name, source } of examples) writeFileSync(join(place, name), source);
    await compile("examples");
    return `${examples.length} of them`;
  });
  await check("AuthError's codes are those of src/ground/error.rs, and the driver's own", () => {
    return compareCodes(readFileSync(join(root, "src", "ground", "error.rs"), "utf8"), user.package);
  });
  await check("each entry exports what its types say, and nothing else", () => compareExports(user.package));
  await check("Provider is what providers/schema.json says", () => compareSchema(user.package));
  await check("an editor completes the names of a shipped profile", () => compareCompletions(user.package));
  await check("what may be left out may be undefined", () => compareOptional(user.package));
  await check("options, tokens, errors, events and explanations look as their types say", () => {
    return compareBehaviour(user.package);
  });
} finally {
  rmSync(user.home, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
