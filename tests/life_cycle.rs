//! The table of the life-cycle, cell by cell, and the rules around it, in virtual time.

mod support;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearerkit::{
    Action, Age, Call, Challenge, ClientConfig, Credentials, Error, HttpResponse, Machine, Next, Timestamp,
    TokenRequest, TransportFailure, Verdict,
};
use serde_json::json;
use support::{Bench, body, http, network, secs};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

mod nine_cells {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn fresh_and_idle_is_used() {
        let mut bench = Bench::plain();
        bench.obtain("a");
        assert_eq!(bench.used().1, None);
    }

    #[test]
    fn fresh_and_in_flight_is_used() {
        let mut bench = Bench::plain();
        let first = bench.send();
        bench.wait(secs(11));
        let second = bench.send(); // the first lease lapsed
        bench.grant(first.serial, "late", 3600);
        assert_eq!(bench.machine.flight(), "in_flight");
        let (token, renew) = bench.used();
        assert_eq!((token.value.expose(), renew), ("late", None));
        assert!(second.serial > first.serial);
    }

    #[test]
    fn fresh_and_cooldown_is_used() {
        let mut bench = Bench::plain();
        let first = bench.send();
        bench.wait(secs(11));
        let second = bench.send();
        bench.grant(first.serial, "late", 3600);
        bench.answer(second.serial, 429, json!({}));
        assert_eq!(bench.machine.flight(), "cooldown");
        assert_eq!(bench.used().0.value.expose(), "late");
    }

    #[test]
    fn stale_and_idle_is_used_and_renewed_in_the_background() {
        let mut bench = Bench::plain();
        bench.obtain("a");
        bench.wait(secs(3400));
        let (token, renew) = bench.used();
        assert_eq!(token.age(bench.now), Age::Stale);
        let renew = renew.expect("time for the next one");
        bench.grant(renew.serial, "b", 3600);
        assert_eq!(bench.used().0.value.expose(), "b");
    }

    #[test]
    fn stale_and_in_flight_is_used() {
        let mut bench = Bench::plain();
        bench.obtain("a");
        bench.wait(secs(3400)).used();
        assert_eq!(bench.machine.flight(), "in_flight");
        let (token, renew) = bench.used();
        assert_eq!((token.value.expose(), renew), ("a", None));
    }

    #[test]
    fn stale_and_cooldown_is_used() {
        let mut bench = Bench::plain();
        bench.obtain("a");
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        bench.answer(renew.serial, 503, json!({}));
        assert_eq!(bench.machine.flight(), "cooldown");
        // A failed renewal never hides a live token.
        assert_eq!(bench.used().0.value.expose(), "a");
    }

    #[test]
    fn none_and_idle_sends() {
        let mut bench = Bench::plain();
        let request = bench.send();
        assert_eq!(http(&request).url, "https://as.example/token");
        assert_eq!(request.deadline, bench.now.plus(secs(11)));
    }

    #[test]
    fn expired_and_idle_sends() {
        let mut bench = Bench::plain();
        bench.obtain("a");
        bench.wait(secs(3590)).send();
    }

    #[test]
    fn none_and_in_flight_waits_as_long_as_the_lease_runs() {
        let mut bench = Bench::plain();
        let request = bench.send();
        for _ in 0..100 {
            assert_eq!(bench.poll(), Action::Wait { until: request.deadline });
        }
        bench.grant(request.serial, "a", 3600);
        assert_eq!(bench.used().0.value.expose(), "a");
    }

    #[test]
    fn none_and_cooldown_waits_within_patience_and_fails_beyond() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.answer_with(request.serial, 429, &[("Retry-After", "8")], json!({}));
        let Action::Wait { until } = bench.poll() else { panic!("8 s are within patience") };
        assert!(until >= bench.now.plus(secs(8)) && until < bench.now.plus(secs(9)));
        // A caller that has waited for 9 s already does not wait for another 8.
        let since = bench.now.minus(secs(9));
        let Action::Fail(error) = bench.poll_since(since) else { panic!("beyond patience") };
        assert_eq!((error.code(), error.retry_at()), ("ERR_RATE_LIMITED", Some(until)));
    }

    #[test]
    fn patience_zero_never_waits_for_a_cooldown() {
        let mut bench = Bench::with(json!({ "patience": 0 }));
        let request = bench.send();
        bench.answer_with(request.serial, 429, &[("Retry-After", "1")], json!({}));
        assert_eq!(bench.failed().code(), "ERR_RATE_LIMITED");
    }
}

mod leases {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_lost_leader_is_replaced_and_its_late_answer_counts_only_if_newer() {
        let mut bench = Bench::plain();
        let first = bench.send();
        bench.machine.on_lost(first.serial, bench.now);
        let second = bench.send();
        bench.grant(second.serial, "new", 3600);
        bench.grant(first.serial, "old", 7200);
        assert_eq!(bench.used().0.value.expose(), "new");
    }

    #[test]
    fn what_was_not_sent_is_no_failure_however_often() {
        let mut bench = Bench::plain();
        for _ in 0..20 {
            let request = bench.send();
            bench.machine.on_unsent(request.serial);
            // Nor is it anyone else's.
            bench.machine.on_unsent(request.serial);
            assert_eq!((bench.machine.flight(), bench.machine.last_error()), ("idle", None));
        }
        bench.obtain("a");
    }

    #[test]
    fn a_late_answer_never_revives_what_was_refused() {
        let mut bench = Bench::plain();
        let first = bench.send();
        bench.machine.on_lost(first.serial, bench.now);
        let second = bench.obtain("new");
        assert_eq!(bench.unauthorized(second), Verdict::Retry);
        bench.grant(first.serial, "old", 7200);
        bench.send();
    }

    #[test]
    fn answers_of_nobody_are_ignored() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.grant(bearerkit::Serial(99), "forged", 3600);
        bench.fail(bearerkit::Serial(0), network());
        assert_eq!(bench.poll(), Action::Wait { until: request.deadline });
    }
}

mod failures {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn a_transient_failure_is_gated_and_then_tried_again() {
        let mut bench = Bench::plain();
        for failure in [TransportFailure::Timeout, network()] {
            let request = bench.send();
            bench.fail(request.serial, failure);
            let Action::Wait { until } = bench.poll() else { panic!("a short back-off") };
            assert!(until > bench.now && until <= bench.now.plus(secs(2)));
            bench.now = until;
        }
        bench.obtain("a");
    }

