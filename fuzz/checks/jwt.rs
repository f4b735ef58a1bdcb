//! The dates in a token, against the base64 crate and serde_json.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bearerkit::{JwtDates, read_jwt_dates};
use serde_json::Value;

use super::draw::Draw;

/// First byte: the rest is a token as it is, or the claims of one.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let is_claims = draw.below(2) == 1;
    let token = match is_claims {
        true => format!("e30.{}.c2ln", base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(draw.rest())),
        false => draw.text(),
    };
    agree(&token);
}

pub fn agree(token: &str) {
    let found = read_jwt_dates(token);
    match naive(token) {
        Some(claims) if depth(&claims) > 60 => {}
        Some(claims) => {
            let expected =
                claims.is_object().then(|| JwtDates { exp: date(&claims["exp"]), iat: date(&claims["iat"]) });
            assert_eq!(found, expected, "{claims}");
        }
        None => assert_eq!(found, None),
    }
}

/// The claims of what looks like a JWS.
pub fn naive(token: &str) -> Option<Value> {
    let parts: Vec<&str> = token.split('.').collect();
    if parts.len() != 3 || parts[0].is_empty() {
        return None;
    }
    let tolerant = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&URL_SAFE, tolerant).decode(parts[1]).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(&text)).ok()
}

pub fn date(value: &Value) -> Option<u64> {
    match value.as_f64() {
        Some(seconds) if seconds >= 0.0 => Some(value.as_u64().unwrap_or(seconds.trunc() as u64)),
        _ => None,
    }
}

/// How deep it nests. Deeper than 64 nothing is read.
pub fn depth(value: &Value) -> usize {
    let deepest = match value {
        Value::Array(items) => items.iter().map(depth).max(),
        Value::Object(members) => members.values().map(depth).max(),
        _ => return 0,
    };
    1 + deepest.unwrap_or(0)
}
