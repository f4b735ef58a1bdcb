//! Whatever comes in, nothing panics: not in a parser, and not in the machine. Short versions of what `fuzz/` runs for long.
#![cfg(not(target_arch = "wasm32"))]

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bearerkit::{
    Action, Call, Challenge, ClientConfig, Credentials, HttpRequest, HttpResponse, MAX_RETRY_AFTER, Machine, Next,
    Provider, Serial, Timestamp, TokenRequest, TransportFailure, parse_challenges, parse_retry_after, read_jwt_dates,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

fn options(profile: Value) -> Value {
    let mut profile = profile;
    profile["token_endpoint"] = json!("https://as.example/token");
    json!({ "provider": profile, "credentials": { "client_id": "app", "client_secret": "s3cr3t" } })
}

fn client(profile: Value) -> ClientConfig {
    ClientConfig::from_json(&options(profile).to_string()).expect("good options")
}

/// Profiles that read an answer in different ways.
fn readers() -> Vec<ClientConfig> {
    vec![
        client(json!({})),
        client(json!({ "response": { "format": "text", "access_token": "" } })),
        client(json!({ "response": { "format": "form" } })),
        client(json!({ "response": { "access_token": "header:x-token", "expiry": { "source": "jwt_exp" } } })),
        client(
            json!({ "response": { "access_token": "/d/0/t", "error": "/e", "error_when": { "pointer": "/c", "not": [0] },
            "capture": { "u": "/u" }, "expiry": { "source": "expires_at", "pointer": "/x", "format": "rfc3339" } } }),
        ),
        client(json!({ "response": { "expiry": { "source": "expires_in", "unit": "d:hh:mm" } } })),
        client(json!({ "response": { "expiry": { "source": "expires_at", "format": "unix_ms" } } })),
    ]
}

/// JSON of any shape, with the members that are looked for here and there.
fn document() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,24}".prop_map(Value::from),
        "[0-9]{0,22}(\\.[0-9]{0,3})?".prop_map(Value::from),
        "[0-9]{1,5}-[0-9]{1,2}-[0-9]{1,2}[T ][0-9:.+Z-]{0,16}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let names = prop_oneof![
            Just("access_token".to_owned()),
            Just("expires_in".to_owned()),
            Just("refresh_token".to_owned()),
            Just("token_type".to_owned()),
            Just("error".to_owned()),
            Just("error_description".to_owned()),
            Just("scope".to_owned()),
            "[dextu0c/~]{1,2}",
        ];
        prop_oneof![
            vec(inner.clone(), 0..6).prop_map(Value::from),
            vec((names, inner), 0..6).prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        vec(any::<u8>(), 0..200),
        document().prop_map(|document| document.to_string().into_bytes()),
        // A good answer, cut off anywhere.
        (0usize..90).prop_map(|length| {
            let mut body =
                br#"{"access_token":"abc.def.ghi","token_type":"Bearer","expires_in":3600,"scope":"a b"}"#.to_vec();
            body.truncate(length);
            body
        }),
    ]
}

fn response() -> impl Strategy<Value = HttpResponse> {
    let status = prop_oneof![Just(200u16), Just(400), Just(401), Just(429), Just(503), any::<u16>()];
    let name = prop_oneof![Just("retry-after"), Just("Date"), Just("x-token"), Just("content-type")];
    let headers = vec((name.prop_map(str::to_owned), header_value()), 0..4);
    (status, headers, body()).prop_map(|(status, headers, body)| HttpResponse { status, headers, body })
}

fn header_value() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,40}",
        "[0-9]{0,25}",
        "(Mon|Sun), [0-9]{2} (Jan|Nov) [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT",
        "Sunday, [0-9]{2}-Nov-[0-9]{2} 08:49:37 GMT",
        "Sun Nov  [0-9] 08:49:37 [0-9]{4}",
    ]
}

