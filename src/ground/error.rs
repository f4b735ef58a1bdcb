//! The one error of this crate. Its [`code`](Error::code) is the contract; the text is for people.

use crate::ground::text::{decimal, spaced};
use crate::ground::time::Timestamp;

/// An error on its way up. Boxed, a `Result` is one word longer than its value; with the error in it, every `?` of the wasm
/// module copied 48 bytes.
pub(crate) type Fault = Box<Error>;

/// Why there is no token.
///
/// No variant holds a response body, a secret or a token: a server's text is shortened, stripped of control characters
/// and of the request's secrets before it is stored here.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// An option is missing, has the wrong type or contradicts another one. Nothing was sent.
    Options {
        /// Where: `provider.response.expiry.unit`.
        path: String,
        /// What is wrong with it. It never contains the value.
        reason: String,
    },
    /// The token endpoint refused the request, and would refuse the same request again.
    Refused(Reply),
    /// The token endpoint limits the rate of requests (429).
    RateLimited(Reply),
    /// No response, an incomplete one, or one that reports a temporary problem of the server (5xx, 408, 425).
    Unreachable(Reply),
    /// The time limit passed.
    Timeout(Reply),
    /// A response without a usable token.
    BadResponse(Reply),
    /// The credentials function failed or returned no valid credentials. Nothing was sent.
    Credentials(Reply),
    /// The HTTP client (`fetch`) is unusable: it was called in the wrong way, or returned something that is not a response.
    Fetch(Reply),
}

/// What is known about an endpoint's response, or about why there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The host of the request, with the port unless it is the scheme's default. A credential in it is redacted.
    pub host: Option<Box<str>>,
    /// The HTTP status, if there was a response.
    pub status: Option<u16>,
    /// The `error` code of RFC 6749 §5.2, or what the profile's pointer found.
    pub error: Option<String>,
    /// The server's description of the error: at most 512 characters, without control characters and secrets.
    pub description: Option<String>,
    /// What is wrong with the response, or why there is none, such as `ENOTFOUND`.
    pub reason: Option<Box<str>>,
    /// The earliest time of the next token request.
    pub retry_at: Option<Timestamp>,
    /// Waiting for the end of the cooldown is not worth it: unknown host, untrusted certificate, refused connection.
    pub is_permanent: bool,
    /// The call came while a cooldown ran: nothing was sent for it.
    pub is_postponed: bool,
    /// It is about the shared token store: no token request was sent.
    pub is_store: bool,
}

/// The maximum length of an error's texts, in characters.
const LONGEST: usize = 512;

impl Error {
    /// `ERR_OPTIONS` at a path, for one of several pieces of a sentence.
    pub(crate) fn options(path: &str, reason: &[&str]) -> Fault {
        let path = if path.is_empty() { "options" } else { path };
        // A member's name may be anything, and a line break in it would forge a line of a log.
        Box::new(Error::Options { path: spaced(path, LONGEST), reason: spaced(&reason.concat(), LONGEST) })
    }

    pub(crate) fn bad_response(status: u16, reason: &[&str]) -> Fault {
        let reason = Some(spaced(&reason.concat(), LONGEST).into());
        Box::new(Error::BadResponse(Reply { status: Some(status), reason, ..Reply::default() }))
    }

    /// The stable name of this kind of error, the same in Rust and in JavaScript.
    ///
    /// ```
    /// # let error = bearerkit::ClientConfig::from_json("{}").unwrap_err();
    /// assert_eq!(error.code(), "ERR_OPTIONS");
    /// ```
    pub fn code(&self) -> &'static str {
        match self {
            Error::Options { .. } => "ERR_OPTIONS",
            Error::Refused(_) => "ERR_REFUSED",
            Error::RateLimited(_) => "ERR_RATE_LIMITED",
            Error::Unreachable(_) => "ERR_UNREACHABLE",
            Error::Timeout(_) => "ERR_TIMEOUT",
            Error::BadResponse(_) => "ERR_BAD_RESPONSE",
            Error::Credentials(_) => "ERR_CREDENTIALS",
            Error::Fetch(_) => "ERR_FETCH",
        }
    }

    /// Whether the same request may succeed later without any change.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::RateLimited(_) | Error::Unreachable(_) | Error::Timeout(_) | Error::Credentials(_))
    }

    /// The HTTP status of the token endpoint's response.
    pub fn status(&self) -> Option<u16> {
        self.reply().and_then(|reply| reply.status)
    }

    /// The host of the request.
    pub fn host(&self) -> Option<&str> {
        self.reply().and_then(|reply| reply.host.as_deref())
    }

    /// The earliest time of the next token request.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.reply().and_then(|reply| reply.retry_at)
    }

    /// What is known about the response, for the variants that a request causes.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Error::Options { .. } => None,
            Error::Refused(reply)
            | Error::RateLimited(reply)
            | Error::Unreachable(reply)
            | Error::Timeout(reply)
            | Error::BadResponse(reply)
            | Error::Credentials(reply)
            | Error::Fetch(reply) => Some(reply),
        }
    }

    pub(crate) fn reply_mut(&mut self) -> Option<&mut Reply> {
        match self {
            Error::Options { .. } => None,
            Error::Refused(reply)
            | Error::RateLimited(reply)
            | Error::Unreachable(reply)
            | Error::Timeout(reply)
            | Error::BadResponse(reply)
            | Error::Credentials(reply)
            | Error::Fetch(reply) => Some(reply),
        }
    }

    pub(crate) fn set_retry_at(&mut self, at: Timestamp) {
        if let Some(reply) = self.reply_mut() {
            reply.retry_at = Some(at);
        }
    }

    /// Whether no call should wait for the end of the cooldown that this error started.
    pub(crate) fn is_permanent(&self) -> bool {
        self.reply().is_some_and(|reply| reply.is_permanent)
    }

    /// Marks the error for a call that came during its cooldown.
    pub(crate) fn postpone(&mut self) {
        if let Some(reply) = self.reply_mut() {
            reply.is_postponed = true;
        }
    }

    /// Whether the server refuses the client rather than the request: another credential may succeed.
    pub(crate) fn blames_credentials(&self) -> bool {
        let Error::Refused(reply) = self else { return false };
        match reply.error.as_deref() {
            Some("invalid_client" | "unauthorized_client") => true,
            Some("invalid_grant" | "invalid_request" | "invalid_scope" | "unsupported_grant_type") => false,
            _ => matches!(reply.status, Some(401 | 403)),
        }
    }
}

impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        *fault
    }
}

impl Error {
    /// What `Display` writes for an error of the caller's own request, without the formatter, which the wasm module has no other
    /// use for.
    pub(crate) fn message(&self) -> String {
        if let Error::Options { path, reason } = self {
            return [path, ": ", reason].concat();
        }
        let none = Reply::default();
        let reply = self.reply().unwrap_or(&none);
        let status = &*reply.status.map(|status| decimal(status.into())).unwrap_or_default();
        let reason = reply.reason.as_deref().unwrap_or_default();
        let (before, after, what, but) = match self {
            Error::RateLimited(_) => ("", " is rate limited (429)", "", ""),
            Error::Unreachable(_) if status.is_empty() => ("could not reach ", ": ", reason, ""),
            Error::Unreachable(_) => ("", " answered ", status, ""),
            Error::Timeout(_) => ("", " did not answer within ", reason, ""),
            Error::BadResponse(_) => ("", " answered ", status, reason),
            Error::Fetch(_) => ("fetch cannot call ", ": ", reason, ""),
            Error::Credentials(_) => return ["the credentials function failed: ", reason].concat(),
            _ if status.is_empty() => ("", " refused", "", ""),
            _ => ("", " refused with status ", status, ""),
        };
        let endpoint = if reply.is_store { "the shared token store" } else { "the token endpoint" };
        let host = reply.host.as_deref().unwrap_or(endpoint);
        let (colon, error) = led(": ", &reply.error);
        let (open, description) = led(" (", &reply.description);
        let close = if open.is_empty() { "" } else { ")" };
        let comma = if but.is_empty() { "" } else { ", but " };
        let is_refused = matches!(self, Error::Refused(_));
        let (semicolon, remedy) = match reply.reason.as_deref().filter(|_| is_refused) {
            Some(reason) => ("; ", reason),
            None => ("", if is_refused { reply.remedy() } else { "" }),
        };
        [before, host, after, what, comma, but, colon, error, open, description, close, semicolon, remedy].concat()
    }
}

/// An absent text has no prefix.
fn led<'t>(before: &'static str, text: &'t Option<String>) -> (&'static str, &'t str) {
    text.as_deref().map_or(("", ""), |text| (before, text))
}

impl Reply {
    /// What to do next, if that is known.
    fn remedy(&self) -> &'static str {
        match (self.error.as_deref(), self.status) {
            (Some("invalid_grant"), _) => "; the grant is wrong, expired or already used",
            (Some("invalid_scope"), _) => "; check scope",
            (Some("unauthorized_client" | "unsupported_grant_type"), _) => "; is this grant enabled for the client?",
            // Auth0 says access_denied.
            (Some("invalid_client"), _) | (_, Some(401)) => {
                "; check client_id, client_secret and token_endpoint_auth_method"
            }
            (_, Some(404 | 405)) => "; check token_endpoint",
            (None, _) if self.description.is_none() => "; set response.error to where the body says why",
            _ => "",
        }
    }
}

/// The server's own error code and description.
impl core::fmt::Display for Reply {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let ((colon, error), (open, description)) = (led(": ", &self.error), led(" (", &self.description));
        write!(f, "{colon}{error}{open}{description}{}", if open.is_empty() { "" } else { ")" })
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        if let Some(until) = self.retry_at().filter(|_| self.reply().is_some_and(|reply| reply.is_postponed)) {
            write!(f, "no new request until {}, because ", until.to_rfc3339())?;
        }
        f.write_str(&self.message())
    }
}

impl core::error::Error for Error {}
