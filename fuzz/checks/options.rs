//! Options: refused with a path and without a secret, or good for all that a client does.

use bearerkit::{
    Action, AuthorizationRequest, ClientConfig, Error, HttpRequest, HttpResponse, Inquiry, Machine, Next, Provider,
    Secret, Serial, TokenRequest,
};
use serde_json::{Map, Value, json};

use super::client::{MARK, NOW, is_header_name, is_header_value, shows_nothing, shows_nothing_of};

/// The input is the options, as JSON.
pub fn fuzz(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    for found in [ClientConfig::from_json(&text).map(drop), Provider::from_json(&text).map(drop)] {
        if let Err(error) = found {
            says_where(&error);
        }
    }
    if let Ok(options @ Value::Object(_)) = serde_json::from_str(&text.replace(MARK, "mark")) {
        are_good_or_refused(options);
    }
}

pub fn are_good_or_refused(mut options: Value) {
    make_secret(&mut options);
    match ClientConfig::from_json(&options.to_string()) {
        Ok(client) => serves(&client, &options),
        Err(error) => {
            says_where(&error);
            shows_nothing_of(&error);
        }
    }
}

fn says_where(error: &Error) {
    let Error::Options { path, reason } = error else { panic!("{error:?}") };
    assert!(!path.is_empty() && !reason.is_empty(), "{error:?}");
}

/// Puts secrets that can be recognised for all text in the credentials and in the grant, wherever it stands there.
fn make_secret(options: &mut Value) {
    for name in ["credentials", "grant"] {
        if let Some(given) = options.get_mut(name) {
            mark(given, name);
        }
    }
}

fn mark(value: &mut Value, name: &str) {
    // An id is none, and neither is what the grant is.
    let is_public = name.ends_with("id") || ["type", "username", "redirectUri"].contains(&name);
    match value {
        Value::String(text) if !text.is_empty() && !is_public => *text = format!("s3cr3t-{MARK}-{}", text.len()),
        Value::Array(items) => items.iter_mut().for_each(|item| mark(item, name)),
        Value::Object(members) => members.iter_mut().for_each(|(name, member)| mark(member, name)),
        _ => {}
    }
}

/// Who reads an answer of the profile: the steps, the token request, the refresh.
fn readers(options: &Value) -> Vec<Value> {
    let provider = &options["provider"];
    let steps = provider["steps"].as_array().into_iter().flatten();
    steps.chain([provider]).map(|request| request["response"].clone()).collect()
}

/// What is accepted can be asked for a token, and takes one.
fn serves(client: &ClientConfig, options: &Value) {
    shows_nothing(&format!("{client:?}"));
    if let Err(error) = client.check_keys() {
        says_where(&error);
        shows_nothing_of(&error);
    }
    let mut machine = Machine::new(client.clone(), 7);
    let Action::Send(mut request) = machine.poll(NOW) else {
        panic!("what was accepted is not sent: {:?}", machine.last_error());
    };
    let serial = request.serial;
    let mut readers = readers(options).into_iter();
    while let Some(signed) = signed(&mut machine, request) {
        let Next::Send(http) = &signed.next else { panic!("{signed:?}") };
        is_sound(http, options);
        shows_nothing(&format!("{machine:?}"));
        let answer = match http.url.strip_suffix("/.well-known/openid-configuration") {
            Some(issuer) => metadata(issuer),
            None => readers.next().map(|reader| fitting(&reader)).unwrap_or_default(),
        };
        match machine.on_response(serial, &answer, NOW) {
            Some(next) => request = next,
            None => break,
        }
    }
    came(&mut machine, options);
}

fn signed(machine: &mut Machine, request: TokenRequest) -> Option<TokenRequest> {
    match request.next {
        Next::Sign(_) => machine.on_signature(request.serial, b"signature", NOW),
        _ => Some(request),
    }
}

fn came(machine: &mut Machine, options: &Value) {
    // A profile that takes the token for its scope has it shown as one.
    if machine.token().and_then(|token| token.scope.as_ref()).is_some_and(|scope| scope.contains(MARK)) {
        return;
    }
    shows_nothing(&format!("{machine:?}"));
    match machine.poll(NOW) {
        Action::Use { token, .. } => {
            assert!(token.value.expose().contains(MARK) && token.serial == Serial(1));
            for (name, value) in &token.headers {
                assert!(is_header_name(name) && is_header_value(value.expose()), "{name}");
            }
            shows_nothing(&format!("{token:?}"));
        }
        Action::Fail(error) => shows_nothing_of(&error),
        Action::Wait { until } => assert!(until > NOW),
        Action::Send(_) => panic!("asked again at once"),
    }
    for inquiry in machine.revocations(NOW).unwrap_or_default() {
        is_sound_inquiry(machine, inquiry, options);
    }
    if let Ok(inquiry) = machine.introspection(&Secret::new(format!("t0k3n-{MARK}")), NOW) {
        is_sound_inquiry(machine, inquiry, options);
    }
    let request =
        AuthorizationRequest { redirect_uri: "https://me.example/", state: "state", code_challenge: Some("challenge") };
    if let Err(error) = machine.client().authorization_url(&request) {
        says_where(&error);
        shows_nothing_of(&error);
    }
}

