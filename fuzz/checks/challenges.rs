//! Challenges: whole or not at all, and as http-auth reads them.

use bearerkit::{AuthChallenge, Challenge, parse_challenges};

/// The input is a header.
pub fn fuzz(input: &[u8]) {
    let header = String::from_utf8_lossy(input);
    are_read_or_not(&header);
    agree(&header);
}

pub fn are_read_or_not(header: &str) {
    let found = parse_challenges(header);
    for challenge in &found {
        assert!(is_token(&challenge.scheme), "{header:?}: {challenge:?}");
        assert!(challenge.token68.is_none() || challenge.parameters.is_empty(), "{header:?}: {challenge:?}");
        let is_token68 =
            |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte));
        assert!(challenge.token68.as_deref().is_none_or(is_token68), "{header:?}: {challenge:?}");
        for (name, value) in &challenge.parameters {
            assert!(is_token(name), "{header:?}: {challenge:?}");
            assert!(value.len() <= header.len());
        }
    }
    assert_eq!(parse_challenges(&show(&found)), found, "{header:?}: written down, and read again");
    // What a caller does of it.
    for status in [401, 403] {
        let challenge = Challenge::new(status, Some(header), None);
        let is_scope = challenge.error.as_deref() == Some("insufficient_scope");
        assert_eq!(challenge.is_curable(), status == 401 && !is_scope);
        let bearer = |found: &&AuthChallenge| found.scheme == "bearer" || found.scheme == "dpop";
        let error = |found: &AuthChallenge| {
            found.parameters.iter().find(|(name, _)| name == "error").map(|(_, value)| value.clone())
        };
        assert_eq!(challenge.error, found.iter().filter(bearer).find_map(error));
    }
}

/// http-auth reads less (no token68, no obs-text), and all that it reads is read here, alike.
pub fn agree(header: &str) {
    let Ok(theirs) = http_auth::parse_challenges(header) else { return };
    let lower = |text: &str| text.to_ascii_lowercase();
    let theirs: Vec<AuthChallenge> = theirs
        .iter()
        .map(|challenge| AuthChallenge {
            scheme: lower(challenge.scheme),
            token68: None,
            parameters: challenge.params.iter().map(|(name, value)| (lower(name), value.to_unescaped())).collect(),
        })
        .collect();
    assert_eq!(parse_challenges(header), theirs, "{header:?}");
}

/// `scheme name="value", name="value", scheme token68`
fn show(challenges: &[AuthChallenge]) -> String {
    let quoted = |text: &str| text.replace('\\', r"\\").replace('"', "\\\"");
    let one = |challenge: &AuthChallenge| {
        let parameters: Vec<String> =
            challenge.parameters.iter().map(|(name, value)| format!("{name}=\"{}\"", quoted(value))).collect();
        match (&challenge.token68, parameters.is_empty()) {
            (Some(token68), _) => format!("{} {token68}", challenge.scheme),
            (None, true) => challenge.scheme.clone(),
            (None, false) => format!("{} {}", challenge.scheme, parameters.join(", ")),
        }
    };
    challenges.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn is_token(text: &str) -> bool {
    super::client::is_header_name(text) && !text.bytes().any(|byte| byte.is_ascii_uppercase())
}
