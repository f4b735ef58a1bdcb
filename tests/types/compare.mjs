// The package beside its types: names that one has and the other has not.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";

const sorted = (names) => [...new Set(names)].sort();

/** A program of files in the package, and its checker. */
function analyse(files) {
  const program = ts.createProgram(files, {
    allowJs: true,
    maxNodeModuleJsDepth: 10,
    noEmit: true,
    strict: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    target: ts.ScriptTarget.ES2022,
    types: [],
  });
  const checker = program.getTypeChecker();
  const exportsOf = (file) => checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));
  const resolved = (symbol) => symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol;
  return {
    /** The names that exist at run time. */
    values: (file) =>
      sorted(
        exportsOf(file).filter((symbol) => resolved(symbol).flags & ts.SymbolFlags.Value).map((symbol) => symbol.name),
      ),
    /** The type of that name. */
    type: (file, name) =>
      checker.getDeclaredTypeOfSymbol(resolved(exportsOf(file).find((symbol) => symbol.name === name))),
    members: (type) => sorted(checker.getPropertiesOfType(type).map((symbol) => symbol.name)),
    required: (type) =>
      sorted(
        checker.getPropertiesOfType(type).filter((symbol) => !(symbol.flags & ts.SymbolFlags.Optional)).map((symbol) =>
          symbol.name
        ),
      ),
    /** The type of a member, `undefined` and null taken away. */
    member: (type, name) => checker.getNonNullableType(checker.getTypeOfSymbol(checker.getPropertyOfType(type, name))),
    /** Whether a member may be null. */
    nullable: (type, name) => {
      const own = checker.getTypeOfSymbol(checker.getPropertyOfType(type, name));
      return own.isUnion() && own.types.some((one) => one.flags & ts.TypeFlags.Null);
    },
    /** The words of a union of strings. */
    words: (type) => sorted((type.isUnion() ? type.types : [type]).map((word) => word.value)),
  };
}

export function compareCodes(rust, folder) {
  const file = join(folder, "index.d.ts");
  const { type, words } = analyse([file]);
  const ofCore = sorted([...rust.matchAll(/=> "(ERR_[A-Z_]+)"/g)].map((match) => match[1]));
  assert.ok(ofCore.length > 0, "no codes found in src/ground/error.rs");
  assert.deepEqual(words(type(file, "AuthErrorCode")), sorted([...ofCore, "ERR_ORIGIN", "ERR_ABORTED"]));
  return `${ofCore.length} and 2`;
}

export async function compareExports(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  // A condition may stand within another.
  const flat = (entry) => Object.entries(entry).flatMap(([name, inner]) => inner.types ? [[name, inner]] : flat(inner));
  const pairs = Object.values(manifest.exports).filter((entry) => typeof entry === "object").flatMap(flat).map((
    [condition, { types, default: code }],
  ) => ({ condition, types: join(folder, types), code: join(folder, code) }));
  const { values } = analyse(pairs.flatMap(({ types, code }) => [types, code]));
  const require = createRequire(join(folder, "package.json"));
  for (const { condition, types, code } of pairs) {
    const promised = values(types);
    assert.ok(promised.length > 0, `${types} exports nothing`);
    const isOfWorkers = /durable-object/.test(code);
    if (condition !== "require") assert.deepEqual(values(code), promised, code);
    else if (!isOfWorkers) assert.deepEqual(sorted(Object.keys(require(code))), promised, code);
    // Only the entries of other runtimes cannot be loaded here.
    if (condition !== "require" && !isOfWorkers && !/edge|workerd/.test(code)) {
      assert.deepEqual(sorted(Object.keys(await import(pathToFileURL(code)))), promised, code);
    }
  }
  return `${pairs.length} of them`;
}

