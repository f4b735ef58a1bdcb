import { createServer } from "node:http";
import process from "node:process";
import program from "./program.js";

createServer(async (incoming, outgoing) => {
  try {
    const response = await program.fetch(new Request(new URL(incoming.url, "http://localhost")));
    outgoing.end(await response.text());
  } catch (error) {
    outgoing.writeHead(500).end(String(error));
  }
}).listen(process.env.PORT, "127.0.0.1");
