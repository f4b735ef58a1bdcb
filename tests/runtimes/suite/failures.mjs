// A token endpoint that does not do what it should: which error comes of it, what it carries, and that nobody asks again too soon.
import { equal, match, near, ok, rejection, sleep, thrown } from "./assert.mjs";
import { moved, scripted } from "./script.mjs";
import { API, BROKEN, PLAIN } from "./world.mjs";

const AT_ONCE = { provider: PLAIN, patience: 0 };

/** The error that this fault makes of a call. */
async function errorOf(world, fault, options = AT_ONCE) {
  await world.fail(fault);
  const error = await rejection(world.client(options).token(), fault.type);
  equal(error.name, "AuthError");
  return error;
}

/** Answers without a usable token: the fault, the status in the error, and what of the body may not be in it. */
const badResponses = {
  "JSON that ends too early": [{ type: "malformed" }, 200, "cut sh"],
  "no JSON": [{ type: "malformed", body: "access_token=body-of-it" }, 200, "body-of-it"],
  "a JSON string": [{ type: "malformed", body: '"body-of-it"' }, 200, "body-of-it"],
  "JSON that nests deep": [{ type: "malformed", body: "[".repeat(100_000) }, 200, "[["],
  "an empty 200": [{ type: "empty", status: 200 }, 200],
  "204": [{ type: "empty", status: 204 }, 204],
  "HTML with 200": [{ type: "html" }, 200, "be back"],
  "2 MiB": [{ type: "oversized" }, 200, "access-"],
  "a byte more than 1 MiB": [{ type: "oversized", bytes: 1024 * 1024 + 1 }, 200, "access-"],
  "a redirect": [{ type: "redirect", location: "https://elsewhere.example/token" }, 307, "elsewhere"],
  "a redirect of another kind": [{ type: "redirect", location: "https://as.example/token", status: 302 }, 302],
  "no token": [{ type: "no_token" }, 200],
  "a token with a line break": [{ type: "bad_token", token: "body-of-it\r\nx: y" }, 200, "body-of-it"],
  "a token beyond ASCII": [{ type: "bad_token", token: "jeton-é" }, 200, "jeton"],
  "a token that is a number": [{ type: "bad_token", token: 421_337 }, 200, "421337"],
  "an empty token": [{ type: "bad_token", token: "" }, 200],
  "a token of more than 64 KiB": [{ type: "bad_token", token: "long".repeat(16_385) }, 200, "longlong"],
  "a token type that is not allowed": [
    { type: "status", status: 200, body: { access_token: "body-of-it", token_type: "mac" } },
    200,
    "body-of-it",
  ],
};

const unreachable = {
  "503": [{ type: "unavailable" }, 503],
  "500 with an error object that says otherwise": [
    { type: "status", status: 500, body: { error: "invalid_client" } },
    500,
  ],
  "408": [{ type: "status", status: 408 }, 408],
  "temporarily_unavailable with 400": [
    { type: "status", status: 400, body: { error: "temporarily_unavailable" } },
    400,
  ],
  "no connection": [BROKEN, undefined],
  "an answer that is cut off": [{ type: "cut_off" }, undefined],
};

