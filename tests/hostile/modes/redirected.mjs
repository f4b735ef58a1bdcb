// Where an API can send whoever calls it with a token. `/elsewhere` answers with what it was asked; what arrives there
// without a token is no call of the API's.
import { answer } from "../wire.mjs";
import { OWN } from "./expected.mjs";

const BOTH = ["http", "https"];
const OTHER = {
  credentials: { api_key: true },
  profile: {
    resource_request: {
      headers: { authorization: "Bearer {access_token}", "x-api-key": "{api_key}" },
      query: { key: "{api_key}" },
    },
  },
};
const POST = { method: "POST", body: "a=1", headers: { "content-type": "text/plain", "x-own": "kept" } };

/** The API's answer at first; what came of it is what `elsewhere` saw. */
const to = (location, status = 307) => (it) => answer(status, "", { location: location(it) });
const same = (it) => `/${it.place.name}/elsewhere`;
const other = (it) => `${it.place.origins.other}${same(it)}`;
/** What arrived at the end of the way. */
const arrived = (further = {}) => ({ status: 200, token: 1, api: 1, elsewhere: 1, redirected: true, ...further });

const methods = {
  301: "GET",
  302: "GET",
  303: "GET",
  307: "POST",
  308: "POST",
};

export const redirected = {
  ...Object.fromEntries(
    Object.entries(methods).flatMap(([status, method]) => [
      [`${status} in the same origin`, {
        over: BOTH,
        init: POST,
        strike: to(same, status),
        expect: arrived({ arrived: { method, body: method === "GET" ? "" : "a=1", hasToken: true, "x-own": "kept" } }),
      }],
      [`${status} to another origin`, {
        ...OTHER,
        over: BOTH,
        init: POST,
        strike: to(other, status),
        expect: arrived({ arrived: { method, body: method === "GET" ? "" : "a=1", hasToken: false, "x-own": "kept" } }),
      }],
    ]),
  ),
  "from https to http": {
    ...OTHER,
    over: ["https"],
    strike: to((it) => `${it.place.origins.http}${same(it)}`),
    expect: arrived({ arrived: { hasToken: false } }),
  },
  "to another origin without its scheme": {
    ...OTHER,
    strike: to((it) => other(it).replace("http:", "")),
    expect: arrived({ arrived: { hasToken: false } }),
  },
  "to another origin and back": {
    ...OTHER,
    strike: (it) => it.count === 1 ? answer(302, "", { location: other(it) }) : it.right(),
    elsewhere: (it) => answer(302, "", { location: it.place.api }),
    // Who sent it back may have chosen the path: the token does not come with it.
    expect: { status: 401, token: 1, api: 2, elsewhere: 1 },
  },
  "relative": { strike: to(() => "elsewhere?x=1#y"), expect: arrived({ arrived: { hasToken: true } }) },
  "with dots in it": {
    strike: to((it) => `./x/../../${it.place.name}/elsewhere`),
    expect: arrived({ arrived: { hasToken: true } }),
  },
  "with blanks around it": { strike: to((it) => `  ${same(it)}  `), expect: arrived({ arrived: { hasToken: true } }) },
  "to the same host in other words": {
    // Percent-encoded letters of a path are no matter of the origin.
    strike: to((it) => it.place.api.replace("127.0.0.1", "0x7f.1").replace(/api$/, "elsewhere")),
    expect: arrived({ arrived: { hasToken: true } }),
  },
  "to userinfo": { strike: to((it) => other(it).replace("://", "://user:password@")), expect: OWN },
  "to userinfo in the same origin": {
    strike: to((it) => it.place.api.replace("://", "://user:password@").replace(/api$/, "elsewhere")),
    expect: OWN,
  },
  "to javascript:": { strike: to(() => "javascript:alert(1)"), expect: OWN },
  "to data:": { strike: to(() => "data:text/plain,hello"), expect: OWN },
  "to file:": { strike: to(() => "file:///etc/passwd"), expect: OWN },
  "to blob:": { strike: to((it) => `blob:${it.place.api}`), expect: OWN },
  "to no host": { strike: to(() => "https://"), expect: OWN },
  "to a port that is none": { strike: to(() => "http://127.0.0.1:99999/"), expect: OWN },
  "to itself, for ever": { strike: to((it) => it.place.api), expect: OWN, requests: 21 },
  "to an empty place": {
    // Which is the same URL again.
    strike: (it) => it.count === 1 ? answer(302, "", { location: "" }) : it.right(),
    expect: { status: 200, token: 1, api: 2, redirected: true },
    hosts: { workerd: [{ status: 302, token: 1, api: 1 }, "to it an empty header is none"] },
  },
  "to no place": { strike: () => answer(302, "a body"), expect: { status: 302, token: 1, api: 1, text: "a body" } },
  "twenty times": {
    strike: (it) => it.count <= 20 ? answer(302, "", { location: it.place.api }) : it.right(),
    expect: { status: 200, token: 1, api: 21, redirected: true },
  },
  "redirect: manual": {
    init: { redirect: "manual" },
    strike: to(same, 302),
    expect: { status: 302, token: 1, api: 1, elsewhere: 0 },
  },
  "redirect: error": { init: { redirect: "error" }, strike: to(same, 302), expect: OWN },
  "with a body that never ends": {
    strike(it) {
      it.send(`HTTP/1.1 302 Found\r\nlocation: ${same(it)}\r\n\r\n`);
      return it.flood("more ");
    },
    expect: arrived({ arrived: { hasToken: true } }),
  },
  "to a place that refuses the token": {
    // Recovered where it was refused: what was done on the way is not done again.
    strike: to(same, 302),
    elsewhere: (it) => it.count === 1 ? answer(401) : answer(200, "{}"),
    expect: { status: 200, token: 2, api: 1, elsewhere: 2 },
  },
  "to another origin that says 401": {
    ...OTHER,
    strike: to(other, 302),
    elsewhere: () => answer(401, "", { "www-authenticate": 'Bearer error="invalid_token"' }),
    // It saw no token that could be wrong.
    expect: { status: 401, token: 1, api: 1, elsewhere: 1 },
  },
};
