//! A provider that is known by its issuer alone: what is asked of it, what of its answer counts, for how long.

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearerkit::{Action, ClientConfig, Error, TokenRequest, TransportFailure};
use serde_json::{Value, json};
use support::{Bench, body, http, network, secs};
#[cfg(target_arch = "wasm32")]
use wasm_bindgen_test::wasm_bindgen_test as test;

const DAY: u64 = 86_400;

fn issuer(issuer: &str) -> Bench {
    Bench::with(json!({ "provider": { "issuer": issuer } }))
}

fn metadata() -> Value {
    json!({ "issuer": "https://as.example", "token_endpoint": "https://as.example/token",
        "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"] })
}

fn with(member: &str, value: Value) -> Value {
    let mut metadata = metadata();
    metadata[member] = value;
    metadata
}

/// The token request that follows the metadata.
fn learn(bench: &mut Bench, metadata: Value) -> TokenRequest {
    let asked = bench.send();
    bench.answer(asked.serial, 200, metadata).expect("the token request")
}

fn header<'r>(request: &'r TokenRequest, name: &str) -> Option<&'r str> {
    http(request).headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose())
}

#[test]
fn the_metadata_are_read_first_and_kept_for_a_day() {
    let mut bench = issuer("https://as.example");
    let asked = bench.send();
    let request = http(&asked);
    assert_eq!((request.method, request.url.as_str()), ("GET", "https://as.example/.well-known/openid-configuration"));
    assert!(header(&asked, "authorization").is_none() && request.body.is_none(), "no secret is shown for them");
    let token = bench.answer(asked.serial, 200, metadata()).expect("the token request");
    assert_eq!((http(&token).url.as_str(), token.serial), ("https://as.example/token", asked.serial));
    assert!(header(&token, "authorization").expect("authenticated").starts_with("Basic "));
    bench.grant(token.serial, "a", 3600);
    assert_eq!(bench.used().0.value.expose(), "a");

    let again = bench.wait(secs(DAY - 1)).send();
    assert_eq!(http(&again).url, "https://as.example/token");
    bench.grant(again.serial, "b", 3600);
    let again = bench.wait(secs(3600)).send();
    assert_eq!(http(&again).url, "https://as.example/.well-known/openid-configuration");
}

#[test]
fn an_issuer_with_a_path_and_one_that_knows_rfc_8414_alone() {
    for (identifier, first, second) in [
        (
            "https://as.example/tenant",
            "https://as.example/tenant/.well-known/openid-configuration",
            "https://as.example/.well-known/oauth-authorization-server/tenant",
        ),
        (
            "https://as.example/",
            "https://as.example/.well-known/openid-configuration",
            "https://as.example/.well-known/oauth-authorization-server",
        ),
    ] {
        let mut bench = issuer(identifier);
        let asked = bench.send();
        assert_eq!(http(&asked).url, first);
        let asked = bench.answer(asked.serial, 404, json!("no such page")).expect("the other place");
        assert_eq!(http(&asked).url, second);
        let token = bench.answer(asked.serial, 200, with("issuer", identifier.into())).expect("the token request");
        assert_eq!(http(&token).url, "https://as.example/token");
    }
}

#[test]
fn metadata_that_cannot_be_trusted_end_it() {
    let without = |member: &str| {
        let mut metadata = metadata();
        metadata.as_object_mut().expect("an object").remove(member);
        metadata
    };
    for (metadata, named) in [
        (with("issuer", "https://as.example/".into()), "issuer"),
        (with("issuer", "https://AS.example".into()), "issuer"),
        (without("issuer"), "issuer"),
        (json!([]), "issuer"),
        (without("token_endpoint"), "token_endpoint"),
        (with("token_endpoint", "http://as.example/token".into()), "token_endpoint"),
        (with("token_endpoint", "https://u:p@as.example/token".into()), "token_endpoint"),
        (with("token_endpoint", "https://evil.example/{client_secret}".into()), "token_endpoint"),
        (with("revocation_endpoint", "javascript:0".into()), "revocation_endpoint"),
    ] {
        let mut bench = issuer("https://as.example");
        let asked = bench.send();
        assert_eq!(bench.answer(asked.serial, 200, metadata.clone()), None, "{metadata}");
        let Action::Fail(Error::BadResponse(reply)) = bench.poll() else { panic!("{metadata}") };
        let reason = reply.reason.expect("what is wrong");
        assert_eq!((reply.status, reply.host.as_deref()), (Some(200), Some("as.example")), "{metadata}");
        assert!(reason.contains(named) && !reason.contains("evil"), "{metadata}: {reason}");
    }
}

