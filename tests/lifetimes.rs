//! How long a token lives in the machine: every length, every kind of evidence, every clock.

mod support;

use std::time::Duration;

use base64::Engine as _;
use bearerkit::{Action, Age, Timestamp};
use serde_json::{Value, json};
use support::{Bench, secs};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const DAY: u64 = 86_400;

fn jwt(claims: &Value) -> String {
    let encode = |json: &Value| base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.c2ln", encode(&json!({ "alg": "RS256" })), encode(claims))
}

fn http_date(at: Timestamp) -> String {
    httpdate::fmt_http_date(std::time::UNIX_EPOCH + Duration::from_millis(at.as_millis()))
}

/// The hard expiry that an answer leads to, in seconds from now.
fn life(answer: Value, date: Option<Timestamp>) -> u64 {
    let mut bench = Bench::plain();
    let request = bench.send();
    let date = date.map(http_date);
    let headers: Vec<(&str, &str)> = date.iter().map(|date| ("date", date.as_str())).collect();
    bench.answer_with(request.serial, 200, &headers, answer);
    bench.used().0.hard_expiry.since(bench.now).as_secs()
}

#[test]
fn every_length_is_fresh_first_then_stale_then_expired() {
    for (length, until_hard_expiry) in
        [(1, 500), (10, 9_000), (60, 57_000), (3600, 3_590_000), (DAY, 86_390_000), (30 * DAY, 2_591_990_000)]
    {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.grant(request.serial, "a", length);
        let (token, renew) = bench.used();
        assert_eq!((token.age(bench.now), renew), (Age::Fresh, None), "{length}");
        let begin = bench.now;
        assert_eq!(token.hard_expiry, begin.plus(Duration::from_millis(until_hard_expiry)), "{length}");
        bench.now = token.renew_at.minus(Duration::from_millis(1));
        assert_eq!(bench.used().1, None, "{length}: fresh to the last millisecond");
        bench.now = token.renew_at;
        assert!(bench.used().1.is_some(), "{length}: stale");
        bench.now = token.hard_expiry.minus(Duration::from_millis(1));
        assert_eq!(bench.used().0.age(bench.now), Age::Stale, "{length}: served to the last millisecond");
        bench.now = token.hard_expiry;
        assert!(!matches!(bench.poll(), Action::Use { .. }), "{length}: expired");
    }
}

#[test]
fn a_short_token_is_cached_and_not_fetched_with_every_call() {
    for length in [2, 10, 60] {
        let mut bench = Bench::plain();
        let end = bench.now.plus(secs(length * 100));
        let requests = bench.use_until(end, Duration::from_millis(length * 10), |bench, serial, number| {
            bench.grant(serial, &format!("t{number}"), length);
        });
        assert!((100..=400).contains(&requests), "{length} s: {requests} requests in a hundred lifetimes");
    }
}

#[test]
fn a_lifetime_that_nothing_states_is_an_hour_or_what_the_options_say() {
    for (options, length) in [(json!({}), 3600), (json!({ "defaultLifetime": 600 }), 600)] {
        let mut bench = Bench::with(options);
        let request = bench.send();
        bench.answer(request.serial, 200, json!({ "access_token": "a" }));
        let (token, _) = bench.used();
        assert_eq!(token.expires_at, None);
        assert_eq!(token.hard_expiry, bench.now.plus(secs(length - 10)));
        assert!(matches!(bench.wait(secs(length)).poll(), Action::Send(_)), "never for ever");
    }
}

#[test]
fn of_evidence_that_disagrees_the_earlier_counts() {
    let now = Bench::plain().now.as_millis() / 1000;
    let token = |claims: Value, expires_in: u64| json!({ "access_token": jwt(&claims), "expires_in": expires_in });
    assert_eq!(life(token(json!({ "iat": now, "exp": now + 600 }), 3600), None), 590);
    assert_eq!(life(token(json!({ "iat": now, "exp": now + 3600 }), 600), None), 590);
    assert_eq!(life(token(json!({ "exp": now + 600 }), 3600), None), 590);
    // Whoever issued it has a clock of its own, ahead of that of the server that hands it out.
    assert_eq!(
        life(token(json!({ "iat": now + 3000, "exp": now + 3600 }), 3600), Some(Timestamp::from_secs(now))),
        590
    );
    // The token was cached at the server: its Date tells how much is left.
    assert_eq!(life(token(json!({ "iat": now - 3000, "exp": now + 600 }), 3600), Some(Timestamp::from_secs(now))), 590);
}

