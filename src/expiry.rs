//! When a token is stale and when it is expired, from whatever evidence the answer holds.

use core::time::Duration;

use serde_json::Value;

use crate::jwt::JwtDates;
use crate::provider::ExpiryShape;
use crate::text::{number, split, split_once, trim};
use crate::time::{Timestamp, millis};

/// Below: a span in seconds. From here on: an instant in seconds (2001). Fusio up to 4.0.2 sends one as `expires_in`.
const ABSOLUTE_FROM: u64 = 1_000_000_000;
/// From here on: an instant in milliseconds.
const ABSOLUTE_MILLIS_FROM: u64 = 1_000_000_000_000;

/// What is known of a token's life: the answer's expiry value, its `Date`, and the dates in the token.
pub(crate) struct Evidence<'a> {
    pub(crate) stated: Option<&'a Value>,
    pub(crate) jwt: Option<JwtDates>,
    /// When the request was sent, by the local clock: a lifetime is counted from here.
    pub(crate) sent: Timestamp,
    /// The server's clock, as its `Date` header shows it.
    pub(crate) date: Option<Timestamp>,
}

/// The token's lifetime, counted from the moment the request was sent. `None`: nothing says.
///
/// An absolute time is placed by the server's own clock, so that a wrong local one does no harm.
pub(crate) fn lifetime(shape: ExpiryShape<'_>, evidence: &Evidence<'_>) -> Option<Duration> {
    match shape.source() {
        "fixed" => shape.seconds(),
        "jwt_exp" => evidence.of_jwt(),
        "expires_in" => span(evidence.stated?, shape.unit().unwrap_or("s")),
        "expires_at" => instant(evidence.stated?, shape.format()).map(|at| evidence.until(at)),
        _ => {
            let stated = evidence.stated.and_then(|value| evidence.of_any(value, shape.unit()));
            // The earlier of the two counts; JWT claims that nobody verified may shorten a life, never lengthen it.
            match (stated, evidence.of_jwt()) {
                (Some(stated), Some(of_jwt)) => Some(stated.min(of_jwt)),
                (stated, of_jwt) => stated.or(of_jwt),
            }
        }
    }
}

impl Evidence<'_> {
    /// The shorter of `exp − iat` and `exp − Date`.
    fn of_jwt(&self) -> Option<Duration> {
        let dates = self.jwt?;
        let exp = Timestamp::from_secs(dates.exp?);
        let issued = dates.iat.map(|iat| exp.since(Timestamp::from_secs(iat)));
        let dated = self.date.map(|date| exp.since(date));
        Some(match (issued, dated) {
            (Some(issued), Some(dated)) => issued.min(dated),
            (issued, dated) => issued.or(dated).unwrap_or_else(|| exp.since(self.sent)),
        })
    }

    fn until(&self, at: Timestamp) -> Duration {
        let issued = self.jwt.and_then(|dates| dates.iat).map(Timestamp::from_secs);
        at.since(self.date.or(issued).unwrap_or(self.sent))
    }

    fn of_any(&self, value: &Value, unit: Option<&str>) -> Option<Duration> {
        if let Some(unit) = unit {
            return span(value, unit);
        }
        match whole(value) {
            Some(seconds) if seconds < ABSOLUTE_FROM => Some(Duration::from_secs(seconds)),
            Some(seconds) if seconds < ABSOLUTE_MILLIS_FROM => Some(self.until(Timestamp::from_secs(seconds))),
            Some(millis) => Some(self.until(Timestamp::from_millis(millis))),
            None => value.as_str().and_then(Timestamp::from_rfc3339).map(|at| self.until(at)),
        }
    }
}

/// A number or a numeric string (PayPal, UPS), zero or more, fractions cut off.
fn whole(value: &Value) -> Option<u64> {
    let of_float = |float: f64| (float >= 0.0).then_some(float as u64);
    match value {
        Value::Number(number) => number.as_u64().or_else(|| number.as_f64().and_then(of_float)),
        Value::String(text) => {
            let (whole, fraction) = split_once(trim(text), ".").unwrap_or((trim(text), ""));
            if !fraction.is_empty() {
                number(fraction)?;
            }
            number(whole)
        }
        _ => None,
    }
}

fn span(value: &Value, unit: &str) -> Option<Duration> {
    match unit {
        "ms" => whole(value).map(Duration::from_millis),
        "min" => whole(value).map(|minutes| Duration::from_secs(minutes.saturating_mul(60))),
        "d:hh:mm" => {
            let [days, hours, minutes] = *split(value.as_str()?, ":") else { return None };
            let small = |part| number(trim(part)).filter(|number| *number <= u32::MAX.into());
            let hours = small(days)?.saturating_mul(24).saturating_add(small(hours)?);
            let minutes = hours.saturating_mul(60).saturating_add(small(minutes)?);
            Some(Duration::from_secs(minutes.saturating_mul(60)))
        }
        _ => whole(value).map(Duration::from_secs),
    }
}

fn instant(value: &Value, format: &str) -> Option<Timestamp> {
    match format {
        "unix_ms" => whole(value).map(Timestamp::from_millis),
        "rfc3339" => value.as_str().and_then(Timestamp::from_rfc3339),
        _ => whole(value).map(Timestamp::from_secs),
    }
}

/// The two points in a token's life at which something changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    pub(crate) renew_at: Timestamp,
    pub(crate) hard_expiry: Timestamp,
}

/// Renewed this long before hard expiry, unless the lifetime is short or someone names another margin.
const REFRESH_MARGIN_MS: u64 = 300_000;
const SAFETY_MS: u64 = 10_000;

