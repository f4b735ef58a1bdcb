//! What a machine says to do, and what it is told.

use core::time::Duration;
use std::sync::Arc;

use crate::ground::error::Error;
use crate::ground::time::Timestamp;
use crate::lifecycle::exchange::Next;
use crate::lifecycle::token::{Serial, Token};

/// What to do for one call.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Action {
    /// There is a token. `renew`: it is time for the next one, and nobody waits for it.
    Use {
        /// To be used now.
        token: Arc<Token>,
        /// To be carried out in the background.
        renew: Option<TokenRequest>,
    },
    /// Carry this request out, tell the machine, and poll again.
    Send(TokenRequest),
    /// Someone else's request is under way, or the token endpoint is left alone. Poll again when something changed, and at the latest then.
    Wait {
        /// When the lease or the cooldown ends.
        until: Timestamp,
    },
    /// There is no token, and waiting for one is not worth it.
    Fail(Error),
}

/// A token request under way, and what it needs next.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenRequest {
    /// Goes with everything that is said of this request.
    pub serial: Serial,
    /// When the lease ends and someone else may ask.
    pub deadline: Timestamp,
    /// The host that the request goes to, where there is one to be sent. A credential in it is redacted.
    pub host: Option<Box<str>>,
    /// What is to be done next.
    pub next: Next,
}

/// One caller, for [`Machine::poll_for`](crate::Machine::poll_for).
#[derive(Debug, Clone, Copy)]
pub struct Call {
    /// When it began: patience counts from here.
    pub since: Timestamp,
    /// A token with less time left is renewed first.
    pub min_validity: Duration,
}

/// Why a request got no answer.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportFailure {
    /// The time limit passed.
    Timeout,
    /// No connection, or one that broke off.
    Network {
        /// Why, in a few words; `ENOTFOUND`. The secrets of the request are redacted.
        reason: Option<String>,
        /// Seconds will not cure it (no such host, a certificate, a connection that is refused): it is told to the callers at once,
        /// who else wait within their patience.
        is_permanent: bool,
    },
    /// What sends the requests cannot: it was called in the wrong way, or gave what is no response.
    Fetch {
        /// Why, in a few words. The secrets of the request are redacted.
        reason: Option<String>,
    },
    /// The body passed the byte limit.
    TooLarge {
        /// The status of the answer.
        status: u16,
    },
}

/// What a caller does with a refused answer of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Poll, and try once more with the token that comes.
    Retry,
    /// Return the answer as it is.
    Return,
}
