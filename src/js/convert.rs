//! Rust values -> plain JavaScript objects.

use serde::Serialize;
use serde_json::{Map, Value};
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::credentials::Secret;
use crate::error::{Error, Fault};
use crate::exchange::Next;
use crate::machine::{Action, TokenRequest};
use crate::time::Timestamp;
use crate::token::Token;

/// The latest instant that a `Date` can hold.
const MAX_DATE: u64 = 8_640_000_000_000_000;

#[inline(never)]
pub(super) fn to_js(value: &Value) -> JsValue {
    value.serialize(&Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

/// Instants are `Date.now()` numbers in JavaScript: whole, not negative, and the cast saturates.
pub(super) fn instant(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis as u64)
}

/// A plain object in the making, one call per member: a `Value` that is written down where it is used costs 60 bytes of wasm,
/// a call 15.
#[derive(Default)]
pub(super) struct Fields(Map<String, Value>);

impl Fields {
    #[inline(never)]
    pub(super) fn value(&mut self, name: &str, value: Value) -> &mut Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    pub(super) fn text<'t>(&mut self, name: &str, text: impl Into<Option<&'t str>>) -> &mut Self {
        self.text_or_null(name, text.into())
    }

    #[inline(never)]
    fn text_or_null(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        self.value(name, text.into())
    }

    #[inline(never)]
    pub(super) fn number(&mut self, name: &str, number: u64) -> &mut Self {
        self.value(name, number.into())
    }

    #[inline(never)]
    pub(super) fn flag(&mut self, name: &str, flag: bool) -> &mut Self {
        self.value(name, flag.into())
    }

    pub(super) fn date(&mut self, name: &str, at: impl Into<Option<Timestamp>>) -> &mut Self {
        match at.into() {
            Some(at) => self.number(name, at.as_millis().min(MAX_DATE)),
            None => self.text_or_null(name, None),
        }
    }

    pub(super) fn object(&mut self, name: &str, fields: Fields) -> &mut Self {
        self.value(name, fields.into_value())
    }

    fn secrets(&mut self, name: &str, pairs: &[(String, Secret)]) -> &mut Self {
        let mut fields = Fields::default();
        for (name, secret) in pairs {
            fields.text(name, secret.expose());
        }
        self.object(name, fields)
    }

    pub(super) fn into_value(self) -> Value {
        Value::Object(self.0)
    }

    pub(super) fn into_js(self) -> JsValue {
        to_js(&self.into_value())
    }
}

#[inline(never)]
pub(super) fn error(error: &Error) -> Fields {
    let reply = error.reply();
    let mut fields = Fields::default();
    fields
        .text("code", error.code())
        .text("message", error.message().as_str())
        .value("status", error.status().into())
        .text("error", reply.and_then(|reply| reply.error.as_deref()))
        .text("errorDescription", reply.and_then(|reply| reply.description.as_deref()))
        .date("retryAt", error.retry_at());
    fields
}

pub(super) fn thrown(cause: impl Into<Fault>) -> JsValue {
    error(&cause.into()).into_js()
}

pub(super) fn action(action: Action) -> Fields {
    let mut fields = Fields::default();
    match action {
        Action::Use { token, renew } => {
            fields.text("type", "use").number("serial", token.serial.0.into()).date("renewAt", token.renew_at);
            fields.value("renew", renew.map(|renew| request(&renew).into_value()).unwrap_or_default());
        }
        Action::Send(next) => {
            fields.text("type", "send").object("request", request(&next));
        }
        Action::Wait { until } => {
            fields.text("type", "wait").date("until", until);
        }
        Action::Fail(cause) => {
            fields.text("type", "fail").object("error", error(&cause));
        }
    }
    fields
}

#[inline(never)]
pub(super) fn request(request: &TokenRequest) -> Fields {
    let mut next = Fields::default();
    match &request.next {
        Next::Credentials => {
            next.text("type", "credentials");
        }
        Next::Sign(sign) => {
            next.text("type", "sign").text("alg", sign.alg.name()).text("key", sign.key.expose());
            next.text("input", sign.input.as_str());
        }
        Next::Send(http) => {
            next.text("type", "send").text("method", http.method).text("url", http.url.as_str());
            next.secrets("headers", &http.headers).text("body", http.body.as_ref().map(Secret::expose));
        }
    }
    let mut fields = Fields::default();
    fields.number("serial", request.serial.0.into()).date("deadline", request.deadline).object("next", next);
    fields
}

#[inline(never)]
pub(super) fn token(token: &Token) -> Fields {
    let mut fields = Fields::default();
    fields
        .number("serial", token.serial.0.into())
        .text("value", token.value.expose())
        .text("tokenType", token.token_type.as_str())
        .text("scope", token.scope.as_deref())
        .date("expiresAt", token.expires_at)
        .date("renewAt", token.renew_at)
        .date("hardExpiry", token.hard_expiry)
        .secrets("headers", &token.headers)
        .secrets("query", &token.query)
        .text("captured", None);
    if !token.captured.is_empty() {
        fields.object("captured", texts(&token.captured));
    }
    fields
}

pub(super) fn texts(pairs: &[(String, String)]) -> Fields {
    let mut fields = Fields::default();
    for (name, value) in pairs {
        fields.text(name, value.as_str());
    }
    fields
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
