//! JSON with sorted members, byte for byte as `canonical` in `pkg-template/options.js` writes it: a name is a hash of this text.

use crate::ground::error::{Error, Fault};
use crate::ground::text::push_digit;
use crate::ground::value::Value;

/// JavaScript refuses what is deeper (`canonical` in `options.js`).
const MAX_DEPTH: usize = 60;

/// # Errors
/// `ERR_OPTIONS` for what JavaScript refuses as well.
pub(super) fn canonical(value: &Value) -> Result<String, Fault> {
    write(value, 0)
}

/// An object of members that are written already.
pub(super) fn object(mut members: Vec<(&str, String)>) -> String {
    // `Array.prototype.sort` compares UTF-16 code units: U+1F600 stands before U+FF5E there, and behind it in UTF-8.
    members.sort_by(|(one, _), (other, _)| one.encode_utf16().cmp(other.encode_utf16()));
    let mut out = String::from("{");
    let mut members = members.into_iter().peekable();
    while let Some((name, text)) = members.next() {
        // Of several with one name the last counts, as for `JSON.parse`. The sort keeps their order.
        if members.peek().is_some_and(|(next, _)| *next == name) {
            continue;
        }
        out.push_str(if out.len() > 1 { "," } else { "" });
        out.push_str(&string(name));
        out.push(':');
        out.push_str(&text);
    }
    out.push('}');
    out
}

fn write(value: &Value, depth: usize) -> Result<String, Fault> {
    if depth > MAX_DEPTH {
        return Err(Error::options("", &["is nested too deeply"]));
    }
    let below = depth.saturating_add(1);
    match value {
        Value::Null => Ok("null".to_owned()),
        Value::Bool(flag) => Ok(flag.to_string()),
        Value::Number(number) => write_number(&number.text()),
        Value::String(text) => Ok(string(text)),
        Value::Array(items) => {
            let items: Result<Vec<String>, Fault> = items.iter().map(|item| write(item, below)).collect();
            Ok(["[", &items?.join(","), "]"].concat())
        }
        Value::Object(members) => {
            let members: Result<_, Fault> =
                members.iter().map(|(name, member)| Ok((name.as_str(), write(member, below)?))).collect();
            Ok(object(members?))
        }
    }
}

/// As `JSON.stringify` does: five short escapes, no escape above U+001F but those of `"` and `\`.
pub(super) fn string(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..'\x20' => {
                out.push_str("\\u00");
                push_digit(&mut out, c as u8 >> 4, b'a');
                push_digit(&mut out, c as u8 & 0xf, b'a');
            }
            _ => out.push(c),
        }
    }
    out.push('"');
    out
}

