const path = require("node:path");

module.exports = (_env, { target = "node" }) => ({
  mode: "production",
  target,
  entry: target === "node" ? "./src/server.js" : "./src/program.js",
  output: {
    path: path.resolve("dist"),
    filename: `webpack-${target}.${target === "node" ? "cjs" : "mjs"}`,
    ...(target !== "node" && { library: { type: "module" }, chunkFormat: "module" }),
  },
  experiments: { outputModule: target !== "node" },
});
