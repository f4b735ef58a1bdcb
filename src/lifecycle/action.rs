//! The outputs of a machine, and the types of its inputs.

use core::time::Duration;
use std::sync::Arc;

use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::Error;
use crate::ground::message::HttpRequest;
use crate::ground::time::Timestamp;
use crate::lifecycle::record::Record;
use crate::lifecycle::token::{Serial, Token};
use crate::request::assertion::SigningInput;

/// What the caller has to do for one call.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Action {
    /// Use this token. If `renew` is a request, send it in the background; no call waits for it.
    Use {
        /// The token to use now.
        token: Arc<Token>,
        /// The renewal to carry out in the background, if one is due.
        renew: Option<TokenRequest>,
    },
    /// Carry out this request, pass the outcome to the machine, and poll again.
    Send(TokenRequest),
    /// Another caller's request is in flight, or a cooldown runs. Poll again when something changed, at the latest at `until`.
    Wait {
        /// When the lease or the cooldown ends.
        until: Timestamp,
    },
    /// Return this error: there is no token, and waiting for one is not worth it.
    Fail(Error),
}

/// A token request in flight, and its next step.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenRequest {
    /// Identifies this request in the machine's `on_*` methods.
    pub serial: Serial,
    /// When the lease ends and another caller may send a request.
    pub deadline: Timestamp,
    /// The host of the request, if there is one to send. A credential in it is redacted.
    pub host: Option<Box<str>>,
    /// What is to be done next.
    pub next: Next,
}

/// The next step of a token request.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant)]
pub enum Next {
    /// Read the shared record, not before `at`, and pass it to `on_loaded`.
    Load {
        /// When to read it.
        at: Timestamp,
    },
    /// Write the shared record over the one that this request read or wrote last, and pass the outcome to `on_stored`.
    Store {
        /// The text to seal and write.
        record: Record,
        /// How long the store has to keep it at least.
        ttl: Duration,
    },
    /// Get the credentials and pass them to `on_credentials`.
    Credentials,
    /// Sign this input and pass the signature to `on_signature`.
    Sign(SigningInput),
    /// Obtain a token, and pass the answer to `on_response`, or the failure to `on_unobtained`.
    ///
    /// An answer is an HTTP response with the body of RFC 6749 §5.1, or what the profile's `response` says.
    Obtain {
        /// The client's credentials; none if it has none.
        credentials: Credentials,
        /// The refresh token of the answer before. Present it, or obtain a token without it; if it is refused, the next
        /// request has none.
        refresh_token: Option<Secret>,
        /// The scope that the client asks for.
        scope: Vec<String>,
    },
    /// Send this request and pass the response to `on_response`, or the failure to `on_failure`.
    Send(HttpRequest),
}

/// One caller, for [`Machine::poll_for`](crate::Machine::poll_for).
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When the call began. Its patience counts from here.
    pub since: Timestamp,
    /// The shortest remaining lifetime that the call accepts: a token with less is renewed first.
    pub min_validity: Duration,
}

/// Why a request got no response.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportFailure {
    /// The time limit passed.
    Timeout,
    /// There was no connection, or it was lost.
    Network {
        /// The reason in a few words, such as `ENOTFOUND`. The secrets of the request are redacted.
        reason: Option<String>,
        /// Waiting will not help (unknown host, untrusted certificate, refused connection): callers get the error at once
        /// instead of waiting within their patience.
        is_permanent: bool,
    },
    /// The HTTP client (`fetch`) is unusable: it was called in the wrong way, or returned something that is not a response.
    Fetch {
        /// The reason in a few words. The secrets of the request are redacted.
        reason: Option<String>,
    },
    /// The body exceeded the size limit.
    TooLarge {
        /// The status of the response.
        status: u16,
    },
}

/// What to do after the API refused a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Poll again, and repeat the call once with the new token.
    Retry,
    /// Return the API's response as it is.
    Return,
}
