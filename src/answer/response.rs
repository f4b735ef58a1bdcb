//! Turns received bytes into a token, or into the reason why there is none.

use core::time::Duration;

use crate::answer::body::{Found, read_document, show, value_at};
use crate::answer::expiry;
use crate::answer::expiry::Evidence;
use crate::answer::jwt::read_jwt_dates;
use crate::answer::reason::{error_code, is_harmless};
use crate::answer::retry_after::{MAX_RETRY_AFTER, lengthen, longest};
use crate::config::places::ResponseShape;
use crate::config::words::{AnswerFormat, InstantFormat, Source};
use crate::ground::credentials::Secret;
use crate::ground::error::{Error, Fault, Reply};
use crate::ground::json;
use crate::ground::json::{Wiped, same};
use crate::ground::message::{HttpResponse, is_header_safe};
use crate::ground::redact::Secrets;
use crate::ground::time::Timestamp;
use crate::ground::value::Value;

/// The maximum size of a response body.
const MAX_BODY: usize = 1024 * 1024;
/// The maximum length of a token.
const MAX_TOKEN: usize = 64 * 1024;

/// What answers brought for the requests to come, by name: a step's token among it.
pub(crate) type Captured = Vec<(String, Secret)>;

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
    /// RFC 8693 §2.2.1
    pub(crate) issued_token_type: Option<String>,
    pub(crate) captured: Captured,
    /// Counted from the moment the request was sent; `None`: unknown.
    pub(crate) lifetime: Option<Duration>,
    /// What was said of it and is not believed, for people.
    pub(crate) warning: Option<String>,
}

/// What else counts when a token response is read.
pub(crate) struct Reading<'r> {
    /// What earlier answers captured.
    pub(crate) earlier: &'r Captured,
    /// The API takes the token as it was handed out.
    pub(crate) keeps_scheme: bool,
    /// It is the answer to a token exchange, which may bring what is no access token (RFC 8693 §2.2.1).
    pub(crate) exchanges: bool,
}

/// Reads a token response.
///
/// # Errors
/// See the table in the crate's documentation: the status decides before the body does.
pub(crate) fn parse(
    shape: ResponseShape<'_>,
    response: &HttpResponse,
    times: Times,
    secrets: &Secrets<'_>,
    reading: Reading<'_>,
) -> Result<Box<Granted>, Fault> {
    let answer = Answer::read(shape, response, times, secrets)?;
    let access_token = answer.access_token(reading.keeps_scheme)?;
    let token_type = answer.token_type();
    let is_allowed = |found: &str| shape.allows_type(found) || reading.exchanges && is_no_access_token(found);
    if let Some(found) = token_type.as_deref().filter(|found| !is_allowed(found)) {
        let found = secrets.redact(found, core::slice::from_ref(&access_token), 64);
        return Err(answer.bad(&["its token_type \"", &found, "\" is not in response.token_types"]));
    }
    // What a refresh leaves out is as it was.
    let mut captured = reading.earlier.to_vec();
    answer.capture(&mut captured)?;
    let stated = answer.value(shape.expiry().place());
    let evidence = Evidence {
        stated: stated.as_ref().map(Found::as_ref),
        jwt: read_jwt_dates(access_token.expose()),
        sent: times.sent,
        date: response.date(),
    };
    let (lifetime, warning) = expiry::lifetime(shape.expiry(), &evidence);
    Ok(Box::new(Granted {
        lifetime,
        warning,
        token_type: token_type.filter(|found| is_header_safe(found)),
        refresh_token: answer
            .text("refresh_token")
            .filter(|found| !found.is_empty() && is_whole(found))
            .map(Secret::new),
        scope: answer.text("scope").filter(|found| !found.is_empty()),
        issued_token_type: answer.scalar("/issued_token_type").filter(|found| !found.is_empty()),
        captured,
        access_token,
    }))
}

/// `N_A`: the token is none that an API takes (RFC 8693 §2.2.1).
pub(crate) fn is_no_access_token(token_type: &str) -> bool {
    token_type.eq_ignore_ascii_case("N_A")
}

