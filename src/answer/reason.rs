//! Whether a response contains an error, and which one.

use crate::ground::json;
use crate::ground::value::{Map, Value};

/// `{code: 0}`, `"ok"`, `{}`: an error's place is filled, and nothing is wrong.
pub(crate) fn is_harmless(error: &Value) -> bool {
    match error {
        Value::Null => true,
        Value::Bool(fails) => !fails,
        Value::Number(number) => number.is_zero() || number.as_u64() == Some(200),
        Value::String(text) => ["", "0", "200", "ok", "success", "none", "false"]
            .contains(&text.trim_ascii().to_ascii_lowercase().as_str()),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => named_code(members).map_or_else(|| members.values().all(is_harmless), is_harmless),
    }
}

fn named_code(error: &Map<String, Value>) -> Option<&Value> {
    ["code", "error", "type", "status"].iter().find_map(|name| error.get(name))
}

/// `"invalid_client"`, `10014`, or the `code` of an object (`{"error": {"code": "…"}}`).
pub(crate) fn error_code(value: &Value) -> Option<String> {
    match value {
        // Some APIs say that all is well by an error that is none.
        Value::Bool(false) => None,
        Value::Number(number) if number.is_zero() => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(object) => named_code(object).and_then(json::scalar).or_else(|| Some("error".to_owned())),
        Value::Array(_) => Some("error".to_owned()),
        other => json::scalar(other),
    }
}
