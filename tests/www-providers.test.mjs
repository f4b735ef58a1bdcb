// The pages of the shipped profiles: does what they say hold, and does the code on them run?
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { after, before, describe, mock, test } from "node:test";
import { pathToFileURL } from "node:url";
import { bin, root } from "../scripts/paths.mjs";
import list from "../www/providers/list.data.mjs";
import { facts, pages, snippet } from "../www/.vitepress/providers/page.mjs";
import { peculiaritiesOf } from "../www/.vitepress/providers/peculiarities.mjs";

const pkg = resolve(process.env.BEARERKIT_PKG ?? join(root, "pkg"));
const all = pages();
const sentencesOf = (profile) => peculiaritiesOf(profile).flatMap(({ sentences }) => sentences);
/** A source `fixed` without its seconds is no profile; the member made a difference all the same. */
const told = (profile) => {
  try {
    return sentencesOf(profile);
  } catch {
    return [];
  }
};
const plain = { name: "Acme", token_endpoint: "https://as.example/token" };

describe("what is peculiar of a profile", () => {
  for (
    const [what, members, sentence] of [
      ["a token that lies deeper", { response: { access_token: "/data/token" } }, "The token is at `/data/token`."],
      [
        "a token in a header",
        { response: { access_token: "header:token" } },
        "The token is in the response header `token`.",
      ],
      [
        "credentials that are not encoded",
        { basic_encoding: "raw" },
        "Basic credentials are sent raw, without form-encoding.",
      ],
      ["no grant type", { grant_type: null }, "No `grant_type` is sent."],
      ["commas", { scope_separator: "," }, "Scopes are separated by commas."],
      [
        "a lifetime in milliseconds",
        { response: { expiry: { source: "expires_in", pointer: "/ttl", unit: "ms" } } },
        "The lifetime is at `/ttl`, in milliseconds.",
      ],
      [
        "no expiry",
        { response: { expiry: { source: "fixed", seconds: 1_209_600 } } },
        "The response has no expiry: a token is taken to live for 14 days.",
      ],
      [
        "an error with status 200",
        { response: { error_when: { pointer: "/code", not: [0] } } },
        "A response with status 200 is an error unless `/code` is `0`.",
      ],
      [
        "another header",
        { resource_request: { headers: { "x-auth-token": "{access_token}" } } },
        "The API wants the token as `x-auth-token: …`.",
      ],
      [
        "a dead token",
        { resource_request: { invalid_token_when: { status: 200, pointer: "/errcode", is: [40014, 42001] } } },
        "A response with status 200 and `40014` or `42001` at `/errcode` tells of a dead token, as a 401 does: the token is renewed and the call is sent again.",
      ],
    ]
  ) {
    test(
      what,
      () =>
        assert.ok(
          sentencesOf({ ...plain, ...members }).includes(sentence),
          sentencesOf({ ...plain, ...members }).join("\n"),
        ),
    );
  }

  test("a plain server has nothing peculiar but that it names no origin", () => {
    assert.equal(sentencesOf(plain).length, 1);
    assert.match(sentencesOf(plain)[0], /names no origin/);
  });

  // What is shown otherwise on the page: in its title, its links, its table and its requests.
  const SHOWN = /^(name|documentation|token_endpoint|parameters|defaults|environments|steps)\b/;
  for (const { file, profile } of all) {
    test(`${file}: each of its members changes a sentence`, () => {
      const isTold = (path) => !SHOWN.test(path.join(".")) && !isDefault(path.join("."), at(profile, path));
      for (const path of leavesOf(profile).filter(isTold)) {
        // What the profile says without it; a member that nothing is said of makes no difference.
        assert.notDeepEqual(told(without(profile, path)), told(profile), path.join("."));
      }
    });
  }
});

/** What a member says that says what would be so anyway. */
const DEFAULTS = {
  "assertion.alg": "RS256",
  "assertion.key": "private_key",
  "assertion.lifetime": 300,
  "client_id": "{client_id}",
  "resource_request.headers.authorization": "Bearer {access_token}",
  "response.expiry.pointer": "/expires_at",
  "response.expiry.unit": "s",
};

const isDefault = (path, value) => DEFAULTS[path] === value;
const at = (value, path) => path.reduce((value, name) => value[name], value);

function leavesOf(value, path = []) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

function without(profile, path) {
  const copy = structuredClone(profile);
  delete at(copy, path.slice(0, -1))[path.at(-1)];
  return copy;
}

test("the facts are of profiles that there are", () => {
  const names = all.map(({ file }) => file);
  assert.deepEqual(Object.keys(facts()).filter((name) => !names.includes(name)), []);
});

test("the list has them all, and those that people look for by the names that they have for them", () => {
  const entries = list.load();
  assert.equal(entries.length, all.length);
  for (const name of ["Auth0", "Entra ID", "Okta", "Keycloak"]) {
    assert.ok(entries.some(({ title }) => title.includes(name)), name);
  }
});

