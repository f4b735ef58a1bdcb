import process from "node:process";

export function serve(program) {
  const env = JSON.parse(process.env.PROGRAM_ENV);
  Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: ({ port }) => console.log(JSON.stringify({ event: "listen", port })),
  }, (request) => program.fetch(request, env));
}
