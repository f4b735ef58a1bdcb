//! Providers by their samples: what goes out, what is understood, what the API then gets.
//!
//! The cases of `vectors/providers.json` bring a profile each, as do those of `vectors/further.json`, which have what the
//! former lack. A shipped profile has samples of its own, of the same shape:
//! `vectors/providers/NAME.json` is a list of
//!
//! - `documentation`: the page that the sample is from; `name`: what it shows, where there are several,
//! - `inputs`: `credentials`, `config` (the variables), `scopes`; `now`: when the request is sent, in seconds,
//! - `expect_jwt`: instead of `expect_request` and `response`, where the JWT is the token: `alg`, `key`, `header`, `claims`, `iat`, `exp`, `fresh`;
//! - `expect_request`: `method`, `url_original`, `headers` (those that matter; null: there is none), `body_format`, `body`,
//! - `response`: `status`, `headers`, `body` (JSON, or the text itself),
//! - `expect`: `access_token`, `expires_at`, `refresh_token`, `captured`, `api_call` (`headers`, `query`; default: a bearer token),
//! - `more_steps`: the exchanges after the first, where the profile has `steps`; `refresh`: one more exchange, and its `expect`,
//! - `dead_token`, `live_token`: answers of the API that tell of a dead token otherwise than by a 401, and others that do not,
//! - `error_response`: what comes instead of the last answer, and as its `expect` the `code`, `error` and `error_description`.

#[path = "vectors/providers.rs"]
mod samples;

use bearerkit::{
    Action, ClientConfig, HttpRequest, HttpResponse, Machine, Next, SigningInput, Timestamp, TokenRequest, providers,
};
use serde_json::{Value, json};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const CASES: &str = include_str!("vectors/providers.json");
const FURTHER: &str = include_str!("vectors/further.json");
const SIGNATURE: &[u8] = b"signature";

fn read(text: &str) -> Vec<Value> {
    serde_json::from_str(text).expect("the vectors are JSON")
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value} is no string"))
}

fn machine(profile: &Value, case: &Value) -> Machine {
    let mut credentials = case["inputs"]["credentials"].clone();
    for credential in credentials.as_object_mut().expect("credentials").values_mut().filter(|value| value.is_object()) {
        *credential = json!("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----");
    }
    let mut options = json!({ "provider": profile, "credentials": credentials });
    if let Some(config) = case["inputs"].get("config") {
        options["variables"] = config.clone();
    }
    if let Some(scopes) = case["inputs"].get("scopes") {
        options["scope"] = scopes.clone();
    }
    Machine::new(ClientConfig::from_json(&options.to_string()).unwrap_or_else(|error| panic!("{error}")), 7)
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
    let own = |name: &&String| *name != "iat" && *name != "exp" && !claims[*name].is_null();
    let count = claims.as_object().expect("claims").keys().filter(own).count();
    let known =
        expected["claims"].as_object().expect("claims").len() + expected["fresh"].as_array().expect("fresh").len();
    assert_eq!(count, known, "{name}: no other claims than these");
    for fresh in expected["fresh"].as_array().expect("fresh") {
        assert_eq!(claims[text(fresh)].as_str().map(str::len), Some(36), "{name}: {fresh}");
    }
}

/// The same value; `{ "$uuid": true }` is any of its kind.
fn check_value(found: &Value, expected: &Value, name: &str) {
    match (found, expected) {
        (_, Value::Object(members)) if members.contains_key("$uuid") => {
            assert_eq!(found.as_str().map(str::len), Some(36), "{name}: {found}");
        }
        (Value::Object(found), Value::Object(expected)) => {
            assert_eq!(found.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>(), "{name}");
            for (member, value) in expected {
                check_value(&found[member], value, name);
            }
        }
        (Value::Array(found), Value::Array(expected)) if found.len() == expected.len() => {
            for (found, value) in found.iter().zip(expected) {
                check_value(found, value, name);
            }
        }
        _ => assert_eq!(found, expected, "{name}"),
    }
}

fn check_request(request: &HttpRequest, expected: &Value, input: Option<&SigningInput>, name: &str) {
    assert_eq!(request.method, text(&expected["method"]), "{name}");
    let (url, query) = request.url.split_once('?').unwrap_or((&request.url, ""));
    let (expected_url, expected_query) =
        text(&expected["url_original"]).split_once('?').unwrap_or_else(|| (text(&expected["url_original"]), ""));
    assert_eq!(url, expected_url, "{name}");
    assert_eq!(decoded_pairs(query), decoded_pairs(expected_query), "{name}");
    if let Some(pairs) = expected.get("query") {
        let mut pairs: Vec<(String, String)> = serde_json::from_value(pairs.clone()).expect("pairs");
        pairs.sort();
        assert_eq!(decoded_pairs(query), pairs, "{name}");
    }
    for (header_name, value) in expected["headers"].as_object().expect("headers") {
        let found = header(request, header_name);
        if let Some(jwt) = value.get("$jwt") {
            let found = found.and_then(|found| found.strip_prefix("Bearer ")).expect("Bearer");
            check_jwt(found, jwt, input.expect("signed"), name);
        } else if expected.get("basic_credentials").is_some() && header_name == "authorization" {
            check_basic(found.expect("authorization"), expected, name);
        } else {
            // null: there is none
            assert_eq!(found, value.as_str(), "{name}: {header_name}");
        }
    }
    let body = request.body.as_ref().map(|body| body.expose());
    match (text(&expected["body_format"]), body) {
        ("none", found) => assert_eq!(found, None, "{name}"),
        ("json", Some(body)) => check_value(&serde_json::from_str(body).expect("JSON"), &expected["body"], name),
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
        let expected = expected.get(&member).unwrap_or_else(|| panic!("{name}: {member} is sent"));
        match expected.get("$jwt") {
            Some(jwt) => check_jwt(&value, jwt, input.expect("signed"), name),
            None => check_value(&value.into(), expected, name),
        }
    }
}