/// Reads a step's answer: what it captures, and its `access_token` where it has one.
///
/// # Errors
/// As [`parse`], but a missing token is none.
pub(crate) fn parse_step(
    shape: ResponseShape<'_>,
    response: &HttpResponse,
    times: Times,
    secrets: &Secrets<'_>,
) -> Result<Captured, Fault> {
    let answer = Answer::read(shape, response, times, secrets)?;
    let mut captured = Vec::new();
    if let Some(token) = answer.text("access_token") {
        captured.push(("access_token".to_owned(), Secret::new(token)));
    }
    answer.capture(&mut captured)?;
    Ok(captured)
}

/// Reads a JSON document of the server that is no token answer: its metadata.
///
/// # Errors
/// As [`parse`].
pub(crate) fn parse_document(
    shape: ResponseShape<'_>,
    response: &HttpResponse,
    times: Times,
    secrets: &Secrets<'_>,
) -> Result<Value, Fault> {
    Ok(Answer::read(shape, response, times, secrets)?.document.0.clone())
}

/// A good status, a body of the promised format, no error in it.
struct Answer<'r> {
    shape: ResponseShape<'r>,
    response: &'r HttpResponse,
    document: Wiped,
}

impl<'r> Answer<'r> {
    fn read(
        shape: ResponseShape<'r>,
        response: &'r HttpResponse,
        times: Times,
        secrets: &Secrets<'_>,
    ) -> Result<Self, Fault> {
        let status = response.status;
        if response.body.len() > MAX_BODY {
            return Err(Error::bad_response(status, &["the body is larger than 1 MiB"]));
        }
        // Servers that grant text or a form often refuse in JSON.
        let is_json = status >= 400 && response.body.first() == Some(&b'{');
        let format = if is_json { AnswerFormat::Json } else { shape.format() };
        let (document, unreadable) = match read_document(format, &response.body) {
            Ok(document) => (document, None),
            Err(reason) => (Value::Null, Some(reason)),
        };
        let answer = Answer { shape, response, document: Wiped(document) };
        let code = answer.code();
        let reply = || answer.reply(code.as_deref(), times.received, secrets);
        if matches!(status, 429 | 408 | 425 | 500..) {
            return Err(Box::new(if status == 429 {
                Error::RateLimited(reply())
            } else {
                Error::Unreachable(reply())
            }));
        }
        if !matches!(status, 200..300 | 400..) {
            return Err(answer.bad(&["a token endpoint may not redirect; check token_endpoint"]));
        }
        // RFC 6749 §4.1.2.1 has these codes for the authorization endpoint; token endpoints send them too.
        if matches!(code.as_deref(), Some("temporarily_unavailable" | "server_error")) {
            return Err(Box::new(Error::Unreachable(reply())));
        }
        if status >= 400 || (code.is_some() && !answer.is_well()) || answer.is_error() {
            return Err(Box::new(Error::Refused(reply())));
        }
        match unreadable {
            // A page to log in, or that says that nothing is here.
            Some(_) if response.is_html() => {
                Err(answer.bad(&["with text/html, not a token response; check token_endpoint"]))
            }
            Some(reason) => Err(answer.bad(&["the body ", reason])),
            None => Ok(answer),
        }
    }

    /// What the profile's `error_when` says of a 200.
    fn is_error(&self) -> bool {
        let Some((pointer, not)) = self.shape.error_when() else { return false };
        let found = self.value(pointer);
        let value = found.as_ref().map_or(&Value::Null, Found::as_ref);
        !not.iter().any(|good| same(good, value))
    }

    /// Some APIs say that all is well by an error that is none, and send what was asked for beside it.
    fn is_well(&self) -> bool {
        let error = self.shape.place("error").and_then(|place| self.value(place));
        let is_there = || {
            let captures = !self.shape.capture().is_empty() && self.capture(&mut Vec::new()).is_ok();
            captures || self.access_token(false).is_ok()
        };
        error.is_none_or(|error| is_harmless(error.as_ref())) && is_there()
    }

    /// When the server wants to be asked again: the latest of what it says.
    fn retry_at(&self, received: Timestamp) -> Option<Timestamp> {
        let date = self.response.date();
        let mut wait = None;
        for (name, value) in &self.response.headers {
            if name.eq_ignore_ascii_case("retry-after") {
                // A date is by the server's clock.
                lengthen(&mut wait, longest(value, date.unwrap_or(received)));
            }
        }
        if let Some((place, unit)) = self.shape.retry_after()
            && let Some(told) = self.value(place)
        {
            let evidence = Evidence { stated: None, jwt: None, sent: received, date };
            let told = evidence.read(told.as_ref(), Source::Auto, unit, InstantFormat::Unix);
            lengthen(&mut wait, told.map(|wait| wait.min(MAX_RETRY_AFTER)));
        }
        Some(received.plus(wait?))
    }