/// B1, I1: what a runtime would refuse, or send elsewhere, is none.
/// A request about a token: what is signed first, and then what is sent.
pub fn is_sound_inquiry(machine: &mut Machine, inquiry: Inquiry, options: &Value) {
    shows_nothing(&format!("{:?}", inquiry.next));
    if let Ok(Inquiry { next: Next::Send(request), .. }) = machine.on_inquiry_signature(&inquiry, b"signature", NOW) {
        is_sound(&request, options);
    }
}

pub fn is_sound(request: &HttpRequest, options: &Value) {
    let url = request.url.to_ascii_lowercase();
    let is_loopback = options["allowInsecure"] == json!(true)
        && ["http://localhost", "http://127.", "http://[::1]", "http://"].iter().any(|start| url.starts_with(start));
    assert!(url.starts_with("https://") || is_loopback, "{request:?}");
    assert!(url.bytes().all(|byte| byte.is_ascii_graphic()), "{request:?}");
    assert!(["GET", "POST"].contains(&request.method) && (request.method == "POST" || request.body.is_none()));
    let mut names: Vec<&str> = request.headers.iter().map(|(name, _)| name.as_str()).collect();
    for (name, value) in &request.headers {
        assert!(is_header_name(name) && !name.bytes().any(|byte| byte.is_ascii_uppercase()), "{name:?}");
        assert!(is_header_value(value.expose()), "{name}");
    }
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), request.headers.len());
    // A profile may put a secret into the host, where nobody can hide it.
    if !url.split(['/', '?']).nth(2).unwrap_or_default().contains(&MARK.to_ascii_lowercase()) {
        shows_nothing(&format!("{request:?}"));
    }
    let kind = request.headers.iter().find(|(name, _)| name == "content-type").map(|(_, value)| value.expose());
    if let (Some("application/json"), Some(body)) = (kind, &request.body) {
        serde_json::from_str::<Value>(body.expose()).expect("JSON");
    }
}

fn metadata(issuer: &str) -> HttpResponse {
    let body = json!({ "issuer": issuer, "token_endpoint": "https://as.example/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt", "client_secret_basic", "none"] });
    HttpResponse { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() }
}

/// An answer that has everything which that reader looks for.
fn fitting(reader: &Value) -> HttpResponse {
    let token = format!("t0k3n-{MARK}");
    let mut answer = HttpResponse { status: 200, ..HttpResponse::default() };
    let mut document = json!({});
    let mut place = |place: Option<&str>, value: Value| match place.map(|place| place.strip_prefix("header:")) {
        Some(Some(name)) => answer.headers.push((name.to_owned(), value.as_str().unwrap_or("3600").to_owned())),
        Some(None) => put(&mut document, place.unwrap_or_default(), value),
        None => {}
    };
    for at in reader["capture"].as_object().into_iter().flat_map(Map::values) {
        // No secret: a profile may look for its errors there as well.
        place(at.as_str(), json!("c4ptur3d"));
    }
    let places = [
        ("token_type", json!("bearer")),
        ("scope", json!("a b")),
        ("refresh_token", json!(format!("r3fr3sh-{MARK}"))),
        ("access_token", json!(token)),
    ];
    for (name, value) in places {
        let standard = format!("/{name}");
        place(reader[name].as_str().or(Some(&standard)), value);
    }
    place(reader["expiry"]["pointer"].as_str().or(Some("/expires_in")), json!(3600));
    if let Some(good) = reader["error_when"]["not"].get(0) {
        place(reader["error_when"]["pointer"].as_str(), good.clone());
    }
    answer.body = match reader["format"].as_str() {
        Some("text") if reader["access_token"].as_str().unwrap_or_default().is_empty() => token.into_bytes(),
        Some("text") => b"nothing".to_vec(),
        Some("form") => format!("access_token={token}&token_type=bearer&expires_in=3600").into_bytes(),
        _ => document.to_string().into_bytes(),
    };
    answer
}

/// Puts a value at an RFC 6901 pointer, where what stands above is an object or can be one.
pub fn put(document: &mut Value, pointer: &str, value: Value) {
    let mut at = document;
    for name in pointer.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        if let (Value::Array(items), Ok(index)) = (&mut *at, name.parse::<usize>()) {
            if index >= items.len() {
                items.push(Value::Null);
            }
            let last = items.len() - 1;
            at = &mut at[index.min(last)];
            continue;
        }
        if !at.is_object() {
            *at = json!({});
        }
        at = &mut at[name];
    }
    *at = value;
}
