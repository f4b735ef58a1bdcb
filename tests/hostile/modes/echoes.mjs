// A server that says back what it was told. Whatever comes of it: run.mjs finds no secret and no token in it.
import { answer, head } from "../wire.mjs";
import { ABORTED, bad, either, OWN, refused, UNREACHABLE } from "./expected.mjs";

const BOTH = ["http", "https"];
const base64 = (text) => Buffer.from(text).toString("base64");
const base64url = (text) => Buffer.from(text).toString("base64url");

/** What the request showed: all of it, whatever the profile calls it. */
const shown = {
  "the secret": (it) => it.place.secrets.client_secret,
  "the body as it came": (it) => it.call.body,
  "the Authorization header": (it) => it.call.headers.authorization ?? "none",
};

/** How it says it. */
const forms = {
  "plain": (text) => text,
  "percent-encoded": encodeURIComponent,
  "form-encoded": (text) => new URLSearchParams({ x: text }).toString().slice(2),
  "in Base64": base64,
  "in Base64url": base64url,
};

const error = (words) =>
  answer(400, { error: "invalid_request", error_description: `you said ${words}, which is wrong` });
const POST = { token_endpoint_auth_method: "client_secret_post" };
const JWT = {
  token_endpoint_auth_method: "client_secret_jwt",
  assertion: { claims: { iss: "{client_id}", sub: "{client_id}", aud: "x", jti: "{uuid}" } },
};
const REFUSED = refused(400, "invalid_request");

/** A token that travels in the query: what a runtime says of a URL quotes it. */
const QUERY = { resource_request: { headers: {}, query: { access_token: "{access_token}" } } };
const broken = {
  "nobody listens": { refuses: true, expect: OWN },
  "it accepts and resets": { connect: (it) => it.reset(), expect: OWN },
  "it says nothing": { strike: () => {}, init: { signal: 500 }, expect: ABORTED },
  "a status line that is the token": { strike: (it) => it.end(`${told(it)}\r\n\r\n`), expect: OWN },
  "a status that is the token": { strike: (it) => it.end(`HTTP/1.1 ${told(it)}\r\n\r\n`), expect: OWN },
  "a header without a colon that is the token": {
    strike: (it) => it.end(`HTTP/1.1 200 OK\r\n${told(it)}\r\n\r\n`),
    expect: either(OWN, { status: 200 }),
  },
  "a length that is the token": {
    strike: (it) => it.end(`HTTP/1.1 200 OK\r\ncontent-length: ${told(it)}\r\n\r\n`),
    expect: OWN,
  },
  "chunks that are the token": {
    strike: (it) => it.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${told(it)}\r\n`),
    expect: either(OWN, { status: 200, body: "breaks" }),
  },
  "gzip that is the token": {
    strike: (it) => answer(200, told(it), { "content-encoding": "gzip" }),
    expect: either(OWN, { status: 200, body: "breaks" }),
  },
  "a body that breaks off after the token": {
    strike: (it) => it.end(`HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n${told(it)}`),
    expect: either(OWN, { status: 200, body: "breaks" }),
  },
  "a redirect to javascript: and the token": {
    strike: (it) => answer(302, "", { location: `javascript:${told(it)}` }),
    expect: OWN,
  },
  "a redirect to userinfo that is the token": {
    strike: (it) => answer(302, "", { location: `http://${told(it)}@127.0.0.1/` }),
    expect: OWN,
  },
  "a redirect to a host that is the token": {
    strike: (it) => answer(302, "", { location: `http://${told(it)}.invalid./` }),
    expect: OWN,
  },
};

/** Whoever reads a body gets the runtime's own errors, which bearerkit never sees. */
const BREAKS = { status: 200, body: "breaks", shows: true };
const UNDICI = [BREAKS, "undici quotes what the server sent"];
const BUN = [BREAKS, "it quotes the URL"];
broken["chunks that are the token"].hosts = { node: UNDICI };
const inQuery = {
  "chunks that are the token": { node: UNDICI, bun: BUN },
  "gzip that is the token": { bun: BUN },
  "a body that breaks off after the token": { bun: BUN },
};

/** The token as the API got it. */
function told({ call }) {
  return call.headers.authorization?.split(" ")[1] ?? new URLSearchParams(call.path.split("?")[1]).get("access_token");
}

