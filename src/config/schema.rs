//! What options and profiles may hold, as a table, and the one function that compares a value with it.
//!
//! After [`check`] the readers of `provider.rs` and `client.rs` find what they ask for or nothing, and have no errors of their own.

use core::time::Duration;

use crate::config::template;
use crate::ground::error::{Error, Fault};
use crate::ground::json;
use crate::ground::spelling::meant;
use crate::ground::text::{decimal, split};
use crate::ground::value::Value;

/// The shape of a value.
pub(crate) enum Shape {
    Any,
    Text,
    /// A number of seconds, from zero to so many: beyond that it is probably one of milliseconds.
    Seconds(u64),
    Flag,
    /// True or false, or an array of origins.
    Insecure,
    /// Only JavaScript has it: it is known so that its name can be suggested.
    Function,
    /// A string, or an array of strings.
    Texts,
    /// One of a closed list.
    Word(&'static [&'static str]),
    /// A pointer of RFC 6901, `""` for the whole body, or `header:name`.
    Place,
    /// A template, or `{ scheme, base64 }`.
    Header,
    /// Or `null`, which switches a default off.
    Nullable(&'static Shape),
    /// These members and no others.
    Object(&'static [&'static [Member]]),
    /// Members with the names of variables.
    Variables(&'static Shape),
    /// Members with the names of headers.
    Headers,
    /// Members with any names.
    Map(&'static Shape),
    List(&'static Shape),
    /// One, or a list of at least one.
    Some(&'static Shape),
    Such(&'static Such),
}

/// A rule across members. It is apart because it would make every entry of the tables larger.
pub(crate) struct Such {
    pub(crate) shape: Shape,
    pub(crate) holds: fn(&Value) -> bool,
    pub(crate) expected: &'static str,
}

pub(crate) type Member = (&'static str, Shape);

/// Compares a value with its shape. `path` is where it stands; it is left as it was found.
///
/// # Errors
/// `ERR_OPTIONS` with the path of the first thing that is wrong.
pub(crate) fn check(value: &Value, shape: &Shape, path: &mut String) -> Result<(), Fault> {
    let expected = match (shape, value) {
        (Shape::Any, _) | (Shape::Text, Value::String(_)) | (Shape::Flag, Value::Bool(_)) => return Ok(()),
        (Shape::Nullable(_), Value::Null) => return Ok(()),
        (Shape::Nullable(shape), _) => return check(value, shape, path),
        (Shape::Texts | Shape::Header, Value::String(_)) => return Ok(()),
        (Shape::Insecure, Value::Bool(_)) => return Ok(()),
        (Shape::Insecure, Value::Array(_)) => return check(value, &Shape::List(&Shape::Text), path),
        (Shape::Seconds(most), Value::Number(number))
            if !number.is_negative() && number.scaled(0) < 1_000_000_000_000_000 =>
        {
            if number.scaled(3) <= most.saturating_mul(1000) {
                return Ok(());
            }
            let (most, found) = (decimal(*most), json::text(value));
            let wrong = ["expected at most ", &most, " seconds, found ", &found, "; is it in milliseconds?"];
            return Err(Error::options(path, &wrong));
        }
        (Shape::Word(words), Value::String(text)) if words.contains(&text.as_str()) => return Ok(()),
        (Shape::Place, Value::String(text)) if is_place(text) => return Ok(()),
        (Shape::Such(such), _) => {
            check(value, &such.shape, path)?;
            if (such.holds)(value) {
                return Ok(());
            }
            such.expected
        }
        (Shape::Some(_), Value::Array(items)) if items.is_empty() => "at least one item",
        (Shape::Some(shape), Value::Array(_)) => return check(value, &Shape::List(shape), path),
        (Shape::Some(shape), _) => return check(value, shape, path),
        (Shape::Texts, Value::Array(_)) => return check(value, &Shape::List(&Shape::Text), path),
        (Shape::List(shape), Value::Array(items)) => {
            for (index, item) in items.iter().enumerate() {
                let length = enter(path, &["[", &decimal(index as u64), "]"]);
                check(item, shape, path)?;
                path.truncate(length);
            }
            return Ok(());
        }
        (Shape::Header, Value::Object(members)) => {
            check(value, &Shape::Object(&[&[("scheme", Shape::Text), ("base64", Shape::Text)]]), path)?;
            if members.contains_key("base64") {
                return Ok(());
            }
            "a `base64` member"
        }
        (Shape::Object(_) | Shape::Variables(_) | Shape::Headers | Shape::Map(_), Value::Object(members)) => {
            for (name, member) in members {
                let length = enter(path, &[if path.is_empty() { "" } else { "." }, name]);
                check_member(name, member, shape, path)?;
                path.truncate(length);
            }
            return Ok(());
        }
        (Shape::Text, _) => "a string",
        (Shape::Flag, _) => "true or false",
        (Shape::Insecure, _) => "true, false or an array of origins",
        (Shape::Function, _) => "a function",
        (Shape::Seconds(_), _) => "a number of seconds, zero or more",
        (Shape::Texts, _) => "a string or an array of strings",
        (Shape::Word(words), _) => {
            return Err(Error::options(path, &["expected ", &words.join(" | ")]));
        }
        (Shape::Place, _) => "a pointer: \"/a/b\" (RFC 6901), \"\" for the whole body, or \"header:name\"",
        (Shape::Header, _) => "a string or { scheme, base64 }",
        (Shape::List(_), _) => "an array",
        (Shape::Object(_) | Shape::Variables(_) | Shape::Headers | Shape::Map(_), _) => "an object",
    };
    Err(Error::options(path, &["expected ", expected, ", found ", kind(value)]))
}

/// What a value is, without the value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn check_member(name: &str, value: &Value, shape: &Shape, path: &mut String) -> Result<(), Fault> {
    let wrong = match shape {
        Shape::Object(lists) => match lists.iter().copied().flatten().find(|(known, _)| *known == name) {
            Some((_, shape)) => return check(value, shape, path),
            None => {
                let mut known = Vec::new();
                for (name, _) in lists.iter().copied().flatten() {
                    known.push(*name);
                }
                let mut meant = meant(name, &known);
                // What others take as an option: an audience, a client_id.
                if meant.is_empty() && path == name {
                    meant = "; does it belong in credentials, variables or parameters?".to_owned();
                }
                return Err(Error::options(path, &["unknown member", &meant]));
            }
        },
        Shape::Variables(_) if !template::is_name(name) => "a name has letters, digits, `_` and `.` only",
        Shape::Headers if name.is_empty() || !name.bytes().all(is_token) => "is not a header name",
        Shape::Headers => return check(value, &Shape::Nullable(&Shape::Header), path),
        Shape::Variables(shape) | Shape::Map(shape) => return check(value, shape, path),
        _ => return Ok(()),
    };
    Err(Error::options(path, &[wrong]))
}

/// Goes one step down; returns the length to come back to.
pub(crate) fn enter(path: &mut String, step: &[&str]) -> usize {
    let length = path.len();
    for piece in step {
        path.push_str(piece);
    }
    length
}

fn is_place(text: &str) -> bool {
    let escapes_are_good = || split(text, "~").iter().skip(1).all(|after| after.starts_with(['0', '1']));
    match text.strip_prefix("header:") {
        Some(name) => !name.is_empty(),
        None => text.is_empty() || (text.starts_with('/') && escapes_are_good()),
    }
}

/// RFC 9110 §5.6.2
pub(crate) fn is_token(b: u8) -> bool {
    b.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".bytes().any(|mark| mark == b)
}

pub(crate) fn seconds(value: Option<&Value>) -> Option<Duration> {
    // In range, or the check would have refused it; whole milliseconds are enough.
    value?.as_number().map(|seconds| Duration::from_millis(seconds.scaled(3)))
}

/// A string, or an array of strings.
pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            let mut texts = Vec::new();
            for item in items {
                texts.push(item.as_str().unwrap_or_default().to_owned());
            }
            texts
        }
        _ => Vec::new(),
    }
}

/// The scope values of a text, or of several: each once, in the order in which they came (RFC 6749 §3.3).
pub(crate) fn scopes(value: Option<&Value>) -> Vec<String> {
    let mut scopes = Vec::new();
    for scope in split(&texts(value).join(" "), " \t\r\n") {
        let scope = scope.to_owned();
        if !scope.is_empty() && !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::value::json;

    const SHAPE: Shape = Shape::Object(&[&[
        ("text", Shape::Text),
        ("steps", Shape::List(&Shape::Object(&[&[("seconds", Shape::Seconds(60))]]))),
        ("place", Shape::Nullable(&Shape::Place)),
        ("headers", Shape::Headers),
        ("word", Shape::Word(&["a", "b"])),
    ]]);

    #[test]
    fn complaints_have_a_path_and_no_value() {
        for (value, complaint) in [
            (json!({"steps": [{"seconds": 1}, {"S3CRET": 2}]}), "steps[1].S3CRET: unknown member"),
            (json!({"step": []}), "step: unknown member; is \"steps\" meant?"),
            (
                json!({"steps": [{"seconds": 60.5}]}),
                "steps[0].seconds: expected at most 60 seconds, found 60.5; is it in milliseconds?",
            ),
            (
                json!({"steps": [{"seconds": "S3CRET"}]}),
                "steps[0].seconds: expected a number of seconds, zero or more, found a string",
            ),
            (json!({"text": null}), "text: expected a string, found null"),
            (json!({"word": "S3CRET"}), "word: expected a | b"),
            (json!({"headers": {"a b": "x"}}), "headers.a b: is not a header name"),
            (json!({"headers": {"a": {"base46": "x"}}}), "headers.a.base46: unknown member; is \"base64\" meant?"),
            (json!([]), "options: expected an object, found an array"),
        ] {
            assert_eq!(check(&value, &SHAPE, &mut String::new()).unwrap_err().to_string(), complaint);
        }
        let good = json!({"place": null, "headers": {"a": null, "b": "x", "c": {"scheme": "ID", "base64": "{x}"}}});
        assert_eq!(check(&good, &SHAPE, &mut String::new()), Ok(()));
    }

    #[test]
    fn places() {
        for good in ["", "/a", "/a~1b/0", "header:x-token", "/"] {
            assert!(is_place(good), "{good}");
        }
        for bad in ["a", "/a~2", "/a~", "header:", "$.a"] {
            assert!(!is_place(bad), "{bad}");
        }
    }
}
