#![doc = include_str!("README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
// Nothing that a server or a caller says may panic; the tests may.
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects,
        clippy::panic,
        clippy::string_slice,
        clippy::unreachable,
        clippy::unimplemented,
        clippy::get_unwrap,
        clippy::exit,
        clippy::print_stdout,
        clippy::print_stderr
    )
)]

// The rooms, from the ground up: each takes from those above it in this list, and a request and an answer know nothing of each
// other (tests/rooms.test.mjs).

/// The base of everything else: instants, text, JSON, errors, secrets, HTTP messages.
mod ground {
    pub(crate) mod base64;
    pub(crate) mod credentials;
    pub(crate) mod date;
    pub(crate) mod encoding;
    pub(crate) mod error;
    #[cfg(feature = "http")]
    mod http;
    pub(crate) mod json;
    pub(crate) mod message;
    pub(crate) mod number;
    pub(crate) mod redact;
    pub(crate) mod spelling;
    pub(crate) mod text;
    pub(crate) mod time;
    pub(crate) mod value;
}

/// The configuration: a provider (its profile) and a client of it (the options).
mod config {
    pub(crate) mod assertion;
    pub(crate) mod client;
    pub(crate) mod credentials;
    pub(crate) mod der;
    pub(crate) mod discovery;
    pub(crate) mod grant;
    pub(crate) mod key;
    pub(crate) mod members;
    pub(crate) mod origins;
    pub(crate) mod places;
    pub(crate) mod provider;
    pub mod providers;
    pub(crate) mod schema;
    pub(crate) mod shape;
    pub(crate) mod sharing;
    pub(crate) mod template;
    pub(crate) mod url;
    pub(crate) mod variables;
    pub(crate) mod words;
}

/// Builds requests from the configuration: the values in scope, the parameters, the authentication.
mod request {
    pub(crate) mod assertion;
    pub(crate) mod authorization;
    pub(crate) mod build;
    pub(crate) mod form;
    pub(crate) mod metadata;
    pub(crate) mod parameters;
    pub(crate) mod resource;
    pub(crate) mod scope;
}

/// Reads responses: the token endpoint's (a token and its lifetime) and an API's (does it refuse the token?).
mod answer {
    pub(crate) mod body;
    pub(crate) mod challenge;
    pub(crate) mod dead_token;
    pub(crate) mod expiry;
    pub(crate) mod jwt;
    pub(crate) mod reason;
    pub(crate) mod response;
    pub(crate) mod retry_after;
}

#[cfg(all(feature = "seal", not(target_arch = "wasm32")))]
pub mod seal;

/// The life cycle: one token, and the one request that may be in flight for the next.
mod lifecycle {
    mod acceptance;
    pub(crate) mod action;
    mod adoption;
    mod clock;
    mod cooldown;
    mod discovery;
    mod errand;
    pub(crate) mod exchange;
    pub(crate) mod fleet;
    mod flight;
    mod identity;
    mod inputs;
    mod lease;
    mod leasing;
    pub(crate) mod machine;
    pub(crate) mod record;
    mod refusal;
    pub(crate) mod revocation;
    mod schedule;
    mod sharing;
    mod signer;
    pub(crate) mod token;
    mod trial;
}

#[cfg(all(target_arch = "wasm32", feature = "js"))]
mod js;

pub use answer::challenge::{AuthChallenge, Challenge, parse_challenges};
pub use answer::jwt::{JwtDates, read_jwt_dates};
pub use answer::retry_after::{MAX_RETRY_AFTER, parse_retry_after};
pub use config::assertion::Algorithm;
pub use config::client::ClientConfig;
pub use config::grant::Grant;
pub use config::provider::Provider;
pub use config::providers;
pub use config::sharing::Sharing;
pub use ground::credentials::{Credentials, Secret};
pub use ground::error::{Error, Reply};
pub use ground::message::{HttpRequest, HttpResponse};
pub use ground::time::Timestamp;
pub use lifecycle::action::{Action, Call, Next, TokenRequest, TransportFailure, Verdict};
pub use lifecycle::fleet::{Loaded, StoreState, Stored};
pub use lifecycle::machine::Machine;
pub use lifecycle::record::Record;
pub use lifecycle::revocation::Inquiry;
pub use lifecycle::token::{Age, Serial, Token};
pub use request::assertion::SigningInput;
pub use request::authorization::AuthorizationRequest;
