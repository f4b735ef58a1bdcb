import resolve from "@rollup/plugin-node-resolve";

export default {
  input: "src/server.js",
  external: /^node:/,
  plugins: [resolve({ exportConditions: ["node"] })],
  output: { file: "dist/rollup.mjs", format: "es" },
};
