// What an error, an event and an explanation say of why there is no token, and when they say it.
import { createClient } from "bearerkit";
import { equal, match, ok, rejection, sleep, thrown } from "./assert.mjs";
import { scripted } from "./script.mjs";
import { PLAIN } from "./world.mjs";

const HOST = "as.example";
const ok200 = () => new Response("ok");

/** A client whose token requests are answered by `answer`, with all that it is told. */
function watched(answer, options = {}) {
  const events = [];
  const provider = { token_endpoint: PLAIN, name: "Acme" };
  const onEvent = (event) => events.push(event);
  return { ...scripted(ok200, { provider, onEvent, ...options }, answer), events };
}

/** As Node and undici throw it: the code is in the cause. */
const undici = (code, message = code) =>
  Object.assign(new TypeError("fetch failed"), { cause: Object.assign(new Error(message), { code }) });
const bun = (code) => Object.assign(new TypeError(`${code}: it failed`), { code });
const sending = "error sending request for url (https://as.example/token): client error (Connect): ";
const deno = (message) => new TypeError("fetch failed", { cause: new Error(sending + message) });

const named = (name, message) => Object.assign(new Error(message), { name });

/** [what is thrown, what is said of it] */
const LASTING = [
  [undici("ENOTFOUND", "getaddrinfo ENOTFOUND as.example"), "ENOTFOUND; is the host name right?"],
  [bun("ENOTFOUND"), "ENOTFOUND; is the host name right?"],
  [
    deno("dns error: failed to lookup address information: Name or service not known"),
    /dns error: .*not known; is the host name right/,
  ],
  [undici("ECONNREFUSED"), "ECONNREFUSED; does anything listen on that port?"],
  [new AggregateError([Object.assign(new Error("x"), { code: "ECONNREFUSED" })]), /^ECONNREFUSED; does/],
  [deno("tcp connect error: Connection refused (os error 111)"), /Connection refused .*; does anything listen/],
  [undici("DEPTH_ZERO_SELF_SIGNED_CERT"), /^DEPTH_ZERO_SELF_SIGNED_CERT; .*trust/],
  [undici("SELF_SIGNED_CERT_IN_CHAIN"), /trust/],
  [undici("UNABLE_TO_VERIFY_LEAF_SIGNATURE"), /trust/],
  [undici("CERT_HAS_EXPIRED"), /trust/],
  [undici("ERR_TLS_CERT_ALTNAME_INVALID"), /trust/],
  [deno("invalid peer certificate: UnknownIssuer"), /UnknownIssuer; .*trust/],
  [undici("ERR_SSL_WRONG_VERSION_NUMBER"), /^ERR_SSL_WRONG_VERSION_NUMBER; is it http or https\?$/],
  [undici("HPE_INVALID_CONSTANT"), /http or https/],
  [bun("EPROTO"), /http or https/],
  [bun("Malformed_HTTP_Response"), /http or https/],
  [deno("received corrupt message of type InvalidContentType"), /InvalidContentType; is it http or https/],
  [new Error("bad port"), "bad port; fetch does not use this port"],
  [
    undici("UND_MOCK_ERR_MOCK_NOT_MATCHED", "Mock dispatch not matched"),
    /NOT_MATCHED: Mock dispatch .*; no mock matches/,
  ],
  [undici("ERR_NOCK_NO_MATCH", "Nock: No match for request"), /no mock matches this request$/],
  [new TypeError("Failed to fetch", { cause: new Error("[MSW] Cannot bypass") }), /^\[MSW\] .*; no mock matches/],
  [
    undici("UND_ERR_INVALID_ARG", "invalid onRequestStart method"),
    /onRequestStart method; are fetch and its dispatcher/,
  ],
  [undici("UND_ERR_ABORTED", "Proxy response (407) !== 200 when HTTP Tunneling"), /\(407\).*; does the proxy want/],
  [Object.assign(new Error("the client is closed"), { code: "ERR_OPTIONS" }), "ERR_OPTIONS: the client is closed"],
  [named("NotCapable", 'Requires net access to "as.example:443", run again with the --allow-net flag'), /--allow-net/],
  [named("PermissionDenied", "no"), "no"],
  [new Error("internal error; reference = ll9r4p4qsv7b8kkvrasqhk7a"), /^internal error; .*is the host name right/],
];
const PASSING = [
  undici("EAI_AGAIN"),
  undici("ECONNRESET"),
  undici("ETIMEDOUT"),
  undici("UND_ERR_CONNECT_TIMEOUT"),
  undici("UND_ERR_SOCKET"),
  bun("ECONNRESET"),
  deno("dns error: failed to lookup address information: Temporary failure in name resolution"),
  deno("connection closed before message completed"),
  new Error("Network connection lost."),
  new TypeError("fetch failed"),
];

