//! A token that the caller obtains by itself: the whole life cycle around `Next::Obtain`.

mod support;

use bearerkit::{
    Action, ClientConfig, Credentials, Loaded, Machine, Next, Provider, Reply, Secret, Serial, Sharing, Stored,
    TokenRequest, TransportFailure, Verdict,
};
use serde_json::{Value, json};
use support::{Bench, secs};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

fn bench() -> Bench {
    Bench::of(json!({ "provider": { "name": "sts", "token": true }, "patience": 0 }))
}

fn with(options: Value) -> Bench {
    let mut all = json!({ "provider": { "token": true }, "patience": 0 });
    for (name, value) in options.as_object().expect("an object") {
        all[name] = value.clone();
    }
    Bench::of(all)
}

/// What the caller is given for its request: the credentials, the refresh token, the scope.
fn asked(request: &TokenRequest) -> (Credentials, Option<&str>, Vec<&str>) {
    let Next::Obtain { credentials, refresh_token, scope } = &request.next else { panic!("{request:?}") };
    (credentials.clone(), refresh_token.as_ref().map(Secret::expose), scope.iter().map(String::as_str).collect())
}

fn thrown(reason: &str) -> Reply {
    Reply { reason: Some(reason.into()), ..Reply::default() }
}

fn throws(bench: &mut Bench, serial: Serial, reply: Reply) -> Option<TokenRequest> {
    bench.machine.on_unobtained(serial, reply, bench.now)
}

mod the_table {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn none_and_idle_asks_the_caller() {
        let mut bench = bench();
        let request = bench.send();
        assert_eq!(asked(&request), (Credentials::new(), None, vec![]));
        assert_eq!((request.host, request.deadline), (None, bench.now.plus(secs(11))));
    }

    #[test]
    fn none_and_in_flight_waits() {
        let mut bench = bench();
        let request = bench.send();
        assert_eq!(bench.poll(), Action::Wait { until: request.deadline });
    }

    #[test]
    fn none_and_cooldown_fails_or_waits_within_the_patience() {
        let mut bench = bench();
        let request = bench.send();
        assert_eq!(throws(&mut bench, request.serial, thrown("down")), None);
        assert_eq!(bench.failed().to_string(), "the token function failed: down");
        let mut bench = with(json!({ "patience": 10 }));
        let request = bench.send();
        throws(&mut bench, request.serial, thrown("down"));
        assert!(matches!(bench.poll(), Action::Wait { until } if until <= bench.now.plus(secs(1))));
        bench.wait(secs(1));
        bench.send();
    }

    #[test]
    fn fresh_is_used_whatever_is_in_flight() {
        let mut bench = bench();
        bench.obtain("a");
        let (token, renew) = bench.used();
        assert_eq!((token.value.expose(), renew), ("a", None));
        assert_eq!(token.headers[0].1.expose(), "Bearer a");
    }

    #[test]
    fn stale_is_used_and_renewed_once_in_the_background() {
        let mut bench = bench();
        bench.obtain("a");
        bench.wait(secs(3400));
        let renew = bench.used().1.expect("a renewal");
        asked(&renew);
        assert_eq!(bench.used().1, None, "one at a time");
        bench.grant(renew.serial, "b", 3600);
        assert_eq!(bench.used().0.value.expose(), "b");
    }

    #[test]
    fn stale_and_cooldown_is_used() {
        let mut bench = bench();
        bench.obtain("a");
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        let retry_at = Some(bench.now.plus(secs(60)));
        throws(&mut bench, renew.serial, Reply { retry_at, ..thrown("busy") });
        let (token, renew) = bench.used();
        assert_eq!((token.value.expose(), renew), ("a", None));
        assert_eq!(bench.machine.flight(), "cooldown");
        assert!(bench.wait(secs(64)).used().1.is_some());
    }

    #[test]
    fn expired_is_as_none() {
        let mut bench = bench();
        bench.obtain("a");
        bench.wait(secs(3600));
        asked(&bench.send());
    }

    #[test]
    fn a_lost_request_ends_with_its_lease_and_its_late_answer_still_counts() {
        let mut bench = bench();
        let lost = bench.send();
        bench.now = lost.deadline;
        let next = bench.send();
        bench.grant(lost.serial, "late", 3600);
        assert_eq!(bench.used().0.value.expose(), "late");
        bench.grant(next.serial, "next", 3600);
        assert_eq!(bench.used().0.value.expose(), "next");
    }

