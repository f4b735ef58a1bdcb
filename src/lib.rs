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

mod base64;
mod challenge;
mod config;
mod cooldown;
mod credentials;
mod date;
mod dead_token;
mod discovery;
mod endpoints;
mod error;
mod exchange;
mod expiry;
#[cfg(feature = "http")]
mod http;
#[cfg(all(target_arch = "wasm32", feature = "js"))]
mod js;
mod json;
mod jwt;
mod key;
mod machine;
mod provider;
pub mod providers;
mod request;
mod response;
mod retry_after;
mod schema;
mod spelling;
mod template;
mod text;
mod time;
mod token;
mod value;

pub use challenge::{AuthChallenge, Challenge, parse_challenges};
pub use config::{ClientConfig, Grant};
pub use credentials::{Credentials, Secret};
pub use endpoints::AuthorizationRequest;
pub use error::{Error, Reply};
pub use exchange::Next;
pub use jwt::{JwtDates, read_jwt_dates};
pub use machine::{Action, Call, Machine, TokenRequest, TransportFailure, Verdict};
pub use provider::{Algorithm, Provider};
pub use request::{HttpRequest, SigningInput};
pub use response::HttpResponse;
pub use retry_after::{MAX_RETRY_AFTER, parse_retry_after};
pub use time::Timestamp;
pub use token::{Age, Serial, Token};
