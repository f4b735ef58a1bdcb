//! How long a server asks clients to wait.

use core::time::Duration;

use crate::ground::date::span;
use crate::ground::text::{letters, number, split};
use crate::ground::time::Timestamp;

/// The longest wait that a `Retry-After` can ask for.
pub const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// Parses a `Retry-After` header: seconds, or a date in any of the three forms of RFC 9110 §5.6.7, counted from `now`.
///
/// Returns zero for a date in the past, at most [`MAX_RETRY_AFTER`], and `None` for anything else.
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
    let value = value.trim_ascii();
    // Too many digits for a u64 are a long time all the same.
    let wait = match number(value) {
        Some(seconds) => Duration::from_secs(seconds),
        None => http_date(value)?.since(now),
    };
    Some(wait.min(MAX_RETRY_AFTER))
}

/// An HTTP date (RFC 9110 §5.6.7), and not all that a date may be elsewhere: it begins with the weekday and ends in the zone or
/// the year.
fn http_date(value: &str) -> Option<Timestamp> {
    let ends_well = value.ends_with("GMT") || value.get(value.len().checked_sub(4)?..).and_then(number).is_some();
    Timestamp::from_rfc3339(value).filter(|_| ends_well && letters(value) > 2)
}

/// The longest of those in one value, where `fetch` joins several by commas. A date has one of its own.
pub(crate) fn longest(values: &str, now: Timestamp) -> Option<Duration> {
    let (mut wait, mut before) = (None, "");
    for value in split(values, ",") {
        let date = [before, ",", value].concat();
        lengthen(&mut wait, parse_retry_after(value, now));
        // Not as the standard has it: `1.5`, `120s`.
        let told = span(&[value, "s"].concat()).or_else(|| span(value));
        lengthen(&mut wait, told.map(|wait| wait.min(MAX_RETRY_AFTER)));
        lengthen(&mut wait, parse_retry_after(&date, now));
        before = value;
    }
    wait
}

pub(crate) fn lengthen(wait: &mut Option<Duration>, other: Option<Duration>) {
    *wait = (*wait).max(other);
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
            let of_list = parse_retry_after(value, now).or((value == "1.5").then_some(Duration::from_millis(1500)));
            assert_eq!(longest(value, now), of_list, "{value}");
        }
    }

    #[test]
    fn of_several_the_longest() {
        let now = Timestamp::from_secs(784_111_777); // Sun, 06 Nov 1994 08:49:37 GMT
        for (values, seconds) in [
            ("120, 60", Some(120)),
            ("60,120", Some(120)),
            ("soon, 7,", Some(7)),
            ("5, Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sun, 06 Nov 1994 08:50:37 GMT, 5", Some(60)),
            ("Sun, 06 Nov 1994 08:50:37 GMT, Sun, 06 Nov 1994 08:51:37 GMT", Some(120)),
            ("Sunday, 06-Nov-94 08:50:37 GMT, 61", Some(61)),
            ("Sun Nov  6 08:50:37 1994, 5", Some(60)),
            ("99999999999999999999999, 1", Some(3600)),
            ("1.5, 120s", Some(120)),
            ("PT2M", Some(120)),
            ("2 hours", Some(3600)),
            ("-1.5, -5s", None),
            (",", None),
            ("soon, later", None),
        ] {
            assert_eq!(longest(values, now), seconds.map(Duration::from_secs), "{values}");
        }
    }
}