    #[test]
    fn unsent_is_no_failure() {
        let mut bench = bench();
        let request = bench.send();
        bench.machine.on_unsent(request.serial);
        bench.send();
        assert_eq!(bench.machine.last_error(), None);
    }
}

mod failures {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    /// The code, the text, and the earliest next request in seconds.
    fn failed(reply: Reply) -> (&'static str, String, u64) {
        let mut bench = bench();
        let request = bench.send();
        throws(&mut bench, request.serial, reply);
        let error = bench.failed();
        (error.code(), error.to_string(), error.retry_at().expect("a cooldown").since(bench.now).as_secs())
    }

    #[test]
    fn status_and_code_decide_as_a_servers_do() {
        for (status, error, code) in [
            (Some(429), None, "ERR_RATE_LIMITED"),
            (Some(429), Some("invalid_client"), "ERR_RATE_LIMITED"),
            (Some(408), None, "ERR_UNREACHABLE"),
            (Some(425), None, "ERR_UNREACHABLE"),
            (Some(500), None, "ERR_UNREACHABLE"),
            (Some(503), Some("invalid_grant"), "ERR_UNREACHABLE"),
            (Some(400), Some("temporarily_unavailable"), "ERR_UNREACHABLE"),
            (None, Some("server_error"), "ERR_UNREACHABLE"),
            (Some(400), None, "ERR_REFUSED"),
            (Some(401), None, "ERR_REFUSED"),
            (Some(403), Some("access_denied"), "ERR_REFUSED"),
            (None, Some("invalid_client"), "ERR_REFUSED"),
            (Some(200), None, "ERR_UNREACHABLE"),
            (None, None, "ERR_UNREACHABLE"),
        ] {
            let reply = Reply { status, error: error.map(Into::into), ..thrown("no") };
            let (found, text, _) = failed(reply);
            let expected =
                format!("the token function failed: no{}", error.map_or(String::new(), |e| format!(": {e}")));
            assert_eq!((found, text), (code, expected), "{status:?} {error:?}");
        }
    }

    #[test]
    fn retry_at_is_a_lower_bound_on_each_of_them_and_past_it_is_none() {
        let after = |status, seconds| {
            let retry_at = Some(bench().now.plus(secs(seconds)));
            failed(Reply { status, retry_at, ..thrown("busy") }).2
        };
        for status in [None, Some(429), Some(503)] {
            assert!((120..=126).contains(&after(status, 120)), "{status:?}");
            assert!(after(status, 0) <= 1, "{status:?}");
        }
        assert!((120..=126).contains(&after(Some(403), 120)));
        assert_eq!(after(Some(403), 5), 30);
        assert_eq!(after(None, 86_400), 3600);
    }

    #[test]
    fn one_that_lasts_is_told_at_once() {
        let mut bench = with(json!({ "patience": 10 }));
        let request = bench.send();
        throws(&mut bench, request.serial, Reply { is_permanent: true, ..thrown("x is not a function") });
        assert_eq!(bench.failed().code(), "ERR_UNREACHABLE");
    }

    #[test]
    fn secrets_of_the_request_are_redacted() {
        let mut bench = with(json!({ "credentials": { "key": "k3y-of-mine" } }));
        let request = bench.send();
        bench.answer(request.serial, 200, json!({ "access_token": "a", "refresh_token": "rt-1", "expires_in": 60 }));
        bench.machine.invalidate();
        let request = bench.send();
        let reply = Reply { error: Some("k3y-of-mine".into()), ..thrown("k3y-of-mine and rt-1") };
        // The refresh token was refused; what is left is refused as well.
        let next = throws(&mut bench, request.serial, reply.clone()).expect("once more, without it");
        throws(&mut bench, next.serial, reply);
        assert_eq!(
            bench.failed().to_string(),
            "the token function failed: [redacted] and rt-1: [redacted]",
            "what was not shown this time may be anything"
        );
    }

    #[test]
    fn the_time_limit() {
        let mut bench = bench();
        let request = bench.send();
        bench.fail(request.serial, TransportFailure::Timeout);
        let error = bench.failed();
        assert_eq!(
            (error.code(), &*error.to_string()),
            ("ERR_TIMEOUT", "the token function did not answer within 10 s")
        );
    }

    #[test]
    fn what_is_said_of_another_request_is_not_heard() {
        let mut bench = bench();
        let request = bench.send();
        assert_eq!(throws(&mut bench, Serial(request.serial.0 + 1), thrown("no")), None);
        assert_eq!(bench.machine.flight(), "in_flight");
        bench.grant(request.serial, "a", 60);
        assert_eq!(throws(&mut bench, request.serial, thrown("no")), None);
        bench.used();
    }
}

