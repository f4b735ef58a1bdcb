//! Bytes received -> a token, or the reason why there is none.

use std::collections::BTreeMap;
use core::time::Duration;

use serde_json::Value;

use crate::credentials::{Credentials, Secret};
use crate::error::{Error, Reply};
use crate::expiry::{self, Evidence};
use crate::json;
use crate::jwt::read_jwt_dates;
use crate::provider::{Place, ResponseFormat, ResponseShape};
use crate::retry_after::{parse_http_date, parse_retry_after};
use crate::time::Timestamp;

/// Longer than this no token is.
const MAX_TOKEN: usize = 64 * 1024;

/// An HTTP response, received to its end. `Debug` shows neither headers nor body: both may hold a token.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct HttpResponse {
    /// The status code.
    pub status: u16,
    /// Names in any case; a name may occur more than once.
    pub headers: Vec<(String, String)>,
    /// The body, decoded from its content coding.
    pub body: Vec<u8>,
}

impl HttpResponse {
    /// The value of a header, its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl core::fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).finish_non_exhaustive()
    }
}

/// When an exchange began and ended, by the local clock.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    pub(crate) sent: Timestamp,
    pub(crate) received: Timestamp,
}

/// What a token endpoint granted. No date in it is on a clock yet.
#[derive(Debug, Clone)]
pub(crate) struct Granted {
    pub(crate) access_token: Secret,
    pub(crate) token_type: Option<String>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) scope: Option<String>,
    pub(crate) captured: BTreeMap<String, String>,
    /// Counted from the moment the request was sent; `None`: unknown.
    pub(crate) lifetime: Option<Duration>,
}

/// How long the answer asks to be left alone.
pub(crate) fn retry_after(response: &HttpResponse, now: Timestamp) -> Option<Duration> {
    parse_retry_after(response.header("retry-after")?, now)
}

/// Reads a token response.
///
/// # Errors
/// See the table in the crate's documentation: the status decides before the body does.
pub(crate) fn parse(
    shape: &ResponseShape,
    response: &HttpResponse,
    times: Times,
    credentials: &Credentials,
    earlier: &BTreeMap<String, String>,
) -> Result<Granted, Error> {
    let answer = Answer::read(shape, response, times, credentials)?;
    let access_token = answer.access_token()?;
    if let (Some(allowed), Some(found)) = (&shape.token_types, answer.text(shape.token_type.as_ref()))
        && !allowed.iter().any(|allowed| allowed.eq_ignore_ascii_case(&found))
    {
        return Err(answer.bad("its token_type is none that the profile's response.token_types allows"));
    }
    // What a refresh leaves out is as it was.
    let mut captured = earlier.clone();
    captured.extend(answer.captured(|name| earlier.contains_key(name))?);
    Ok(Granted {
        lifetime: expiry::lifetime(
            &shape.expiry,
            &Evidence {
                stated: answer.value(&shape.expiry.place).as_ref(),
                jwt: read_jwt_dates(access_token.expose()),
                sent: times.sent,
                date: response.header("date").and_then(parse_http_date),
            },
        ),
        token_type: answer.text(shape.token_type.as_ref()).filter(|found| is_header_safe(found)),
        refresh_token: answer.text(shape.refresh_token.as_ref()).filter(|found| !found.is_empty()).map(Secret::new),
        scope: answer.text(shape.scope.as_ref()).filter(|found| !found.is_empty()),
        captured,
        access_token,
    })
}

/// Reads a step's answer: what it captures, and its `access_token` where it has one.
///
/// # Errors
/// As [`parse`], but a missing token is none.
pub(crate) fn parse_step(
    shape: &ResponseShape,
    response: &HttpResponse,
    times: Times,
    credentials: &Credentials,
) -> Result<BTreeMap<String, String>, Error> {
    let answer = Answer::read(shape, response, times, credentials)?;
    let mut captured = answer.captured(|_| false)?;
    if let Some(token) = answer.text(Some(&shape.access_token)) {
        captured.entry("access_token".into()).or_insert(token);
    }
    Ok(captured)
}

/// A good status, a body of the promised format, no error in it.
struct Answer<'r> {
    shape: &'r ResponseShape,
    response: &'r HttpResponse,
    document: Value,
}

impl<'r> Answer<'r> {
    fn read(
        shape: &'r ResponseShape,
        response: &'r HttpResponse,
        times: Times,
        credentials: &Credentials,
    ) -> Result<Self, Error> {
        let status = response.status;
        let document = read_document(shape.format, &response.body);
        let said = Answer { shape, response, document: document.clone().unwrap_or_default() };
        let reply = said.reply(credentials);
        match status {
            429 => {
                let wait = retry_after(response, times.received);
                return Err(Error::RateLimited(Reply { retry_at: wait.map(|wait| times.received.plus(wait)), ..reply }));
            }
            408 | 425 | 500.. => {
                let wait = retry_after(response, times.received);
                return Err(Error::Unreachable(Reply { retry_at: wait.map(|wait| times.received.plus(wait)), ..reply }));
            }
            200..300 => {}
            // RFC 6749 §5.2 has these codes for the authorization endpoint; token endpoints send them too.
            400.. if said.is_transient_error(&reply) => return Err(Error::Unreachable(reply)),
            400.. => return Err(Error::Refused(reply)),
            _ => return Err(Error::bad_response(status, "a token endpoint may not redirect")),
        }
        let error_when = shape.error_when.as_ref().is_some_and(|when| {
            let value = said.value(&when.place).unwrap_or_default();
            !when.not.iter().any(|good| same(good, &value))
        });
        if said.is_transient_error(&reply) {
            return Err(Error::Unreachable(reply));
        }
        if error_when || reply.error.is_some() {
            return Err(Error::Refused(reply));
        }
        document.map_err(|reason| Error::bad_response(status, format!("the body {reason}")))?;
        Ok(said)
    }