fn response(case: &Value) -> HttpResponse {
    let headers = case["headers"].as_object().expect("headers");
    HttpResponse {
        status: u16::try_from(case["status"].as_u64().expect("status")).expect("a status"),
        headers: headers.iter().map(|(name, value)| (name.clone(), text(value).to_owned())).collect(),
        body: case["body"].as_str().map_or_else(|| case["body"].to_string(), str::to_owned).into_bytes(),
    }
}

fn check_token(machine: &mut Machine, expected: &Value, now: Timestamp, name: &str) {
    let Action::Use { token, .. } = machine.poll(now) else { panic!("{name}: {:?}", machine.last_error()) };
    assert_eq!(token.value.expose(), text(&expected["access_token"]), "{name}");
    let expires_at = expected["expires_at"].as_u64().map(Timestamp::from_secs);
    assert_eq!(token.expires_at, expires_at, "{name}");
    let held = machine.refresh_token().map(|token| token.expose().to_owned());
    assert_eq!(held.as_deref(), expected.get("refresh_token").and_then(Value::as_str), "{name}");
    let bearer = json!({ "headers": { "authorization": format!("Bearer {}", token.value.expose()) } });
    let api_call = expected.get("api_call").unwrap_or(&bearer);
    for (carrier, found) in [("headers", &token.headers), ("extra_headers", &token.headers), ("query", &token.query)] {
        for (member, value) in api_call[carrier].as_object().into_iter().flatten() {
            let found = found.iter().find(|(known, _)| known == member).map(|(_, value)| value.expose());
            assert_eq!(found, value.as_str(), "{name}: {member}");
        }
    }
    for (member, value) in expected["captured"].as_object().into_iter().flatten() {
        let found = token.captured.iter().find(|(known, _)| known == member).map(|(_, value)| value.expose());
        assert_eq!(found, value.as_str(), "{name}: {member}");
    }
}

/// Sends what the machine wants to send, and answers it; the token request if one follows.
fn exchange(
    machine: &mut Machine,
    request: TokenRequest,
    case: &Value,
    now: Timestamp,
    name: &str,
) -> Option<TokenRequest> {
    let (request, input) = to_request(machine, request, now);
    check_request(&http(&request), &case["expect_request"], input.as_ref(), name);
    machine.on_response(request.serial, &response(&case["response"]), now)
}

/// The JWT is the token: nothing is sent.
fn check_minted(
    machine: &mut Machine,
    request: &TokenRequest,
    expected: &Value,
    expect: &Value,
    now: Timestamp,
    name: &str,
) {
    let Next::Sign(input) = &request.next else { panic!("{name}: a signature, and nothing else") };
    assert_eq!(machine.on_signature(request.serial, SIGNATURE, now), None, "{name}");
    let Action::Use { token, .. } = machine.poll(now) else { panic!("{name}: {:?}", machine.last_error()) };
    check_jwt(token.value.expose(), expected, input, name);
    assert_eq!(token.expires_at, expect["expires_at"].as_u64().map(Timestamp::from_secs), "{name}");
    for (carrier, found) in [("headers", &token.headers), ("query", &token.query)] {
        let wanted = expect["api_call"][carrier].as_object().cloned().unwrap_or_default();
        assert_eq!(found.len(), wanted.len(), "{name}: {carrier}");
        for (member, value) in wanted {
            let value = text(&value).replace("{access_token}", token.value.expose());
            let found = found.iter().find(|(known, _)| *known == member).map(|(_, value)| value.expose());
            assert_eq!(found, Some(value.as_str()), "{name}: {member}");
        }
    }
}

