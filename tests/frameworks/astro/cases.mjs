export default [
  { name: "astro-node", build: [["astro", "build"]], host: { command: ["dist/server/entry.mjs"] } },
  {
    name: "astro-recipe",
    page: "astro",
    recipes: ["/", "/orders"],
    build: [["astro", "build"]],
    host: { command: ["dist/server/entry.mjs"] },
  },
];