    fn reply(&self, credentials: &Credentials) -> Reply {
        let echoed: Vec<Secret> =
            [Some(&self.shape.access_token), self.shape.refresh_token.as_ref()]
                .into_iter()
                .filter_map(|place| self.text(place).map(Secret::new))
                .collect();
        let clean = |text: String, limit| credentials.redact(&text, echoed.iter(), limit);
        let code = self.shape.error.as_ref().and_then(|place| self.value(place)).and_then(|value| error_code(&value));
        Reply {
            status: Some(self.response.status),
            error: code.filter(|code| !code.is_empty()).map(|code| clean(code, 128)),
            description: self
                .text(self.shape.error_description.as_ref())
                .filter(|text| !text.is_empty())
                .map(|text| clean(text, 512)),
            retry_at: None,
        }
    }

    fn is_transient_error(&self, reply: &Reply) -> bool {
        matches!(reply.error.as_deref(), Some("temporarily_unavailable" | "server_error"))
    }

    fn access_token(&self) -> Result<Secret, Error> {
        let place = &self.shape.access_token;
        let token = match self.value(place) {
            Some(Value::String(token)) => token,
            Some(_) => return Err(self.bad(format!("what stands at {place} is no string"))),
            None => return Err(self.bad(format!("there is no token at {place}"))),
        };
        let token = if self.shape.format == ResponseFormat::Text { token.trim().to_owned() } else { token };
        if token.is_empty() {
            return Err(self.bad(format!("the token at {place} is empty")));
        }
        if token.len() > MAX_TOKEN {
            return Err(self.bad(format!("the token at {place} is longer than 64 KiB")));
        }
        // Real tokens break the grammar of RFC 6750 (eBay `^#`, Amazon `|`): only what breaks a header is refused.
        if !token.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(self.bad(format!("the token at {place} has a space, a control or a non-ASCII character in it")));
        }
        Ok(Secret::new(token))
    }

    fn captured(&self, is_known: impl Fn(&str) -> bool) -> Result<BTreeMap<String, String>, Error> {
        let mut captured = BTreeMap::new();
        for (name, place) in &self.shape.capture {
            match self.text(Some(place)) {
                Some(value) => {
                    captured.insert(name.clone(), value);
                }
                None if is_known(name) => {}
                None => return Err(self.bad(format!("there is nothing to capture as {name:?} at {place}"))),
            }
        }
        Ok(captured)
    }

    fn value(&self, place: &Place) -> Option<Value> {
        match place {
            Place::Body(pointer) => json::at(&self.document, pointer).cloned(),
            Place::Header(name) => self.response.header(name).map(Value::from),
        }
    }

    fn text(&self, place: Option<&Place>) -> Option<String> {
        self.value(place?).as_ref().and_then(json::scalar)
    }

    fn bad(&self, reason: impl Into<String>) -> Error {
        Error::bad_response(self.response.status, reason)
    }
}

fn read_document(format: ResponseFormat, body: &[u8]) -> Result<Value, &'static str> {
    // A decoder that puts U+FFFD for a bad byte would hide it in a token.
    let text = core::str::from_utf8(body).map_err(|_| "is not UTF-8")?;
    match format {
        ResponseFormat::Text => Ok(Value::from(text)),
        ResponseFormat::Json if text.trim().is_empty() => Err("is empty"),
        ResponseFormat::Json => json::parse(text),
        ResponseFormat::Form => Ok(Value::Object(
            text.trim()
                .split('&')
                .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
                .map(|(name, value)| (form_decode(name), Value::from(form_decode(value))))
                .collect(),
        )),
    }
}

fn form_decode(text: &str) -> String {
    let spaced = text.replace('+', " ");
    // A bad sequence becomes U+FFFD, which no token may hold.
    percent_encoding::percent_decode_str(&spaced).decode_utf8_lossy().into_owned()
}

/// `"invalid_client"`, `10014`, or the `code` of an object (`{"error": {"code": "…"}}`).
fn error_code(value: &Value) -> Option<String> {
    match value {
        // Some APIs say that all is well by an error that is none.
        Value::Bool(false) => None,
        Value::Number(number) if number.as_f64() == Some(0.0) => None,
        Value::Array(items) if items.is_empty() => None,
        Value::Object(object) => {
            let named = ["code", "error", "type", "status"].iter().find_map(|name| object.get(*name));
            named.and_then(json::scalar).or_else(|| Some("error".into()))
        }
        Value::Array(_) => Some("error".into()),
        other => json::scalar(other),
    }
}

/// `0` and `0.0`, and a number and the same number as a string, are the same.
fn same(one: &Value, other: &Value) -> bool {
    one == other
        || matches!((json::scalar(one), json::scalar(other)), (Some(one), Some(other)) if one == other)
        || matches!((one.as_f64(), other.as_f64()), (Some(one), Some(other)) if one == other)
}

pub(crate) fn is_header_safe(text: &str) -> bool {
    text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}
