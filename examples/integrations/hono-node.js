// The same on Node. `node --env-file=.env hono-node.js`
import { serve } from "@hono/node-server";
import process from "node:process";
import app from "./hono.js";

const port = Number(process.env.PORT ?? 8080);
serve({ fetch: app.fetch, port }, ({ port }) => console.log(`http://localhost:${port}/`));