/// Places both points in proportion to the lifetime.
///
/// `margin` is one that the profile or the options name; `random` (any number) keeps a fleet from renewing in step.
pub(crate) fn schedule(sent: Timestamp, lifetime: Duration, margin: Option<Duration>, random: u64) -> Schedule {
    let life = millis(lifetime);
    // Servers round `exp` to seconds; half of a very short life is left all the same.
    let safety = SAFETY_MS.min(life / 20).max(1000).min(life / 2);
    let usable = life.saturating_sub(safety);
    let margin = match margin {
        Some(margin) => millis(margin).min(life / 2),
        None => REFRESH_MARGIN_MS.min(life / 10),
    };
    let spread = margin.min(life / 10);
    let jitter = random.checked_rem(spread.saturating_add(1)).unwrap_or(0);
    let renew_after = usable.saturating_sub(margin).saturating_sub(jitter);
    let at = |offset| sent.plus(Duration::from_millis(offset));
    Schedule { renew_at: at(renew_after), hard_expiry: at(usable) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: Timestamp = Timestamp::from_secs(1_700_000_000);

    fn auto(stated: Value, jwt: Option<(u64, u64)>, date: Option<u64>) -> Option<u64> {
        let jwt = jwt.map(|(iat, exp)| JwtDates { iat: Some(iat), exp: Some(exp) });
        let evidence = Evidence { stated: Some(&stated), jwt, sent: NOW, date: date.map(Timestamp::from_secs) };
        lifetime(ExpiryShape::of(&Value::Null), &evidence).map(|life| life.as_secs())
    }

    #[test]
    fn auto_takes_the_earlier_of_what_it_finds() {
        assert_eq!(auto(json!(3600), None, None), Some(3600));
        assert_eq!(auto(json!("14399"), None, None), Some(14399));
        assert_eq!(auto(json!(3599.9), None, None), Some(3599));
        assert_eq!(auto(json!(0), None, None), Some(0));
        assert_eq!(auto(json!(-1), None, None), None);
        assert_eq!(auto(json!(true), None, None), None);
        assert_eq!(auto(json!(null), None, None), None);
        assert_eq!(auto(json!(86400), Some((1, 1801)), None), Some(1800));
        assert_eq!(auto(json!(60), Some((1, 1801)), None), Some(60));
    }

    #[test]
    fn an_absolute_expires_in_is_placed_by_the_servers_clock() {
        assert_eq!(auto(json!(1_700_007_200u64), None, None), Some(7200));
        assert_eq!(auto(json!(1_700_007_200_000u64), None, None), Some(7200));
        // On either side of both bounds: 31 years, 2001, 33658, 2001.
        assert_eq!(auto(json!(999_999_999), None, None), Some(999_999_999));
        assert_eq!(auto(json!(1_000_000_000), None, None), Some(0));
        assert_eq!(auto(json!(999_999_999_999u64), None, None), Some(998_299_999_999));
        assert_eq!(auto(json!(1_000_000_000_000u64), None, None), Some(0));
        // The server is a day ahead of us, and says so by its Date or by the token's iat.
        assert_eq!(auto(json!(1_700_093_600u64), None, Some(1_700_086_400)), Some(7200));
        assert_eq!(auto(json!(1_700_093_600u64), Some((1_700_086_400, 1_700_093_600)), None), Some(7200));
        // Nothing else says when the token was issued; where both do, the Date counts.
        assert_eq!(auto(json!(1_700_093_600u64), Some((1_700_086_400, 1_800_000_000)), None), Some(7200));
        let (date, jwt) = (1_700_090_000, (1_700_086_400, 1_800_000_000));
        assert_eq!(auto(json!(1_700_093_600u64), Some(jwt), Some(date)), Some(3600));
        // A time in the past is no life at all, and a number beyond all bounds a long one.
        assert_eq!(auto(json!(1_600_000_000u64), None, None), Some(0));
        assert!(auto(json!(1e300), None, None).unwrap() > 1_000_000_000);
    }

    #[test]
    fn sources_and_units() {
        let with = |shape: Value, stated: Value| {
            let evidence = Evidence { stated: Some(&stated), jwt: None, sent: NOW, date: None };
            lifetime(ExpiryShape::of(&shape), &evidence).map(|life| life.as_secs())
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

    #[test]
    fn points_in_proportion_to_the_lifetime() {
        // lifetime, margin named -> earliest and latest renewal, hard expiry; all in ms
        for (life, margin, renew, hard) in [
            (1_000, None, 300..=400, 500),
            (10_000, None, 7_000..=8_000, 9_000),
            (60_000, None, 45_000..=51_000, 57_000),
            (3_600_000, None, 2_990_000..=3_290_000, 3_590_000),
            (86_400_000, None, 85_790_000..=86_090_000, 86_390_000),
            (2_592_000_000, None, 2_591_390_000..=2_591_690_000, 2_591_990_000),
            (7_200_000, Some(1500), 4_970_000..=5_690_000, 7_190_000),
            (60_000, Some(3600), 21_000..=27_000, 57_000),
            (0, None, 0..=0, 0),
        ] {
            let margin = margin.map(Duration::from_secs);
            for random in [0, 1, 123_456_789, u64::MAX] {
                let at = schedule(Timestamp::from_millis(0), Duration::from_millis(life), margin, random);
                assert_eq!(at.hard_expiry.as_millis(), hard, "{life}");
                assert!(renew.contains(&at.renew_at.as_millis()), "{life}: {at:?}");
            }
        }
        let endless = schedule(NOW, Duration::MAX, None, 7);
        assert_eq!(endless.hard_expiry, Timestamp::MAX);
    }
}
