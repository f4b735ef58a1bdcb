// Calls an API with a token and returns its answer. `node --env-file=.env node.mjs`
import { createClient } from "bearerkit";
import { createServer } from "node:http";
import process from "node:process";

const { TOKEN_ENDPOINT, CLIENT_ID, CLIENT_SECRET, API_URL, PORT = "8080" } = process.env;

const api = createClient({
  provider: TOKEN_ENDPOINT,
  credentials: { client_id: CLIENT_ID, client_secret: CLIENT_SECRET },
  allowInsecure: TOKEN_ENDPOINT?.startsWith("http:"), // on loopback, for a first try
});

const server = createServer(async (_request, response) => {
  try {
    const answer = await api.fetch(API_URL);
    const type = answer.headers.get("content-type") ?? "text/plain";
    response.writeHead(answer.status, { "content-type": type }).end(await answer.text());
  } catch (error) {
    console.error(error.message); // it contains no secret
    response.writeHead(502).end(error.code ?? "the API cannot be reached");
  }
});
server.listen(PORT, () => console.log(`http://localhost:${server.address().port}/`));
