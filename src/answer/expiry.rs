//! A token's lifetime, from whatever evidence the response contains.

use core::time::Duration;

use crate::answer::jwt::JwtDates;
use crate::config::places::ExpiryShape;
use crate::config::schema::kind;
use crate::config::words::{InstantFormat, Source, Unit};
use crate::ground::date::span;
use crate::ground::json::whole;
use crate::ground::text::{number, spaced, split};
use crate::ground::time::Timestamp;
use crate::ground::value::Value;

/// Below: a span in seconds. From here on: an instant (2001). Fusio up to 4.0.2 sends one as `expires_in`.
const ABSOLUTE_FROM: u64 = 1_000_000_000;
/// A longer life is believed only where the profile names what it is: far more often a unit was taken for another.
const LONGEST: Duration = Duration::from_secs(366 * 86_400);

/// What is known of a token's life: the answer's expiry value, its `Date`, and the dates in the token.
pub(crate) struct Evidence<'a> {
    pub(crate) stated: Option<&'a Value>,
    pub(crate) jwt: Option<JwtDates>,
    /// When the request was sent, by the local clock: a lifetime is counted from here.
    pub(crate) sent: Timestamp,
    /// The server's clock, as its `Date` header shows it.
    pub(crate) date: Option<Timestamp>,
}

/// The token's lifetime, counted from the moment the request was sent (`None`: nothing says), and a sentence about what was
/// said and is not believed. No value is in it, only its form.
///
/// An absolute time is placed by the server's own clock, so that a wrong local one does no harm.
pub(crate) fn lifetime(shape: ExpiryShape<'_>, evidence: &Evidence<'_>) -> (Option<Duration>, Option<String>) {
    let (source, unit) = (shape.source(), shape.unit());
    match source {
        Source::Fixed => return (shape.seconds(), None),
        Source::JwtExp => return (evidence.of_jwt(), None),
        Source::Auto | Source::ExpiresIn | Source::ExpiresAt => {}
    }
    let is_believed = |life: &Duration| source != Source::Auto || *life <= LONGEST;
    let read = evidence.stated.and_then(|value| evidence.read(value, source, unit, shape.format()));
    let stated = read.filter(|life| unit.is_some() || is_believed(life));
    let exp = evidence.of_jwt().filter(|_| source == Source::Auto);
    // The earlier of the two counts; JWT claims that nobody verified may shorten a life, never lengthen it.
    let life = match (stated, exp.filter(is_believed)) {
        (Some(stated), Some(exp)) => Some(stated.min(exp)),
        (stated, exp) => stated.or(exp),
    };
    let place = shape.place();
    let is_long = |who| [who, " says more than a year, which requires a source or a unit"].concat();
    let doubt = match evidence.stated {
        Some(_) if stated.is_some() => return (life, None),
        None if life.is_some() || exp.is_none() => return (life, None),
        None => is_long("the token's exp"),
        Some(_) if read.is_some() => is_long(place),
        Some(value) => {
            let found = value.as_str().map_or_else(|| kind(value).to_owned(), form);
            ["the value at ", place, " is not a lifetime: ", &found].concat()
        }
    };
    let used = if life.is_some() { "the token's exp" } else { "the default lifetime" };
    let doubt = ["provider.response.expiry: ", &doubt, "; ", used, " is used"].concat();
    (life, Some(spaced(&doubt, 512)))
}

/// What a text looks like: `a text of the form "Aaa, 99 Aaa 9999"`.
fn form(text: &str) -> String {
    let mut form = "a text of the form \"".to_owned();
    for c in text.chars().take(40) {
        form.push(match c {
            'a'..='z' => 'a',
            'A'..='Z' => 'A',
            '0'..='9' => '9',
            ' '..='~' => c,
            _ => '?',
        });
    }
    form.push('"');
    form
}

