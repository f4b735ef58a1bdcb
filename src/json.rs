//! Reading JSON that someone else wrote: options with the path of what is wrong in them, answers within bounds.

use serde_json::Value;

use crate::error::Error;

/// Deeper than this no token answer is; the stack of a wasm instance is small.
const MAX_DEPTH: usize = 64;

/// Parses at most [`MAX_DEPTH`] levels; a byte order mark is forgiven. The error says why, never what stood there.
pub(crate) fn parse(text: &str) -> Result<Value, &'static str> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if depth(text) > MAX_DEPTH {
        return Err("nests too deep");
    }
    serde_json::from_str(text).map_err(|error| match error.classify() {
        serde_json::error::Category::Eof => "ends too early",
        _ => "is not JSON",
    })
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
    document.pointer(pointer).filter(|value| !value.is_null())
}

/// A string, number or boolean as text.
pub(crate) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A value and the path that leads to it, so that every complaint can say where.
pub(crate) struct Node<'v> {
    value: &'v Value,
    path: String,
}

impl<'v> Node<'v> {
    pub(crate) fn new(value: &'v Value, path: impl Into<String>) -> Self {
        Node { value, path: path.into() }
    }

    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn value(&self) -> &'v Value {
        self.value
    }

    pub(crate) fn error(&self, reason: impl Into<String>) -> Error {
        Error::options(if self.path.is_empty() { "options" } else { &self.path }, reason)
    }

    pub(crate) fn is_object(&self) -> bool {
        self.value.is_object()
    }

    pub(crate) fn is_null(&self) -> bool {
        self.value.is_null()
    }

    pub(crate) fn to_json(&self) -> String {
        self.value.to_string()
    }

    fn child(&self, name: &str, value: &'v Value) -> Node<'v> {
        let dot = if self.path.is_empty() || name.starts_with('[') { "" } else { "." };
        Node { value, path: format!("{}{dot}{name}", self.path) }
    }

    /// The member of that name, `null` included.
    pub(crate) fn member(&self, name: &str) -> Option<Node<'v>> {
        self.value.get(name).map(|value| self.child(name, value))
    }

    pub(crate) fn members(&self) -> Result<impl Iterator<Item = (&'v str, Node<'v>)>, Error> {
        let object = self.value.as_object().ok_or_else(|| self.expected("an object"))?;
        Ok(object.iter().map(|(name, value)| (name.as_str(), self.child(name, value))))
    }

    pub(crate) fn items(&self) -> Result<impl Iterator<Item = Node<'v>>, Error> {
        let array = self.value.as_array().ok_or_else(|| self.expected("an array"))?;
        Ok(array.iter().enumerate().map(|(index, value)| self.child(&format!("[{index}]"), value)))
    }

    /// Fails on a member that is not in the list, and on what is no object.
    pub(crate) fn allow(&self, names: &[&str]) -> Result<(), Error> {
        for (name, member) in self.members()? {
            if !names.contains(&name) {
                return Err(member.error("unknown member"));
            }
        }
        Ok(())
    }

    pub(crate) fn string(&self) -> Result<&'v str, Error> {
        self.value.as_str().ok_or_else(|| self.expected("a string"))
    }

    pub(crate) fn boolean(&self) -> Result<bool, Error> {
        self.value.as_bool().ok_or_else(|| self.expected("true or false"))
    }

    /// A number of seconds, zero or more.
    pub(crate) fn seconds(&self) -> Result<core::time::Duration, Error> {
        self.value
            .as_f64()
            .and_then(|seconds| core::time::Duration::try_from_secs_f64(seconds).ok())
            .ok_or_else(|| self.expected("a number of seconds, zero or more"))
    }

    /// A string, or an array of strings.
    pub(crate) fn strings(&self) -> Result<Vec<String>, Error> {
        match self.value {
            Value::String(text) => Ok(vec![text.clone()]),
            Value::Array(_) => self.items()?.map(|item| item.string().map(str::to_owned)).collect(),
            _ => Err(self.expected("a string or an array of strings")),
        }
    }

    /// One of a closed list of words.
    pub(crate) fn one_of<T: Copy>(&self, words: &[(&str, T)]) -> Result<T, Error> {
        let found = self.value.as_str().and_then(|text| words.iter().find(|(word, _)| *word == text));
        found.map(|(_, meaning)| *meaning).ok_or_else(|| {
            let list: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            self.expected(&list.join(" | "))
        })
    }

    fn expected(&self, what: &str) -> Error {
        let found = match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        self.error(format!("expected {what}, found {found}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_the_depth_and_survives_every_truncation() {
        assert_eq!(parse(&"[".repeat(200_000)), Err("nests too deep"));
        let valid = r#"{"access_token":"a\"[","n":[{"x":1.5e3}]}"#;
        assert!(parse(&format!("\u{feff}{valid}")).is_ok());
        for end in 0..valid.len() {
            assert!(parse(&valid[..end]).is_err(), "{end}");
        }
        assert!(parse(&format!("{valid}{valid}")).is_err());
    }

    #[test]
    fn complaints_have_a_path_and_no_value() {
        let value = serde_json::json!({"provider": {"steps": [{"x": "S3CRET"}]}});
        let root = Node::new(&value, "");
        let steps = root.member("provider").unwrap().member("steps").unwrap();
        let step = steps.items().unwrap().next().unwrap();
        assert_eq!(step.allow(&["y"]).unwrap_err().to_string(), "provider.steps[0].x: unknown member");
        let wrong = step.member("x").unwrap().seconds().unwrap_err().to_string();
        assert_eq!(wrong, "provider.steps[0].x: expected a number of seconds, zero or more, found a string");
    }
}