export const failures = {
  ...Object.fromEntries(
    Object.entries(badResponses).map(([name, [fault, status, hidden]]) => [
      `ERR_BAD_RESPONSE: ${name}`,
      async (world) => {
        const error = await errorOf(world, fault);
        equal([error.code, error.status], ["ERR_BAD_RESPONSE", status]);
        ok(error.message.includes(String(status)), `${error.message} names the status; it`);
        if (hidden) {
          ok(
            !`${error.message}${error.stack}${JSON.stringify(error)}`.includes(hidden),
            "nothing of the body shows; it",
          );
        }
        const again = await rejection(world.client(AT_ONCE).token());
        equal(again.code, "ERR_BAD_RESPONSE", "and nobody asks again at once");
        await world.expectCalls({ token: 1 });
      },
    ]),
  ),

  ...Object.fromEntries(
    Object.entries(unreachable).map(([name, [fault, status]]) => [
      `ERR_UNREACHABLE: ${name}`,
      async (world) => {
        const before = Date.now();
        const error = await errorOf(world, fault);
        equal(error.code, "ERR_UNREACHABLE");
        if (status) equal(error.status, status);
        ok(
          error.retryAt > before && error.retryAt < Date.now() + 1100,
          "backs off for a second at most at first",
        );
        if (fault !== BROKEN) await world.expectCalls({ token: 1 });
      },
    ]),
  ),

  async "an error has the members that there is something to say for, and no others"(world) {
    const members = (error) => Object.getOwnPropertyNames(error).filter((name) => own.has(name)).sort();
    const own = new Set(["cause", "code", "error", "errorDescription", "retryAt", "status"]);
    equal(members(thrown(() => world.client({}))), ["code"]);
    const limited = await errorOf(world, { type: "status", status: 503 });
    equal(members(limited), ["code", "retryAt", "status"]);
    const signal = AbortSignal.abort(undefined);
    equal(members(await rejection(world.client(AT_ONCE).fetch(API, { signal }))), ["cause", "code"]);
    const { client } = scripted(() => new Response(null, { status: 400 }), {
      provider: { token_endpoint: PLAIN, revocation_endpoint: "https://as.example/revoke" },
    });
    await client.token();
    equal(members(await rejection(client.revoke())), ["code", "status"]);
    equal(Object.isFrozen(client), true, "and nobody adds any to a client");
  },

  async "a MiB is not too much"(world) {
    await world.fail({ type: "oversized", bytes: 1024 * 1024 });
    equal((await world.client(AT_ONCE).fetch(API)).status, 200);
  },

  async "429 with Retry-After in seconds; while it runs nobody asks"(world) {
    const error = await errorOf(world, { type: "rate_limited", retryAfter: 30 });
    equal([error.code, error.status], ["ERR_RATE_LIMITED", 429]);
    ok(error.retryAt instanceof Date, "a Date");
    near(error.retryAt - Date.now(), 30_750, 1250);
    const before = Date.now();
    const again = await rejection(world.client(AT_ONCE).fetch(API));
    equal([again.code, again.retryAt.getTime()], ["ERR_RATE_LIMITED", error.retryAt.getTime()]);
    ok(Date.now() - before < 250, "patience 0 never waits");
    await world.expectCalls({ token: 1 });
  },

  async "429 with Retry-After as a date"(world) {
    const date = new Date(Math.ceil(Date.now() / 1000) * 1000 + 60_000);
    const error = await errorOf(world, { type: "rate_limited", retryAfter: date.toUTCString() });
    equal([error.code, error.status], ["ERR_RATE_LIMITED", 429]);
    // Never before the date; at most a twentieth of the wait later, and the second that the server's Date rounds away.
    near(error.retryAt - date, 2050, 2100);
    await world.expectCalls({ token: 1 });
  },

  async "429 without Retry-After, and with nonsense in it"(world) {
    for (const retryAfter of [undefined, "soon"]) {
      await world.fail({ type: "rate_limited", retryAfter });
      const before = Date.now();
      const error = await rejection(world.client({ ...AT_ONCE, scope: retryAfter ?? "none" }).token());
      equal(error.code, "ERR_RATE_LIMITED");
      ok(error.retryAt > before && error.retryAt < Date.now() + 1100, "backs off like any other failure");
    }
  },

  async "an hour is the longest that a server can ask for"(world) {
    const error = await errorOf(world, { type: "unavailable", retryAfter: 86_400 });
    near(error.retryAt - Date.now(), 3_600_000, 2000);
  },

  async "who has patience waits for the end of the cooldown"(world) {
    await world.fail({ type: "rate_limited", retryAfter: 1 });
    const client = world.client({ provider: PLAIN, patience: 5 });
    const before = Date.now();
    const responses = await Promise.all(Array.from({ length: 5 }, () => client.fetch(API)));
    ok(responses.every(({ status }) => status === 200), "all are served");
    near(Date.now() - before, 1500, 600);
    await world.expectCalls({ token: 2, api: 5 });
  },

  async "who has too little patience fails at once"(world) {
    const error = await errorOf(world, { type: "rate_limited", retryAfter: 5 }, { provider: PLAIN, patience: 1 });
    equal(error.code, "ERR_RATE_LIMITED");
  },

  async "the time limit: no answer, and an answer whose body does not come"(world) {
    for (const fault of [{ type: "hang" }, { type: "slow", delay: 2000, body: true }]) {
      await world.fail(fault);
      const client = world.client({ provider: PLAIN, patience: 0, timeout: 0.3, scope: fault.type });
      const before = Date.now();
      const waiting = Array.from({ length: 3 }, () => rejection(client.token()));
      for (const error of await Promise.all(waiting)) {
        equal([error.code, error.retryAt instanceof Date], ["ERR_TIMEOUT", true]);
      }
      near(Date.now() - before, 475, 225, `${fault.type}: the limit`);
      // Full jitter: the cooldown of a first failure is a second at most.
      await sleep(client.explain().nextRequestAt - Date.now() + 5);
      equal((await client.fetch(API)).status, 200);
    }
    await world.expectCalls({ token: 4, api: 2 });
  },

  async "what becomes of a revocation and an introspection is told by the same codes"() {
    const provider = {
      token_endpoint: PLAIN,
      revocation_endpoint: "https://as.example/revoke",
      introspection_endpoint: "https://as.example/introspect",
    };
    const ways = [
      [() => new Response("x".repeat(1024 * 1024 + 1)), "ERR_BAD_RESPONSE", undefined, "sent more than 1 MiB"],
      [() => moved("https://as.example/elsewhere"), "ERR_BAD_RESPONSE", 307, "answered 307, but may not redirect"],
      [() => new Response(null, { status: 429 }), "ERR_RATE_LIMITED", 429, "is rate limited (429)"],
      [() => new Response(null, { status: 400 }), "ERR_REFUSED", 400, "refused with status 400"],
      [() => new Response(null, { status: 500 }), "ERR_UNREACHABLE", 500, "answered 500"],
      [() => Promise.reject(new Error("no")), "ERR_UNREACHABLE", undefined, "could not be reached: no"],
      [() => new Promise(() => {}), "ERR_TIMEOUT", undefined, "did not answer within 0.5 s"],
    ];
    for (const [answer, code, status, what] of ways) {
      const { client, calls } = scripted(answer, { provider, timeout: 0.5 });
      await client.token();
      for (const [endpoint, ask] of [["introspection", client.introspect], ["revocation", client.revoke]]) {
        const error = await rejection(ask());
        equal([error.message, error.host], [`the ${endpoint} endpoint at as.example ${what}`, "as.example"]);
        equal(error.cause?.message, code === "ERR_UNREACHABLE" && status === undefined ? "no" : undefined);
        equal([error.code, error.status ?? undefined], [code, code === "ERR_BAD_RESPONSE" ? error.status : status]);
      }
      equal(calls.map(({ url }) => new URL(url).pathname), ["/introspect", "/revoke"]);
    }
  },

  async "an introspection asks for no token that it has no need of, and takes no answer that is none"() {
    const provider = { token_endpoint: PLAIN, introspection_endpoint: "https://as.example/introspect" };
    const { client, calls, tokens } = scripted(
      (_, count) => count < 3 ? Response.json({ active: true }) : new Response("scripted-1 is no JSON"),
      { provider },
    );
    for (const [token, needed] of [["another", 0], [undefined, 1]]) {
      equal([(await client.introspect(token)).active, tokens()], [true, needed]);
    }
    equal(calls.map(({ init }) => new URLSearchParams(init.body).get("token")), ["another", "scripted-1"]);
    const error = await rejection(client.introspect());
    equal([error.code, error.status], ["ERR_BAD_RESPONSE", 200]);
    ok(!`${error.message}${error.cause}`.includes("scripted-1"), "it quotes nothing");
  },

  async "an answer that cannot be read is ERR_FETCH, and no error that nobody catches"() {
    const unreadable = {
      "a locked body": () => {
        const response = Response.json({ access_token: "a" });
        response.body.getReader();
        return response;
      },
      "a body that was read": async () => {
        const response = Response.json({ access_token: "a" });
        await response.text();
        return response;
      },
      "a body that is no stream": () => ({ status: 200, headers: new Headers(), body: { on() {} } }),
      "null": () => null,
      "undefined": () => undefined,
    };
    for (const [what, answer] of Object.entries(unreadable)) {
      const { client, tokens } = scripted(() => new Response("ok"), { patience: 0, timeout: 3 }, answer);
      const before = Date.now();
      equal((await rejection(client.token(), what)).code, "ERR_FETCH", what);
      equal(tokens(), 1, what);
      ok(Date.now() - before < 2500, `${what} takes no time limit; it`);
    }
  },

  async "a refusal is remembered"(world) {
    const credentials = { client_id: "fake-client", client_secret: "wrong-secret" };
    const client = world.client({ provider: PLAIN, credentials });
    for (let i = 0; i < 3; i += 1) {
      const error = await rejection(client.fetch(API));
      equal([error.code, error.status, error.error], ["ERR_REFUSED", 401, "invalid_client"]);
      equal(error.errorDescription, "Client authentication failed");
      near(error.retryAt - Date.now(), 30_000, 2000);
    }
    await world.expectCalls({ token: 1 });
  },

  async "ERR_REFUSED: an error object on any status, a 4xx without one"(world) {
    const refusals = [
      [
        { type: "status", status: 200, body: { error: "invalid_scope", error_description: "no" } },
        200,
        "invalid_scope",
      ],
      [{ type: "status", status: 400, body: { error: "unsupported_grant_type" } }, 400, "unsupported_grant_type"],
      [{ type: "status", status: 403, body: "<h1>Forbidden</h1>" }, 403, undefined],
      [{ type: "status", status: 404, body: "" }, 404, undefined],
    ];
    for (const [index, [fault, status, code]] of refusals.entries()) {
      const error = await errorOf(world, fault, { ...AT_ONCE, scope: `s${index}` });
      equal([error.code, error.status, error.error], ["ERR_REFUSED", status, code]);
    }
    await world.expectCalls({ token: refusals.length });
  },

  async "a server that echoes the secret does not get it into the error"(world) {
    const said = "fake-secret of ZmFrZS1jbGllbnQ6ZmFrZS1zZWNyZXQ= is\r\nwrong";
    const body = { error: "invalid_client", error_description: said };
    const error = await errorOf(world, { type: "status", status: 401, body });
    match(error.errorDescription, /^\[redacted\] of .*\[redacted\].* is {2}wrong$/);
    for (const form of ["fake-secret", btoa("fake-secret").slice(0, -1)]) {
      ok(!`${error.message}${error.stack}${JSON.stringify(error)}`.includes(form), `no ${form}; it`);
    }
  },
};
