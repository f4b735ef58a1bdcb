// What of a profile is not as RFC 6749 has it, in a sentence each.

const GROUPS = [
  ["The requests before", ofSteps],
  ["The token request", ofRequest],
  ["Its response", ofResponse],
  ["Renewal", ofRenewal],
  ["API calls", ofCalls],
];

/** `[{ title, sentences }]`: only the groups that have any. */
export function peculiaritiesOf(profile) {
  return GROUPS.map(([title, sentencesOf]) => ({ title, sentences: sentencesOf(profile).filter(Boolean) }))
    .filter(({ sentences }) => sentences.length > 0);
}

const code = (value) => `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
const or = (values) => new Intl.ListFormat("en-GB", { type: "disjunction" }).format([values].flat().map(code));
const and = (values) => new Intl.ListFormat("en-GB").format([values].flat().map(code));

const JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer";
const TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const GRANTS = {
  [TOKEN_EXCHANGE]:
    "The grant is a token exchange (RFC 8693): you bring the `subject_token`, such as the identity of the platform.",
  password: "The grant is a user's name and password (RFC 6749, section 4.3).",
  refresh_token: "The grant is a refresh token, which you bring (RFC 6749, section 6).",
};

function ofRequest(profile) {
  if (profile.assertion?.use === "access_token") {
    return [
      "No token request is sent: the token is a JWT that the client signs.",
      ...ofAssertion(profile),
      profile.scope && `The scope ${and(profile.scope)} is requested unless you name another.`,
      profile.environments && environments(profile),
    ];
  }
  return [
    profile.token_endpoint_method === "GET" && "The token request is a GET; its parameters are in the URL.",
    ...ofAuthentication(profile),
    grant(profile),
    format(profile),
    profile.scope_separator &&
    `Scopes are separated by ${separators[profile.scope_separator] ?? code(profile.scope_separator)}.`,
    profile.scope && `The scope ${and(profile.scope)} is requested unless you name another.`,
    ...Object.entries(profile.headers ?? {}).map(([name, value]) => header(name, value)),
    ...ofAssertion(profile),
    profile.environments && environments(profile),
  ];
}

const separators = { ",": "commas" };

function ofSteps({ steps = [] }) {
  return steps.flatMap((step, index) => [
    `Request ${index + 1}${step.name ? `, to ${step.name},` : ""} goes to ${
      code(step.token_endpoint)
    }; the next one uses its token.`,
    ...ofAuthentication(step),
    grant(step),
    format(step),
    ...ofAssertion(step),
  ]);
}

function ofAuthentication(
  { token_endpoint_auth_method: method, basic_encoding: encoding, client_id: id, client_secret: secret, assertion },
) {
  if (method === "client_secret_post") {
    return ["The client ID and secret are parameters of the request (`client_secret_post`), not Basic credentials."];
  }
  if (method === "private_key_jwt") {
    return [
      id === null && "The request has no `client_id`; the JWT names the client.",
      assertion?.token === undefined
        ? "The client authenticates with a JWT that its private key signs (`private_key_jwt`, RFC 7523)."
        : "The client authenticates with a JWT (`private_key_jwt`, RFC 7523).",
    ];
  }
  if (method === "client_secret_jwt") {
    return ["The client authenticates with a JWT that its secret signs (`client_secret_jwt`, RFC 7523)."];
  }
  if (method === "none") {
    if (assertion) return ["The client does not authenticate otherwise."];
    return [
      id
        ? `The client has no secret: it sends its ID ${code(id)} as a parameter.`
        : "There is no OAuth client authentication: the credentials are ordinary parameters or headers.",
    ];
  }
  return [
    (id || secret) && `The Basic credentials are ${and([id ?? "{client_id}", secret ?? "{client_secret}"])}.`,
    encoding === "raw" && "Basic credentials are sent raw, without form-encoding.",
  ];
}

function grant({ grant_type: type, assertion }) {
  if (type === null) return assertion?.use === "grant" ? undefined : "No `grant_type` is sent.";
  if (type === undefined || type === "client_credentials") return undefined;
  const isBrought = !assertion || assertion.token !== undefined;
  if (type === JWT_BEARER) return `The grant is a JWT (RFC 7523)${isBrought ? ", which you bring" : ""}.`;
  return GRANTS[type] ?? `The grant type is ${code(type)}.`;
}

function format({ request_format: format, token_endpoint_method: method }) {
  if (format === "json") return "The request body is JSON.";
  if (format === "query" && method !== "GET") return "The parameters are in the URL of the POST; it has no body.";
  if (format === "none") return "The request has no parameters.";
  return undefined;
}

function header(name, value) {
  if (value === null) return `The request has no header ${code(name)}.`;
  if (name === "accept") return `It asks for ${code(value)}.`;
  return `The request has the header ${code(`${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)}.`;
}

const JWTS = {
  authorization: "The request's own bearer token is a JWT,",
  grant: "The JWT of the grant is",
  access_token: "The JWT is",
};

function ofAssertion({ assertion }) {
  if (!assertion) return [];
  if (assertion.token !== undefined) {
    const what = assertion.use === "grant" ? "The JWT of the grant" : "The JWT that authenticates the client";
    return [`${what} is signed by someone else: it is ${code(assertion.token)}, as it is.`];
  }
  const {
    use,
    alg = "RS256",
    key = "private_key",
    lifetime = 300,
    header: head,
    claims,
    backdate,
    key_encoding: encoding,
  } = assertion;
  const what = JWTS[use] ?? "The JWT is";
  const kept = Object.entries(claims ?? {}).filter(([, value]) => value !== null).map(([name, value]) =>
    `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`
  );
  const headless = Object.entries(head ?? {}).filter(([, value]) => value === null).map(([name]) => name);
  const gone = Object.entries(claims ?? {}).filter(([, value]) => value === null).map(([name]) => name);
  return [
    `${what} signed with ${alg} by the credential ${code(key)} and valid for ${span(lifetime)}; each ${
      use === "access_token" ? "token" : "request"
    } has a new one.`,
    head &&
    `Its header has ${
      and(Object.entries(head).filter(([, value]) => value !== null).map(([name, value]) => `${name}: ${value}`))
    }.`,
    kept.length > 0 && `Its claims are ${and(kept)}.`,
    headless.length > 0 && `Its header has no ${or(headless)}.`,
    backdate && `Its \`iat\` is ${span(backdate)} back, for a clock that is ahead.`,
    encoding && `The credential ${code(key)} holds the key as ${encoding}.`,
    gone.length > 0 && `It has no claim ${or(gone)}.`,
  ];
}

function environments({ environments: all, defaults = {} }) {
  const names = Object.keys(all);
  return `The variable \`environment\` chooses between ${and(names)}${
    defaults.environment ? `; the default is ${code(defaults.environment)}` : ""
  }.`;
}

function ofResponse({ response = {} }) {
  const {
    format,
    access_token: token,
    token_type: type,
    token_types: types,
    scope,
    error,
    error_description: words,
    error_when: when,
  } = response;
  return [
    format === "text"
      ? "The response body is the token and nothing else."
      : format === "form" && "The response is form-encoded.",
    token === "" && "The response body is the token, as a JSON text.",
    token && place("The token is", token),
    expiry(response.expiry),
    response.refresh_token === null && "A refresh token in the response is ignored.",
    response.refresh_token && place("The refresh token is", response.refresh_token),
    type && place("The token type is", type),
    types && `The token type is ${or(types)}, which is used like \`Bearer\`.`,
    scope === null && "A scope in the response is ignored.",
    scope && place("The granted scope is", scope),
    error === null ? "Errors have no code." : error && place("An error's code is", error),
    words && place("An error's description is", words),
    when && `A response with status 200 is an error unless ${code(when.pointer)} is ${or(when.not)}.`,
    response.retry_after && place("A refusal says how long to wait", response.retry_after.pointer ?? "/retry_after"),
    ...Object.entries(response.capture ?? {}).map(([name, pointer]) =>
      `${code(pointer)} of the response is kept as \`token.captured.${name}\`.`
    ),
  ];
}

function place(what, pointer) {
  return pointer.startsWith("header:")
    ? `${what} in the response header ${code(pointer.slice("header:".length))}.`
    : `${what} at ${code(pointer)}.`;
}

const UNITS = { s: "seconds", ms: "milliseconds", min: "minutes", "d:hh:mm": "days, hours and minutes" };
const FORMATS = { unix: "in seconds since 1970", unix_ms: "in milliseconds since 1970", rfc3339: "as a date" };

function expiry({ source, pointer, unit = "s", format = "unix", seconds } = {}) {
  if (source === "jwt_exp") {
    return "The token is a JWT, and its own `exp` says when it expires; `expires_in` is ignored.";
  }
  if (source === "fixed") return `The response has no expiry: a token is taken to live for ${span(seconds)}.`;
  if (source === "expires_in") return `The lifetime is at ${code(pointer ?? "/expires_in")}, in ${UNITS[unit]}.`;
  if (source === "expires_at") return `The expiry is at ${code(pointer ?? "/expires_at")}, ${FORMATS[format]}.`;
  return pointer && `The expiry is at ${code(pointer)}.`;
}

function ofRenewal(profile) {
  const { refresh } = profile;
  return [
    profile.refresh_margin && `A token is renewed ${span(profile.refresh_margin)} before it expires.`,
    profile.refresh_invalidates_access_token &&
    "A refresh revokes the access token that is in use, so bearerkit refreshes only once that has expired.",
    refresh?.token_endpoint && `A refresh request goes to ${code(refresh.token_endpoint)}.`,
    refresh?.token_endpoint_auth_method === "client_secret_post" &&
    "A refresh request has the client ID and secret as parameters.",
    refresh?.grant_type === null && "A refresh request has no `grant_type`.",
    refresh?.request_format === "none" && "A refresh request has no parameters.",
    refresh?.parameters &&
    `A refresh request has ${and(Object.entries(refresh.parameters).map(([name, value]) => `${name}: ${value}`))}.`,
    ...Object.entries(refresh?.headers ?? {}).map(([name, value]) =>
      `A refresh request has the header ${code(`${name}: ${value}`)}.`
    ),
    refresh?.scope?.length === 0 && "A refresh request has no scope.",
    profile.revocation_endpoint &&
    `\`revoke()\` ends the token at ${code(profile.revocation_endpoint)}${
      profile.revocation_endpoint_auth_method === "bearer" ? ", where the token itself authorizes the request" : ""
    }.`,
    profile.introspection_endpoint && `\`introspect()\` asks ${code(profile.introspection_endpoint)}.`,
    profile.authorization_endpoint &&
    `Users consent at ${code(profile.authorization_endpoint)}: \`buildAuthorizationUrl\` makes the URL.`,
  ];
}

function ofCalls({ resource_request: call = {} }) {
  const { headers, query = {}, origins, error, invalid_token_when: rules } = call;
  return [
    ...Object.entries(headers ?? {}).map(([name, value]) => ofCallHeader(name, value)),
    ...Object.keys(query).map((name) => `The API wants the token in the query parameter ${code(name)}.`),
    origins
      ? `The token is sent to ${and(origins)} and to no other origin.`
      : "The profile names no origin: the token goes to any https origin that you call, unless `origins` of the options names some.",
    error && `The error code of a 401 is at ${code(error)}.`,
    ...[rules ?? []].flat().map(rule),
  ];
}

function ofCallHeader(name, value) {
  const [, scheme] = /^(\S+) \{access_token\}$/.exec(value) ?? [];
  if (name === "authorization" && scheme === "Bearer") return undefined;
  if (value.includes("{access_token}")) {
    return `The API wants the token as ${code(`${name}: ${value.replace("{access_token}", "…")}`)}.`;
  }
  return `Each call has the header ${code(`${name}: ${value}`)}${
    value.includes("{") ? "" : " unless it has one of its own"
  }.`;
}

function rule({ status, pointer, is }) {
  const where = [
    status !== undefined && `status ${[status].flat().join(" or ")}`,
    pointer !== undefined &&
    (is === undefined ? `anything at ${code(pointer)}` : `${or(shortened(is))} at ${code(pointer)}`),
  ].filter(Boolean).join(" and ");
  return `A response with ${where} tells of a dead token, as a 401 does: the token is renewed and the call is sent again.`;
}

/** One line of a text that has several. */
const shortened = (values) =>
  [values].flat().map((value) =>
    typeof value === "string" && value.includes("\n") ? `${value.trim().split("\n")[0]}…` : value
  );

function span(seconds) {
  const units = [["day", 86_400], ["hour", 3600], ["minute", 60], ["second", 1]];
  const [name, size] = units.find(([, size]) => seconds % size === 0 && seconds >= size);
  const count = seconds / size;
  return `${count.toLocaleString("en")} ${name}${count === 1 ? "" : "s"}`;
}
