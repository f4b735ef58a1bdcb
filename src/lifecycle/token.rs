//! The cached token, its age and its serial.

use core::time::Duration;

use crate::answer::response::Captured;
use crate::ground::credentials::Secret;
use crate::ground::json::named;
use crate::ground::text::split_once;
use crate::ground::time::Timestamp;

/// The serial number of a token request and of its token. Later requests have greater numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub u32);

/// The age of a token, in the words of RFC 9111.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Before its renewal point.
    Fresh,
    /// Past its renewal point and still valid: use it, and renew it in the background.
    Stale,
    /// Past its hard expiry: do not use it.
    Expired,
}

/// An access token and what a caller needs to use it. `Debug` shows only its serial and its dates.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The access token itself.
    pub value: Secret,
    /// The token type as the server wrote it; `Bearer` if it stated none.
    pub token_type: String,
    /// The granted scope, if the server states it.
    pub scope: Option<String>,
    /// The kind of token that a token exchange brought, as a URI (RFC 8693 §2.2.1). A token of the type `N_A` is no access token,
    /// and has no headers.
    pub issued_token_type: Option<String>,
    /// The headers that send the token to the API, from `resource_request.headers`; names in lower case.
    pub headers: Vec<(String, Secret)>,
    /// Those of `headers` that contain neither the token nor credentials, such as a `user-agent`. If the caller's request has
    /// the same header, the caller's value is sent.
    pub defaults: Vec<(String, Secret)>,
    /// The query parameters that send the token to the API, from `resource_request.query`.
    pub query: Vec<(String, Secret)>,
    /// The values that `response.capture` and the steps captured, by name.
    pub captured: Vec<(String, Secret)>,
    /// The serial of its token request.
    pub serial: Serial,
    /// The stated expiry on the local clock; `None`: the server stated none.
    pub expires_at: Option<Timestamp>,
    /// When the token becomes stale.
    pub renew_at: Timestamp,
    /// When the token counts as expired: the stated expiry less a safety margin.
    pub hard_expiry: Timestamp,
    /// When its response arrived.
    pub received_at: Timestamp,
    /// A lifetime in the response that was not believed, and what is used instead. Correct it in the profile.
    pub warning: Option<String>,
}

/// What of it anyone may see. The token of a step was asked for by nobody, and is one all the same.
///
/// Each capture under the name that the profile gave it: `step1.url` is for templates.
pub(crate) fn shown(captured: &Captured) -> Captured {
    let is_long = |name: &str| {
        name.starts_with("step") && split_once(name, ".").is_some_and(|(_, given)| named(captured, given).is_some())
    };
    let mut shown = captured.clone();
    shown.retain(|(name, _)| name != "access_token" && !is_long(name));
    shown
}

impl core::fmt::Debug for Token {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Token")
            .field("serial", &self.serial)
            .field("expires_at", &self.expires_at)
            .field("renew_at", &self.renew_at)
            .field("hard_expiry", &self.hard_expiry)
            .field("received_at", &self.received_at)
            .finish_non_exhaustive()
    }
}

impl Token {
    /// The age of the token at `now`.
    pub fn age(&self, now: Timestamp) -> Age {
        if now >= self.hard_expiry {
            Age::Expired
        } else if now >= self.renew_at {
            Age::Stale
        } else {
            Age::Fresh
        }
    }

    /// The time for which the token can still be used.
    pub fn remaining(&self, now: Timestamp) -> Duration {
        self.hard_expiry.since(now)
    }
}
