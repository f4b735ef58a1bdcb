//! What the simulation found, each as small as it gets.

use std::time::Duration;

use bearerkit::{
    Action, Call, ClientConfig, Credentials, HttpResponse, Machine, Next, Provider, Timestamp, TokenRequest,
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn machine(further: Value) -> Machine {
    let mut options = json!({ "provider": "https://as.example/token",
                              "credentials": { "client_id": "app", "client_secret": "s3cr3t" } });
    for (name, value) in further.as_object().expect("an object") {
        options[name] = value.clone();
    }
    Machine::new(ClientConfig::from_json(&options.to_string()).expect("good options"), 7)
}

fn send(machine: &mut Machine, now: Timestamp) -> TokenRequest {
    match machine.poll(now) {
        Action::Send(request) => request,
        other => panic!("expected to send, found {other:?}"),
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: Value) -> HttpResponse {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    HttpResponse { status, headers, body: body.to_string().into_bytes() }
}

fn granted(token: &str, expires_in: u64) -> HttpResponse {
    answer(200, &[], json!({ "access_token": token, "expires_in": expires_in }))
}

/// I13: what the grant shows is a secret too.
#[test]
fn a_server_that_echoes_the_grant_leaks_nothing() {
    let redirect = "https://me.example/";
    for (grant, secret) in [
        (json!({ "type": "refresh_token", "refreshToken": "r3fr3sh" }), "r3fr3sh"),
        (json!({ "type": "password", "username": "me", "password": "p4ssw0rd" }), "p4ssw0rd"),
        (json!({ "type": "authorization_code", "code": "c0d3c0d3", "redirectUri": redirect }), "c0d3c0d3"),
    ] {
        let mut machine = machine(json!({ "grant": grant }));
        let request = send(&mut machine, NOW);
        let body = json!({ "error": "invalid_grant", "error_description": format!("{secret} is no good") });
        machine.on_response(request.serial, &answer(400, &[], body), NOW);
        let error = machine.last_error().expect("refused").to_string();
        assert!(!error.contains(secret) && error.contains("[redacted]"), "{error}");
    }
}

/// I2: its patience counted from an instant that was an hour ahead.
#[test]
fn a_call_does_not_wait_longer_for_a_clock_that_was_set_back() {
    let mut machine = machine(json!({ "patience": 0 }));
    let call = Call { since: NOW, min_validity: Duration::ZERO };
    let request = send(&mut machine, NOW);
    let back = NOW.minus(secs(3600));
    machine.on_response(request.serial, &answer(429, &[("retry-after", "60")], json!({})), back);
    assert!(matches!(machine.poll_for(call, back), Action::Fail(_)), "no patience, and a minute to wait");
}

/// I11: no token ever came during a call that the clock had left behind.
#[test]
fn a_call_does_not_ask_in_a_loop_when_the_clock_was_set_back() {
    let mut machine = machine(json!({}));
    let call = Call { since: NOW, min_validity: secs(300) };
    let request = send(&mut machine, NOW);
    let back = NOW.minus(secs(3600));
    machine.on_response(request.serial, &granted("a", 60), back);
    let action = machine.poll_for(call, back.plus(secs(1)));
    assert!(matches!(action, Action::Use { .. }), "{action:?}");
}

/// I11: 3590 s are left of an hour, and a call that wants an hour would ask each time.
#[test]
fn what_a_server_never_grants_is_not_asked_for_with_every_call() {
    let mut machine = machine(json!({}));
    let mut requests = 0;
    for second in 0..120 {
        let now = NOW.plus(secs(second));
        let call = Call { since: now, min_validity: secs(3600) };
        if let Action::Send(request) = machine.poll_for(call, now) {
            requests += 1;
            machine.on_response(request.serial, &granted("a", 3600), now);
        }
    }
    assert!(requests <= 3, "{requests} in two minutes");
}

/// I10: the stated expiry goes with the clock, as all other dates do.
#[test]
fn the_stated_expiry_is_set_back_with_the_clock() {
    let mut machine = machine(json!({}));
    let request = send(&mut machine, NOW);
    machine.on_response(request.serial, &granted("a", 3600), NOW);
    let back = NOW.minus(secs(86_400));
    machine.poll(back);
    assert_eq!(machine.token().and_then(|token| token.expires_at), Some(back.plus(secs(3600))));
}

/// I3: the life of a late token began when its request was sent, on the clock as it is now.
#[test]
fn a_late_answer_after_the_clock_was_set_back_lives_no_longer() {
    let mut machine = machine(json!({}));
    let request = send(&mut machine, NOW);
    machine.on_lost(request.serial, NOW);
    machine.observe(NOW.plus(secs(50)));
    let back = NOW.minus(secs(3600));
    machine.observe(back);
    machine.on_response(request.serial, &granted("late", 60), back);
    let left = machine.token().expect("newer than none").remaining(back);
    assert!(left <= secs(10), "{left:?} of the 10 s that are left");
}

/// The same for the request that is under way, and for one who was told the time meanwhile.
#[test]
fn an_answer_after_the_clock_was_set_back_lives_no_longer() {
    let mut machine = machine(json!({}));
    let request = send(&mut machine, NOW);
    machine.observe(NOW.plus(secs(8)));
    let back = NOW.minus(secs(3600));
    machine.observe(back);
    machine.on_response(request.serial, &granted("a", 60), back);
    let left = machine.token().expect("granted").remaining(back);
    assert!(left <= secs(52), "{left:?} of the 52 s that are left");
}

/// A refresh token that a late answer brought is not the one that was refused.
#[test]
fn a_refresh_token_that_came_late_outlives_the_refusal_of_the_old_one() {
    let grant = json!({ "type": "refresh_token", "refreshToken": "r1r1" });
    let mut machine = machine(json!({ "grant": grant }));
    let first = send(&mut machine, NOW);
    machine.on_lost(first.serial, NOW);
    let second = send(&mut machine, NOW);
    let body = json!({ "access_token": "a", "refresh_token": "r2r2", "expires_in": 3600 });
    machine.on_response(first.serial, &answer(200, &[], body), NOW);
    let refused = answer(400, &[], json!({ "error": "invalid_grant" }));
    machine.on_response(second.serial, &refused, NOW);
    assert_eq!(machine.refresh_token().map(|token| token.expose()), Some("r2r2"));
}

/// I6: the server says 20 s from now, and its clock is a day ahead.
#[test]
fn a_retry_after_date_is_by_the_servers_clock() {
    let mut machine = machine(json!({}));
    let request = send(&mut machine, NOW);
    assert!(matches!(request.next, Next::Send(_)));
    let headers = [("date", "Wed, 15 Nov 2023 22:13:20 GMT"), ("retry-after", "Wed, 15 Nov 2023 22:13:40 GMT")];
    machine.on_response(request.serial, &answer(429, &headers, json!({})), NOW);
    let wait = machine.next_request_at(NOW).since(NOW);
    assert!((secs(20)..=secs(21)).contains(&wait), "{wait:?}");
}

/// Others came by another way while the old ones were under way: they are tried, not taken for those that were refused.
#[test]
fn credentials_that_were_replaced_meanwhile_are_tried() {
    let given = |secret: &str| Credentials::new().with("client_id", "app").with("client_secret", secret);
    let provider = Provider::from_token_endpoint("https://as.example/token").expect("a provider");
    let client = ClientConfig::new(provider, Credentials::new()).with_asked_credentials();
    let mut machine = Machine::new(client, 7);
    let request = send(&mut machine, NOW);
    machine.on_credentials(request.serial, given("old"), NOW).expect("a request");
    machine.replace_credentials(given("new"));
    let refused = answer(401, &[], json!({ "error": "invalid_client" }));
    let again = machine.on_response(request.serial, &refused, NOW).expect("asked again");
    assert_eq!(again.next, Next::Credentials);
    assert!(machine.on_credentials(again.serial, given("new"), NOW).is_some(), "the new ones were never tried");
}