/// One case, by the profile alone.
fn check(profile: &Value, case: &Value, name: &str) {
    let now = Timestamp::from_secs(case["now"].as_u64().expect("now"));
    let mut machine = machine(profile, case);
    let Action::Send(request) = machine.poll(now) else { panic!("{name}: nothing in hand, so send") };
    if let Some(expected) = case.get("expect_jwt") {
        return check_minted(&mut machine, &request, expected, &case["expect"], now, name);
    }
    let mut next = exchange(&mut machine, request, case, now, name);
    for step in case["more_steps"].as_array().into_iter().flatten() {
        let request = next.unwrap_or_else(|| panic!("{name}: another step"));
        next = exchange(&mut machine, request, step, now, name);
    }
    assert_eq!(next, None, "{name}");
    check_token(&mut machine, &case["expect"], now, name);
    if let Some(refresh) = case.get("refresh") {
        machine.invalidate();
        let Action::Send(request) = machine.poll(now) else { panic!("{name}: send") };
        assert_eq!(exchange(&mut machine, request, refresh, now, name), None, "{name}");
        check_token(&mut machine, &refresh["expect"], now, name);
    }
    for (member, is_dead) in [("dead_token", true), ("live_token", false)] {
        for answer in case[member].as_array().into_iter().flatten() {
            let challenge = machine.client().read_challenge(&response(answer));
            assert_eq!(challenge.is_curable(), is_dead, "{name}: {answer}");
        }
    }
}

/// The last answer is an error: by default one that refuses.
fn check_error(profile: &Value, case: &Value, name: &str) {
    let now = Timestamp::from_secs(case["now"].as_u64().expect("now"));
    let mut machine = machine(profile, case);
    let Action::Send(mut request) = machine.poll(now) else { panic!("{name}: send") };
    let steps = case["more_steps"].as_array().map_or(&[][..], Vec::as_slice);
    let answers = core::iter::once(case).chain(steps).map(|exchange| &exchange["response"]).take(steps.len());
    for answer in answers {
        request = to_request(&mut machine, request, now).0;
        let next = machine.on_response(request.serial, &response(answer), now);
        request = next.unwrap_or_else(|| panic!("{name}: another step"));
    }
    request = to_request(&mut machine, request, now).0;
    let refused = &case["error_response"];
    machine.on_response(request.serial, &response(refused), now);
    let Action::Fail(error) = machine.poll(now) else { panic!("{name}: an error") };
    assert_eq!(error.code(), refused["expect"]["code"].as_str().unwrap_or("ERR_REFUSED"), "{name}");
    for (member, value) in refused["expect"].as_object().into_iter().flatten().filter(|(member, _)| *member != "code") {
        let reply = error.reply().expect("a reply");
        let found = match member.as_str() {
            "error" => &reply.error,
            "error_description" => &reply.description,
            other => panic!("{name}: {other}"),
        };
        assert_eq!(found.as_deref(), value.as_str(), "{name}: {member}");
    }
}

#[test]
fn every_case_by_its_profile_alone() {
    let cases = read(CASES);
    assert_eq!(cases.len(), 26);
    for case in cases.iter().chain(&read(FURTHER)) {
        let name = text(&case["name"]);
        check(&case["profile"], case, name);
        if case.get("error_response").is_some() {
            check_error(&case["profile"], case, name);
        }
    }
}

#[test]
fn every_shipped_profile_by_its_own_samples() {
    let names = |table: &[(&'static str, &str)]| table.iter().map(|(name, _)| *name).collect::<Vec<_>>();
    assert_eq!(names(providers::ALL), names(samples::ALL));
    for ((file, profile), (_, samples)) in providers::ALL.iter().zip(samples::ALL) {
        let profile: Value = serde_json::from_str(profile).expect("a profile");
        let samples = read(samples);
        assert!(!samples.is_empty(), "{file}: no sample");
        let has_rules = profile["resource_request"].get("invalid_token_when").is_some();
        assert_eq!(
            samples.iter().any(|sample| sample["dead_token"].is_array()),
            has_rules,
            "{file}: its rules are tried"
        );
        // The document of this one names neither a product nor a page.
        if *file != "basic-token-v2" {
            assert!(text(&profile["documentation"]).starts_with("https://"), "{file}: where are its documents?");
        }
        for (index, sample) in samples.iter().enumerate() {
            let name = format!("{file}[{index}] {}", sample["name"].as_str().unwrap_or_default());
            assert!(text(&sample["documentation"]).starts_with("https://"), "{name}: what page is it from?");
            check(&profile, sample, &name);
            assert_eq!(sample["dead_token"].is_null(), sample["live_token"].is_null(), "{name}: one without the other");
            if sample.get("error_response").is_some() {
                check_error(&profile, sample, &name);
            }
        }
    }
}

/// No profile and no sample lies beside the tables.
#[test]
#[cfg(not(target_arch = "wasm32"))]
fn the_tables_have_every_file() {
    for (folder, table) in [("providers", providers::ALL), ("tests/vectors/providers", samples::ALL)] {
        let mut files: Vec<String> = std::fs::read_dir(format!("{}/{folder}", env!("CARGO_MANIFEST_DIR")))
            .expect("a folder")
            .map(|entry| entry.expect("an entry").file_name().into_string().expect("UTF-8"))
            .filter(|name| name != "schema.json")
            .collect();
        files.sort();
        let mut known: Vec<String> = table.iter().map(|(name, _)| format!("{name}.json")).collect();
        known.sort();
        assert_eq!(files, known, "{folder}: `npm run docs` writes the tables");
    }
}
