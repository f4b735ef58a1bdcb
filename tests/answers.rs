//! Answers as the field's servers write them: what is forgiven, what is not, and what is said of it.

mod support;

use std::time::Duration;

use bearerkit::{ClientConfig, Error, HttpResponse, Machine, Timestamp, Token};
use serde_json::{Value, json};
use support::{Bench, http, secs};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<Vec<u8>>) -> HttpResponse {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    HttpResponse { status, headers, body: body.into() }
}

fn client(profile: Value) -> ClientConfig {
    let mut provider = json!({ "token_endpoint": "https://as.example/token" });
    for (name, member) in profile.as_object().expect("a profile") {
        provider[name] = member.clone();
    }
    let credentials = json!({ "client_id": "app", "client_secret": "s3cr3t-of-mine" });
    let options = json!({ "provider": provider, "credentials": credentials });
    ClientConfig::from_json(&options.to_string()).expect("good options")
}

fn read(profile: Value, response: &HttpResponse) -> Result<Token, Error> {
    Ok(client(profile).parse_token_response(response, NOW, NOW)?.0.as_ref().clone())
}

fn token(profile: Value, body: impl Into<Vec<u8>>) -> Result<String, Error> {
    read(profile, &answer(200, &[], body)).map(|token| token.value.expose().to_owned())
}