/** Provider and what it is made of beside providers/schema.json: members, closed lists, what is required, what may be null. */
export function compareSchema(folder) {
  const file = join(folder, "index.d.ts");
  const { type, member, members, required, nullable, words } = analyse([file]);
  const schema = JSON.parse(readFileSync(join(folder, "providers", "schema.json"), "utf8"));
  const resolved = ({ $ref, ...own }) => {
    const target = $ref?.slice(2).split("/").reduce((value, name) => value[name], schema);
    return target ? { ...resolved(target), ...own } : own;
  };
  const { step, assertion, response, expiry } = schema.$defs;
  const { resource_request } = schema.properties;
  const { issuer: _, ...properties } = schema.properties;
  const [byEndpoint, byIssuer] = schema.allOf.find((rule) => rule.else).else.oneOf;
  const places = {
    Provider: { properties, ...byEndpoint },
    IssuerProvider: { properties: schema.properties, ...byIssuer },
    ProviderStep: step,
    ProviderRequest: { ...schema.properties.refresh, required: step.required },
    ProviderAssertion: assertion,
    ProviderResponse: response,
    ProviderExpiry: expiry,
    ProviderResourceRequest: resource_request,
  };
  let compared = 0;
  for (const [name, place] of Object.entries(places)) {
    const owner = type(file, name);
    assert.deepEqual(members(owner), Object.keys(place.properties).sort(), name);
    assert.deepEqual(required(owner), place.required ?? [], `${name}: required`);
    for (const [property, own] of Object.entries(place.properties)) {
      const { enum: list, type: kind, anyOf = [] } = resolved(own);
      compared += 1;
      if (list) assert.deepEqual(words(member(owner, property)), list.toSorted(), `${name}.${property}`);
      const mayBeNull = [kind].flat().includes("null") || anyOf.some((one) => one.type === "null");
      assert.equal(nullable(owner, property), mayBeNull, `${name}.${property}: null`);
    }
  }
  return `${compared} members`;
}

/** What comes back, where a member is there or is not; and what is handed to another library, as that one has it. */
const ANSWERS = [
  ...["AccessToken", "AuthError", "ParsedToken", "Introspection", "AuthChallenge", "HttpRequest"],
  ...["ProviderProblem", "ProviderVariable", "OverridesFor", "TracerLike", "MeterLike"],
];

/** Members that a user may leave out, and may not set to `undefined`, as the run time lets them. */
export function compareOptional(folder) {
  const refused = [];
  let found = 0;
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".d.ts"))) {
    const file = ts.createSourceFile(name, readFileSync(join(folder, name), "utf8"), ts.ScriptTarget.ES2022, true);
    const look = (node, owner) => {
      if (ts.isPropertySignature(node) && node.questionToken && !ANSWERS.includes(owner)) {
        found += 1;
        const types = ts.isUnionTypeNode(node.type) ? node.type.types : [node.type];
        const takesIt = ({ kind }) => [ts.SyntaxKind.UndefinedKeyword, ts.SyntaxKind.UnknownKeyword].includes(kind);
        if (!types.some(takesIt)) refused.push(`${name}: ${owner}.${node.name.getText()}`);
      }
      ts.forEachChild(node, (child) => look(child, node.parent === file ? node.name?.text : owner));
    };
    look(file, "");
  }
  assert.deepEqual(refused, [], "write `| undefined`");
  return `${found} of them`;
}

/** What an editor offers where `|` stands, in a client that is being written. */
const OFFERED = [
  ["provider: auth0, variables: { | }", ["domain", "audience", "organization"]],
  ["variables: { | }, provider: auth0, credentials: {}", ["domain", "audience", "organization"]],
  ['provider: fuse, variables: { environment: "|" }', ["production", "sandbox"]],
  ["provider: githubApp, credentials: { | }", ["app_id", "private_key"]],
  ["provider: gitlab, credentials: { | }", ["client_id", "client_secret", "refresh_token"]],
  ["provider: fuse, | ", ["credentials", "variables", "scope", "timeout"]],
  ['provider: { token_endpoint: "", request_format: "|" }', ["form", "json", "query", "none"]],
];

