//! The provider cases of `vectors/providers.json`: what goes out, what is understood, what the API then gets.

use bearerkit::{
    Action, ClientConfig, Error, HttpRequest, HttpResponse, Machine, Next, SigningInput, Timestamp, TokenRequest,
};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASES: &str = include_str!("vectors/providers.json");
const SIGNATURE: &[u8] = b"signature";

fn cases() -> Vec<Value> {
    serde_json::from_str(CASES).expect("the vectors are JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}

fn machine(case: &Value) -> Machine {
    let mut credentials = case["inputs"]["credentials"].clone();
    for credential in credentials.as_object_mut().expect("credentials").values_mut().filter(|value| value.is_object()) {
        *credential = json!("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
    }
    let mut options = json!({ "provider": case["profile"], "credentials": credentials });
    if let Some(config) = case["inputs"].get("config") {
        options["variables"] = config.clone();
    }
    if let Some(scopes) = case["inputs"].get("scopes") {
        options["scope"] = scopes.clone();
    }
    Machine::new(ClientConfig::from_json(&options.to_string()).expect("the profile is good"), 7)
}

/// Signs where that is asked for; the JWT's claims come with the request.
fn to_request(machine: &mut Machine, request: TokenRequest, now: Timestamp) -> (TokenRequest, Option<SigningInput>) {
    match request.next.clone() {
        Next::Sign(input) => {
            let request = machine.on_signature(request.serial, SIGNATURE, now).expect("a request follows");
            (request, Some(input))
        }
        _ => (request, None),
    }
}

fn http(request: &TokenRequest) -> HttpRequest {
    match &request.next {
        Next::Send(http) => http.clone(),
        other => panic!("expected a request, found {other:?}"),
    }
}

fn header<'r>(request: &'r HttpRequest, name: &str) -> Option<&'r str> {
    request.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
}

fn decoded_pairs(text: &str) -> Vec<(String, String)> {
    let decode = |part: &str| {
        percent_encoding::percent_decode_str(&part.replace('+', " ")).decode_utf8().expect("UTF-8").into_owned()
    };
    let mut pairs: Vec<(String, String)> = text
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect();
    pairs.sort();
    pairs
}

fn base64url(text: &str) -> Value {
    use base64::Engine as _;
    let bytes = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).expect("base64url");
    serde_json::from_slice(&bytes).expect("JSON")
}

fn check_jwt(jwt: &str, expected: &Value, input: &SigningInput, name: &str) {
    let (signed, signature) = jwt.rsplit_once('.').expect("three parts");
    assert_eq!(signed, input.input, "{name}");
    assert_eq!(signature, "c2lnbmF0dXJl", "{name}");
    let (head, claims) = signed.split_once('.').expect("three parts");
    let (head, claims) = (base64url(head), base64url(claims));
    assert_eq!(head["alg"], expected["alg"], "{name}");
    assert_eq!(input.alg.name(), expected["alg"], "{name}");
    for (member, value) in expected["header"].as_object().expect("header") {
        assert_eq!(&head[member], value, "{name}: {member}");
    }
    for (member, value) in expected["claims"].as_object().expect("claims") {
        assert_eq!(&claims[member], value, "{name}: {member}");
    }
    assert_eq!((&claims["iat"], &claims["exp"]), (&expected["iat"], &expected["exp"]), "{name}");
    for fresh in expected["fresh"].as_array().expect("fresh") {
        assert_eq!(claims[text(fresh)].as_str().map(str::len), Some(36), "{name}: {fresh}");
    }
}

