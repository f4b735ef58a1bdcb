import process from "node:process";

export function serve(program) {
  const env = JSON.parse(process.env.PROGRAM_ENV);
  const { port } = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    fetch: (request) => program.fetch(request, env),
  });
  console.log(JSON.stringify({ event: "listen", port }));
}
