//! Dates and spans as servers write them.

use core::time::Duration;

use crate::text::{digits, has, letters, lower, number, split, split_once, trim};
use crate::time::Timestamp;

impl Timestamp {
    /// Reads a date and a time of RFC 3339 §5.6, and as servers write them otherwise: as compact as ISO 8601 allows, in the
    /// three forms of an HTTP date (RFC 9110 §5.6.7), as JavaScript prints a `Date`. Without a zone it is UTC.
    ///
    /// Shape: `2023-11-14T23:13:20.5+02:00`, `20231114T231320Z`, `2023-11-14 23:13`, `Tue, 14 Nov 2023 23:13:20 GMT`,
    /// `Tuesday, 14-Nov-23 23:13:20 GMT`, `Tue Nov 14 23:13:20 2023`, `Tue Nov 14 2023 23:13:20 GMT+0100 (…)`.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (mut date, mut clock, mut month) = (Vec::new(), Vec::new(), None);
        let (mut fraction, mut offset, mut is_behind) = ("", String::new(), false);
        // What stands in brackets names the zone whose offset was said.
        let mut rest = trim(split_once(text, "(").map_or(text, |(before, _)| before));
        let mut before = "";
        while !rest.is_empty() {
            let length = digits(rest).max(letters(rest)).max(1);
            let (piece, after) = rest.split_at_checked(length)?;
            match before {
                _ if digits(piece) == 0 => match number_of(piece) {
                    Some(number @ ..=12) => month = Some(number),
                    Some(_) => {}
                    None if matches!(piece, "GMT" | "UTC" | "UT") || (length == 1 && has("TtZz ,-/:.+", piece)) => {}
                    None => return None,
                },
                ":" if !offset.is_empty() => offset.push_str(piece),
                ":" => clock.push(piece),
                "." | "," if clock.len() == 3 => fraction = piece,
                "+" | "-" if !clock.is_empty() => (is_behind, offset) = (before == "-", piece.to_owned()),
                _ if clock.is_empty() && after.starts_with(':') => clock.push(piece),
                "T" | "t" if clock.is_empty() => {
                    clock = vec![piece.get(..2)?, piece.get(2..4)?];
                    clock.extend(piece.get(4..).filter(|second| !second.is_empty()));
                }
                _ => date.push(piece),
            }
            (before, rest) = (piece, after);
        }
        let date = match (month, date.as_slice()) {
            (Some(month), [day, year]) => [full(year)?, month, small(day)?],
            (None, [year, month, day]) if year.len() == 4 => [small(year)?, small(month)?, small(day)?],
            (None, [all]) if all.len() == 8 => [small(all.get(..4)?)?, small(all.get(4..6)?)?, small(all.get(6..)?)?],
            _ => return None,
        };
        let clock = match *clock {
            [hour, minute] => [small(hour)?, small(minute)?, 0],
            [hour, minute, second] => [small(hour)?, small(minute)?, small(second)?],
            _ => return None,
        };
        let mut ahead = 0;
        if !offset.is_empty() {
            let minutes = small(offset.get(2..4).unwrap_or("0"))?;
            ahead = small(offset.get(..2)?)?.saturating_mul(60).saturating_add(minutes).saturating_mul(60);
        }
        let offset = if is_behind { ahead.saturating_neg() } else { ahead };
        // It ends in the middle of something.
        if has("-/:.+", before) {
            return None;
        }
        let at = Timestamp::from_civil(date, clock, offset)?;
        Some(at.plus(Duration::from_millis(thousandths(fraction))))
    }

    /// A date and a time of the Gregorian calendar, `offset` seconds ahead of UTC; `None` before the epoch and for what is none.
    fn from_civil(date: [i64; 3], clock: [i64; 3], offset: i64) -> Option<Self> {
        let ([year, month, day], [hour, minute, second]) = (date, clock);
        let plausible = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second <= 60; // a leap second
        if !plausible {
            return None;
        }
        let hours = days_since_epoch(year, month, day).saturating_mul(24).saturating_add(hour);
        let minutes = hours.saturating_mul(60).saturating_add(minute);
        let seconds = minutes.saturating_mul(60).saturating_add(second).saturating_sub(offset);
        Some(Timestamp::from_secs(u64::try_from(seconds).ok()?))
    }
}

/// An HTTP date, in any of its three forms and in no other.
///
/// Shape: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT`, `Sun Nov  6 08:49:37 1994`.
pub(crate) fn http_date(value: &str) -> Option<Timestamp> {
    let mut words = split(value, " ,-");
    words.retain(|word| !word.is_empty());
    let (weekday, clock) = match *words {
        [weekday, _, _, _, clock, "GMT"] | [weekday, _, _, clock, _] => (weekday, clock),
        _ => return None,
    };
    let is_one = number_of(weekday).is_some_and(|number| number > 12) && split(clock, ":").len() == 3;
    Timestamp::from_rfc3339(value).filter(|_| is_one)
}

/// The number of a month; of a weekday one beyond 12.
fn number_of(name: &str) -> Option<i64> {
    const NAMES: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDecMonTueWedThuFriSatSun";
    let short = name.as_bytes().get(..3)?;
    (1i64..).zip(NAMES.chunks_exact(3)).find(|(_, known)| *known == short).map(|(number, _)| number)
}

