// The workbench, as far as it needs no browser: what it starts from, checks, mends, shows and explains. The package does the work;
// what is held here is that the page hands it on whole.
import { jsonLanguage } from "@codemirror/lang-json";
import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, extname, join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { after, describe, test } from "node:test";
import ts from "typescript";
import { root } from "../scripts/paths.mjs";
import { explain, placesOf, readHeaders, readPasted } from "../www/workbench/answer.mjs";
import { completer } from "../www/workbench/completion.mjs";
import { isDeepEqual } from "../www/workbench/equal.mjs";
import { EXAMPLES } from "../www/workbench/examples.mjs";
import { formatJson } from "../www/workbench/format.mjs";
import { judge, MAX_LENGTH } from "../www/workbench/judge.mjs";
import { withSet } from "../www/workbench/mends.mjs";
import { fromMetadata } from "../www/workbench/metadata.mjs";
import { allQuirks, QUIRKS } from "../www/workbench/quirks.mjs";
import { requestsOf } from "../www/workbench/requests.mjs";
import { rolesFor } from "../www/workbench/roles.mjs";
import { Schema } from "../www/workbench/schema.mjs";
import { literalSecretsOf } from "../www/workbench/secrets.mjs";
import { snippetsOf } from "../www/workbench/snippets.mjs";
import { byFile, DEFAULT, EMPTY, linkTo, shipped, shippedAs, startOf, textOf } from "../www/workbench/start.mjs";
import { wantedOfShipped } from "../www/workbench/wanted.data.mjs";
import { lineOf } from "../www/workbench/timeline.mjs";