export function compareCompletions(folder) {
  const file = join(folder, "being-written.ts");
  const imports = 'import { createClient } from "./index.js"; import * as providers from "./providers.js";';
  let text;
  const host = {
    getScriptFileNames: () => [file],
    getScriptVersion: () => text,
    getScriptSnapshot: (name) => ts.ScriptSnapshot.fromString(name === file ? text : ts.sys.readFile(name) ?? ""),
    getCurrentDirectory: () => folder,
    getCompilationSettings: () => ({
      strict: true,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      target: ts.ScriptTarget.ES2022,
      types: [],
    }),
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: (name) => name === file || ts.sys.fileExists(name),
    readFile: (name) => name === file ? text : ts.sys.readFile(name),
  };
  const service = ts.createLanguageService(host);
  for (const [options, names] of OFFERED) {
    const call = `createClient({ ${options.replace(/provider: (\w+)/, "provider: providers.$1")} });`;
    text = `${imports}\n${call.replace("|", "")}`;
    const offered = service.getCompletionsAtPosition(file, imports.length + 1 + call.indexOf("|"), {})?.entries ?? [];
    const missing = names.filter((name) => !offered.some((entry) => entry.name === name));
    assert.deepEqual(missing, [], `${options}: ${offered.map((entry) => entry.name)}`);
    // Whoever begins a profile's variables is not to see what another one calls them.
    if (/variables: \{ \|/.test(options)) assert.equal(offered.length, names.length, options);
  }
  return `${OFFERED.length} places`;
}

/** A type's members are those of a value: all that are required, and no others. */
function assertMembers({ members, required }, type, value, what) {
  const found = sorted([...Object.getOwnPropertyNames(value), ...getters(value)]);
  assert.deepEqual(found.filter((name) => !members(type).includes(name)), [], `${what}: not in the types`);
  assert.deepEqual(required(type).filter((name) => !found.includes(name)), [], `${what}: only in the types`);
}

/** The members that a class has as getters, those that have a value. */
function getters(value) {
  const prototype = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return [];
  const described = Object.entries(Object.getOwnPropertyDescriptors(prototype));
  return described.filter(([name, { get }]) => get && value[name] !== undefined).map(([name]) => name);
}

export async function compareBehaviour(folder) {
  const [index, core] = [join(folder, "index.d.ts"), join(folder, "core.d.ts")];
  const types = analyse([index, core]);
  const { type, member, members, words } = types;
  const load = (name) => import(pathToFileURL(join(folder, name)));
  const [{ createClient }, pure, { fakeProvider }, { sharedStore }] = [
    await load("index.js"),
    await load("core.js"),
    await load("testing.js"),
    await load("stores.js"),
  ];
  const is = (name, value, file = index) => assertMembers(types, type(file, name), value, name);

  const fake = fakeProvider();
  const good = { provider: "https://as.example/token", credentials: fake.credentials, fetch: fake.fetch };

  // Options: each is known, and each is looked at.
  for (const name of members(type(index, "ClientOptions"))) {
    const message = messageOf(() => createClient({ ...good, [name]: Symbol("wrong") }));
    assert.ok(message.startsWith(`${name}: `) && !message.includes("unknown"), `options.${name}: ${message}`);
  }
  assert.match(
    messageOf(() => createClient({ ...good, unknown: 1 })),
    /^unknown: unknown member; does it belong in credentials, variables or parameters\?$/,
  );

  // Each word of the profile's closed lists is understood.
  const profile = type(index, "Provider");
  let asked = 0;
  const complaint = (part) =>
    messageOf(() => createClient({ ...good, provider: { token_endpoint: good.provider, ...part } }));
  for (
    const [owner, place] of [
      [profile, (part) => part],
      [type(index, "ProviderResponse"), (response) => ({ response })],
      [type(index, "ProviderExpiry"), (expiry) => ({ response: { expiry } })],
      [type(index, "ProviderAssertion"), (assertion) => ({ token_endpoint_auth_method: "private_key_jwt", assertion })],
      [type(index, "ProviderResourceRequest"), (resource_request) => ({ resource_request })],
    ]
  ) {
    for (const name of members(owner)) {
      const expected = member(owner, name);
      asked += 1;
      assert.doesNotMatch(complaint(place({ [name]: null })), /unknown member/, name);
      if (!(expected.isUnion() && expected.types.every((word) => word.isStringLiteral()))) continue;
      const list = /expected ([\w:| ]+)/.exec(complaint(place({ [name]: "wrong" })))?.[1].replace(/, found.*/, "")
        .split(" | ");
      assert.deepEqual(words(expected), sorted(list ?? []), name);
    }
  }

  // A whole life: refused, failed, granted, refused by the API, revoked.
  const events = [];
  const api = createClient({ ...good, patience: 0, onEvent: (event) => events.push(event) });
  assert.deepEqual(sorted(Object.keys(api)), members(type(index, "Client")));
  is("Explanation", api.explain());
  fake.fail([{ type: "unauthorized" }]);
  const error = await api.token().catch((error) => error);
  is("AuthError", error, index);
  assert.equal(error.name, "AuthError");
  await api.token().catch(() => {});
  const explanation = api.explain();
  is("Explanation", explanation);
  is("ExplainedError", explanation.lastError);
  const fresh = createClient({ ...good, scope: "a", onEvent: (event) => events.push(event) });
  is("AccessToken", await fresh.token());
  is("Explanation", fresh.explain());
  const body = new Blob(["x"]).stream();
  fake.fail([{ at: "api", type: "unauthorized" }]);
  await fresh.fetch("https://api.example/", { method: "POST", body, duplex: "half" });
  const { warn } = console;
  console.warn = () => {};
  for (let i = 0; i < 2; i += 1) {
    const credentials = () => fake.credentials;
    createClient({ ...good, scope: "b", credentials, onEvent: (event) => events.push(event) }).close();
  }
  console.warn = warn;
  const unsure = createClient({
    ...good,
    onEvent: (event) => events.push(event),
    fetch: () => Promise.resolve(Response.json({ access_token: "a", expires_in: "soon" })),
  });
  is("AccessToken", await unsure.token());
  is("Explanation", unsure.explain());
  // A store that cannot compare, of a server that rotates refresh tokens; and one that is down.
  const pair = { access_token: "a", refresh_token: "another", expires_in: 3600 };
  const records = new Map();
  const hint = {
    atomic: false,
    get: async (name) => records.get(name),
    set: async (name, value) => void records.set(name, value),
  };
  const down = { ...hint, get: () => Promise.reject(new Error("down")) };
  for (const [name, store] of Object.entries({ hint, down })) {
    const sharing = createClient({
      ...good,
      fetch: () => Promise.resolve(Response.json(pair)),
      name,
      grant: name === "hint" ? { type: "refresh_token", refreshToken: "configured" } : undefined,
      store: sharedStore(store, { key: "a store key for tests, not secret" }),
      onEvent: (event) => events.push(event),
    });
    is("AccessToken", await sharing.token());
    const { store: explained } = sharing.explain();
    is("ExplainedStore", explained);
    assert.equal(explained.state, name === "hint" ? "ok" : "down");
    // The record is written once the caller has the token.
    const isTold = () => events.some(({ type }) => type === `store_${name === "hint" ? "unsafe" : "error"}`);
    for (let turn = 0; turn < 100 && !isTold(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 10));
    sharing.close();
  }
  const ofType = Object.fromEntries(
    type(index, "ClientEvent").types.map((event) => [words(member(event, "type"))[0], event]),
  );
  assert.deepEqual(sorted(events.map((event) => event.type)), sorted(Object.keys(ofType)), "the events of one life");
  for (const event of events) assertMembers(types, ofType[event.type], event, event.type);
  const emitted = ["fetch.js", "acquire.js", "exchange.js", "client.js", "stores/step.js"].map((name) =>
    readFileSync(join(folder, name), "utf8")
  )
    .flatMap((source) => [...source.matchAll(/emit\(\{\s+type: "(\w+)"/g)].map((match) => match[1]));
  assert.deepEqual(sorted(emitted), sorted(Object.keys(ofType)), "the events in the source");

  // The pure functions.
  const options = { provider: good.provider, credentials: good.credentials };
  const request = pure.buildTokenRequest(options, 0, new Uint8Array(8));
  is("HttpRequest", request, core);
  const refresh_token = "r";
  const answer = { status: 200, headers: {}, body: JSON.stringify({ access_token: "a", refresh_token, scope: "s" }) };
  assert.equal(request.next(answer), null);
  is("ParsedToken", pure.parseTokenResponse(options, answer, 0), core);
  const signed = {
    ...options,
    provider: { token_endpoint: good.provider, token_endpoint_auth_method: "client_secret_jwt" },
  };
  const unsigned = pure.buildTokenRequest(signed, 0);
  is("UnsignedRequest", unsigned, core);
  is("SigningInput", unsigned.sign, core);
  is("HttpRequest", unsigned.complete(new Uint8Array(32)), core);
  is("AuthChallenge", pure.parseChallenges("Negotiate abc==")[0], core);
  const judged = pure.checkProvider(
    '{"token_endpoint":"https://{host}/", "request_format":"JSON", "client_secret":"abcd"}',
  );
  is("ProviderCheck", judged, core);
  for (const problem of [...judged.problems, ...judged.warnings]) is("ProviderProblem", problem, core);
  for (const variable of judged.variables) is("ProviderVariable", variable, core);
  for (const credential of judged.credentials) is("ProviderCredential", credential, core);
  api.close();
  fresh.close();
  return `${asked} members of a profile, ${events.length} events`;
}

function messageOf(action) {
  try {
    action();
    return "";
  } catch (error) {
    assert.equal(error.code, "ERR_OPTIONS", error.stack);
    return error.message;
  }
}
