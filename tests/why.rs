//! What an error says: who was asked, what came of it, what to do next; and whether it is worth waiting for.

mod support;

use std::time::Duration;

use bearerkit::{Action, ClientConfig, Credentials, Error, HttpResponse, Machine, Next, TransportFailure};
use serde_json::{Value, json};
use support::{Bench, network, secs};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

/// A client of Acme's that waits for nobody.
fn acme() -> Bench {
    Bench::with(json!({ "provider": "https://login.acme.example/token", "patience": 0 }))
}

/// What is said of an answer.
fn said(status: u16, headers: &[(&str, &str)], body: &str) -> String {
    let mut bench = acme();
    let request = bench.send();
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let response = HttpResponse { status, headers, body: body.as_bytes().to_vec() };
    bench.machine.on_response(request.serial, &response, bench.now);
    bench.failed().to_string()
}

/// What is said of a request that got no answer.
fn failed(failure: TransportFailure) -> Error {
    let mut bench = acme();
    let request = bench.send();
    bench.fail(request.serial, failure);
    bench.failed()
}

/// One whose credentials come from a function.
fn asking() -> Bench {
    let client = ClientConfig::from_json(&support::plain_options().to_string()).expect("good options");
    Bench { machine: Machine::new(client.with_asked_credentials(), 1), now: Bench::plain().now }
}

fn lasting(reason: &str) -> TransportFailure {
    TransportFailure::Network { reason: Some(reason.into()), is_permanent: true }
}