#[test]
fn an_issuer_that_is_none() {
    for (provider, path) in [
        (json!({ "issuer": "http://as.example" }), "provider.issuer"),
        (json!({ "issuer": "https://as.example?x=1" }), "provider.issuer"),
        (json!({ "issuer": "https://as.example#x" }), "provider.issuer"),
        (json!({ "issuer": "https://{tenant}.as.example" }), "provider.issuer"),
        (json!({ "issuer": "" }), "provider.issuer"),
        (json!({ "issuer": 7 }), "provider.issuer"),
        (json!({ "issuer": "https://as.example", "token_endpoint": "https://h/t" }), "provider.token_endpoint"),
    ] {
        let options = json!({ "provider": provider, "credentials": { "client_id": "a", "client_secret": "b" } });
        let found = ClientConfig::from_json(&options.to_string()).and_then(|client| client.check());
        let Err(Error::Options { path: found, .. }) = found else { panic!("{provider}") };
        assert_eq!(found, path, "{provider}");
    }
}

#[test]
fn the_way_to_authenticate_is_one_that_both_know() {
    let supported = |methods: &[&str]| with("token_endpoint_auth_methods_supported", json!(methods));
    let mut bench = issuer("https://as.example");
    let token = learn(&mut bench, supported(&["tls_client_auth", "client_secret_post"]));
    assert_eq!(body(&token), "grant_type=client_credentials&client_id=app&client_secret=s3cr3t");

    // Without a word of it, Basic (RFC 8414 §2).
    let mut plain = metadata();
    plain.as_object_mut().expect("an object").remove("token_endpoint_auth_methods_supported");
    let token = learn(&mut issuer("https://as.example"), plain);
    assert!(header(&token, "authorization").is_some());

    let public = json!({ "provider": { "issuer": "https://as.example" }, "credentials": { "client_id": "app" },
        "grant": { "type": "refresh_token", "refreshToken": "r" } });
    let client = ClientConfig::from_json(&public.to_string()).expect("good options");
    client.check().expect("nothing is missing: the server may want no secret");
    let mut bench = Bench { machine: bearerkit::Machine::new(client, 1), ..Bench::plain() };
    let token = learn(&mut bench, supported(&["client_secret_basic", "none"]));
    assert_eq!(body(&token), "grant_type=refresh_token&refresh_token=r&client_id=app");

    // What the profile says counts.
    let provider = json!({ "issuer": "https://as.example", "token_endpoint_auth_method": "client_secret_post",
        "parameters": { "audience": "x" } });
    let mut bench = Bench::with(json!({ "provider": provider }));
    let token = learn(&mut bench, supported(&["client_secret_basic"]));
    assert_eq!(body(&token), "grant_type=client_credentials&client_id=app&client_secret=s3cr3t&audience=x");
}

