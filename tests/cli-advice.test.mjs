// Where a command fails: which header the API may want, and which command says more.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { TOKEN } from "./cli/odd.mjs";
import { run, shell } from "./cli/run.mjs";
import { A, CLIENT, file, odd, oddProfile, space } from "./cli/setup.mjs";

describe("fetch: a 401 that another header would cure", () => {
  const API = `${odd.origin}/api`;
  /** An API that takes the token in no other header, and says so in its way. */
  const wants = (name, value, refusal) => ({ headers }) =>
    headers[name] === value ? { body: { ok: true } } : { status: 401, body: {}, ...refusal };
  const challenge = (text) => ({ headers: { "www-authenticate": text } });
  const text = (body) => ({ headers: { "content-type": "text/plain" }, body });

  for (
    const [what, header, value, refusal] of [
      ["its challenge", "authorization", "Token", challenge('Token realm="api"')],
      ["its challenge, of two", "authorization", "JWT", challenge('Basic realm="x", JWT realm="y"')],
      ["its challenge, letter by letter", "authorization", "SSWS", challenge("SSWS")],
      ["its challenge, with a hyphen", "authorization", "Zoho-oauthtoken", challenge("Zoho-oauthtoken")],
      ["its challenge, a key", "x-api-key", "", challenge('ApiKey realm="api"')],
      ["its challenge, a key by name", "x-acme-key", "", challenge('ApiKey name="X-Acme-Key", in="header"')],
      ["both, a key", "apikey", "", {
        ...challenge('Key realm="kong"'),
        body: { message: "No API key found in request" },
      }],
      ["its words", "authorization", "token", text("Use the header Authorization: token YOUR_TOKEN")],
      ["its words, a scheme like a key", "authorization", "Key", text('Please send "Authorization: Key YOUR_KEY"')],
      ["its words, in JSON", "authorization", "GenieKey", { body: { message: 'set "Authorization: GenieKey $key"' } }],
      ["its words, the scheme alone", "authorization", "Token", { body: { detail: 'Expected the scheme "Token".' } }],
      ["its words, of Zoho", "authorization", "Zoho-oauthtoken", { body: { message: "Zoho-oauthtoken is missing" } }],
      ["its words, a header", "x-auth-token", "", { body: { error: { reason: "Missing X-Auth-Token header" } } }],
      ["its words, of GitLab", "private-token", "", { body: { message: "401: PRIVATE-TOKEN is required" } }],
      ["its words, a key", "x-api-key", "", { body: { error: "no X-API-Key given" } }],
      ["its words, of Kong", "apikey", "", {
        ...challenge("Bearer"),
        body: { message: "No API key found in request" },
      }],
    ]
  ) {
    test(`by ${what}: ${header} ${value}`, async () => {
      const sent = [value, TOKEN].filter(Boolean).join(" ");
      odd.answers["/api"] = wants(header, sent, refusal);
      const profile = { token_endpoint: `${odd.origin}/silent` };
      const { code, json } = await run(["fetch", file(profile), API, A, "--json"], { env: CLIENT });
      assert.equal(code, 1);
      assert.equal(json.status, 401);
      const { set, reason, remedy } = json.findings.find(({ set }) => set);
      assert.deepEqual(set, {
        "resource_request.headers": { [header]: [value, "{access_token}"].filter(Boolean).join(" ") },
      });
      const { stderr } = await run(["fetch", file(profile), API, A], { env: CLIENT });
      assert.match(stderr, /^bearerkit: the API answered 401\n/);
      for (const said of [reason, remedy, '"resource_request": { "headers": {', "{access_token}"]) {
        assert.ok(stderr.includes(said), `${said}\n${stderr}`);
      }
      const mended = file({ ...profile, resource_request: { headers: set["resource_request.headers"] } });
      const again = await run(["fetch", mended, API, A], { env: CLIENT });
      assert.deepEqual([again.code, again.stdout, again.stderr], [0, '{"ok":true}', ""]);
    });
  }

  for (
    const [what, refusal, ...expected] of [
      ["a proof of a key", challenge('DPoP algs="ES256"'), /the scheme DPoP: it requires a proof/],
      ["a password", challenge('Basic realm="api"'), /the scheme Basic: an access token cannot satisfy it/],
      ["a scope", challenge('Bearer error="insufficient_scope", scope="read write"'), /--scope read write$/],
      ["another audience", challenge('Bearer error="invalid_token"'), /does not accept this token: .*audience/],
      ["a bearer token, as it is sent", challenge('Bearer realm="api"')],
      ["the header that it has", { body: { message: "the Authorization: Bearer header is not valid" } }],
      ["nothing that it says", text("who are you?")],
      ["a challenge that is none", challenge("=,;")],
      [
        "a key of its own",
        { body: { error: "no X-API-Key given" } },
        /the header X-API-Key: .*\{api_key\}.*BEARERKIT_API_KEY/,
      ],
    ]
  ) {
    test(`it wants ${what}`, async () => {
      odd.answers["/api"] = wants("x-nobody", "", refusal);
      const { json } = await run(["fetch", oddProfile("/silent"), API, A, "--json"], { env: CLIENT });
      const lines = (json.findings ?? []).map(({ reason, remedy }) => `${reason}: ${remedy}`);
      assert.equal(lines.length, expected.length, lines.join("\n"));
      for (const [index, pattern] of expected.entries()) assert.match(lines[index], pattern);
    });
  }

  test("the key of its own goes beside the token, as it says", async () => {
    odd.answers["/api"] = ({ headers }) =>
      headers["x-api-key"] === "k-0123456789" && headers.authorization === `Bearer ${TOKEN}`
        ? { body: { ok: true } }
        : { status: 401, body: { error: "X-API-Key?" } };
    const { stderr } = await run(["fetch", oddProfile("/silent"), API, A], { env: CLIENT });
    const [headers] = /(?<="headers": )\{[^}]*\}[^}]*\}[^}]*\}/.exec(stderr);
    const mended = oddProfile("/silent", { resource_request: { headers: JSON.parse(headers) } });
    const env = { ...CLIENT, BEARERKIT_API_KEY: "k-0123456789" };
    assert.equal((await run(["fetch", mended, API, A], { env })).code, 0);
  });

  test("what is not a 401, or has the header already, is left alone", async () => {
    odd.answers["/api"] = () => ({ status: 403, ...challenge("Token"), body: {} });
    const { stderr } = await run(["fetch", oddProfile("/silent"), API, A], { env: CLIENT });
    assert.equal(stderr, "bearerkit: the API answered 403\n");
    odd.answers["/api"] = () => ({ status: 401, ...challenge("Token"), body: { error: "X-API-Key?" } });
    const headers = { Authorization: "Token {access_token}", "X-Api-Key": "{access_token}" };
    const known = await run(["fetch", oddProfile("/silent", { resource_request: { headers } }), API, A], {
      env: CLIENT,
    });
    assert.equal(known.stderr, "bearerkit: the API answered 401\n");
  });
});

