//! The dates in a JWT whose signature is not verified. They say when to renew, never whom to trust.

use crate::ground::json::{get, whole};
use crate::ground::text::{lossy, split_once};
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::ground::{base64, json};

/// The dates of a JWT, in whole seconds since the epoch. A date before the epoch is 0.
///
/// Source: RFC 7519 §4.1.4 (`exp`), §4.1.6 (`iat`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JwtDates {
    /// When the token expires.
    pub exp: Option<u64>,
    /// When the token was issued.
    pub iat: Option<u64>,
}

/// Reads `exp` and `iat` of a signed JWT; `None` for a token that is not one (opaque, encrypted, malformed).
///
/// ```
/// let token = "eyJhbGciOiJSUzI1NiJ9.eyJpYXQiOjE2ODY2NjA5MTgsImV4cCI6MTY4Njc0NzMxOH0.c2ln";
/// assert_eq!(bearerkit::read_jwt_dates(token).and_then(|dates| dates.exp), Some(1686747318));
/// ```
pub fn read_jwt_dates(token: &str) -> Option<JwtDates> {
    // A JWS has three parts; five are a JWE, whose second one is no claims set.
    let (header, rest) = split_once(token, ".")?;
    let (payload, signature) = split_once(rest, ".")?;
    if header.is_empty() || signature.contains('.') {
        return None;
    }
    let claims = json::parse_said(&lossy(&base64::decode_url(payload)?)).ok()?;
    let date = |name| get(&claims, name).and_then(numeric_date);
    claims.is_object().then(|| JwtDates { exp: date("exp"), iat: date("iat") })
}

/// Issuers write it as a text too, in milliseconds or finer (a `Date.now()` that nobody divided), or as a date.
fn numeric_date(value: &Value) -> Option<u64> {
    let number = whole(value).map(Timestamp::from_magnitude);
    let at = number.or_else(|| Timestamp::from_rfc3339(value.as_str()?))?;
    Some(at.as_millis() / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(claims: &str) -> String {
        format!("e30.{}.c2ln", base64::encode_url(claims))
    }

    #[test]
    fn reads_what_is_there() {
        let read = |claims| read_jwt_dates(&token(claims)).map(|dates| (dates.exp, dates.iat));
        assert_eq!(read(r#"{"exp":2,"iat":1}"#), Some((Some(2), Some(1))));
        assert_eq!(read(r#"{"exp":2.9}"#), Some((Some(2), None)));
        assert_eq!(read(r#"{"exp":-1,"iat":0}"#), Some((Some(0), Some(0))));
        assert_eq!(read(r#"{"exp":true,"iat":"soon"}"#), Some((None, None)));
        assert_eq!(read(r#"{"exp":null,"iat":""}"#), Some((None, None)));
        assert_eq!(read("[]"), None);
    }

    #[test]
    fn reads_dates_in_every_unit_and_as_texts() {
        for exp in [
            "1700000000",
            "1700000000.9",
            "1700000000999",
            "1700000000999999",
            "1700000000999999999",
            r#""1700000000""#,
            r#"" 1700000000999 ""#,
            r#""2023-11-14T22:13:20Z""#,
            r#""Tue, 14 Nov 2023 22:13:20 GMT""#,
        ] {
            let dates = read_jwt_dates(&token(&format!(r#"{{"exp":{exp},"iat":{exp}}}"#)));
            assert_eq!(dates, Some(JwtDates { exp: Some(1_700_000_000), iat: Some(1_700_000_000) }), "{exp}");
        }
        // Beyond all bounds it is a long way off, and no more.
        let far = read_jwt_dates(&token(r#"{"exp":1e300}"#)).and_then(|dates| dates.exp);
        assert!(far > Some(10_000_000_000));
    }

    #[test]
    fn is_none_for_what_is_no_jwt() {
        for text in ["", ".", "..", "a.b", "sk-418e41a7", "a.b.c.d.e", "e30.!.c2ln", "e30.e30.c.d"] {
            assert_eq!(read_jwt_dates(text), None, "{text}");
        }
    }
}