/** What an API does with a token in a header, and with one in the query. */
export const tokens = {
  ...broken,
  ...Object.fromEntries(
    Object.entries(broken).map((
      [name, mode],
    ) => [`in the query: ${name}`, { ...mode, hosts: inQuery[name], profile: QUERY }]),
  ),
};

export const echoes = {
  ...Object.fromEntries(
    Object.entries(forms).map(([form, encode]) => [`its words hold the secret ${form}`, {
      over: form === "plain" ? BOTH : undefined,
      expect: REFUSED,
      strike: (it) => error(encode(shown["the secret"](it))),
    }]),
  ),
  "its words hold the Authorization header": {
    expect: REFUSED,
    strike: (it) => error(shown["the Authorization header"](it)),
  },
  "its words hold the request's body": { profile: POST, expect: REFUSED, strike: (it) => error(it.call.body) },
  "its words hold the assertion": {
    profile: JWT,
    expect: REFUSED,
    strike: (it) => error(new URLSearchParams(it.call.body).get("client_assertion")),
  },
  "its words hold the secret three times, in controls": {
    expect: REFUSED,
    strike: (it) => error(`\r\n\0${`${it.place.secrets.client_secret}\u001b[31m`.repeat(3)}`),
  },
  "its words hold the secret after 500 others": {
    expect: REFUSED,
    strike: (it) => error(`${"x".repeat(490)} ${it.place.secrets.client_secret}`),
  },
  "its code is the secret": {
    expect: { code: "ERR_REFUSED", status: 400 },
    strike: (it) => answer(400, { error: it.place.secrets.client_secret }),
  },
  "its nested code is the secret": {
    expect: { code: "ERR_REFUSED", status: 400 },
    strike: (it) => answer(400, { error: { code: it.place.secrets.client_secret } }),
  },
  "its words are an object": {
    expect: REFUSED,
    strike: (it) =>
      answer(400, { error: "invalid_request", error_description: { said: it.place.secrets.client_secret } }),
  },
  "its error holds the token that it grants": {
    expect: REFUSED,
    strike(it) {
      const { access_token } = it.grant();
      return answer(400, {
        access_token,
        refresh_token: "refresh-of-theirs",
        error: "invalid_request",
        error_description: `${access_token} and refresh-of-theirs`,
      });
    },
  },
  "a 500 whose words hold the secret": {
    expect: { code: "ERR_UNREACHABLE", status: 500 },
    strike: (it) => answer(500, { error: "server_error", error_description: it.place.secrets.client_secret }),
  },
  "a 200 that holds the secret and no token": {
    expect: bad(),
    strike: (it) => answer(200, { said: it.place.secrets.client_secret }),
  },
  "a token that is the secret and a line break": {
    expect: bad(),
    strike: (it) => answer(200, { access_token: `${it.place.secrets.client_secret}\n` }),
  },
  "a document that breaks off in the secret": {
    expect: bad(),
    strike: (it) => answer(200, `{"access_token": "${it.place.secrets.client_secret}`),
  },
  "a number where the secret's text is expected": {
    expect: bad(),
    strike: (it) => answer(200, `{"access_token": ${JSON.stringify([it.place.secrets.client_secret])}}`),
  },
  "a reason phrase, headers and cookies with the secret": {
    expect: REFUSED,
    strike(it) {
      const secret = encodeURIComponent(it.place.secrets.client_secret);
      const headers = {
        "www-authenticate": `Basic realm="${secret}"`,
        "set-cookie": `s=${secret}`,
        "retry-after": secret,
      };
      const body = JSON.stringify({ error: "invalid_request" });
      return head(400, { ...headers, "content-length": body.length }, secret) + body;
    },
  },
  "a redirect to the secret": {
    expect: bad(307),
    strike: (it) => answer(307, "", { location: `/${it.place.name}/elsewhere?${it.call.body}` }),
  },
  "broken HTTP with the secret in it": {
    expect: UNREACHABLE,
    strike: (it) =>
      it.end(`HTTP/1.1 200 OK\r\ncontent-length: ${encodeURIComponent(it.place.secrets.client_secret)}\r\n\r\n`),
  },
};