    #[test]
    fn a_refused_credential_is_cached() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.answer(request.serial, 401, json!({ "error": "invalid_client", "error_description": "no s3cr3t here" }));
        let error = bench.failed();
        let reply = error.reply().expect("an answer").clone();
        assert_eq!((error.code(), reply.error.as_deref()), ("ERR_REFUSED", Some("invalid_client")));
        assert_eq!(reply.description.as_deref(), Some("no [redacted] here"));
        assert_eq!(error.retry_at(), Some(bench.now.plus(secs(30))));
        bench.wait(secs(30)).send();
    }

    #[test]
    fn every_kind_of_bad_answer_has_its_code() {
        for (status, body, code) in [
            (200, json!({}), "ERR_BAD_RESPONSE"),
            (200, json!({ "access_token": "" }), "ERR_BAD_RESPONSE"),
            (200, json!({ "access_token": 7 }), "ERR_BAD_RESPONSE"),
            (200, json!({ "access_token": "a\nb" }), "ERR_BAD_RESPONSE"),
            (200, json!({ "access_token": "a b" }), "ERR_BAD_RESPONSE"),
            (200, json!({ "access_token": "é" }), "ERR_BAD_RESPONSE"),
            (200, json!({ "access_token": "x".repeat(65 * 1024) }), "ERR_BAD_RESPONSE"),
            (200, json!({ "access_token": "a", "token_type": "mac" }), "ERR_BAD_RESPONSE"),
            (200, json!([]), "ERR_BAD_RESPONSE"),
            (302, json!({ "access_token": "a" }), "ERR_BAD_RESPONSE"),
            (0, json!({ "access_token": "a" }), "ERR_BAD_RESPONSE"),
            (200, json!({ "error": "invalid_grant" }), "ERR_REFUSED"),
            (200, json!({ "error": { "code": "nope" } }), "ERR_REFUSED"),
            (400, json!({ "error": "invalid_scope" }), "ERR_REFUSED"),
            (404, json!("not here"), "ERR_REFUSED"),
            (403, json!({}), "ERR_REFUSED"),
            (400, json!({ "error": "temporarily_unavailable" }), "ERR_UNREACHABLE"),
            (400, json!({ "error": "server_error" }), "ERR_UNREACHABLE"),
            (429, json!({ "error": "invalid_client" }), "ERR_RATE_LIMITED"),
            (503, json!({ "error": "invalid_client" }), "ERR_UNREACHABLE"),
            (408, json!({}), "ERR_UNREACHABLE"),
            (425, json!({}), "ERR_UNREACHABLE"),
        ] {
            let mut bench = Bench::with(json!({ "patience": 0 }));
            let request = bench.send();
            bench.answer(request.serial, status, body.clone());
            let error = bench.failed();
            assert_eq!(error.code(), code, "{status} {body}");
            assert_eq!(error.status(), Some(status), "{status} {body}");
        }
    }

    #[test]
    fn every_kind_of_missing_answer_has_its_code() {
        for (failure, status, code) in [
            (TransportFailure::Timeout, None, "ERR_TIMEOUT"),
            (network(), None, "ERR_UNREACHABLE"),
            (TransportFailure::TooLarge { status: 200 }, Some(200), "ERR_BAD_RESPONSE"),
        ] {
            let mut bench = Bench::with(json!({ "patience": 0 }));
            let request = bench.send();
            bench.fail(request.serial, failure);
            let error = bench.failed();
            assert_eq!((error.code(), error.status()), (code, status));
        }
    }

    #[test]
    fn a_server_that_grants_text_may_refuse_in_json() {
        for format in ["text", "form"] {
            let provider = json!({ "token_endpoint": "https://as.example/token", "response": { "format": format } });
            let mut bench = Bench::with(json!({ "provider": provider, "patience": 0 }));
            let request = bench.send();
            bench.answer(request.serial, 400, json!({ "error": "invalid_scope" }));
            assert_eq!(
                bench.failed().reply().and_then(|reply| reply.error.as_deref()),
                Some("invalid_scope"),
                "{format}"
            );
        }
    }

    /// A decoder that puts U+FFFD for a bad byte would pass on what the server never sent.
    #[test]
    fn a_capture_that_is_not_utf_8_is_none() {
        let provider =
            json!({ "token_endpoint": "https://as.example/token", "response": { "capture": { "region": "/region" } } });
        let mut bench = Bench::with(json!({ "provider": provider, "patience": 0 }));
        let request = bench.send();
        let body = [br#"{"access_token":"a","region":""#.as_slice(), b"\xff", br#""}"#].concat();
        bench.machine.on_response(request.serial, &HttpResponse { status: 200, headers: vec![], body }, bench.now);
        assert_eq!(bench.failed().code(), "ERR_BAD_RESPONSE");
    }

    #[test]
    fn optional_members_of_the_wrong_type_cost_no_token() {
        let mut bench = Bench::plain();
        let request = bench.send();
        let body =
            json!({ "access_token": "a", "scope": ["x"], "refresh_token": {}, "expires_in": "soon", "error": "" });
        bench.answer(request.serial, 200, body);
        let (token, _) = bench.used();
        assert_eq!((token.expires_at, token.hard_expiry), (None, bench.now.plus(secs(3590))));
    }

    /// Whatever a server says of a token's life, a call each second costs a request a minute at the most.
    #[test]
    fn no_answer_makes_a_token_request_per_call() {
        type Answer = fn(u64) -> serde_json::Value;
        fn jwt(claims: &serde_json::Value) -> String {
            format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
        }
        let answers: [(&str, Answer); 9] = [
            ("0", |n| json!({ "access_token": n.to_string(), "expires_in": 0 })),
            ("0, the same token", |_| json!({ "access_token": "same", "expires_in": 0 })),
            ("-1", |n| json!({ "access_token": n.to_string(), "expires_in": -1 })),
            ("a date in the past", |n| json!({ "access_token": n.to_string(), "expires_in": 1_600_000_000 })),
            ("a second", |n| json!({ "access_token": n.to_string(), "expires_in": 1 })),
            ("a second, the same token", |_| json!({ "access_token": "same", "expires_in": 1 })),
            ("exp 0", |n| json!({ "access_token": jwt(&json!({ "exp": 0, "n": n })) })),
            ("exp in the past", |_| json!({ "access_token": jwt(&json!({ "exp": 1_600_000_000 })) })),
            ("a zone left out", |n| json!({ "access_token": n.to_string(), "expires_in": "2023-11-14T22:00:00" })),
        ];
        for (what, answer) in answers {
            let mut bench = Bench::plain();
            let end = bench.now.plus(secs(600));
            let requests = bench.use_until(end, secs(1), |bench, serial, number| {
                bench.answer(serial, 200, answer(number));
            });
            assert!((10..=11).contains(&requests), "{what}: {requests} in ten minutes");
        }
    }

    #[test]
    fn a_token_that_is_dead_on_arrival_is_used_for_a_minute_or_until_a_401() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.grant(request.serial, "a", 0);
        let (token, renew) = bench.used();
        assert_eq!((token.expires_at, renew), (Some(bench.now), None), "the stated expiry is told as it is");
        bench.wait(Duration::from_millis(59_999)).used();
        let request = bench.wait(Duration::from_millis(1)).send();
        bench.grant(request.serial, "b", 0);
        assert_eq!(bench.unauthorized(request.serial), Verdict::Retry);
        bench.send();
    }

    #[test]
    fn a_single_token_of_a_second_is_renewed_when_it_ends() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.grant(request.serial, "a", 1);
        let request = bench.wait(secs(1)).send();
        bench.grant(request.serial, "b", 3600);
        assert_eq!(bench.used().0.hard_expiry, bench.now.plus(secs(3590)));
        let request = bench.wait(secs(3600)).send();
        bench.grant(request.serial, "c", 1);
        bench.wait(secs(1)).send();
    }

    #[test]
    fn a_server_that_hands_out_the_same_token_until_its_last_second_is_asked_a_few_times() {
        let mut bench = Bench::plain();
        let end = bench.now.plus(secs(3600));
        let requests = bench.use_until(end, secs(1), |bench, serial, _| {
            let left = end.since(bench.now).as_secs();
            bench.grant(serial, "same", left);
        });
        assert!((3..=9).contains(&requests), "{requests}");
    }
}