fn instant() -> impl Strategy<Value = Timestamp> {
    prop_oneof![any::<u64>(), 1_699_999_000_000u64..1_700_090_000_000, Just(0), Just(u64::MAX)]
        .prop_map(Timestamp::from_millis)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn no_answer_makes_a_reader_panic(response in response(), sent in instant(), received in instant()) {
        for client in readers() {
            match client.parse_token_response(&response, sent, received) {
                Ok((token, _)) => {
                    prop_assert!(token.hard_expiry >= sent.min(received));
                    prop_assert!(!token.value.expose().is_empty());
                    prop_assert!(token.value.expose().bytes().all(|b| b.is_ascii_graphic()));
                    prop_assert!(token.token_type.bytes().all(|b| b == b' ' || b.is_ascii_graphic()));
                }
                Err(error) => {
                    let shown = error.to_string();
                    prop_assert!(!shown.chars().any(char::is_control), "a log line could be forged: {:?}", shown);
                }
            }
        }
    }

    #[test]
    fn any_text_may_be_a_token(text in "\\PC{0,80}", claims in document()) {
        read_jwt_dates(&text);
        let dates = read_jwt_dates(&format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string())));
        prop_assert_eq!(dates.is_some(), claims.is_object());
    }

    #[test]
    fn a_wait_is_bounded(value in header_value(), now in instant()) {
        if let Some(wait) = parse_retry_after(&value, now) {
            prop_assert!(wait <= MAX_RETRY_AFTER);
        }
    }

    #[test]
    fn any_challenge_is_read_or_not(header in "\\PC{0,120}", pieces in vec("(Bearer|Basic|,|=|\"|\\\\| |a|error|b==)", 0..40)) {
        for header in [header, pieces.concat()] {
            for challenge in parse_challenges(&header) {
                prop_assert!(!challenge.scheme.is_empty() && challenge.scheme == challenge.scheme.to_ascii_lowercase());
                prop_assert!(challenge.token68.is_none() || challenge.parameters.is_empty());
            }
        }
    }

    /// `Name realm="…"` -> what was put in.
    #[test]
    fn a_challenge_there_and_back(values in vec(("[a-z]{1,8}", "\\PC{0,20}"), 1..6)) {
        let quoted = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
        let parameters: Vec<String> = values.iter().map(|(name, value)| format!(r#"{name}="{}""#, quoted(value))).collect();
        let found = parse_challenges(&format!("Bearer {}", parameters.join(", ")));
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].parameters, &values);
    }

    #[test]
    fn any_options_are_read_or_refused(document in document(), text in "\\PC{0,80}", member in "[a-zA-Z_]{1,12}") {
        let _ = ClientConfig::from_json(&text);
        let _ = ClientConfig::from_json(&document.to_string());
        let _ = Provider::from_json(&document.to_string());
        for name in ["patience", "timeout", "grant", "scope", "refreshMargin", "variables", "provider", "credentials", &member] {
            let mut options = options(json!({}));
            options[name] = document.clone();
            drop(ClientConfig::from_json(&options.to_string()));
        }
        for name in ["response", "parameters", "headers", "refresh", "steps", "assertion", "resource_request", "scope", &member] {
            drop(ClientConfig::from_json(&options(json!({ name: document })).to_string()));
        }
    }

    /// RFC 6749 §2.3.1: form-encoded, joined, base64; and a form body.
    #[test]
    fn credentials_there_and_back(id in "[^\\p{C}]{1,24}", secret in "[^\\p{C}]{1,24}") {
        let credentials = Credentials::new().with("client_id", &id).with("client_secret", &secret);
        for method in ["client_secret_basic", "client_secret_post"] {
            let mut options = options(json!({ "token_endpoint_auth_method": method }));
            options["credentials"] = json!({ "client_id": id, "client_secret": secret });
            let client = ClientConfig::from_json(&options.to_string()).expect("good options");
            let mut machine = Machine::new(client, 1);
            let request = send(&mut machine, Timestamp::from_secs(1));
            let (found_id, found_secret) = if method == "client_secret_basic" { basic(&request) } else { form(&request) };
            prop_assert_eq!((&found_id, &found_secret), (&id, &secret), "{}", method);
        }
        let shown = format!("{credentials:?}");
        prop_assert!(secret.len() < 12 || !shown.contains(&secret));
    }

    #[test]
    fn no_sequence_of_inputs_breaks_a_machine(seed in any::<u64>(), which in 0usize..6, steps in vec(step(), 1..60)) {
        let mut machine = Machine::new(machines(which), seed);
        let mut now = Timestamp::from_secs(1_700_000_000);
        let mut last = Serial(0);
        for step in steps {
            last = take(&mut machine, &mut now, last, step);
            let _ = (machine.flight(), machine.next_request_at(now), machine.credentials(), machine.last_error());
            let shown = format!("{machine:?}");
            prop_assert!(!shown.contains("s3cr3t"), "{}", shown);
        }
    }
}