#[test]
fn a_server_a_day_off_either_way_does_no_harm() {
    let now = Bench::plain().now.as_millis() / 1000;
    for theirs in [now - DAY, now + DAY] {
        let date = Some(Timestamp::from_secs(theirs));
        let dated = json!({ "access_token": jwt(&json!({ "iat": theirs, "exp": theirs + 3600 })) });
        assert_eq!(life(dated.clone(), date), 3590);
        assert_eq!(life(dated, None), 3590, "by the token's own dates");
        let absolute = json!({ "access_token": "opaque", "expires_in": theirs + 3600 });
        assert_eq!(life(absolute, date), 3590);
    }
}

#[test]
fn a_lifetime_counts_from_when_the_request_was_sent() {
    let mut bench = Bench::plain();
    let request = bench.send();
    let sent = bench.now;
    bench.wait(secs(9)).grant(request.serial, "a", 3600);
    assert_eq!(bench.used().0.expires_at, Some(sent.plus(secs(3600))));
}

#[test]
fn a_jwt_that_comes_again_lives_no_longer() {
    let mut bench = Bench::plain();
    let begin = bench.now.as_millis() / 1000;
    let answer = json!({ "access_token": jwt(&json!({ "iat": begin, "exp": begin + 3600 })), "expires_in": 3600 });
    let request = bench.send();
    bench.answer(request.serial, 200, answer.clone());
    let first = bench.used().0;
    let renew = bench.wait(secs(3300)).used().1.expect("a renewal");
    bench.answer(renew.serial, 200, answer.clone());
    let again = bench.used().0;
    assert_eq!((again.hard_expiry, again.expires_at), (first.hard_expiry, first.expires_at));
    assert!(again.renew_at > bench.now, "and is not asked for with every call");
    // By this clock it has expired: the server, which still hands it out, knows better.
    let request = bench.wait(secs(DAY)).send();
    bench.answer(request.serial, 200, answer);
    assert_eq!(bench.used().0.age(bench.now), Age::Fresh);
}

/// A margin in full is half of a short lifetime, and its jitter comes on top: without the floor it is soon stale again.
#[test]
fn a_renewal_that_brings_no_later_expiry_is_not_repeated_at_once() {
    for (length, least) in [(60, Duration::from_millis(28_500)), (130, secs(60))] {
        let mut bench = Bench::with(json!({ "refreshMargin": 3600 }));
        bench.obtain("a");
        let renew = bench.wait(secs(1800)).used().1.expect("a renewal");
        bench.grant(renew.serial, "b", length);
        let (token, renew) = bench.used();
        assert_eq!((token.value.expose(), renew), ("b", None));
        assert_eq!(token.renew_at, bench.now.plus(least), "{length}");
    }
}

#[test]
fn a_token_that_is_stale_on_arrival_is_not_renewed_at_once() {
    let mut bench = Bench::plain();
    let request = bench.send();
    bench.wait(Duration::from_millis(8_500)).grant(request.serial, "a", 10);
    let (token, renew) = bench.used();
    assert_eq!((token.age(bench.now), renew), (Age::Fresh, None));
    assert_eq!(token.renew_at, bench.now.plus(Duration::from_millis(250)), "half of what is left");
}

#[test]
fn the_options_name_the_margin_and_else_the_profile() {
    let profile = json!({ "token_endpoint": "https://as.example/token", "refresh_margin": 600 });
    for (options, margin) in [
        (json!({ "refreshMargin": 60 }), 60),
        (json!({ "provider": profile }), 600),
        (json!({ "provider": profile, "refreshMargin": 60 }), 60),
    ] {
        let mut bench = Bench::with(options);
        bench.obtain("a");
        let (token, _) = bench.used();
        let before = token.hard_expiry.since(token.renew_at);
        assert!((secs(margin)..=secs(2 * margin)).contains(&before), "{margin}: {before:?}");
    }
}
