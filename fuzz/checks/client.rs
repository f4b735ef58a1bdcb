//! The clients that the checks ask, their secrets, and what is never shown of these.

use bearerkit::{Action, ClientConfig, Error, HttpRequest, Machine, Next, Timestamp};
use serde_json::{Value, json};

/// In every secret that a check makes up: nothing that is shown may hold it.
pub const MARK: &str = "M4RK";
pub const SECRET: &str = "s3cr3t-M4RK";

pub const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

/// The options of a client with that profile, its token endpoint apart.
pub fn options(mut profile: Value) -> Value {
    profile["token_endpoint"] = json!("https://as.example/token");
    json!({ "provider": profile, "credentials": { "client_id": "app", "client_secret": SECRET } })
}

pub fn client(profile: Value) -> ClientConfig {
    of(&options(profile))
}

pub fn of(options: &Value) -> ClientConfig {
    ClientConfig::from_json(&options.to_string()).unwrap_or_else(|error| panic!("{error}: {options}"))
}

/// The first request of that client.
pub fn request(client: ClientConfig) -> HttpRequest {
    let mut machine = Machine::new(client, 1);
    let Action::Send(first) = machine.poll(NOW) else { panic!("nothing in hand: send") };
    let next = match first.next {
        Next::Sign(_) => machine.on_signature(first.serial, b"signature", NOW).expect("a request follows").next,
        next => next,
    };
    let Next::Send(http) = next else { panic!("{next:?}") };
    http
}

pub fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
}

/// What a form or a query says, by a decoder that is not ours.
pub fn form(text: &str) -> Vec<(String, String)> {
    let decoded = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8().expect("UTF-8").into_owned()
    };
    let pair = |pair: &str| {
        let (name, value) = pair.split_once('=').expect("name=value");
        (decoded(name), decoded(value))
    };
    text.split('&').filter(|text| !text.is_empty()).map(pair).collect()
}

/// I13: a secret that a check made up is in nothing that is printed.
pub fn shows_nothing(shown: &str) {
    assert!(!shown.contains(MARK), "a secret is shown: {shown}");
}

/// And a line break neither.
pub fn shows_nothing_of(error: &Error) {
    let shown = error.to_string();
    assert!(!shown.chars().any(char::is_control), "a log line could be forged: {shown:?}");
    shows_nothing(&shown);
    shows_nothing(&format!("{error:?}"));
    assert!(error.code().starts_with("ERR_"));
}

/// Whether a header may have that value: what `fetch` and the `http` crate let pass alike.
pub fn is_header_value(text: &str) -> bool {
    text.bytes().all(|byte| (0x20..0x7f).contains(&byte))
}

pub fn is_header_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
