const path = require("node:path");
const process = require("node:process");

const isForNode = process.env.TARGET === "node";

module.exports = {
  mode: "production",
  target: process.env.TARGET,
  entry: isForNode ? "./src/server.js" : "./src/program.js",
  output: {
    path: path.resolve("dist"),
    filename: isForNode ? "webpack-node.cjs" : "webpack-webworker.mjs",
    ...(!isForNode && { library: { type: "module" }, chunkFormat: "module" }),
  },
  // Its minimizer takes half a minute for what is minified already.
  optimization: { minimize: isForNode },
  experiments: { outputModule: !isForNode },
};