impl Evidence<'_> {
    /// The shorter of `exp − iat` and `exp − Date`.
    fn of_jwt(&self) -> Option<Duration> {
        let exp = Timestamp::from_secs(self.jwt?.exp?);
        let issued = self.issued().map(|iat| exp.since(iat));
        let dated = self.date.map(|date| exp.since(date));
        Some(match (issued, dated) {
            (Some(issued), Some(dated)) => issued.min(dated),
            (issued, dated) => issued.or(dated).unwrap_or_else(|| exp.since(self.sent)),
        })
    }

    /// A zero says that nobody set it.
    fn issued(&self) -> Option<Timestamp> {
        self.jwt?.iat.filter(|iat| *iat > 0).map(Timestamp::from_secs)
    }

    fn until(&self, at: Timestamp) -> Duration {
        at.since(self.date.or(self.issued()).unwrap_or(self.sent))
    }

    /// A number in the unit or the format of the profile, or a text that says itself what it is: a date, a span with its unit.
    pub(crate) fn read(
        &self,
        value: &Value,
        source: Source,
        unit: Option<Unit>,
        format: InstantFormat,
    ) -> Option<Duration> {
        let Some(number) = whole(value) else {
            let text = value.as_str()?;
            let of_unit = unit.filter(|unit| *unit == Unit::DaysAndClock).and_then(|_| days_and_clock(text));
            let at = Timestamp::from_rfc3339(text).map(|at| self.until(at));
            return of_unit.or(at).or_else(|| span(text).filter(|_| source != Source::ExpiresAt));
        };
        Some(match (source, unit) {
            (Source::ExpiresAt, _) if format == InstantFormat::UnixMillis => self.until(Timestamp::from_millis(number)),
            (Source::ExpiresAt, _) => self.until(Timestamp::from_magnitude(number)),
            (_, Some(Unit::Millis)) => Duration::from_millis(number),
            (_, Some(Unit::Minutes)) => Duration::from_secs(number.saturating_mul(60)),
            (_, Some(Unit::DaysAndClock)) => return None,
            (Source::Auto, None) if number >= ABSOLUTE_FROM => self.until(Timestamp::from_magnitude(number)),
            _ => Duration::from_secs(number),
        })
    }
}