mod answers {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn text(answer: Value) -> String {
        let mut bench = bench();
        let request = bench.send();
        bench.answer(request.serial, 200, answer);
        let error = bench.failed();
        assert_eq!(error.code(), "ERR_BAD_RESPONSE");
        error.to_string()
    }

    fn jwt(iat: Option<u64>, exp: u64) -> String {
        let claims = json!({ "iat": iat, "exp": exp }).to_string();
        let base64url = |text: &str| {
            const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
            let mut out = String::new();
            for chunk in text.as_bytes().chunks(3) {
                let bits =
                    chunk.iter().fold(0u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
                (0..=chunk.len()).for_each(|at| out.push(ALPHABET[(bits >> (18 - 6 * at)) as usize & 63].into()));
            }
            out
        };
        format!("{}.{}.c2ln", base64url(r#"{"alg":"none"}"#), base64url(&claims))
    }

    #[test]
    fn what_is_no_token() {
        for (answer, reason) in [
            (json!({}), "there is no token at /access_token; see response.access_token"),
            (json!(null), "there is no token at /access_token; see response.access_token"),
            (json!("a"), "there is no token at /access_token; see response.access_token"),
            (json!({ "access_token": 7 }), "there is no string at /access_token; see response.access_token"),
            (json!({ "access_token": "" }), "the token at /access_token is empty"),
            (
                json!({ "access_token": "a", "token_type": "mac" }),
                "its token_type \"mac\" is not in response.token_types",
            ),
            (json!({ "access_token": "a", "expires_in": 0 }), "the token has expired"),
            (json!({ "access_token": "a", "expires_in": -5 }), "the token has expired"),
            (json!({ "access_token": "a", "expires_in": "2023-11-14T22:13:19Z" }), "the token has expired"),
        ] {
            assert_eq!(text(answer.clone()), format!("the token function answered, but {reason}"), "{answer}");
        }
    }

    #[test]
    fn a_jwt_that_was_had_for_a_while_lives_as_long_as_is_left_of_it() {
        let now = bench().now.as_millis() / 1000;
        for iat in [None, Some(now - 3000)] {
            let mut bench = bench();
            let request = bench.send();
            bench.answer(request.serial, 200, json!({ "access_token": jwt(iat, now + 600) }));
            assert_eq!(bench.used().0.expires_at, Some(bench.now.plus(secs(600))), "{iat:?}");
            assert_eq!(
                text(json!({ "access_token": jwt(iat, now), "expires_in": 3600 })),
                "the token function answered, but the token has expired"
            );
        }
        // A server's clock counts, where one is known.
        let mut bench = bench();
        let request = bench.send();
        let date = [("date", "Tue, 14 Nov 2023 21:13:20 GMT")];
        bench.answer_with(request.serial, 200, &date, json!({ "access_token": jwt(None, now - 3000) }));
        assert_eq!(bench.used().0.expires_at, Some(bench.now.plus(secs(600))));
    }

    #[test]
    fn the_profile_says_how_it_is_read_and_sent() {
        let mut bench = with(json!({ "provider": {
            "token": true, "refresh_margin": 60,
            "response": { "access_token": "/Session/Key", "expiry": { "source": "fixed", "seconds": 600 }, "capture": { "shard": "/Shard" } },
            "resource_request": { "headers": { "x-session": "{access_token}@{shard}" } }
        } }));
        let request = bench.send();
        bench.answer(request.serial, 200, json!({ "Session": { "Key": "k" }, "Shard": 7 }));
        assert_eq!(bench.used().0.headers, [("x-session".to_owned(), Secret::new("k@7"))]);
    }

    #[test]
    fn the_answer_of_a_server_is_judged_as_always() {
        let mut bench = bench();
        let request = bench.send();
        bench.answer_with(request.serial, 429, &[("retry-after", "60")], json!({ "error": "slow_down" }));
        let error = bench.failed();
        assert_eq!(error.to_string(), "the token function is rate limited (429): slow_down");
        assert!((60..=63).contains(&error.retry_at().expect("a date").since(bench.now).as_secs()));
    }
}

mod credentials_and_refresh_tokens {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    #[test]
    fn what_the_options_name_is_handed_over() {
        let key = Credentials::new().with("key", "k");
        let mut bench = with(json!({ "credentials": { "key": "k" }, "scope": "b a" }));
        assert_eq!(asked(&bench.send()), (key.clone(), None, vec!["b", "a"]));
        let client = ClientConfig::new(Provider::obtained("sts"), key.clone()).with_scope(["a"]);
        client.check().expect("good");
        let mut machine = Machine::new(client, 1);
        let Action::Send(request) = machine.poll(bench.now) else { panic!() };
        assert_eq!(asked(&request), (key, None, vec!["a"]));
        assert!(!format!("{request:?}").contains("\"k\""));
    }

    #[test]
    fn a_function_gives_them_first() {
        let client = ClientConfig::new(Provider::obtained("sts"), Credentials::new()).with_asked_credentials();
        let mut bench = Bench { machine: Machine::new(client, 1), ..bench() };
        let request = bench.send();
        assert_eq!(request.next, Next::Credentials);
        let given = |key: &str| Credentials::new().with("key", key);
        let request = bench.machine.on_credentials(request.serial, given("old"), bench.now).expect("to obtain");
        assert_eq!(asked(&request).0, given("old"));
        // One that was refused is asked for again.
        let again =
            throws(&mut bench, request.serial, Reply { status: Some(401), ..thrown("bad key") }).expect("again");
        assert_eq!(again.next, Next::Credentials);
        let request = bench.machine.on_credentials(again.serial, given("new"), bench.now).expect("to obtain");
        assert_eq!(asked(&request).0, given("new"));
    }

    #[test]
    fn the_other_of_two_is_tried_once() {
        let mut bench = with(json!({ "credentials": [{ "key": "old" }, { "key": "new" }] }));
        let request = bench.send();
        let refused = Reply { error: Some("invalid_client".into()), ..thrown("bad key") };
        let other = throws(&mut bench, request.serial, refused.clone()).expect("the other one");
        assert_eq!(asked(&other).0, Credentials::new().with("key", "new"));
        assert_eq!(throws(&mut bench, other.serial, refused), None);
        assert_eq!(bench.failed().code(), "ERR_REFUSED");
    }

    #[test]
    fn a_refresh_token_comes_back_until_it_is_refused() {
        let mut bench = bench();
        let request = bench.send();
        bench.answer(request.serial, 200, json!({ "access_token": "a", "refresh_token": "r1", "expires_in": 3600 }));
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        assert_eq!(asked(&renew).1, Some("r1"));
        bench.answer(renew.serial, 200, json!({ "access_token": "b", "expires_in": 3600 }));
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        assert_eq!(asked(&renew).1, Some("r1"), "it is kept");
        let next = throws(&mut bench, renew.serial, Reply { status: Some(400), ..thrown("used") }).expect("once more");
        assert_eq!(asked(&next).1, None);
        bench.grant(next.serial, "c", 3600);
        assert_eq!(bench.used().0.value.expose(), "c");
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        // A failure that is no refusal says nothing of it.
        bench.answer(renew.serial, 200, json!({ "access_token": "d", "refresh_token": "r2", "expires_in": 3600 }));
        let renew = bench.wait(secs(3400)).used().1.expect("a renewal");
        assert_eq!(throws(&mut bench, renew.serial, thrown("down")), None);
        let renew = bench.wait(secs(10)).used().1.expect("a renewal");
        assert_eq!(asked(&renew).1, Some("r2"));
    }

    #[test]
    fn a_token_that_the_api_refuses_is_obtained_anew() {
        let mut bench = bench();
        let serial = bench.obtain("a");
        assert_eq!(bench.unauthorized(serial), Verdict::Retry);
        let serial = bench.obtain("a2");
        assert_eq!(bench.unauthorized(serial), Verdict::Return, "no better than the one before");
    }
}

mod shared_stores {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn shared() -> Bench {
        let client = ClientConfig::new(Provider::obtained("sts"), Credentials::new()).with_sharing(Sharing::Atomic);
        Bench { machine: Machine::new(client, 7), ..bench() }
    }

    #[test]
    fn a_lease_comes_before_the_function_and_its_token_is_saved() {
        let mut bench = shared();
        let load = bench.send();
        assert!(matches!(load.next, Next::Load { .. }));
        let lease = bench.machine.on_loaded(load.serial, Loaded::Nothing, bench.now).expect("a lease");
        assert!(matches!(lease.next, Next::Store { .. }), "{lease:?}");
        let obtain = bench.machine.on_stored(lease.serial, Stored::Written, bench.now).expect("to obtain");
        asked(&obtain);
        let answer = json!({ "access_token": "a", "expires_in": 3600 });
        let save = bench.answer(obtain.serial, 200, answer).expect("to save it");
        let Next::Store { record, .. } = save.next else { panic!("{save:?}") };
        let mut other = shared();
        let load = other.send();
        assert_eq!(other.machine.on_loaded(load.serial, Loaded::Record(record.expose()), other.now), None);
        assert_eq!(other.used().0.value.expose(), "a", "another instance takes it from the record");
    }

    #[test]
    fn a_cooldown_is_shared() {
        let mut bench = shared();
        let load = bench.send();
        let lease = bench.machine.on_loaded(load.serial, Loaded::Nothing, bench.now).expect("a lease");
        let obtain = bench.machine.on_stored(lease.serial, Stored::Written, bench.now).expect("to obtain");
        let reply = Reply { status: Some(429), retry_at: Some(bench.now.plus(secs(300))), ..thrown("busy") };
        let save = throws(&mut bench, obtain.serial, reply).expect("to save it");
        let mut record = save;
        for _ in 0..3 {
            match &record.next {
                Next::Load { .. } => {
                    record = bench.machine.on_loaded(record.serial, Loaded::Nothing, bench.now).expect("a write");
                }
                _ => break,
            }
        }
        let Next::Store { record, .. } = record.next else { panic!("{record:?}") };
        let mut other = shared();
        let load = other.send();
        assert_eq!(other.machine.on_loaded(load.serial, Loaded::Record(record.expose()), other.now), None);
        assert_eq!((other.failed().code(), other.machine.flight()), ("ERR_RATE_LIMITED", "cooldown"));
    }
}

mod options {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn refused(options: Value) -> String {
        ClientConfig::from_json(&options.to_string()).expect_err("refused").to_string()
    }

    #[test]
    fn what_describes_a_token_request_contradicts_it() {
        for (name, value) in [
            ("token_endpoint", json!("https://as.example/token")),
            ("token_endpoint_method", json!("GET")),
            ("token_endpoint_auth_method", json!("none")),
            ("basic_encoding", json!("raw")),
            ("grant_type", json!("password")),
            ("scope", json!("a")),
            ("scope_separator", json!(",")),
            ("request_format", json!("json")),
            ("client_id", json!("{client_id}")),
            ("client_secret", json!(null)),
            ("parameters", json!({})),
            ("headers", json!({})),
            ("assertion", json!({ "use": "grant" })),
            ("issuer", json!("https://as.example")),
            ("refresh", json!({})),
            ("steps", json!([])),
            ("authorization_endpoint", json!("https://as.example/authorize")),
        ] {
            let mut provider = json!({ "token": true });
            provider[name] = value;
            assert_eq!(
                refused(json!({ "provider": provider })),
                format!("provider.{name}: contradicts provider.token, which makes the token request itself")
            );
        }
        for (name, value) in [
            ("grant", json!({ "type": "client_credentials" })),
            ("parameters", json!({ "audience": "x" })),
            ("resource", json!("https://api.example")),
        ] {
            let mut options = json!({ "provider": { "token": true } });
            options[name] = value;
            assert_eq!(
                refused(options),
                format!("{name}: contradicts provider.token, which makes the token request itself")
            );
        }
    }

    #[test]
    fn what_describes_answers_and_the_api_stays() {
        with(json!({ "variables": { "host": "api.example" }, "provider": {
            "token": true, "$schema": "x", "name": "sts", "documentation": "https://d.example",
            "response": { "token_types": null }, "refresh_margin": 60, "refresh_invalidates_access_token": true,
            "defaults": { "port": "443", "environment": "production" }, "environments": { "production": { "region": "eu" } },
            "resource_request": { "origins": ["https://{host}:{port}"] },
            "revocation_endpoint": "https://as.example/r", "revocation_endpoint_auth_method": "bearer",
            "introspection_endpoint": null, "introspection_endpoint_auth_method": "none"
        } }));
    }

    #[test]
    fn what_is_wrong_is_told() {
        for value in [json!(false), json!(null), json!("fetchToken"), json!({})] {
            let message = refused(json!({ "provider": { "token": value } }));
            assert!(message.starts_with("provider.token: expected a function (in JSON: true), found "), "{message}");
        }
        assert_eq!(
            refused(json!({ "provider": { "token": true }, "credentials": { "key": null } })),
            "credentials.key: is undefined, null or empty; is an environment variable not set?"
        );
        assert_eq!(
            refused(json!({ "provider": { "token": true, "resource_request": { "headers": { "x-key": "{key}" } } } })),
            "provider.resource_request.headers.x-key: uses {key}, which is neither in credentials nor in variables; \
             is an environment variable not set?"
        );
    }
}
