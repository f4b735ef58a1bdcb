//! What the simulation found, each as small as it gets; and what it cannot see.

use std::time::Duration;

use bearerkit::{
    Action, Challenge, ClientConfig, Credentials, HttpResponse, Loaded, Machine, Next, Provider, Sharing, Stored,
    Timestamp, TokenRequest, Verdict,
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn client(sharing: Sharing) -> ClientConfig {
    let options = json!({ "provider": "https://as.example/token",
                          "credentials": { "client_id": "app", "client_secret": "s3cr3t" } });
    ClientConfig::from_json(&options.to_string()).expect("good options").with_sharing(sharing)
}

fn machine(sharing: Sharing, seed: u64) -> Machine {
    Machine::new(client(sharing), seed)
}

fn send(machine: &mut Machine, now: Timestamp) -> TokenRequest {
    match machine.poll(now) {
        Action::Send(request) | Action::Use { renew: Some(request), .. } => request,
        other => panic!("expected to send, found {other:?}"),
    }
}

fn answer(status: u16, body: Value) -> HttpResponse {
    HttpResponse { status, headers: Vec::new(), body: body.to_string().into_bytes() }
}

fn granted(token: &str, expires_in: u64) -> HttpResponse {
    answer(200, json!({ "access_token": token, "expires_in": expires_in }))
}

/// What a request writes.
fn record(request: Option<TokenRequest>) -> String {
    match request.expect("a write").next {
        Next::Store { record, .. } => record.expose().to_owned(),
        other => panic!("expected to write, found {other:?}"),
    }
}

fn read(text: &str) -> Value {
    serde_json::from_str(text).expect("a record")
}

/// Finds that in the store, and takes a lease; returns the record with it.
fn lease(machine: &mut Machine, found: Loaded<'_>, now: Timestamp) -> (TokenRequest, String) {
    let request = send(machine, now);
    let store = machine.on_loaded(request.serial, found, now);
    (request, record(store))
}

/// A record with a token that was just fetched.
fn with_token(token: &str, lifetime: u64, now: Timestamp) -> String {
    let mut machine = machine(Sharing::Atomic, 1);
    let (request, _) = lease(&mut machine, Loaded::Nothing, now);
    machine.on_stored(request.serial, Stored::Written, now);
    record(machine.on_response(request.serial, &granted(token, lifetime), now))
}

fn refused(machine: &mut Machine, now: Timestamp) -> Verdict {
    let serial = machine.token().expect("in hand").serial;
    machine.on_unauthorized(serial, &Challenge::new(401, None, None), now)
}

/// SEED=745
#[test]
fn a_secret_that_is_refused_again_gives_the_lease_back() {
    let given = || Credentials::new().with("client_id", "app").with("client_secret", "old");
    let provider = Provider::from_token_endpoint("https://as.example/token").expect("a provider");
    let client = ClientConfig::new(provider, Credentials::new()).with_asked_credentials().with_sharing(Sharing::Atomic);
    let mut machine = Machine::new(client, 7);
    let request = send(&mut machine, NOW);
    let serial = request.serial;
    machine.on_loaded(serial, Loaded::Nothing, NOW);
    machine.on_credentials(serial, given(), NOW);
    machine.on_stored(serial, Stored::Written, NOW);
    machine.on_response(serial, &answer(401, json!({ "error": "invalid_client" })), NOW).expect("asked again");
    let written = read(&record(machine.on_credentials(serial, given(), NOW)));
    assert!(written["lease"].is_null() && written["cooldown"]["until"].is_u64(), "{written}");
}

/// SEED=101
#[test]
fn a_write_that_a_lagging_store_refuses_leaves_it_open() {
    let mut machine = machine(Sharing::Hint, 7);
    let request = send(&mut machine, NOW);
    machine.on_loaded(request.serial, Loaded::Nothing, NOW);
    machine.on_response(request.serial, &granted("a", 3600), NOW).expect("a write");
    machine.on_stored(request.serial, Stored::Failed, NOW);
    assert_eq!(machine.store_state().and_then(|state| state.retry_at), None);
}

#[test]
fn a_write_that_failed_counts_once() {
    let mut machine = machine(Sharing::Atomic, 7);
    let (request, _) = lease(&mut machine, Loaded::Nothing, NOW);
    machine.on_stored(request.serial, Stored::Failed, NOW);
    assert_eq!(machine.store_state().and_then(|state| state.retry_at), Some(NOW.plus(secs(5))));
}

/// SEED=754
#[test]
fn a_tombstone_leaves_the_lease_of_whoever_is_asking() {
    let token = with_token("a", 3600, NOW);
    let (mut one, mut other) = (machine(Sharing::Atomic, 2), machine(Sharing::Atomic, 3));
    for machine in [&mut one, &mut other] {
        let request = send(machine, NOW);
        machine.on_loaded(request.serial, Loaded::Record(&token), NOW);
    }
    let later = NOW.plus(secs(60));
    assert_eq!(refused(&mut other, later), Verdict::Retry);
    let (_, leased) = lease(&mut other, Loaded::Record(&token), later);
    let request = one.forget_everywhere(later).expect("a look");
    let buried = read(&record(one.on_loaded(request.serial, Loaded::Record(&leased), later)));
    assert_eq!(buried["lease"], read(&leased)["lease"]);
    assert!(buried["token"].is_null() && !buried["lease"].is_null());
}

/// SEED=324
#[test]
fn a_store_that_answers_is_not_down() {
    let mut machine = machine(Sharing::Atomic, 7);
    let request = send(&mut machine, NOW);
    machine.on_loaded(request.serial, Loaded::Failed, NOW);
    let later = NOW.plus(secs(20));
    machine.on_response(request.serial, &answer(503, json!({})), later);
    let request = send(&mut machine, later.plus(secs(60)));
    machine.on_loaded(request.serial, Loaded::Nothing, later.plus(secs(60)));
    assert_eq!(machine.store_state().and_then(|state| state.retry_at), None);
}

/// SEED=414
#[test]
fn an_adopted_token_that_is_old_is_no_word_about_the_api() {
    let (first, second) = (with_token("a", 3600, NOW), with_token("b", 3600, NOW.plus(secs(60))));
    let mut second = read(&second);
    second["generation"] = json!(9);
    second["token"]["generation"] = json!(9);
    let second = second.to_string();
    let mut machine = machine(Sharing::Atomic, 7);
    let request = send(&mut machine, NOW);
    machine.on_loaded(request.serial, Loaded::Record(&first), NOW);
    let later = NOW.plus(secs(600));
    assert_eq!(refused(&mut machine, later), Verdict::Retry);
    let request = send(&mut machine, later);
    machine.on_loaded(request.serial, Loaded::Record(&second), later);
    assert_eq!(machine.token().map(|token| token.value.expose()), Some("b"));
    assert_eq!(refused(&mut machine, later), Verdict::Retry, "it was fetched nine minutes before");
}

/// SEED=2482
#[test]
fn an_errand_leaves_the_lease_of_another_machine() {
    let (mut one, mut other) = (machine(Sharing::Atomic, 2), machine(Sharing::Atomic, 3));
    let (request, first) = lease(&mut one, Loaded::Nothing, NOW);
    one.on_stored(request.serial, Stored::Written, NOW);
    // The other one's clock is five minutes ahead, and nothing is at stake.
    let (_, second) = lease(&mut other, Loaded::Record(&first), NOW.plus(secs(300)));
    one.on_response(request.serial, &granted("a", 3600), NOW).expect("a write");
    one.on_stored(request.serial, Stored::Outdone, NOW).expect("a look");
    let written = read(&record(one.on_loaded(request.serial, Loaded::Record(&second), NOW)));
    assert_eq!(written["token"]["value"], "a");
    assert_eq!(written["lease"], read(&second)["lease"]);
}

/// What the record has after a machine saw a token refused.
fn after_a_refusal(value: &str, generation: u64) -> Option<String> {
    let named = |value: &str, generation: u64| {
        let mut record = read(&with_token(value, 3600, NOW));
        (record["generation"], record["token"]["generation"]) = (json!(generation), json!(generation));
        record.to_string()
    };
    let mut machine = machine(Sharing::Atomic, 7);
    let request = send(&mut machine, NOW);
    machine.on_loaded(request.serial, Loaded::Record(&named("refused", 5)), NOW);
    let later = NOW.plus(secs(60));
    assert_eq!(refused(&mut machine, later), Verdict::Retry);
    let request = send(&mut machine, later);
    machine.on_loaded(request.serial, Loaded::Record(&named(value, generation)), later);
    machine.token().map(|token| token.value.expose().to_owned())
}

/// The value counts and the generation counts: a store that lags, or was written by two at once, may show either.
#[test]
fn neither_a_refused_token_nor_an_older_one_is_adopted() {
    assert_eq!(after_a_refusal("newer", 6).as_deref(), Some("newer"));
    assert_eq!(after_a_refusal("refused", 6), None);
    assert_eq!(after_a_refusal("older", 4), None);
    assert_eq!(after_a_refusal("of the same time", 5), None);
}

/// SEED=8509: a flight may bring two tokens, its own and the record's, and what the API says of one is no word about the other.
#[test]
fn two_tokens_have_two_serials() {
    let mut machine = machine(Sharing::Atomic, 7);
    let (request, _) = lease(&mut machine, Loaded::Nothing, NOW);
    machine.on_stored(request.serial, Stored::Written, NOW);
    machine.on_response(request.serial, &granted("own", 3600), NOW).expect("a write");
    let own = machine.token().expect("granted").serial;
    machine.on_stored(request.serial, Stored::Outdone, NOW).expect("a look");
    let mut other = read(&with_token("other", 3600, NOW));
    (other["generation"], other["token"]["generation"]) = (json!(9), json!(9));
    assert_eq!(machine.on_loaded(request.serial, Loaded::Record(&other.to_string()), NOW), None);
    let adopted = machine.token().expect("adopted");
    assert_eq!(adopted.value.expose(), "other");
    assert!(adopted.serial > own);
}

/// A dead holder's lease is over for those with a live token once they come back, however seldom they are called: a grace period
/// of the server is a minute.
#[test]
fn a_lease_that_was_seen_before_is_over_at_the_next_look() {
    let token = with_token("a", 3600, NOW);
    let (mut dead, mut alive) = (machine(Sharing::Atomic, 2), machine(Sharing::Atomic, 3));
    for machine in [&mut dead, &mut alive] {
        let request = send(machine, NOW);
        machine.on_loaded(request.serial, Loaded::Record(&token), NOW);
    }
    let stale = NOW.plus(secs(3400));
    let (_, leased) = lease(&mut dead, Loaded::Record(&token), stale);
    let request = send(&mut alive, stale);
    assert_eq!(alive.on_loaded(request.serial, Loaded::Record(&leased), stale), None, "it is waited for");
    let (_, taken) = lease(&mut alive, Loaded::Record(&leased), stale.plus(secs(15)));
    assert_ne!(read(&taken)["lease"]["by"], read(&leased)["lease"]["by"]);
}

/// A fleet that adopts one token does not renew it at one instant.
#[test]
fn each_machine_has_a_renewal_point_of_its_own() {
    let record = with_token("a", 3600, NOW);
    let renew_at = |seed| {
        let mut machine = machine(Sharing::Atomic, seed);
        let request = send(&mut machine, NOW);
        machine.on_loaded(request.serial, Loaded::Record(&record), NOW);
        machine.token().expect("adopted").renew_at.since(NOW).as_secs()
    };
    let instants: Vec<u64> = (0..200).map(renew_at).collect();
    let (first, last) = (instants.iter().min().expect("some"), instants.iter().max().expect("some"));
    assert!(last - first > 200, "all within {} s", last - first);
}
