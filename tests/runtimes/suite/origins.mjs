// Where the token may go: the origin that is left when a URL was parsed, and nothing else of what it looks like.
import { createClient } from "bearerkit";
import { equal, match, ok, rejection, thrown } from "./assert.mjs";
import { moved, scripted } from "./script.mjs";
import { PLAIN } from "./world.mjs";

const API = "https://api.example";

/** Origins that are named -> URLs that may have the token, and URLs that may not. */
const named = {
  [API]: [
    [
      "https://api.example",
      "HTTPS://API.EXAMPLE/x",
      "https://api.example:443/",
      "https:api.example/x",
      "https://api.example\\@evil.example/",
      "https://ａｐｉ.example/",
      "https://api%2Eexample/",
      " https://api.exa\nmple/ ",
    ],
    [
      "https://api.example./",
      "https://api.example:8443/",
      "https://api.example.evil.example/",
      "https://evil.example/?https://api.example/",
      "https://evil.example#https://api.example/",
      "https://api.example@evil.example/",
      "https://user@api.example/",
      "https://user:password@api.example/",
      "https://:password@api.example/",
      "https://\u0430pi.example/",
      "https://api.example%2Eevil.example/",
      "http://api.example/",
      "wss://api.example/",
      "ftp://api.example/",
      "blob:https://api.example/4c6ea1d0-0000-4000-8000-000000000000",
      "blob:https://api.example",
      "data:text/plain,https://api.example",
      "file://api.example/etc/passwd",
      "javascript:https://api.example",
      "about:blank",
      "view-source:https://api.example/",
    ],
  ],
  "https://xn--bcher-kva.example": [
    [
      "https://bücher.example/",
      "https://BÜCHER.example/",
      "https://b\u0075\u0308cher.example/",
      "https://xn--bcher-kva.example/",
    ],
    ["https://bucher.example/", "https://xn--bcher-kva.example./", "https://b%C3%BCcher.evil.example/"],
  ],
  "https://[2001:DB8::1]:8443": [
    ["https://[2001:db8:0:0:0:0:0:1]:8443/", "https://[2001:0db8::0001]:8443/"],
    ["https://[2001:db8::1]/", "https://[2001:db8::2]:8443/", "https://[2001:db8::1]:8444/"],
  ],
  "https://192.0.2.1": [
    ["https://0xC0000201/", "https://3221225985/", "https://192.0.513/", "https://192.0.2.1./"],
    ["https://192.0.2.2/", "https://192.0.2.1.evil.example/", "https://[::ffff:192.0.2.1]/"],
  ],
};

/** URLs that nobody can parse. */
const NONE = [
  "",
  "orders",
  "/orders",
  "//api.example/",
  "https://",
  "https://api.example:99999/",
  "https://a b/",
  "http",
];

