// What the suite cannot see from inside a program: the other ways to load the package.
import { build } from "esbuild";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { bin } from "../../scripts/paths.mjs";
import { DENO_ARGS } from "../../scripts/runtimes/deno.mjs";

const execute = promisify(execFile);

/** Gets a token of a scripted server and prints it; `load` is how the three modules come in. */
const program = (load) =>
  `${load}
  (async () => {
    const fake = fakeProvider();
    const client = createClient({ provider: fuse, credentials: fake.credentials, fetch: fake.fetch });
    const response = await client.fetch("https://api.fuse.me/v1/accounts");
    console.log(response.status, fake.count("token"), readJwtExpiry((await client.token()).value).exp > 0);
  })();`;

const MEMBERS = {
  "": "createClient",
  "/providers": "fuse",
  "/testing": "fakeProvider",
  "/core": "readJwtExpiry",
};
const byImport = (specifier) =>
  Object.entries(MEMBERS).map(([path, name]) => `import { ${name} } from "${specifier(path)}";`).join("\n");
const byRequire = Object.entries(MEMBERS).map(([path, name]) => `const { ${name} } = require("bearerkit${path}");`)
  .join("\n");
const EXPECTED = "200 1 true";

/** Results as the suite has them. */
export async function checkPackage(project) {
  const installed = join(project, "node_modules", "bearerkit");
  // No file of the package can be found from here.
  const elsewhere = mkdtempSync(join(tmpdir(), "bearerkit-bundle-"));
  const write = (name, text) => {
    writeFileSync(join(project, name), text);
    return join(project, name);
  };
  const checks = {
    async "Deno imports it by path"() {
      const url = (path) => pathToFileURL(join(installed, `${path || "/index"}.js`)).href;
      return await run(bin("deno"), [...DENO_ARGS, "--allow-net", write("by-path.mjs", program(byImport(url)))]);
    },
    async "Node requires it"() {
      return await run(process.execPath, [write("required.cjs", program(byRequire))]);
    },
    async "Node imports it"() {
      return await run(process.execPath, [write("imported.mjs", program(byImport((path) => `bearerkit${path}`)))]);
    },
    async "bundled for a browser it reads no file"() {
      const bundle = await bundled("browser", "esm", "mjs");
      return await run(process.execPath, [bundle], elsewhere);
    },
    async "bundled for a browser without modules"() {
      return await run(process.execPath, [await bundled("browser", "iife", "cjs")], elsewhere);
    },
    async "bundled for Node"() {
      return await run(process.execPath, [await bundled("node", "cjs", "cjs")], elsewhere);
    },
  };

  async function bundled(platform, format, extension) {
    const entryPoint = write("bundled.mjs", program(byImport((path) => `bearerkit${path}`)));
    const outfile = join(elsewhere, `${platform}-${format}.${extension}`);
    await build({ entryPoints: [entryPoint], outfile, bundle: true, platform, format, logLevel: "silent" });
    return outfile;
  }

  async function run(command, args, cwd = project) {
    const { stdout, stderr } = await execute(command, args, { cwd, env: { ...process.env, NO_COLOR: "1" } });
    if (stdout.trim() !== EXPECTED || stderr !== "") throw new Error(`expected ${EXPECTED}, found ${stdout}${stderr}`);
  }

  const results = [];
  for (const [name, check] of Object.entries(checks)) {
    results.push({ name, error: await check().then(() => undefined, (error) => error.message) });
  }
  rmSync(elsewhere, { recursive: true });
  return results;
}
