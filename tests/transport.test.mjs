// The transport by itself: what becomes of what a `fetch` throws and answers, and that no fake timer holds it up.
import assert from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { mock, test } from "node:test";
import { AuthError, createClient } from "../pkg/index.js";
import { send } from "../pkg/send.js";
import { restart, wasm } from "../pkg/wasm.js";

const PLAIN = "https://as.example/token";
const REQUEST = { method: "POST", url: PLAIN, headers: { accept: "application/json" }, body: "a=b" };
const granted = (access_token = "a") => Response.json({ access_token, expires_in: 3600 });
const ask = (fetch, timeout = 5000) => send({ timeout }, { fetch }, REQUEST);
const client = (fetch, options) =>
  createClient({
    provider: PLAIN,
    credentials: { client_id: "app", client_secret: "s3cr3t" },
    name: crypto.randomUUID(),
    fetch,
    ...options,
  });

test("an answer: its status, its headers, its bytes", async () => {
  const sent = [];
  const answer = await ask((url, init) => {
    sent.push(url, { ...init, signal: init.signal.aborted });
    return Promise.resolve(new Response("body", { status: 201, headers: { "x-a": "1" } }));
  });
  const { method, headers, body } = REQUEST;
  assert.deepEqual(sent, [PLAIN, { method, headers, body, redirect: "manual", cache: "no-store", signal: false }]);
  assert.equal(answer.failure, undefined);
  assert.equal(answer.status, 201);
  assert.deepEqual(answer.headers, ["content-type", "text/plain;charset=UTF-8", "x-a", "1"]);
  assert.equal(new TextDecoder().decode(answer.body), "body");
});

test("a rejection is the network's, with what was thrown", async () => {
  for (const cause of [new TypeError("fetch failed"), Object.freeze({ code: "ENOTFOUND" }), "text", undefined, null]) {
    assert.deepEqual(await ask(() => Promise.reject(cause)), { failure: "network", status: 0, cause });
  }
  const cause = new Error("cut off");
  const body = new ReadableStream({ pull: (controller) => controller.error(cause) });
  assert.deepEqual(await ask(() => new Response(body, { status: 202 })), { failure: "network", status: 202, cause });
});

test("the time limit and the byte limit have no cause, and the request is aborted", async () => {
  const signals = [];
  const watched = (answer) => (_, { signal }) => {
    signals.push(signal);
    return answer;
  };
  assert.deepEqual(await ask(watched(new Promise(() => {})), 30), { failure: "timeout", status: 0 });
  let cancelled = 0;
  const never = new ReadableStream({ cancel: () => void (cancelled += 1) });
  assert.deepEqual(await ask(watched(new Response(never)), 30), { failure: "timeout", status: 200 });
  const large = new Response(new Uint8Array(1024 * 1024 + 1));
  assert.deepEqual(await ask(watched(large)), { failure: "too_large", status: 200, cause: undefined });
  assert.deepEqual(signals.map(({ aborted }) => aborted), [true, true, true]);
  assert.equal(cancelled, 1);
});

test("a fetch that does what no fetch does is named, with what to do", async () => {
  const read = granted();
  await read.text();
  const locked = granted();
  locked.body.getReader();
  const response = (more) => ({ status: 200, headers: new Headers(), body: null, ...more });
  const ways = {
    "returned undefined, not a Response": () => undefined,
    "returned null, not a Response": () => null,
    "returned a string, not a Response": () => Promise.resolve('{"access_token":"a"}'),
    "returned an object without status and headers and body": () => ({ access_token: "a" }),
    "returned an object without headers and body": () => ({
      ok: true,
      status: 200,
      json: () => ({ access_token: "a" }),
    }),
    "whose body was already read": () => read,
    "a Response whose body was already read": () => locked,
    "whose body is not a stream": () => response({ body: "text" }),
    "not a stream of bytes": () => response({ body: new ReadableStream({ start: (c) => c.enqueue(1e9) }) }),
  };
  for (const [what, fetch] of Object.entries(ways)) {
    const { failure, cause } = await ask(fetch);
    assert.equal(failure, "fetch", what);
    assert.ok(cause instanceof TypeError && cause.message.includes(what), `${cause?.message} says: ${what}`);
  }
});

