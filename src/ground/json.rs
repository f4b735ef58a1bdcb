//! Reading JSON that someone else wrote, within bounds.

use zeroize::Zeroize as _;

use crate::ground::text::{digits, number, position, push_digit, replace_piece, split_once};
use crate::ground::value::{Map, Value};

/// The maximum depth of JSON: no token response is deeper, and the stack of a wasm instance is small.
const MAX_DEPTH: usize = 64;

/// Parses at most [`MAX_DEPTH`] levels; a byte order mark is forgiven. The error says why, never what stood there.
pub(crate) fn parse(text: &str) -> Result<Value, &'static str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if depth(text) > MAX_DEPTH {
        return Err("is nested too deeply");
    }
    serde_json::from_str(text).map_err(|error| if error.is_eof() { "ends too early" } else { "is not JSON" })
}

/// Parses what a server says: what breaks the grammar where nobody looks takes nothing else with it.
pub(crate) fn parse_said(text: &str) -> Result<Value, &'static str> {
    parse(text).or_else(|reason| match parse(&mended(text))? {
        // A word alone is no document.
        mended if mended.is_object() || mended.is_array() => Ok(mended),
        _ => Err(reason),
    })
}

/// With U+FFFD for the halves of surrogate pairs and for control characters in a string, 1e99 for a number beyond f64 and for
/// what is none (`NaN`). No token may hold the first, and a life of the second is none.
fn mended(text: &str) -> String {
    let (mut out, mut rest, mut quoted, mut before) = (String::new(), text, false, ' ');
    while let Some(c) = rest.chars().next() {
        let (mut length, mut by) = (c.len_utf8(), None);
        match c {
            '"' => quoted = !quoted,
            // The second byte of a character of Shift JIS, GBK or Big5 may be that of a backslash, and it escapes nothing.
            '\\' if quoted && before == '\u{fffd}' => by = Some(""),
            '\\' if quoted => {
                let is_half =
                    matches!(rest.as_bytes(), [_, b'u', b'd' | b'D', b'8'..=b'9' | b'A'..=b'F' | b'a'..=b'f', ..]);
                (length, by) = if is_half { (6, Some("\u{fffd}")) } else { (2, None) };
            }
            '\0'..'\x20' if quoted => by = Some("\u{fffd}"),
            '-' | '0'..='9' | 'A'..='Z' | 'a'..='z' if !quoted => {
                length = rest
                    .bytes()
                    .take_while(|b| matches!(b, b'+'..=b'.' if *b != b',') || b.is_ascii_alphanumeric())
                    .count();
                let scalar = rest.get(..length).unwrap_or_default();
                by = serde_json::from_str::<Value>(scalar).is_err().then_some("1e99");
            }
            _ => {}
        }
        // What ends in the middle of something is no JSON all the same.
        let (piece, after) = rest.split_at_checked(length).unwrap_or_default();
        out.push_str(by.unwrap_or(piece));
        (rest, before) = (after, c);
    }
    out
}

fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut quoted, mut escaped) = (0usize, 0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => {
                depth = depth.saturating_add(1);
                deepest = deepest.max(depth);
            }
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// The value at an RFC 6901 pointer; the empty one is the whole document. `null` counts as absent.
pub(crate) fn at<'v>(document: &'v Value, pointer: &str) -> Option<&'v Value> {
    let (mut value, mut rest) = (document, pointer);
    while !rest.is_empty() {
        rest = rest.strip_prefix('/')?;
        let (token, after) = rest.split_at_checked(position(rest, "/").unwrap_or(rest.len()))?;
        value = if token.contains('~') {
            child(value, &replace_piece(&replace_piece(token, "~1", "/"), "~0", "~"))?
        } else {
            child(value, token)?
        };
        rest = after;
    }
    Some(value).filter(|value| !value.is_null())
}

fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Array(items) if token == "0" || !token.starts_with('0') => {
            items.get(usize::try_from(number(token)?).ok()?)
        }
        _ => get(value, token),
    }
}

