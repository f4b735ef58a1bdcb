// The seal of a record once more, by node:crypto instead of WebCrypto: what the vectors are made with.
// `node tests/stores/sealed.mjs` writes tests/vectors/stores.json.
import { createCipheriv, createHash, createHmac, hkdfSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { isMain, root } from "../../scripts/paths.mjs";

export const VECTORS = join(root, "tests", "vectors", "stores.json");

const derived = (secret, info, length) => Buffer.from(hkdfSync("sha256", bytesOf(secret), "bearerkit", info, length));
export const bytesOf = (key) => typeof key === "string" ? Buffer.from(key) : Buffer.from(key.hex, "hex");
export const idOf = (key) => derived(key, "id 1", 4).toString("hex");

export function nameOf({ options, identity }, secret) {
  const hash = options.name === undefined ? createHmac("sha256", derived(secret, "name 1", 32)) : createHash("sha256");
  return `bearerkit:1:${hash.update(identity).digest("hex")}`;
}

export function sealed({ key, name, nonce, record, version = "bk1" }) {
  const id = idOf(key);
  const cipher = createCipheriv("aes-256-gcm", derived(key, "seal 1", 32), Buffer.from(nonce, "hex"));
  cipher.setAAD(Buffer.from(`${version}.${id}|${name}`));
  const text = Buffer.concat([Buffer.from(nonce, "hex"), cipher.update(record), cipher.final(), cipher.getAuthTag()]);
  return `${version}.${id}.${text.toString("base64url")}`;
}

const KEY = "a store key for tests, not secret";
const NEXT = { hex: "00112233445566778899aabbccddeeff0123456789abcdef0123456789abcdef" };
const secret = "fake-secret-0123456789";
const credentials = { client_id: "fake-client", client_secret: secret };
const provider = "https://as.example/token";

/** `identity` is written out by hand, as identity.js describes it. */
const IDENTITIES = [
  {
    what: "no name, no key: everything is derived from the credentials",
    options: { provider, credentials },
    identity: `{"credentials":{"client_id":"fake-client","client_secret":"${secret}"},"provider":"${provider}"}`,
    secret: `{"client_id":"fake-client","client_secret":"${secret}"}`,
  },
  {
    what: "the first of two credentials counts; a key, and no name",
    options: { provider, credentials: [credentials, { client_id: "fake-client", client_secret: "fake-next" }] },
    key: KEY,
    identity: `{"credentials":{"client_id":"fake-client","client_secret":"${secret}"},"provider":"${provider}"}`,
  },
  {
    what: "with a name, client_id and username stay of the credentials",
    options: {
      provider,
      name: "shop",
      credentials: { ...credentials, username: "fake-user", password: "fake-password" },
    },
    key: KEY,
    identity:
      `{"credentials":{"client_id":"fake-client","username":"fake-user"},"name":"shop","provider":"${provider}"}`,
  },
  {
    what: "with a name, another secret and another key have the same record",
    options: { provider, name: "shop", credentials: { client_id: "fake-client", username: "fake-user", api_key: "k" } },
    key: NEXT,
    identity:
      `{"credentials":{"client_id":"fake-client","username":"fake-user"},"name":"shop","provider":"${provider}"}`,
  },
  {
    what: "with a name and credentials that have none of both, there are no credentials",
    options: {
      provider,
      name: "shop",
      credentials: { private_key: { kty: "oct", k: "ZmFrZS1zZWNyZXQtMDEyMzQ1Njc4OQ" } },
    },
    key: KEY,
    identity: `{"name":"shop","provider":"${provider}"}`,
  },
  {
    what: "a function gives the credentials",
    options: { provider, name: "shop" },
    key: KEY,
    identity: `{"name":"shop","provider":"${provider}"}`,
  },
  {
    what: "what shapes no token is left out; of a profile what is for people",
    options: {
      provider: {
        $schema: "./schema.json",
        name: "Example",
        documentation: "https://as.example/docs",
        token_endpoint: "https://{tenant}.example/token",
        parameters: { name: "stays" },
      },
      variables: { tenant: "acme" },
      credentials,
      patience: 0,
      timeout: 5,
      refreshMargin: 60,
      origins: ["https://api.example"],
      defaultLifetime: 600,
    },
    key: KEY,
    identity: `{"credentials":{"client_id":"fake-client","client_secret":"${secret}"},"defaultLifetime":600,` +
      '"provider":{"parameters":{"name":"stays"},"token_endpoint":"https://{tenant}.example/token"},"variables":{"tenant":"acme"}}',
  },
  ...["write  read", ["write", "read"], ["read write", "read"]].map((scope) => ({
    what: `a scope is a set: ${JSON.stringify(scope)}`,
    options: { provider, name: "shop", scope },
    key: KEY,
    identity: `{"name":"shop","provider":"${provider}","scope":["read","write"]}`,
  })),
  {
    what: "an empty scope is another identity than none",
    options: { provider, name: "shop", scope: [] },
    key: KEY,
    identity: `{"name":"shop","provider":"${provider}","scope":[]}`,
  },
  {
    what: "with a name, the password of the grant is left out",
    options: {
      provider,
      name: "shop",
      credentials,
      grant: { type: "password", username: "fake-user", password: "fake-password" },
    },
    key: KEY,
    identity: '{"credentials":{"client_id":"fake-client"},"grant":{"type":"password","username":"fake-user"},' +
      `"name":"shop","provider":"${provider}"}`,
  },
  {
    what: "without one it stays",
    options: { provider, credentials, grant: { type: "password", username: "fake-user", password: "fake-password" } },
    key: KEY,
    identity: `{"credentials":{"client_id":"fake-client","client_secret":"${secret}"},` +
      `"grant":{"password":"fake-password","type":"password","username":"fake-user"},"provider":"${provider}"}`,
  },
  {
    what: "RFC 8785: members by UTF-16 code units, numbers and strings as ECMAScript writes them",
    options: {
      provider: {
        token_endpoint: provider,
        parameters: { "\u{1f600}": "1", "\ufb33": "2", "\u20ac": 'é\u2028"\\\n\u0007', a: "/" },
      },
      name: "jeton-é",
      defaultLifetime: 0.5,
      parameters: { "10": "x", "9": "y", "": "z" },
      resource: null,
    },
    key: KEY,
    identity:
      '{"defaultLifetime":0.5,"name":"jeton-é","parameters":{"":"z","10":"x","9":"y"},"provider":{"parameters":' +
      '{"a":"/","\u20ac":"é\u2028\\"\\\\\\n\\u0007","\u{1f600}":"1","\ufb33":"2"},' +
      `"token_endpoint":"${provider}"},"resource":null}`,
  },
].map(({ secret, key = null, ...rest }) => {
  const used = key ?? secret;
  return { ...rest, key, name: nameOf(rest, used), id: idOf(used) };
});

const NAME = IDENTITIES[2].name;
const OTHER = IDENTITIES[0].name;
const nonce = "000102030405060708090a0b";
const record = '{"generation":1,"at":1764000000000,"token":{"value":"fake-token-é"}}';

const SEALED = [
  { what: "a record", key: KEY, name: NAME, nonce, record },
  { what: "by a key of 32 bytes", key: NEXT, name: NAME, nonce: "ffeeddccbbaa998877665544", record },
  { what: "under another name", key: KEY, name: OTHER, nonce, record },
  { what: "an empty record", key: KEY, name: NAME, nonce, record: "" },
].map((vector) => ({ ...vector, sealed: sealed(vector) }));

const [good, next, moved] = SEALED.map(({ sealed }) => sealed);
const id = idOf(KEY);
const flipped = (text, at, to) => text.slice(0, at) + to + text.slice(at + 1);
const another = (character) => character === "A" ? "B" : "A";
const last = good.length - 1;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

const UNOPENABLE = [
  ["nothing", ""],
  ["garbage", "garbage"],
  ["another's JSON", '{"token":"fake-token"}'],
  ["half of it", good.slice(0, good.length / 2)],
  ["without its last character", good.slice(0, -1)],
  ["with a character more", `${good}A`],
  ["with padding", `${good}==`],
  ["with a line break", `${good}\n`],
  ["in capitals", good.toUpperCase()],
  ["a bit of the nonce is another", flipped(good, 14, another(good[14]))],
  ["a bit of the text is another", flipped(good, 60, another(good[60]))],
  ["a bit of the tag is another", flipped(good, last - 3, another(good[last - 3]))],
  ["an unused bit of the last character is another", flipped(good, last, ALPHABET[ALPHABET.indexOf(good[last]) ^ 1])],
  ["the id of a key that nobody has", flipped(good, 4, good[4] === "0" ? "1" : "0")],
  ["the id of the other key", `bk1.${idOf(NEXT)}.${good.split(".")[2]}`],
  ["sealed for another name", moved],
  ["of another version", sealed({ key: KEY, name: NAME, nonce, record, version: "bk2" })],
  [
    "of another version, renamed",
    sealed({ key: KEY, name: NAME, nonce, record, version: "bk2" }).replace("bk2", "bk1"),
  ],
  ["too short for nonce and tag", `bk1.${id}.AAECAwQFBgcICQoL`],
].map(([what, sealed]) => ({ what, keys: [KEY, NEXT], name: NAME, sealed }));
UNOPENABLE.push({ what: "by a key that is not among these", keys: [KEY], name: NAME, sealed: next });

const OPENS = [
  { what: "either of two keys opens: the first", keys: [KEY, NEXT], name: NAME, sealed: good, record },
  { what: "either of two keys opens: the second", keys: [KEY, NEXT], name: NAME, sealed: next, record },
];

const ABOUT =
  "What pkg-template/stores/identity.js and seal.js describe. A key is text (its UTF-8 bytes), {hex} or null (derived from the " +
  "credentials). Written by tests/stores/sealed.mjs; read by JavaScript and by Rust.";

if (isMain(import.meta)) {
  const vectors = { about: ABOUT, identities: IDENTITIES, sealed: SEALED, opens: OPENS, unopenable: UNOPENABLE };
  writeFileSync(VECTORS, `${JSON.stringify(vectors, null, 2)}\n`);
}