#[derive(Debug, Clone)]
enum Step {
    Poll(u64, u64),
    Answer(u32, HttpResponse),
    Grant(u32, u64, bool),
    Fail(u32, u16),
    Lost(u32),
    Unauthorized(u32, u16),
    Ahead(u64),
    Back(u64),
    Set(Timestamp),
    Forget,
    Invalidate,
    Replace(u8),
    Credentials(u32, u8),
    Sign(u32),
}

/// Serials are counted back from the last one.
fn step() -> impl Strategy<Value = Step> {
    let serial = prop_oneof![4 => Just(0u32), 1 => 0u32..4, 1 => any::<u32>()];
    prop_oneof![
        8 => (0u64..20_000, prop_oneof![3 => Just(0u64), 1 => any::<u64>()]).prop_map(|(waited, validity)| Step::Poll(waited, validity)),
        2 => (serial.clone(), response()).prop_map(|(serial, response)| Step::Answer(serial, response)),
        4 => (serial.clone(), prop_oneof![0u64..100_000, any::<u64>()], any::<bool>())
            .prop_map(|(serial, life, rotates)| Step::Grant(serial, life, rotates)),
        1 => (serial.clone(), any::<u16>()).prop_map(|(serial, kind)| Step::Fail(serial, kind)),
        1 => serial.clone().prop_map(Step::Lost),
        2 => (serial.clone(), prop_oneof![Just(401u16), Just(403), any::<u16>()])
            .prop_map(|(serial, status)| Step::Unauthorized(serial, status)),
        4 => prop_oneof![0u64..20_000, 0u64..10_000_000].prop_map(Step::Ahead),
        1 => prop_oneof![0u64..2_000, 0u64..100_000_000].prop_map(Step::Back),
        1 => option::weighted(0.1, instant()).prop_map(|at| at.map_or(Step::Ahead(1), Step::Set)),
        1 => Just(Step::Forget),
        1 => Just(Step::Invalidate),
        1 => (0u8..3).prop_map(Step::Replace),
        1 => (serial.clone(), 0u8..3).prop_map(|(serial, secret)| Step::Credentials(serial, secret)),
        1 => serial.prop_map(Step::Sign),
    ]
}

fn machines(which: usize) -> ClientConfig {
    match which {
        0 => client(json!({ "refresh_invalidates_access_token": true })),
        1 => client(json!({})).with_asked_credentials(),
        2 => client(json!({ "token_endpoint_auth_method": "client_secret_jwt" })),
        3 => client(
            json!({ "steps": [{ "token_endpoint": "https://as.example/first", "response": { "capture": { "t": "/access_token" } } }] }),
        ),
        4 => {
            let mut options = options(json!({}));
            options["grant"] = json!({ "type": "refresh_token", "refreshToken": "r3fr3sh" });
            ClientConfig::from_json(&options.to_string()).expect("good options").with_patience(Duration::MAX)
        }
        _ => client(json!({}))
            .with_timeout(Duration::MAX)
            .with_other_credentials(Credentials::new().with("client_id", "b")),
    }
}

