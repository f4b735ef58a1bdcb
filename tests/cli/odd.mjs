// A server that does what no standard says: each path answers in a way of its own.
import { createServer } from "node:http";

export const TOKEN = "s-4f9a8b7c6d5e4f3a2b1c0d9e8f7a6b5c";
const seconds = () => Math.floor(Date.now() / 1000);
const base64url = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
export const jwt = (claims) => `${base64url({ alg: "RS256" })}.${base64url(claims)}.c2ln`;

/** path -> what it answers: `{ status?, headers?, body }`; a body that is no text is sent as JSON. */
const ANSWERS = {
  "/html": () => ({ headers: { "content-type": "text/html" }, body: "<!doctype html><title>Log in</title>" }),
  "/text": () => ({ headers: { "content-type": "text/plain" }, body: `${TOKEN}\n` }),
  "/form": () => ({ headers: { "content-type": "text/plain" }, body: `access_token=${TOKEN}&expires=3600` }),
  "/json-string": () => ({ body: JSON.stringify(TOKEN) }),
  "/header": () => ({
    status: 201,
    headers: { "x-subject-token": TOKEN },
    body: { token: { expires_at: new Date(Date.now() + 3_600_000).toISOString() } },
  }),
  "/empty": () => ({ status: 204, body: "" }),
  "/envelope": () => ({ body: { data: { accessToken: TOKEN, refreshToken: "r-0123456789abcdef", expiresIn: 1800 } } }),
  "/millis": () => ({ body: { access_token: TOKEN, expires_in: 7_200_000 } }),
  "/years": () => ({ body: { access_token: TOKEN, expires_in: 63_072_000 } }),
  "/year-of-millis": () => ({ body: { access_token: TOKEN, expires_in: 86_400_000 } }),
  "/far-date": () => ({ body: { access_token: TOKEN, expires_in: "2099-01-01T00:00:00Z" } }),
  // By a clock that is an hour behind.
  "/hour-ago": () => ({
    headers: { date: new Date(Date.now() - 3_600_000).toUTCString() },
    body: { access_token: TOKEN, expires_in: 60 },
  }),
  "/soon": () => ({ body: { access_token: TOKEN, expires_in: "s00n" } }),
  "/clock": () => ({ body: { access_token: TOKEN, expires_in: "0:02:30" } }),
  "/http-date": () => ({ body: { access_token: TOKEN, ".expires": new Date(Date.now() + 900_000).toUTCString() } }),
  "/bare-millis": () => ({ body: { access_token: TOKEN, data: { ttl: 7_200_000 } } }),
  "/short-millis": () => ({ body: { access_token: TOKEN, ttlMs: 90_000 } }),
  "/minutes": () => ({ body: { access_token: TOKEN, validity_minutes: "20" } }),
  "/days": () => ({ body: { access_token: TOKEN, expires: "1:02:03" } }),
  "/instant": () => ({ body: { access_token: TOKEN, expires_in: seconds() + 7200 } }),
  "/jwt": () => ({ body: { access_token: jwt({ iat: seconds(), exp: seconds() + 1800 }), expires_in: 86_400 } }),
  "/jwt-dated": () => ({ body: { access_token: jwt({ exp: seconds() + 1800 }) } }),
  "/silent": () => ({ body: { access_token: TOKEN } }),
  "/mac": () => ({ body: { access_token: TOKEN, token_type: "mac" } }),
  "/verdict": () => ({ body: { access_token: TOKEN, expires_in: 60, ok: true } }),
  "/two": () => ({
    body: { access_token: TOKEN, expires_in: 60, admin: { access_token: jwt({ exp: seconds() + 60 }) } },
  }),
  "/error": () => ({ body: { success: false, fault: { code: "E17", text: "not you" } } }),
  "/errors": () => ({ status: 500, body: { errors: [{ code: 17, detail: "boom" }] } }),
  "/media": () => ({ status: 415, body: {} }),
  "/method": () => ({ status: 405, body: "" }),
  "/grant": () => ({ status: 400, body: { error: "unsupported_grant_type" } }),
  "/scope": () => ({ status: 400, body: { error: "invalid_scope" } }),
  "/unauthorized": () => ({ status: 401, body: { error: "invalid_client" } }),
  "/deep": () => ({ status: 400, body: { a: { b: { error: { code: "X1", message: "no" } } } } }),
  "/capture": () => ({
    body: { access_token: TOKEN, expires_in: 60, data: { instance_url: "https://eu.acme.example" } },
  }),
  "/not-found": () => ({ status: 404, body: { error: "not_found" } }),
  "/login": ({ body, type }) => {
    if (!/json/.test(type)) return { status: 415, body: { ok: false, fault: { code: "E_FORMAT", text: "send JSON" } } };
    const { username, password } = JSON.parse(body);
    if (username !== "ada" || password !== "lovelace-1843") {
      return {
        body: { ok: false, fault: { code: "E_LOGIN", text: `${password} is not the password of ${username}` } },
      };
    }
    const session = { token: TOKEN, lifetimeMs: 7_200_000, refreshToken: "r-0123456789abcdef" };
    return { body: { ok: true, payload: { session } } };
  },
  "/.well-known/openid-configuration": ({ origin }) => ({
    body: {
      issuer: origin,
      token_endpoint: `${origin}/signed`,
      token_endpoint_auth_methods_supported: ["private_key_jwt", "client_secret_post"],
      token_endpoint_auth_signing_alg_values_supported: ["ES256"],
    },
  }),
  "/.well-known/oauth-authorization-server/tenant": ({ origin }) => ({
    body: { issuer: `${origin}/tenant`, token_endpoint: `${origin}/unauthorized` },
  }),
  "/signed": ({ body }) => ({
    body: { access_token: TOKEN, expires_in: 60, data: { refresh_token: `r-${body.length}-0123456789` } },
  }),
  "/nonce": () => ({ body: { nonce: "n-1234567890" } }),
  "/after-nonce": ({ body }) =>
    /nonce=n-1234567890/.test(body) ? { body: { access_token: TOKEN, expires_in: 60 } } : { status: 400, body: {} },
  /** Calls its members by what it was sent. */
  "/named": ({ headers }) => {
    const [, secret] = Buffer.from(headers.authorization.replace("Basic ", ""), "base64").toString().split(":");
    return { body: { [secret]: { access_token: TOKEN }, [`x-${encodeURIComponent(secret)}`]: { expires_in: 5 } } };
  },
  /** Says all that it was sent, in every form and place. */
  "/echo": ({ body, url, headers }) => {
    const said = [body, decodeURIComponent(body), url, headers.authorization ?? ""].join(" ");
    const basic = Buffer.from((headers.authorization ?? "").replace("Basic ", ""), "base64").toString();
    const all = [said, basic, encodeURIComponent(basic), Buffer.from(body).toString("base64"), JSON.stringify(body)];
    return {
      status: /redirect/.test(url) ? 302 : 400,
      headers: { location: `/elsewhere/${encodeURIComponent(basic.split(":")[1] ?? "")}?${body}` },
      body: {
        error: { code: all.join(" "), message: all.join("\n") },
        [basic]: TOKEN,
        [basic.split(":")[1] ?? "x"]: { access_token: TOKEN, expires_in: 5 },
      },
    };
  },
};

/** Starts it on loopback: `{ origin, requests, answers, close() }`; `answers` may be added to. */
export async function startOdd() {
  const requests = [];
  const answers = { ...ANSWERS };
  const server = createServer(async (incoming, outgoing) => {
    let body = "";
    for await (const chunk of incoming) body += chunk;
    const { method, url, headers } = incoming;
    requests.push({ method, url, headers, body });
    const answer = answers[url.split("?")[0]]?.({
      body,
      url,
      headers,
      type: headers["content-type"] ?? "",
      origin: `http://${headers.host}`,
    }) ??
      { status: 404, body: {} };
    const isText = typeof answer.body === "string" || Buffer.isBuffer(answer.body);
    outgoing.writeHead(answer.status ?? 200, { "content-type": "application/json", ...answer.headers });
    outgoing.end(isText ? answer.body : JSON.stringify(answer.body));
  });
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    requests,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      }),
  };
}
