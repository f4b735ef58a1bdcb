//! Instants as the core knows them: handed in, never read from a clock.

use core::time::Duration;

use crate::text::{concat, decimal, number, position, split, split_once, trim};

/// An instant: milliseconds since 1970-01-01T00:00:00Z, as `Date.now()` gives them. Arithmetic saturates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// Later than any other.
    pub const MAX: Timestamp = Timestamp(u64::MAX);

    /// From milliseconds since the epoch.
    pub const fn from_millis(millis: u64) -> Self {
        Timestamp(millis)
    }

    /// From seconds since the epoch, the unit of `exp` and `iat`.
    #[inline(never)]
    pub const fn from_secs(secs: u64) -> Self {
        Timestamp(secs.saturating_mul(1000))
    }

    /// Milliseconds since the epoch.
    pub const fn as_millis(self) -> u64 {
        self.0
    }

    /// The time that passed since `earlier`; zero if `earlier` is later.
    #[inline(never)]
    pub const fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(self.0.saturating_sub(earlier.0))
    }

    /// This instant, so much later.
    #[inline(never)]
    pub const fn plus(self, span: Duration) -> Self {
        Timestamp(self.0.saturating_add(millis(span)))
    }

    /// This instant, so much earlier.
    #[inline(never)]
    pub const fn minus(self, span: Duration) -> Self {
        Timestamp(self.0.saturating_sub(millis(span)))
    }

    /// Reads a date and time of RFC 3339 §5.6 (`2023-11-14T23:13:20.000000Z`, `…+02:00`).
    ///
    /// A time without an offset is taken as UTC, and a space may stand for the `T`: both occur in the field.
    pub fn from_rfc3339(text: &str) -> Option<Self> {
        let (date, time) = split_once(trim(text), "Tt ")?;
        let (clock, offset) = split_offset(time)?;
        let (clock, fraction) = split_once(clock, ".").unwrap_or((clock, "0"));
        number(fraction)?;
        let at = Timestamp::from_civil(numbers(date, "-")?, numbers(clock, ":")?, offset)?;
        let mut millis = 0u64;
        for digit in fraction.bytes().chain(*b"000").take(3) {
            millis = millis.saturating_mul(10).saturating_add(digit.wrapping_sub(b'0').into());
        }
        Some(at.plus(Duration::from_millis(millis)))
    }

    /// Writes the date and time of RFC 3339 §5.6 in UTC, to the second. What is later than the year 9999 is written as its end.
    ///
    /// ```
    /// # use bearerkit::Timestamp;
    /// assert_eq!(Timestamp::from_secs(1_700_003_600).to_rfc3339(), "2023-11-14T23:13:20Z");
    /// ```
    pub fn to_rfc3339(self) -> String {
        let seconds = (self.0 / 1000).min(253_402_300_799);
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
            out.push_str(&concat(&[before, if number < 10 { "0" } else { "" }, &decimal(number)]));
        }
        concat(&[&out, "Z"])
    }

    /// A date and a time of the Gregorian calendar, `offset` seconds ahead of UTC; `None` before the epoch and for what is none.
    pub(crate) fn from_civil(date: [i64; 3], clock: [i64; 3], offset: i64) -> Option<Self> {
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

/// A span in whole milliseconds, saturating.
// Not by `as_millis`, which multiplies 128 bits; and not inlined, as the arithmetic of instants is everywhere.
#[inline(never)]
pub(crate) const fn millis(span: Duration) -> u64 {
    span.as_secs().saturating_mul(1000).saturating_add(span.subsec_millis() as u64)
}

/// Three numbers of at most four digits.
pub(crate) fn numbers(text: &str, separator: &str) -> Option<[i64; 3]> {
    let [one, two, three] = *split(text, separator) else { return None };
    let small = |digits| number(digits).filter(|number| *number <= 9999).and_then(|number| i64::try_from(number).ok());
    Some([small(one)?, small(two)?, small(three)?])
}

/// `12:00:00+02:00` -> (`12:00:00`, 7200)
fn split_offset(time: &str) -> Option<(&str, i64)> {
    if let Some(clock) = time.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = position(time, "+-") else { return Some((time, 0)) };
    let (clock, offset) = time.split_at_checked(at)?;
    let mut digits = offset.to_owned();
    digits.retain(|c| c.is_ascii_digit());
    let of = |digits: &str| number(digits).and_then(|number| i64::try_from(number).ok());
    let (hours, minutes) = (of(digits.get(..2)?)?, of(digits.get(2..4).unwrap_or("00"))?);
    let seconds = hours.saturating_mul(3600).saturating_add(minutes.saturating_mul(60));
    Some((clock, if offset.starts_with('-') { seconds.saturating_neg() } else { seconds }))
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
        for (text, seconds) in [
            ("2023-11-14T23:13:20Z", 1_700_003_600_000),
            ("2023-11-14T23:13:20.000000Z", 1_700_003_600_000),
            ("2023-11-15T01:13:20.5+02:00", 1_700_003_600_500),
            ("2023-11-14T22:13:20-0100", 1_700_003_600_000),
            ("2023-11-14 23:13:20", 1_700_003_600_000),
            ("2024-02-29t00:00:00z", 1_709_164_800_000),
        ] {
            assert_eq!(Timestamp::from_rfc3339(text), Some(Timestamp(seconds)), "{text}");
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
    fn rfc3339_refuses_what_is_no_date() {
        for text in
            ["", "T", "2023-02-29T00:00:00Z", "2023-13-01T00:00:00Z", "1969-12-31T23:59:59Z", "2023-11-14T25:00:00Z"]
                .into_iter()
                .chain([
                    "2023-11-14T23:13:20+",
                    "2023-11-14T23:13Z",
                    "99999-01-01T00:00:00Z",
                    "1970-01-01T00:00:00+01:00",
                ])
        {
            assert_eq!(Timestamp::from_rfc3339(text), None, "{text}");
        }
    }
}
