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

export default [{ name: "next14", build: [["next", "build"]], secrets, host: serve, paths, isr, output }];