#[test]
fn a_key_signs_with_the_best_algorithm_that_it_and_the_server_know() {
    let ec = |crv: &str| json!({ "kty": "EC", "crv": crv, "x": "x", "y": "y", "d": "d" });
    let rsa = json!({ "kty": "RSA", "n": "n", "e": "AQAB", "d": "d" });
    let ed = json!({ "kty": "OKP", "crv": "Ed25519", "x": "x", "d": "d" });
    let all = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA"];
    for (key, listed, chosen) in [
        (ec("P-256"), &all[..], "ES256"),
        (ec("P-384"), &all, "ES384"),
        (ec("P-521"), &all, "ES512"),
        (ed.clone(), &all, "EdDSA"),
        (ed.clone(), &["RS256", "Ed25519"], "Ed25519"),
        (rsa.clone(), &all, "PS256"),
        (rsa.clone(), &["RS256", "ES256"], "RS256"),
        (rsa.clone(), &["RS512", "RS384"], "RS384"),
        // Nothing that fits: what the server says of it is clearer than a guess.
        (rsa.clone(), &["ES256"], "RS256"),
        (rsa, &[], "RS256"),
        (ec("P-256"), &[], "ES256"),
        (ed, &[], "EdDSA"),
    ] {
        let mut bench = Bench::with(json!({ "provider": { "issuer": "https://as.example" },
            "credentials": { "client_id": "app", "private_key": key } }));
        let mut metadata = with("token_endpoint_auth_methods_supported", json!(["private_key_jwt"]));
        if !listed.is_empty() {
            metadata["token_endpoint_auth_signing_alg_values_supported"] = json!(listed);
        }
        let bearerkit::Next::Sign(input) = learn(&mut bench, metadata).next else { panic!("to be signed") };
        assert_eq!(input.alg.name(), chosen, "{listed:?}");
    }
}

#[test]
fn a_signer_elsewhere_is_a_key_too() {
    let mut bench = Bench::with(json!({ "provider": { "issuer": "https://as.example" },
        "credentials": { "client_id": "app" }, "sign": null }));
    let metadata = with("token_endpoint_auth_methods_supported", json!(["private_key_jwt", "none"]));
    let bearerkit::Next::Sign(input) = learn(&mut bench, metadata).next else { panic!("to be signed") };
    assert_eq!((input.alg.name(), input.key.expose()), ("RS256", ""));
}

#[test]
fn a_client_assertion_is_for_the_issuer() {
    let provider = json!({ "issuer": "https://as.example", "token_endpoint_auth_method": "client_secret_jwt" });
    let mut bench = Bench::with(json!({ "provider": provider }));
    let mut metadata = with("revocation_endpoint", "https://as.example/revoke".into());
    metadata["revocation_endpoint_auth_methods_supported"] = json!(["client_secret_jwt"]);
    let token = learn(&mut bench, metadata);
    let bearerkit::Next::Sign(input) = &token.next else { panic!("to be signed") };
    assert_eq!(claims(input)["aud"], "https://as.example");
    let token = bench.machine.on_signature(token.serial, b"signature", bench.now).expect("the token request");
    bench.grant(token.serial, "a", 3600);
    let revocations = bench.machine.revocations(bench.now).expect("an endpoint");
    let bearerkit::Next::Sign(input) = &revocations[0].next else { panic!("to be signed") };
    assert_eq!(claims(input)["aud"], "https://as.example", "one audience, whichever endpoint is asked");
}

#[test]
fn an_endpoint_that_wants_another_authentication_gets_it() {
    for (supported, shown) in [
        (json!(["client_secret_post", "client_secret_basic"]), "Basic YXBwOnMzY3IzdA=="),
        (json!(["client_secret_post"]), "token=b&client_id=app&client_secret=s3cr3t"),
        // Which of these it is, the credentials cannot serve.
        (json!(["private_key_jwt"]), "Basic YXBwOnMzY3IzdA=="),
    ] {
        let mut bench = issuer("https://as.example");
        let mut metadata = with("introspection_endpoint", "https://as.example/introspect".into());
        metadata["introspection_endpoint_auth_methods_supported"] = supported.clone();
        let token = learn(&mut bench, metadata);
        bench.grant(token.serial, "a", 3600);
        let inquiry = bench.machine.introspection(&bearerkit::Secret::new("b"), bench.now).expect("an endpoint");
        let bearerkit::Next::Send(request) = inquiry.next else { panic!("to be sent") };
        let authorization = request.headers.iter().find(|(name, _)| name == "authorization");
        let found = authorization
            .map_or(request.body.expect("a form").expose().to_owned(), |(_, value)| value.expose().to_owned());
        let sorted = |text: &str| {
            let mut pairs: Vec<_> = text.split('&').map(str::to_owned).collect();
            pairs.sort();
            pairs
        };
        assert_eq!(sorted(&found), sorted(shown), "{supported}");
    }
}

