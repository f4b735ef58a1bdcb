//! The pure functions of `bearerkit/core`.

use wasm_bindgen::prelude::*;

use super::convert::{headers, instant, texts, thrown, to_js, token};
use crate::answer::challenge::AuthChallenge;
use crate::answer::{challenge, jwt, retry_after};
use crate::config::client::ClientConfig;
use crate::ground::credentials::Secret;
use crate::ground::json::Object;
use crate::ground::message::HttpResponse;
use crate::ground::time::millis;
use crate::ground::value::Value;
use crate::request::authorization::AuthorizationRequest;

/// A token response, read as the client of these options reads it.
#[wasm_bindgen]
pub fn parse_token_response(
    options: &str,
    status: u16,
    flat: &str,
    body: Vec<u8>,
    now: f64,
    received: f64,
) -> Result<JsValue, JsValue> {
    trap!("parse_token_response");
    let client = ClientConfig::from_json(options).map_err(thrown)?;
    let response = HttpResponse { status, headers: headers(flat), body };
    let (held, refresh_token) =
        client.parse_token_response(&response, instant(now), instant(received)).map_err(thrown)?;
    let mut found = token(&held);
    if let Some(refresh_token) = refresh_token {
        found.text("refreshToken", Secret::expose(&refresh_token));
    }
    Ok(found.into_js())
}

/// The URL of an authorization request.
#[wasm_bindgen]
pub fn authorization_url(
    options: &str,
    redirect_uri: &str,
    state: &str,
    code_challenge: Option<String>,
) -> Result<String, JsValue> {
    let client = ClientConfig::from_json(options).map_err(thrown)?;
    let request = AuthorizationRequest { redirect_uri, state, code_challenge: code_challenge.as_deref() };
    client.authorization_url(&request).map_err(thrown)
}

/// `{ exp, iat }` in seconds, `null` for what is no JWT.
#[wasm_bindgen]
pub fn read_jwt_expiry(token: &str) -> JsValue {
    trap!("read_jwt_expiry");
    let Some(dates) = jwt::read_jwt_dates(token) else { return JsValue::NULL };
    let mut fields = Object::new();
    for (name, date) in [("exp", dates.exp), ("iat", dates.iat)] {
        // Seconds beyond what a Date can hold are cut, or they would not fit a number.
        fields.value(name, date.map(|seconds| seconds.min(8_640_000_000_000)).into());
    }
    fields.into_js()
}

/// Milliseconds to wait, `undefined` for what is no `Retry-After`.
#[wasm_bindgen]
pub fn parse_retry_after(value: &str, now: f64) -> Option<f64> {
    trap!("parse_retry_after");
    retry_after::parse_retry_after(value, instant(now)).map(|wait| millis(wait) as f64)
}

/// The challenges of a `WWW-Authenticate` header.
#[wasm_bindgen]
pub fn parse_challenges(header: &str) -> JsValue {
    trap!("parse_challenges");
    let mut list = Vec::new();
    for AuthChallenge { scheme, token68, parameters } in challenge::parse_challenges(header) {
        let mut found = Object::new();
        found.text("scheme", scheme.as_str());
        if let Some(token68) = &token68 {
            found.text("token68", token68.as_str());
        }
        found.object("parameters", &mut texts(&parameters));
        list.push(found.take());
    }
    to_js(&Value::Array(list))
}
