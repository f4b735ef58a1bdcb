//! What fuzzing found, each as small as it gets.

use std::time::Duration;

use bearerkit::{Action, Challenge, ClientConfig, HttpResponse, Machine, Next, Timestamp, TransportFailure};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

fn options(profile: Value) -> Value {
    let mut profile = profile;
    profile["token_endpoint"] = json!("https://as.example/token");
    json!({ "provider": profile, "credentials": { "client_id": "app", "client_secret": "s3cr3t" } })
}

fn client(profile: Value) -> ClientConfig {
    ClientConfig::from_json(&options(profile).to_string()).expect("good options")
}

fn answer(status: u16, headers: &[(&str, &str)], body: Value) -> HttpResponse {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    HttpResponse { status, headers, body: body.to_string().into_bytes() }
}

fn granted(further: Value) -> HttpResponse {
    let mut body = json!({ "access_token": "t0k3n", "token_type": "Bearer", "expires_in": 3600 });
    for (name, value) in further.as_object().expect("an object") {
        body[name] = value.clone();
    }
    answer(200, &[], body)
}

fn with_step(refresh: Value) -> ClientConfig {
    let step =
        json!({ "token_endpoint": "https://as.example/login", "response": { "capture": { "ticket": "/ticket" } } });
    client(json!({ "steps": [step], "headers": { "x-ticket": "{ticket}" }, "refresh": refresh }))
}

/// H3: `Debug` of a machine showed a step's token, and whatever else was captured.
#[test]
fn what_is_captured_is_in_no_debug() {
    let mut machine = Machine::new(with_step(json!({})), 1);
    let Action::Send(request) = machine.poll(NOW) else { panic!("send") };
    machine.on_response(request.serial, &granted(json!({ "ticket": "t1ck3t" })), NOW).expect("the token request");
    let shown = format!("{machine:?}");
    assert!(!shown.contains("t0k3n") && !shown.contains("t1ck3t"), "{shown}");
    machine.on_response(request.serial, &granted(json!({ "scope": "read" })), NOW);
    let shown = format!("{machine:?} {:?}", machine.token().expect("granted"));
    assert!(!shown.contains("t0k3n") && !shown.contains("t1ck3t"), "{shown}");
}

/// H3: a profile may put a credential into the path.
#[test]
fn a_request_s_debug_shows_its_origin_alone() {
    let mut options = options(json!({}));
    options["provider"]["token_endpoint"] = json!("https://as.example:8443/bot{client_secret}/token?a=b");
    let client = ClientConfig::from_json(&options.to_string()).expect("good options");
    let Action::Send(request) = Machine::new(client, 1).poll(NOW) else { panic!("send") };
    let shown = format!("{request:?}");
    assert!(shown.contains(r#""https://as.example:8443""#) && !shown.contains("bot"), "{shown}");
}

/// I3: the path of an error is made of the names of members, which may be anything.
#[test]
fn no_error_forges_a_log_line() {
    let forged = "a\r\nERROR all is lost\u{85}";
    let mut unknown = options(json!({}));
    unknown[forged] = json!(1);
    let mut environment = options(json!({ "environments": { forged: {} } }));
    environment["variables"] = json!({ "environment": "b" });
    for options in [unknown, environment] {
        let error = ClientConfig::from_json(&options.to_string()).expect_err("refused");
        assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
    }
    let client = client(json!({ "response": { "access_token": format!("/{forged}") } }));
    let error = client.parse_token_response(&granted(json!({})), NOW, NOW).expect_err("no token there");
    assert!(!error.to_string().chars().any(char::is_control), "{error:?}");
}

/// `explain` said one date for the next request, and another for the last error.
#[test]
fn the_date_of_the_last_error_goes_with_the_clock() {
    let mut machine = Machine::new(client(json!({})), 1);
    let Action::Send(request) = machine.poll(NOW) else { panic!("send") };
    machine.on_response(request.serial, &answer(429, &[("retry-after", "60")], json!({})), NOW);
    let back = NOW.minus(Duration::from_secs(86_400));
    machine.observe(back);
    let until = machine.next_request_at(back);
    assert!(until.since(back) < Duration::from_secs(70));
    assert_eq!(machine.last_error().and_then(|error| error.retry_at()), Some(until));
}

/// I2: nobody was told to carry out what came after a refresh that was refused at too great length, and all waited for it.
#[test]
fn a_refusal_that_is_too_long_leaves_no_lease_behind() {
    let mut machine = Machine::new(client(json!({})), 1);
    let Action::Send(request) = machine.poll(NOW) else { panic!("send") };
    machine.on_response(request.serial, &granted(json!({ "refresh_token": "r3fr3sh" })), NOW);
    machine.invalidate();
    let Action::Send(refresh) = machine.poll(NOW) else { panic!("send") };
    machine.on_failure(refresh.serial, TransportFailure::TooLarge { status: 403 }, NOW);
    let action = machine.poll(NOW);
    assert!(matches!(action, Action::Send(_)), "{action:?}");
}

/// I8: a 401 takes the token, and with it what the steps captured; the refresh lacks that, is never sent, and never given up.
#[test]
fn a_refresh_after_a_401_has_what_the_steps_captured() {
    let mut machine = Machine::new(with_step(json!({})), 1);
    let Action::Send(request) = machine.poll(NOW) else { panic!("send") };
    machine.on_response(request.serial, &granted(json!({ "ticket": "t1ck3t" })), NOW).expect("the token request");
    machine.on_response(request.serial, &granted(json!({ "refresh_token": "r3fr3sh" })), NOW);
    let later = NOW.plus(Duration::from_secs(60));
    machine.on_unauthorized(request.serial, &Challenge::new(401, None, None), later);
    let action = machine.poll(later);
    let Action::Send(request) = action else { panic!("{action:?}") };
    let Next::Send(http) = request.next else { panic!("{request:?}") };
    let ticket = http.headers.iter().find(|(name, _)| name == "x-ticket").map(|(_, ticket)| ticket.expose());
    assert_eq!(ticket, Some("t1ck3t"));
}