test("so is one that is written wrong, when it is called or in its first promise", async () => {
  const env = {};
  const nothing = undefined;
  const mistakes = [
    (url) => env.SVC.fetch(url),
    (url) => env.fetch(url),
    () => new env.Client(),
    () => missing,
    () => {
      const [first] = 1;
      return first;
    },
    () => {
      const { first } = nothing;
      return first;
    },
    () => {
      nothing.member = 1;
    },
    () => {
      throw new TypeError("Illegal invocation");
    },
    () => {
      throw new TypeError("Illegal invocation: function called with incorrect `this` reference.");
    },
  ];
  for (const mistake of mistakes) {
    for (const fetch of [mistake, async (url) => await mistake(url)]) {
      const { failure, cause } = await ask(fetch);
      assert.equal(failure, "fetch", `${cause}`);
      assert.match(`${cause}`, /^(TypeError|ReferenceError): /);
    }
  }
  const cause = new Error("PROXY_URL is not set");
  const throwing = () => {
    throw cause;
  };
  assert.deepEqual(await ask(throwing), { failure: "fetch", status: 0, cause });
});

test("the same Response handed out twice costs one request", async () => {
  const same = granted();
  let asked = 0;
  const api = client(() => {
    asked += 1;
    return Promise.resolve(same);
  }, { patience: 0 });
  await api.token();
  api.invalidate();
  await assert.rejects(api.token(), AuthError);
  await assert.rejects(api.token(), AuthError);
  assert.equal(asked, 2);
});

test("what is thrown may be hostile", async () => {
  const thrown = {
    get digest() {
      throw new Error("no");
    },
    get message() {
      throw new Error("no");
    },
  };
  const { failure, cause } = await ask(() => Promise.reject(thrown));
  assert.equal(failure, "network");
  assert.ok(cause === thrown);
  const error = Object.defineProperty(new TypeError(), "message", { get: () => assert.fail("it reads on") });
  assert.ok((await ask(() => Promise.reject(error))).cause === error);
});

test("after a restart of the core each request is in the context of its call", async () => {
  const context = new AsyncLocalStorage();
  const seen = [];
  const ask = (id) =>
    context.run(id, () =>
      client(async () => {
        seen.push(context.getStore());
        await new Promise(setImmediate);
        return granted();
      }).token());
  const before = ask("before");
  restart();
  await Promise.all([before, ask("after"), ask("later")]);
  assert.deepEqual(seen.slice(0, 3), ["before", "after", "later"]);
});

test("fifty calls, one signal: no warning, and one listener while they wait", async () => {
  const warnings = [];
  const note = ({ name }) => warnings.push(name);
  process.on("warning", note);
  const { signal } = new AbortController();
  const listeners = [];
  const { addEventListener } = signal;
  signal.addEventListener = (...given) => {
    listeners.push(given[0]);
    return addEventListener.apply(signal, given);
  };
  const api = client(() => new Promise((resolve) => setImmediate(resolve, granted())));
  await Promise.all(Array.from({ length: 50 }, () => api.token({ signal })));
  await new Promise(setImmediate);
  process.off("warning", note);
  assert.deepEqual([warnings, listeners], [[], ["abort"]]);
});

test("one signal ends whoever waits with it, and nobody else", async () => {
  let answer;
  const api = client(() => new Promise((resolve) => answer = () => resolve(granted())));
  const controllers = [new AbortController(), new AbortController()];
  const waiting = controllers.map(({ signal }) => [api.token({ signal }), api.token({ signal })]);
  controllers[0].abort();
  for (const call of waiting[0]) await assert.rejects(call, { code: "ERR_ABORTED" });
  await assert.rejects(api.token({ signal: controllers[0].signal }), { code: "ERR_ABORTED" });
  answer();
  for (const call of waiting[1]) assert.equal((await call).value, "a");
});

/** A Response whose body hangs on nothing: undici's own takes queueMicrotask where it finds it. */
const plain = (access_token = "a") => ({
  status: 200,
  headers: new Headers(),
  body: (async function* () {
    yield JSON.stringify({ access_token, expires_in: 3600 });
  })(),
});