    /// The code of the error that stands in the answer.
    fn code(&self) -> Option<String> {
        let code = error_code(self.value(self.shape.place("error")?)?.as_ref());
        code.filter(|code| !code.is_empty())
    }

    fn reply(&self, code: Option<&str>, received: Timestamp, secrets: &Secrets<'_>) -> Reply {
        let mut echoed = Vec::new();
        for name in ["access_token", "refresh_token"] {
            echoed.extend(self.text(name).map(|token| Secret::new(without_scheme(&token, ""))));
        }
        let clean = |text: &str, limit| secrets.redact(text, &echoed, limit);
        let description = self.text("error_description").filter(|text| !text.is_empty());
        Reply {
            status: Some(self.response.status),
            error: code.map(|code| clean(code, 128)),
            description: description.map(|text| clean(&text, 512)),
            retry_at: self.retry_at(received),
            ..Reply::default()
        }
    }

    /// Empty or blank, it says no more than none.
    fn token_type(&self) -> Option<String> {
        self.text("token_type").map(|found| found.trim_ascii().to_owned()).filter(|found| !found.is_empty())
    }

    /// `keeps_scheme`: the API takes it as it was handed out.
    fn access_token(&self, keeps_scheme: bool) -> Result<Secret, Fault> {
        let place = self.shape.place("access_token").unwrap_or_default();
        let value = self.value(place);
        let Some(Value::String(token)) = value.as_ref().map(Found::as_ref) else {
            let what = if value.is_some() { "there is no string at " } else { "there is no token at " };
            return Err(self.bad(&[what, show(place), "; see response.access_token"]));
        };
        let given = if self.shape.format() == AnswerFormat::Text { token.trim_ascii() } else { token };
        let token = without_scheme(given, &self.token_type().unwrap_or_default());
        let wrong = if token.is_empty() {
            "is empty"
        } else if token.len() > MAX_TOKEN {
            "is longer than 64 KiB"
        } else if !token.bytes().all(|b| b.is_ascii_graphic()) {
            // Real tokens break the grammar of RFC 6750 (eBay `^#`, Amazon `|`): only what breaks a header is refused.
            "contains a space, a control or a non-ASCII character"
        } else {
            return Ok(Secret::new(if keeps_scheme { given.trim_ascii() } else { token }));
        };
        Err(self.bad(&["the token at ", show(place), " ", wrong]))
    }

    fn capture(&self, captured: &mut Captured) -> Result<(), Fault> {
        for (name, place) in self.shape.capture() {
            match self.scalar(place).filter(|value| is_whole(value)) {
                Some(value) => json::set(captured, name, Secret::new(value)),
                None if json::named(captured, name).is_some() => {}
                None => return Err(self.bad(&["there is nothing to capture as ", name, " at ", show(place)])),
            }
        }
        Ok(())
    }

    fn value(&self, place: &str) -> Option<Found<'_>> {
        value_at(self.response, &self.document.0, place)
    }

    fn scalar(&self, place: &str) -> Option<String> {
        json::scalar(self.value(place)?.as_ref())
    }

    /// The scalar at the place of that member of RFC 6749 §5.
    fn text(&self, name: &str) -> Option<String> {
        self.scalar(self.shape.place(name)?)
    }

    fn bad(&self, reason: &[&str]) -> Fault {
        Error::bad_response(self.response.status, reason)
    }
}

/// `Bearer abc`, from a server that hands out the header's value: without its scheme, be it `Bearer` or the one that the
/// answer names.
fn without_scheme<'t>(token: &'t str, named: &str) -> &'t str {
    for known in ["bearer", named] {
        // Not by its first space, for which all of a token would be searched.
        if let Some((scheme, bare)) = token.trim_ascii().split_at_checked(known.len())
            && scheme.eq_ignore_ascii_case(known)
            && matches!(bare.as_bytes(), [b' ' | b'\t', ..])
        {
            return bare.trim_ascii();
        }
    }
    token
}

/// Whether nothing in it had to be replaced to be read.
fn is_whole(text: &str) -> bool {
    !text.chars().any(|c| c == char::REPLACEMENT_CHARACTER)
}
