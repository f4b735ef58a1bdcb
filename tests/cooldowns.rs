//! How long the token endpoint is left alone, and by whom.

mod support;

use std::time::Duration;

use bearerkit::{Action, Call, Serial, TransportFailure};
use serde_json::json;
use support::{Bench, body, network, secs};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// When the endpoint is asked again after an answer like this, in ms from now.
fn wait(status: u16, headers: &[(&str, &str)]) -> u64 {
    let mut bench = Bench::with(json!({ "patience": 0 }));
    let request = bench.send();
    bench.answer_with(request.serial, status, headers, json!({}));
    let until = bench.machine.next_request_at(bench.now);
    assert_eq!(bench.failed().retry_at(), Some(until));
    bench.now = until.minus(Duration::from_millis(1));
    bench.failed();
    bench.now = until;
    bench.send();
    until.since(Bench::plain().now).as_millis() as u64
}

#[test]
fn retry_after_is_honoured_in_all_its_forms() {
    // now: Tue, 14 Nov 2023 22:13:20 GMT
    for value in [
        "20",
        "20.0",
        "20s",
        "Tue, 14 Nov 2023 22:13:40 GMT",
        "Tuesday, 14-Nov-23 22:13:40 GMT",
        "Tue Nov 14 22:13:40 2023",
    ] {
        for status in [429, 503] {
            let waited = wait(status, &[("Retry-After", value)]);
            assert!((20_000..=21_000).contains(&waited), "{status} {value}: {waited}");
        }
    }
}

#[test]
fn an_absurd_retry_after_is_capped_at_an_hour() {
    for value in ["86400", "99999999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT"] {
        assert_eq!(wait(429, &[("Retry-After", value)]), 3_600_000, "{value}");
    }
}

#[test]
fn a_retry_after_that_says_nothing_leaves_our_own_back_off() {
    for value in ["0", "-1", "soon", "", "Tue, 14 Nov 2023 22:13:19 GMT", "Tue, 14 Nov 2023", "-1.5"] {
        let waited = wait(429, &[("Retry-After", value)]);
        assert!((100..=1_000).contains(&waited), "{value}: {waited}");
    }
}

#[test]
fn a_date_is_read_by_the_servers_clock() {
    let headers = [("Date", "Mon, 13 Nov 2023 22:13:20 GMT"), ("Retry-After", "Mon, 13 Nov 2023 22:13:40 GMT")];
    let waited = wait(503, &headers);
    assert!((20_000..=21_000).contains(&waited), "a day behind: {waited}");
}

#[test]
fn a_refusal_is_cached_for_30_seconds_doubling_to_10_minutes() {
    let mut bench = Bench::with(json!({ "patience": 0 }));
    for seconds in [30, 60, 120, 240, 480, 600, 600] {
        let request = bench.send();
        bench.answer(request.serial, 400, json!({ "error": "invalid_scope" }));
        bench.wait(secs(seconds).saturating_sub(Duration::from_millis(1))).failed();
        bench.wait(Duration::from_millis(1));
    }
}

#[test]
fn a_token_ends_the_back_off() {
    let mut bench = Bench::plain();
    for _ in 0..8 {
        let request = bench.send();
        bench.fail(request.serial, network());
        bench.now = bench.machine.next_request_at(bench.now);
    }
    bench.obtain("a");
    let request = bench.wait(secs(3600)).send();
    bench.fail(request.serial, network());
    assert!(bench.machine.next_request_at(bench.now) <= bench.now.plus(secs(1)));
}

