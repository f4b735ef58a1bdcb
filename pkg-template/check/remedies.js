// What to do about what the core complains of. A remedy may know the value that was meant: `guess` puts it in the place of
// the wrong one, `rename` names the member as it is called, `set` lists members that would mend it.
import { members } from "./members.js";
import { namesIn } from "./names.js";
import { isObject, locate, requestOf, tableOf } from "./places.js";
import { nearest } from "./spelling.js";

/** What other tools and documents call the members of a profile, by the place where they stand. */
const SYNONYMS = tableOf({
  "": {
    token_endpoint: ["url", "uri", "endpoint", "token_url", "token_uri", "access_token_url", "auth_url"],
    token_endpoint_method: ["method", "http_method", "verb"],
    token_endpoint_auth_method: ["auth", "auth_method", "authentication", "client_authentication", "auth_style"],
    request_format: ["content_type", "body_format", "encoding", "format"],
    parameters: ["body", "params", "form", "data", "payload", "extra"],
    grant_type: ["grant", "flow"],
    defaults: ["variables"],
  },
  response: { access_token: ["token", "token_path"], capture: ["captures", "extract"] },
  assertion: { alg: ["algorithm"], lifetime: ["expires_in", "ttl"], header: ["headers"] },
  "response.expiry": { pointer: ["path"], seconds: ["ttl", "lifetime"] },
  "resource_request.invalid_token_when": {
    pointer: ["path"],
    is: ["equals", "value", "values", "code", "codes", "in"],
  },
  headers: { scheme: ["prefix", "type"], base64: ["value", "template", "basic"] },
});
/** What is asked for in another way. */
const INSTEAD = tableOf({
  audience: 'it is a parameter: "parameters": { "audience": "{audience}" }',
  resource: 'it is a parameter: "parameters": { "resource": "…" }, or the option of that name',
  query: 'write "request_format": "query", and the members in "parameters"',
  api: 'write "resource_request": { "origins": ["https://…"] }',
  base_url: 'write a variable into the URLs, {+base_url}, and its value in "defaults"',
  expires_in: 'write "response": { "expiry": { "pointer": "/expires_in" } }',
  expires_at: 'write "response": { "expiry": { "source": "expires_at", "pointer": "/expires_at" } }',
  username: 'it is a credential: name it in "parameters", as "{username}"',
  password: 'it is a credential: name it in "parameters", as "{password}"',
  private_key: 'it is a credential: "assertion": { "key": "private_key" } names it',
  api_key: 'it is a credential: name it where it goes, such as "headers": { "x-api-key": "{api_key}" }',
  kid: 'write "assertion": { "header": { "kid": "{key_id}" } }',
  iss: 'write "assertion": { "claims": { "iss": "…" } }',
  sub: 'write "assertion": { "claims": { "sub": "…" } }',
  aud: 'write "assertion": { "claims": { "aud": "…" } }',
});

/** `{ remedy, guess?, rename?, set?, isContradiction? }` for a complaint about a profile. */
export function remedyFor({ path, reason }, root) {
  const found = locate(root, path);
  const value = found?.exists ? found.value : undefined;
  for (const [pattern, remedy] of REMEDIES) {
    const match = pattern.exec(reason);
    if (!match) continue;
    const made = remedy({ path, value, match, root, shape: requestOf(path) });
    if (made) return typeof made === "string" ? { remedy: made } : made;
  }
  return { remedy: "see this member in providers/schema.json" };
}

const own = (path) => path.replace(/^provider\.?/, "");
const quoted = JSON.stringify;

const ENDPOINT = 'write where tokens come from: "token_endpoint": "https://…"';

