// The hostile server: a token endpoint and an API on raw sockets, which do to whom calls what a mode says, until they are
// told to behave.
//
//   /<place>/token     /<place>/api     whatever else begins with a place's name counts as neither
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { createCertificates } from "./certificates.mjs";
import { answer, readRequests } from "./wire.mjs";

export async function startHostile() {
  const certificates = createCertificates();
  const places = new Map();
  const servers = new Set();

  const secure = await listen({ tlsOptions: certificates.good });
  const plain = await listen({});
  const other = await listen({});
  const origins = { http: plain.origin, https: secure.origin, other: other.origin };

  /** `connect`: what becomes of a connection, if not a conversation. `place`: whose listener it is; one that is healed listens properly. */
  async function listen({ tlsOptions, connect, place }) {
    const behind = tlsOptions && tls.createServer(tlsOptions).on("secureConnection", converse);
    behind?.on("tlsClientError", () => {});
    const server = net.createServer({ noDelay: true }, (socket) => {
      socket.on("error", () => {});
      if (connect && !place.healed) connect(new Connection(socket, place));
      else if (behind) behind.emit("connection", socket);
      else converse(socket);
    });
    servers.add(server);
    await listening(server);
    const heal = () => behind?.setSecureContext(certificates.good);
    return { origin: `${tlsOptions ? "https" : "http"}://127.0.0.1:${server.address().port}`, heal };
  }

  function converse(socket) {
    socket.on("error", () => {});
    readRequests(socket, async (request) => {
      const [, name, endpoint] = /^\/([^/]*)\/(\w*)/.exec(request.path) ?? [];
      const place = places.get(name);
      if (!place) return socket.end(answer(404, `no such place: ${request.path}`));
      const exchange = new Exchange(socket, place, endpoint, request);
      place.calls.push(exchange.call);
      const { mode } = place;
      const strike = place.healed
        ? undefined
        : endpoint === "elsewhere"
        ? mode.elsewhere
        : endpoint === mode.at && mode.strike;
      const said = strike ? await strike(exchange) : exchange.right();
      if (said !== undefined) socket.write(said);
    });
  }

  return {
    ca: certificates.ca,
    /** Where a mode is met, over `http` or `https`. */
    async open(name, mode, over = "http") {
      const place = {
        name,
        mode,
        healed: false,
        calls: [],
        tokens: [],
        floods: new Set(),
        origins,
        heal: () => place.healed = true,
      };
      let own;
      if (mode.connect || mode.certificate || mode.tlsOptions) {
        const isSecure = over === "https" || mode.certificate || mode.tlsOptions;
        const options = { ...certificates[mode.certificate ?? "good"], ...mode.tlsOptions?.(place) };
        own = await listen({ place, connect: mode.connect, tlsOptions: isSecure && options });
        place.heal = () => {
          place.healed = true;
          own.heal();
        };
      } else if (mode.refuses) {
        const port = await freePort();
        own = { origin: `http://127.0.0.1:${port}` };
        place.heal = async () => {
          place.healed = true;
          servers.add(await listening(net.createServer(converse), port));
        };
      }
      const at = (endpoint) => `${endpoint === mode.at && own ? own.origin : origins[over]}/${name}/${endpoint}`;
      Object.assign(place, { token: at("token"), api: at("api") });
      places.set(name, place);
      return place;
    },
    close() {
      for (const server of servers) server.close();
    },
  };
}

/** A port at which nobody listens, below those that systems give to connections: it is still free when it heals. */
async function freePort() {
  for (;;) {
    const port = 11_000 + Math.floor(Math.random() * 5000);
    const server = await listening(net.createServer(), port).catch(() => undefined);
    if (!server) continue;
    server.close();
    await once(server, "close");
    return port;
  }
}

async function listening(server, port = 0) {
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return server;
}

/** One connection, and the ways to ill-treat it. */
class Connection {
  constructor(socket, place) {
    this.socket = socket;
    this.place = place;
  }

  send(text) {
    if (!this.socket.destroyed) this.socket.write(Buffer.isBuffer(text) ? text : Buffer.from(text, "latin1"));
  }

  /** Closes it properly, after what was sent. */
  end(text = "") {
    this.socket.end(Buffer.isBuffer(text) ? text : Buffer.from(text, "latin1"));
  }

  /** An RST: of the TCP connection, also where there is TLS above it. */
  async reset(text) {
    if (text !== undefined) this.send(text);
    // What was sent arrives first.
    await this.pause(30);
    (this.socket._parent ?? this.socket).resetAndDestroy();
  }

  /** Cuts it off without TLS's word of farewell. */
  async cut(text) {
    this.send(text);
    await this.pause(30);
    (this.socket._parent ?? this.socket).destroy();
  }

  /** Byte after byte, so many milliseconds apart. */
  async drip(text, millis) {
    for (const byte of Buffer.from(text, "latin1")) {
      if (this.socket.destroyed) return;
      this.socket.write(Buffer.from([byte]));
      await this.pause(millis);
    }
  }

  /** The same again and again, so many bytes every 5 ms: others want to be served too. */
  async flood(text, amount = 131_072) {
    this.place.floods.add(this.socket);
    const bytes = Buffer.from(text.repeat(Math.ceil(amount / text.length)), "latin1");
    const gone = new Promise((resolve) => this.socket.once("close", resolve));
    while (!this.socket.destroyed) {
      const isTaken = this.socket.write(bytes) || new Promise((resolve) => this.socket.once("drain", resolve));
      await Promise.race([Promise.all([isTaken, this.pause(5)]), gone]);
    }
  }

  pause(millis) {
    return new Promise((resolve) => setTimeout(resolve, millis));
  }
}

/** One request, and what can be answered to it. */
class Exchange extends Connection {
  constructor(socket, place, endpoint, request) {
    super(socket, place);
    this.request = request;
    this.endpoint = endpoint;
    const { method, path, headers, head, body } = request;
    const origin = `${socket.encrypted ? "https" : "http"}://127.0.0.1:${socket.localPort}`;
    this.call = { endpoint, method, path, headers, head, body: body.toString(), origin };
    /** How many requests came to this endpoint, this one included. */
    this.count = place.calls.filter((call) => call.endpoint === endpoint).length + 1;
  }

  /** A token answer, with a token that the API takes from now on. */
  grant(further = {}) {
    const token = `token-${this.place.name}-${this.place.tokens.length + 1}`;
    this.place.tokens.push(token);
    return { access_token: token, token_type: "Bearer", expires_in: 3600, ...further };
  }

  /** What a server that means well answers. */
  right() {
    if (this.endpoint === "token") return answer(200, this.grant());
    if (this.endpoint === "elsewhere") return answer(200, {});
    const { authorization, path } = { ...this.request.headers, ...this.request };
    const isGood = this.place.tokens.some((token) =>
      authorization === `Bearer ${token}` || path.endsWith(`?access_token=${token}`)
    );
    if (isGood) return answer(200, { ok: true, body: this.call.body });
    return answer(401, { error: "invalid_token" }, { "www-authenticate": 'Bearer error="invalid_token"' });
  }

  /** The right answer's body alone. */
  rightBody() {
    return JSON.stringify(this.endpoint === "token" ? this.grant() : { ok: true });
  }
}