/// Shape: `1:02:03`, a day, two hours, three minutes.
fn days_and_clock(text: &str) -> Option<Duration> {
    let [days, hours, minutes] = *split(text, ":") else { return None };
    let small = |part: &str| number(part.trim_ascii()).filter(|number| *number <= u32::MAX.into());
    let hours = small(days)?.saturating_mul(24).saturating_add(small(hours)?);
    let minutes = hours.saturating_mul(60).saturating_add(small(minutes)?);
    Some(Duration::from_secs(minutes.saturating_mul(60)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::time::millis;
    use crate::ground::value::json;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn auto(stated: Value, jwt: Option<(u64, u64)>, date: Option<u64>) -> Option<u64> {
        let jwt = jwt.map(|(iat, exp)| JwtDates { iat: Some(iat), exp: Some(exp) });
        let evidence = Evidence { stated: Some(&stated), jwt, sent: NOW, date: date.map(Timestamp::from_secs) };
        lifetime(ExpiryShape::of(&Value::Null), &evidence).0.map(|life| life.as_secs())
    }

    #[test]
    fn auto_takes_the_earlier_of_what_it_finds() {
        assert_eq!(auto(json!(3600), None, None), Some(3600));
        assert_eq!(auto(json!("14399"), None, None), Some(14399));
        assert_eq!(auto(json!(3599.9), None, None), Some(3599));
        assert_eq!(auto(json!(0), None, None), Some(0));
        assert_eq!(auto(json!(-1), None, None), Some(0));
        assert_eq!(auto(json!("-1"), None, None), Some(0));
        assert_eq!(auto(json!(true), None, None), None);
        assert_eq!(auto(json!(null), None, None), None);
        assert_eq!(auto(json!(86400), Some((1, 1801)), None), Some(1800));
        assert_eq!(auto(json!(60), Some((1, 1801)), None), Some(60));
    }

    #[test]
    fn an_absolute_expires_in_is_placed_by_the_servers_clock() {
        assert_eq!(auto(json!(1_700_007_200u64), None, None), Some(7200));
        assert_eq!(auto(json!(1_700_007_200_000u64), None, None), Some(7200));
        assert_eq!(auto(json!(1_700_007_200_000_000u64), None, None), Some(7200));
        assert_eq!(auto(json!(1_700_007_200_000_000_000u64), None, None), Some(7200));
        // On either side of the bounds: 31 years, 2001, 33658, 2001 and again.
        assert_eq!(auto(json!(999_999_999), None, None), None);
        assert_eq!(auto(json!(1_000_000_000), None, None), Some(0));
        assert_eq!(auto(json!(999_999_999_999u64), None, None), None);
        assert_eq!(auto(json!(1_000_000_000_000u64), None, None), Some(0));
        assert_eq!(auto(json!(999_999_999_999_999u64), None, None), None);
        assert_eq!(auto(json!(1_000_000_000_000_000u64), None, None), Some(0));
        // The server is a day ahead of us, and says so by its Date or by the token's iat.
        assert_eq!(auto(json!(1_700_093_600u64), None, Some(1_700_086_400)), Some(7200));
        assert_eq!(auto(json!(1_700_093_600u64), Some((1_700_086_400, 1_700_093_600)), None), Some(7200));
        // Nothing else says when the token was issued; where both do, the Date counts.
        assert_eq!(auto(json!(1_700_093_600u64), Some((1_700_086_400, 1_800_000_000)), None), Some(7200));
        let (date, jwt) = (1_700_090_000, (1_700_086_400, 1_800_000_000));
        assert_eq!(auto(json!(1_700_093_600u64), Some(jwt), Some(date)), Some(3600));
        // A time in the past is no life at all, and a number beyond all bounds one that nobody believes.
        assert_eq!(auto(json!(1_600_000_000u64), None, None), Some(0));
        assert_eq!(auto(json!(1e300), None, None), None);
        // An `iat` that nobody set says nothing.
        assert_eq!(auto(json!(null), Some((0, 1_700_000_060)), None), Some(60));
    }

    fn read(shape: &Value, stated: &Value, jwt: Option<(u64, u64)>) -> (Option<u64>, Option<String>) {
        let jwt = jwt.map(|(iat, exp)| JwtDates { iat: Some(iat), exp: Some(exp) });
        let stated = Some(stated).filter(|stated| !stated.is_null());
        let evidence = Evidence { stated, jwt, sent: NOW, date: None };
        let (life, doubt) = lifetime(ExpiryShape::of(shape), &evidence);
        (life.map(millis), doubt)
    }

    #[test]
    fn texts_say_themselves_what_they_are() {
        // Tue, 14 Nov 2023 22:13:20 GMT is now.
        for (stated, life) in [
            ("Tue, 14 Nov 2023 22:28:20 GMT", 900_000),
            ("Tuesday, 14-Nov-23 22:28:20 GMT", 900_000),
            ("Tue Nov 14 22:28:20 2023", 900_000),
            ("Tue Nov 14 2023 23:28:20 GMT+0100 (Central European Standard Time)", 900_000),
            ("Tue Nov 14 2023 17:28:20 GMT-0500", 900_000),
            ("Tue, 14 Nov 2023 23:28:20 +0100", 900_000),
            ("Tue Nov 14 22:28:20 UTC 2023", 900_000),
            ("2023-11-14T22:28:20Z", 900_000),
            ("2023-11-14T22:28:20.5Z", 900_500),
            ("2023-11-14 22:28:20", 900_000),
            ("2023-11-14 23:28:20 +0100", 900_000),
            ("2023-11-14 22:28:20.000 +0000 UTC", 900_000),
            ("2023-11-14T22:28Z", 880_000),
            ("20231114T222820Z", 900_000),
            ("20231114T222820+0000", 900_000),
            ("20231114T2228Z", 880_000),
            ("PT15M", 900_000),
            ("pt15m", 900_000),
            ("P1DT2H", 93_600_000),
            ("PT0.5H", 1_800_000),
            ("PT1H30M", 5_400_000),
            ("P1W", 604_800_000),
            ("P1M", 2_592_000_000),
            ("P0Y0M0DT0H15M0,5S", 900_500),
            ("15m", 900_000),
            ("15 min", 900_000),
            ("15 mins", 900_000),
            (" 900s ", 900_000),
            ("900 sec", 900_000),
            ("900 Seconds", 900_000),
            ("1 hour", 3_600_000),
            ("2hrs", 7_200_000),
            ("1.5h", 5_400_000),
            ("1h0m0s", 3_600_000),
            ("1 hour 30 minutes", 5_400_000),
            ("1d", 86_400_000),
            ("900000ms", 900_000),
            ("900000 milliseconds", 900_000),
            ("900.7", 900_000),
            ("1700000900", 900_000),
            ("1700000900123", 900_123),
            ("-1", 0),
            ("Mon Nov 13 2023 22:28:20 GMT+0000", 0),
        ] {
            for shape in [json!({}), json!({"source": "expires_in"}), json!({"unit": "min"})] {
                if !stated.trim().starts_with(|c: char| c.is_ascii_digit() || c == '-')
                    || stated.contains(|c: char| c.is_ascii_alphabetic())
                    || shape == json!({})
                {
                    assert_eq!(read(&shape, &json!(stated), None), (Some(life), None), "{stated} {shape}");
                }
            }
        }
        let at = json!({"source": "expires_at"});
        for (stated, life) in [
            (json!("Tue, 14 Nov 2023 22:28:20 GMT"), Some(900_000)),
            (json!("1700000900"), Some(900_000)),
            (json!(1_700_000_900_000u64), Some(900_000)),
            (json!("15m"), None),
        ] {
            assert_eq!(read(&at, &stated, None).0, life, "{stated}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told_by_its_form() {
        for (stated, found) in [
            (json!("Xyz, 14 Nov 2023"), r#"a text of the form "Aaa, 99 Aaa 9999""#),
            (json!("s3cr3t\n\"é😀"), r#"a text of the form "a9aa9a?"??""#),
            (json!("x".repeat(900)), &*format!(r#"a text of the form "{}""#, "a".repeat(40))),
            (json!(""), r#"a text of the form """#),
            (json!("15 sheep"), r#"a text of the form "99 aaaaa""#),
            (json!("15"), ""),
            (json!("11/25/2026 8:21:24 PM"), r#"a text of the form "99/99/9999 9:99:99 AA""#),
            (json!("Wed Nov 25 20:21:24 CET 2026"), r#"a text of the form "Aaa Aaa 99 99:99:99 AAA 9999""#),
            (json!("P"), r#"a text of the form "A""#),
            (json!("1h30"), r#"a text of the form "9a99""#),
            (json!("1h-1m"), r#"a text of the form "9a-9a""#),
            (json!("2026-11-25"), r#"a text of the form "9999-99-99""#),
            (json!("2026-13-25T00:00:00Z"), r#"a text of the form "9999-99-99A99:99:99A""#),
            (json!("é15m"), r#"a text of the form "?99a""#),
            (json!(true), "a boolean"),
            (json!([60]), "an array"),
            (json!({"a": 60}), "an object"),
        ] {
            let (life, doubt) = read(&json!({}), &stated, None);
            let expected = format!("the value at /expires_in is not a lifetime: {found}; the default lifetime is used");
            match found {
                "" => assert_eq!((life, doubt), (Some(15_000), None)),
                _ => assert_eq!((life, doubt), (None, Some(format!("provider.response.expiry: {expected}")))),
            }
            if !found.is_empty() {
                let (life, doubt) = read(&json!({}), &stated, Some((1, 61)));
                assert_eq!(life, Some(60_000));
                assert!(doubt.unwrap().ends_with("; the token's exp is used"));
            }
        }
        assert_eq!(read(&json!({}), &Value::Null, None), (None, None));
    }

    #[test]
    fn more_than_a_year_counts_only_where_the_profile_names_it() {
        const YEAR: u64 = 366 * 86_400;
        let plain = json!({});
        assert_eq!(read(&plain, &json!(YEAR), None), (Some(YEAR * 1000), None));
        let (life, doubt) = read(&plain, &json!(YEAR + 1), None);
        assert_eq!(life, None);
        let doubt = doubt.unwrap();
        assert!(doubt.contains("/expires_in says more than a year") && doubt.contains("default lifetime"), "{doubt}");
        assert_eq!(read(&plain, &json!(YEAR + 1), Some((1, 61))).0, Some(60_000));
        for named in [json!({"source": "expires_in"}), json!({"unit": "s"})] {
            assert_eq!(read(&named, &json!(YEAR + 1), None), (Some((YEAR + 1) * 1000), None), "{named}");
        }
        for far in [json!("P2Y"), json!("2033-11-14T22:13:20Z"), json!(2_000_000_000), json!(1e300)] {
            let (life, doubt) = read(&plain, &far, None);
            assert!(life.is_none() && doubt.is_some(), "{far}");
        }
        let jwt = Some((1_700_000_000, 1_700_000_000 + YEAR + 1));
        let (life, doubt) = read(&plain, &Value::Null, jwt);
        assert!(life.is_none() && doubt.unwrap().contains("the token's exp says more than a year"));
        assert_eq!(read(&plain, &json!(60), jwt), (Some(60_000), None));
        assert_eq!(read(&json!({"source": "jwt_exp"}), &Value::Null, jwt), (Some((YEAR + 1) * 1000), None));
    }

    #[test]
    fn sources_and_units() {
        let with = |shape: Value, stated: Value| {
            let evidence = Evidence { stated: Some(&stated), jwt: None, sent: NOW, date: None };
            lifetime(ExpiryShape::of(&shape), &evidence).0.map(|life| life.as_secs())
        };
        assert_eq!(with(json!({"source": "fixed", "seconds": 60}), json!(1)), Some(60));
        assert_eq!(with(json!({"source": "expires_in", "unit": "ms"}), json!(2_592_000_000u64)), Some(2_592_000));
        assert_eq!(with(json!({"unit": "ms"}), json!(2_592_000_000u64)), Some(2_592_000));
        assert_eq!(with(json!({"source": "expires_in", "unit": "min"}), json!("20")), Some(1200));
        assert_eq!(with(json!({"source": "expires_in", "unit": "d:hh:mm"}), json!("1:02:03")), Some(93_780));
        assert_eq!(with(json!({"source": "expires_in", "unit": "d:hh:mm"}), json!("1:02")), None);
        assert_eq!(with(json!({"source": "expires_in"}), json!(1_700_000_060u64)), Some(1_700_000_060));
        assert_eq!(with(json!({"source": "expires_at"}), json!(1_700_000_060u64)), Some(60));
        assert_eq!(with(json!({"source": "expires_at"}), json!(60)), Some(0));
        assert_eq!(with(json!({"source": "expires_at", "format": "unix_ms"}), json!(1_700_000_060_000u64)), Some(60));
        assert_eq!(with(json!({"source": "jwt_exp"}), json!(3600)), None);
    }
}