/// Two digits are of this century, or of the last one if they would lie before the epoch.
fn full(year: &str) -> Option<i64> {
    match (year.len(), small(year)?) {
        (4, year) => Some(year),
        (2, year) => Some(year.saturating_add(if year < 70 { 2000 } else { 1900 })),
        _ => None,
    }
}

fn small(digits: &str) -> Option<i64> {
    number(digits).filter(|number| *number <= 9999).map(|number| number as i64)
}

/// The digits behind a decimal point.
fn thousandths(fraction: &str) -> u64 {
    let mut thousandths = 0u64;
    for digit in fraction.bytes().chain(*b"000").take(3) {
        thousandths = thousandths.saturating_mul(10).saturating_add(digit.wrapping_sub(b'0').into());
    }
    thousandths
}

/// A span that names its units.
///
/// Shape: `PT15M`, `P1DT2H` (ISO 8601), `15m`, `1h30m0s`, `900 seconds`, `1.5 hours`.
pub(crate) fn span(text: &str) -> Option<Duration> {
    const SECOND: u64 = 1_000;
    const DAY: u64 = 86_400 * SECOND;
    const UNITS: [(&str, u64); 9] = [
        ("second", SECOND),
        ("minute", 60 * SECOND),
        ("hour", 3600 * SECOND),
        ("hr", 3600 * SECOND),
        ("day", DAY),
        ("week", 7 * DAY),
        ("month", 30 * DAY),
        ("year", 365 * DAY),
        ("millisecond", 1),
    ];
    let text = lower(trim(text));
    let period = text.strip_prefix('p');
    let mut rest = period.unwrap_or(&text);
    let (mut is_date, mut span) = (period.is_some(), None);
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('t').filter(|_| is_date) {
            (is_date, rest) = (false, time);
            continue;
        }
        let (whole, after) = rest.split_at_checked(digits(rest))?;
        let (fraction, after) = match after.strip_prefix(['.', ',']) {
            Some(after) => after.split_at_checked(digits(after))?,
            None => ("", after),
        };
        let after = trim(after);
        let length = if period.is_some() { 1 } else { letters(after) };
        let (unit, after) = after.split_at_checked(length)?;
        let unit = match unit {
            "m" if is_date => "month",
            "ms" | "msec" | "msecs" => "millisecond",
            _ if unit.len() > 1 => unit.strip_suffix('s').unwrap_or(unit),
            _ => unit,
        };
        let (_, millis) = UNITS.iter().find(|(name, _)| !unit.is_empty() && name.starts_with(unit))?;
        let part = number(whole)?.saturating_mul(*millis);
        let part = part.saturating_add(thousandths(fraction).saturating_mul(*millis) / 1000);
        span = Some(part.saturating_add(span.unwrap_or(0)));
        rest = trim(after);
    }
    span.map(Duration::from_millis)
}

fn is_leap(year: i64) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let years: i64 = (1970..year).map(|y| if is_leap(y) { 366 } else { 365 }).sum();
    let months: i64 = (1..month).map(|m| days_in(year, m)).sum();
    years.saturating_add(months).saturating_add(day).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfc3339_in_the_forms_providers_send() {
        for (text, millis) in [
            ("2023-11-14T23:13:20Z", 1_700_003_600_000),
            ("2023-11-14T23:13:20.000000Z", 1_700_003_600_000),
            ("2023-11-15T01:13:20.5+02:00", 1_700_003_600_500),
            ("2023-11-14T22:13:20-0100", 1_700_003_600_000),
            ("2023-11-14T22:13:20-01", 1_700_003_600_000),
            ("2023-11-14 23:13:20", 1_700_003_600_000),
            ("2023-11-14T23:13:20,25", 1_700_003_600_250),
            ("2023/11/14 23:13:20", 1_700_003_600_000),
            ("20231114T231320.125Z", 1_700_003_600_125),
            ("2023-11-14T23:13Z", 1_700_003_580_000),
            ("2024-02-29t00:00:00z", 1_709_164_800_000),
        ] {
            assert_eq!(Timestamp::from_rfc3339(text), Some(Timestamp::from_millis(millis)), "{text}");
        }
    }

    #[test]
    fn refuses_what_is_no_date() {
        for text in [
            "",
            "T",
            "(",
            "2023-02-29T00:00:00Z",
            "2023-13-01T00:00:00Z",
            "1969-12-31T23:59:59Z",
            "2023-11-14T25:00:00Z",
            "2023-11-14T23:13:20+",
            "2023-11-14T23:13:20+1",
            "2023-11-14T23:13:20.",
            "2023-11-14T23",
            "2023-11-14T2313201",
            "99999-01-01T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
            "2023-11-14T23:13:20Z é",
            "2023-11-14T23:13:20_",
            "14-11-2023 23:13:20",
            "14 Nov 2023",
            "14 Nov 2023 11:13:20 PM",
            "14 Nov 2023 23:13:20 CET",
            "14 Nov 2023 2023 23:13:20",
            "23:13:20 2023-11-14 1:2",
        ] {
            assert_eq!(Timestamp::from_rfc3339(text), None, "{text}");
        }
    }
}
