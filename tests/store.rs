//! A machine and the store of its fleet, row by row. What many machines do with one is in sharing.rs.
#![cfg(not(target_arch = "wasm32"))]

mod support;

use std::time::Duration;

use bearerkit::{
    Action, ClientConfig, Error, HttpResponse, Loaded, Machine, Next, Secret, Serial, Sharing, Stored, Timestamp,
    TokenRequest,
};
use serde_json::{Value, json};

use crate::support::{plain_options, secs};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

fn machine(options: &Value, sharing: Sharing, seed: u64) -> Machine {
    let client = ClientConfig::from_json(&options.to_string()).expect("good options");
    Machine::new(client.with_sharing(sharing), seed)
}

fn send(action: Action) -> TokenRequest {
    match action {
        Action::Send(request) => request,
        other => panic!("expected a request, found {other:?}"),
    }
}

fn stored(request: Option<TokenRequest>) -> (Serial, String, Duration) {
    match request {
        Some(TokenRequest { serial, next: Next::Store { record, ttl }, .. }) => {
            (serial, record.expose().to_owned(), ttl)
        }
        other => panic!("expected a write, found {other:?}"),
    }
}

fn granted(token: &str) -> HttpResponse {
    let body = json!({ "access_token": token, "expires_in": 3600 }).to_string().into_bytes();
    HttpResponse { status: 200, headers: vec![], body }
}

fn record(text: &str) -> Value {
    serde_json::from_str(text).expect("a record is JSON")
}

/// The record after a first token, and the machine that got it.
fn first_token() -> (Machine, String) {
    let mut machine = machine(&plain_options(), Sharing::Atomic, 1);
    let TokenRequest { serial, next, .. } = send(machine.poll(NOW));
    assert_eq!(next, Next::Load { at: NOW });
    let (serial, lease, _) = stored(machine.on_loaded(serial, Loaded::Nothing, NOW));
    assert!(record(&lease)["lease"]["by"].as_u64().is_some_and(|by| by > 0) && record(&lease)["token"].is_null());
    let request = machine.on_stored(serial, Stored::Written, NOW).expect("the lease is written: the request follows");
    assert!(matches!(request.next, Next::Send(_)));
    let (serial, text, ttl) = stored(machine.on_response(serial, &granted("t1"), NOW));
    assert!(matches!(machine.poll(NOW), Action::Use { renew: None, .. }), "callers do not wait for the write");
    assert_eq!(machine.on_stored(serial, Stored::Written, NOW), None);
    assert!(ttl >= secs(3500) && record(&text)["lease"].is_null());
    (machine, text)
}

#[test]
fn a_token_is_leased_sent_and_saved_and_the_next_machine_takes_it() {
    let (_, text) = first_token();
    let mut other = machine(&plain_options(), Sharing::Atomic, 2);
    let request = send(other.poll(NOW));
    assert_eq!(other.on_loaded(request.serial, Loaded::Record(&text), NOW), None);
    let Action::Use { token, renew: None } = other.poll(NOW) else { panic!("it is fresh") };
    assert_eq!((token.value.expose(), token.serial), ("t1", request.serial));
    assert_eq!(other.store_state().map(|state| state.generation), Some(2));
}

#[test]
fn a_token_that_the_api_refused_is_not_taken_back_from_the_record() {
    let (mut machine, text) = first_token();
    machine.invalidate();
    let request = send(machine.poll(NOW));
    let (_, lease, _) = stored(machine.on_loaded(request.serial, Loaded::Record(&text), NOW));
    assert_eq!(record(&lease)["generation"], 3);
}

#[test]
fn a_lease_of_another_is_waited_for_by_looks() {
    let (_, text) = first_token();
    let mut leased = record(&text);
    leased["token"] = Value::Null;
    leased["lease"] = json!({ "by": 7, "ms": 13_000, "spends": false });
    let text = leased.to_string();
    let mut machine = machine(&plain_options(), Sharing::Atomic, 3);
    let mut now = NOW;
    let request = send(machine.poll(now));
    let mut looks = 0;
    let mut next = machine.on_loaded(request.serial, Loaded::Record(&text), now);
    while let Some(TokenRequest { serial, next: Next::Load { at }, .. }) = next {
        assert!((50..=800).contains(&at.since(now).as_millis()));
        now = at;
        looks += 1;
        next = machine.on_loaded(serial, Loaded::Record(&text), now);
    }
    let waited = now.since(NOW);
    assert!(looks > 13 && waited >= secs(13) && waited < secs(14), "{looks} looks in {waited:?}");
    stored(next);
}

#[test]
fn a_refusal_is_shared_with_its_end() {
    let mut first = machine(&plain_options(), Sharing::Atomic, 1);
    let request = send(first.poll(NOW));
    let (serial, ..) = stored(first.on_loaded(request.serial, Loaded::Nothing, NOW));
    first.on_stored(serial, Stored::Written, NOW);
    let headers = vec![("retry-after".to_owned(), "30".to_owned())];
    let busy = HttpResponse { status: 429, headers, body: b"{}".to_vec() };
    let (_, text, _) = stored(first.on_response(serial, &busy, NOW));
    assert_eq!(
        (&record(&text)["cooldown"]["code"], record(&text)["lease"].is_null()),
        (&json!("ERR_RATE_LIMITED"), true)
    );

    let mut second = machine(&plain_options(), Sharing::Atomic, 2);
    let request = send(second.poll(NOW));
    assert_eq!(second.on_loaded(request.serial, Loaded::Record(&text), NOW), None);
    let Action::Fail(error @ Error::RateLimited(_)) = second.poll(NOW) else { panic!("it keeps to the cooldown") };
    assert!(error.retry_at().is_some_and(|at| at >= NOW.plus(secs(30))));
    // A look at the record every five seconds, and no request.
    let later = NOW.plus(secs(6));
    let look = send(second.poll(later));
    assert_eq!((look.next, second.flight()), (Next::Load { at: later }, "cooldown"));
}

