//! A number of JSON as it was written: as a float it would bring its parser and its printer along, 3 KB of wasm.

use crate::ground::text::{decimal, number, split_once};

/// Whole ones, which nearly all are, as such; others as text.
#[derive(Debug, Clone)]
pub(crate) enum Number {
    Whole(u64),
    Text(String),
}

/// What all ways to write a number have in common: `digits` times ten to the power of `power`.
#[derive(PartialEq, Default)]
struct Parts {
    is_negative: bool,
    /// Without zeros at its end, and no more than 19 digits.
    digits: u64,
    power: i64,
}

impl Number {
    /// `None` for what JSON does not call a number.
    pub(crate) fn read(text: String) -> Option<Self> {
        Parts::of(&text).map(|_| Number::Text(text))
    }

    pub(crate) fn as_u64(&self) -> Option<u64> {
        if let Number::Whole(whole) = self { Some(*whole) } else { None }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.parts().digits == 0
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.parts().is_negative
    }

    /// Times ten to the power of `places`, a fraction that is left cut off; 0 for less, [`u64::MAX`] for more than there is.
    pub(crate) fn scaled(&self, places: u8) -> u64 {
        if let Number::Whole(whole) = self {
            return whole.saturating_mul(10u64.saturating_pow(places.into()));
        }
        let Parts { is_negative, digits, power } = self.parts();
        let power = power.saturating_add(places.into());
        let mut scaled = if is_negative { 0 } else { digits };
        // After twenty digits there is nothing left, or too much.
        for _ in 0..power.unsigned_abs().min(20) {
            scaled = if power > 0 { scaled.saturating_mul(10) } else { scaled / 10 };
        }
        scaled
    }

    pub(crate) fn text(&self) -> String {
        match self {
            Number::Whole(whole) => decimal(*whole),
            Number::Text(text) => text.clone(),
        }
    }

    /// As a text of its own: 7 for 7.0, as most servers and people mean it.
    pub(crate) fn plain(&self) -> String {
        let Parts { is_negative, power, .. } = self.parts();
        let whole = self.scaled(0);
        let is_exact = whole < 1_000_000_000_000_000_000;
        if power >= 0 && is_exact && !is_negative { decimal(whole) } else { self.text() }
    }

    fn parts(&self) -> Parts {
        Parts::of(&self.text()).unwrap_or_default()
    }
}

/// 7, 7.0 and 70e-1 are the same.
impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.parts() == other.parts()
    }
}

/// Of a build whose serde_json reads floats. What is none in JSON is 0, and nobody hands it over.
impl From<f64> for Number {
    fn from(float: f64) -> Self {
        Number::Text(serde_json::Number::from_f64(float).map_or_else(|| "0".to_owned(), |number| number.to_string()))
    }
}

impl Parts {
    fn of(text: &str) -> Option<Self> {
        let size = text.strip_prefix('-').unwrap_or(text);
        let (mantissa, exponent) = split_once(size, "eE").unwrap_or((size, "0"));
        let below = exponent.strip_prefix('-');
        let mut power = number(below.or(exponent.strip_prefix('+')).unwrap_or(exponent))?.min(1 << 40) as i64;
        if below.is_some() {
            power = power.saturating_neg();
        }
        let (mut digits, mut is_fraction) = (0u64, false);
        for byte in mantissa.bytes() {
            let digit = byte.wrapping_sub(b'0');
            match digit {
                0..=9 if digits < u64::MAX / 100 => {
                    digits = digits.saturating_mul(10).saturating_add(digit.into());
                    power = power.saturating_sub(is_fraction.into());
                }
                0..=9 => power = power.saturating_add((!is_fraction).into()),
                _ if byte == b'.' && !is_fraction => is_fraction = true,
                _ => return None,
            }
        }
        while digits > 0 && digits.is_multiple_of(10) {
            (digits, power) = (digits / 10, power.saturating_add(1));
        }
        let is_negative = size.len() < text.len();
        Some(if digits == 0 { Parts::default() } else { Parts { is_negative, digits, power } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Number {
        Number::read(text.to_owned()).expect(text)
    }

    #[test]
    fn is_scaled_by_its_digits() {
        for (text, whole, thousandths) in [
            ("0", 0, 0),
            ("-0.0", 0, 0),
            ("0e999", 0, 0),
            ("-1.5", 0, 0),
            ("1.5", 1, 1500),
            ("0.0019", 0, 1),
            ("0.00099", 0, 0),
            ("3600.0", 3600, 3_600_000),
            ("3.6e3", 3600, 3_600_000),
            ("3.6E+03", 3600, 3_600_000),
            ("36000e-1", 3600, 3_600_000),
            ("100000000000000000000", u64::MAX, u64::MAX),
            ("1.7e18", 1_700_000_000_000_000_000, u64::MAX),
            ("1e99999999999999999999999", u64::MAX, u64::MAX),
            ("1e-99999999999999999999999", 0, 0),
        ] {
            assert_eq!((read(text).scaled(0), read(text).scaled(3)), (whole, thousandths), "{text}");
        }
        assert_eq!(Number::Whole(90).scaled(3), 90_000);
    }

    #[test]
    fn is_the_same_however_it_is_written() {
        for (one, other) in [("7", "7.0"), ("70e-1", "0.7E1"), ("0", "-0.00"), ("1e300", "10e299"), ("-2", "-2.0")] {
            assert_eq!(read(one), read(other));
        }
        for (one, other) in [("7", "-7"), ("7", "70"), ("0.7", "7"), ("0", "0.01")] {
            assert_ne!(read(one), read(other));
        }
        assert_eq!(Number::Whole(7), read("7.0"));
        assert!(read("-0e5").is_zero() && !read("-0").is_negative() && read("-0.1").is_negative());
    }

    #[test]
    fn is_plain_without_a_fraction_that_says_nothing() {
        for (text, plain) in [
            ("7.0", "7"),
            ("70e1", "700"),
            ("-0.0", "0"),
            ("7.50", "7.50"),
            ("-7.0", "-7.0"),
            ("1e30", "1e30"),
            ("18446744073709551616", "18446744073709551616"),
        ] {
            assert_eq!(read(text).plain(), plain);
        }
    }

    #[test]
    fn a_float_is_what_it_prints() {
        assert_eq!(Number::from(0.25), read("0.25"));
        assert_eq!(Number::from(1e25).scaled(0), u64::MAX);
    }

    #[test]
    fn what_is_none_is_none() {
        for text in ["x", "1e", "0x10", "1 ", "--1", "1.5.5", "NaN", "٣", "1e1.5"] {
            assert!(Number::read(text.to_owned()).is_none(), "{text}");
        }
    }
}
