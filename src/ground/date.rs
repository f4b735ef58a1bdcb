//! Dates and spans as servers write them. By hand: httpdate, for the HTTP dates alone, is 1.9 KB of wasm more.

use core::time::Duration;

use crate::ground::text::{decimal, digits, letters, number, split_once};
use crate::ground::time::Timestamp;

impl Timestamp {
    /// Parses a date and time of RFC 3339 §5.6, and the other forms that servers send: compact ISO 8601, the three forms
    /// of an HTTP date (RFC 9110 §5.6.7), and a `Date` as JavaScript prints it. Without a time zone it is UTC.
    ///
    /// Shape: `2023-11-14T23:13:20.5+02:00`, `20231114T231320Z`, `2023-11-14 23:13`, `Tue, 14 Nov 2023 23:13:20 GMT`,
    /// `Tuesday, 14-Nov-23 23:13:20 GMT`, `Tue Nov 14 23:13:20 2023`, `Tue Nov 14 2023 23:13:20 GMT+0100 (…)`.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (mut date, mut dated, mut month) = ([0; 3], 0usize, None);
        let (mut clock, mut clocked) = ([0; 3], 0usize);
        let (mut fraction, mut zone, mut ahead) = (0, b' ', 0i64);
        // What stands in brackets names the zone whose offset was said.
        let mut rest = split_once(text, "(").map_or(text, |(before, _)| before).trim_ascii();
        let mut before = b' ';
        while !rest.is_empty() {
            let (piece, after) = rest.split_at_checked(digits(rest).max(letters(rest)).max(1))?;
            let last = piece.bytes().last()?;
            match (number(piece), before) {
                (None, _) => match number_of(piece) {
                    Some(number) if number <= 12 => month = Some(number),
                    Some(_) => {}
                    None if piece.len() == 1
                        && matches!(last, b'T' | b't' | b'Z' | b'z' | b' ' | b'+'..=b'/' | b':') => {}
                    None if ["GMT", "UTC", "UT"].contains(&piece) => {}
                    None => return None,
                },
                (Some(minutes), b':') if zone != b' ' => ahead = ahead.saturating_add(small(minutes)),
                (Some(offset), b'+' | b'-') if clocked > 0 => {
                    let [_, hours, minutes] = pairs(if piece.len() > 2 { offset } else { offset.saturating_mul(100) });
                    (zone, ahead) = (before, hours.saturating_mul(60).saturating_add(minutes));
                }
                (Some(_), b'.' | b',') if clocked == 3 => fraction = thousandths(piece),
                (Some(number), b'T' | b't') if piece.len() >= 4 && clocked == 0 => {
                    clocked = piece.len() / 2;
                    clock = pairs(if clocked > 2 { number } else { number.saturating_mul(100) });
                }
                (Some(number), _) if before == b':' || (clocked == 0 && after.starts_with(':')) => {
                    *clock.get_mut(clocked)? = small(number);
                    clocked = clocked.saturating_add(1);
                }
                (Some(all), _) if piece.len() > 4 => (date, dated) = (pairs(all), 3),
                (Some(number), _) => {
                    *date.get_mut(dated)? = small(number);
                    dated = dated.saturating_add(1);
                }
            }
            (before, rest) = (last, after);
        }
        let date = match (month, date) {
            (Some(month), [day, year, _]) if dated == 2 && clocked == 3 => [full(year), month, day],
            (None, date) if dated == 3 && clocked > 1 => date,
            _ => return None,
        };
        // It ends in the middle of something.
        if matches!(before, b'+' | b'-'..=b'/' | b':') {
            return None;
        }
        let offset = ahead.saturating_mul(if zone == b'-' { -60 } else { 60 });
        Some(Timestamp::from_civil(date, clock, offset)?.plus(Duration::from_millis(fraction)))
    }

    /// Formats the instant by RFC 3339 §5.6, in UTC and to the second. An instant after the year 9999 is written as its end.
    ///
    /// ```
    /// # use bearerkit::Timestamp;
    /// assert_eq!(Timestamp::from_secs(1_700_003_600).to_rfc3339(), "2023-11-14T23:13:20Z");
    /// ```
    pub fn to_rfc3339(self) -> String {
        let seconds = (self.as_millis() / 1000).min(253_402_300_799);
        let (mut days, mut year, mut month) = ((seconds / 86_400) as i64, 1970i64, 1i64);
        while days >= 365i64.saturating_add(is_leap(year).into()) {
            days = days.saturating_sub(365i64.saturating_add(is_leap(year).into()));
            year = year.saturating_add(1);
        }
        while days >= days_in(year, month) {
            days = days.saturating_sub(days_in(year, month));
            month = month.saturating_add(1);
        }
        let mut out = decimal(year as u64);
        for (before, number) in [
            ("-", month as u64),
            ("-", (days as u64).saturating_add(1)),
            ("T", seconds / 3600 % 24),
            (":", seconds / 60 % 60),
            (":", seconds % 60),
        ] {
            out.push_str(&[before, if number < 10 { "0" } else { "" }, &decimal(number)].concat());
        }
        [&*out, "Z"].concat()
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

/// The number of a month; of a weekday one beyond 12.
fn number_of(name: &str) -> Option<i64> {
    const NAMES: &[u8] = b"JanFebMarAprMayJunJulAugSepOctNovDecMonTueWedThuFriSatSun";
    let short = name.as_bytes().get(..3)?;
    (1i64..).zip(NAMES.chunks_exact(3)).find(|(_, known)| *known == short).map(|(number, _)| number)
}

/// `20231114` -> 2023, 11, 14
fn pairs(number: u64) -> [i64; 3] {
    [small(number / 10_000), small(number / 100 % 100), small(number % 100)]
}

/// Larger than any field is all the same.
fn small(number: u64) -> i64 {
    number.min(99_999) as i64
}

/// Two digits are of this century, or of the last one if they would lie before the epoch.
fn full(year: i64) -> i64 {
    match year {
        ..70 => year.saturating_add(2000),
        70..100 => year.saturating_add(1900),
        _ => year,
    }
}

/// The digits behind a decimal point.
fn thousandths(fraction: &str) -> u64 {
    [fraction, "000"].concat().get(..3).and_then(number).unwrap_or(0)
}

/// A span that names its units.
///
/// Shape: `PT15M`, `P1DT2H` (ISO 8601), `15m`, `1h30m0s`, `900 seconds`, `1.5 hours`.
pub(crate) fn span(text: &str) -> Option<Duration> {
    const DAY: u64 = 86_400_000;
    // What a unit is called begins with what is written; of several the first one counts.
    const UNITS: [(&str, u64); 12] = [
        ("seconds", 1000),
        ("secs", 1000),
        ("minutes", 60_000),
        ("mins", 60_000),
        ("hours", 3_600_000),
        ("hrs", 3_600_000),
        ("days", DAY),
        ("weeks", 7 * DAY),
        ("months", 30 * DAY),
        ("years", 365 * DAY),
        ("ms", 1),
        ("milliseconds", 1),
    ];
    let text = text.trim_ascii().to_ascii_lowercase();
    let period = text.strip_prefix('p');
    let mut rest = period.unwrap_or(&text);
    // Before the `T` of a period its `M` is a month.
    let mut is_date = period.is_some();
    let (mut span, mut amount, mut before) = (None, None, b' ');
    while !rest.is_empty() {
        let length = if period.is_some() { 1 } else { letters(rest) };
        let (piece, after) = rest.split_at_checked(digits(rest).max(length).max(1))?;
        let last = piece.bytes().last()?;
        match number(piece) {
            Some(_) if matches!(before, b'.' | b',') => amount = Some(thousandths(piece).saturating_add(amount?)),
            Some(number) => amount = Some(number.saturating_mul(1000)),
            None if matches!(last, b' ' | b'.' | b',') => {}
            None if is_date && last == b't' => is_date = false,
            None => {
                let unit = if is_date && last == b'm' { "mo" } else { piece };
                let (_, millis) = UNITS.iter().find(|(name, _)| name.starts_with(unit))?;
                let part = amount.take()?.saturating_mul(*millis) / 1000;
                span = Some(part.saturating_add(span.unwrap_or(0)));
            }
        }
        (before, rest) = (last, after);
    }
    span.filter(|_| amount.is_none()).map(Duration::from_millis)
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
    fn rfc3339_is_written_as_it_is_read() {
        for text in ["1970-01-01T00:00:00Z", "2024-02-29T09:05:07Z", "2026-12-31T23:59:59Z", "9999-12-31T23:59:59Z"] {
            let at = Timestamp::from_rfc3339(text).unwrap();
            assert_eq!(at.plus(Duration::from_millis(999)).to_rfc3339(), text);
        }
        assert_eq!(Timestamp::MAX.to_rfc3339(), "9999-12-31T23:59:59Z");
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
            "2023-11-14T23:13:20.",
            "2023-11-14T23",
            "2023-11-14T2313201",
            "99999-01-01T00:00:00Z",
            "1970-01-01T00:00:00+01:00",
            "2023-11-14T23:13:20Z é",
            "2023-11-14T23:13:20_",
            "14-11-2023 23:13:20",
            "14 Nov 2023",
            "14 Nov 2023 23:13 GMT",
            "14 Nov 2023 11:13:20 PM",
            "14 Nov 2023 23:13:20 CET",
            "14 Nov 2023 2023 23:13:20",
            "23:13:20 2023-11-14 1:2",
        ] {
            assert_eq!(Timestamp::from_rfc3339(text), None, "{text}");
        }
    }
}