#[test]
fn without_the_store_the_token_endpoint_is_asked() {
    for sharing in [Sharing::Atomic, Sharing::Hint] {
        let mut machine = machine(&plain_options(), sharing, 1);
        let request = send(machine.poll(NOW));
        let next = machine.on_loaded(request.serial, Loaded::Failed, NOW).expect("it goes alone");
        assert!(matches!(next.next, Next::Send(_)), "{sharing:?}");
        assert_eq!(machine.on_response(next.serial, &granted("t1"), NOW), None, "the store is left alone for 5 s");
        assert!(machine.store_state().is_some_and(|state| state.retry_at == Some(NOW.plus(secs(5)))));
    }
}

#[test]
fn a_refresh_token_that_is_all_there_is_is_not_presented_without_the_lease() {
    let mut options = plain_options();
    options["grant"] = json!({ "type": "refresh_token", "refreshToken": "r0" });
    let mut machine = machine(&options, Sharing::Atomic, 1);
    let request = send(machine.poll(NOW));
    assert_eq!(machine.on_loaded(request.serial, Loaded::Failed, NOW), None);
    let error = machine.last_error().expect("why").to_string();
    assert!(
        error.starts_with("could not reach the shared token store: the refresh token is presented only"),
        "{error}"
    );
}

#[test]
fn a_revocation_leaves_a_tombstone() {
    let (mut machine, text) = first_token();
    let request = machine.forget_everywhere(NOW).expect("the fleet is told");
    let (_, tombstone, _) = stored(machine.on_loaded(request.serial, Loaded::Record(&text), NOW));
    assert_eq!((&record(&tombstone)["generation"], record(&tombstone)["token"].is_null()), (&json!(3), true));
}

#[test]
fn what_a_machine_signs_for_itself_is_leased_and_shared_too() {
    let options = json!({
        "provider": { "name": "own", "assertion": { "use": "access_token", "alg": "HS256", "key": "secret", "claims": { "iss": "me" } } },
        "credentials": { "secret": "0123456789abcdef0123456789abcdef" },
    });
    let mut machine = machine(&options, Sharing::Atomic, 1);
    let request = send(machine.poll(NOW));
    let (serial, ..) = stored(machine.on_loaded(request.serial, Loaded::Nothing, NOW));
    let request = machine.on_stored(serial, Stored::Written, NOW).expect("the lease is written");
    assert!(matches!(request.next, Next::Sign(_)), "{:?}", request.next);
    let (_, text, _) = stored(machine.on_signature(serial, b"signature", NOW));
    assert!(record(&text)["token"]["value"].as_str().is_some_and(|token| token.starts_with("ey")));
}

#[test]
fn a_refresh_token_that_somebody_may_have_shown_is_spared_where_another_grant_serves() {
    let (_, text) = first_token();
    let mut leased = record(&text);
    leased["token"] = Value::Null;
    leased["refresh"] = json!("r1");
    for (spends, grant) in [(true, "client_credentials"), (false, "refresh_token")] {
        leased["lease"] = json!({ "by": 7, "ms": 1_000, "spends": spends });
        let text = leased.to_string();
        let mut machine = machine(&plain_options(), Sharing::Atomic, 4);
        let mut now = NOW;
        let request = send(machine.poll(now));
        let mut next = machine.on_loaded(request.serial, Loaded::Record(&text), now);
        while let Some(TokenRequest { serial, next: Next::Load { at }, .. }) = next {
            now = at;
            next = machine.on_loaded(serial, Loaded::Record(&text), now);
        }
        let (serial, ..) = stored(next);
        let request = machine.on_stored(serial, Stored::Written, now).expect("the lease is written");
        let Next::Send(request) = request.next else { panic!("{:?}", request.next) };
        let body = request.body.as_ref().map(Secret::expose).unwrap_or_default();
        assert!(body.contains(grant), "spends: {spends}, {body}");
    }
}

#[test]
fn an_unreadable_record_may_be_that_of_a_spent_refresh_token() {
    let mut options = plain_options();
    options["grant"] = json!({ "type": "refresh_token", "refreshToken": "r0" });
    let mut machine = machine(&options, Sharing::Atomic, 1);
    let request = send(machine.poll(NOW));
    assert_eq!(machine.on_loaded(request.serial, Loaded::Unreadable, NOW), None);
    let error = machine.last_error().expect("why").to_string();
    assert!(error.contains("the configured refresh token may be spent already"), "{error}");
}

#[test]
fn a_record_with_a_text_that_would_break_a_header_is_misread() {
    let (_, text) = first_token();
    for place in ["/token/value", "/token/type", "/refresh"] {
        let mut broken = record(&text);
        *broken.pointer_mut(place).expect("a member of the record") = json!("t1\r\nx: y");
        let mut machine = machine(&plain_options(), Sharing::Atomic, 2);
        let request = send(machine.poll(NOW));
        stored(machine.on_loaded(request.serial, Loaded::Record(&broken.to_string()), NOW));
        assert!(machine.store_state().is_some_and(|state| state.is_misread), "{place}");
    }
}
