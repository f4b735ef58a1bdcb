//! The dates in a token that nobody here can verify. They say when to renew, never whom to trust.

use serde_json::Value;

use crate::base64;
use crate::json::{self, get};
use crate::text::split;

/// The dates of a JWT, in seconds since the epoch, fractions cut off.
///
/// Source: RFC 7519 §4.1.4 (`exp`), §4.1.6 (`iat`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JwtDates {
    /// Expires at.
    pub exp: Option<u64>,
    /// Issued at.
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
    let [header, payload, _] = *split(token, ".") else { return None };
    if header.is_empty() {
        return None;
    }
    let claims = json::parse(core::str::from_utf8(&base64::decode_url(payload)?).ok()?).ok()?;
    let date = |name| get(&claims, name).and_then(numeric_date);
    claims.is_object().then(|| JwtDates { exp: date("exp"), iat: date("iat") })
}

fn numeric_date(value: &Value) -> Option<u64> {
    // A float cast saturates, and a NaN is not JSON.
    value.as_u64().or_else(|| value.as_f64().filter(|date| *date >= 0.0).map(|date| date as u64))
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
        assert_eq!(read(r#"{"exp":"2","iat":-1}"#), Some((None, None)));
        assert_eq!(read(r#"{"exp":1e300}"#), Some((Some(u64::MAX), None)));
        assert_eq!(read("[]"), None);
    }

    #[test]
    fn is_none_for_what_is_no_jwt() {
        for text in ["", ".", "..", "a.b", "sk-418e41a7", "a.b.c.d.e", "e30.!.c2ln", "e30.e30.c.d"] {
            assert_eq!(read_jwt_dates(text), None, "{text}");
        }
    }
}
