// No secret and no token in whatever a user may print, inspect, serialise or send to a log.
import { createClient } from "bearerkit";
import { buildTokenRequest, parseTokenResponse } from "bearerkit/core";
import { awkwardCredentials } from "bearerkit/testing";
import { equal, match, ok, rejection, sleep, thrown } from "./assert.mjs";
import { forms, found, shown } from "./leaks.mjs";
import { scripted } from "./script.mjs";
import { API, BROKEN, PLAIN } from "./world.mjs";

/** Which no encoding leaves as it is. */
const credentials = awkwardCredentials;
const SECRETS = [credentials.client_secret, credentials.password];
const THEIRS = ["token-of-theirs", "refresh-of-theirs"];

async function expectNothing(value, secrets, what) {
  const text = await shown(value);
  equal(found(text, secrets), [], `${what} shows it:\n${text.slice(0, 2000)}`);
}

/** Every form of a secret, in the words of a server. */
const echoes = forms(credentials.client_secret).map((form) => `you said ${form} did you not`);

export const secrecy = {
  async "the search finds what can be found"() {
    class Own {
      #hidden = "not-this";
      get shown() {
        return `by a getter: ${this.#hidden}`;
      }
    }
    const secret = credentials.client_secret;
    const hidden = Object.defineProperty({}, "x", { value: secret });
    const places = [
      new Error("x", { cause: new Error(secret) }),
      { a: [{ b: new Map([[1, { c: btoa(encodeURIComponent(secret)) }]]) }] },
      { [Symbol("s")]: encodeURIComponent(secret) },
      { [secret]: 1 },
      hidden,
      Object.assign(() => {}, { secret }),
    ];
    // A Map's entries are for those who inspect; workerd has nobody who does.
    for (const [index, place] of places.entries()) {
      const isSeen = found(await shown(place), [secret]).length === 1;
      ok(
        isSeen || (index === 1 && !globalThis.process?.versions && !globalThis.Deno),
        `place ${index} is searched; it`,
      );
    }
    match(await shown(new Own()), /by a getter: not-this/);
    ok(forms(secret).length > 10, "in many forms");
  },

  async "a client and a token show neither secret nor token"(world) {
    await world.options({ credentials });
    const client = world.client({ provider: PLAIN, credentials });
    const token = await client.token();
    const secrets = [...SECRETS, token.value];
    const seen = {
      client,
      token,
      explanation: client.explain(),
      extended: client.extend({ scope: "a" }),
      options: client.fetch,
    };
    for (const [what, value] of Object.entries(seen)) await expectNothing(value, secrets, what);
    ok(!JSON.stringify({ ...token }).includes(token.value), "a copy has no value");
    equal(JSON.parse(JSON.stringify(token)).tokenType, "Bearer", "what may show does");
    ok(!String(structuredClone({ ...token })).includes(token.value), "nor a clone");
  },

  async "what was captured is shown to whoever asks for it, once, and to nobody else"() {
    const key = "capt-s3cr3t-Key";
    const provider = {
      token_endpoint: PLAIN,
      steps: [{ token_endpoint: PLAIN, response: { capture: { key: "/key", url: "/url" } } }],
      parameters: { key: "{step1.key}" },
      response: { capture: { id: "/id" } },
    };
    const grant = (access_token) =>
      Response.json({ access_token, expires_in: 3600, key, url: "https://eu.example", id: 7 });
    const { client } = scripted(undefined, { provider }, grant);
    const token = await client.token();
    equal(token.captured, { key, url: "https://eu.example", id: "7" });
    for (const [what, value] of Object.entries({ token, copy: { ...token }, client, told: client.explain() })) {
      await expectNothing(value, [key], what);
    }
    const answer = { status: 200, headers: {}, body: JSON.stringify({ access_token: "a", id: key }) };
    const read = parseTokenResponse({ provider: { ...provider, steps: [], parameters: {} }, credentials }, answer, 0);
    equal(read.captured, { id: key });
    await expectNothing(read, [key], "what parseTokenResponse returns");
  },

  async "the functions of core show nothing in their errors"() {
    const options = { provider: PLAIN, credentials };
    const answer = { status: 200, headers: {}, body: `{"access_token": ["${THEIRS[0]}"], "error_description": "x"}` };
    const tokenOf = (body) => parseTokenResponse(options, { ...answer, body: JSON.stringify(body) }, 0);
    const token = tokenOf({ access_token: THEIRS[0], refresh_token: THEIRS[1] });
    equal([token.value, token.refreshToken], THEIRS);
    await expectNothing(token, THEIRS, "a token");
    const errors = [
      () => parseTokenResponse(options, answer, 0),
      () => parseTokenResponse(options, { ...answer, body: answer.body.slice(0, 30) }, 0),
      () => tokenOf({ access_token: THEIRS[0], token_type: credentials.client_secret }),
      () => tokenOf({ error: { [credentials.client_secret]: THEIRS } }),
      () => buildTokenRequest({ ...options, timeout: credentials.client_secret }, 0),
      () =>
        buildTokenRequest({ ...options, grant: { type: "password", username: "u", password: 7, secret: SECRETS } }, 0),
      () => createClient({ ...options, credentials: SECRETS }),
      () => createClient({ ...options, credentials: { client_id: "app", client_secret: SECRETS } }),
    ];
    for (const [index, operation] of errors.entries()) {
      await expectNothing(thrown(operation, `error ${index}`), [...SECRETS, ...THEIRS], `error ${index}`);
    }
  },

  async "no error shows a secret or a token"(world) {
    await world.options({ credentials });
    const body = {
      access_token: THEIRS[0],
      refresh_token: THEIRS[1],
      error: "invalid_client",
      error_description: `${THEIRS.join(" ")} ${credentials.client_secret}`,
    };
    const faults = [
      { type: "status", status: 400, body },
      { type: "status", status: 500, body },
      { type: "status", status: 200, body: { ...body, error: undefined, token_type: "mac" } },
      { type: "status", status: 400, body: { error: credentials.client_secret } },
      { type: "bad_token", token: `${THEIRS[0]}\n` },
      { type: "malformed", body: `{"access_token": "${THEIRS[0]}"` },
      { type: "rate_limited", retryAfter: 30 },
      { type: "redirect", location: `https://as.example/?${THEIRS[0]}` },
      { type: "cut_off" },
      { type: "hang" },
      BROKEN,
    ];
    for (const [index, fault] of faults.entries()) {
      await world.fail(fault);
      const client = world.client({ provider: PLAIN, credentials, patience: 0, timeout: 0.3, scope: `s${index}` });
      const secrets = [...SECRETS, ...THEIRS, "access-"];
      await expectNothing(await rejection(client.token()), secrets, `the error of ${JSON.stringify(fault)}`);
      await expectNothing(client.explain(), secrets, `the explanation of ${JSON.stringify(fault)}`);
    }
  },

  async "no server gets the secret into an error, however it spells it"() {
    for (const said of echoes) {
      const options = { provider: PLAIN, credentials };
      const body = JSON.stringify({ error: "invalid_request", error_description: said });
      const error = thrown(() => parseTokenResponse(options, { status: 400, headers: {}, body }, 0));
      equal([error.code, error.error], ["ERR_REFUSED", "invalid_request"]);
      ok(error.errorDescription.endsWith("did you not"), `${error.errorDescription} says the rest; it`);
      await expectNothing(error, SECRETS, `the error of ${said}`);
    }
  },

  async "nor what another grant shows"() {
    const secret = credentials.client_secret;
    const grant = {
      type: "urn:ietf:params:oauth:grant-type:token-exchange",
      parameters: { subject_token: secret, subject_token_type: "urn:example:a", audience: "https://api.example" },
    };
    const options = { provider: PLAIN, credentials: { client_id: "app", client_secret: "another" }, grant };
    const known = "is no urn:example:a for https://api.example";
    for (const said of [secret, ...echoes]) {
      const body = JSON.stringify({ error: said, error_description: said });
      const error = thrown(() => parseTokenResponse(options, { status: 400, headers: {}, body }, 0));
      equal(error.code, "ERR_REFUSED");
      await expectNothing(error, [secret], `the error of ${said}`);
    }
    const { client } = scripted(
      () => new Response("ok"),
      { ...options, patience: 0 },
      () => Response.json({ error: "invalid_grant", error_description: `${secret} ${known}` }, { status: 400 }),
    );
    const error = await rejection(client.token());
    equal([error.error, error.errorDescription], ["invalid_grant", `[redacted] ${known}`]);
    await expectNothing(client.explain(), [secret], "the explanation");
  },

  async "no event shows a secret or a token"(world) {
    await world.options({ credentials });
    const events = [];
    const client = world.client({ provider: PLAIN, credentials, onEvent: (event) => events.push(event), patience: 0 });
    await world.fail({ type: "status", status: 503, body: { error: credentials.client_secret } }, {
      at: "api",
      type: "unauthorized",
    });
    await rejection(client.token());
    await sleep(client.explain().nextRequestAt - Date.now() + 5);
    const seen = [await client.authorization()];
    await client.fetch(API);
    seen.push(await client.authorization());
    ok(events.length >= 6, `${events.length} events`);
    await expectNothing(events, [...SECRETS, ...seen.map((header) => header.split(" ")[1])], "an event");
  },

  async "a secret in the URL of the token endpoint does not show either"(world) {
    const provider = { token_endpoint: "https://as.example/{client_secret}/token", request_format: "query" };
    const client = world.client({
      provider,
      patience: 0,
      credentials: { client_id: "in-query", client_secret: "in-the-path" },
    });
    await world.fail(BROKEN);
    const error = await rejection(client.token());
    equal(error.code, "ERR_UNREACHABLE");
    await expectNothing(error, ["in-the-path", "in-query"], "the error");
    await expectNothing(client.explain(), ["in-the-path", "in-query"], "the explanation");
    ok((await world.calls("token")).length > 0, "it was tried");
  },

  async "nor does a token in the URL of the API"(world) {
    const provider = { token_endpoint: PLAIN, resource_request: { headers: {}, query: { key: "{access_token}" } } };
    const client = world.client({ provider });
    const { value } = await client.token();
    await world.fail({ ...BROKEN, at: "api" });
    await expectNothing(await rejection(client.fetch(API)), [value], "fetch's own error");
  },

  async "nor what a credentials function throws"() {
    const { client } = scripted(() => new Response("ok"), {
      credentials: () => {
        throw new Error(credentials.client_secret);
      },
    });
    const error = await rejection(client.token());
    equal(error.code, "ERR_CREDENTIALS");
    await expectNothing(error, SECRETS, "the error");
    await expectNothing(client.explain(), SECRETS, "the explanation");
  },

  async "nor what fetch throws, however it spells it"() {
    const secret = credentials.client_secret;
    for (const said of [secret, ...echoes, `https://u:p-of-theirs@as.example/in-the-path?q=${secret}`]) {
      const thrown = Object.assign(new TypeError(`fetch failed: ${said}`), { code: said.slice(0, 200), data: said });
      thrown.name = said;
      thrown.cause = Object.assign(new Error(said), { code: said });
      const events = [];
      const { client } = scripted(() => new Response("ok"), {
        credentials,
        patience: 0,
        onEvent: (event) => events.push(event),
      }, () => Promise.reject(thrown));
      const error = await rejection(client.token());
      equal([error.code, error.host], ["ERR_UNREACHABLE", "as.example"]);
      const hidden = [...SECRETS, "in-the-path", "p-of-theirs"];
      await expectNothing([error, client.explain(), events], hidden, `the error of ${said}`);
      ok(error.cause.message.startsWith("fetch failed: "), "the rest is shown");
    }
  },

  async "nor does a host that is a secret"() {
    const provider = { token_endpoint: "https://{client_secret}.example/token", name: "Hosts" };
    const events = [];
    const client = createClient({
      provider,
      credentials: { client_id: "app", client_secret: "Host-of-Theirs" },
      patience: 0,
      onEvent: (event) => events.push(event),
      fetch: (url) => Promise.reject(new Error(`getaddrinfo ENOTFOUND ${new URL(url).hostname}`)),
    });
    const error = await rejection(client.token());
    equal([error.host, error.provider], ["[redacted].example", "Hosts"]);
    const hidden = ["Host-of-Theirs", "host-of-theirs"];
    await expectNothing([error, client.explain(), events], hidden, "the error");
    equal(events.map(({ host }) => host), ["[redacted].example", "[redacted].example"]);
  },

  async "nor a token in what fetch throws at its renewal"() {
    let isDown = false;
    const { client } = scripted(() => new Response("ok"), { patience: 0 }, (access_token) => {
      if (isDown) return Promise.reject(new Error("it broke: scripted-1 refresh-of-theirs"));
      return Response.json({ access_token, refresh_token: THEIRS[1], expires_in: 3600 });
    });
    const { value } = await client.token();
    isDown = true;
    // One that was fetched during the call is as good as it gets.
    await sleep(5);
    const error = await rejection(client.token({ minValidity: 7200 }));
    equal(error.cause.message, "it broke: [redacted] [redacted]");
    await expectNothing([error, client.explain()], [value, THEIRS[1]], "the error");
  },

  async "nor a key that cannot sign"() {
    const provider = { token_endpoint: PLAIN, token_endpoint_auth_method: "private_key_jwt" };
    const secret = btoa(encodeURIComponent(credentials.client_secret));
    const begin = "-----BEGIN PRIVATE KEY-----\nMIIEvgIBADANBgkqhkiG9w0BAQEFAASC";
    const pem = `${begin}${secret}\n-----END PRIVATE KEY-----\n`;
    // As long as it says, and no number.
    const bytes = [...secret].map((character) => character.charCodeAt(0)).slice(0, 100);
    const inner = [2, 1, 0, 48, 13, 6, 9, 42, 134, 72, 134, 247, 13, 1, 1, 1, 5, 0, 4, bytes.length, ...bytes];
    const whole = btoa(String.fromCharCode(48, inner.length, ...inner));
    const wrong = `-----BEGIN PRIVATE KEY-----\n${whole}\n-----END PRIVATE KEY-----\n`;
    for (const private_key of [wrong, { kty: "RSA", n: secret, e: "AQAB", d: "x" }]) {
      const { client } = scripted(() => new Response("ok"), {
        provider,
        credentials: { client_id: "app", private_key },
      });
      const error = await rejection(client.token());
      equal(error.code, "ERR_OPTIONS");
      await expectNothing(error, [...SECRETS, secret], "the error");
    }
    for (
      const private_key of [
        credentials.client_secret,
        pem,
        { kty: "EC", n: secret },
        pem.replace(begin, "-----BEGIN X-----\n"),
      ]
    ) {
      const options = { provider, credentials: { client_id: "app", private_key } };
      await expectNothing(thrown(() => createClient(options)), [...SECRETS, secret], "the error");
    }
  },
};
