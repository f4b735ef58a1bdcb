// The program in Rust: the crate decides, ureq sends. The same as examples/native.rs, with this profile.
import { environmentName } from "../../pkg/cli/names.js";

export function rustFile({ variables, credentials, scope, api }) {
  const quoted = (text) => JSON.stringify(text);
  const env = (name) => `std::env::var(${quoted(environmentName(name))})?`;
  const given = credentials.map(({ name }) => `\n        .with(${quoted(name)}, ${env(name)})`).join("");
  const set = variables.map(({ name, value }) =>
    `\n        .with_variable(${quoted(name)}, ${value === undefined ? `&${env(name)}` : quoted(value)})`
  ).join("");
  const scoped = scope.length > 0 ? `\n        .with_scope([${scope.map(quoted).join(", ")}])` : "";
  const signs = credentials.some(({ isKey }) => isKey);
  return `use std::time::SystemTime;

use bearerkit::{
    Action, ClientConfig, Credentials, HttpRequest, HttpResponse, Machine, Next, Provider, Timestamp, TokenRequest,
    TransportFailure,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let provider = Provider::from_json(include_str!("../profile.json"))?;
    let credentials = Credentials::new()${given};
    let client = ClientConfig::new(provider, credentials)${set}${scoped};
    client.check()?;
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .max_redirects(0)
        .http_status_as_error(false)
        .timeout_global(Some(client.timeout()))
        .build()
        .into();
    let mut machine = Machine::new(client, now().as_millis());
    let token = loop {
        match machine.poll(now()) {
            Action::Use { token, .. } => break token,
            Action::Send(request) => carry_out(&mut machine, &agent, request),
            Action::Wait { until } => std::thread::sleep(until.since(now())),
            Action::Fail(error) => return Err(error.into()),
        }
    };
    // ${whereTo(api)}
    println!("a token with {} s left", token.remaining(now()).as_secs());
    Ok(())
}

/// The token request, and where the profile has steps the requests before it.
fn carry_out(machine: &mut Machine, agent: &ureq::Agent, request: TokenRequest) {
    let mut following = Some(request);
    while let Some(TokenRequest { serial, next, .. }) = following {
        let Next::Send(http) = next else { ${
    signs
      ? 'todo!("sign `input` with the private key, and hand it to machine.on_signature")'
      : 'unreachable!("this profile signs nothing")'
  } };
        following = match send(agent, &http) {
            Ok(response) => machine.on_response(serial, &response, now()),
            Err(failure) => {
                machine.on_failure(serial, failure, now());
                None
            }
        };
    }
}

fn send(agent: &ureq::Agent, http: &HttpRequest) -> Result<HttpResponse, TransportFailure> {
    let failed = |reason: String, is_permanent| TransportFailure::Network { reason: Some(reason), is_permanent };
    let request: ureq::http::Request<Vec<u8>> =
        http.try_into().map_err(|error: bearerkit::Error| failed(error.to_string(), true))?;
    let response = agent.run(request).map_err(|error| match error {
        ureq::Error::Timeout(_) => TransportFailure::Timeout,
        error => failed(error.to_string(), matches!(error, ureq::Error::HostNotFound)),
    })?;
    let (head, mut body) = response.into_parts();
    let body = body.with_config().limit(1024 * 1024).read_to_vec();
    let body = body.map_err(|_| TransportFailure::TooLarge { status: head.status.as_u16() })?;
    Ok(HttpResponse::from(&ureq::http::Response::from_parts(head, body)))
}

fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
`;
}

function whereTo(api) {
  const url = api.map((piece) => typeof piece === "string" ? piece : `{${piece.name}}`).join("");
  return `token.value.expose() goes to ${url}: "Authorization: Bearer …"`;
}
