const MODULES = { NODE_OPTIONS: "--experimental-vm-modules" };
const jest = (name, file, env) => ({ name: `jest-${name}`, env, host: { test: ["jest", "--runTestsByPath", file] } });

export default [
  jest("cjs", "cjs.test.js"),
  jest("esm", "esm.test.mjs", MODULES),
  jest("edge", "edge.test.js"),
  jest("edge-esm", "edge-esm.test.mjs", MODULES),
  jest("fake-timers", "fake-timers.test.js"),
  { ...jest("recipe", "jest/orders.test.js"), page: "testing" },
];
