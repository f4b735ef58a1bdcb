const paths = {
  "node route": "/node-route",
  "node page": "/node-page",
  "edge route": "/edge-route",
  "edge page": "/edge-page",
};
/** For the server alone: the build has no secrets. */
const serve = { command: ["next", "start", "-p", "$PORT"] };

export default [{ name: "next14", build: [["next", "build"]], host: serve, paths }];
