//! Rust values -> plain JavaScript objects.

use serde_core::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::JsValue;

use crate::ground::credentials::Secret;
use crate::ground::error::{Error, Fault};
use crate::ground::json::Object;
use crate::ground::text::split;
use crate::ground::time::Timestamp;
use crate::ground::value::Value;
use crate::lifecycle::action::{Action, TokenRequest};
use crate::lifecycle::exchange::Next;
use crate::lifecycle::token::Token;

/// The latest instant that a `Date` can hold.
const MAX_DATE: u64 = 8_640_000_000_000_000;

pub(super) fn to_js(value: &Value) -> JsValue {
    Plain(value).serialize(&Serializer::json_compatible()).unwrap_or(JsValue::UNDEFINED)
}

/// A value as JavaScript has it: every number is a float. For the whole numbers of `Value`'s own `Serialize` the wasm module
/// needs a message about those that JavaScript cannot hold, and the formatter to write it.
struct Plain<'v>(&'v Value);

impl Serialize for Plain<'_> {
    fn serialize<S: serde_core::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(flag) => serializer.serialize_bool(*flag),
            Value::Number(number) => serializer.serialize_f64(number.scaled(0) as f64),
            Value::String(text) => serializer.serialize_str(text),
            Value::Array(items) => serializer.collect_seq(items.iter().map(Plain)),
            Value::Object(members) => {
                serializer.collect_map(members.iter().map(|(name, member)| (name, Plain(member))))
            }
        }
    }
}

/// Instants are `Date.now()` numbers in JavaScript: whole, not negative, and the cast saturates.
pub(super) fn instant(millis: f64) -> Timestamp {
    Timestamp::from_millis(millis as u64)
}

/// What only JavaScript's objects hold.
impl Object {
    pub(super) fn number(&mut self, name: &str, number: u64) -> &mut Self {
        self.value(name, number.into())
    }

    pub(super) fn flag(&mut self, name: &str, flag: bool) -> &mut Self {
        self.value(name, flag.into())
    }

    pub(super) fn date(&mut self, name: &str, at: impl Into<Option<Timestamp>>) -> &mut Self {
        match at.into() {
            Some(at) => self.number(name, at.as_millis().min(MAX_DATE)),
            None => self.text(name, None),
        }
    }

    pub(super) fn texts(&mut self, name: &str, texts: Option<&Vec<String>>) -> &mut Self {
        let Some(texts) = texts else { return self.text(name, None) };
        let mut items = Vec::new();
        for text in texts {
            items.push(text.as_str().into());
        }
        self.value(name, Value::Array(items))
    }

    fn secrets(&mut self, name: &str, pairs: &[(String, Secret)]) -> &mut Self {
        let mut fields = Object::new();
        for (name, secret) in pairs {
            fields.text(name, secret.expose());
        }
        self.object(name, &mut fields)
    }

    pub(super) fn into_js(mut self) -> JsValue {
        to_js(&self.take())
    }
}

pub(super) fn error(error: &Error) -> Object {
    let reply = error.reply();
    let mut fields = Object::new();
    fields
        .text("code", error.code())
        .text("message", error.message().as_str())
        .text("host", error.host())
        .value("status", error.status().into())
        .text("error", reply.and_then(|reply| reply.error.as_deref()))
        .text("errorDescription", reply.and_then(|reply| reply.description.as_deref()))
        .date("retryAt", error.retry_at());
    fields
}

pub(super) fn thrown(cause: impl Into<Fault>) -> JsValue {
    error(&cause.into()).into_js()
}

/// `repeats`: the request that it holds is one that was handed over before.
pub(super) fn action(action: Action, repeats: bool) -> Object {
    let mut fields = Object::new();
    match action {
        Action::Use { token, renew } => {
            fields.text("type", "use").number("serial", token.serial.0.into()).date("renewAt", token.renew_at);
            fields.value("renew", renew.map(|renew| request(&renew, repeats).take()).unwrap_or_default());
        }
        Action::Send(next) => {
            fields.text("type", "send").object("request", &mut request(&next, repeats));
        }
        Action::Wait { until } => {
            fields.text("type", "wait").date("until", until);
        }
        Action::Fail(cause) => {
            fields.text("type", "fail").object("error", &mut error(&cause));
        }
    }
    fields
}

/// What is sent is said once: the next time it `repeats` there is neither `next` nor `host`.
pub(super) fn request(request: &TokenRequest, repeats: bool) -> Object {
    let mut fields = Object::new();
    fields.number("serial", request.serial.0.into()).date("deadline", request.deadline);
    if repeats {
        return fields;
    }
    let mut next = Object::new();
    match &request.next {
        #[cfg(not(feature = "sharing"))]
        Next::Load { .. } | Next::Store { .. } => {}
        #[cfg(feature = "sharing")]
        Next::Load { at } => {
            next.text("type", "load").date("at", *at);
        }
        #[cfg(feature = "sharing")]
        Next::Store { record, ttl } => {
            next.text("type", "store").text("record", record.expose()).number("ttl", ttl.as_secs());
        }
        Next::Credentials => {
            next.text("type", "credentials");
        }
        Next::Sign(sign) => {
            next.text("type", "sign").text("alg", sign.alg.name()).text("key", sign.key.expose());
            next.text("input", sign.input.as_str());
        }
        Next::Obtain { credentials, refresh_token, scope } => {
            next.text("type", "obtain").secrets("credentials", &credentials.0).texts("scope", Some(scope));
            if let Some(token) = refresh_token {
                next.text("refreshToken", token.expose());
            }
        }
        Next::Send(http) => {
            next.text("type", "send").text("method", http.method).text("url", http.url.as_str());
            next.secrets("headers", &http.headers).text("body", http.body.as_ref().map(Secret::expose));
        }
    }
    fields.object("next", &mut next).text("host", request.host.as_deref());
    fields
}

/// Each member costs a microsecond, so what there is none of is left out.
pub(super) fn token(token: &Token) -> Object {
    let mut fields = Object::new();
    fields
        .number("serial", token.serial.0.into())
        .text("value", token.value.expose())
        .text("tokenType", token.token_type.as_str())
        .date("expiresAt", token.expires_at)
        .date("renewAt", token.renew_at)
        .date("hardExpiry", token.hard_expiry)
        .secrets("headers", &token.headers);
    for (name, text) in
        [("scope", &token.scope), ("issuedTokenType", &token.issued_token_type), ("warning", &token.warning)]
    {
        if let Some(text) = text {
            fields.text(name, &**text);
        }
    }
    for (name, pairs) in [("defaults", &token.defaults), ("query", &token.query), ("captured", &token.captured)] {
        if !pairs.is_empty() {
            fields.secrets(name, pairs);
        }
    }
    fields
}

#[cfg(feature = "pure")]
pub(super) fn texts(pairs: &[(String, String)]) -> Object {
    let mut fields = Object::new();
    for (name, value) in pairs {
        fields.text(name, value.as_str());
    }
    fields
}

/// Headers cross as one text, `name NUL value NUL name NUL value`: no header holds a NUL, and each text of its own takes long.
pub(super) fn headers(flat: &str) -> Vec<(String, String)> {
    let mut headers = Vec::new();
    let mut flat = split(flat, "\0").into_iter();
    while let (Some(name), Some(value)) = (flat.next(), flat.next()) {
        headers.push((name.to_owned(), value.to_owned()));
    }
    headers
}
