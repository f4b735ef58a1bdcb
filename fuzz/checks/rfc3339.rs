//! Dates of RFC 3339, against arithmetic that counts otherwise.

use bearerkit::Timestamp;

use super::draw::Draw;

/// First byte: the rest is a date as it is, or says which one to write.
pub fn fuzz(input: &[u8]) {
    let mut draw = Draw::new(input);
    if draw.below(2) == 0 {
        is_plausible(&draw.text());
    } else {
        is_read(draw);
    }
}

/// The last millisecond of the year 9999, a leap second, and a day for the offset.
const LAST: u64 = 253_402_300_800_000 + 1000 + 100 * 3600 * 1000;

pub fn is_plausible(text: &str) {
    let Some(found) = Timestamp::from_rfc3339(text) else { return };
    assert!(found.as_millis() < LAST, "{text}: {found:?}");
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    assert!(digits >= 6, "{text}: {found:?}");
}

/// Fields that may be out of bounds, and offsets on both sides.
fn is_read(mut draw: Draw<'_>) {
    let year = 1960 + i64::from(u16::from_be_bytes([draw.byte(), draw.byte()]) % 8100);
    let (month, day) = (i64::from(draw.below(14)), i64::from(draw.below(33)));
    let (hour, minute, second) = (i64::from(draw.below(26)), i64::from(draw.below(62)), i64::from(draw.below(62)));
    let millis = u64::from(u16::from_be_bytes([draw.byte(), draw.byte()]) % 1000);
    let digits = usize::from(draw.below(7));
    let (sign, ahead) = (draw.pick(&['+', '-']), (i64::from(draw.below(25)), i64::from(draw.below(61))));
    let fraction = &format!("{millis:03}000")[..digits];
    let dot = if digits > 0 { "." } else { "" };
    let separator = draw.pick(&['T', 't', ' ']);
    let (zone, offset) = match draw.below(4) {
        0 => ("Z".to_owned(), 0),
        1 => ("z".to_owned(), 0),
        2 => (String::new(), 0),
        _ => {
            let seconds = ahead.0 * 3600 + ahead.1 * 60;
            (format!("{sign}{:02}:{:02}", ahead.0, ahead.1), if sign == '-' { -seconds } else { seconds })
        }
    };
    let text =
        format!("{year:04}-{month:02}-{day:02}{separator}{hour:02}:{minute:02}:{second:02}{dot}{fraction}{zone}");
    let kept = match digits {
        0 => 0,
        1 => millis / 100 * 100,
        2 => millis / 10 * 10,
        _ => millis,
    };
    let days = days_from_civil(year, month, day);
    let seconds = days.unwrap_or(0) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    let is_date = days.is_some() && (1970..=9999).contains(&year) && hour < 24 && minute < 60 && second <= 60;
    let expected = u64::try_from(seconds).ok().filter(|_| is_date).map(|seconds| seconds * 1000 + kept);
    assert_eq!(Timestamp::from_rfc3339(&text).map(Timestamp::as_millis), expected, "{text}");
    is_plausible(&text);
}

/// Days since the epoch, counted in eras of 400 years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let count = |year: i64, month: i64, day: i64| {
        let year = if month <= 2 { year - 1 } else { year };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
        era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
    };
    let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    let is_date = (1..=12).contains(&month) && day >= 1 && count(year, month, day) < count(next.0, next.1, 1);
    is_date.then(|| count(year, month, day))
}
