// @types/node alone.
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";

const credentials = { client_id: process.env.ID, client_secret: process.env.SECRET };
const api = createClient({ provider: fuse, credentials });
const wanted: typeof fetch = api.fetch;
const private_key = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" });
api.extend({ credentials: { client_id: "i", private_key } });

createServer(async (_request, outgoing) => {
  const response: Response = await wanted("https://api.fuse.me/v1/accounts", {
    method: "POST",
    body: Buffer.from("x"),
  });
  outgoing.writeHead(response.status).end(Buffer.from(await response.arrayBuffer()));
});
