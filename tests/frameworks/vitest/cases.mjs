export default [
  { name: "vitest-fake-timers", host: { test: ["vitest", "run", "fake-timers"] } },
  { name: "vitest-msw", host: { test: ["vitest", "run", "msw"] } },
  {
    name: "vitest-recipe",
    page: "testing",
    host: { test: ["vitest", "run", "--config", "recipe.config.js", "vitest/orders", "msw/orders"] },
  },
];
