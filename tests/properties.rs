//! Whatever comes in, nothing panics: not in a parser, and not in the machine. Short versions of what `fuzz/` runs for long,
//! with the same checks.
#![cfg(not(target_arch = "wasm32"))]

#[path = "../fuzz/checks/mod.rs"]
#[allow(dead_code, unreachable_pub)]
mod checks;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bearerkit::{ClientConfig, HttpResponse, Timestamp, TransportFailure, parse_challenges};
use checks::client::{client, options};
use checks::machine::{Answer, PLANS, Plan, Step, World};
use checks::{answer, basic_form, challenges, jwt, options, retry_after};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

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
        "[\0-\u{1f}\u{7f}-\u{9f} a]{0,12}".prop_map(Value::from),
        "[0-9]{0,22}(\\.[0-9]{0,3})?".prop_map(Value::from),
        "[0-9]{1,5}-[0-9]{1,2}-[0-9]{1,2}[T ][0-9:.+Z-]{0,16}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        let names = prop_oneof![
            Just("access_token".to_owned()),
            Just("expires_in".to_owned()),
            Just("exp".to_owned()),
            Just("iat".to_owned()),
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
            answer::is_sound(&client, &response, sent, received);
        }
    }

    #[test]
    fn any_text_may_be_a_token(text in "\\PC{0,80}", claims in document()) {
        jwt::agree(&text);
        jwt::agree(&format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims.to_string())));
    }

    #[test]
    fn a_wait_is_bounded(value in header_value(), now in instant()) {
        retry_after::is_bounded(&value, now);
    }

    #[test]
    fn any_challenge_is_read_or_not(header in "\\PC{0,120}", pieces in vec("(Bearer|Basic|,|=|\"|\\\\| |a|error|b==)", 0..40)) {
        for header in [header, pieces.concat()] {
            challenges::are_read_or_not(&header);
            challenges::agree(&header);
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
    fn any_options_serve_or_are_refused(document in document(), text in "\\PC{0,80}", member in "[a-zA-Z_]{1,12}") {
        options::fuzz(text.as_bytes());
        options::fuzz(document.to_string().as_bytes());
        for name in ["patience", "timeout", "grant", "scope", "refreshMargin", "variables", "provider", "credentials", &member] {
            let mut options = options(json!({}));
            options[name] = document.clone();
            options::are_good_or_refused(options);
        }
        for name in ["response", "parameters", "headers", "refresh", "steps", "assertion", "resource_request", "scope", &member] {
            options::are_good_or_refused(options(json!({ name: document })));
        }
    }

    /// RFC 6749 §2.3.1: form-encoded, joined, base64; and a form body.
    #[test]
    fn credentials_there_and_back(id in "[^\\p{C}]{1,24}", secret in "[^\\p{C}]{1,24}") {
        basic_form::come_back(&id, &secret);
    }

    #[test]
    fn no_sequence_of_inputs_breaks_a_machine(seed in any::<u64>(), which in 0..PLANS, steps in vec(step(), 1..60)) {
        let mut world = World::new(Plan::new(which), seed);
        for step in &steps {
            world.take(step);
        }
        world.comes_to_a_token();
    }
}

/// Serials are counted back from the last one.
fn step() -> impl Strategy<Value = Step> {
    let back = prop_oneof![4 => Just(0u32), 1 => 0u32..4, 1 => any::<u32>()];
    let failure = prop_oneof![
        Just(TransportFailure::Timeout),
        any::<bool>().prop_map(|is_permanent| TransportFailure::Network { reason: None, is_permanent }),
        Just(TransportFailure::Fetch { reason: None }),
        any::<u16>().prop_map(|status| TransportFailure::TooLarge { status }),
    ];
    let header = prop_oneof![Just(""), Just("Bearer error=invalid_token"), Just("Bearer error=insufficient_scope")];
    prop_oneof![
        8 => (-2000i64..20_000, prop_oneof![3 => Just(0u64), 1 => any::<u64>()])
            .prop_map(|(waited, validity)| Step::Poll { waited, validity }),
        2 => (back.clone(), response()).prop_map(|(back, response)| Step::Answer { back, answer: Answer::Raw(response) }),
        4 => (back.clone(), prop_oneof![0u64..100_000, any::<u64>()], 0u8..2, 0u8..3)
            .prop_map(|(back, life, token, refreshes)| Step::Answer { back, answer: Answer::Grant { life, token, refreshes } }),
        2 => (back.clone(), prop_oneof![Just(400u16), Just(401), Just(200)], "(invalid_client|invalid_grant|slow_down|)")
            .prop_map(|(back, status, error)| Step::Answer { back, answer: Answer::Refusal { status, error } }),
        1 => (back.clone(), failure).prop_map(|(back, failure)| Step::Fail { back, failure }),
        1 => back.clone().prop_map(Step::Lost),
        1 => back.clone().prop_map(Step::Unable),
        2 => (back.clone(), prop_oneof![Just(401u16), Just(403), any::<u16>()], header)
            .prop_map(|(back, status, header)| Step::Unauthorized { back, status, header: header.to_owned() }),
        4 => prop_oneof![0u64..20_000, 0u64..10_000_000].prop_map(Step::Pass),
        2 => (any::<u8>(), -2i8..2).prop_map(|(point, late)| Step::Reach { point, late }),
        1 => prop_oneof![0u64..2_000, 0u64..100_000_000].prop_map(Step::Back),
        1 => option::weighted(0.1, instant()).prop_map(|at| at.map_or(Step::Pass(1), Step::Set)),
        1 => (0u64..100_000).prop_map(Step::Saw),
        1 => prop_oneof![Just(Step::Forget), Just(Step::Invalidate), Just(Step::Settle), any::<u64>().prop_map(Step::Reseed)],
        1 => (0u8..3).prop_map(Step::Replace),
        1 => (back.clone(), 0u8..3).prop_map(|(back, number)| Step::Credentials { back, number }),
        1 => (back, vec(any::<u8>(), 0..8)).prop_map(|(back, signature)| Step::Sign { back, signature }),
    ]
}

#[test]
fn depth_costs_nobody_the_stack() {
    for opening in ["[", "{\"a\":", "{\"error\":["] {
        // Within the limit of 1 MiB, or its depth would not be looked at.
        let body = opening.repeat(100_000).into_bytes();
        let response = HttpResponse { status: 200, headers: Vec::new(), body: body.clone() };
        for client in readers() {
            let now = Timestamp::from_secs(1);
            client.parse_token_response(&response, now, now).expect_err("no token in it");
        }
        let refused = client(json!({})).parse_token_response(&response, Timestamp::default(), Timestamp::default());
        assert!(refused.is_err_and(|error| error.to_string().ends_with("the body is nested too deeply")));
        let error = ClientConfig::from_json(&String::from_utf8_lossy(&body)).expect_err("no options");
        assert_eq!(error.to_string(), "options: is nested too deeply");
    }
}
