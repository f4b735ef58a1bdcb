//! How long to wait, against httpdate and std.

use std::time::{Duration, UNIX_EPOCH};

use bearerkit::{MAX_RETRY_AFTER, Timestamp, parse_retry_after};

use super::draw::Draw;

/// First byte: the rest is a header's value, or says which date is written in one. Then eight bytes: when it is read.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    let form = draw.below(4);
    let now = Timestamp::from_millis(draw.bits() % (LAST * 1000));
    match form {
        0 => is_bounded(&draw.text(), now),
        form => is_read(draw.bits() % LAST, form, now),
    }
}

/// The first second of the year 10000.
const LAST: u64 = 253_402_300_800;

pub fn is_bounded(value: &str, now: Timestamp) {
    let found = parse_retry_after(value, now);
    if let Some(wait) = found {
        assert!(wait <= MAX_RETRY_AFTER, "{wait:?}");
        let later = parse_retry_after(value, now.plus(Duration::from_secs(1))).expect("it is as good as before");
        assert!(later <= wait, "{wait:?}, and a second later {later:?}");
    }
    let digits = value.trim_ascii();
    if !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = digits.parse().unwrap_or(u64::MAX);
        assert_eq!(found, Some(Duration::from_secs(seconds).min(MAX_RETRY_AFTER)), "{value:?}");
    } else if let Some(date) = date(value) {
        assert_eq!(found, Some(date.since(now).min(MAX_RETRY_AFTER)), "{value:?}");
    }
}

/// What httpdate makes of it.
pub fn date(value: &str) -> Option<Timestamp> {
    // It takes a vertical tab for white space, which neither RFC 9110 nor WHATWG's Infra does.
    let since = httpdate::parse_http_date(value).ok().filter(|_| !value.contains('\x0b'))?.duration_since(UNIX_EPOCH);
    Some(Timestamp::from_secs(since.ok()?.as_secs()))
}

/// A date in each of its three forms.
fn is_read(seconds: u64, form: u8, now: Timestamp) {
    let fixed = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    let words: Vec<&str> = fixed.split([' ', ',']).filter(|word| !word.is_empty()).collect();
    let [weekday, day, month, year, clock, _] = words[..] else { panic!("{fixed}") };
    let value = match form {
        1 => fixed.clone(),
        2 => {
            let long = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
            let weekday = long.iter().find(|long| long.starts_with(weekday)).expect("a day");
            format!("{weekday}, {day}-{month}-{} {clock} GMT", &year[2..])
        }
        _ => format!("{weekday} {month} {:>2} {clock} {year}", day.trim_start_matches('0')),
    };
    // Two digits are of the years from 1970 to 2069.
    let is_told = form != 2 || ("1970".."2070").contains(&year);
    if is_told {
        let wait = Timestamp::from_secs(seconds).since(now).min(MAX_RETRY_AFTER);
        assert_eq!(parse_retry_after(&value, now), Some(wait), "{value}");
    }
    is_bounded(&value, now);
}
