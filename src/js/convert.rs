//! Rust values -> plain JavaScript objects.

use serde::Serialize;
use serde_json::{Map, Value, json};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::credentials::Secret;
use crate::error::Error;
use crate::exchange::Next;
use crate::machine::{Action, TokenRequest};
use crate::time::Timestamp;
use crate::token::Token;

/// The latest instant that a `Date` can hold.
const MAX_DATE: u64 = 8_640_000_000_000_000;

pub(super) fn to_js(value: &Value) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

/// Instants are `Date.now()` numbers in JavaScript: whole, not negative, and the cast saturates.
pub(super) fn instant(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis as u64)
}

pub(super) fn date(at: Timestamp) -> u64 {
    at.as_millis().min(MAX_DATE)
}

pub(super) fn error(error: &Error) -> Value {
    let reply = error.reply();
    json!({
        "code": error.code(),
        "message": error.to_string(),
        "status": error.status(),
        "error": reply.and_then(|reply| reply.error.as_deref()),
        "errorDescription": reply.and_then(|reply| reply.description.as_deref()),
        "retryAt": error.retry_at().map(date),
    })
}

pub(super) fn thrown(cause: Error) -> JsValue {
    to_js(&error(&cause))
}

pub(super) fn action(action: Action) -> Value {
    match action {
        Action::Use { token, renew } => json!({
            "type": "use",
            "serial": token.serial.0,
            "renewAt": date(token.renew_at),
            "renew": renew.map(request),
        }),
        Action::Send(next) => json!({ "type": "send", "request": request(next) }),
        Action::Wait { until } => json!({ "type": "wait", "until": date(until) }),
        Action::Fail(cause) => json!({ "type": "fail", "error": error(&cause) }),
    }
}

pub(super) fn request(request: TokenRequest) -> Value {
    let next = match request.next {
        Next::Credentials => json!({ "type": "credentials" }),
        Next::Sign(sign) => {
            json!({ "type": "sign", "alg": sign.alg.name(), "key": sign.key.expose(), "input": sign.input })
        }
        Next::Send(http) => json!({
            "type": "send",
            "method": http.method,
            "url": http.url,
            "headers": exposed(&http.headers),
            "body": http.body.as_ref().map(Secret::expose),
        }),
    };
    json!({ "serial": request.serial.0, "deadline": date(request.deadline), "next": next })
}

pub(super) fn token(token: &Token) -> Value {
    json!({
        "serial": token.serial.0,
        "value": token.value.expose(),
        "tokenType": token.token_type,
        "scope": token.scope,
        "expiresAt": token.expires_at.map(date),
        "renewAt": date(token.renew_at),
        "hardExpiry": date(token.hard_expiry),
        "headers": exposed(&token.headers),
        "query": exposed(&token.query),
        "captured": if token.captured.is_empty() { Value::Null } else { json!(token.captured) },
    })
}

fn exposed(pairs: &[(String, Secret)]) -> Value {
    Value::Object(pairs.iter().map(|(name, value)| (name.clone(), value.expose().into())).collect::<Map<_, _>>())
}

/// `[name, value, name, value]`, the shape in which headers cross.
pub(super) fn headers(flat: Vec<String>) -> Vec<(String, String)> {
    let mut flat = flat.into_iter();
    core::iter::from_fn(|| Some((flat.next()?, flat.next()?))).collect()
}