/** As a test runner fakes them: what is put off is never done. */
async function faked(run) {
  const { queueMicrotask } = globalThis;
  mock.timers.enable({ apis: ["setTimeout", "setInterval", "setImmediate", "Date"], now: Date.now() });
  globalThis.queueMicrotask = () => {};
  try {
    await run();
  } finally {
    mock.timers.reset();
    globalThis.queueMicrotask = queueMicrotask;
  }
}

const unavailable = (headers) => new Response(null, { status: 503, headers });

test("fake timers hold nothing up, and leave nothing hung", { timeout: 10_000 }, async () => {
  const before = client(() => Promise.resolve(plain()));
  await faked(async () => {
    assert.equal(await before.authorization(), "Bearer a");
    assert.equal(await client(() => Promise.resolve(plain())).authorization(), "Bearer a");
    const hung = client(() => new Promise(() => {}), { timeout: 0.1, patience: 0 });
    await assert.rejects(hung.token(), { code: "ERR_TIMEOUT" });
  });
  assert.equal(await client(() => Promise.resolve(plain())).authorization(), "Bearer a");
});

test("a token ages by the fake clock", { timeout: 10_000 }, async () => {
  let asked = 0;
  await faked(async () => {
    const api = client(() => Promise.resolve(plain(`token-${asked += 1}`)));
    assert.equal(await api.authorization(), "Bearer token-1");
    mock.timers.tick(3_590_000);
    assert.equal(await api.authorization(), "Bearer token-2");
  });
});

test("a cooldown ends by a clock that moves, and by one that stands still", { timeout: 10_000 }, async () => {
  for (const [wait, move] of [[1, 0], [600, 700_000]]) {
    const answers = [unavailable({ "retry-after": String(wait) })];
    let asked = 0;
    const fetch = () => {
      asked += 1;
      return Promise.resolve(answers.shift() ?? plain());
    };
    await faked(async () => {
      const api = client(fetch, { patience: 1000 });
      const calls = [api.token(), api.token()];
      for (let turn = 0; turn < 50; turn += 1) await undefined;
      if (move > 0) mock.timers.tick(move);
      for (const call of calls) assert.equal((await call).value, "a");
      assert.equal((await api.token()).value, "a");
    });
    assert.equal(asked, 2);
  }
});

test("patience ends where the clock stands still, too", { timeout: 20_000 }, async () => {
  // Some, since what is added to a Retry-After is a matter of dice.
  const asked = [0, 0, 0, 0];
  await faked(() =>
    Promise.all(asked.map((_, index) => {
      const fetch = () => {
        asked[index] += 1;
        return Promise.resolve(unavailable({ "retry-after": "1" }));
      };
      return assert.rejects(client(fetch, { patience: 1.5 }).token(), { code: "ERR_UNREACHABLE" });
    }))
  );
  assert.deepEqual(asked, [2, 2, 2, 2]);
});

test("loaded while timers are faked, it takes what they replaced", async () => {
  const { clearTimeout, setTimeout } = globalThis;
  // As @sinonjs/fake-timers leaves it, which jest and vitest use.
  const clock = { _setTimeout: setTimeout, _clearTimeout: clearTimeout };
  Object.assign(globalThis, { setTimeout: Object.assign(() => {}, { clock }) });
  try {
    const timers = await import("../pkg/timers.js?again");
    assert.ok(timers.setTimeout === setTimeout && timers.clearTimeout === clearTimeout);
  } finally {
    globalThis.setTimeout = setTimeout;
  }
});

test("an unchanged token request is handed over once, and a token comes with its answer", async () => {
  const { prototype } = wasm.Machine;
  const { poll, token } = prototype;
  const handedOver = [];
  let looks = 0;
  prototype.poll = function (...given) {
    const action = poll.apply(this, given);
    if (action.request) handedOver.push(action.request.next !== undefined);
    return action;
  };
  prototype.token = function () {
    looks += 1;
    return token.apply(this);
  };
  try {
    const api = client(() => Promise.resolve(granted()));
    for (let time = 0; time < 4; time += 1) {
      api.invalidate();
      await api.token();
    }
  } finally {
    Object.assign(prototype, { poll, token });
  }
  assert.deepEqual([handedOver, looks], [[true, false, false, false], 0]);
});
