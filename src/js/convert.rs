//! Rust values -> plain JavaScript objects.

use serde::Serialize;
use serde_json::Value;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::credentials::Secret;
use crate::error::Error;
use crate::exchange::Next;
use crate::json::object;
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
    object(&mut [
        ("code", error.code().into()),
        ("message", error.to_string().into()),
        ("status", error.status().into()),
        ("error", reply.and_then(|reply| reply.error.as_deref()).into()),
        ("errorDescription", reply.and_then(|reply| reply.description.as_deref()).into()),
        ("retryAt", error.retry_at().map(date).into()),
    ])
}

pub(super) fn thrown(cause: Error) -> JsValue {
    to_js(&error(&cause))
}

pub(super) fn action(action: Action) -> Value {
    match action {
        Action::Use { token, renew } => object(&mut [
            ("type", "use".into()),
            ("serial", token.serial.0.into()),
            ("renewAt", date(token.renew_at).into()),
            ("renew", renew.map(request).into()),
        ]),
        Action::Send(next) => object(&mut [("type", "send".into()), ("request", request(next))]),
        Action::Wait { until } => object(&mut [("type", "wait".into()), ("until", date(until).into())]),
        Action::Fail(cause) => object(&mut [("type", "fail".into()), ("error", error(&cause))]),
    }
}

pub(super) fn request(request: TokenRequest) -> Value {
    let next = match request.next {
        Next::Credentials => object(&mut [("type", "credentials".into())]),
        Next::Sign(sign) => object(&mut [
            ("type", "sign".into()),
            ("alg", sign.alg.name().into()),
            ("key", sign.key.expose().into()),
            ("input", sign.input.as_str().into()),
        ]),
        Next::Send(http) => object(&mut [
            ("type", "send".into()),
            ("method", http.method.into()),
            ("url", http.url.as_str().into()),
            ("headers", exposed(&http.headers)),
            ("body", http.body.as_ref().map(Secret::expose).into()),
        ]),
    };
    object(&mut [("serial", request.serial.0.into()), ("deadline", date(request.deadline).into()), ("next", next)])
}

pub(super) fn token(token: &Token) -> Value {
    let mut captured = Vec::new();
    for (name, value) in &token.captured {
        captured.push((name.as_str(), value.as_str().into()));
    }
    object(&mut [
        ("serial", token.serial.0.into()),
        ("value", token.value.expose().into()),
        ("tokenType", token.token_type.as_str().into()),
        ("scope", token.scope.as_deref().into()),
        ("expiresAt", token.expires_at.map(date).into()),
        ("renewAt", date(token.renew_at).into()),
        ("hardExpiry", date(token.hard_expiry).into()),
        ("headers", exposed(&token.headers)),
        ("query", exposed(&token.query)),
        ("captured", if captured.is_empty() { Value::Null } else { object(&mut captured) }),
    ])
}

fn exposed(pairs: &[(String, Secret)]) -> Value {
    let mut members = Vec::new();
    for (name, value) in pairs {
        members.push((name.as_str(), value.expose().into()));
    }
    object(&mut members)
}

/// `[name, value, name, value]`, the shape in which headers cross.
pub(super) fn headers(flat: Vec<String>) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let mut flat = flat.into_iter();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        headers.push((name, value));
    }
    headers
}
