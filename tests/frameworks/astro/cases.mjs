export default [
  { name: "astro-node", build: [["astro", "build"]], host: { command: ["dist/server/entry.mjs"] } },
];