describe("each page", () => {
  for (const { file, text, variables, credentials, profile } of all) {
    test(`${file} says what is wanted, in a request without secrets`, () => {
      for (const { name } of [...variables, ...credentials]) assert.ok(text.includes(`| \`${name}\` |`), name);
      assert.match(text, /```sh\ncurl /);
      assert.ok(text.includes(`npx bearerkit check ${file}`));
      assert.ok(text.includes(`npx bearerkit token ${file}`));
      assert.ok(text.includes(`(/workbench#profile=${file})`));
      if (profile.documentation) assert.ok(text.includes(`(${profile.documentation})`));
      // Each build makes the same page.
      assert.doesNotMatch(text.split("## The profile")[0], /"(iat|exp|jti)":/);
    });
  }
});

describe("the code on the pages", () => {
  const folder = join(root, "target", "www-snippets");
  const pemOf = (...kind) => generateKeyPairSync(...kind).privateKey.export({ type: "pkcs8", format: "pem" });
  const rsa = pemOf("rsa", { modulusLength: 2048 });
  const ec = pemOf("ec", { namedCurve: "P-256" });
  const given = new Set();
  const { fetch } = globalThis;
  const { log } = console;

  before(() => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(join(folder, "node_modules"), { recursive: true });
    symlinkSync(pkg, join(folder, "node_modules", "bearerkit"), "dir");
    symlinkSync(join(root, "node_modules", "@types"), join(folder, "node_modules", "@types"), "dir");
    for (const entry of all) {
      writeFileSync(join(folder, `${entry.file}.mts`), snippet(entry));
      writeFileSync(join(folder, `${entry.file}.mjs`), snippet(entry));
    }
    const compilerOptions = {
      module: "nodenext",
      target: "es2022",
      lib: ["es2022", "dom"],
      strict: true,
      noEmit: true,
      skipLibCheck: true,
      types: ["node"],
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.mts"] }));
  });

  after(() => {
    mock.timers.reset();
    for (const name of given) delete process.env[name];
    globalThis.fetch = fetch;
    console.log = log;
  });

  test("is TypeScript without an error", () => {
    try {
      execFileSync(bin("tsc"), ["-p", folder], { encoding: "utf8" });
    } catch (error) {
      assert.fail(error.stdout);
    }
  });

  for (const { file, profile, samples: [sample] } of all) {
    const pem = profile.assertion?.alg === "ES256" ? ec : rsa;
    test(`${file}: gets a token and calls an API`, async () => {
      const { inputs, now, response, more_steps: further = [] } = sample;
      // Where the JWT is the token there is none.
      const answers = [response, ...further.map(({ response }) => response)].filter(Boolean);
      const printed = [];
      mock.timers.reset();
      mock.timers.enable({ apis: ["Date"], now: now * 1000 });
      for (const [credential, value] of Object.entries(inputs.credentials)) {
        const name = credential.toUpperCase().replaceAll(".", "_");
        given.add(name);
        process.env[name] = typeof value === "string" ? value : pem;
      }
      globalThis.fetch = () => {
        const { status, headers, body } = answers.shift() ?? { status: 204, headers: {}, body: null };
        const text = body === null || typeof body === "string" ? body : JSON.stringify(body);
        return Promise.resolve(new Response(text, { status, headers }));
      };
      console.log = (...words) => printed.push(words.join(" "));
      try {
        await import(pathToFileURL(join(folder, `${file}.mjs`)).href);
      } finally {
        console.log = log;
      }
      assert.equal(answers.length, 0, "all of its requests were sent");
      assert.match(printed[0], /^expires /);
      assert.equal(printed[1], "204");
    });
  }
});

test("the start page's code runs", async () => {
  const [, source] = /```js\n([^]*?)```/.exec(readFileSync(join(root, "www", "index.md"), "utf8"));
  const folder = join(root, "target", "www-snippets");
  writeFileSync(
    join(folder, "env.mjs"),
    'export const env = { AUTH0_CLIENT_ID: "id", AUTH0_CLIENT_SECRET: "secret" };\n',
  );
  writeFileSync(join(folder, "start.mjs"), source.replace('"cloudflare:workers"', '"./env.mjs"'));
  const { fetch } = globalThis;
  const seen = [];
  globalThis.fetch = (url, init) => {
    seen.push([String(url), new Headers(init?.headers).get("authorization")]);
    return Promise.resolve(Response.json({ access_token: "t", token_type: "Bearer", expires_in: 86_400 }));
  };
  try {
    const { default: worker } = await import(pathToFileURL(join(folder, "start.mjs")).href);
    assert.equal((await worker.fetch()).status, 200);
  } finally {
    globalThis.fetch = fetch;
  }
  assert.deepEqual(seen, [
    ["https://acme.eu.auth0.com/oauth/token", null],
    ["https://api.acme.example/me", "Bearer t"],
  ]);
});