export const origins = {
  ...Object.fromEntries(
    Object.entries(named).map(([origin, [allowed, refused]]) => [
      `the token goes to ${origin} however it is written, and nowhere else`,
      async () => {
        const { client, calls, tokens } = scripted(() => new Response("ok"), { origins: [origin] });
        for (const url of refused) {
          const error = await rejection(client.fetch(url), url);
          equal([error.name, error.code], ["AuthError", "ERR_ORIGIN"], url);
          ok(!error.message.includes("password"), `${error.message} has no userinfo; it`);
        }
        equal([calls.length, tokens()], [0, 0], "nothing was sent");
        for (const url of allowed) equal((await client.fetch(url)).status, 200, url);
        const expected = new URL(origin).origin;
        for (const { url, init } of calls) {
          equal(new URL(url).origin, expected, "what was checked is what is sent");
          ok(init.headers.has("authorization"), "with the token");
        }
      },
    ]),
  ),

  async "what is no URL is ERR_ORIGIN"() {
    // With `deno run --location` it would be one.
    if (globalThis.location?.href) return;
    const { client, calls } = scripted(() => new Response("ok"));
    for (const url of NONE) {
      const error = await rejection(client.fetch(url), url);
      equal([error.name, error.code], ["AuthError", "ERR_ORIGIN"], url);
    }
    equal(calls.length, 0);
  },

  async "a URL that says something else each time it is asked is asked once"() {
    const { client, calls } = scripted(() => new Response("ok"), { origins: [API] });
    let asked = 0;
    const shifty = { toString: () => (asked += 1) === 1 ? `${API}/x` : "https://evil.example/" };
    equal((await client.fetch(shifty)).status, 200);
    equal([asked, calls[0].url], [1, `${API}/x`]);
  },

  async "an http origin that allowInsecure names may have it, to the letter, and no other"() {
    const { client } = scripted(() => new Response("ok"), { allowInsecure: ["http://api:9000/", "http://Other:80"] });
    for (const url of ["http://api:9000/x", "http://other/", "https://anyone.example/"]) {
      equal((await client.fetch(url)).status, 200, url);
    }
    for (
      const url of ["http://api/", "http://api:9001/", "http://other:9000/", "http://localhost/", "http://a@api:9000/"]
    ) {
      equal((await rejection(client.fetch(url), url)).code, "ERR_ORIGIN", url);
    }
    const named = scripted(() => new Response("ok"), { allowInsecure: ["http://api:9000"], origins: [API] });
    equal((await rejection(named.client.fetch("http://api:9000/"))).code, "ERR_ORIGIN", "where others are named");
    const both = { allowInsecure: ["http://api:9000"], origins: [API, "http://api:9000"] };
    equal((await scripted(() => new Response("ok"), both).client.fetch("http://api:9000/")).status, 200);
  },

  async "what is listed counts for each endpoint"() {
    const origin = "http://keycloak:8080";
    const asked = [];
    const answers = {
      "/r/.well-known/openid-configuration": {
        issuer: `${origin}/r`,
        token_endpoint: `${origin}/r/token`,
        introspection_endpoint: `${origin}/r/introspect`,
        revocation_endpoint: `${origin}/r/revoke`,
      },
      "/r/token": { access_token: "t", expires_in: 60 },
      "/r/introspect": { active: true },
      "/r/revoke": {},
    };
    const fetch = (input) => {
      asked.push(input);
      return Promise.resolve(Response.json(answers[new URL(input).pathname]));
    };
    const options = { provider: { issuer: `${origin}/r` }, credentials: { client_id: "a", client_secret: "b" }, fetch };
    const client = createClient({ ...options, allowInsecure: [origin] });
    equal((await client.introspect()).active, true);
    await client.revoke();
    equal(
      asked.map((url) => new URL(url).pathname),
      Object.keys(answers).toSpliced(1, 3, "/r/token", "/r/introspect", "/r/revoke"),
    );
    // What the metadata name is no more trusted than what the options name.
    answers["/r/.well-known/openid-configuration"].token_endpoint = "http://evil:1/token";
    const error = await rejection(createClient({ ...options, allowInsecure: [origin], name: "other" }).token());
    equal(
      [error.code, /token_endpoint: is http: to evil:1/.test(error.message)],
      ["ERR_BAD_RESPONSE", true],
      error.message,
    );
  },

  async "an origin of a base URL is its own, whatever lies behind it"() {
    const provider = { token_endpoint: PLAIN, resource_request: { origins: ["{+base_url}"] } };
    const variables = { base_url: `${API}/auth/` };
    const { client } = scripted(() => new Response("ok"), { provider, variables });
    equal((await client.fetch(`${API}/other`)).status, 200);
    equal((await rejection(client.fetch("https://evil.example/"))).code, "ERR_ORIGIN");
  },

  async "without names any https origin may have it, and http only on loopback where that is asked for"() {
    const open = scripted(() => new Response("ok"));
    for (const url of ["http://api.example/", "http://localhost/", "http://127.0.0.1/", "blob:https://api.example/x"]) {
      const { code, message } = await rejection(open.client.fetch(url), url);
      const option = url.startsWith("http:") ? "allowInsecure" : "origins";
      ok(code === "ERR_ORIGIN" && (message.endsWith(`see options.${option}`) || url.startsWith("blob:")), message);
    }
    equal((await open.client.fetch("https://anyone.example/")).status, 200);
    const insecure = scripted(() => new Response("ok"), { allowInsecure: true });
    for (
      const url of [
        "http://localhost/",
        "http://127.0.0.1:1/",
        "http://127.1/",
        "http://[::1]/",
        "http://a.localhost/",
        "http://api.a.localhost/",
      ]
    ) {
      equal((await insecure.client.fetch(url)).status, 200, url);
    }
    for (
      const url of [
        "http://localhost.evil.example/",
        "http://notlocalhost/",
        "ftp://localhost/",
        "wss://127.0.0.1/",
        "http://127.0.0.1.evil.example/",
        "http://10.0.0.1/",
        "http://128.0.0.1/",
        "http://[::2]/",
      ]
    ) {
      equal((await rejection(insecure.client.fetch(url), url)).code, "ERR_ORIGIN", url);
    }
    const named = scripted(() => new Response("ok"), { allowInsecure: true, origins: [API] });
    equal((await rejection(named.client.fetch("http://localhost/"))).code, "ERR_ORIGIN", "where others are named");
  },

  "origins that are none are ERR_OPTIONS"() {
    const credentials = { client_id: "app", client_secret: "s3cr3t" };
    for (
      const origin of [
        "https://[1]",
        "https://1.2.3.4.5",
        "https://999.1.1.1",
        "https://bücher.example",
        "https://",
        "*",
      ]
    ) {
      const error = thrown(() => createClient({ provider: PLAIN, credentials, origins: [API, origin] }), origin);
      equal([error.name, error.code], ["AuthError", "ERR_OPTIONS"], origin);
      ok(error.message.startsWith("origins[1]: "), `${error.message} says which; it`);
    }
  },

  async "redirects: fragments are kept, dots and blanks are read as fetch reads them"() {
    const ways = {
      "/next": `${API}/next#here`,
      "next#there": `${API}/a/next#there`,
      "?q=1": `${API}/a/b?q=1#here`,
      "//api.example/x": `${API}/x#here`,
      "../../..//x": `${API}//x#here`,
      "\t/next ": `${API}/next#here`,
      // Headers tell the bytes of a header, and those of a URL are UTF-8 or nothing in particular.
      "/gr\xc3\xb6\xc3\x9fe": `${API}/gr%C3%B6%C3%9Fe#here`,
      "/gr\xf6\xdfe?%C3%B6%": `${API}/gr%C3%B6%C3%9Fe?%C3%B6%#here`,
    };
    for (const [location, expected] of Object.entries(ways)) {
      const { client, calls } = scripted((_, count) => count === 1 ? moved(location) : new Response("ok"));
      equal((await client.fetch(`${API}/a/b?old=1#here`)).status, 200, location);
      equal(calls[1].url, expected, location);
    }
  },

  async "redirects: what has a place and is none, or is one and has no place, is returned"() {
    const answers = [
      new Response(null, { status: 201, headers: { location: "/orders/1" } }),
      new Response(null, { status: 304, headers: { location: "/orders/1" } }),
      ...[301, 302, 303, 307, 308].map((status) => new Response(null, { status })),
    ];
    for (const answer of answers) {
      const { client, calls } = scripted(() => answer);
      const response = await client.fetch(`${API}/old`);
      equal([response.status, response.redirected, calls.length], [answer.status, false, 1]);
    }
  },

  async "redirects: an answer says that it is not the first"() {
    const { client } = scripted((_, count) => count === 1 ? moved("/moved") : new Response("ok"));
    equal((await client.fetch(`${API}/old`)).redirected, true);
    equal((await client.fetch(`${API}/old`)).redirected, false);
  },

  async "redirects: to a user name, or to what is no http, is fetch's error, and quotes nothing"() {
    for (
      const location of [
        "https://user:password@api.example/",
        "https://user@api.example/",
        "javascript:password",
        "data:,password",
        "blob:https://api.example/password",
        "web+https://api.example/password",
        "https://password:99999/",
      ]
    ) {
      const { client, calls } = scripted(() => moved(location));
      const error = await rejection(client.fetch(`${API}/old`), location);
      equal([error.name, calls.length], ["TypeError", 1], location);
      match(error.message, /^fetch failed/);
      ok(!`${error.message}${error.cause}`.includes("password"), `${error.message} quotes nothing; it`);
    }
  },

  async "redirects: twenty, and no more"() {
    const { client, calls } = scripted((_, count) => count <= 20 ? moved("/again") : new Response("ok"));
    equal((await client.fetch(`${API}/old`)).status, 200);
    equal(calls.length, 21);
    const endless = scripted(() => moved("/again"));
    equal((await rejection(endless.client.fetch(`${API}/old`))).name, "TypeError");
    equal(endless.calls.length, 21);
  },

  async "redirects: elsewhere go neither the token nor the profile's other secrets, and they do not come back"() {
    const provider = {
      token_endpoint: PLAIN,
      resource_request: {
        headers: { authorization: "Bearer {access_token}", "x-api-key": "{api_key}" },
        query: { key: "{api_key}" },
      },
    };
    const credentials = { client_id: "app", client_secret: "s3cr3t", api_key: "the-key" };
    const way = [moved("https://other.example/x?own=1"), moved(`${API}/back`), new Response("ok")];
    const { client, calls } = scripted((_, count) => way[count - 1], { provider, credentials });
    const headers = { cookie: "session=1", host: "api.example", "proxy-authorization": "x", "x-own": "1" };
    equal((await client.fetch(`${API}/old`, { headers })).status, 200);
    const seen = calls.map((
      { url, init: { headers } },
    ) => [
      url,
      ...["authorization", "x-api-key", "cookie", "host", "proxy-authorization", "x-own"].map((name) =>
        headers.get(name)
      ),
    ]);
    equal(seen, [
      [`${API}/old?key=the-key`, "Bearer scripted-1", "the-key", "session=1", "api.example", "x", "1"],
      ["https://other.example/x?own=1", null, null, null, null, null, "1"],
      [`${API}/back`, null, null, null, null, null, "1"],
    ]);
  },

  async "redirects: a token in the query goes nowhere else, even where the API repeats the query"() {
    const provider = {
      token_endpoint: PLAIN,
      resource_request: { headers: {}, query: { access_token: "{access_token}" } },
    };
    const elsewhere = (query) => `https://other.example/x${query}`;
    const ways = {
      "?a=1&access_token=scripted-1&b=%20": "?a=1&b=+",
      "?access_token=scripted-1#here": "#here",
      "?access_token=own&access_token=scripted-1": "",
      "?access_token=of-the-API&b=%20": "?access_token=of-the-API&b=%20",
      "": "",
    };
    for (const [query, expected] of Object.entries(ways)) {
      const { client, calls } = scripted(
        (_, count) => count === 1 ? moved(elsewhere(query)) : new Response("ok"),
        { provider },
      );
      equal((await client.fetch(`${API}/old`)).status, 200);
      equal(calls.map(({ url }) => url), [`${API}/old?access_token=scripted-1`, elsewhere(expected)]);
    }
  },

  async "an error of fetch's own quotes no token that stands in the URL"() {
    const provider = {
      token_endpoint: PLAIN,
      resource_request: { headers: {}, query: { access_token: "{access_token}" } },
    };
    const { client } = scripted(({ url }) => {
      throw Object.assign(new TypeError(`cannot connect to ${url}`), { cause: new Error(url), path: url });
    }, { provider });
    const error = await rejection(client.fetch(API));
    equal([error.name, error.message, error.cause, error.path], ["TypeError", "fetch failed", undefined, undefined]);
    for (const thrown of [new TypeError("cannot connect"), undefined]) {
      const plain = scripted(() => Promise.reject(thrown));
      equal(await rejection(plain.client.fetch(API)), thrown, "others are as they were");
    }
  },

  async "nor one that the server repeats: in the place of a redirect, or in an answer that cannot be read"() {
    const repeated = scripted((_, count) =>
      count === 1 ? moved("/moved?scripted-1") : Promise.reject(new TypeError("cannot connect to /moved?scripted-1"))
    );
    equal((await rejection(repeated.client.fetch(API))).message, "fetch failed");
    // As undici's.
    const cause = Object.assign(new Error("Invalid header value char"), { data: "x: scripted-1\0" });
    const unread = scripted(() => Promise.reject(Object.assign(new TypeError("cannot read"), { cause })));
    const error = await rejection(unread.client.fetch(API));
    equal([error.message, error.cause], ["fetch failed", undefined]);
  },

  async "an abort is fetch's own where the token stands in the URL too"() {
    const provider = {
      token_endpoint: PLAIN,
      resource_request: { headers: {}, query: { access_token: "{access_token}" } },
    };
    const controller = new AbortController();
    const { client } = scripted(({ init }) => {
      controller.abort();
      return Promise.reject(init.signal.reason);
    }, { provider });
    const error = await rejection(client.fetch(API, { signal: controller.signal }));
    ok(error === controller.signal.reason, `${error} is the signal's reason; it`);
  },
};