fn check_request(request: &HttpRequest, expected: &Value, input: Option<&SigningInput>, name: &str) {
    assert_eq!(request.method, text(&expected["method"]), "{name}");
    let (url, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    assert_eq!(url, text(&expected["url_original"]).split('?').next().expect("a URL"), "{name}");
    let mut pairs: Vec<(String, String)> = expected["query"]
        .as_array()
        .expect("query")
        .iter()
        .map(|pair| (text(&pair[0]).to_owned(), text(&pair[1]).to_owned()))
        .collect();
    pairs.sort();
    assert_eq!(decoded_pairs(query), pairs, "{name}");
    for (header_name, value) in expected["headers"].as_object().expect("headers") {
        let found = header(request, header_name).unwrap_or_else(|| panic!("{name}: no {header_name}"));
        if let Some(jwt) = value.get("$jwt") {
            check_jwt(found.strip_prefix("Bearer ").expect("Bearer"), jwt, input.expect("signed"), name);
        } else if expected.get("basic_credentials").is_some() && header_name == "authorization" {
            check_basic(found, expected, name);
        } else {
            assert_eq!(found, text(value), "{name}: {header_name}");
        }
    }
    let body = request.body.as_ref().map(|body| body.expose());
    match (text(&expected["body_format"]), body) {
        ("none", found) => assert_eq!(found, None, "{name}"),
        ("json", Some(body)) => {
            let found: Value = serde_json::from_str(body).expect("JSON");
            assert_eq!(found, expected["body"], "{name}");
        }
        ("form", Some(body)) => check_form(body, &expected["body"], input, name),
        other => panic!("{name}: {other:?}"),
    }
}

/// The pair, in either encoding: which of them a server wants is the profile's to say.
fn check_basic(found: &str, expected: &Value, name: &str) {
    use base64::Engine as _;
    let encoded = found.strip_prefix("Basic ").expect("Basic");
    let pair = base64::engine::general_purpose::STANDARD.decode(encoded).expect("base64");
    let pair = String::from_utf8(pair).expect("UTF-8");
    let (id, secret) = pair.split_once(':').expect("a colon");
    let found = decoded_pairs(&format!("{id}={secret}"));
    let pair = &expected["basic_credentials"];
    assert_eq!(found, [(text(&pair["id"]).to_owned(), text(&pair["secret"]).to_owned())], "{name}");
}

fn check_form(body: &str, expected: &Value, input: Option<&SigningInput>, name: &str) {
    let found = decoded_pairs(body);
    let expected = expected.as_object().expect("a form");
    assert_eq!(found.len(), expected.len(), "{name}: {found:?}");
    for (member, value) in found {
        match expected[&member].get("$jwt") {
            Some(jwt) => check_jwt(&value, jwt, input.expect("signed"), name),
            None => assert_eq!(value, text(&expected[&member]), "{name}: {member}"),
        }
    }
}

fn response(case: &Value) -> HttpResponse {
    let headers = case["headers"].as_object().expect("headers");
    HttpResponse {
        status: u16::try_from(case["status"].as_u64().expect("status")).expect("a status"),
        headers: headers.iter().map(|(name, value)| (name.clone(), text(value).to_owned())).collect(),
        body: case["body"].to_string().into_bytes(),
    }
}

fn check_token(machine: &mut Machine, expected: &Value, now: Timestamp, name: &str) {
    let Action::Use { token, .. } = machine.poll(now) else { panic!("{name}: {:?}", machine.last_error()) };
    assert_eq!(token.value.expose(), text(&expected["access_token"]), "{name}");
    let expires_at = expected["expires_at"].as_u64().map(Timestamp::from_secs);
    assert_eq!(token.expires_at, expires_at, "{name}");
    let held = machine.refresh_token().map(|token| token.expose().to_owned());
    assert_eq!(held.as_deref(), expected.get("refresh_token").and_then(Value::as_str), "{name}");
    for headers in ["headers", "extra_headers"] {
        for (header, value) in expected["api_call"][headers].as_object().into_iter().flatten() {
            let found = token.headers.iter().find(|(known, _)| known == header).map(|(_, value)| value.expose());
            assert_eq!(found, value.as_str(), "{name}: {header}");
        }
    }
}

#[test]
fn every_case_by_its_profile_alone() {
    let cases = cases();
    assert_eq!(cases.len(), 26);
    for case in &cases {
        let name = text(&case["name"]);
        let now = Timestamp::from_secs(case["now"].as_u64().expect("now"));
        let mut machine = machine(case);
        let Action::Send(request) = machine.poll(now) else { panic!("{name}: nothing in hand, so send") };
        let (request, input) = to_request(&mut machine, request, now);
        check_request(&http(&request), &case["expect_request"], input.as_ref(), name);
        assert_eq!(machine.on_response(request.serial, &response(&case["response"]), now), None, "{name}");
        check_token(&mut machine, &case["expect"], now, name);
        if let Some(refresh) = case.get("refresh") {
            machine.invalidate();
            let Action::Send(request) = machine.poll(now) else { panic!("{name}: send") };
            check_request(&http(&request), &refresh["expect_request"], None, name);
            machine.on_response(request.serial, &response(&refresh["response"]), now);
            check_token(&mut machine, &refresh["expect"], now, name);
        }
    }
}

#[test]
fn an_error_that_hides_in_a_200() {
    for case in cases().iter().filter(|case| case.get("error_response").is_some()) {
        let now = Timestamp::from_secs(1_700_000_000);
        let mut machine = machine(case);
        let Action::Send(request) = machine.poll(now) else { panic!("send") };
        machine.on_response(request.serial, &response(&case["error_response"]), now);
        assert!(matches!(machine.poll(now), Action::Fail(Error::Refused(_))), "{}", case["name"]);
    }
}