mod credentials {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn two() -> Bench {
        let old = json!({ "client_id": "old", "client_secret": "x" });
        let new = json!({ "client_id": "new", "client_secret": "y" });
        Bench::of(json!({ "provider": { "token_endpoint": "https://as.example/token",
            "token_endpoint_auth_method": "client_secret_post" }, "credentials": [old, new] }))
    }

    #[test]
    fn the_other_one_is_tried_once_and_the_one_that_worked_is_remembered() {
        let mut bench = two();
        let request = bench.send();
        assert!(body(&request).contains("client_id=old"));
        let second = bench.answer(request.serial, 401, json!({ "error": "invalid_client" })).expect("the other one");
        assert!(body(&second).contains("client_id=new"));
        bench.grant(second.serial, "a", 3600);
        bench.machine.invalidate();
        assert!(body(&bench.send()).contains("client_id=new"));
    }

    #[test]
    fn the_other_one_is_tried_where_the_credentials_are_blamed_and_not_the_request() {
        for (status, error, is_tried) in [
            (401, "invalid_client", true),
            (400, "invalid_client", true),
            (400, "unauthorized_client", true),
            (401, "", true),
            (403, "", true),
            (403, "not_today", true),
            (400, "", false),
            (400, "not_today", false),
            (401, "invalid_grant", false),
            (401, "invalid_request", false),
            (403, "invalid_scope", false),
            (401, "unsupported_grant_type", false),
        ] {
            let mut bench = two();
            let request = bench.send();
            let other = bench.answer(request.serial, status, json!({ "error": error }));
            assert_eq!(other.is_some(), is_tried, "{status} {error}");
        }
    }

    #[test]
    fn the_other_one_signs_an_assertion_of_its_own() {
        let profile =
            json!({ "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "client_secret_jwt" });
        let of = |id: &str| json!({ "client_id": id, "client_secret": "s3cr3t" });
        let mut bench = Bench::of(json!({ "provider": profile, "credentials": [of("old"), of("new")] }));
        let signed = |request: &TokenRequest| match &request.next {
            Next::Sign(input) => input.input.clone(),
            other => panic!("expected to sign, found {other:?}"),
        };
        let request = bench.send();
        let first = signed(&request);
        let request = bench.machine.on_signature(request.serial, b"signature", bench.now).expect("a request");
        let other = bench.answer(request.serial, 401, json!({ "error": "invalid_client" })).expect("the other one");
        assert_ne!(signed(&other), first);
    }

    #[test]
    fn other_credentials_end_no_cooldown_that_is_not_about_them() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.answer_with(request.serial, 429, &[("Retry-After", "8")], json!({}));
        bench.machine.replace_credentials(Credentials::new().with("client_id", "app").with("client_secret", "new"));
        assert_eq!(bench.machine.flight(), "cooldown");
    }

    #[test]
    fn two_refusals_end_it() {
        let mut bench = two();
        let request = bench.send();
        let second = bench.answer(request.serial, 401, json!({ "error": "invalid_client" })).expect("the other one");
        assert_eq!(bench.answer(second.serial, 401, json!({ "error": "invalid_client" })), None);
        assert_eq!(bench.failed().code(), "ERR_REFUSED");
    }

    #[test]
    fn a_function_is_asked_for_each_token_request_and_once_more_after_a_refusal() {
        let provider = bearerkit::Provider::from_token_endpoint("https://as.example/token").expect("a provider");
        let client = ClientConfig::new(provider, Credentials::new()).with_asked_credentials();
        let mut bench = Bench { machine: Machine::new(client, 1), ..Bench::plain() };
        let given = |secret: &str| Credentials::new().with("client_id", "app").with("client_secret", secret);

        let request = bench.send();
        assert_eq!(request.next, Next::Credentials);
        let request = bench.machine.on_credentials(request.serial, given("old"), bench.now).expect("a request");
        let again = bench.answer(request.serial, 401, json!({ "error": "invalid_client" })).expect("asked again");
        assert_eq!(again.next, Next::Credentials);
        // The same again: refused for good.
        assert_eq!(bench.machine.on_credentials(again.serial, given("old"), bench.now), None);
        assert_eq!(bench.failed().code(), "ERR_REFUSED");
        // Others end the cooldown.
        bench.machine.replace_credentials(given("new"));
        let request = bench.send();
        let request = bench.machine.on_credentials(request.serial, given("new"), bench.now).expect("a request");
        bench.grant(request.serial, "a", 3600);
        bench.machine.invalidate();
        assert_eq!(bench.send().next, Next::Credentials);
    }
}

mod refresh_tokens {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn with_refresh_token(profile: serde_json::Value) -> Bench {
        let mut profile = profile;
        profile["token_endpoint"] = json!("https://as.example/token");
        let mut bench = Bench::with(json!({ "provider": profile }));
        let request = bench.send();
        bench.answer(request.serial, 200, json!({ "access_token": "a", "refresh_token": "r1", "expires_in": 3600 }));
        bench
    }

    #[test]
    fn used_first_and_kept_when_the_answer_omits_it() {
        let mut bench = with_refresh_token(json!({}));
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        assert_eq!(body(&renew), "grant_type=refresh_token&refresh_token=r1");
        bench.grant(renew.serial, "b", 3600);
        assert_eq!(bench.machine.refresh_token().map(|token| token.expose()), Some("r1"));
    }

