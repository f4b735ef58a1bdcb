const paths = {
  "node route": "/node-route",
  "node page": "/node-page",
  "edge route": "/edge-route",
  "edge page": "/edge-page",
};
const isr = "/isr";
/** Where Next keeps all that it makes. */
const output = ".next";
const secrets = { CLIENT_ID: "id", CLIENT_SECRET: "secret" };
const serve = { command: ["next", "start", "-p", "$PORT"] };

export default [
  {
    name: "next16-turbopack",
    page: "next",
    recipes: ["/orders", "/"],
    build: [["next", "build", "--turbopack"]],
    secrets,
    host: serve,
    paths,
    isr,
    output,
  },
  { name: "next16-webpack", build: [["next", "build", "--webpack"]], secrets, host: serve, paths, isr, output },
];
