const esbuild = (source, out, ...options) => [["esbuild", source, "--bundle", `--outfile=dist/${out}`, ...options]];
const worker = (scriptPath, compatibilityDate = "2024-09-23") => ({ worker: { scriptPath, compatibilityDate } });

export default [
  { name: "webpack-node", build: [["webpack"]], env: { TARGET: "node" }, host: { command: ["dist/webpack-node.cjs"] } },
  {
    name: "webpack-webworker",
    build: [["webpack"]],
    env: { TARGET: "webworker" },
    host: worker("dist/webpack-webworker.mjs"),
  },
  {
    name: "esbuild-esm",
    build: esbuild("src/server.js", "esm.mjs", "--platform=node", "--format=esm"),
    host: { command: ["dist/esm.mjs"] },
  },
  {
    name: "esbuild-cjs",
    build: esbuild("src/server.js", "cjs.cjs", "--platform=node", "--format=cjs"),
    host: { command: ["dist/cjs.cjs"] },
  },
  {
    name: "esbuild-edge-light",
    build: esbuild("src/program.js", "edge.mjs", "--format=esm", "--conditions=edge-light"),
    host: { edge: "dist/edge.mjs" },
  },
  {
    name: "esbuild-workerd",
    build: esbuild("src/program.js", "workerd.mjs", "--format=esm", "--conditions=workerd"),
    host: worker("dist/workerd.mjs"),
  },
  { name: "rollup", build: [["rollup", "--config"]], host: { command: ["dist/rollup.mjs"] } },
  { name: "vite-ssr", build: [["vite", "build"]], host: { command: ["dist/vite-node/server.js"] } },
  {
    name: "vite-ssr-workerd",
    build: [["vite", "build"]],
    env: { CONDITIONS: "workerd" },
    host: worker("dist/vite-workerd/program.js"),
  },
];
