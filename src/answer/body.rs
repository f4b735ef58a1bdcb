//! The body of an answer as a document, and the value at a place in it.

use crate::config::words::AnswerFormat;
use crate::ground::encoding::form_decode;
use crate::ground::json;
use crate::ground::json::Wiped;
use crate::ground::message::HttpResponse;
use crate::ground::text::{lossy, split, split_once};
use crate::ground::value::{Map, Value};

/// What stands at a place of the profile's.
pub(crate) enum Found<'v> {
    InBody(&'v Value),
    InHeader(Wiped),
}

impl Found<'_> {
    pub(crate) fn as_ref(&self) -> &Value {
        match self {
            Found::InBody(value) => value,
            Found::InHeader(value) => &value.0,
        }
    }
}

pub(crate) fn value_at<'v>(response: &HttpResponse, document: &'v Value, place: &str) -> Option<Found<'v>> {
    match place.strip_prefix("header:") {
        Some(name) => response.header(name).map(|value| Found::InHeader(Wiped(value.into()))),
        None => json::at(document, place).map(Found::InBody),
    }
}

pub(crate) fn show(place: &str) -> &str {
    if place.is_empty() { "the whole body" } else { place }
}

pub(crate) fn read_document(format: AnswerFormat, body: &[u8]) -> Result<Value, &'static str> {
    // Latin-1, most often, in a name that nobody needs; where a token is, U+FFFD is refused.
    let text = lossy(body);
    match format {
        AnswerFormat::Text => Ok(Value::from(text)),
        AnswerFormat::Form => {
            let mut members = Map::new();
            for pair in split(text.trim_ascii(), "&") {
                let (name, value) = split_once(pair, "=").unwrap_or((pair, ""));
                members.add(form_decode(name), Value::from(form_decode(value)));
            }
            Ok(Value::Object(members))
        }
        AnswerFormat::Json if text.trim_ascii().is_empty() => Err("is empty"),
        AnswerFormat::Json => json::parse_said(&text),
    }
}