fn take(machine: &mut Machine, now: &mut Timestamp, last: Serial, step: Step) -> Serial {
    let at = *now;
    let of = |back: u32| Serial(last.0.wrapping_sub(back));
    let secret =
        |number: u8| Credentials::new().with("client_id", "app").with("client_secret", format!("s3cr3t{number}"));
    let next: Option<TokenRequest> = match step {
        Step::Poll(waited, validity) => {
            let call =
                Call { since: at.minus(Duration::from_millis(waited)), min_validity: Duration::from_secs(validity) };
            match machine.poll_for(call, at) {
                Action::Use { renew, .. } => renew,
                Action::Send(request) => Some(request),
                Action::Wait { .. } | Action::Fail(_) => None,
            }
        }
        Step::Answer(back, response) => machine.on_response(of(back), &response, at),
        Step::Grant(back, life, rotates) => {
            let refresh_token = rotates.then_some("r3fr3sh");
            let body = json!({ "access_token": "t", "expires_in": life, "refresh_token": refresh_token });
            let response = HttpResponse { status: 200, headers: Vec::new(), body: body.to_string().into_bytes() };
            machine.on_response(of(back), &response, at)
        }
        Step::Fail(back, kind) => {
            let failure = match kind % 3 {
                0 => TransportFailure::Timeout,
                1 => TransportFailure::Network,
                _ => TransportFailure::TooLarge { status: kind },
            };
            machine.on_failure(of(back), failure, at);
            None
        }
        Step::Lost(back) => {
            machine.on_lost(of(back), at);
            None
        }
        Step::Unauthorized(back, status) => {
            machine.on_unauthorized(of(back), &Challenge::new(status, None, None), at);
            None
        }
        Step::Ahead(span) => {
            *now = at.plus(Duration::from_millis(span));
            None
        }
        Step::Back(span) => {
            *now = at.minus(Duration::from_millis(span));
            None
        }
        Step::Set(instant) => {
            *now = instant;
            None
        }
        Step::Forget => {
            machine.forget();
            None
        }
        Step::Invalidate => {
            machine.invalidate();
            None
        }
        Step::Replace(number) => {
            machine.replace_credentials(secret(number));
            None
        }
        Step::Credentials(back, number) => machine.on_credentials(of(back), secret(number), at),
        Step::Sign(back) => machine.on_signature(of(back), b"signature", at),
    };
    next.map_or(last, |request| request.serial)
}

fn send(machine: &mut Machine, now: Timestamp) -> HttpRequest {
    match machine.poll(now) {
        Action::Send(TokenRequest { next: Next::Send(request), .. }) => request,
        other => panic!("expected to send, found {other:?}"),
    }
}

fn basic(request: &HttpRequest) -> (String, String) {
    let value = request.headers.iter().find(|(name, _)| name == "authorization").map(|(_, value)| value.expose());
    let encoded = value.and_then(|value| value.strip_prefix("Basic ")).expect("Basic");
    let joined = String::from_utf8(STANDARD.decode(encoded).expect("base64")).expect("ASCII");
    let (id, secret) = joined.split_once(':').expect("a colon");
    (form_decode(id), form_decode(secret))
}

fn form(request: &HttpRequest) -> (String, String) {
    let body = request.body.as_ref().map(|body| body.expose()).expect("a body");
    let value = |name: &str| {
        let pair = body.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
        form_decode(pair.expect("a member"))
    };
    (value("client_id"), value("client_secret"))
}

fn form_decode(text: &str) -> String {
    percent_encoding::percent_decode_str(&text.replace('+', " ")).decode_utf8().expect("UTF-8").into_owned()
}

/// 64 KiB of what a header may hold: milliseconds if it is linear, even unoptimised, and many seconds if it is not.
#[test]
#[allow(clippy::disallowed_methods)] // the only way to see how long it takes
fn challenges_take_linear_time() {
    for piece in ["a,", "a=\"", "Bearer a=b ", "\\", "{", "Basic x==,", "Bearer realm=\"x\", ", "a ", "=", "é", "\"\\"]
    {
        let header = ["Bearer a=\"", &piece.repeat(65_536 / piece.len())].concat();
        let begun = std::time::Instant::now();
        parse_challenges(&header);
        parse_challenges(header.trim_start_matches("Bearer a=\""));
        assert!(begun.elapsed() < Duration::from_secs(2), "{piece}");
    }
}

#[test]
fn depth_costs_nobody_the_stack() {
    for opening in ["[", "{\"a\":", "{\"error\":["] {
        let body = opening.repeat(200_000).into_bytes();
        let response = HttpResponse { status: 200, headers: Vec::new(), body: body.clone() };
        for client in readers() {
            let now = Timestamp::from_secs(1);
            client.parse_token_response(&response, now, now).expect_err("no token in it");
        }
        ClientConfig::from_json(&String::from_utf8_lossy(&body)).expect_err("no options");
    }
}
