// A recipe's Worker, bundled by wrangler and run by workerd.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { fakeCredentials } from "../../pkg-template/testing.js";
import { bin, root } from "../../scripts/paths.mjs";

const execute = promisify(execFile);

/** A Worker as wrangler bundles it, in workerd, with a fake in the place of the network. */
export async function startWorker(folder, config, fake, options) {
  const out = join(folder, "dist", config);
  const args = ["deploy", "--dry-run", "--config", join(folder, config), "--outdir", out];
  const env = { ...process.env, WRANGLER_SEND_METRICS: "false", WRANGLER_LOG_PATH: join(folder, "wrangler.log") };
  await execute(bin("wrangler"), args, { cwd: folder, env });
  const { Miniflare } = await import(pathToFileURL(createRequire(join(root, "package.json")).resolve("miniflare")));
  const miniflare = new Miniflare({
    modules: true,
    scriptPath: readdirSync(out).filter((name) => name.endsWith(".js")).map((name) => join(out, name))[0],
    modulesRoot: out,
    modulesRules: [{ type: "CompiledWasm", include: ["**/*.wasm"] }],
    compatibilityDate: "2026-04-01",
    cf: false,
    outboundService: (request) => fake.fetch(request.url, request),
    ...options,
  });
  const stop = () => miniflare.dispose();
  const { origin } = await miniflare.ready.catch(async (error) => {
    await stop();
    throw error;
  });
  return { miniflare, origin, stop };
}

/** The scripted server wants a secret, where this client shows a certificate. */
export async function answerWithoutSecret(fake, request) {
  if (!request.url.endsWith("/oauth/token")) return await fake.fetch(request.url, request);
  const body = new URLSearchParams(await request.text());
  assert.equal(body.get("client_id"), fakeCredentials.client_id);
  body.set("client_secret", fakeCredentials.client_secret);
  return await fake.fetch(request.url, { method: "POST", body });
}