/// The member of an object.
pub(crate) fn get<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.get(name)
}

/// The member of an object, if it is a string.
pub(crate) fn str_at<'v>(value: &'v Value, name: &str) -> Option<&'v str> {
    get(value, name)?.as_str()
}

/// The member of an object, if it is an object itself.
pub(crate) fn object_at<'v>(value: &'v Value, name: &str) -> Option<&'v Map<String, Value>> {
    get(value, name)?.as_object()
}

/// A string, number or boolean as text.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.plain()),
        Value::Bool(_) => Some(text(value)),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A number, or one in a text (PayPal, UPS), fractions cut off; zero for less.
pub(crate) fn whole(value: &Value) -> Option<u64> {
    match value {
        // A float cast saturates, and a NaN is not JSON.
        Value::Number(number) => Some(number.scaled(0)),
        Value::String(text) => {
            let text = text.trim_ascii();
            let size = text.strip_prefix('-').unwrap_or(text);
            let (whole, fraction) = split_once(size, ".").unwrap_or((size, "0"));
            let whole = number(whole).filter(|_| digits(fraction) == fraction.len())?;
            Some(if size.len() < text.len() { 0 } else { whole })
        }
        _ => None,
    }
}

/// A value as JSON text.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    write(value, &mut out);
    out
}

/// Appends a value as JSON text. serde_json's own writer is 2 KB of wasm more.
pub(crate) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&number.text()),
        Value::String(text) => write_string(text, out),
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            out.push('{');
            for (index, (name, member)) in members.iter().enumerate() {
                out.push_str(if index == 0 { "" } else { "," });
                write_string(name, out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
    }
}

/// RFC 8259 §7
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.push('\\'),
            '\0'..'\x20' => {
                out.push_str("\\u00");
                push_digit(out, c as u8 >> 4, b'a');
                push_digit(out, c as u8 & 0xf, b'a');
                continue;
            }
            _ => {}
        }
        out.push(c);
    }
    out.push('"');
}

/// An object in the making, one call per member: a `Value` that is written down where it is used costs 60 bytes of wasm, a
/// call 15.
#[derive(Default)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    pub(crate) fn new() -> Self {
        Object::default()
    }

    pub(crate) fn value(&mut self, name: &str, value: Value) -> &mut Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// A text, or `null` for none.
    pub(crate) fn text<'t>(&mut self, name: &str, text: impl Into<Option<&'t str>>) -> &mut Self {
        self.text_or_null(name, text.into())
    }

    fn text_or_null(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        self.value(name, text.into())
    }

    pub(crate) fn object(&mut self, name: &str, object: &mut Object) -> &mut Self {
        self.value(name, object.take())
    }

    /// What was made.
    pub(crate) fn take(&mut self) -> Value {
        Value::Object(core::mem::take(&mut self.0))
    }
}

/// A value that holds secrets: its strings are overwritten when it is dropped.
#[derive(Clone, Default)]
pub(crate) struct Wiped(pub(crate) Value);

impl Drop for Wiped {
    fn drop(&mut self) {
        wipe(&mut self.0);
    }
}

fn wipe(value: &mut Value) {
    match value {
        Value::String(text) => text.zeroize(),
        Value::Array(items) => items.iter_mut().for_each(wipe),
        Value::Object(members) => members.values_mut().for_each(wipe),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// What stands beside a name.
pub(crate) fn named<'p, T>(pairs: &'p [(String, T)], name: &str) -> Option<&'p T> {
    pairs.iter().find(|(known, _)| known == name).map(|(_, value)| value)
}

/// Puts a value beside a name, in the place of what stood there.
pub(crate) fn set<T>(pairs: &mut Vec<(String, T)>, name: &str, value: T) {
    match pairs.iter_mut().find(|(known, _)| known == name) {
        Some((_, held)) => *held = value,
        None => pairs.push((name.to_owned(), value)),
    }
}