fn claims(input: &bearerkit::SigningInput) -> serde_json::Value {
    let claims = input.input.split('.').nth(1).expect("claims");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("Base64")).expect("JSON")
}

#[test]
fn a_server_that_is_unwell_is_backed_off_as_a_token_endpoint_is() {
    let mut bench = Bench::with(json!({ "provider": { "issuer": "https://as.example" }, "patience": 0 }));
    let asked = bench.send();
    bench.answer_with(asked.serial, 429, &[("Retry-After", "20")], json!({}));
    assert_eq!(bench.failed().code(), "ERR_RATE_LIMITED");
    let asked = bench.wait(secs(21)).send();
    bench.fail(asked.serial, TransportFailure::Timeout);
    assert_eq!(bench.failed().code(), "ERR_TIMEOUT");
    // No metadata at all is no answer of the token endpoint.
    let asked = bench.wait(secs(2)).send();
    let asked = bench.answer(asked.serial, 404, json!({})).expect("the other place");
    bench.answer(asked.serial, 401, json!({}));
    let error = bench.failed();
    assert_eq!((error.code(), error.status()), ("ERR_BAD_RESPONSE", Some(401)));
}

#[test]
fn metadata_that_cannot_be_read_again_are_used_a_while_longer() {
    for unwell in [404, 503, 200] {
        let mut bench = issuer("https://as.example");
        let token = learn(&mut bench, metadata());
        bench.grant(token.serial, "a", 3600);
        let asked = bench.wait(secs(DAY)).send();
        assert!(http(&asked).url.ends_with("openid-configuration"));
        let mut next = bench.answer(asked.serial, unwell, json!({})).expect("a request");
        if unwell == 404 {
            next = bench.answer(next.serial, 404, json!({})).expect("a request");
        }
        assert_eq!(http(&next).url, "https://as.example/token", "{unwell}");
        bench.grant(next.serial, "b", 60);
        assert!(http(&bench.wait(secs(600)).send()).url.ends_with("/token"));
    }
    // No answer at all: after the back-off.
    let mut bench = issuer("https://as.example");
    let token = learn(&mut bench, metadata());
    bench.grant(token.serial, "a", 3600);
    let asked = bench.wait(secs(DAY)).send();
    bench.fail(asked.serial, network());
    assert!(http(&bench.wait(secs(2)).send()).url.ends_with("/token"));
}

#[test]
fn a_refresh_token_outlives_an_issuer_without_metadata() {
    let mut bench = Bench::with(json!({ "provider": { "issuer": "https://as.example" },
        "grant": { "type": "refresh_token", "refreshToken": "r" } }));
    let asked = bench.send();
    let asked = bench.answer(asked.serial, 404, json!({})).expect("the other place");
    bench.answer(asked.serial, 400, json!({ "error": "invalid_grant" }));
    assert!(bench.machine.refresh_token().is_some());
    let token = learn(bench.wait(secs(30)), metadata());
    assert_eq!(body(&token), "grant_type=refresh_token&refresh_token=r");
}

#[test]
fn revocation_and_introspection_use_its_endpoints() {
    let mut bench = issuer("https://as.example");
    let mut metadata = with("revocation_endpoint", "https://as.example/revoke".into());
    metadata["introspection_endpoint"] = "https://as.example/introspect".into();
    let token = learn(&mut bench, metadata);
    bench.grant(token.serial, "a", 3600);
    let revocations = bench.machine.revocations(bench.now).expect("an endpoint");
    let bearerkit::Next::Send(request) = &revocations[0].next else { panic!("to be sent") };
    assert_eq!(request.url, "https://as.example/revoke");
    let token = bearerkit::Secret::new("b&c");
    let inquiry = bench.machine.introspection(&token, bench.now).expect("an endpoint");
    let bearerkit::Next::Send(request) = inquiry.next else { panic!("to be sent") };
    assert_eq!(request.url, "https://as.example/introspect");
    assert_eq!(request.body.expect("a form").expose(), "token=b%26c");
}
