// What each command says of itself.

const EXITS = `Exit codes
  0  it worked
  1  the server refused, or its answer was not understood
  2  the call, the profile or the environment is wrong; nothing was sent
  3  the server did not answer: unreachable, too slow, rate limited
  4  a bug in bearerkit`;

const PROVIDER = `PROVIDER is the name of a shipped profile (see bearerkit list), a file, - for
standard input, or the token endpoint of a plain OAuth 2.0 server.

Credentials come from the environment, never from the command line: what the
profile calls client_id is BEARERKIT_CLIENT_ID. BEARERKIT_PRIVATE_KEY may be the
key or @FILE.`;

const SHARED = `With --store (or BEARERKIT_STORE) the token is that of a fleet: it is read from
the shared record, or requested under the fleet's lease and written to it. Needs
the package ioredis or redis (npx -p bearerkit -p ioredis bearerkit …).
BEARERKIT_STORE_KEY is the key of the fleet's store, if it has one. If the store
is down, a warning says so, and the token is requested without it.

The record is found by the options, so these have to be those of the fleet's
clients: the profile, scope, resource, parameters, variables (by --variable),
--allow-insecure, name, the key, and the credentials (with --name only client_id
and username). bearerkit check prints the record's name.`;

const OPTIONS = `  --variable NAME=VALUE   a variable of the profile, such as its tenant
                          (or BEARERKIT_NAME); may be repeated
  --scope SCOPE           the scope to ask for; may be repeated
  --resource URL          the API that the token is for (RFC 8707)
  --parameter NAME=VALUE  a further parameter of the token request
  --issuer URL            instead of PROVIDER: read the server's own metadata
  --env-file FILE         further environment variables, one NAME=value per line
  --timeout SECONDS       how long a token request may take (10)
  --store URL             take part in a fleet's shared store: redis://HOST:PORT,
                          rediss:// for TLS, or valkey:// (or BEARERKIT_STORE,
                          which a URL with a password has to come from)
  --name NAME             with --store: the option name of the fleet's clients
  --credentials-function  with --store: they get their credentials by a function
  --allow-insecure        http: to loopback, for tests
  --allow-insecure=ORIGIN http: only to this origin, such as
                          http://keycloak:8080; may be repeated
  --json                  the result, or what went wrong, as JSON
  -h, --help`;

const HELP = {
  "": `Gets OAuth 2.0 access tokens, and tries out provider profiles.

  bearerkit check PROVIDER      what is wrong with a profile, and what it sends;
                                with credentials it also tries it
  bearerkit token PROVIDER      a token
  bearerkit header PROVIDER     the header that carries it
  bearerkit fetch PROVIDER URL  what an API answers to a request with it
  bearerkit list                the shipped profiles

bearerkit COMMAND --help shows more; --version prints the version.

${EXITS}`,
  check: `bearerkit check PROVIDER [options]

Says what is wrong with a profile: each problem, and what to do about it. Lists
the variables and credentials it wants, and shows the token request as curl, with
the names of variables in the place of secrets. If the credentials are there, it
sends the request and says what came back, what was understood of it, and what
was not. No secret and no token is shown. With none of the credentials set it
sends nothing, and exits with 0 if the profile is valid. With --store it prints
the name of the record that would be shared, and does not use the store.

${PROVIDER}

  --no-send               send nothing
${OPTIONS}

${EXITS}`,
  token: `bearerkit token PROVIDER [options]

Prints an access token, for $(…) and pipes. It is not shown on a terminal.

  TOKEN=$(bearerkit token fuse)

${PROVIDER}

${SHARED}

  --show                  show the token on a terminal
${OPTIONS}

${EXITS}`,
  header: `bearerkit header PROVIDER [options]

Prints the header that carries a token, as the provider's API wants it. If there
are several, each has a line of its own.

  bearerkit header fuse | curl -H @- https://api.fuse.me/v1/accounts
  curl -H "$(bearerkit header fuse)" …   (other users can see curl's command line)

${PROVIDER}

${SHARED}

  --show                  show it on a terminal
${OPTIONS}

${EXITS}`,
  fetch: `bearerkit fetch PROVIDER URL [options]

Sends a request to an API with a token, and prints the body of the answer. After
a 401 that a new token can cure it asks once more; if that is one too, it says
which other header the API may want. A status of 400 or above is exit code 1.

  bearerkit fetch fuse https://api.fuse.me/v1/accounts
  echo '{"name":"x"}' | bearerkit fetch ./acme.json https://api.example/x -d -

${PROVIDER}

${SHARED}

  -X, --method METHOD     GET, or POST where there is a body
  -d, --data BODY         the body; @FILE and - read it. JSON is sent as such
  -H, --header NAME:VALUE a header that does not hold a secret
  -i, --include           print the status and the headers too
${OPTIONS}

${EXITS}`,
  list: `bearerkit list [--json]

The profiles that are shipped, by name.

  --json                  with the details of each
  -h, --help`,
};

export const helpOf = (command) => HELP[command ?? ""];
