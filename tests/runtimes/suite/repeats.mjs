// A token request in which nothing varies is built and handed over once, and sent again as it is. What varies in one is never old.
import { createClient } from "bearerkit";
import { equal, ok } from "./assert.mjs";
import { PLAIN } from "./world.mjs";

const SECRET = { client_id: "app", client_secret: "s3cr3t-of-an-app-that-signs-with-it" };
const granted = (more) => Response.json({ access_token: "a", expires_in: 3600, ...more });
const refused = () => Response.json({ error: "invalid_client" }, { status: 401 });

/** A client, and what it sent: `{ url, headers, body }` each. `answer`: what the server says to such a request. */
function recorded(options, answer = () => granted()) {
  const sent = [];
  const client = createClient({
    provider: PLAIN,
    credentials: SECRET,
    name: crypto.randomUUID(),
    fetch(url, init) {
      sent.push({ url, headers: { ...init.headers }, body: init.body });
      // Whoever hands in a fetch may do with its arguments what they like.
      init.headers["x-trace"] = "changed by its fetch";
      delete init.headers.accept;
      return Promise.resolve(answer(sent.at(-1), sent.length));
    },
    ...options,
  });
  return { client, sent };
}

async function acquire(client, times) {
  for (let time = 0; time < times; time += 1) {
    client.invalidate();
    await client.token();
  }
}

const basic = ({ headers }) => atob(headers.authorization.replace("Basic ", "")).split(":")[1];

export const repeats = {
  async "a token request in which nothing varies is the same each time, whatever a fetch does to it"() {
    const { client, sent } = recorded({ scope: "one two", parameters: { audience: "an-api" } });
    await acquire(client, 4);
    equal(sent.length, 4);
    ok(sent[0].headers.accept && sent[0].headers.authorization && sent[0].body, "all of it is there");
    for (const one of sent) equal(one, sent[0]);
  },

  async "one with a {uuid} has another each time"() {
    const provider = { token_endpoint: PLAIN, headers: { "x-request-id": "{uuid}" } };
    const { client, sent } = recorded({ provider });
    await acquire(client, 4);
    equal(new Set(sent.map(({ headers }) => headers["x-request-id"])).size, 4);
  },

  async "one that is signed is signed each time"() {
    const provider = { token_endpoint: PLAIN, token_endpoint_auth_method: "client_secret_jwt" };
    const { client, sent } = recorded({ provider });
    await acquire(client, 3);
    equal(new Set(sent.map(({ body }) => new URLSearchParams(body).get("client_assertion"))).size, 3);
  },

  async "one that a step feeds has what the step said last"() {
    const provider = {
      token_endpoint: PLAIN,
      parameters: { session: "{session}" },
      steps: [{ token_endpoint: `${PLAIN}/session`, response: { access_token: "/id", capture: { session: "/id" } } }],
    };
    const answer = ({ url }, count) => url === PLAIN ? granted() : Response.json({ id: `session-${count}` });
    const { client, sent } = recorded({ provider }, answer);
    await acquire(client, 3);
    const sessions = sent.filter(({ url }) => url === PLAIN).map(({ body }) =>
      new URLSearchParams(body).get("session")
    );
    equal(sessions, ["session-1", "session-3", "session-5"]);
  },

  async "credentials of a function are those of now, the same or others"() {
    const secrets = ["first", "first", "second", "second", "first"];
    const left = [...secrets];
    const { client, sent } = recorded({ credentials: () => ({ client_id: "app", client_secret: left.shift() }) });
    await acquire(client, secrets.length);
    equal(sent.map(basic), secrets);
  },

  async "credentials that were replaced after a refusal are sent at once"() {
    let secret = "old";
    const credentials = () => ({ client_id: "app", client_secret: secret });
    const { client, sent } = recorded(
      { credentials, patience: 0 },
      (one) => basic(one) === "new" ? granted() : refused(),
    );
    await client.token().catch(() => {});
    secret = "new";
    await acquire(client, 2);
    equal(sent.map(basic).slice(-2), ["new", "new"]);
  },

  async "of two credentials the one that worked is sent again, and the other one once that is refused"() {
    let good = "second";
    const credentials = ["first", "second"].map((client_secret) => ({ client_id: "app", client_secret }));
    const { client, sent } = recorded({ credentials }, (one) => basic(one) === good ? granted() : refused());
    await acquire(client, 2);
    good = "first";
    await acquire(client, 2);
    equal(sent.map(basic), ["first", "second", "second", "second", "first", "first"]);
  },

  async "a refresh between two of them is not taken for one"() {
    const answer = ({ body }, count) => {
      const isRefresh = new URLSearchParams(body).get("grant_type") === "refresh_token";
      if (isRefresh && count > 3) return Response.json({ error: "invalid_grant" }, { status: 400 });
      return granted({ refresh_token: `refresh-${count}` });
    };
    const { client, sent } = recorded({}, answer);
    await acquire(client, 4);
    const shown = sent.map(({ body }) => new URLSearchParams(body)).map((body) =>
      body.get("refresh_token") ?? body.get("grant_type")
    );
    equal(shown, ["client_credentials", "refresh-1", "refresh-2", "refresh-3", "client_credentials"]);
  },
};
