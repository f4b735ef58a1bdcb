//! How long a server asks to be left alone.

use core::time::Duration;

use crate::text::{number, split, trim};
use crate::time::{Timestamp, numbers};

/// Longer than this nobody is kept away.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Reads a `Retry-After`: seconds, or a date in any of the three forms of RFC 9110 §5.6.7, counted from `now`.
///
/// A date in the past is zero; the result is at most [`MAX_RETRY_AFTER`]; `None` for anything else.
///
/// Source: RFC 9110 §10.2.3.
///
/// ```
/// use std::time::Duration;
/// use bearerkit::{Timestamp, parse_retry_after};
/// let now = Timestamp::from_secs(784_111_777);
/// assert_eq!(parse_retry_after("120", now), Some(Duration::from_secs(120)));
/// assert_eq!(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", now), Some(Duration::from_secs(10)));
/// ```
pub fn parse_retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = trim(value);
    // Too many digits for a u64 are a long time all the same.
    let wait = match number(value) {
        Some(seconds) => Duration::from_secs(seconds),
        None => parse_http_date(value)?.since(now),
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// An HTTP date, in any of its three forms (RFC 9110 §5.6.7).
///
/// Shape: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
pub(crate) fn parse_http_date(value: &str) -> Option<Timestamp> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = split(value, " ,-");
    words.retain(|word| !word.is_empty());
    let (weekday, day, month, year, clock) = match *words {
        [weekday, day, month, year, clock, "GMT"] => (weekday, day, month, year, clock),
        [weekday, month, day, clock, year] => (weekday, day, month, year, clock),
        _ => return None,
    };
    // The names are ASCII, so that a month is three bytes.
    let number_of = |names: &str, name: &str| {
        let names = names.as_bytes().chunks_exact(3);
        (1i64..).zip(names).find(|(_, known)| *known == name.as_bytes()).map(|(number, _)| number)
    };
    number_of("MonTueWedThuFriSatSun", weekday.get(..3)?)?;
    let month = number_of(MONTHS, month)?;
    let year = match (year.len(), i64::try_from(number(year)?).ok()?) {
        (4, year) => year,
        // Two digits are of this century, or of the last one if they would lie before the epoch.
        (2, year) if year < 70 => year.saturating_add(2000),
        (2, year) => year.saturating_add(1900),
        _ => return None,
    };
    let day = i64::try_from(number(day)?).ok()?;
    let [hour, minute, second] = numbers(clock, ":")?;
    Timestamp::from_civil([year, month, day], [hour, minute, second], 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms() {
        let now = Timestamp::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        for (value, seconds) in [
            ("0", Some(0)),
            (" 7 ", Some(7)),
            ("99999999999999999999999", Some(3600)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:49:36 GMT", Some(0)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(3600)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 06 Nov 1994", None),
            ("Mon, 31 Dec 1969 23:59:59 GMT", None),
            ("Sun, 32 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 24:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 06 Nov 1994 08:49 GMT", None),
            ("Sun, 06 nov 1994 08:49:37 GMT", None),
            ("Xyz, 06 Nov 1994 08:49:37 GMT", None),
            ("é, 06 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 194 08:49:37 GMT", None),
        ] {
            assert_eq!(parse_retry_after(value, now), seconds.map(Duration::from_secs), "{value}");
        }
    }
}