#[test]
fn a_message_has_the_host_the_reason_and_what_to_do_next() {
    let html = [("Content-Type", "text/html; charset=utf-8")];
    let check = "; check client_id, client_secret and token_endpoint_auth_method";
    for (status, headers, body, expected) in [
        (503, &[][..], "", "answered 503"),
        (503, &[], r#"{"error": "busy", "error_description": "come back"}"#, "answered 503: busy (come back)"),
        (429, &[], "{}", "is rate limited (429)"),
        (400, &[], r#"{"error": "server_error"}"#, "answered 400: server_error"),
        (
            401,
            &[],
            r#"{"error": "invalid_client", "error_description": "no s3cr3t"}"#,
            &format!("refused with status 401: invalid_client (no [redacted]){check}"),
        ),
        (401, &[], "", &format!("refused with status 401{check}")),
        (400, &[], r#"{"error": "invalid_scope"}"#, "refused with status 400: invalid_scope; check scope"),
        (403, &[], "", "refused with status 403; set response.error to where the body says why"),
        (302, &[], "", "answered 302, but a token endpoint may not redirect; check token_endpoint"),
        (404, &html, "<!doctype html>", "refused with status 404; check token_endpoint"),
        (405, &[], "", "refused with status 405; check token_endpoint"),
        (200, &[], "{}", "answered 200, but there is no token at /access_token; see response.access_token"),
        (200, &[], "hello", "answered 200, but the body is not JSON"),
        (200, &html, "<!doctype html>", "answered 200, but with text/html, not a token response; check token_endpoint"),
    ] {
        assert_eq!(said(status, headers, body), format!("login.acme.example {expected}"));
    }
    // A document that is one counts, whatever it is called.
    let mut bench = acme();
    let request = bench.send();
    bench.answer_with(request.serial, 200, &html, json!({ "access_token": "a" }));
    assert_eq!(bench.used().0.value.expose(), "a");
}

#[test]
fn nor_is_it_silent_where_there_is_no_answer() {
    for (failure, code, expected) in [
        (network(), "ERR_UNREACHABLE", "could not reach login.acme.example: ECONNRESET"),
        (lasting("ENOTFOUND"), "ERR_UNREACHABLE", "could not reach login.acme.example: ENOTFOUND"),
        (
            TransportFailure::Network { reason: None, is_permanent: false },
            "ERR_UNREACHABLE",
            "could not reach login.acme.example: the connection was lost",
        ),
        (TransportFailure::Timeout, "ERR_TIMEOUT", "login.acme.example did not answer within 10 s"),
        (
            TransportFailure::Fetch { reason: Some("Illegal invocation".into()) },
            "ERR_FETCH",
            "fetch cannot call login.acme.example: Illegal invocation",
        ),
        (
            TransportFailure::TooLarge { status: 200 },
            "ERR_BAD_RESPONSE",
            "login.acme.example answered 200, but the body is larger than 1 MiB",
        ),
    ] {
        let error = failed(failure);
        assert_eq!((error.code(), error.to_string().as_str()), (code, expected));
        assert_eq!(error.host(), Some("login.acme.example"));
        assert!(error.retry_at().is_some(), "{code}");
        assert_eq!(error.is_transient(), matches!(code, "ERR_UNREACHABLE" | "ERR_TIMEOUT"));
    }
    let mut bench = Bench::with(json!({ "timeout": 0.25, "patience": 0 }));
    let request = bench.send();
    bench.fail(request.serial, TransportFailure::Timeout);
    assert_eq!(bench.failed().to_string(), "as.example did not answer within 250 ms");
}

#[test]
fn a_reason_of_the_transport_shows_no_secret_and_has_an_end() {
    let reason = format!("POST https://h/?s=S3CR3T&{} broke", "x".repeat(1000));
    let message = failed(TransportFailure::Network { reason: Some(reason), is_permanent: false }).to_string();
    assert!(message.contains("s=[redacted]&x") && message.len() < 400, "{message}");
}

#[test]
fn the_host_is_that_of_the_request_under_way_and_no_more_of_its_url() {
    let provider = json!({
        "token_endpoint": "https://{tenant}.acme.example:8443/{client_secret}/token?x={client_secret}",
        "steps": [{ "token_endpoint": "https://{client_secret}.acme.example/login", "response": { "capture": { "sid": "/sid" } } }],
    });
    let options = json!({ "provider": provider, "variables": { "tenant": "north" },
        "credentials": { "client_id": "app", "client_secret": "Hunter2" }, "patience": 0 });
    let mut bench = Bench::of(options);
    let step = bench.send();
    assert_eq!(step.host.as_deref(), Some("[redacted].acme.example"));
    bench.fail(step.serial, network());
    assert_eq!(bench.failed().to_string(), "could not reach [redacted].acme.example: ECONNRESET");
    let step = bench.wait(secs(2)).send();
    let request = bench.answer(step.serial, 200, json!({ "sid": "1" })).expect("the token request");
    assert_eq!(request.host.as_deref(), Some("north.acme.example:8443"));
    bench.answer(request.serial, 503, json!({}));
    assert_eq!(bench.failed().to_string(), "north.acme.example:8443 answered 503");
}

#[test]
fn a_call_that_a_cooldown_refuses_says_so() {
    let mut bench = acme();
    let began = bench.now;
    let request = bench.send();
    bench.answer_with(request.serial, 503, &[("Retry-After", "60")], json!({}));
    let Action::Fail(error) = bench.poll_since(began) else { panic!("no patience") };
    assert_eq!(error.to_string(), "login.acme.example answered 503", "its own request");
    let Action::Fail(error) = bench.wait(secs(1)).poll() else { panic!("no patience") };
    let until = error.retry_at().expect("a cooldown");
    let expected = format!("no new request until {}, because login.acme.example answered 503", until.to_rfc3339());
    assert_eq!(error.to_string(), expected);
    assert!(expected.contains("until 2023-11-14T22:14:2"), "{expected}");
}

#[test]
fn what_seconds_will_not_cure_is_told_at_once() {
    for (failure, least) in [(lasting("ECONNREFUSED"), 0), (TransportFailure::Fetch { reason: None }, 30)] {
        let mut bench = Bench::with(json!({ "patience": 60 }));
        let began = bench.now;
        let request = bench.send();
        bench.fail(request.serial, failure);
        // Whoever asked, whoever waits with them, and whoever comes while the endpoint is left alone.
        let Action::Fail(error) = bench.poll_since(began) else { panic!("nobody waits") };
        let until = bench.machine.next_request_at(bench.now);
        assert_eq!(error.retry_at(), Some(until));
        assert!(until > bench.now && until >= bench.now.plus(secs(least)), "the server is protected all the same");
        bench.failed();
        bench.now = until;
        bench.obtain("a");
    }
    // What may pass in a moment is waited for.
    let mut bench = Bench::plain();
    let request = bench.send();
    bench.fail(request.serial, network());
    assert!(matches!(bench.poll(), Action::Wait { .. }));
}

#[test]
fn nor_does_it_hurt_a_token_that_lives() {
    let mut bench = Bench::plain();
    bench.obtain("a");
    for _ in 0..3 {
        let renewal = bench.wait(secs(3400)).used().1.expect("a renewal");
        bench.fail(renewal.serial, lasting("ENOTFOUND"));
        assert_eq!(bench.used().0.value.expose(), "a");
        bench.now = bench.machine.next_request_at(bench.now);
        let renewal = bench.used().1.expect("tried again when the cooldown is over");
        bench.grant(renewal.serial, "a", 3600);
    }
}

#[test]
fn a_credentials_function_that_is_down_is_waited_for_and_one_that_is_wrong_is_not() {
    let mut bench = asking();
    let began = bench.now;
    let request = bench.send();
    assert_eq!((&request.next, request.host.as_deref()), (&Next::Credentials, None));
    bench.machine.on_credentials_failure(request.serial, "the vault is sealed", bench.now);
    assert!(matches!(bench.poll_since(began), Action::Wait { .. }), "it may be back in a second");
    let error = bench.machine.last_error().expect("it failed").clone();
    assert_eq!((error.code(), error.is_transient(), error.host()), ("ERR_CREDENTIALS", true, None));
    assert_eq!(error.to_string(), "the credentials function failed: the vault is sealed");

    let mut bench = asking();
    let request = bench.send();
    bench.machine.on_unable(request.serial, "credentials.client_secret", "expected a string", bench.now);
    let error = bench.failed();
    assert_eq!((error.code(), error.is_transient()), ("ERR_CREDENTIALS", true));
    let expected = "the credentials function failed: credentials.client_secret: expected a string";
    assert_eq!(error.to_string(), expected);
    let wait = bench.machine.next_request_at(bench.now).since(bench.now);
    assert!(wait >= Duration::from_millis(100) && wait <= secs(1), "{wait:?}");

    // One that forgets a member.
    let mut bench = asking();
    let request = bench.send();
    let credentials = Credentials::new().with("client_id", "app");
    assert_eq!(bench.machine.on_credentials(request.serial, credentials, bench.now), None);
    let error = bench.failed();
    assert_eq!(error.code(), "ERR_CREDENTIALS");
    assert!(error.to_string().starts_with("the credentials function failed: credentials.client_secret: missing"));

    // Who gave them as they are is told of the options.
    let mut bench = Bench::plain();
    let request = bench.send();
    bench.machine.on_unable(request.serial, "credentials", "the key cannot sign with RS256", bench.now);
    assert_eq!(bench.failed().to_string(), "credentials: the key cannot sign with RS256");
}

#[test]
fn metadata_of_another_issuer_are_told_with_both_names() {
    let said = |issuer: &str, metadata: Value| {
        let variables = if issuer.contains("{tenant}") { json!({ "tenant": "contoso" }) } else { json!({}) };
        let mut bench = Bench::with(json!({ "provider": { "issuer": issuer }, "variables": variables }));
        let request = bench.send();
        bench.answer(request.serial, 200, metadata);
        bench.failed().to_string()
    };
    let copy = "; if the first one is right, copy it into provider.issuer";
    let endpoint = "https://login.example/token";
    assert_eq!(
        said(
            "https://login.example/{tenant}/v2.0",
            json!({ "issuer": "https://login.example/8f2a/v2.0", "token_endpoint": endpoint })
        ),
        format!(
            "login.example answered 200, but its metadata has issuer \"https://login.example/8f2a/v2.0\", \
             and provider.issuer is \"https://login.example/contoso/v2.0\"{copy}"
        )
    );
    for (given, found) in [("https://a.example", "https://a.example/"), ("https://a.example/", "https://a.example")] {
        assert_eq!(
            said(given, json!({ "issuer": found, "token_endpoint": endpoint })),
            format!(
                "a.example answered 200, but its metadata has issuer \"{found}\", and provider.issuer is \"{given}\", \
                 which differ only in the trailing slash{copy}"
            )
        );
    }
    // The server's words have an end, and no line of their own.
    let long = format!("https://a.example/\n\u{1b}[31m{}", "x".repeat(10_000));
    let message = said("https://a.example", json!({ "issuer": long, "token_endpoint": endpoint }));
    assert!(message.len() < 500 && !message.chars().any(char::is_control), "{message:?}");
    assert!(message.ends_with(copy), "{message}");
    for metadata in [json!({}), json!([]), json!("x"), json!({ "issuer": 7 })] {
        assert_eq!(
            said("https://a.example", metadata),
            "a.example answered 200, but this is not an issuer's metadata; check provider.issuer"
        );
    }
}

#[test]
fn a_page_in_the_place_of_metadata_says_nothing_of_token_endpoints() {
    let mut bench = Bench::with(json!({ "provider": { "issuer": "https://a.example" } }));
    let request = bench.send();
    let headers = vec![("content-type".to_owned(), "text/html".to_owned())];
    let page = HttpResponse { status: 200, headers, body: b"<html>".to_vec() };
    bench.machine.on_response(request.serial, &page, bench.now);
    assert_eq!(
        bench.failed().to_string(),
        "a.example answered 200, but this is not an issuer's metadata: with text/html; check provider.issuer"
    );
}

#[test]
fn an_issuer_that_holds_a_secret_does_not_show_it() {
    let mut bench = Bench::with(json!({ "provider": { "issuer": "https://a.example/{client_secret}" } }));
    let request = bench.send();
    bench.answer(request.serial, 200, json!({ "issuer": "https://a.example/other/s3cr3t" }));
    let message = bench.failed().to_string();
    assert!(!message.contains("s3cr3t") && message.contains("https://a.example/[redacted]\""), "{message}");
}

#[test]
fn no_text_of_someone_elses_shows_what_the_machine_holds() {
    let mut bench = Bench::plain();
    let request = bench.send();
    bench.answer(request.serial, 200, json!({ "access_token": "t0k3n", "refresh_token": "r3fr3sh", "expires_in": 60 }));
    let shown = bench.machine.redact("s3cr3t S3CR3T czNjcjN0 t0k3n r3fr3sh app", 100);
    assert_eq!(shown, "[redacted] [redacted] [redacted] [redacted] [redacted] app");
}
