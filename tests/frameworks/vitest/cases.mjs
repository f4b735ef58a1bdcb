export default [
  { name: "vitest-fake-timers", host: { test: ["vitest", "run", "fake-timers"] } },
  { name: "vitest-msw", host: { test: ["vitest", "run", "msw"] } },
];
