// workerd on its own: a bundle as wrangler makes it, and a configuration for it.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { bin } from "../paths.mjs";
import { run } from "../say.mjs";
import { listen } from "./child.mjs";

/**
 * `compatibilityDate`: the newest that this workerd knows if none is named. `self`: the name of a service binding that
 * leads back to the program.
 */
export async function startWorkerd(options) {
  const { folder, env, compatibilityDate, compatibilityFlags = [], self, ca } = options;
  const [released] = (await run(bin("workerd"), ["--version"])).match(/\d{4}-\d\d-\d\d/);
  const date = compatibilityDate ?? released;
  const modules = await bundle(options);
  const bindings = Object.keys(env).map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`);
  if (self) bindings.push(`(name = ${text(self)}, service = "program")`);
  const config = join(folder, "config.capnp");
  writeFileSync(config, configOf({ modules, bindings, date, flags: compatibilityFlags, ca }));
  const child = await listen(bin("workerd"), ["serve", "--control-fd=1", config], { cwd: folder, env });
  const flags = compatibilityFlags.map((flag) => ` +${flag}`).join("");
  return { ...child, version: `${released} (compatibility ${date}${flags})` };
}

/** The options that `wrangler deploy` gives to esbuild, and its rule for `.wasm`. */
async function bundle({ folder, program, project }) {
  const modules = [{ name: "program.js", kind: "esModule", file: "program.js" }];
  await build({
    entryPoints: [program],
    outfile: join(folder, "program.js"),
    absWorkingDir: project,
    bundle: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    keepNames: true,
    external: ["cloudflare:*"],
    logLevel: "silent",
    plugins: [{
      name: "wasm",
      setup({ onResolve }) {
        onResolve({ filter: /\.wasm(\?module)?$/ }, ({ path, importer }) => {
          const bytes = readFileSync(resolve(dirname(importer), path.replace(/\?module$/, "")));
          const name = `${createHash("sha1").update(bytes).digest("hex")}-${basename(path)}`;
          writeFileSync(join(folder, name), bytes);
          modules.push({ name, kind: "wasm", file: name });
          return { path: `./${name}`, external: true };
        });
      },
    }],
  });
  return [...new Map(modules.map((module) => [module.name, module])).values()];
}

function configOf({ modules, bindings, date, flags, ca }) {
  const embedded = modules.map(({ name, kind, file }) => `(name = ${text(name)}, ${kind} = embed ${text(file)})`);
  const trusted = ca ? `, trustedCertificates = [${text(readFileSync(ca, "utf8"))}]` : "";
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "network", network = (allow = ["public", "private"], tlsOptions = (trustBrowserCas = true${trusted}))),
    (name = "program", worker = (
      modules = [${embedded.join(", ")}],
      bindings = [${bindings.join(", ")}],
      compatibilityDate = ${text(date)},
      compatibilityFlags = [${flags.map(text).join(", ")}],
      globalOutbound = "network",
    )),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "program")],
);
`;
}

/** Cap'n Proto's string literals are C's, as are JSON's. */
function text(value) {
  return JSON.stringify(value);
}
