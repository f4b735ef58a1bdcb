// How long a signature takes, by algorithm and runtime: `node scripts/bench-signing.mjs [runtime…]`. A token request with an
// assertion (the key imported, signed, an answer that comes at once) less one without, from outside of the runtime, since workerd
// shows a program no clock that runs. Medians over the rounds; only ratios are worth comparing.
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./paths.mjs";
import { packedProject, RUNTIMES, startRuntime } from "./runtimes.mjs";

const ROUNDS = 7;
const TIMES = 40;
const CURVES = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };
const ALGORITHMS = [
  ...["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"],
  ...["ES256", "ES384", "ES512", "EdDSA", "HS256", "HS384", "HS512"],
];

function keyOf(alg, rsa) {
  if (alg.startsWith("HS")) return randomBytes(48).toString("base64url");
  const pair = CURVES[alg]
    ? generateKeyPairSync("ec", { namedCurve: CURVES[alg] })
    : alg === "EdDSA"
    ? generateKeyPairSync("ed25519")
    : rsa;
  return pair.privateKey.export({ type: "pkcs8", format: "pem" });
}

const project = packedProject(mkdtempSync(join(tmpdir(), "bearerkit-signing-")));
const folder = join(project, "signing");
mkdirSync(folder);
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const keys = Object.fromEntries(ALGORITHMS.map((alg) => [alg, keyOf(alg, rsa)]));
writeFileSync(join(folder, "keys.mjs"), `export const keys = ${JSON.stringify(keys)};\n`);
copyFileSync(join(root, "benches", "signing", "program.mjs"), join(folder, "program.mjs"));

const names = process.argv.slice(2);
const found = {};
for (const name of names.length > 0 ? names : RUNTIMES) {
  const runtime = await startRuntime(name, { project, program: join(folder, "program.mjs") });
  try {
    found[name] = await measured(runtime);
  } finally {
    await runtime.stop();
  }
}
rmSync(project, { recursive: true, force: true });
console.log(table(found));

/** Microseconds by algorithm, and those of a request without a signature as `none`. */
async function measured({ origin }) {
  const rounds = Object.fromEntries(["none", ...ALGORITHMS].map((alg) => [alg, []]));
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const alg of Object.keys(rounds)) {
      const began = performance.now();
      const response = await fetch(`${origin}/?alg=${alg}&times=${TIMES}`);
      if (await response.text() !== "done") throw new Error(`${alg}: no signature`);
      // The first round only warms up.
      if (round >= 0) rounds[alg].push((performance.now() - began) * 1000 / TIMES);
    }
  }
  return Object.fromEntries(Object.entries(rounds).map(([alg, times]) => [alg, median(times)]));
}

function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

function table(found) {
  const runtimes = Object.keys(found);
  const signing = (runtime, alg) => Math.max(found[runtime][alg] - found[runtime].none, 0);
  const cell = (runtime, alg) => {
    const micros = signing(runtime, alg);
    return `${micros.toFixed(0)} (${(micros / signing(runtime, "ES256")).toFixed(2)})`;
  };
  const lines = ALGORITHMS.map((alg) => [alg, ...runtimes.map((runtime) => cell(runtime, alg))]);
  const rows = [["µs (× ES256)", ...runtimes], ["---", ...runtimes.map(() => "---:")], ...lines];
  return rows.map((row) => `| ${row.join(" | ")} |`).join("\n");
}
