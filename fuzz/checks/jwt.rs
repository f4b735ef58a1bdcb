//! The dates in a token, against the base64 crate and serde_json.

use base64::Engine as _;
use base64::alphabet::URL_SAFE;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use bearerkit::{JwtDates, Timestamp, read_jwt_dates};
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
        // What of it is no JSON by the book may still be read.
        None if is_jws(token) => {}
        None => assert_eq!(found, None),
    }
}

fn is_jws(token: &str) -> bool {
    let parts: Vec<&str> = token.split('.').collect();
    parts.len() == 3 && !parts[0].is_empty()
}

/// The claims of what looks like a JWS.
pub fn naive(token: &str) -> Option<Value> {
    if !is_jws(token) {
        return None;
    }
    let payload = token.split('.').nth(1)?;
    let tolerant = GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);
    let bytes = GeneralPurpose::new(&URL_SAFE, tolerant).decode(payload).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    serde_json::from_str(text.strip_prefix('\u{feff}').unwrap_or(&text)).ok()
}

/// In seconds; by its size a number is one of milliseconds or of something finer.
pub fn date(value: &Value) -> Option<u64> {
    Some(magnitude(whole(value)?).as_millis() / 1000)
}

pub fn magnitude(number: u64) -> Timestamp {
    Timestamp::from_millis(match number {
        ..1_000_000_000_000 => number * 1000,
        1_000_000_000_000..1_000_000_000_000_000 => number,
        1_000_000_000_000_000..1_000_000_000_000_000_000 => number / 1000,
        _ => number / 1_000_000,
    })
}

/// A number, or one in a text; zero for what is less.
pub fn whole(value: &Value) -> Option<u64> {
    let Value::String(text) = value else { return Some(value.as_u64().unwrap_or(value.as_f64()?.trunc() as u64)) };
    let text = text.trim_ascii();
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let number = whole.parse().unwrap_or(u64::MAX);
    let is_number = !whole.is_empty() && is_digits(whole) && is_digits(fraction);
    is_number.then_some(if digits == text { number } else { 0 })
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