#[test]
fn what_nobody_needs_loses_no_token() {
    let huge = format!(r#"{{"access_token":"tok","n":{}}}"#, "9".repeat(400));
    let bodies: [&[u8]; 10] = [
        b"{\"access_token\":\"tok\",\"company\":\"Soci\xe9t\xe9\"}",
        // Shift JIS: the second byte of its last character is that of a backslash.
        b"{\"company\":\"\x94\x5c\x83\x5c\",\"access_token\":\"tok\"}",
        b"\xef\xbb\xbf{\"access_token\":\"tok\",\"company\":\"\xff\"}",
        br#"{"access_token":"tok","name":"\ud83d"}"#,
        br#"{"name":"\udc00\ud83d\ude00","access_token":"tok"}"#,
        br#"{"access_token":"tok","n":1e999,"m":-1E+400}"#,
        br#"{"access_token":"tok","n":NaN,"m":[Infinity,-Infinity]}"#,
        b"{\"access_token\":\"tok\",\"text\":\"two\nlines\"}",
        br#"{"access_token":"tok","scope":"\ud83d","n":1e999}"#,
        huge.as_bytes(),
    ];
    for body in bodies {
        assert_eq!(token(json!({}), body).as_deref(), Ok("tok"), "{}", String::from_utf8_lossy(body));
    }
    let form = json!({ "response": { "format": "form" } });
    assert_eq!(token(form, &b"access_token=tok&company=Soci\xe9t\xe9&x=%E9"[..]).as_deref(), Ok("tok"));
    // A JWT's dates count, whatever stands beside them.
    let jwt = "e30.eyJuYW1lIjoiXHVkODAwIiwiZXhwIjoxNzAwMDAwOTAwfQ.c2ln"; // {"name":"\ud800","exp":1700000900}
    let read = read(json!({}), &answer(200, &[], format!(r#"{{"access_token":"{jwt}"}}"#))).expect("a token");
    assert_eq!(read.expires_at, Some(NOW.plus(secs(900))));
}

#[test]
fn what_is_used_stays_strict() {
    let capture = json!({ "response": { "capture": { "url": "/url" } } });
    let bodies: [(Value, &[u8]); 7] = [
        (json!({}), b"{\"access_token\":\"t\xe9k\"}"),
        (json!({}), br#"{"access_token":"tok\ud83d"}"#),
        (json!({}), b"{\"access_token\":\"t\tk\"}"),
        (json!({}), br#"{"access_token":1e999}"#),
        (json!({ "response": { "format": "text" } }), b"t\xe9k"),
        (json!({ "response": { "format": "form" } }), b"access_token=t%E9k"),
        (capture, b"{\"access_token\":\"tok\",\"url\":\"https://\xe9.example\"}"),
    ];
    for (profile, body) in bodies {
        let error = token(profile, body).expect_err("it is not what was sent");
        assert_eq!(error.code(), "ERR_BAD_RESPONSE");
        assert!(!error.to_string().contains('\u{fffd}'), "{error}");
    }
    // The access token is good; what cannot be sent as it came is not kept.
    let body = b"{\"access_token\":\"tok\",\"refresh_token\":\"r\xe9\"}";
    let found = client(json!({})).parse_token_response(&answer(200, &[], body), NOW, NOW).expect("a token");
    assert_eq!((found.0.value.expose(), found.1), ("tok", None));
}

#[test]
fn an_error_in_latin_1_has_its_code() {
    let body = b"{\"error\":\"invalid_client\",\"error_description\":\"cl\xe9 invalide\"}";
    let error = read(json!({}), &answer(401, &[], body)).expect_err("refused");
    let reply = error.reply().expect("an answer");
    assert_eq!(reply.error.as_deref(), Some("invalid_client"));
    assert_eq!(reply.description.as_deref(), Some("cl\u{fffd} invalide"));
}

#[test]
fn an_error_that_says_nothing_is_none_beside_a_token() {
    for error in [
        json!(null),
        json!(false),
        json!(0),
        json!(""),
        json!("ok"),
        json!("OK"),
        json!(" Success "),
        json!("0"),
        json!("none"),
        json!({}),
        json!([]),
        json!({ "code": 0 }),
        json!({ "code": 0, "message": "all is well" }),
        json!({ "code": "0" }),
        json!({ "code": null, "message": "" }),
        json!(200),
        json!({ "code": "200", "message": "OK" }),
        json!({ "message": "", "details": [] }),
    ] {
        let body = json!({ "access_token": "tok", "error": error }).to_string();
        assert_eq!(token(json!({}), body.as_str()).as_deref(), Ok("tok"), "{body}");
        let refused = read(json!({}), &answer(400, &[], body)).expect_err("the status says so");
        assert_eq!(refused.code(), "ERR_REFUSED");
        let step = json!({ "response": { "access_token": "/x", "capture": { "id": "/id" } } });
        let body = json!({ "id": "7", "error": error }).to_string();
        assert!(token(step, body).expect_err("no token").to_string().contains("no token at /x"));
    }
    for error in [json!("ok"), json!({ "code": 0 }), json!({}), json!("invalid_scope")] {
        let refused = token(json!({}), json!({ "error": error }).to_string()).expect_err("no token");
        assert_eq!(refused.code(), "ERR_REFUSED", "{error}");
        let code = refused.reply().and_then(|reply| reply.error.as_deref()).expect("it is shown");
        assert!(["ok", "0", "error", "invalid_scope"].contains(&code), "{code}");
    }
    for error in [json!(true), json!(1), json!("invalid_scope"), json!({ "code": 7 }), json!({ "message": "no" })] {
        let body = json!({ "access_token": "tok", "error": error }).to_string();
        assert_eq!(token(json!({}), body).expect_err("an error").code(), "ERR_REFUSED", "{error}");
    }
}

#[test]
fn a_token_type_that_says_nothing_is_none_and_a_refused_one_is_shown() {
    for token_type in [json!(null), json!(""), json!("  "), json!(" Bearer "), json!("bEARER\t")] {
        let body = json!({ "access_token": "tok", "token_type": token_type }).to_string();
        let read = read(json!({}), &answer(200, &[], body)).expect("a token");
        assert!(read.token_type.eq_ignore_ascii_case("bearer"), "{:?}", read.token_type);
    }
    for (token_type, shown) in [
        ("BearerToken", "\"BearerToken\""),
        ("a\nb", "\"a b\""),
        ("is s3cr3t-of-mine", "\"is [redacted]\""),
        ("my tok-12345", "\"my [redacted]\""),
        (&*"x".repeat(900), &*format!("\"{}\"", "x".repeat(64))),
    ] {
        let body = json!({ "access_token": "tok-12345", "token_type": token_type }).to_string();
        let error = token(json!({}), body).expect_err("another type");
        assert_eq!(error.code(), "ERR_BAD_RESPONSE");
        assert!(error.to_string().contains(&format!("its token_type {shown} is not in")), "{error}");
    }
}

#[test]
fn a_token_that_brings_its_scheme_goes_out_with_one() {
    let header = |token: &Token, name: &str| {
        token.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose().to_owned())
    };
    for given in ["abc", "Bearer abc", "bearer abc", "BEARER   abc", " Bearer abc ", "Bearer\tabc"] {
        let json_body = answer(200, &[], json!({ "access_token": given }).to_string());
        let in_header = answer(200, &[("authorization", given)], "{}");
        let text = answer(200, &[], given);
        let of_header = json!({ "response": { "access_token": "header:authorization" } });
        let of_text = json!({ "response": { "format": "text" } });
        for (profile, response) in [(json!({}), json_body), (of_header, in_header), (of_text, text)] {
            let token = read(profile, &response).expect("a token");
            assert_eq!(token.value.expose(), "abc", "{given}");
            assert_eq!(header(&token, "authorization").as_deref(), Some("Bearer abc"), "{given}");
        }
    }
    // The scheme that the answer names.
    let body = json!({ "access_token": "ID abc", "token_type": "id" }).to_string();
    let profile = json!({ "response": { "token_types": null },
                          "resource_request": { "headers": { "authorization": "ID {access_token}" } } });
    let token = read(profile, &answer(200, &[], body)).expect("a token");
    assert_eq!(header(&token, "authorization").as_deref(), Some("ID abc"));
    // An API that takes word for word what was handed out; any other header gets the token.
    for (name, expected) in [("Authorization", "Bearer abc"), ("x-token", "abc")] {
        let profile = json!({ "resource_request": { "headers": { name: "{access_token}" } } });
        let body = json!({ "access_token": "Bearer abc" }).to_string();
        let token = read(profile, &answer(200, &[], body)).expect("a token");
        assert_eq!(header(&token, &name.to_lowercase()).as_deref(), Some(expected));
    }
    for bad in ["Bearer", "Bearer ", "Basic abc", "Bearer a b", "Bearer é", "Bearer Bearer abc"] {
        let body = json!({ "access_token": bad }).to_string();
        let found = read(json!({}), &answer(200, &[], body));
        assert_eq!(found.is_ok(), bad == "Bearer", "{bad}");
    }
    // The token of a step.
    let provider = json!({
        "steps": [{ "token_endpoint": "https://as.example/login" }],
        "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "none",
        "headers": { "authorization": "Bearer {access_token}" },
    });
    let mut bench = Bench::with(json!({ "provider": provider }));
    let login = bench.send();
    let second = bench.answer(login.serial, 200, json!({ "access_token": "bearer abc" })).expect("the token request");
    let sent = http(&second).headers.iter().find(|(name, _)| name == "authorization").expect("it").1.expose();
    assert_eq!(sent, "bearer abc");
}

#[test]
fn every_refusal_is_left_alone_as_long_as_it_says() {
    for status in [400, 401, 403, 404, 420, 423, 430, 451, 408, 425, 429, 500, 502, 503] {
        for (headers, seconds) in [
            (&[("Retry-After", "600")][..], 600),
            (&[("retry-after", "7"), ("Retry-After", "700")], 700),
            (&[("retry-after", "700, 7")], 700),
            (&[("retry-after", "Tue, 14 Nov 2023 22:23:20 GMT, 7")], 600),
            (&[("retry-after", "99999999")], 3600),
        ] {
            let mut bench = Bench::plain();
            bench.now = NOW;
            let request = bench.send();
            bench.answer_with(request.serial, status, headers, json!({ "error": "slow_down" }));
            let wait = bench.machine.next_request_at(bench.now).since(bench.now);
            let (least, most) = (secs(seconds), secs(seconds + 5).min(secs(3600)));
            assert!((least..=most).contains(&wait), "{status} {headers:?}: {wait:?}");
            let error = bench.failed();
            assert_eq!(error.retry_at(), Some(bench.now.plus(wait)), "{status}");
        }
    }
}

#[test]
fn a_profile_says_where_a_refusal_tells_how_long() {
    for (told, headers, body, seconds) in [
        (json!({ "pointer": "/wait" }), &[][..], json!({ "wait": 600 }), Some(600)),
        (json!({ "pointer": "/wait" }), &[], json!({ "wait": "600.5" }), Some(600)),
        (json!({ "unit": "min" }), &[], json!({ "retry_after": 10 }), Some(600)),
        (json!({ "pointer": "/wait" }), &[], json!({ "wait": "10m" }), Some(600)),
        (json!({ "pointer": "/wait" }), &[], json!({ "wait": "Tue, 14 Nov 2023 22:23:20 GMT" }), Some(600)),
        (json!({ "pointer": "/wait" }), &[], json!({ "wait": 1_700_000_600 }), Some(600)),
        (json!({ "pointer": "/wait", "unit": "ms" }), &[], json!({ "wait": 600_000 }), Some(600)),
        (json!({ "pointer": "/wait", "unit": "min" }), &[], json!({ "wait": 10 }), Some(600)),
        (json!({ "pointer": "/wait" }), &[("retry-after", "700")], json!({ "wait": 600 }), Some(700)),
        (json!({ "pointer": "/wait" }), &[("retry-after", "500")], json!({ "wait": 600 }), Some(600)),
        (json!({ "pointer": "header:x-reset" }), &[("x-reset", "1700000600")], json!({}), Some(600)),
        (json!({ "pointer": "/wait" }), &[], json!({ "wait": 1e300 }), Some(3600)),
        (json!({ "pointer": "/wait" }), &[], json!({ "wait": "soon" }), None),
        (json!({ "pointer": "/wait" }), &[], json!({ "wait": { "a": [] } }), None),
        (json!({ "pointer": "/wait" }), &[], json!({}), None),
        (json!(null), &[], json!({ "wait": 600 }), None),
    ] {
        for status in [200, 400, 403, 429, 503] {
            let mut body = body.clone();
            body["error"] = json!("slow_down");
            let profile = json!({ "response": { "retry_after": told } });
            let error = read(profile, &answer(status, headers, body.to_string())).expect_err("an error");
            let expected = seconds.map(|seconds| NOW.plus(Duration::from_secs(seconds)));
            assert_eq!(error.retry_at(), expected, "{status} {told} {body}");
        }
    }
    for (bad, path) in [
        (json!({ "pointer": "/a", "unit": "h" }), "provider.response.retry_after.unit: expected s | ms | min"),
        (json!({ "pointer": "a" }), "provider.response.retry_after.pointer: expected a pointer"),
        (json!(600), "provider.response.retry_after: expected an object"),
    ] {
        let provider = json!({ "token_endpoint": "https://as.example/token", "response": { "retry_after": bad } });
        let error = ClientConfig::from_json(&json!({ "provider": provider }).to_string()).expect_err("a bad profile");
        assert!(error.to_string().starts_with(path), "{error}");
    }
}

#[test]
fn a_refused_refresh_waits_for_nothing_where_the_primary_grant_serves() {
    let mut bench = Bench::plain();
    let request = bench.send();
    bench.answer(request.serial, 200, json!({ "access_token": "a", "expires_in": 60, "refresh_token": "r" }));
    let renew = bench.wait(secs(55)).used().1.expect("a renewal");
    let headers = [("retry-after", "600")];
    let primary = bench.answer_with(renew.serial, 400, &headers, json!({ "error": "invalid_grant" }));
    assert!(primary.is_some(), "in the same call, and at once");
}

#[test]
fn a_capture_is_a_secret_and_stands_there_once() {
    let provider = json!({
        "steps": [{ "token_endpoint": "https://as.example/login",
                    "response": { "capture": { "url": "/url", "key": "/key" } } }],
        "token_endpoint": "https://as.example/token",
        "parameters": { "a": "{step1.key}", "b": "{url}" },
        "response": { "capture": { "id": "/id", "step9.own": "/id" } },
    });
    let mut bench = Bench::with(json!({ "provider": provider }));
    let login = bench.send();
    let step = json!({ "access_token": "of-the-step", "url": "https://eu.example", "key": "s3cr3t-key" });
    let second = bench.answer(login.serial, 200, step).expect("the token request");
    assert!(support::body(&second).contains("a=s3cr3t-key&b=https%3A%2F%2Feu.example"), "the long name serves");
    bench.answer(second.serial, 200, json!({ "access_token": "tok", "id": "7" }));
    let (token, _) = bench.used();
    let captured: Vec<(&str, &str)> =
        token.captured.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
    assert_eq!(captured, [("key", "s3cr3t-key"), ("url", "https://eu.example"), ("id", "7"), ("step9.own", "7")]);
    for shown in [format!("{token:?}"), format!("{:?}", token.captured), format!("{:?}", bench.machine)] {
        assert!(!shown.contains("s3cr3t-key") && !shown.contains("eu.example"), "{shown}");
    }
}

#[test]
fn no_answer_is_larger_than_a_mebibyte() {
    const LIMIT: usize = 1024 * 1024;
    for status in [200, 400, 429, 503] {
        for body in [json!({ "access_token": "tok" }), json!({ "error": "x", "access_token": "tok" })] {
            let mut body = body.to_string().into_bytes();
            body.resize(LIMIT, b' ');
            let fits = read(json!({}), &answer(status, &[], body.clone()));
            body.push(b' ');
            let error = read(json!({}), &answer(status, &[], body)).expect_err("too large");
            assert_eq!((error.code(), error.status()), ("ERR_BAD_RESPONSE", Some(status)));
            assert!(error.to_string().ends_with("the body is larger than 1 MiB"), "{error}");
            assert!(fits.is_ok() || fits.is_err_and(|error| error.code() != "ERR_BAD_RESPONSE"));
        }
    }
    let provider = json!({ "steps": [{ "token_endpoint": "https://as.example/login" }],
                           "token_endpoint": "https://as.example/token" });
    let of_step = Bench::with(json!({ "provider": provider })).machine;
    let of_issuer = Bench::with(json!({ "provider": { "issuer": "https://as.example" } })).machine;
    for mut machine in [of_step, of_issuer] {
        let bearerkit::Action::Send(request) = machine.poll(NOW) else { panic!("send") };
        let body = format!("{{\"x\":\"{}\"}}", "x".repeat(LIMIT));
        assert!(Machine::on_response(&mut machine, request.serial, &answer(200, &[], body), NOW).is_none());
        let error = machine.last_error().expect("too large").to_string();
        assert!(error.contains("larger than 1 MiB"), "{error}");
    }
}

#[test]
fn an_expiry_that_is_not_understood_is_told() {
    for (expiry, expires_in, warns) in [
        (json!({}), json!(3600), false),
        (json!({}), json!(null), false),
        (json!({}), json!("PT1H"), false),
        (json!({}), json!("in an hour, s3cr3t"), true),
        (json!({}), json!({ "s3cr3t": 3600 }), true),
        (json!({}), json!(99_999_999), true),
        (json!({ "unit": "s" }), json!(99_999_999), false),
        (json!({ "source": "expires_at", "pointer": "/expires_in" }), json!("1h"), true),
        (json!({ "source": "fixed", "seconds": 60 }), json!("soon"), false),
    ] {
        let body = json!({ "access_token": "tok", "expires_in": expires_in }).to_string();
        let profile = json!({ "response": { "expiry": expiry } });
        let token = read(profile, &answer(200, &[], body)).expect("a token");
        assert_eq!(token.warning.is_some(), warns, "{expiry} {expires_in}: {:?}", token.warning);
        assert_eq!(token.expires_at.is_none(), warns || expires_in.is_null(), "{expiry} {expires_in}");
        if let Some(warning) = token.warning {
            assert!(warning.starts_with("provider.response.expiry: ") && !warning.contains("s3cr3t"), "{warning}");
        }
    }
}