describe("where there is no token, it is said which command says more", () => {
  const NAMED = ["--variable", "tenant=a b", "--scope", "x", "--scope", "it's", "--timeout", "9"];
  const SAME = `--variable 'tenant=a b' --scope x --scope 'it'\\''s' --timeout 9 ${A}`;

  for (const command of ["token", "header", "fetch"]) {
    test(command, async () => {
      const profile = oddProfile("/not-found", { parameters: { tenant: "{tenant}" } });
      const more = { token: ["--show"], header: ["--show"], fetch: [`${odd.origin}/api`, "-X", "PUT", "-i"] }[command];
      const args = [command, profile, ...more, ...NAMED, A];
      const { stderr } = await run(args, { env: CLIENT });
      const [, found] = /(bearerkit check .*)\n$/.exec(stderr);
      assert.equal(found, `bearerkit check ${profile} ${SAME}`);
      const { stdout } = await shell(found, { env: CLIENT });
      assert.match(stdout, /there is nothing at this URL \(404\)/);
      const { json } = await run([...args, "--json"], { env: CLIENT });
      assert.equal(json.error.check, found);
    });
  }

  test("also where something is missing, and for an endpoint and an issuer", async () => {
    const missing = await run(["token", "fuse"]);
    assert.match(missing.stderr, /\n {2}What they are for: bearerkit check fuse\n$/);
    const endpoint = await run(["token", `${odd.origin}/not-found?key=s3cret-of-mine`, A], { env: CLIENT });
    assert.match(endpoint.stderr, new RegExp(`bearerkit check ${odd.origin}/not-found ${A}\n$`));
    assert.ok(!endpoint.stderr.includes("s3cret"));
    const issuer = await run(["token", "--issuer", `${odd.origin}/nowhere`, A], { env: CLIENT });
    assert.match(issuer.stderr, new RegExp(`bearerkit check --issuer ${odd.origin}/nowhere ${A}\n$`));
  });

  test("but not where the server wants to be left alone, or the API is what fails", async () => {
    const server = space();
    await server.fail([{ type: "rate_limited", retryAfter: 77 }]);
    const limited = await run(["token", server.token, A], { env: CLIENT });
    assert.doesNotMatch(limited.stderr, /bearerkit check/);
    const elsewhere = await run(["fetch", server.token, "http://127.0.0.1:9/", A], { env: CLIENT });
    assert.doesNotMatch(elsewhere.stderr, /bearerkit check/);
  });
});
