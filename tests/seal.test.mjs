// Names and seals of records in a store: the vectors, which Rust reads too, and what nobody may learn from either.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { identityOf } from "../pkg/stores/identity.js";
import { derive, MOST_BYTES, open, seal } from "../pkg/stores/seal.js";
import { bytesOf, idOf, nameOf, sealed, VECTORS } from "./stores/sealed.mjs";

const vectors = JSON.parse(readFileSync(VECTORS, "utf8"));
const given = (keys) => [keys].flat().filter((key) => key !== null).map((key) => new Uint8Array(bytesOf(key)));
/** The keys of a vector, with the name that it is about. */
async function derivedFor(keys, name) {
  return { ...await derive('{"name":"any"}', given(keys)), name };
}

describe("the name of a record", () => {
  for (const { what, options, key, identity, name, id } of vectors.identities) {
    test(what, async () => {
      const json = JSON.stringify(options);
      assert.equal(identityOf(json), identity);
      const derived = await derive(json, given(key));
      assert.equal(derived.name, name);
      assert.equal(derived.keys[0].id, id);
      if (key === null) return;
      assert.equal(nameOf({ options, identity }, key), name);
      assert.equal(idOf(key), id);
    });
  }

  test("tells nothing of the options, and has only characters that every store keeps", () => {
    for (const { options, name } of vectors.identities) {
      assert.match(name, /^bearerkit:1:[0-9a-f]{64}$/);
      for (const text of JSON.stringify(options).match(/[\w-]{4,}/g)) assert.ok(!name.includes(text), text);
    }
  });

  test("differs with everything that shapes the token", () => {
    const base = {
      provider: "https://as.example/token",
      name: "shop",
      credentials: { client_id: "a", client_secret: "b" },
    };
    const changes = [
      { provider: "https://other.example/token" },
      { name: "other" },
      { credentials: { client_id: "c" } },
      { scope: ["read"] },
      { parameters: { audience: "x" } },
      { resource: "https://api.example" },
      { grant: { type: "refresh_token", refreshToken: "fake-refresh" } },
      { variables: { tenant: "x" } },
      { defaultLifetime: 60 },
    ];
    const all = [{}, ...changes].map((change) => identityOf(JSON.stringify({ ...base, ...change })));
    assert.equal(new Set(all).size, all.length);
  });
});

describe("a sealed record", () => {
  for (const { what, key, name, nonce, record, sealed: expected } of vectors.sealed) {
    test(what, async () => {
      const derived = await derivedFor(key, name);
      assert.equal(await seal(derived, record, new Uint8Array(Buffer.from(nonce, "hex"))), expected);
      assert.equal(sealed({ key, name, nonce, record }), expected);
      assert.equal(await open(derived, expected), record);
    });
  }

  for (const { what, keys, name, sealed, record } of vectors.opens) {
    test(what, async () => assert.equal(await open(await derivedFor(keys, name), sealed), record));
  }

  for (const { what, keys, name, sealed } of vectors.unopenable) {
    test(`does not open: ${what}`, async () => assert.equal(await open(await derivedFor(keys, name), sealed), null));
  }

  test("does not open if any one of its characters is another", async () => {
    const { key, name, sealed } = vectors.sealed[0];
    const derived = await derivedFor(key, name);
    for (let at = 0; at < sealed.length; at += 1) {
      for (const to of ["A", "z", "0", "."].filter((character) => character !== sealed[at])) {
        const changed = sealed.slice(0, at) + to + sealed.slice(at + 1);
        assert.equal(await open(derived, changed), null, `${at}: ${to}`);
      }
    }
  });

  test("has a nonce of its own each time, and shows nothing of what is in it", async () => {
    const derived = await derivedFor("a store key for tests, not secret", "bearerkit:1:x");
    const texts = await Promise.all(Array.from({ length: 500 }, () => seal(derived, "fake-token-0123456789")));
    const nonces = texts.map((text) => text.split(".")[2].slice(0, 16));
    assert.equal(new Set(nonces).size, nonces.length);
    for (const text of texts) {
      assert.ok(!atob(text.split(".")[2].replaceAll("-", "+").replaceAll("_", "/")).includes("fake"));
    }
  });

  test("opens at the largest size that is written", async () => {
    const derived = await derivedFor("a store key for tests, not secret", "bearerkit:1:x");
    const record = "x".repeat(Math.floor((MOST_BYTES - 13) * 3 / 4) - 28);
    const text = await seal(derived, record);
    assert.ok(text.length <= MOST_BYTES && text.length > MOST_BYTES - 4, String(text.length));
    assert.equal(await open(derived, text), record);
    // Larger ones are not even tried.
    assert.equal(await open(derived, await seal(derived, `${record}xxxx`)), null);
  });

  test("is sealed by the first of two keys", async () => {
    const keys = ["the first key of two, for tests", "the second key of two, for tests"];
    const derived = await derivedFor(keys, "bearerkit:1:x");
    assert.equal((await seal(derived, "{}")).split(".")[1], idOf(keys[0]));
  });
});