const REMEDIES = [
  [/^unknown member/, ({ path }) => unknown(path)],
  [/^expected a `status`/, () => ({ remedy: EXAMPLES.invalid_token_when, guess: { status: 403 } })],
  [/^expected at least one item/, ({ path }) => ({
    remedy: "list the values, or remove the empty list",
    guess: tableOf({ status: 403, is: "" })[last(path)],
  })],
  [/^expected an HTTP status/, ({ value }) => {
    const isStatus = typeof value === "string" && /^[1-5]\d\d$/.test(value);
    return isStatus
      ? { remedy: `write ${value}, without quotes`, guess: Number(value) }
      : { remedy: "write the status as a number, such as 403", guess: 403 };
  }],
  [/^expected (?!a |an |true )(.+)/, ({ value, match, path }) => word(value, match[1].split(" | "), path)],
  [/^expected a string, a number or a boolean/, () => "write the value as the API writes it, or remove it"],
  [/^expected a string, found a (number|boolean)/, ({ value }) => ({
    remedy: "put it in quotes",
    guess: String(value),
  })],
  [/^(expected an object|missing)/, ({ path }) => path === "provider" ? EXAMPLES.provider : undefined],
  [/^expected .*, found null/, ({ path }) => {
    if (last(path) === "token_endpoint") return ENDPOINT;
    if (path.endsWith("]")) return "remove the null from the list";
    return `remove ${quoted(last(path))} to use its default`;
  }],
  [/^expected a string or an array of strings, found an array/, () => "an array of strings, each in quotes"],
  [/^expected a string/, () => "write one text in quotes"],
  [/^expected a number of seconds/, ({ value }) => {
    const isNumber = typeof value === "string" && /^\d+(\.\d+)?$/.test(value);
    return isNumber
      ? { remedy: `write ${value}, without quotes`, guess: Number(value) }
      : "write a number of seconds, such as 3600";
  }],
  [/^expected true or false/, ({ value }) => {
    const meant = BOOLEANS[plainText(value).toLowerCase()];
    return meant === undefined ? "write true or false" : { remedy: `write ${meant}, without quotes`, guess: meant };
  }],
  [/^expected a pointer/, ({ value }) => pointer(value)],
  [/^expected an array, found/, ({ value }) => ({ remedy: "put it in brackets: [ … ]", guess: [value] })],
  [/^expected a `base64` member/, () => 'write { "scheme": "Basic", "base64": "{client_id}:{client_secret}" }'],
  [/^expected an object, found a string/, ({ path }) => EXAMPLES[last(path)]],
  [/^expected an object/, ({ path }) => EXAMPLES[last(path)] ?? "write an object: { … }"],
  [/^a name has letters/, ({ path }) => {
    const name = last(path).replace(/[^A-Za-z0-9_.]+/g, "_");
    return { remedy: `call it ${quoted(name)}, here and where it is used`, rename: name };
  }],
  [/^is not a header name/, ({ path }) => {
    const name = last(path).replace(/[\s_:]+/g, "-").replace(/^-|-$/g, "").toLowerCase();
    return name ? { remedy: `write ${quoted(name)}`, rename: name } : "write the header's name";
  }],
  [/^comes from the issuer's metadata/, () => "remove the token_endpoint, or the issuer"],
  [/^missing$/, ({ path }) => last(path) === "token_endpoint" ? ENDPOINT : `write ${quoted(last(path))}`],
  [
    /^a GET has no body/,
    ({ shape }) =>
      contradiction('write "request_format": "query", or "token_endpoint_method": "POST"', {
        [own(`${shape}.request_format`)]: "query",
      }),
  ],
  [
    /^request_format "none" sends/,
    ({ shape }) =>
      contradiction('write "request_format": "form" or "json", or remove the parameter', {
        [own(`${shape}.request_format`)]: "form",
      }),
  ],
  [
    /^only request_format "json" can nest/,
    ({ shape }) =>
      contradiction('write "request_format": "json", or a flat parameter', {
        [own(`${shape}.request_format`)]: "json",
      }),
  ],
  [/"client_assertion" with/, ({ root, shape }) => assertionUse(root, shape)],
  [
    /"authorization" requires/,
    ({ shape }) =>
      contradiction('write "token_endpoint_auth_method": "none": the JWT authenticates the request', {
        [own(`${shape}.token_endpoint_auth_method`)]: "none",
      }),
  ],
  [/^assertion\.use is "access_token"/, ({ path }) => contradiction(`remove ${quoted(last(path))}`)],
  [/^contradicts assertion\.token/, ({ path }) => contradiction(`remove ${quoted(last(path))}, or "token"`)],
  [/^contradicts use "access_token"/, () => contradiction('remove "token", or "use"')],
  [
    /^requires token_endpoint_auth_method "private_key_jwt"/,
    ({ shape }) =>
      contradiction('write "token_endpoint_auth_method": "private_key_jwt"', {
        [own(`${shape}.token_endpoint_auth_method`)]: "private_key_jwt",
      }),
  ],
  [
    /^"access_token" is for the profile itself/,
    () => 'a step sends a request: write "use": "authorization" or "grant"',
  ],
  [
    /^missing, but source "fixed"/,
    ({ path }) => contradiction('write how long a token lives: "seconds": 3600', { [own(path)]: 3600 }),
  ],
  [
    /^needs a pointer, and a list/,
    ({ path }) =>
      contradiction('such as "error_when": { "pointer": "/code", "not": [0] }', {
        [own(path)]: { pointer: "/code", not: [0] },
      }),
  ],
  [/^refers to itself/, () => "write the URL there, or a variable of another name"],
  [/^is null, but token_endpoint_auth_method needs it/, ({ path, shape }) =>
    contradiction(
      `remove ${quoted(last(path))}, or write "token_endpoint_auth_method": "none" if nothing authenticates the client`,
      { [own(`${shape}.token_endpoint_auth_method`)]: "none" },
    )],
  [/^is not an absolute URL/, ({ value }) => absolute(value)],
  [/^is (not https:|http: to)/, ({ value }) => {
    const remedy = 'write "https://…": a secret is not sent unencrypted (allowInsecure allows http: to one origin)';
    const isHttp = typeof value === "string" && /^http:/i.test(value);
    return isHttp ? { remedy, guess: value.replace(/^http:/i, "https:") } : remedy;
  }],
  [/^may not hold a user name/, () => "remove it from the URL: credentials go where token_endpoint_auth_method says"],
  [/^has a path, a query or/, ({ value }) => {
    const guess = /^[a-z]+:\/\/[^/?#]+/i.exec(plainText(value))?.[0];
    return { remedy: `write ${quoted(guess ?? "https://host")}`, guess };
  }],
  [/^has a wildcard/, () => "list each origin as scheme, host and port"],
  [/^is a URL/, () => "write only the host name"],
  [/^may not have a query/, () => "remove the ? and everything after it"],
  [/^may not have a fragment/, () => "remove the # and everything after it"],
  [/^contains a space/, () => "percent-encode it, and check for a space or line break at its end"],
  [/^has no valid host/, ({ value }) => {
    const [name] = typeof value === "string" ? namesIn(value.replace(/^https?:\/\//i, "").split("/")[0]) : [];
    return name
      ? `write {+${name}} if the value holds a port, a path or a whole URL; {${name}} is percent-encoded`
      : "check the host and the port";
  }],
  [
    /^uses \{(.+)\}, which is neither/,
    ({ match }) => `set the variable ${match[1]}, or give it a value in "defaults"; check the spelling of the name`,
  ],
  [/^has a control character/, () => "remove the line break or tab"],
  [
    /^contains a colon/,
    () => 'write "basic_encoding": "form" if the server follows RFC 6749, or a name without a colon',
  ],
  [/^contains a control/, () => 'write it in ASCII, or base64: { "base64": "…" }'],
  [/^is nested too deeply/, () => "a profile may nest 60 levels"],
  [/^expected a JSON value/, () => "a profile is JSON: no functions, no NaN, no undefined in arrays"],
];

const BOOLEANS = tableOf({ true: true, yes: true, 1: true, false: false, no: false, 0: false });

/** Members whose object people forget. */
const EXAMPLES = tableOf({
  expiry: 'such as "expiry": { "pointer": "/expires_in" }, or { "source": "jwt_exp" }',
  response: 'such as "response": { "access_token": "/data/token" }',
  headers: 'such as "headers": { "x-api-key": "{api_key}" }',
  parameters: 'such as "parameters": { "audience": "{audience}" }',
  assertion: 'such as "assertion": { "use": "grant", "alg": "RS256", "key": "private_key" }',
  resource_request: 'such as "resource_request": { "origins": ["https://api.example.com"] }',
  error_when: 'such as "error_when": { "pointer": "/code", "not": [0] }',
  invalid_token_when:
    'such as "invalid_token_when": { "status": 403, "pointer": "/error/code", "is": "token_expired" }',
  retry_after: 'such as "retry_after": { "pointer": "/retry_after", "unit": "s" }',
  provider: 'a profile is an object: { "token_endpoint": "https://…" }',
});

/** Not `String(value)`: an object may have a member `toString` that is no function. */
const plainText = (value) => isObject(value) ? "" : String(value);

const last = (path) => /[^.[\]]*(?=\]?$)/.exec(path)[0];

function contradiction(remedy, set) {
  return { remedy, set, isContradiction: true };
}

/** A member that has another name, belongs elsewhere, or is said in another way. */
function unknown(path) {
  const name = last(path);
  const place = own(path.slice(0, path.length - name.length).replace(/\.$/, "")).replace(
    /^(refresh|steps\[\d+\])\.(?=.)/,
    "",
  )
    .replace(/\[\d+\]$/, "");
  const isHeader = /^(resource_request\.)?headers\./.test(place);
  const known = isHeader ? ["scheme", "base64"] : members[place] ?? [];
  const plain = name.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).replaceAll("-", "_").toLowerCase();
  const kind = isHeader ? "headers" : place.replace(/^(steps|refresh)$/, "");
  const synonyms = Object.entries(SYNONYMS[kind] ?? {});
  const near = known.includes(plain) ? plain : synonyms.find(([, names]) => names.includes(plain))?.[0];
  if (near) return { remedy: `it is called ${quoted(near)}`, rename: near };
  if (Object.hasOwn(INSTEAD, plain)) return { remedy: INSTEAD[plain] };
  const elsewhere = Object.entries(members).find(([, names]) => names.includes(plain))?.[0];
  if (elsewhere === "") return { remedy: `${quoted(plain)} belongs at the top of the profile` };
  if (elsewhere) return { remedy: `${quoted(plain)} belongs in ${elsewhere.split(".").map(quoted).join(", in ")}` };
  const alike = nearest(name, known);
  if (alike) return { remedy: `it is called ${quoted(alike)}`, rename: alike };
  return {
    remedy: known.length > 0 ? `the members are: ${known.filter((one) => one !== "$schema").join(", ")}` : "remove it",
  };
}

function word(value, words, path) {
  const near = typeof value === "string" ? meantBy(value, words) : undefined;
  if (near) return { remedy: `write ${quoted(near)}`, guess: near, set: { [own(path)]: near } };
  return { remedy: OTHER_WORDS[plainText(value)] ?? "write one of these, in quotes" };
}

const HOURS =
  'there is no unit of hours: if the lifetime is always the same, write "source": "fixed", and its "seconds"';

/** What is done in another way than by a word. */
const OTHER_WORDS = tableOf({
  tls_client_auth: 'mTLS is set up in the option "fetch": write "none", and "client_id": "{client_id}"',
  self_signed_tls_client_auth: 'mTLS is set up in the option "fetch": write "none", and "client_id": "{client_id}"',
  h: HOURS,
  hours: HOURS,
  xml: "XML is not supported: does the server send JSON if the accept header asks for it?",
});

const WORDS_OF_OTHERS = tableOf({
  basic: "client_secret_basic",
  post: "client_secret_post",
  body: "client_secret_post",
  jwt: "private_key_jwt",
  "application/json": "json",
  "application/x-www-form-urlencoded": "form",
  urlencoded: "form",
  seconds: "s",
  milliseconds: "ms",
  millis: "ms",
  minutes: "min",
  iso: "rfc3339",
  iso8601: "rfc3339",
  "iso-8601": "rfc3339",
  rfc7617: "raw",
  rfc6749: "form",
});

/** Words of other tools first: what is spelt alike may mean something else. */
function meantBy(value, words) {
  const meant = WORDS_OF_OTHERS[value.toLowerCase()];
  if (words.includes(meant)) return meant;
  return words.find((word) => word.toLowerCase() === value.toLowerCase()) ?? nearest(value, words);
}

/** `data.token`, `$.data.token` and `data/token` are `/data/token` as a JSON pointer. */
function pointer(value) {
  if (typeof value !== "string") return 'write where it stands, such as "/data/token" (RFC 6901)';
  if (value === "header:") return 'write the header\'s name: "header:x-auth-token"';
  const steps = value.replace(/^\$\.?/, "").replace(/\[['"]?([^\]'"]*)['"]?\]/g, ".$1").replace(/^[./#]+/, "");
  const meant = `/${steps.replaceAll(".", "/")}`.replace(/~(?![01])/g, "~0");
  return { remedy: `write ${quoted(meant)}`, guess: meant };
}

function assertionUse(root, shape) {
  const method = locate(root, `${shape}.token_endpoint_auth_method`)?.value ??
    (shape === "provider.refresh" ? root.provider.token_endpoint_auth_method : undefined);
  const place = own(`${shape}.assertion.use`);
  if (method?.endsWith("_jwt")) {
    return contradiction(`with ${method} the assertion authenticates the client: remove "use"`, {
      [place]: "client_assertion",
    });
  }
  return contradiction(
    'write "token_endpoint_auth_method": "private_key_jwt" if the JWT authenticates the client, or "use": "grant" if it is the grant',
    { [own(`${shape}.token_endpoint_auth_method`)]: "private_key_jwt" },
  );
}

function absolute(value) {
  const text = typeof value === "string" ? value : "";
  const [, name] = /^\{([A-Za-z0-9_.]+)\}/.exec(text) ?? [];
  if (name) {
    const guess = text.replace(`{${name}}`, `{+${name}}`);
    return { remedy: `write {+${name}}: {${name}} is percent-encoded, which breaks a whole URL`, guess };
  }
  return {
    remedy: 'write the whole URL: "https://host/path"',
    guess: /^[\w.-]+\.\w+(\/|$)/.test(text) ? `https://${text}` : undefined,
  };
}