export const why = {
  async "an error says whose token it is, which host was asked, and why; so do the events and the explanation"() {
    const { client, events } = watched(() => new Response("no", { status: 503, headers: { "retry-after": "60" } }));
    const error = await rejection(client.token());
    const message = "as.example answered 503";
    equal([error.code, error.provider, error.host, error.status], ["ERR_UNREACHABLE", "Acme", HOST, 503]);
    equal([error.message, error.cause], [message, undefined]);
    const { retryAt, durationMs, ...rest } = client.explain().lastError;
    equal(rest, {
      code: "ERR_UNREACHABLE",
      error: null,
      errorDescription: null,
      host: HOST,
      message,
      provider: "Acme",
      status: 503,
    });
    equal(retryAt, error.retryAt);
    ok(durationMs >= 0 && durationMs < 5000, `it took ${durationMs} ms; it`);

    for (let i = 0; i < 2; i += 1) {
      const later = await rejection(client.token());
      equal(later.message, `no new request until ${retryAt.toISOString()}, because ${message}`);
      equal([later.code, later.host, later.retryAt], ["ERR_UNREACHABLE", HOST, retryAt]);
    }
    equal(events.map(({ type }) => type), ["token_request", "token_error", "cooldown", "cooldown"]);
    ok(events.every(({ provider, host, serial }) => provider === "Acme" && host === HOST && serial === 1), "each");
    const [, { at: _, ...failed }, { at: __, ...cooldown }] = events;
    equal(failed, {
      type: "token_error",
      provider: "Acme",
      host: HOST,
      serial: 1,
      code: "ERR_UNREACHABLE",
      status: 503,
      error: null,
      message,
      durationMs,
      retryAt,
    });
    equal(cooldown, {
      type: "cooldown",
      provider: "Acme",
      host: HOST,
      serial: 1,
      code: "ERR_UNREACHABLE",
      message: `no new request until ${retryAt.toISOString()}, because ${message}`,
      retryAt,
    });
  },

  async "a refusal says the server's words and what to do next, a token how long it took"() {
    let isRefused = true;
    const said = { error: "invalid_client", error_description: "who are you" };
    const { client, events } = watched((access_token) =>
      isRefused ? Response.json(said, { status: 401 }) : Response.json({ access_token, expires_in: 60 })
    );
    const error = await rejection(client.token());
    const remedy = "check client_id, client_secret and token_endpoint_auth_method";
    equal(error.message, `as.example refused with status 401: invalid_client (who are you); ${remedy}`);
    equal([events[1].error, events[1].message], ["invalid_client", error.message]);
    isRefused = false;
    const granted = watched((access_token) => Response.json({ access_token, expires_in: 60 }));
    await granted.client.token();
    const { type, host, durationMs } = granted.events[1];
    equal([type, host, typeof durationMs], ["token", HOST, "number"]);
  },

  async "one failed request is told to all who waited for it, and refuses none of them"() {
    const { client, events } = watched(async () => {
      await sleep(10);
      throw undici("ENOTFOUND");
    });
    for (const error of await Promise.all([1, 2, 3].map(() => rejection(client.token())))) {
      equal(error.message, "could not reach as.example: ENOTFOUND; is the host name right?");
      equal([error.cause.message, error.cause.cause.code], ["fetch failed", "ENOTFOUND"]);
    }
    equal(events.map(({ type }) => type), ["token_request", "token_error"]);
  },

  async "what seconds will not cure is told at the first try"() {
    for (const [thrown, said] of LASTING) {
      const { client, tokens } = watched(() => Promise.reject(thrown));
      const before = Date.now();
      const error = await rejection(client.token(), said);
      ok(Date.now() - before < 90, `${said} is told at once; it`);
      equal([error.code, tokens()], ["ERR_UNREACHABLE", 1], said);
      const reason = error.message.slice("could not reach as.example: ".length);
      if (typeof said === "string") equal(reason, said);
      else match(reason, said);
      ok(error.retryAt > before, "and the server is left alone");
      await rejection(client.token());
      equal(tokens(), 1, said);
    }
  },

  async "a code that few know is told with what it means, and http: with a question"() {
    const closed = () => Promise.reject(undici("UND_ERR_SOCKET", "other side closed"));
    const said = async (provider) => {
      const credentials = { client_id: "app", client_secret: crypto.randomUUID() };
      const client = createClient({ provider, credentials, allowInsecure: true, patience: 0, fetch: closed });
      return (await rejection(client.token())).message;
    };
    equal(await said(PLAIN), "could not reach as.example: UND_ERR_SOCKET: other side closed");
    const expected = "could not reach 127.0.0.1:8443: UND_ERR_SOCKET: other side closed; does the port expect https?";
    equal(await said("http://127.0.0.1:8443/token"), expected);
  },

  async "what is given to a call is told by its name"() {
    const { client } = watched(() => sleep(1000), { patience: 0 });
    const { name, message } = await rejection(client.token({ signal: new AbortController() }));
    equal([name, message], ["TypeError", "signal: expected an AbortSignal"]);
    equal(
      (await rejection(client.fetch("/v1"))).message,
      "the URL is malformed or not absolute; it must begin with https://",
    );
    match(
      (await rejection(client.fetch("https://a:b@api.example/"))).message,
      /; remove the user info .* from the URL$/,
    );
    equal(thrown(() => client.extend("https://as.example")).message, "options: expected an object");
  },

  async "what may pass in a moment is waited for"() {
    await Promise.all(PASSING.map(async (thrown, index) => {
      const { client, tokens } = watched((access_token) =>
        tokens() === 1 ? Promise.reject(thrown) : Response.json({ access_token, expires_in: 60 })
      );
      equal([(await client.token()).value, tokens()], ["scripted-2", 2], PASSING[index]);
    }));
  },

  async "a fetch that cannot be called is ERR_FETCH, at the first try and with what to do"() {
    const illegal = "Illegal invocation: function called with incorrect `this` reference.";
    for (
      const [thrown, said] of [
        [new TypeError(illegal), `${illegal}; bind it, as in fetch: env.SVC.fetch.bind(env.SVC)`],
        [new Error("PROXY_URL is not set"), /^PROXY_URL is not set; the mistake is in options\.fetch$/],
        [Symbol("s"), /^Symbol\(s\); the mistake is in options\.fetch$/],
      ]
    ) {
      let calls = 0;
      const client = createClient({
        provider: PLAIN,
        credentials: { client_id: "app", client_secret: crypto.randomUUID() },
        patience: 60,
        fetch: () => {
          calls += 1;
          throw thrown;
        },
      });
      const before = Date.now();
      const error = await rejection(client.token());
      equal([error.code, error.host, calls], ["ERR_FETCH", HOST, 1]);
      const reason = error.message.slice("fetch cannot call as.example: ".length);
      if (typeof said === "string") equal(reason, said);
      else match(reason, said);
      ok(error.retryAt - before > 29_000, "its cooldown is that of a refusal");
      await rejection(client.token());
      equal(calls, 1);
    }
  },

  async "whatever is thrown becomes a cause with a name, a code and a message, in bounds"() {
    const revoked = (target) => {
      const { proxy, revoke } = Proxy.revocable(target, {});
      revoke();
      return proxy;
    };
    const cyclic = new Error("c");
    cyclic.cause = cyclic;
    let deep = new Error("0");
    for (let i = 0; i < 10_000; i += 1) deep = new Error("deep", { cause: deep });
    const throws = () => {
      throw new Error("a getter");
    };
    const getters = {};
    for (const name of ["name", "code", "message", "cause", "errors"]) {
      Object.defineProperty(getters, name, { get: throws });
    }
    const hostile = [
      getters,
      { name: {}, code: { a: 1 }, message: [], cause: 7 },
      revoked({}),
      revoked(() => {}),
      new Proxy({}, { get: throws, has: throws, getPrototypeOf: throws, ownKeys: throws }),
      Object.create(null),
      cyclic,
      deep,
      "a text",
      Symbol("s"),
      0,
      10n,
      null,
      () => {},
      Object.assign(new Error("x".repeat(1_000_000)), { name: "n".repeat(1000), code: "C".repeat(1000) }),
      Object.assign(new Error("://".repeat(5000)), { code: "\0\n\ud800" }),
      new DOMException("gone", "AbortError"),
    ];
    for (const [index, thrown] of hostile.entries()) {
      const { client } = watched(() => Promise.reject(thrown), { patience: 0 });
      const error = await rejection(client.token(), index);
      equal([error.code, error.name, error.host], ["ERR_UNREACHABLE", "AuthError", HOST], index);
      let depth = 0;
      for (let { cause } = error; cause; cause = cause.cause) {
        ok(cause instanceof Error && typeof cause.message === "string", `cause ${index} is an Error; it`);
        ok(
          cause.message.length <= 512 && cause.name.length <= 64 && (cause.code ?? "").length <= 64,
          `${index} in bounds`,
        );
        depth += 1;
      }
      ok(depth <= 3, `${depth} causes`);
      ok(error.message.length < 700 && !/\p{Cc}/u.test(error.message), `message ${index} is in bounds; it`);
    }
  },

  async "a refused code or a key that cannot sign has no cause of an earlier failure"() {
    let isDown = true;
    const { client } = watched((access_token) => {
      if (isDown) return Promise.reject(undici("ECONNREFUSED"));
      return access_token === "scripted-2" ? new Response("no", { status: 400 }) : ok200();
    }, { patience: 0 });
    ok((await rejection(client.token())).cause instanceof Error, "the first has one");
    isDown = false;
    await sleep(client.explain().nextRequestAt - Date.now() + 5);
    const error = await rejection(client.token());
    equal([error.code, error.cause], ["ERR_REFUSED", undefined]);
  },
};