#[test]
fn the_refresh_token_survives_an_ambiguous_failure_and_its_refusal_afterwards_costs_no_token() {
    let mut bench = Bench::plain();
    let request = bench.send();
    bench.answer(request.serial, 200, json!({ "access_token": "a", "refresh_token": "r1", "expires_in": 3600 }));
    // The server rotated it, and the answer was lost.
    let refresh = bench.wait(secs(3600)).send();
    bench.fail(refresh.serial, TransportFailure::Timeout);
    let again = bench.wait(secs(5)).send();
    assert!(body(&again).contains("refresh_token=r1"));
    let primary = bench.answer(again.serial, 400, json!({ "error": "invalid_grant" })).expect("the primary grant");
    assert_eq!(body(&primary), "grant_type=client_credentials");
    bench.grant(primary.serial, "b", 3600);
    assert_eq!(bench.used().0.value.expose(), "b");
}

#[test]
fn two_lost_requests_are_taken_over_at_once_and_more_are_backed_off() {
    let mut bench = Bench::plain();
    for lost in 1..=2 {
        let request = bench.send();
        bench.machine.on_lost(request.serial, bench.now);
        assert_eq!(bench.machine.flight(), "idle", "{lost}");
    }
    let request = bench.send();
    bench.machine.on_lost(request.serial, bench.now);
    assert!(matches!(bench.poll(), Action::Wait { .. }));
    // A token settles it.
    bench.now = bench.machine.next_request_at(bench.now);
    bench.obtain("a");
    let request = bench.wait(secs(3600)).send();
    bench.machine.on_lost(request.serial, bench.now);
    bench.send();
}

#[test]
fn where_everyone_who_asks_vanishes_the_endpoint_is_asked_less_and_less() {
    let mut bench = Bench::plain();
    let (end, mut requests) = (bench.now.plus(secs(3600)), 0);
    while bench.now < end {
        match bench.poll() {
            Action::Send(_) => requests += 1,
            Action::Wait { until } => bench.now = until,
            Action::Fail(error) => bench.now = error.retry_at().expect("a cooldown"),
            Action::Use { .. } => panic!("nobody answered"),
        }
    }
    assert!((60..=120).contains(&requests), "{requests}, where the leases alone would let 327 through");
}

#[test]
fn a_request_for_a_longer_token_that_fails_leaves_no_trace() {
    let mut bench = Bench::plain();
    bench.obtain("a");
    let longer = |bench: &Bench| Call { since: bench.now, min_validity: secs(7200) };
    let call = longer(bench.wait(secs(10)));
    let Action::Send(request) = bench.machine.poll_for(call, bench.now) else { panic!("3580 s are too few") };
    bench.fail(request.serial, network());
    let renew = bench.wait(secs(3300)).used().1.expect("a renewal in the background");
    bench.grant(renew.serial, "b", 3600);
    let call = longer(bench.wait(secs(10)));
    assert!(matches!(bench.machine.poll_for(call, bench.now), Action::Send(_)), "asked for, as the first time");
}

#[test]
fn a_machine_that_takes_over_counts_on_from_the_one_that_is_gone() {
    let mut bench = Bench::plain();
    bench.machine.take_over(Serial(7), 2, bench.now);
    assert_eq!(bench.send().serial, Serial(8), "a 401 of the old one's token is not taken for that of a new one");
    let mut bench = Bench::with(json!({ "patience": 0 }));
    bench.machine.take_over(Serial(7), 9, bench.now);
    assert_eq!(bench.failed().code(), "ERR_UNREACHABLE");
    let total: u128 = (0..200)
        .map(|seed| {
            let mut bench = Bench::plain();
            bench.machine.reseed(seed);
            bench.machine.take_over(Serial(7), 9, bench.now);
            bench.machine.next_request_at(bench.now).since(bench.now).as_millis()
        })
        .sum();
    // Full jitter below 60 s.
    assert!((20_000..40_000).contains(&(total / 200)), "{total}");
}

#[test]
fn a_machine_that_takes_over_does_not_show_an_authorization_code_again() {
    let grant = json!({ "type": "authorization_code", "code": "c", "redirectUri": "https://me.example/" });
    let mut bench = Bench::with(json!({ "grant": grant }));
    bench.machine.take_over(Serial(1), 1, bench.now);
    assert_eq!(bench.failed().code(), "ERR_REFUSED");
}
