//! The token in hand, how old it is, and which one it is.

use core::time::Duration;

use crate::answer::response::Captured;
use crate::ground::credentials::Secret;
use crate::ground::json::named;
use crate::ground::text::split_once;
use crate::ground::time::Timestamp;

/// The number of a token request, and of the token that came of it. A later one is greater.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Serial(pub u32);

/// The age of a token, in the words of RFC 9111.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Age {
    /// Before its renewal point.
    Fresh,
    /// Past its renewal point and still good: use it, and renew it meanwhile.
    Stale,
    /// Past its hard expiry: do not use it.
    Expired,
}

/// An access token with all that its use needs. `Debug` shows its dates, and none of the server's words.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The access token itself.
    pub value: Secret,
    /// As the server wrote it; `Bearer` where it said nothing.
    pub token_type: String,
    /// The scope that was granted, where the server says so.
    pub scope: Option<String>,
    /// The headers that carry it to the API, as `resource_request.headers` says; names in lower case.
    pub headers: Vec<(String, Secret)>,
    /// Those of `headers` that hold nothing of the token or of the credentials (a `user-agent`): where the caller's request has
    /// its own, that one is sent.
    pub defaults: Vec<(String, Secret)>,
    /// The query parameters that carry it to the API, as `resource_request.query` says.
    pub query: Vec<(String, Secret)>,
    /// What `response.capture` and the steps found, by name.
    pub captured: Vec<(String, Secret)>,
    /// Which token request it came of.
    pub serial: Serial,
    /// The stated expiry on the local clock; `None`: the server stated none.
    pub expires_at: Option<Timestamp>,
    /// From here on it is stale.
    pub renew_at: Timestamp,
    /// From here on it is expired: the stated expiry less a safety margin.
    pub hard_expiry: Timestamp,
    /// When its answer came.
    pub received_at: Timestamp,
    /// What its answer says of its life and is not believed, and what is done instead: something to mend in the profile.
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
    /// How old the token is.
    pub fn age(&self, now: Timestamp) -> Age {
        if now >= self.hard_expiry {
            Age::Expired
        } else if now >= self.renew_at {
            Age::Stale
        } else {
            Age::Fresh
        }
    }

    /// How long it can still be used.
    pub fn remaining(&self, now: Timestamp) -> Duration {
        self.hard_expiry.since(now)
    }
}
