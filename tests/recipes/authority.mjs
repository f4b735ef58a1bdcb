// An authorization server and an API over TLS, with a CA of its own, and a proxy that leads every host to it.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createProxy } from "node:http";
import { createServer } from "node:https";
import { connect } from "node:net";
import { join } from "node:path";

const NAMES = "subjectAltName=DNS:login.acme.example,DNS:api.acme.example,DNS:localhost,IP:127.0.0.1";

/** ca.pem, server.pem, client.pem and their keys, into a folder: elliptic curves, since RSA takes its time. */
export function makeCertificates(folder) {
  const openssl = (...args) => execFileSync("openssl", args, { cwd: folder, stdio: "pipe" });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  openssl("req", "-x509", ...key, "-days", "2", "-subj", "/CN=Acme CA", "-keyout", "ca-key.pem", "-out", "ca.pem");
  for (const [name, extension] of [["server", NAMES], ["client", "extendedKeyUsage=clientAuth"]]) {
    const request = `${name}.csr`;
    openssl("req", "-new", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}-key.pem`, "-out", request);
    writeFileSync(join(folder, `${name}.ext`), `basicConstraints=CA:FALSE\n${extension}\n`);
    const signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-CAcreateserial", "-days", "2"];
    openssl("x509", "-req", "-in", request, ...signed, "-extfile", `${name}.ext`, "-out", `${name}.pem`);
  }
}

/** `{ origin, calls, close() }`. With `wantsCertificate` it answers nobody without one of the CA's. */
export async function startAuthority(folder, { wantsCertificate = false } = {}) {
  const pem = (name) => readFileSync(join(folder, name));
  const calls = [];
  const server = createServer({
    key: pem("server-key.pem"),
    cert: pem("server.pem"),
    ca: pem("ca.pem"),
    requestCert: wantsCertificate,
    rejectUnauthorized: wantsCertificate,
  }, async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { authorization } = request.headers;
    const { subject } = request.socket.getPeerCertificate?.() ?? {};
    calls.push({ url: request.url, host: request.headers.host, authorization, body, certificate: subject?.CN });
    const isToken = request.url === "/oauth/token";
    if (!isToken && authorization !== "Bearer of-acme") return response.writeHead(401).end();
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify(isToken ? { access_token: "of-acme", expires_in: 3600 } : { orders: [] }));
  });
  const port = await listening(server);
  return { origin: `https://localhost:${port}`, port, calls, close: () => end(server) };
}

/** A proxy that speaks CONNECT, and whose every tunnel ends at that port: `{ origin, hosts, close() }`. */
export async function startProxy(port) {
  const hosts = [];
  const proxy = createProxy((_request, response) => response.writeHead(405).end());
  const sockets = new Set();
  proxy.on("connect", (request, socket, head) => {
    hosts.push(request.url);
    const tunnel = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      tunnel.write(head);
      tunnel.pipe(socket).pipe(tunnel);
    });
    for (const one of [socket, tunnel]) {
      sockets.add(one);
      one.on("error", () => one.destroy());
    }
  });
  const own = await listening(proxy);
  const close = async () => {
    sockets.forEach((socket) => socket.destroy());
    await end(proxy);
  };
  return { origin: `http://127.0.0.1:${own}`, hosts, close };
}

async function listening(server) {
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server.address().port;
}

function end(server) {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(resolve));
}