const json = (path) => JSON.parse(readFileSync(join(root, path), "utf8"));
const folder = mkdtempSync(join(tmpdir(), "bearerkit-workbench-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** How long anything may keep the page from answering; the machine may be slow. */
const PATIENCE_MS = 2000;

function timed(operation) {
  const begin = performance.now();
  const result = operation();
  const millis = performance.now() - begin;
  assert.ok(millis < PATIENCE_MS, `${Math.round(millis)} ms`);
  return result;
}

describe("what it starts from", () => {
  test("every shipped profile, as its file has it, without a problem", () => {
    const files = readdirSync(join(root, "providers")).filter((name) => name !== "schema.json").sort();
    assert.deepEqual(shipped.map(({ file }) => `${file}.json`).sort(), files);
    for (const one of shipped) {
      const { $schema: _, ...profile } = json(`providers/${one.file}.json`);
      assert.deepEqual(JSON.parse(textOf(one)), profile);
      assert.deepEqual(judge(textOf(one)).problems, [], one.file);
      assert.equal(shippedAs(JSON.parse(textOf(one))).file, one.file);
    }
  });

  test("a link holds a name and nothing else, and is followed", () => {
    for (const { file } of shipped) {
      assert.match(linkTo(file), /^#profile=[a-z0-9-]+$/);
      assert.deepEqual(startOf(linkTo(file)), { file });
    }
    assert.deepEqual(startOf("#profile=apsisOne"), { file: "apsis-one" });
    assert.deepEqual(startOf(""), { file: DEFAULT });
  });

  for (
    const hash of ["#profile=nonsense", "#profile=", "#profile=%", "#x=1", "#profile=__proto__", "#profile=toString"]
  ) {
    test(`a broken link, ${hash}, opens the default with a word about it`, () => {
      const { file, message } = startOf(hash);
      assert.equal(file, DEFAULT);
      assert.match(message, /opened Auth0 instead/);
    });
  }

  test("what a link holds is not repeated", () => {
    assert.doesNotMatch(startOf("#profile=<img src=x onerror=alert(1)>").message, /img/);
  });
});

describe("quirks", () => {
  const profileOf = (...quirks) => quirks.reduce((text, { set }) => withSet(text, set), EMPTY);

  for (const quirk of allQuirks) {
    test(`${quirk.id}: a profile without a problem`, async () => {
      const text = profileOf(quirk);
      assert.deepEqual(judge(text).problems, []);
      assert.ok(!isDeepEqual(JSON.parse(text), JSON.parse(EMPTY)), "it changes something");
      if (!quirk.sample) return;
      const { status, headers, body } = quirk.sample;
      const answer = { status, headers: readHeaders(headers).headers, body };
      const plain = await explain(JSON.parse(EMPTY), "token", answer);
      const found = await explain(JSON.parse(text), "token", answer);
      assert.equal(found.kind, "token");
      assert.equal(found.token.lifetime.seconds, 3600);
      assert.deepEqual(found.findings, []);
      assert.notDeepEqual(found, plain, "the quirk is what reads it");
    });
  }

  test("any two of different groups go together", () => {
    for (const [index, { quirks }] of QUIRKS.entries()) {
      for (const one of quirks) {
        for (const other of QUIRKS.slice(index + 1).flatMap(({ quirks }) => quirks)) {
          assert.deepEqual(judge(profileOf(one, other)).problems, [], `${one.id} and ${other.id}`);
        }
      }
    }
  });

  test("any two in any order are judged, and what they contradict each other in is mended by clicks or said", () => {
    for (const one of allQuirks) {
      for (const other of allQuirks) {
        for (const { reason, remedy } of judge(profileOf(one, other)).problems) {
          assert.ok(reason && remedy, `${one.id} and ${other.id}`);
        }
      }
    }
  });
});

describe("mends: clicks make a broken profile a good one", () => {
  /** Clicks the first button there is until there is none. */
  function mended(text) {
    const clicks = [];
    for (let round = 0; round < 20; round += 1) {
      const [mend] = judge(text).problems.flatMap(({ mends }) => mends);
      if (!mend) break;
      clicks.push(mend.label);
      text = mend.apply(text);
    }
    return { text, clicks };
  }

  const E = '"token_endpoint": "https://as.example/token"';
  for (
    const [what, broken, expected] of [
      ["a comma too many", `{ ${E}, }`, {}],
      ["a comment", `{ ${E} // here\n}`, {}],
      ["the wrong quotes", `{ 'token_endpoint': 'https://as.example/token' }`, {}],
      ["another tool's name", '{ "token_url": "https://as.example/token" }', {}],
      ["a name that is misspelt", `{ ${E}, "request_fromat": "json" }`, { request_format: "json" }],
      ["another tool's word", `{ ${E}, "request_format": "application/json" }`, { request_format: "json" }],
      ["camel case", `{ ${E}, "grantType": "password" }`, { grant_type: "password" }],
      ["http", '{ "token_endpoint": "http://as.example/token" }', {}],
      ["no scheme", '{ "token_endpoint": "as.example/token" }', {}],
      ["a path with dots", `{ ${E}, "response": { "access_token": "data.token" } }`, {
        response: { access_token: "/data/token" },
      }],
      ["a number in quotes", `{ ${E}, "refresh_margin": "60" }`, { refresh_margin: 60 }],
      ["a GET with a form", `{ ${E}, "token_endpoint_method": "GET", "request_format": "form" }`, {
        token_endpoint_method: "GET",
        request_format: "query",
      }],
      ["a member that nobody knows", `{ ${E}, "zzz_frobnicate": 1 }`, {}],
      ["a member in the wrong place", `{ ${E}, "response": { "request_format": "json" } }`, {
        response: {},
        request_format: "json",
      }],
      ["a secret in the profile", `{ ${E}, "parameters": { "client_secret_key": "s3cr3t-value" } }`, {
        parameters: { client_secret_key: "{client_secret_key}" },
      }],
      ["a secret in the URL", '{ "token_endpoint": "https://as.example/token?api_key=s3cr3t" }', {
        token_endpoint: "https://as.example/token?api_key={api_key}",
      }],
      ["no token endpoint", '{ "name": "Acme" }', {
        name: "Acme",
        token_endpoint: "https://login.example.com/oauth/token",
      }],
      [
        "a name that no step captures, misspelt",
        `{ ${E}, "parameters": { "n": "{noncee}" }, "steps": [{ ${E},
        "response": { "capture": { "nonce": "/nonce" } } }], "headers": { "x-nonce": "{nonce}" } }`,
        null,
      ],
      ["__proto__", `{ ${E}, "__proto__": { "a": 1 } }`, {}],
      ["several at once", `{ url: 'as.example/token', "request_format": "JSON", "auth": "basic", }`, {
        request_format: "json",
        token_endpoint: "https://as.example/token",
        token_endpoint_auth_method: "client_secret_basic",
      }],
    ]
  ) {
    test(what, () => {
      const { text, clicks } = mended(broken);
      if (expected === null) return;
      assert.ok(clicks.length > 0);
      assert.deepEqual(
        JSON.parse(text),
        { token_endpoint: "https://as.example/token", ...expected },
        clicks.join(" | "),
      );
      assert.deepEqual(judge(text).problems, [], clicks.join(" | "));
    });
  }

  test("every problem has a place, a reason and a remedy", () => {
    const { problems } = judge(`{\n  ${E},\n  "response": { "expiry": { "unit": "hours" } }\n}`);
    assert.deepEqual(problems.map(({ path, line, column }) => ({ path, line, column })), [
      { path: "provider.response.expiry.unit", line: 3, column: 29 },
    ]);
    assert.ok(problems.every(({ reason, remedy }) => reason && remedy));
  });
});

describe("completion, by place", () => {
  const schema = new Schema(json("providers/schema.json"));
  /** The labels at the | in a text. */
  function offered(marked) {
    const pos = marked.indexOf("|");
    const state = EditorState.create({ doc: marked.replace("|", ""), extensions: [jsonLanguage] });
    const found = completer(schema)(new CompletionContext(state, pos, true));
    return (found?.options ?? []).map(({ label }) => label.replaceAll('"', ""));
  }

  test("names at the top, but those that are there", () => {
    const names = offered('{ "token_endpoint": "https://as.example", | }');
    assert.ok(names.includes("request_format") && names.includes("steps") && names.includes("response"));
    assert.ok(!names.includes("token_endpoint") && !names.includes("$schema"));
  });
  test("names within a member, and within one that is not closed yet", () => {
    assert.ok(offered('{ "response": { | } }').includes("access_token"));
    assert.ok(offered('{ "response": { "expiry": { "source": "auto", "|" } } }').includes("pointer"));
    assert.ok(offered('{ "response": { |').includes("expiry"));
    assert.ok(offered('{ "steps": [{ "|" }] }').includes("token_endpoint"));
  });
  test("values", () => {
    assert.deepEqual(offered('{ "request_format": "|" }'), ["form", "json", "query", "none"]);
    assert.deepEqual(offered('{ "request_format": | }'), ["form", "json", "query", "none"]);
    assert.deepEqual(offered('{ "response": { "expiry": { "unit": | } } }'), ["s", "ms", "min", "d:hh:mm"]);
    assert.deepEqual(offered('{ "refresh_invalidates_access_token": | }'), ["true", "false"]);
  });
  test("the names of templates, and what steps capture", () => {
    assert.ok(offered('{ "parameters": { "a": "{|" } }').includes("client_id"));
    const captured = '{ "steps": [{ "response": { "capture": { "nonce": "/n" } } }], "headers": { "x": "{|}" } }';
    assert.ok(offered(captured).includes("nonce"));
  });
  test("each member has a description of one place in the schema", () => {
    for (const { name, description } of schema.membersAt([])) assert.ok(description, name);
  });
  test("nothing, where nothing fits: and it never throws", () => {
    for (
      const text of ["|", "[|", "}|", '{ "a" "b" |', '{ "__proto__": { | } }', '{ "toString": "|" }', '"|', "{{{|"]
    ) {
      assert.ok(Array.isArray(offered(text)), text);
    }
    assert.deepEqual(offered('{ "__proto__": { | } }'), []);
  });
});

describe("the requests", () => {
  for (const one of shipped) {
    test(`${one.file}: each request as HTTP and curl, with names in the place of secrets`, () => {
      const { check, profile } = judge(textOf(one));
      const { requests, refresh, message } = requestsOf(profile, check, {});
      assert.equal(message, undefined);
      assert.equal(requests.length, 1 + (profile.steps?.length ?? 0));
      for (const { http, curl } of [...requests, ...(refresh ? [refresh] : [])]) {
        assert.match(http, /^(GET|POST) \/\S* HTTP\/1\.1\nhost: \S+/);
        assert.match(curl, /^curl /);
        assert.doesNotMatch(http + curl, /bearerkitmask|stand-in/);
      }
      for (const { name } of check.credentials.filter(({ required, isKey }) => required && !isKey)) {
        const variable = `BEARERKIT_${name.toUpperCase()}`;
        assert.ok([...requests, refresh].some((request) => JSON.stringify(request ?? "").includes(variable)), variable);
      }
    });
  }

  test("a secret that stands in the profile is in none of them, and there is no code to copy", () => {
    const canary = "canary-4f1d9a";
    const text = formatJson({
      token_endpoint: `https://as.example/token?api_key=${canary}`,
      client_secret: canary,
      headers: { "x-api-key": canary },
      parameters: { password: canary },
    });
    const { check, profile } = judge(text);
    assert.doesNotMatch(JSON.stringify(requestsOf(profile, check, {})), new RegExp(canary));
    assert.equal(literalSecretsOf(profile).length, 4);
  });

  test("an issuer's: its metadata are asked for, and what follows is known once they are pasted", () => {
    const text = formatJson({ issuer: "https://as.example" });
    const { check, profile } = judge(text);
    assert.deepEqual(requestsOf(profile, check, {}).requests.map(({ title }) => title), ["The issuer's metadata"]);
    const metadata = JSON.stringify({ issuer: "https://as.example", token_endpoint: "https://as.example/t" });
    const { requests, refresh } = requestsOf(profile, check, { metadata });
    assert.match(requests[1].http, /^POST \/t /);
    assert.match(refresh.http, /grant_type=refresh_token/);
  });
});

describe("an issuer's metadata", () => {
  const base = { issuer: "https://as.example", token_endpoint: "https://as.example/token" };
  const methods = (...names) => ({ token_endpoint_auth_methods_supported: names });
  for (
    const [what, said, method] of [
      ["no methods", {}, undefined],
      ["basic", methods("client_secret_basic", "client_secret_post"), undefined],
      ["post alone", methods("client_secret_post"), "client_secret_post"],
      ["a key alone", methods("private_key_jwt"), "private_key_jwt"],
    ]
  ) {
    test(what, () => {
      const found = fromMetadata(
        JSON.stringify({ ...base, ...said, revocation_endpoint: "https://as.example/revoke" }),
      );
      const profile = JSON.parse(found.text);
      assert.equal(profile.token_endpoint_auth_method, method);
      assert.equal(profile.token_endpoint, base.token_endpoint);
      assert.equal(profile.revocation_endpoint, "https://as.example/revoke");
      assert.deepEqual(JSON.parse(found.named).issuer, base.issuer);
      assert.deepEqual(judge(found.text).problems, []);
      assert.deepEqual(judge(found.named).problems, []);
    });
  }
  for (
    const text of [
      "",
      "nonsense",
      "[]",
      "null",
      "{}",
      '{ "issuer": "https://as.example" }',
      '{ "issuer": 1, "token_endpoint": 2 }',
      JSON.stringify({ ...base, token_endpoint: "http://as.example/t" }),
      JSON.stringify({ ...base, issuer: "not a URL" }),
      "[".repeat(10_000),
      `"${"x".repeat(1_000_000)}"`,
      "\u0000\u0001\ufffd",
    ]
  ) {
    test(`bad ones get a message: ${JSON.stringify(text).slice(0, 40)}`, () => {
      const found = timed(() => fromMetadata(text));
      assert.equal(typeof found.message, "string");
      assert.equal(found.text, undefined);
    });
  }
});

describe("the answer, explained", () => {
  const plain = { token_endpoint: "https://as.example/token" };
  const of = ({ status, headers, body }) => ({ status, headers: readHeaders(headers).headers, body });

  test("each example: findings that are applied make it a token, where it is one", async () => {
    const kinds = [];
    for (const example of EXAMPLES) {
      let text = formatJson(plain);
      let found;
      for (let click = 0; click < 6; click += 1) {
        found = await explain(JSON.parse(text), example.of ?? "token", of(example));
        const set = found.findings.find(({ set }) => set)?.set;
        if (!set) break;
        text = withSet(text, set);
        assert.deepEqual(judge(text).problems, [], example.title);
      }
      kinds.push([example.title, found.kind]);
    }
    assert.deepEqual(Object.fromEntries(kinds), {
      "RFC 6749": "token",
      "In an envelope": "token",
      "A JWT": "token",
      Milliseconds: "token",
      "Token in a header": "token",
      429: "error",
      invalid_client: "error",
      "401 of an API": "api",
    });
  });

  test("what of it is understood, from which evidence, and when it is renewed", async () => {
    const body = JSON.stringify({ access_token: "8c1f0b7e5d3a49269f1e", expires_in: 3600, extra: { token: 7 } });
    const found = await explain(plain, "token", { status: 200, headers: {}, body });
    assert.equal(found.kind, "token");
    assert.deepEqual(found.token.lifetime, {
      seconds: 3600,
      by: "expires_in",
      pointer: "/expires_in",
      usesDate: false,
    });
    // 10 s before its end it is no longer used; the renewal point lies up to 600 s before that (DESIGN §6).
    assert.equal(Math.round(found.token.notUsedAfter), 3590);
    assert.equal(found.renewals.length, 24);
    assert.ok(found.renewals.every((seconds) => seconds >= 2990 && seconds <= 3290), String(found.renewals));
    assert.ok(found.renewals.at(-1) - found.renewals[0] > 30, "they differ");
    assert.deepEqual(found.leaves.map(({ pointer, role }) => [pointer, role]), [
      ["/access_token", "access token"],
      ["/expires_in", "lifetime"],
      ["/extra/token", ""],
    ]);
    assert.doesNotMatch(JSON.stringify(found), /8c1f0b7e/, "the token is not repeated");
  });

  test("a step's answer brings what it is to bring", async () => {
    const profile = {
      ...plain,
      steps: [{ token_endpoint: "https://as.example/nonce", response: { capture: { nonce: "/data/nonce" } } }],
      headers: { "x-nonce": "{nonce}" },
    };
    const [, step] = placesOf(profile);
    const missing = await explain(profile, step.id, { status: 200, headers: {}, body: '{ "nonce": "n-1" }' });
    assert.equal(missing.kind, "error");
    assert.deepEqual(missing.findings.map(({ set }) => set), [{ "steps[0].response.capture.nonce": "/nonce" }]);
    const good = await explain(profile, step.id, { status: 200, headers: {}, body: '{ "data": { "nonce": "n-1" } }' });
    assert.deepEqual(good.captured, [{ name: "nonce", pointer: "/data/nonce" }]);
  });

  test("whatever stands in an answer can be said to be what it is", async () => {
    const answer = { status: 200, headers: {}, body: '{ "ok": true, "r": { "sid": "5f2d7c9a1b3e4f60", "left": 30 } }' };
    let text = formatJson(plain);
    for (const [pointer, id] of [["/r/sid", "access_token"], ["/r/left", "minutes"], ["/ok", "good"]]) {
      const { leaves } = await explain(JSON.parse(text), "token", answer);
      const role = rolesFor(leaves.find((leaf) => leaf.pointer === pointer), "token").find((one) => one.id === id);
      text = withSet(text, role.set);
      assert.deepEqual(judge(text).problems, []);
    }
    const found = await explain(JSON.parse(text), "token", answer);
    assert.equal(found.token.lifetime.seconds, 1800);
    assert.ok(found.leaves.every(({ role }) => role));
    const bad = await explain(JSON.parse(text), "token", { ...answer, body: answer.body.replace("true", "false") });
    assert.equal(bad.error.code, "ERR_REFUSED");
    for (const leaf of found.leaves) {
      for (const place of ["token", "step-0"]) {
        const steps = formatJson({ ...plain, steps: [{ token_endpoint: "https://as.example/1" }] });
        for (const { set } of rolesFor(leaf, place)) assert.deepEqual(judge(withSet(steps, set)).check.problems, []);
      }
    }
  });

  for (
    const [what, answer, isRenewed, set] of [
      ["invalid_token", { status: 401, headers: 'www-authenticate: Bearer error="invalid_token"', body: "" }, true],
      ["a bare 401", { status: 401, headers: "", body: "" }, true],
      [
        "insufficient_scope",
        { status: 403, headers: 'www-authenticate: Bearer error="insufficient_scope"', body: "" },
        false,
      ],
      ["a 403", { status: 403, headers: "", body: '{ "error": "forbidden" }' }, false],
      ["a 200", { status: 200, headers: "", body: "{}" }, false],
      [
        "another scheme",
        { status: 401, headers: "www-authenticate: Token", body: "" },
        undefined,
        { "resource_request.headers": { authorization: "Token {access_token}" } },
      ],
    ]
  ) {
    test(`an API's answer: ${what}`, async () => {
      const found = await explain(plain, "api", of(answer));
      assert.equal(found.kind, "api");
      if (isRenewed !== undefined) assert.equal(found.isRenewed, isRenewed);
      if (set) assert.deepEqual(found.findings[0].set, set);
    });
  }

  test("the output of curl -i and of curl -v, with what comes before the last answer", () => {
    const head = "HTTP/2 200 \r\ncontent-type: application/json\r\nx-a: 1\r\n\r\n";
    assert.deepEqual(readPasted(`${head}{"a":1}`), {
      status: 200,
      headers: "content-type: application/json\nx-a: 1",
      body: '{"a":1}',
    });
    const redirected = `HTTP/1.1 302 Found\r\nlocation: /x\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${head}{}`;
    assert.equal(readPasted(redirected).status, 200);
    assert.equal(readPasted("< HTTP/1.1 401 Unauthorized\n< www-authenticate: Bearer\n< \n{}").status, 401);
    assert.deepEqual(readPasted('{ "a": "HTTP/1.1 200" }'), { body: '{ "a": "HTTP/1.1 200" }' });
    assert.deepEqual(readPasted("HTTP/1.1 204 No Content"), { status: 204, headers: "", body: "" });
  });

  test("headers: joined, told from what is none, and never a prototype", () => {
    const { headers, wrong } = readHeaders("A: 1\na: 2\n\nnonsense\n__proto__: x\nconstructor: y");
    assert.equal(headers.a, "1, 2");
    assert.deepEqual(wrong, [4]);
    assert.deepEqual(Object.keys(headers), ["a", "__proto__", "constructor"]);
  });

  test("the time line has its parts in order, whatever the life", () => {
    for (
      const life of [
        { renewals: [2990, 3290], notUsedAfter: 3590, expiresAfter: 3600 },
        { renewals: [1, 1], notUsedAfter: 2, expiresAfter: null },
        { renewals: [0, 0], notUsedAfter: 0, expiresAfter: 0 },
        { renewals: [80_000, 86_000], notUsedAfter: 86_390, expiresAfter: 86_400 },
      ]
    ) {
      const { parts, ticks } = lineOf(life);
      let end = 0;
      for (const { from, width } of parts) {
        assert.ok(from >= end - 1 && width >= 0 && from + width <= 100.001, JSON.stringify(parts));
        end = from;
      }
      assert.ok(ticks.every((at) => at >= 0 && at <= 100));
    }
  });
});

describe("bad input gets a message, and soon", () => {
  const INPUTS = {
    "1 MB of JSON": JSON.stringify({ a: Array.from({ length: 60_000 }, (_, index) => `item ${index}`) }),
    "1 MB of text": "x".repeat(1_000_000),
    "10,000 levels of [": "[".repeat(10_000),
    "10,000 levels of {": '{"a":'.repeat(10_000),
    "as many as are taken": "[".repeat(MAX_LENGTH),
    "10,000 levels, closed": "[".repeat(10_000) + "]".repeat(10_000),
    "binary junk": Array.from({ length: 20_000 }, (_, index) => String.fromCharCode(index * 7919 % 65536)).join(""),
    "NULs": "\u0000".repeat(5000),
    "pairs that are no form": `a=b${"&a=b".repeat(5000)}<`,
    "a word of many keys": `x-${"key".repeat(20_000)}_`,
    "many spaces": `a:${" ".repeat(30_000)}x${" ".repeat(19_000)}y`,
    "a million brackets": "[".repeat(1_000_000),
    "__proto__": '{ "__proto__": { "token_endpoint": "https://x.example" }, "constructor": { "prototype": 1 } }',
    "names of every object":
      '{ "token_endpoint": "https://x.example/{toString}", "parameters": { "__proto__": "{constructor}" } }',
    "many problems": `{ ${Array.from({ length: 2000 }, (_, index) => `"member_${index}": ${index}`).join(", ")} }`,
    "null": "null",
    "a list": "[1, 2]",
    "a number": "12",
    "nothing": "",
  };
  for (const [what, text] of Object.entries(INPUTS)) {
    test(`as a profile: ${what}`, () => {
      const { problems, profile } = timed(() => judge(text));
      if (what === "names of every object") return assert.ok(profile);
      assert.ok(problems.length > 0 && profile === undefined);
      for (const { reason, remedy, mends } of problems) {
        assert.ok(reason && remedy);
        for (const { apply } of mends) assert.equal(typeof timed(() => apply(text)), "string");
      }
    });
    test(`as an answer: ${what}`, async () => {
      for (const place of ["token", "api"]) {
        for (const headers of ["", text.slice(0, 50_000)]) {
          const answer = { status: 200, headers: timed(() => readHeaders(headers)).headers, body: text };
          const begin = performance.now();
          const found = await explain({ token_endpoint: "https://as.example/token" }, place, answer);
          assert.ok(performance.now() - begin < 2 * PATIENCE_MS, `${Math.round(performance.now() - begin)} ms`);
          assert.ok(["token", "error", "api"].includes(found.kind));
        }
      }
      assert.equal({}.token_endpoint, undefined);
    });
  }
});

describe("code to copy", () => {
  const given = wantedOfShipped();
  const wanted = (one, more) => {
    const text = textOf(one);
    const { name } = { name: one.name, ...more };
    return { profile: one.profile, text, check: judge(text).check, ...more, name, given: name && given[one.file] };
  };

  test("every name in it is defined: TypeScript takes it for each shipped profile, and for each as one's own", () => {
    const files = new Map();
    for (const one of shipped) {
      for (const name of [one.name, undefined]) {
        for (const { id, files: [{ name: file, code }] } of snippetsOf(wanted(one, { name, scope: "read write" }))) {
          if (id !== "rust") {
            files.set(`${one.file}${name ? "" : "-own"}-${id}${extname(file)}`, code);
          }
        }
      }
    }
    assert.deepEqual(complaints(files), []);
    assert.ok(files.size >= 64 * 2 * 6);
    const [broken] = complaints(new Map([["broken.ts", 'import { createClient } from "bearerkit";\nmissing();']]));
    assert.match(broken, /missing/, "it would be seen");
  });

  test("the program for Node runs against the scripted server", () => {
    const modules = join(folder, "node_modules");
    mkdirSync(modules, { recursive: true });
    symlinkSync(join(root, "pkg"), join(modules, "bearerkit"));
    writeFileSync(
      join(folder, "scripted.mjs"),
      `import { fakeProvider } from "bearerkit/testing";\nglobalThis.fetch = fakeProvider().fetch;\n`,
    );
    const env = {
      PATH: process.env.PATH,
      BEARERKIT_CLIENT_ID: "fake-client",
      BEARERKIT_CLIENT_SECRET: "fake-secret",
      BEARERKIT_USERNAME: "fake-user",
      BEARERKIT_PASSWORD: "fake-password",
      BEARERKIT_BASE_URL: "https://fusio.example",
    };
    for (const file of ["fuse", "fuuffy", "apsis-one", "fusio", "fusio-login"]) {
      for (const name of [byFile(file).name, undefined]) {
        const own = { name, ...(file === "fusio" && { scope: "backend" }) };
        const { files: [{ code }] } = snippetsOf(wanted(byFile(file), own)).find(({ id }) => id === "node");
        writeFileSync(join(folder, "main.mjs"), code);
        const { status, stdout, stderr } = spawnSync(process.execPath, ["--import", "./scripted.mjs", "main.mjs"], {
          cwd: folder,
          env,
          encoding: "utf8",
        });
        assert.equal(status, 0, `${file}: ${stderr}`);
        assert.match(stdout, /^200 /, file);
      }
    }
  });

  test("what is given is written out, and what is not comes from the environment", () => {
    const own = wanted(byFile("auth0"), { variables: { domain: "acme.eu.auth0.com" } });
    const { files: [{ code }, { code: env }] } = snippetsOf(own).find(({ id }) => id === "node");
    assert.match(code, /domain: "acme\.eu\.auth0\.com"/);
    assert.equal(env, "BEARERKIT_CLIENT_ID=\nBEARERKIT_CLIENT_SECRET=");
  });

  /** What TypeScript says of these files, `file: message`. */
  function complaints(files) {
    const host = ts.createCompilerHost({});
    const around = join(root, "target", "workbench-types");
    const places = new Map([...files].map(([name, code]) => [join(around, name), code]));
    places.set(join(around, "around.d.ts"), AROUND);
    const { fileExists, readFile, getSourceFile } = host;
    host.fileExists = (path) => places.has(path) || fileExists.call(host, path);
    host.readFile = (path) => places.get(path) ?? readFile.call(host, path);
    host.getSourceFile = (path, version) =>
      places.has(path) ? ts.createSourceFile(path, places.get(path), version) : getSourceFile.call(host, path, version);
    const options = {
      strict: true,
      noEmit: true,
      allowJs: true,
      checkJs: true,
      target: ts.ScriptTarget.ES2023,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
      types: ["node"],
      typeRoots: [join(root, "node_modules", "@types")],
      skipLibCheck: true,
      paths: {
        bearerkit: [join(root, "pkg", "index.d.ts")],
        "bearerkit/providers": [join(root, "pkg", "providers.d.ts")],
      },
    };
    const program = ts.createProgram([...places.keys()], options, host);
    return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) =>
      `${file ? file.fileName.slice(dirname(around).length) : ""}: ${ts.flattenDiagnosticMessageText(messageText, " ")}`
    );
  }

  /** What the platforms have of their own, where no package of the repository says so. */
  const AROUND = `declare namespace Deno {
  const env: { toObject(): Record<string, string> };
  function serve(answer: () => Promise<Response>): unknown;
}
declare namespace Bun {
  function serve(server: { fetch(): Promise<Response> }): unknown;
}
declare module "bun" {
  export const env: Record<string, string | undefined>;
}
declare module "next/server" {
  export function connection(): Promise<void>;
}
`;
});
