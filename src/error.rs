//! The one error of this crate. Its [`code`](Error::code) is the contract; the text is for people.

use crate::text::{concat, decimal, spaced};
use crate::time::Timestamp;

/// An error on its way up. Boxed, a `Result` is one word longer than its value; with the error in it, every `?` of the wasm
/// module copied 48 bytes.
pub(crate) type Fault = Box<Error>;

/// Why there is no token.
///
/// No variant holds a response body, a secret or a token: what a server says is cut, cleaned and searched for
/// the secrets of the request before it comes here.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Error {
    /// Something the caller gave is missing, mistyped or contradictory. Nothing was sent.
    Options {
        /// Where: `provider.response.expiry.unit`.
        path: String,
        /// What is wrong with it, never its value.
        reason: String,
    },
    /// The token endpoint said no; the same request would be refused again.
    Refused(Reply),
    /// The token endpoint wants to be left alone (429).
    RateLimited(Reply),
    /// No answer, half an answer, or one that says the server is unwell (5xx, 408, 425).
    Unreachable(Reply),
    /// The time limit passed.
    Timeout(Reply),
    /// An answer without a usable token in it.
    BadResponse {
        /// The HTTP status.
        status: u16,
        /// What is missing or wrong, and the pointer it was looked for at.
        reason: String,
    },
}

/// What is known of a token endpoint's answer, or of its absence.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reply {
    /// The HTTP status, where there was one.
    pub status: Option<u16>,
    /// The `error` code of RFC 6749 §5.2, or what the profile's pointer found.
    pub error: Option<String>,
    /// The server's words, at most 512 characters, without control characters and secrets.
    pub description: Option<String>,
    /// When the token endpoint will be asked again.
    pub retry_at: Option<Timestamp>,
}

/// Nothing that is said of an error has more characters.
const LONGEST: usize = 512;

impl Error {
    /// `ERR_OPTIONS` at a path, for one of several pieces of a sentence.
    #[inline(never)]
    pub(crate) fn options(path: &str, reason: &[&str]) -> Fault {
        let path = if path.is_empty() { "options" } else { path };
        // A member's name may be anything, and a line break in it would forge a line of a log.
        Box::new(Error::Options { path: spaced(path, LONGEST), reason: spaced(&concat(reason), LONGEST) })
    }

    #[inline(never)]
    pub(crate) fn bad_response(status: u16, reason: &[&str]) -> Fault {
        Box::new(Error::BadResponse { status, reason: spaced(&concat(reason), LONGEST) })
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
            Error::BadResponse { .. } => "ERR_BAD_RESPONSE",
        }
    }

    /// Whether the same request may succeed later without anyone changing anything.
    pub fn is_transient(&self) -> bool {
        matches!(self, Error::RateLimited(_) | Error::Unreachable(_) | Error::Timeout(_))
    }

    /// The HTTP status of the token endpoint's answer.
    pub fn status(&self) -> Option<u16> {
        match self {
            Error::BadResponse { status, .. } => Some(*status),
            _ => self.reply().and_then(|reply| reply.status),
        }
    }

    /// When the token endpoint will be asked again.
    pub fn retry_at(&self) -> Option<Timestamp> {
        self.reply().and_then(|reply| reply.retry_at)
    }

    /// What is known of the answer, for the variants that come of one.
    pub fn reply(&self) -> Option<&Reply> {
        match self {
            Error::Refused(reply) | Error::RateLimited(reply) | Error::Unreachable(reply) | Error::Timeout(reply) => {
                Some(reply)
            }
            Error::Options { .. } | Error::BadResponse { .. } => None,
        }
    }

    pub(crate) fn set_retry_at(&mut self, at: Timestamp) {
        if let Error::Refused(reply) | Error::RateLimited(reply) | Error::Unreachable(reply) | Error::Timeout(reply) =
            self
        {
            reply.retry_at = Some(at);
        }
    }

    /// Whether the server blames who asked, not what was asked: another credential may do better.
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
    /// What `Display` writes, without the formatter, which the wasm module has no other use for.
    pub(crate) fn message(&self) -> String {
        let (what, reply) = match self {
            Error::Options { path, reason } => return concat(&[path, ": ", reason]),
            Error::BadResponse { status, reason } => {
                return concat(&["the token endpoint answered ", &decimal((*status).into()), ", but ", reason]);
            }
            Error::Refused(reply) => ("refused", reply),
            Error::RateLimited(reply) => ("is rate limited", reply),
            Error::Unreachable(reply) => ("could not be reached", reply),
            Error::Timeout(reply) => ("did not answer within the time limit", reply),
        };
        concat(&["the token endpoint ", what, &reply.said()])
    }
}

impl Reply {
    fn said(&self) -> String {
        let mut said = String::new();
        let status = self.status.map(|status| decimal(status.into()));
        for (before, part, after) in
            [(" with status ", &status, ""), (": ", &self.error, ""), (" (", &self.description, ")")]
        {
            if let Some(part) = part {
                said.push_str(&concat(&[before, part, after]));
            }
        }
        said
    }
}

impl core::fmt::Display for Reply {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.said())
    }
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for Error {}