/// ECMA-262 `Number::toString`. JavaScript has read the number as a double, so that 18446744073709551615 is 18446744073709552000.
fn write_number(text: &str) -> Result<String, Fault> {
    let double: f64 = text.parse().unwrap_or(f64::NAN);
    if !double.is_finite() {
        return Err(Error::options("", &["expected a JSON value, found NaN or Infinity"]));
    }
    if double == 0.0 {
        return Ok("0".to_owned());
    }
    let written = shortest(double);
    let (mantissa, exponent) = written.split_once('e').unwrap_or((&written, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let sign = if double < 0.0 { "-" } else { "" };
    let digits = mantissa.trim_start_matches('-').replace('.', "");
    Ok([sign, &place_point(&digits, exponent)].concat())
}

/// The fewest digits that read back as the same double, and of these the closest, as "-1.25e-7". Where two are as close,
/// ECMAScript wants the even one and Rust takes the greater one: 1797156526627591.25 ends in .2 there and in .3 here. So many
/// digits asked for, Rust rounds to the even one as well; at a power of two that may be another double.
fn shortest(double: f64) -> String {
    let shortest = format!("{double:e}");
    let mantissa = shortest.split_once('e').map_or("", |(mantissa, _)| mantissa);
    let places = mantissa.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let even = format!("{double:.places$e}");
    if even.parse() == Ok(double) { even } else { shortest }
}

/// `exponent` is that of the first digit.
fn place_point(digits: &str, exponent: i32) -> String {
    let (first, others) = digits.split_at_checked(1).unwrap_or((digits, ""));
    let zeros = |count: usize| "0".repeat(count);
    match usize::try_from(exponent) {
        Err(_) if exponent >= -6 => {
            let count = usize::try_from(exponent.unsigned_abs()).unwrap_or(0).saturating_sub(1);
            ["0.", &zeros(count), digits].concat()
        }
        Ok(places) if places <= 20 => match others.split_at_checked(places) {
            Some((_, "")) | None => [digits, &zeros(places.saturating_sub(others.len()))].concat(),
            Some((whole, fraction)) => [first, whole, ".", fraction].concat(),
        },
        _ => {
            let point = if others.is_empty() { "" } else { "." };
            let sign = if exponent < 0 { "-" } else { "+" };
            [first, point, others, "e", sign, &exponent.unsigned_abs().to_string()].concat()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json::parse;

    /// What Node prints for `JSON.stringify(JSON.parse(text))`, members sorted.
    #[test]
    fn writes_what_javascript_writes() {
        for (text, written) in [
            ("[0, -0, -0.0, 0e5, 1, -1, 1.0, 10, 100]", "[0,0,0,0,1,-1,1,10,100]"),
            ("[1.5, -0.25, 123.456, 0.1, 5e-324]", "[1.5,-0.25,123.456,0.1,5e-324]"),
            ("[0.000001, 0.0000001, 1.5e-6, 1.5e-7]", "[0.000001,1e-7,0.0000015,1.5e-7]"),
            (
                "[1e20, 1e21, 1.5e20, 1.5e21, 123456789012345680000]",
                "[100000000000000000000,1e+21,150000000000000000000,1.5e+21,123456789012345680000]",
            ),
            (
                "[18446744073709551615, 9007199254740993, 18446744073709551616]",
                "[18446744073709552000,9007199254740992,18446744073709552000]",
            ),
            ("[2.2250738585072011e-308, 1.7976931348623157e308]", "[2.225073858507201e-308,1.7976931348623157e+308]"),
            (
                r#""\b\t\n\f\r\u0000\u001f\"\\\/é\u007f\u2028😀""#,
                "\"\\b\\t\\n\\f\\r\\u0000\\u001f\\\"\\\\/é\u{7f}\u{2028}😀\"",
            ),
            (r#"{"b":1,"a":{"～":1,"😀":2,"é":3,"Z":4},"":[]}"#, r#"{"":[],"a":{"Z":4,"é":3,"😀":2,"～":1},"b":1}"#),
            (r#"{"a":1,"b":{},"a":2}"#, r#"{"a":2,"b":{}}"#),
            // Halfway between two: the even digit. At powers of two: what reads back.
            ("[1797156526627591.25, 1797156526627591.75, 5e-324]", "[1797156526627591.2,1797156526627591.8,5e-324]"),
            ("[9007199254740992, 2.98023223876953125e-8]", "[9007199254740992,2.9802322387695312e-8]"),
            ("[7.120236347223045e-307, 8.209073602596753e-289]", "[7.120236347223045e-307,8.209073602596753e-289]"),
            ("[true,false,null]", "[true,false,null]"),
        ] {
            assert_eq!(canonical(&parse(text).unwrap()).unwrap(), written);
        }
    }

    #[test]
    fn of_many_members_with_one_name_the_last_counts() {
        let members: Vec<String> = (0..200).map(|number| format!(r#""m{}":{number}"#, number % 100)).collect();
        let written = canonical(&parse(&format!("{{{}}}", members.join(","))).unwrap()).unwrap();
        assert!(written.starts_with(r#"{"m0":100,"m1":101,"m10":110,"#), "{written}");
        assert_eq!(written.matches(':').count(), 100);
    }

    #[test]
    fn refuses_what_javascript_refuses() {
        let nested = |depth| ["[".repeat(depth), "]".repeat(depth)].concat();
        assert!(canonical(&parse(&nested(61)).unwrap()).is_ok());
        assert!(canonical(&parse(&nested(62)).unwrap()).is_err());
        assert!(write_number("1e999").is_err());
    }
}