    #[test]
    fn no_more_scope_is_asked_for_than_was_granted_however_long_ago() {
        let mut bench = Bench::with(json!({ "scope": ["read", "write"] }));
        let request = bench.send();
        let answer = json!({ "access_token": "a", "refresh_token": "r", "scope": "read", "expires_in": 3600 });
        bench.answer(request.serial, 200, answer);
        for token in ["b", "c"] {
            let refresh = bench.wait(secs(3600)).send();
            assert_eq!(body(&refresh), "grant_type=refresh_token&refresh_token=r&scope=read");
            bench.grant(refresh.serial, token, 3600);
        }
    }

    #[test]
    fn replaced_when_it_rotates() {
        let mut bench = with_refresh_token(json!({}));
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        bench.answer(renew.serial, 200, json!({ "access_token": "b", "refresh_token": "r2", "expires_in": 3600 }));
        assert_eq!(bench.machine.refresh_token().map(|token| token.expose()), Some("r2"));
    }

    #[test]
    fn dropped_when_refused_by_whatever_answer_and_the_primary_grant_takes_over_at_once() {
        for (status, answer) in [
            (400, json!({ "error": "invalid_grant" })),
            (400, json!({ "error": "invalid_request" })),
            (400, json!({ "error": "server_error" })),
            (400, json!({ "error": "unauthorized_client" })),
            (400, json!({ "error": "unsupported_grant_type" })),
            (400, json!({ "error": "invalid_client" })),
            (401, json!({ "error": "invalid_client" })),
            (401, json!({})),
            (403, json!({})),
            (404, json!("no such page")),
            (405, json!(null)),
            (200, json!({ "error": "invalid_grant" })),
            (200, json!({ "message": "not for this client" })),
            (302, json!(null)),
        ] {
            let mut bench = with_refresh_token(json!({}));
            let refresh = bench.wait(secs(3600)).send();
            let primary = bench.answer(refresh.serial, status, answer.clone());
            let primary = primary.unwrap_or_else(|| panic!("{status} {answer}: the primary grant"));
            assert_eq!(body(&primary), "grant_type=client_credentials", "{status} {answer}");
            bench.grant(primary.serial, "b", 3600);
            assert_eq!(bench.machine.refresh_token(), None);
            assert_eq!(bench.used().0.value.expose(), "b");
        }
    }

    #[test]
    fn its_refusal_says_nothing_of_the_credentials() {
        let second = json!({ "client_id": "app", "client_secret": "n3w" });
        let first = json!({ "client_id": "app", "client_secret": "s3cr3t" });
        let mut bench = Bench::with(json!({ "credentials": [first, second] }));
        let request = bench.send();
        bench.answer(request.serial, 200, json!({ "access_token": "a", "refresh_token": "r1", "expires_in": 3600 }));
        let refresh = bench.wait(secs(3600)).send();
        let of = |request: &TokenRequest| {
            http(request).headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.clone())
        };
        let primary =
            bench.answer(refresh.serial, 401, json!({ "error": "invalid_client" })).expect("the primary grant");
        assert_eq!(of(&primary), of(&refresh), "the credentials that worked last");
        let other = bench.answer(primary.serial, 401, json!({ "error": "invalid_client" })).expect("the other ones");
        assert_ne!(of(&other), of(&primary));
        bench.grant(other.serial, "b", 3600);
        assert_eq!(bench.used().0.value.expose(), "b");
    }

    /// Six hours of a server that adds a refresh token to client credentials, and does not let the client use it.
    #[test]
    fn one_that_is_never_honoured_costs_no_call_its_token() {
        for (status, error) in [(400, "unauthorized_client"), (401, "invalid_client"), (403, "")] {
            let mut bench = Bench::with(json!({ "patience": 0 }));
            let end = bench.now.plus(secs(6 * 3600));
            let requests = bench.use_until(end, secs(60), |bench, serial, number| {
                let granted = json!({ "access_token": format!("t{number}"), "refresh_token": "r", "expires_in": 3600 });
                if number == 1 {
                    return assert_eq!(bench.answer(serial, 200, granted), None);
                }
                let primary = bench.answer(serial, status, json!({ "error": error })).expect("the primary grant");
                bench.answer(primary.serial, 200, granted);
            });
            assert!((6..=8).contains(&requests), "{requests}");
        }
    }

    #[test]
    fn kept_when_the_failure_is_transient() {
        let mut bench = with_refresh_token(json!({}));
        let refresh = bench.wait(secs(3600)).send();
        bench.fail(refresh.serial, TransportFailure::Timeout);
        assert!(bench.machine.refresh_token().is_some());
        let refresh = bench.wait(secs(5)).send();
        bench.answer(refresh.serial, 503, json!({}));
        assert!(bench.machine.refresh_token().is_some());
    }

    #[test]
    fn kept_when_the_credentials_are_refused_and_there_is_no_other_grant() {
        let mut bench = Bench::with(json!({ "grant": { "type": "refresh_token", "refreshToken": "r1" } }));
        let refresh = bench.send();
        assert_eq!(bench.answer(refresh.serial, 401, json!({ "error": "invalid_client" })), None);
        assert!(body(&bench.wait(secs(30)).send()).contains("refresh_token=r1"));
    }

    #[test]
    fn where_there_is_no_other_grant_its_refusal_ends_it() {
        let mut bench = Bench::with(json!({ "grant": { "type": "refresh_token", "refreshToken": "r1" } }));
        let refresh = bench.send();
        assert_eq!(bench.answer(refresh.serial, 400, json!({ "error": "invalid_grant" })), None);
        let error = bench.wait(secs(30)).failed();
        assert_eq!((error.code(), bench.machine.flight()), ("ERR_REFUSED", "idle"));
    }

    #[test]
    fn forgotten_when_it_was_revoked_and_not_with_the_access_token_alone() {
        let mut bench = with_refresh_token(json!({}));
        bench.machine.invalidate();
        let refresh = bench.send();
        assert!(body(&refresh).contains("refresh_token=r1"));
        bench.grant(refresh.serial, "b", 3600);
        bench.machine.forget();
        assert_eq!(body(&bench.send()), "grant_type=client_credentials");
    }

    #[test]
    fn a_refresh_asks_for_no_more_scope_than_was_granted() {
        let mut bench = Bench::with(json!({ "scope": ["read", "write"] }));
        let request = bench.send();
        assert_eq!(body(&request), "grant_type=client_credentials&scope=read+write");
        let granted = json!({ "access_token": "a", "refresh_token": "r1", "expires_in": 3600, "scope": "read" });
        bench.answer(request.serial, 200, granted);
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        assert_eq!(body(&renew), "grant_type=refresh_token&refresh_token=r1&scope=read");
    }

    #[test]
    fn not_used_early_where_that_kills_the_token_in_hand() {
        let mut bench = with_refresh_token(json!({ "refresh_invalidates_access_token": true }));
        assert_eq!(bench.wait(secs(3580)).used().1, None);
        let refresh = bench.wait(secs(20)).send();
        assert!(body(&refresh).starts_with("grant_type=refresh_token"));
    }