/// `0` and `0.0`, and a number and the same number as a string, are the same.
pub(crate) fn same(one: &Value, other: &Value) -> bool {
    match (one.as_number(), other.as_number(), scalar(one), scalar(other)) {
        (Some(one), Some(other), ..) => one == other,
        (_, _, Some(one), Some(other)) => one == other,
        (_, _, None, None) => text(one) == text(other),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::value::json;

    #[test]
    fn writes_what_serde_json_reads() {
        for json in [
            r#"{"a":[1,-2,18446744073709551615,true,null,{}],"b":"\"\\\u0000\u001fé\u007f😀"}"#,
            "[1.5,-0.25,0.000001,1234567.125,-9223372036854775808]",
        ] {
            let value: Value = serde_json::from_str(json).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text(&value)).unwrap(), value, "{json}");
        }
        assert_eq!(text(&json!(1.1)), "1.1");
    }

    #[test]
    fn pointers() {
        let document = serde_json::json!({"a/b": {"~": [1, {"": null, "x": 2}]}});
        for pointer in [
            "",
            "/a~1b",
            "/a~1b/~0",
            "/a~1b/~0/0",
            "/a~1b/~0/1/x",
            "/a~1b/~0/1/",
            "/a~1b/~0/01",
            "/x",
            "a",
            "/a~1b/~0/+1",
        ] {
            let expected = document.pointer(pointer).filter(|v| !v.is_null()).cloned().map(Value::from);
            assert_eq!(at(&document.clone().into(), pointer), expected.as_ref(), "{pointer}");
        }
    }

    #[test]
    fn what_nobody_needs_takes_nothing_with_it() {
        for (said, expected) in [
            (r#"{"a":"\ud800","t":1}"#, r#"{"a":"\ufffd","t":1}"#),
            (r#"{"a":"\ud800\uD83D\ude00\"\u00e9","t":1}"#, r#"{"a":"\ufffd\ufffd\ufffd\"é","t":1}"#),
            (
                "{\"a\":\"\u{fffd}\\\",\"b\":\"\u{fffd}\\\u{fffd}\\n\",\"t\":1}",
                r#"{"a":"\ufffd","b":"\ufffd\ufffdn","t":1}"#,
            ),
            (r#"{"\udc00\\":"é\\","t":1}"#, r#"{"\ufffd\\":"é\\","t":1}"#),
            ("{\"a\":\"x\ty\n\",\"t\":1}", r#"{"a":"x\ufffdy\ufffd","t":1}"#),
            (r#"{"a":[NaN,-Infinity,null,true],"t":1}"#, r#"{"a":[1e99,1e99,null,true],"t":1}"#),
        ] {
            assert!(parse(said).is_err(), "{said}");
            assert_eq!(parse_said(said), Ok(serde_json::from_str(expected).unwrap()), "{said}");
        }
        // Beyond what a float holds: as it is where numbers are text.
        for beyond in ["1e999", "-1E+999", &"9".repeat(400)] {
            let read = parse_said(&format!(r#"{{"a":{beyond},"t":1}}"#)).unwrap();
            assert_eq!((&read["t"], whole(&read["a"]) >= Some(0)), (&json!(1), true), "{beyond}");
        }
        for bad in ["", "{", r#"{"a":"\ud800"#, r#"{"a":"\ud8"#, r#"{"a" "\ud800"}"#, "{a:1}", "NaN,", r#""\"#, "\"\\é"]
        {
            assert!(parse_said(bad).is_err(), "{bad}");
        }
        assert_eq!(parse_said(&["{\"a\":\"\\ud800\",\"b\":", &"[".repeat(65)].concat()), Err("is nested too deeply"));
    }

    #[test]
    fn bounds_the_depth_and_survives_every_truncation() {
        assert_eq!(parse(&"[".repeat(200_000)), Err("is nested too deeply"));
        let valid = r#"{"access_token":"a\"[","n":[{"x":1.5e3}]}"#;
        assert!(parse(&format!("\u{feff}{valid}")).is_ok());
        for end in 0..valid.len() {
            assert!(parse(&valid[..end]).is_err(), "{end}");
        }
        assert!(parse(&format!("{valid}{valid}")).is_err());
    }
}
