// No secret and no token in whatever a user may print, serialise or send to a log.
import { equal, ok, rejection, sleep } from "./assert.mjs";
import { API, BROKEN, PLAIN } from "./world.mjs";

const SECRETS = ["fake-secret", "fake-password"];

/** Everything that can be read from a value without asking for the secret by name, as one string. */
export function shown(value, seen = new Set()) {
  if (typeof value === "function") return String(value);
  if (typeof value !== "object" || value === null) return String(value);
  if (seen.has(value)) return "";
  seen.add(value);
  const parts = [String(value), attempt(() => JSON.stringify(value)), value.name, value.message, value.stack];
  for (const name in value) parts.push(name, shown(value[name], seen));
  if (value.cause) parts.push(shown(value.cause, seen));
  return parts.join("\n");
}

function attempt(operation) {
  try {
    return operation();
  } catch {
    return "";
  }
}

function expectNothing(value, secrets, what) {
  const text = shown(value);
  for (const secret of secrets) ok(!text.includes(secret), `${what} shows ${secret}; it`);
}

export const secrecy = {
  async "a client and a token show neither secret nor token"(world) {
    const client = world.client({ provider: PLAIN });
    const token = await client.token();
    const secrets = [...SECRETS, token.value];
    for (
      const [what, value] of Object.entries({
        client,
        token,
        explanation: client.explain(),
        extended: client.extend({ scope: "a" }),
      })
    ) {
      expectNothing(value, secrets, what);
    }
    ok(!JSON.stringify({ ...token }).includes(token.value), "a copy has no value");
    equal(JSON.parse(JSON.stringify(token)).tokenType, "Bearer", "what may show does");
  },

  async "no error shows a secret or a token"(world) {
    const body = {
      access_token: "token-of-theirs",
      refresh_token: "refresh-of-theirs",
      error: "invalid_client",
      error_description: "token-of-theirs fake-secret",
    };
    const faults = [
      { type: "status", status: 400, body },
      { type: "status", status: 500, body },
      { type: "status", status: 200, body: { ...body, error: undefined, token_type: "mac" } },
      { type: "bad_token", token: "token-of-theirs\n" },
      { type: "malformed", body: '{"access_token": "token-of-theirs"' },
      { type: "rate_limited", retryAfter: 30 },
      { type: "redirect", location: "https://as.example/?token-of-theirs" },
      { type: "cut_off" },
      { type: "hang" },
      BROKEN,
    ];
    for (const [index, fault] of faults.entries()) {
      await world.fail(fault);
      const client = world.client({ provider: PLAIN, patience: 0, timeout: 0.3, scope: `s${index}` });
      const secrets = [...SECRETS, "token-of-theirs", "refresh-of-theirs", "access-"];
      expectNothing(await rejection(client.token()), secrets, `the error of ${JSON.stringify(fault)}`);
      expectNothing(client.explain(), secrets, `the explanation of ${JSON.stringify(fault)}`);
    }
  },

  async "no event shows a secret or a token"(world) {
    const events = [];
    const client = world.client({ provider: PLAIN, onEvent: (event) => events.push(event), patience: 0 });
    await world.fail({ type: "status", status: 503, body: { error: "fake-secret" } }, {
      at: "api",
      type: "unauthorized",
    });
    await rejection(client.token());
    await sleep(client.explain().nextRequestAt - Date.now() + 5);
    const seen = [await client.authorization()];
    await client.fetch(API);
    seen.push(await client.authorization());
    ok(events.length >= 6, `${events.length} events`);
    expectNothing(events, [...SECRETS, ...seen.map((header) => header.split(" ")[1])], "an event");
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
    expectNothing(error, ["in-the-path", "in-query"], "the error");
    expectNothing(client.explain(), ["in-the-path", "in-query"], "the explanation");
    ok((await world.calls("token")).length > 0, "it was tried");
  },
};
