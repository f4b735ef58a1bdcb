//! The members of a profile. `providers/schema.json` says the same to an editor.

use crate::config::assertion::Algorithm;
use crate::config::schema::{Member, Shape, Such};
use crate::config::words::{
    AnswerFormat, AuthMethod, ENDPOINT_AUTH, InstantFormat, Purpose, RequestFormat, Source, Unit,
};
use crate::ground::json::{get, scalar};

pub(crate) const PROFILE: Shape = Shape::Object(&[REQUEST, OF_THE_PROVIDER]);
const REFRESH: Shape = Shape::Object(&[REQUEST]);
const STEP: Shape = Shape::Object(&[REQUEST, &[("name", Shape::Text)]]);

const MAYBE_TEXT: Shape = Shape::Nullable(&Shape::Text);
/// Without an upper limit, because the server decides how long its tokens live.
const SECONDS: Shape = Shape::Seconds(u64::MAX);
const MAYBE_PLACE: Shape = Shape::Nullable(&Shape::Place);

/// For the endpoints that receive a token; `bearer`: the token itself authenticates.
const AUTH_METHOD: Shape = Shape::Word(ENDPOINT_AUTH);

/// A request to a token endpoint: the profile's own, a refresh's, a step's.
const REQUEST: &[Member] = &[
    ("token_endpoint", Shape::Text),
    ("token_endpoint_method", Shape::Word(&["POST", "GET"])),
    ("token_endpoint_auth_method", Shape::Word(AuthMethod::WORDS)),
    ("basic_encoding", Shape::Word(&["form", "raw"])),
    ("grant_type", MAYBE_TEXT),
    ("scope", Shape::Nullable(&Shape::Texts)),
    ("scope_separator", Shape::Text),
    ("request_format", Shape::Word(RequestFormat::WORDS)),
    ("client_id", MAYBE_TEXT),
    ("client_secret", MAYBE_TEXT),
    ("parameters", Shape::Map(&Shape::Any)),
    ("headers", Shape::Headers),
    ("assertion", Shape::Nullable(&Shape::Object(&[ASSERTION]))),
    ("response", Shape::Object(&[RESPONSE])),
];

const OF_THE_PROVIDER: &[Member] = &[
    ("$schema", Shape::Any),
    ("name", Shape::Text),
    ("documentation", Shape::Text),
    ("issuer", Shape::Text),
    ("token", TOKEN),
    ("defaults", Shape::Variables(&Shape::Text)),
    ("environments", Shape::Map(&Shape::Variables(&Shape::Text))),
    ("resource_request", Shape::Object(&[RESOURCE])),
    ("refresh_margin", SECONDS),
    ("refresh_invalidates_access_token", Shape::Flag),
    ("refresh", REFRESH),
    ("revocation_endpoint", MAYBE_TEXT),
    ("revocation_endpoint_auth_method", AUTH_METHOD),
    ("introspection_endpoint", MAYBE_TEXT),
    ("introspection_endpoint_auth_method", AUTH_METHOD),
    ("authorization_endpoint", MAYBE_TEXT),
    ("steps", Shape::List(&STEP)),
];

/// The caller obtains the token: in JavaScript a function, which the driver keeps.
const TOKEN: Shape = Shape::Such(&Such {
    shape: Shape::Any,
    holds: |value| value.as_bool() == Some(true),
    expected: "a function (in JSON: true)",
});

/// Whether a member describes a token request: there is none where the caller obtains the token.
pub(crate) fn describes_request(name: &str) -> bool {
    let is_of_request = name != "response" && REQUEST.iter().any(|(known, _)| *known == name);
    is_of_request || matches!(name, "issuer" | "refresh" | "steps" | "authorization_endpoint")
}

const ASSERTION: &[Member] = &[
    ("use", Shape::Word(Purpose::WORDS)),
    ("alg", Shape::Word(Algorithm::NAMES)),
    ("key", Shape::Text),
    ("key_encoding", Shape::Word(&["utf8", "hex", "base64", "base64url"])),
    ("lifetime", SECONDS),
    ("backdate", SECONDS),
    ("header", Shape::Map(&Shape::Any)),
    ("claims", Shape::Map(&Shape::Any)),
    ("token", Shape::Text),
];

const RESPONSE: &[Member] = &[
    ("format", Shape::Word(AnswerFormat::WORDS)),
    ("access_token", Shape::Place),
    ("refresh_token", MAYBE_PLACE),
    ("token_type", MAYBE_PLACE),
    ("scope", MAYBE_PLACE),
    ("expiry", Shape::Object(&[EXPIRY])),
    ("error", MAYBE_PLACE),
    ("error_description", MAYBE_PLACE),
    ("error_when", Shape::Nullable(&Shape::Object(&[&[("pointer", Shape::Place), ("not", Shape::List(&Shape::Any))]]))),
    (
        "retry_after",
        Shape::Nullable(&Shape::Object(&[&[("pointer", Shape::Place), ("unit", Shape::Word(&["s", "ms", "min"]))]])),
    ),
    ("token_types", Shape::Nullable(&Shape::Texts)),
    ("capture", Shape::Variables(&Shape::Place)),
];

const EXPIRY: &[Member] = &[
    ("source", Shape::Word(Source::WORDS)),
    ("pointer", Shape::Place),
    ("unit", Shape::Word(Unit::WORDS)),
    ("format", Shape::Word(InstantFormat::WORDS)),
    ("seconds", SECONDS),
];

const RESOURCE: &[Member] = &[
    ("headers", Shape::Headers),
    ("query", Shape::Map(&Shape::Text)),
    ("origins", Shape::Texts),
    ("error", MAYBE_PLACE),
    ("invalid_token_when", Shape::Some(&RULE)),
];

const RULE: Shape = Shape::Such(&Such {
    shape: Shape::Object(&[&[
        ("status", Shape::Some(&STATUS)),
        ("pointer", Shape::Place),
        ("is", Shape::Some(&SCALAR)),
    ]]),
    holds: |rule| get(rule, "pointer").is_some() || get(rule, "status").is_some() && get(rule, "is").is_none(),
    expected: "a `status` or a `pointer` (`is` needs a `pointer`)",
});

const STATUS: Shape = Shape::Such(&Such {
    shape: Shape::Any,
    holds: |status| status.as_u64().is_some_and(|status| (100..600).contains(&status)),
    expected: "an HTTP status, 100 to 599",
});

const SCALAR: Shape = Shape::Such(&Such {
    shape: Shape::Any,
    holds: |value| scalar(value).is_some(),
    expected: "a string, a number or a boolean",
});
