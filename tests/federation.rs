//! Identities of a platform in the place of a secret, token exchange, and JWTs that are the API's token.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearerkit::{
    Action, ClientConfig, Credentials, Error, Grant, HttpRequest, HttpResponse, Machine, Next, Provider, Serial,
    Timestamp, TokenRequest, Verdict,
};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);
const EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

fn jwt(claims: &Value) -> String {
    format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string()))
}

fn client(options: &Value) -> ClientConfig {
    ClientConfig::from_json(&options.to_string()).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(options: &Value) -> String {
    ClientConfig::from_json(&options.to_string()).err().map(|error| error.to_string()).unwrap_or_default()
}

fn asked(machine: &mut Machine, now: Timestamp) -> TokenRequest {
    match machine.poll(now) {
        Action::Send(request) => request,
        other => panic!("{other:?}"),
    }
}

fn http(request: &TokenRequest) -> HttpRequest {
    let Next::Send(http) = &request.next else { panic!("{request:?}") };
    http.clone()
}

fn body_of(options: &Value) -> String {
    let mut machine = Machine::new(client(options), 1);
    http(&asked(&mut machine, NOW)).body.map(|body| body.expose().to_owned()).unwrap_or_default()
}

fn answer(status: u16, body: &Value) -> HttpResponse {
    HttpResponse { status, headers: vec![], body: body.to_string().into_bytes() }
}

fn plain(more: &Value, credentials: &Value) -> Value {
    let mut provider = json!({ "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "none" });
    for (name, member) in more.as_object().unwrap() {
        provider[name] = member.clone();
    }
    json!({ "provider": provider, "credentials": credentials })
}

#[test]
fn a_jwt_that_someone_else_signed_authenticates_the_client() {
    let options = plain(
        &json!({ "token_endpoint_auth_method": "private_key_jwt", "assertion": { "token": "{identity_token}" } }),
        &json!({ "client_id": "app", "identity_token": "a.b.c" }),
    );
    assert_eq!(
        body_of(&options),
        "grant_type=client_credentials&client_id=app\
         &client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer&client_assertion=a.b.c"
    );
    let missing = plain(
        &json!({ "token_endpoint_auth_method": "private_key_jwt", "assertion": { "token": "{identity_token}" } }),
        &json!({ "client_id": "app" }),
    );
    assert!(refusal(&missing).starts_with("provider.assertion.token: uses {identity_token}"), "{}", refusal(&missing));
}

#[test]
fn a_jwt_that_someone_else_signed_is_the_grant() {
    let options = plain(
        &json!({ "grant_type": JWT_BEARER, "request_format": "json", "assertion": { "use": "grant", "token": "{jwt}" } }),
        &json!({ "jwt": "a.b.c" }),
    );
    assert_eq!(body_of(&options), format!(r#"{{"grant_type":"{JWT_BEARER}","assertion":"a.b.c"}}"#));
}

#[test]
fn it_is_never_signed_anew_and_a_dead_one_is_named() {
    let dead = jwt(&json!({ "exp": 1_699_999_000 }));
    let options = plain(
        &json!({ "token_endpoint_auth_method": "private_key_jwt", "assertion": { "token": "{identity_token}" } }),
        &json!({ "client_id": "app", "identity_token": dead }),
    );
    let mut machine = Machine::new(client(&options), 1);
    let request = asked(&mut machine, NOW);
    // An hour off: what is signed here would be signed once more.
    let headers = vec![("date".to_owned(), "Tue, 14 Nov 2023 23:13:20 GMT".to_owned())];
    let refused = HttpResponse { headers, ..answer(401, &json!({ "error": "invalid_client" })) };
    assert_eq!(machine.on_response(request.serial, &refused, NOW), None);
    let told = machine.last_error().unwrap().to_string();
    assert!(told.ends_with("; the JWT in credentials.identity_token has expired"), "{told}");
    assert!(!told.contains(&dead));
}

#[test]
fn members_that_say_how_to_sign_contradict_it() {
    for (name, member) in [
        ("alg", json!("RS256")),
        ("key", json!("k")),
        ("lifetime", json!(1)),
        ("header", json!({})),
        ("claims", json!({})),
    ] {
        let mut assertion = json!({ "use": "grant", "token": "{jwt}" });
        assertion[name] = member;
        let told = refusal(&plain(&json!({ "assertion": assertion }), &json!({ "jwt": "x" })));
        assert!(told.starts_with(&format!("provider.assertion.{name}: contradicts assertion.token")), "{told}");
    }
    let secret = json!({ "token_endpoint_auth_method": "client_secret_jwt", "assertion": { "token": "{jwt}" } });
    let told = refusal(&plain(&secret, &json!({ "client_id": "a", "client_secret": "b", "jwt": "x" })));
    assert_eq!(told, "provider.assertion.token: requires token_endpoint_auth_method \"private_key_jwt\"");
}

#[test]
fn grants_take_from_the_credentials_what_their_rfc_calls_so() {
    let exchange = |credentials| plain(&json!({ "grant_type": EXCHANGE }), &credentials);
    let grant = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange";
    let kind = "urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3A";
    for (credentials, body) in [
        (json!({ "subject_token": "s" }), format!("{grant}&subject_token=s&subject_token_type={kind}jwt")),
        (
            json!({ "subject_token": "s", "subject_token_type": "id_token", "actor_token": "a", "requested_token_type": "id-jag" }),
            format!(
                "{grant}&subject_token=s&subject_token_type={kind}id_token&actor_token=a&actor_token_type={kind}jwt\
                 &requested_token_type={kind}id-jag"
            ),
        ),
        (
            json!({ "subject_token": "s", "subject_token_type": "urn:x:y", "actor_token_type": "jwt" }),
            format!("{grant}&subject_token=s&subject_token_type=urn%3Ax%3Ay"),
        ),
    ] {
        assert_eq!(body_of(&exchange(credentials)), body);
    }
    assert_eq!(
        refusal(&exchange(json!({ "client_id": "a" }))),
        "credentials.subject_token: missing; the profile's grant_type needs it"
    );
    for grant_type in [JWT_BEARER, "urn:ietf:params:oauth:grant-type:saml2-bearer"] {
        let options = plain(&json!({ "grant_type": grant_type }), &json!({ "assertion": "j" }));
        assert!(body_of(&options).ends_with("&assertion=j"));
        let missing = plain(&json!({ "grant_type": grant_type }), &json!({}));
        assert!(refusal(&missing).starts_with("credentials.assertion: missing"));
    }
}

#[test]
fn what_the_profile_or_the_options_say_goes_before_the_credentials() {
    let own = json!({ "grant_type": EXCHANGE, "parameters": { "subject_token": "{id}", "subject_token_type": "t:1" } });
    let body = body_of(&plain(&own, &json!({ "id": "s", "subject_token": "no" })));
    assert!(body.ends_with("&subject_token=s&subject_token_type=t%3A1"), "{body}");
    let mut options = plain(&json!({ "grant_type": EXCHANGE }), &json!({ "client_id": "a" }));
    options["parameters"] = json!({ "subject_token": "s", "subject_token_type": "t:1" });
    let body = body_of(&options);
    assert!(body.ends_with("exchange&subject_token=s&subject_token_type=t%3A1"), "{body}");
}

#[test]
fn an_array_item_that_is_the_scope_is_one_for_each_value() {
    let provider = json!({
        "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "none", "grant_type": null,
        "request_format": "json", "parameters": { "scope": ["{scope}"], "text": ["x {scope}"], "deep": { "a": ["z", "{scope}"] } },
    });
    let with = |scope: &Value| json!({ "provider": provider, "credentials": { "client_id": "x" }, "scope": scope });
    assert_eq!(body_of(&with(&json!("a b"))), r#"{"deep":{"a":["z","a","b"]},"scope":["a","b"],"text":["x a b"]}"#);
    assert_eq!(body_of(&with(&json!([]))), r#"{"deep":{"a":["z"]},"scope":[],"text":[]}"#);
    let form = json!({
        "token_endpoint": "https://as.example/token", "token_endpoint_auth_method": "none", "grant_type": null,
        "parameters": { "scope": ["{scope}"] },
    });
    let options = json!({ "provider": form, "credentials": { "client_id": "x" }, "scope": "a b" });
    assert_eq!(body_of(&options), "scope=a&scope=b");
}

/// RFC 8693 §2.3 and appendix A.1.1, A.2.1, to the byte but for the order and the line breaks.
#[test]
fn the_examples_of_rfc_8693() {
    let subject = "accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC";
    let resource = "https://backend.example.com/api";
    let options = json!({
        "provider": { "token_endpoint": "https://as.example.com/as/token.oauth2" },
        "credentials": { "client_id": "rs08", "client_secret": "long-secure-random-secret" },
        "grant": { "type": EXCHANGE, "subjectToken": subject, "subjectTokenType": "access_token" },
        "resource": resource,
    });
    let mut machine = Machine::new(client(&options), 1);
    let request = asked(&mut machine, NOW);
    let sent = http(&request);
    let header = |name: &str| sent.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.expose());
    assert_eq!(header("authorization"), Some("Basic cnMwODpsb25nLXNlY3VyZS1yYW5kb20tc2VjcmV0"));
    assert_eq!(header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(
        sent.body.unwrap().expose(),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange\
         &subject_token=accVkjcJyb4BWCxGsndESCJQbdFMogUC5PbRDqceLTC\
         &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aaccess_token\
         &resource=https%3A%2F%2Fbackend.example.com%2Fapi"
    );
    let body = json!({
        "access_token": "eyJhbGciOiJFUzI1NiIsImtpZCI6IjllciJ9.eyJhdWQiOiJodHRwczovL2JhY2tlbmQuZXhhbXBsZS5jb20iLCJpc3MiOiJodHRwczovL2FzLmV4YW1wbGUuY29tIiwiZXhwIjoxNDQxOTE3NTkzLCJpYXQiOjE0NDE5MTc1MzMsInN1YiI6ImJkY0BleGFtcGxlLmNvbSIsInNjb3BlIjoiYXBpIn0.40y3ZgQedw6rxf59WlwHDD9jryFOr0_Wh3CGozQBihNBhnXEQgU85AI9x3KmsPottVMLPIWvmDCMy5-kdXjwhw",
        "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": 60,
    });
    let sent_at = Timestamp::from_secs(1_441_917_533);
    let mut machine = Machine::new(client(&options), 1);
    let request = asked(&mut machine, sent_at);
    machine.on_response(request.serial, &answer(200, &body), sent_at);
    let Action::Use { token, .. } = machine.poll(sent_at) else { panic!() };
    assert_eq!(token.issued_token_type.as_deref(), Some("urn:ietf:params:oauth:token-type:access_token"));
    assert_eq!(token.expires_at, Some(Timestamp::from_secs(1_441_917_593)));

    // Appendix A: impersonation and delegation.
    let bearer = "eyJhbGciOiJFUzI1NiIsImtpZCI6IjE2In0.eyJhdWQiOiJodHRwczovL2FzLmV4YW1wbGUuY29tIn0.c2ln";
    let mut grant = json!({
        "type": EXCHANGE, "subjectToken": bearer, "subjectTokenType": "urn:ietf:params:oauth:token-type:jwt",
        "audience": "urn:example:cooperation-context",
    });
    let mut options = json!({
        "provider": { "token_endpoint": "https://as.example.com/as/token.oauth2", "token_endpoint_auth_method": "none" },
        "credentials": {}, "grant": grant, "scope": "status feed",
    });
    options["grant"]["requestedTokenType"] = json!("urn:ietf:params:oauth:token-type:jwt");
    assert_eq!(
        body_of(&options),
        format!(
            "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token={bearer}\
             &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt\
             &requested_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt\
             &audience=urn%3Aexample%3Acooperation-context&scope=status+feed"
        )
    );
    grant["actorToken"] = json!("actor");
    grant["actorTokenType"] = json!("jwt");
    grant["audience"] = json!(["urn:a", "urn:b"]);
    options["grant"] = grant;
    let body = body_of(&options);
    assert!(
        body.contains("&actor_token=actor&actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt"),
        "{body}"
    );
    assert!(body.contains("&audience=urn%3Aa&audience=urn%3Ab"), "{body}");
}

#[test]
fn a_grant_is_checked() {
    for (grant, told) in [
        (json!({ "type": EXCHANGE }), "grant.subjectToken: expected a non-empty string"),
        (json!({ "type": EXCHANGE, "subjectToken": "s" }), "grant.subjectTokenType: expected a non-empty string"),
        (
            json!({ "type": EXCHANGE, "subjectToken": "s", "subjectTokenType": "acess_token" }),
            "grant.subjectTokenType: expected a URI, or its last word, such as jwt, id_token or access_token",
        ),
        (
            json!({ "type": EXCHANGE, "subjectToken": "s", "subjectTokenType": "jwt", "actorToken": "a" }),
            "grant.actorToken: actorToken and actorTokenType go together",
        ),
        (
            json!({ "type": EXCHANGE, "subjectToken": "s", "subjectTokenType": "jwt", "actorTokenType": "jwt" }),
            "grant.actorToken: actorToken and actorTokenType go together",
        ),
        (
            json!({ "type": EXCHANGE, "subjectToken": "s", "subjectTokenType": "jwt", "audience": 1 }),
            "grant.audience: expected a string or an array of strings, found a number",
        ),
        (
            json!({ "type": EXCHANGE, "subjectToken": "s", "subjectTokenType": "jwt", "subjectToke": "x" }),
            "grant.subjectToke: unknown member of this grant; is \"subjectToken\" meant?",
        ),
        (json!({ "type": JWT_BEARER }), "grant.assertion: expected a non-empty string"),
        (json!({ "type": EXCHANGE, "parameters": { "subject_token": "s" } }), ""),
        (json!({ "type": JWT_BEARER, "parameters": { "assertion": "s" } }), ""),
        (json!({ "type": JWT_BEARER, "assertion": "s" }), ""),
    ] {
        let options = json!({ "provider": "https://as.example/t", "credentials": { "client_id": "a", "client_secret": "s" }, "grant": grant });
        assert_eq!(refusal(&options), told, "{grant}");
    }
}

#[test]
fn n_a_passes_for_a_token_exchange_alone_and_never_becomes_a_header() {
    let options = plain(&json!({ "grant_type": EXCHANGE }), &json!({ "subject_token": "s" }));
    for token_type in ["N_A", "n_a"] {
        let mut machine = Machine::new(client(&options), 1);
        let request = asked(&mut machine, NOW);
        machine.on_response(
            request.serial,
            &answer(200, &json!({ "access_token": "t", "token_type": token_type })),
            NOW,
        );
        let Action::Use { token, .. } = machine.poll(NOW) else { panic!() };
        assert_eq!((token.value.expose(), token.token_type.as_str()), ("t", "N_A"));
        assert!(token.headers.is_empty() && token.query.is_empty());
    }
    let mut machine = Machine::new(client(&plain(&json!({}), &json!({}))), 1);
    let request = asked(&mut machine, NOW);
    machine.on_response(request.serial, &answer(200, &json!({ "access_token": "t", "token_type": "N_A" })), NOW);
    assert!(machine.last_error().unwrap().to_string().contains("token_type"));
}

#[test]
fn the_grants_of_rust() {
    let provider = || {
        Provider::from_json(r#"{"token_endpoint": "https://as.example/t", "token_endpoint_auth_method": "none"}"#)
            .unwrap()
    };
    let body = |grant| {
        let mut machine = Machine::new(ClientConfig::new(provider(), Credentials::new()).with_grant(grant), 1);
        http(&asked(&mut machine, NOW)).body.unwrap().expose().to_owned()
    };
    let exchange = Grant::TokenExchange {
        subject_token: bearerkit::Secret::new("s"),
        subject_token_type: "jwt".to_owned(),
        actor: Some((bearerkit::Secret::new("a"), "id_token".to_owned())),
        requested_token_type: None,
        audience: vec!["x".to_owned()],
    };
    assert_eq!(
        body(exchange),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Atoken-exchange&subject_token=s\
         &subject_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Ajwt&actor_token=a\
         &actor_token_type=urn%3Aietf%3Aparams%3Aoauth%3Atoken-type%3Aid_token&audience=x"
    );
    assert_eq!(
        body(Grant::JwtBearer(bearerkit::Secret::new("j"))),
        "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=j"
    );
}

#[test]
fn what_a_server_echoes_of_a_subject_is_redacted() {
    let grant = json!({
        "type": EXCHANGE, "subjectToken": "the-subject-s3cret", "subjectTokenType": "jwt",
        "actorToken": "the-actor-s3cret", "actorTokenType": "jwt",
    });
    let mut options = plain(&json!({}), &json!({}));
    options["grant"] = grant;
    let mut machine = Machine::new(client(&options), 1);
    let request = asked(&mut machine, NOW);
    let echo = json!({ "error": "invalid_grant", "error_description": "bad the-subject-s3cret, the-actor-s3cret" });
    assert_eq!(machine.on_response(request.serial, &answer(400, &echo), NOW), None, "it is not tried again");
    let told = machine.last_error().unwrap().to_string();
    assert!(!told.contains("s3cret"), "{told}");
    assert!(matches!(machine.poll(NOW), Action::Fail(Error::Refused(_))));
}

/// A platform makes a token for each request: no server gets a request per call for that.
#[test]
fn another_identity_is_no_reason_to_ask_a_server_again_that_refused_one() {
    let options = plain(&json!({ "grant_type": EXCHANGE }), &json!({ "subject_token": "made-up" }));
    let identity = |exp: u64, id: u64| Credentials::new().with("subject_token", jwt(&json!({ "exp": exp, "jti": id })));
    let mut machine = Machine::new(client(&options).with_asked_credentials(), 1);
    let request = asked(&mut machine, NOW);
    let request = machine.on_credentials(request.serial, identity(1_700_000_300, 1), NOW).unwrap();
    // Refused credentials are asked for once more. These are as good as the ones before.
    let request =
        machine.on_response(request.serial, &answer(401, &json!({ "error": "invalid_client" })), NOW).unwrap();
    assert!(matches!(request.next, Next::Credentials));
    assert_eq!(machine.on_credentials(request.serial, identity(1_700_000_400, 2), NOW), None);
    assert!(matches!(machine.poll(NOW), Action::Fail(_)));
    machine.replace_credentials(identity(1_700_000_500, 3));
    assert!(matches!(machine.poll(NOW), Action::Fail(_)), "nor during the cooldown");
    machine.replace_credentials(identity(1_700_000_500, 3).with("client_id", "another"));
    assert!(matches!(machine.poll(NOW), Action::Send(_)), "other credentials are");
}

#[test]
fn a_new_identity_in_the_place_of_a_dead_one_is() {
    let options = plain(&json!({ "grant_type": EXCHANGE }), &json!({ "subject_token": "made-up" }));
    let identity = |exp: u64| Credentials::new().with("subject_token", jwt(&json!({ "exp": exp })));
    let mut machine = Machine::new(client(&options).with_asked_credentials(), 1);
    let request = asked(&mut machine, NOW);
    let request = machine.on_credentials(request.serial, identity(1_699_999_999), NOW).unwrap();
    let request =
        machine.on_response(request.serial, &answer(401, &json!({ "error": "invalid_client" })), NOW).unwrap();
    let request = machine.on_credentials(request.serial, identity(1_700_000_300), NOW).unwrap();
    assert!(matches!(request.next, Next::Send(_)));
}

fn minted(more: &Value) -> Value {
    let mut assertion = json!({
        "use": "access_token", "alg": "ES256", "lifetime": 900, "header": { "kid": "{key_id}" },
        "claims": { "iss": "{issuer_id}", "aud": "appstoreconnect-v1", "scope": ["{scope}"] },
    });
    for (name, member) in more.as_object().unwrap() {
        assertion[name] = member.clone();
    }
    json!({
        "provider": { "assertion": assertion, "resource_request": { "origins": ["https://api.appstoreconnect.apple.com"] } },
        "credentials": { "key_id": "K", "issuer_id": "I", "private_key": "a name in a key store" },
        "scope": "a b",
    })
}

/// The JWT is the token: nothing but a signature is asked for.
fn sign(machine: &mut Machine, now: Timestamp) -> (Serial, String) {
    let request = asked(machine, now);
    let Next::Sign(input) = request.next else { panic!("{request:?}") };
    assert_eq!(request.host, None);
    assert_eq!(machine.on_signature(request.serial, b"signature", now), None);
    (request.serial, input.input)
}

#[test]
fn a_jwt_is_the_token() {
    let mut machine = Machine::new(client(&minted(&json!({}))), 1);
    let (serial, input) = sign(&mut machine, NOW);
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(input.split_once('.').unwrap().1).unwrap()).unwrap();
    assert_eq!(
        claims,
        json!({ "iss": "I", "aud": "appstoreconnect-v1", "scope": ["a", "b"], "iat": 1_700_000_000, "exp": 1_700_000_900 })
    );
    let Action::Use { token, renew: None } = machine.poll(NOW) else { panic!() };
    assert_eq!((token.serial, token.value.expose()), (serial, format!("{input}.c2lnbmF0dXJl").as_str()));
    assert_eq!(token.expires_at, Some(Timestamp::from_secs(1_700_000_900)));
    assert_eq!(token.headers[0].1.expose(), format!("Bearer {input}.c2lnbmF0dXJl"));
}

/// Each cell of the machine's table, but for the cooldown, which no server can start.
#[test]
fn its_life_cycle() {
    let mut machine = Machine::new(client(&minted(&json!({}))), 1);
    let request = asked(&mut machine, NOW);
    assert!(matches!(machine.poll(NOW), Action::Wait { .. }), "none, in flight");
    machine.on_signature(request.serial, b"one", NOW);
    assert!(matches!(machine.poll(NOW), Action::Use { renew: None, .. }), "fresh, idle");
    let stale = NOW.plus(Duration::from_secs(880));
    let Action::Use { token, renew: Some(renewal) } = machine.poll(stale) else { panic!("stale, idle") };
    assert_eq!(token.serial, request.serial);
    assert!(matches!(machine.poll(stale), Action::Use { renew: None, .. }), "stale, in flight");
    machine.on_signature(renewal.serial, b"two", stale);
    let Action::Use { token, renew: None } = machine.poll(stale) else { panic!("renewed") };
    assert_eq!((token.serial, token.expires_at), (renewal.serial, Some(Timestamp::from_secs(1_700_001_780))));
    assert!(matches!(machine.poll(NOW.plus(Duration::from_secs(9_000))), Action::Send(_)), "expired, idle");
}

#[test]
fn a_401_renews_it_once_and_a_fresh_one_opens_the_gate() {
    let mut machine = Machine::new(client(&minted(&json!({}))), 1);
    let (first, _) = sign(&mut machine, NOW);
    let challenge = bearerkit::Challenge::new(401, None, None);
    assert_eq!(machine.on_unauthorized(first, &challenge, NOW), Verdict::Retry);
    let later = NOW.plus(Duration::from_secs(1));
    let (second, _) = sign(&mut machine, later);
    assert_eq!(machine.on_unauthorized(first, &challenge, later), Verdict::Retry, "it is gone already");
    assert_eq!(machine.on_unauthorized(second, &challenge, later), Verdict::Return);
    assert!(matches!(machine.poll(later), Action::Use { renew: None, .. }), "it is not signed for each call");
}

#[test]
fn without_exp_its_lifetime_dates_it() {
    let mut machine =
        Machine::new(client(&minted(&json!({ "lifetime": 3000, "claims": { "iss": "I", "exp": null } }))), 1);
    let (_, input) = sign(&mut machine, NOW);
    let claims: Value =
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(input.split_once('.').unwrap().1).unwrap()).unwrap();
    assert_eq!(claims, json!({ "iss": "I", "iat": 1_700_000_000 }));
    let Action::Use { token, .. } = machine.poll(NOW) else { panic!() };
    assert_eq!(token.expires_at, Some(Timestamp::from_secs(1_700_003_000)));
}

#[test]
fn a_signer_that_fails_is_the_fault_of_the_options_and_the_next_call_signs_again() {
    let mut machine = Machine::new(client(&minted(&json!({}))), 1);
    let request = asked(&mut machine, NOW);
    machine.on_unable(request.serial, "credentials", "the key cannot sign with ES256", NOW);
    let Action::Fail(error) = machine.poll(NOW) else { panic!() };
    assert_eq!(error.to_string(), "credentials: the key cannot sign with ES256");
    sign(&mut machine, NOW.plus(Duration::from_secs(31)));
}

#[test]
fn what_would_say_how_to_send_a_request_contradicts_it() {
    for (name, member) in [
        ("token_endpoint", json!("https://as.example/t")),
        ("issuer", json!("https://as.example")),
        ("grant_type", json!(null)),
        ("parameters", json!({})),
        ("response", json!({})),
        ("refresh", json!({})),
        ("steps", json!([])),
        ("revocation_endpoint", json!("https://as.example/r")),
        ("introspection_endpoint", json!(null)),
        ("authorization_endpoint", json!(null)),
    ] {
        let mut options = minted(&json!({}));
        options["provider"][name] = member;
        assert_eq!(
            refusal(&options),
            format!("provider.{name}: assertion.use is \"access_token\": the JWT is the token, and no request is sent")
        );
    }
    let told = refusal(&minted(&json!({ "token": "{x}" })));
    assert!(told.starts_with("provider.assertion.token: contradicts use \"access_token\""), "{told}");
    for (name, option) in [
        ("grant", json!({ "type": "client_credentials" })),
        ("parameters", json!({})),
        ("resource", json!("https://x.example")),
    ] {
        let mut options = minted(&json!({}));
        options[name] = option;
        let told = refusal(&options);
        assert!(told.starts_with(&format!("{name}: the profile's assertion is the token")), "{told}");
    }
    for (place, own) in [
        (
            "steps[0]",
            json!({ "steps": [{ "token_endpoint": "https://a.example", "assertion": { "use": "access_token" } }] }),
        ),
        ("refresh", json!({ "refresh": { "assertion": { "use": "access_token" } } })),
    ] {
        let told = refusal(&plain(&own, &json!({})));
        assert!(
            told.starts_with(&format!("provider.{place}.assertion.use: \"access_token\" is for the profile")),
            "{told}"
        );
    }
}

/// It has no random tests on wasm.
#[cfg(not(target_arch = "wasm32"))]
mod random {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Whatever the subjects are: two of them never share a token, and the same one does.
        #[test]
        fn subjects_never_share_a_token(subjects in proptest::collection::vec("[ -~]{1,12}", 2..6)) {
            let mut bodies = HashSet::new();
            for subject in &subjects {
                let mut options = plain(&json!({}), &json!({}));
                options["grant"] = json!({ "type": EXCHANGE, "subjectToken": subject, "subjectTokenType": "jwt" });
                bodies.insert(body_of(&options));
            }
            prop_assert_eq!(bodies.len(), subjects.iter().collect::<HashSet<_>>().len());
        }
    }
}