    #[test]
    fn an_authorization_code_is_good_for_one_answer() {
        let grant = json!({ "type": "authorization_code", "code": "c", "redirectUri": "https://me.example/" });
        let mut bench = Bench::with(json!({ "grant": grant }));
        let request = bench.send();
        bench.grant(request.serial, "a", 3600);
        let error = bench.wait(secs(3600)).failed();
        assert!(error.to_string().contains("already used"), "{error}");
    }

    #[test]
    fn a_code_is_not_shown_again_once_a_late_answer_brought_its_token() {
        let grant = json!({ "type": "authorization_code", "code": "c", "redirectUri": "https://me.example/" });
        let provider =
            json!({ "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "client_secret_jwt" });
        let mut bench = Bench::with(json!({ "grant": grant, "provider": provider }));
        let first = bench.send();
        let shown = bench.machine.on_signature(first.serial, b"s", bench.now).expect("the code goes out");
        assert!(body(&shown).contains("code=c"));
        bench.wait(secs(11));
        let second = bench.send(); // the first lease lapsed while its answer was on its way
        bench.grant(first.serial, "late", 3600);
        assert_eq!(bench.machine.on_signature(second.serial, b"s", bench.now), None);
        assert_eq!((bench.used().0.value.expose(), bench.machine.flight()), ("late", "idle"));
    }

    /// Its token came late: what refuses the second request opens a cooldown as ever, and nothing is tried once more with the code.
    #[test]
    fn a_refusal_of_a_code_that_is_spent_is_a_refusal() {
        let grant = json!({ "type": "authorization_code", "code": "c", "redirectUri": "https://me.example/" });
        let signing =
            json!({ "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "client_secret_jwt" });
        let two = ["s3cr3t", "n3w"].map(|secret| json!({ "client_id": "app", "client_secret": secret }));
        for options in [json!({ "grant": grant, "provider": signing }), json!({ "grant": grant, "credentials": two })] {
            let mut bench = Bench::with(options);
            let sent = |bench: &mut Bench| {
                let request = bench.send();
                if matches!(request.next, Next::Sign(_)) {
                    bench.machine.on_signature(request.serial, b"s", bench.now).expect("the code goes out");
                }
                request.serial
            };
            let first = sent(&mut bench);
            bench.wait(secs(11));
            let second = sent(&mut bench);
            bench.grant(first, "late", 3600);
            let date = [("Date", "Mon, 13 Nov 2023 00:00:00 GMT")];
            assert_eq!(bench.answer_with(second, 401, &date, json!({ "error": "invalid_client" })), None);
            assert_eq!(bench.machine.flight(), "cooldown");
            assert_eq!(bench.used().0.value.expose(), "late");
        }
    }

    #[test]
    fn a_code_that_was_refused_is_not_shown_again() {
        let grant = json!({ "type": "authorization_code", "code": "c", "redirectUri": "https://me.example/" });
        let mut bench = Bench::with(json!({ "grant": grant }));
        let request = bench.send();
        bench.answer(request.serial, 400, json!({ "error": "invalid_grant" }));
        let error = bench.wait(secs(30)).failed();
        assert_eq!((error.code(), bench.machine.flight()), ("ERR_REFUSED", "idle"));
    }

    #[test]
    fn the_captures_of_the_first_answer_outlive_a_refresh() {
        let capture = json!({ "t": "/access_token", "r": "/refresh_token" });
        let mut bench = with_refresh_token(json!({ "response": { "capture": capture } }));
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        bench.grant(renew.serial, "b", 3600);
        let of = |name: &str, value: &str| (name.to_owned(), bearerkit::Secret::new(value));
        assert_eq!(bench.used().0.captured, [of("r", "r1"), of("t", "b")]);
    }
}

#[test]
fn the_api_gets_the_token_that_was_granted_and_not_the_one_of_a_step() {
    let endpoint = "https://as.example/exchange";
    let steps = json!([{ "token_endpoint": "https://as.example/token" }]);
    let headers = json!({ "authorization": "Bearer {access_token}" });
    let provider =
        json!({ "steps": steps, "token_endpoint": endpoint, "headers": headers, "token_endpoint_auth_method": "none" });
    let mut bench = Bench::with(json!({ "provider": provider }));
    let first = bench.send();
    let second = bench.answer(first.serial, 200, json!({ "access_token": "of-the-step" })).expect("the token request");
    let of_header = |headers: &[(String, bearerkit::Secret)]| {
        headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.expose().to_owned())
    };
    assert_eq!(of_header(&http(&second).headers).as_deref(), Some("Bearer of-the-step"));
    bench.grant(second.serial, "granted", 3600);
    let (token, _) = bench.used();
    assert_eq!(of_header(&token.headers).as_deref(), Some("Bearer granted"));
    assert_eq!(token.captured, [], "nobody asked for the token of the step");
    let shown = format!("{token:?} {:?}", bench.machine);
    assert!(!shown.contains("of-the-step"), "{shown}");
}

mod unauthorized {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn fifty_refusals_of_one_token_cost_one_renewal() {
        let mut bench = Bench::plain();
        let old = bench.obtain("a");
        assert_eq!(bench.unauthorized(old), Verdict::Retry);
        let request = bench.send();
        for _ in 0..49 {
            assert_eq!(bench.unauthorized(old), Verdict::Retry);
            assert!(matches!(bench.poll(), Action::Wait { .. }));
        }
        bench.grant(request.serial, "b", 3600);
        assert_eq!(bench.unauthorized(old), Verdict::Retry, "a newer token is just tried");
        assert_eq!(bench.used().0.value.expose(), "b");
    }

    /// What a call of an API that says 401 whatever it is shown costs: how many token requests.
    fn refused_call(bench: &mut Bench) -> u64 {
        let mut requests = 0;
        for _ in 0..2 {
            let serial = match bench.poll() {
                Action::Use { token, renew } => {
                    // In the background.
                    if let Some(renew) = renew {
                        requests += 1;
                        bench.grant(renew.serial, "renewed", 86_400);
                    }
                    token.serial
                }
                Action::Send(request) => {
                    requests += 1;
                    bench.grant(request.serial, "replaced", 86_400);
                    request.serial
                }
                other => panic!("{other:?}"),
            };
            if bench.unauthorized(serial) == Verdict::Return {
                break;
            }
        }
        requests
    }

    #[test]
    fn an_api_that_always_refuses_costs_a_token_request_per_gate_and_the_gate_doubles() {
        let mut bench = Bench::plain();
        bench.obtain("t0");
        let mut bought = Vec::new();
        for second in 0..3600 {
            if refused_call(&mut bench) > 0 {
                bought.push(second);
            }
            bench.wait(secs(1));
        }
        assert_eq!(bought, [0, 30, 90, 210, 450, 930, 1530, 2130, 2730, 3330]);
    }

    #[test]
    fn a_day_beside_a_resource_that_always_refuses() {
        for minutes in [1, 2, 5] {
            let mut bench = Bench::plain();
            let mut requests = 0;
            for _ in (0..1440).step_by(minutes) {
                requests += refused_call(&mut bench);
                // Those that are well use one token until that resource buys the next.
                let good = bench.used().0.serial;
                for _ in 0..3 {
                    assert_eq!(bench.wait(secs(20 * minutes as u64)).used().0.serial, good);
                }
            }
            assert!((100..=200).contains(&requests), "polled every {minutes} min: {requests} token requests");
        }
    }

    #[test]
    fn a_replacement_that_serves_resets_the_gate_and_so_does_quiet() {
        for is_quiet in [false, true] {
            let mut bench = Bench::plain();
            bench.obtain("t0");
            for gate in [30, 60, 120, 240] {
                assert_eq!(refused_call(&mut bench), 1, "before the gate of {gate} s");
                assert_eq!(refused_call(bench.wait(secs(gate - 1))), 0, "in the gate of {gate} s");
                bench.wait(secs(1));
            }
            if is_quiet {
                bench.wait(secs(600));
            } else {
                let (held, _) = bench.used();
                assert_eq!(bench.unauthorized(held.serial), Verdict::Retry);
                let replacement = bench.obtain("good");
                bench.wait(secs(60));
                assert_eq!(bench.unauthorized(replacement), Verdict::Retry, "it served for a minute");
                bench.obtain("better");
                bench.wait(secs(60));
            }
            assert_eq!(refused_call(&mut bench), 1);
            assert_eq!(refused_call(bench.wait(secs(29))), 0);
            assert_eq!(refused_call(bench.wait(secs(1))), 1, "the first gate is of 30 s again");
        }
    }

    #[test]
    fn a_dead_token_that_is_told_otherwise_is_replaced_as_after_a_401() {
        let rule = json!({ "status": 200, "pointer": "/errcode", "is": [40001, 42001] });
        let provider =
            json!({ "token_endpoint": "https://as.example/token", "resource_request": { "invalid_token_when": rule } });
        let mut bench = Bench::with(json!({ "provider": provider }));
        let answer = |errcode: u32| HttpResponse {
            status: 200,
            headers: Vec::new(),
            body: format!(r#"{{"errcode":{errcode}}}"#).into_bytes(),
        };
        let old = bench.obtain("a");
        let say = |bench: &mut Bench, serial, errcode| {
            let challenge = bench.machine.client().read_challenge(&answer(errcode));
            bench.machine.on_unauthorized(serial, &challenge, bench.now)
        };
        assert_eq!(say(&mut bench, old, 0), Verdict::Return, "a good answer");
        bench.used();
        assert_eq!(say(&mut bench, old, 42001), Verdict::Retry);
        let new = bench.obtain("b");
        assert_eq!(say(&mut bench, old, 42001), Verdict::Retry, "a late one is tried with the newer token");
        assert_eq!(say(&mut bench, new, 42001), Verdict::Return, "one renewal, and then the gate");
        assert_eq!(bench.used().0.value.expose(), "b");
    }

    #[test]
    fn what_a_new_token_cannot_cure_changes_nothing() {
        let mut bench = Bench::plain();
        let serial = bench.obtain("a");
        for challenge in [
            Challenge::new(403, None, None),
            Challenge::new(401, Some(r#"Bearer error="insufficient_scope""#), None),
            Challenge::new(401, None, Some("insufficient_scope".into())),
        ] {
            assert_eq!(bench.machine.on_unauthorized(serial, &challenge, bench.now), Verdict::Return);
        }
        bench.used();
    }
}

mod clocks {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn time_that_runs_backwards_makes_a_token_stale_and_never_younger() {
        let mut bench = Bench::plain();
        bench.obtain("a");
        bench.wait(secs(3000)).used();
        bench.now = bench.now.minus(secs(86_400));
        let (token, renew) = bench.used();
        assert!(renew.is_some());
        // 590 s were left before the jump, and no more are left after it.
        assert_eq!(token.remaining(bench.now), secs(590));
        bench.now = bench.now.minus(secs(86_400));
        assert_eq!(bench.used().0.age(bench.now), Age::Stale);
    }

    #[test]
    fn nobody_waits_longer_for_a_clock_that_was_set_back() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.answer_with(request.serial, 429, &[("Retry-After", "5")], json!({}));
        bench.poll();
        bench.now = bench.now.minus(secs(3600));
        let Action::Wait { until } = bench.poll() else { panic!("still within patience") };
        assert!(until <= bench.now.plus(secs(6)));
    }

    #[test]
    fn a_token_that_was_in_hand_before_a_clock_was_set_back_is_no_newer_for_it() {
        let mut bench = Bench::plain();
        let old = bench.obtain("a");
        bench.unauthorized(old);
        let replacement = bench.obtain("b");
        bench.wait(secs(60)).used();
        bench.now = bench.now.minus(secs(3600));
        assert_eq!(bench.unauthorized(replacement), Verdict::Retry, "a minute old, and not refused at once");
    }

    #[test]
    fn a_token_that_came_expired_is_handed_out_no_longer_for_a_clock_that_was_set_back() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.grant(request.serial, "a", 0);
        bench.wait(secs(30)).used();
        bench.now = bench.now.minus(secs(3600));
        assert!(bench.used().1.is_some(), "stale, since the clock is no longer known");
        assert!(!matches!(bench.wait(secs(30)).poll(), Action::Use { .. }));
    }

    #[test]
    fn a_clock_that_is_only_adjusted_makes_nothing_stale_and_lengthens_nothing() {
        let mut bench = Bench::plain();
        let request = bench.send();
        bench.now = bench.now.minus(Duration::from_millis(900));
        bench.grant(request.serial, "a", 3600);
        let (token, _) = bench.used();
        assert_eq!(token.expires_at, Some(bench.now.plus(secs(3600))));
        bench.now = bench.now.minus(Duration::from_millis(90));
        let (same, renew) = bench.used();
        assert_eq!((same.renew_at, renew), (token.renew_at, None));
    }

    #[test]
    fn what_someone_else_saw_of_the_clock_counts() {
        let mut bench = Bench::plain();
        bench.obtain("a");
        bench.machine.saw(bench.now.plus(secs(3000)));
        let (token, renew) = bench.used();
        assert_eq!((token.remaining(bench.now), renew.is_some()), (secs(590), true));
    }

    #[test]
    fn a_jump_ahead_costs_a_token_request_and_no_more() {
        let mut bench = Bench::plain();
        bench.obtain("a");
        bench.wait(secs(86_400));
        bench.obtain("b");
        bench.now = bench.now.minus(secs(86_400));
        assert_eq!(bench.used().0.value.expose(), "b");
    }
}

#[test]
fn min_validity_renews_and_takes_what_comes() {
    let mut bench = Bench::plain();
    bench.obtain("a");
    bench.wait(secs(3000));
    let call = Call { since: bench.now, min_validity: secs(1200) };
    let Action::Send(request) = bench.machine.poll_for(call, bench.now) else { panic!("590 s are too few") };
    bench.grant(request.serial, "b", 600);
    assert!(matches!(bench.machine.poll_for(call, bench.now), Action::Use { .. }), "as good as it gets");

    let mut bench = Bench::plain();
    let call = Call { since: bench.now, min_validity: secs(1200) };
    let Action::Send(request) = bench.machine.poll_for(call, bench.now) else { panic!("nothing in hand: send") };
    bench.wait(secs(1)).grant(request.serial, "a", 600);
    assert!(matches!(bench.machine.poll_for(call, bench.now), Action::Use { .. }), "asked for once, by the same call");
}

/// What the request shows and what the answer brings, wherever the server repeats it.
#[test]
fn what_a_server_echoes_is_redacted() {
    let redacted = |bench: &mut Bench, request: &TokenRequest, answer: serde_json::Value| {
        bench.answer(request.serial, 400, answer);
        let reply = bench.machine.last_error().and_then(Error::reply).expect("refused").clone();
        (reply.error.unwrap_or_default(), reply.description.unwrap_or_default())
    };
    let mut bench = Bench::plain();
    let request = bench.send();
    let answer = json!({ "error": "bad s3cr3t", "error_description": "t0k3n is not yours", "access_token": "t0k3n" });
    let shown = redacted(&mut bench, &request, answer);
    assert_eq!(shown, ("bad [redacted]".to_owned(), "[redacted] is not yours".to_owned()));

    let mut bench = Bench::plain();
    let request = bench.send();
    let (code, words) =
        redacted(&mut bench, &request, json!({ "error": "x".repeat(600), "error_description": "é".repeat(600) }));
    assert_eq!((code.len(), words.chars().count()), (128, 512));

    let endpoint = "https://as.example/token";
    let signs = json!({ "token_endpoint": endpoint, "token_endpoint_auth_method": "client_secret_jwt" });
    let mut bench = Bench::with(json!({ "provider": signs }));
    let request = bench.send();
    let request = bench.machine.on_signature(request.serial, b"signature", bench.now).expect("a request");
    let assertion = body(&request).split('&').find_map(|pair| pair.strip_prefix("client_assertion=")).expect("it");
    let answer = json!({ "error": "invalid_request", "error_description": format!("{assertion} is expired") });
    assert_eq!(redacted(&mut bench, &request, answer).1, "[redacted] is expired");

    let step = json!({ "token_endpoint": endpoint, "response": { "capture": { "session": "/session" } } });
    let steps = json!({ "token_endpoint": endpoint, "steps": [step], "parameters": { "session": "{session}" } });
    let mut bench = Bench::with(json!({ "provider": steps }));
    let request = bench.send();
    let request = bench.answer(request.serial, 200, json!({ "session": "s3ss10n" })).expect("the token request");
    let answer = json!({ "error": "invalid_request", "error_description": "no s3ss10n" });
    assert_eq!(redacted(&mut bench, &request, answer).1, "no [redacted]");
}

#[test]
fn nothing_shows_a_secret() {
    let mut bench = Bench::plain();
    let request = bench.send();
    let shown = format!("{request:?} {:?}", http(&request));
    bench.grant(request.serial, "t0ken", 3600);
    let action = bench.poll();
    let shown = format!("{shown} {:?} {action:?}", bench.machine);
    let answer = HttpResponse { status: 200, headers: vec![("x".into(), "t0ken".into())], body: b"t0ken".to_vec() };
    // Bytes that were printed as numbers would show it too.
    let shown = format!("{shown} {answer:?}");
    assert!(!shown.contains("116, 48"), "{shown}");
    for secret in ["s3cr3t", "t0ken", "YXBwOnMzY3IzdA"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
    let Error::Options { path, reason } =
        ClientConfig::from_json(r#"{"provider":"https://h","credentials":{"a":["S3CR3T"]}}"#).unwrap_err()
    else {
        panic!()
    };
    assert_eq!((path.as_str(), reason.as_str()), ("credentials.a", "expected a string"));
}

mod signatures {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    const SERVER: u64 = 1_700_000_000;

    fn signing() -> Bench {
        let provider =
            json!({ "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "client_secret_jwt" });
        Bench::with(json!({ "provider": provider }))
    }

    /// Signs; returns the `iat` of the assertion and the request that carries it.
    fn signed(bench: &mut Bench, request: &TokenRequest) -> (u64, TokenRequest) {
        let Next::Sign(input) = &request.next else { panic!("expected to sign, found {request:?}") };
        let claims = URL_SAFE_NO_PAD.decode(input.input.split('.').nth(1).expect("claims")).expect("Base64");
        let claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        let next = bench.machine.on_signature(request.serial, b"signature", bench.now).expect("a request");
        (claims["iat"].as_u64().expect("a date"), next)
    }

    fn refused(bench: &mut Bench, request: &TokenRequest, date: Option<u64>, age: &str) -> Option<TokenRequest> {
        let date = date.map(|at| httpdate::fmt_http_date(std::time::UNIX_EPOCH + secs(at)));
        let mut headers: Vec<(&str, &str)> = date.iter().map(|date| ("Date", date.as_str())).collect();
        if !age.is_empty() {
            headers.push(("Age", age));
        }
        bench.answer_with(request.serial, 400, &headers, json!({ "error": "invalid_client" }))
    }

    #[test]
    fn are_made_anew_by_the_servers_clock_which_is_believed_once_it_has_helped() {
        for off in [5, 30, 3600, -5, -3600, -86_400] {
            let mut bench = signing();
            bench.now = Timestamp::from_secs(SERVER.saturating_add_signed(off));
            let first = bench.send();
            let (iat, request) = signed(&mut bench, &first);
            assert_eq!(iat, SERVER.saturating_add_signed(off));
            let again = refused(&mut bench, &request, Some(SERVER), "").expect("signed anew");
            let (iat, request) = signed(&mut bench, &again);
            assert_eq!(iat, SERVER, "{off} s ahead");
            bench.grant(request.serial, "a", 60);
            let next = bench.wait(secs(60)).send();
            assert_eq!(signed(&mut bench, &next).0, SERVER + 60, "{off} s ahead, the next token");
        }
    }

    #[test]
    fn are_not_where_the_clock_is_not_to_blame() {
        for (off, date, age) in [(4, Some(SERVER), ""), (30, None, ""), (30, Some(SERVER), "7"), (0, Some(SERVER), "")]
        {
            let mut bench = signing();
            bench.now = Timestamp::from_secs(SERVER + off);
            let first = bench.send();
            let (_, request) = signed(&mut bench, &first);
            assert_eq!(refused(&mut bench, &request, date, age), None, "{off} {date:?} {age}");
            assert_eq!(bench.machine.flight(), "cooldown");
        }
    }

    #[test]
    fn a_date_that_lies_costs_one_request_and_is_not_believed() {
        let mut bench = signing();
        bench.now = Timestamp::from_secs(SERVER);
        let first = bench.send();
        let (_, request) = signed(&mut bench, &first);
        let again = refused(&mut bench, &request, Some(SERVER - 86_400), "").expect("signed anew");
        let (_, request) = signed(&mut bench, &again);
        assert_eq!(refused(&mut bench, &request, Some(SERVER - 86_400), ""), None, "once");
        let next = bench.wait(secs(30)).send();
        assert_eq!(signed(&mut bench, &next).0, SERVER + 30);
    }

    fn claims_of(assertion: serde_json::Value, further: serde_json::Value) -> serde_json::Value {
        let provider = json!({ "token_endpoint": "https://as.example/token",
            "token_endpoint_auth_method": "client_secret_jwt", "assertion": assertion });
        let mut options = json!({ "provider": provider });
        for (name, value) in further.as_object().expect("an object") {
            options[name] = value.clone();
        }
        let mut bench = Bench::with(options);
        bench.now = Timestamp::from_secs(SERVER);
        let Next::Sign(input) = bench.send().next else { panic!("expected to sign") };
        let claims = URL_SAFE_NO_PAD.decode(input.input.split('.').nth(1).expect("claims")).expect("Base64");
        let mut claims: serde_json::Value = serde_json::from_slice(&claims).expect("JSON");
        claims.as_object_mut().expect("an object").remove("jti");
        claims
    }

    #[test]
    fn say_when_they_were_issued_as_the_profile_wants_it() {
        let (iss, aud) = ("app", "https://as.example/token");
        for (assertion, dates) in [
            (json!({}), json!({ "iat": SERVER, "exp": SERVER + 300 })),
            (json!({ "backdate": 60, "lifetime": 540 }), json!({ "iat": SERVER - 60, "exp": SERVER + 540 })),
            (json!({ "claims": { "exp": null } }), json!({ "iat": SERVER })),
            (json!({ "claims": { "iat": null } }), json!({ "exp": SERVER + 300 })),
            (
                json!({ "backdate": 5, "claims": { "nbf": "{iat}", "end": "{exp}" } }),
                json!({ "iat": SERVER - 5, "nbf": SERVER - 5, "exp": SERVER + 300, "end": SERVER + 300 }),
            ),
        ] {
            let mut expected = json!({ "iss": iss, "sub": iss, "aud": aud });
            for (name, date) in dates.as_object().expect("an object") {
                expected[name] = date.clone();
            }
            assert_eq!(claims_of(assertion.clone(), json!({})), expected, "{assertion}");
        }
    }

    #[test]
    fn are_for_whom_the_profile_says() {
        let aud = |claims: serde_json::Value| claims_of(json!({ "claims": claims }), json!({}))["aud"].clone();
        assert_eq!(aud(json!({ "aud": "x" })), "x");
        assert_eq!(aud(json!({ "aud": ["x", "y"] })), json!(["x", "y"]));
        assert_eq!(aud(json!({ "aud": null })), json!(null));
        assert_eq!(aud(json!({ "aud": "{token_endpoint}" })), "https://as.example/token");
    }

    #[test]
    fn are_made_with_a_key_that_may_be_made_of_several_credentials() {
        let key = |assertion: serde_json::Value, credentials: serde_json::Value| {
            let mut assertion = assertion;
            assertion["alg"] = "HS256".into();
            let provider = json!({ "token_endpoint": "https://as.example/token",
                "token_endpoint_auth_method": "client_secret_jwt", "assertion": assertion });
            let mut bench = Bench::with(json!({ "provider": provider, "credentials": credentials }));
            let Next::Sign(input) = bench.send().next else { panic!("expected to sign") };
            input.key.expose().to_owned()
        };
        let credentials = json!({ "client_id": "app", "secret": "s3cr3t", "hex": "00ff" });
        assert_eq!(key(json!({ "key": "secret" }), credentials.clone()), "s3cr3t");
        assert_eq!(key(json!({ "key": "{client_id}||{secret}" }), credentials.clone()), "app||s3cr3t");
        let jwk = r#"{"kty":"oct","k":"AP8"}"#;
        assert_eq!(key(json!({ "key": "hex", "key_encoding": "hex" }), credentials.clone()), jwk);
        assert_eq!(key(json!({ "key": "{hex}", "key_encoding": "hex" }), credentials), jwk);
    }

    #[test]
    fn a_signer_that_fails_is_asked_again_after_a_while() {
        let provider =
            json!({ "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "private_key_jwt" });
        let options = json!({ "provider": provider, "credentials": { "client_id": "app" }, "sign": null });
        let mut bench = Bench::with(options);
        let request = bench.send();
        let Next::Sign(input) = &request.next else { panic!("expected to sign, found {request:?}") };
        assert_eq!(input.key.expose(), "");
        bench.machine.on_signer_failure(request.serial, "the signer failed: throttled", bench.now);
        assert_eq!(bench.machine.flight(), "cooldown");
        assert!(matches!(bench.poll(), Action::Wait { .. }), "it may do better in a while");
        let error = bench.machine.last_error().expect("an error");
        assert_eq!((error.code(), &*error.to_string()), ("ERR_OPTIONS", "credentials: the signer failed: throttled"));
        let again = bench.wait(secs(1)).send();
        let (_, request) = signed(&mut bench, &again);
        bench.grant(request.serial, "a", 60);
        assert!(matches!(bench.poll(), Action::Use { .. }));
        assert!(bench.machine.last_error().is_none());
    }

    #[test]
    fn a_clock_that_has_helped_is_told() {
        let mut bench = signing();
        bench.now = Timestamp::from_secs(SERVER + 300);
        assert_eq!(bench.machine.clock_skew(), 0);
        let first = bench.send();
        let (_, request) = signed(&mut bench, &first);
        let again = refused(&mut bench, &request, Some(SERVER), "").expect("signed anew");
        let (_, request) = signed(&mut bench, &again);
        bench.grant(request.serial, "a", 60);
        assert_eq!(bench.machine.clock_skew(), -300_000);
    }
}
