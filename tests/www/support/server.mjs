// A static host as there are many: files under a path, compressed, and 404.html for the rest. It adds no header that a page
// could depend on.
import { createServer } from "node:http";
import { existsSync, readFileSync, statSync } from "node:fs";
import { extname, join, normalize } from "node:path";
import { gzipSync } from "node:zlib";

const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** `{ url, close }`; `url` ends with the base. */
export async function startServer(folder, base) {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, "http://localhost");
    const path = fileOf(folder, base, decodeURIComponent(pathname));
    const file = path ?? join(folder, "404.html");
    response.writeHead(path ? 200 : 404, {
      "content-type": TYPES[extname(file)] ?? "application/octet-stream",
      "content-encoding": "gzip",
    });
    response.end(gzipSync(readFileSync(file)));
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A service worker is allowed on loopback.
  const url = `http://127.0.0.1:${server.address().port}${base}`;
  return {
    url,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function fileOf(folder, base, pathname) {
  if (!pathname.startsWith(base)) return undefined;
  const path = join(folder, normalize(pathname.slice(base.length)));
  if (!path.startsWith(folder)) return undefined;
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, "index.html") : path;
  return existsSync(file) ? file : undefined;
}
