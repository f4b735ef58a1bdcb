//! The clients whose machines are watched.

use std::time::Duration;

use bearerkit::{ClientConfig, Credentials};
use serde_json::{Value, json};

use super::super::client::{MARK, SECRET, client, of, options};

/// A client, and what is known of it.
pub struct Plan {
    pub client: ClientConfig,
    /// In ms.
    pub timeout: u64,
    pub patience: u64,
    /// It can always ask anew: its grant is not used up.
    pub is_renewable: bool,
    /// Its answers say how long a token lives, in `/expires_in`, and nothing else does.
    pub states_life: bool,
    /// What the body of an answer is.
    pub format: Format,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Standard,
    Form,
    Text,
}

/// In every authorization code.
pub const CODE: &str = "c0d3";

/// How many there are.
pub const PLANS: u8 = 14;

impl Plan {
    pub fn new(which: u8) -> Self {
        let of = |client| Plan {
            client,
            timeout: 10_000,
            patience: 10_000,
            is_renewable: true,
            states_life: true,
            format: Format::Standard,
        };
        match which % PLANS {
            0 => of(client(json!({}))),
            1 => of(client(json!({ "refresh_invalidates_access_token": true }))),
            2 => of(client(json!({})).with_asked_credentials()),
            3 => of(client(json!({ "token_endpoint_auth_method": "client_secret_jwt" }))),
            4 => of(client(with_steps(json!({ "headers": { "x-ticket": null } })))),
            5 => Plan {
                patience: u64::MAX,
                is_renewable: false,
                ..of(granted(json!({ "type": "refresh_token", "refreshToken": format!("r3fr3sh-{MARK}") }))
                    .with_patience(Duration::MAX))
            },
            6 => Plan {
                timeout: u64::MAX,
                ..of(client(json!({})).with_timeout(Duration::MAX).with_other_credentials(other()))
            },
            7 => Plan {
                is_renewable: false,
                ..of(granted(json!({ "type": "authorization_code", "code": format!("{CODE}-{MARK}"),
                    "redirectUri": "https://me.example/", "codeVerifier": format!("v3r1f13r-{MARK}") })))
            },
            8 => Plan {
                patience: 0,
                timeout: 1,
                ..of(client(json!({})).with_patience(Duration::ZERO).with_timeout(Duration::from_millis(1)))
            },
            9 => Plan {
                format: Format::Form,
                ..of(client(
                    json!({ "response": { "format": "form" }, "refresh": { "scope": [] }, "refresh_margin": 3600 }),
                ))
            },
            10 => Plan {
                format: Format::Text,
                states_life: false,
                ..of(client(json!({ "response": { "format": "text", "expiry": { "source": "jwt_exp" } } }))
                    .with_default_lifetime(Duration::from_secs(5)))
            },
            11 => of(client(with_steps(json!({})))),
            12 => of(super::super::client::of(&json!({ "provider": { "issuer": "https://as.example/tenant" },
                "credentials": { "client_id": "app", "client_secret": SECRET } }))),
            _ => of(client(json!({ "token_endpoint_auth_method": "client_secret_jwt" }))
                .with_asked_credentials()
                .with_refresh_margin(Duration::from_secs(1))),
        }
    }
}

/// A ticket comes of a step, a session with the token.
fn with_steps(refresh: Value) -> Value {
    let step = json!({ "token_endpoint": "https://as.example/first", "response": { "capture": { "ticket": "/access_token" } } });
    json!({ "steps": [step], "headers": { "x-ticket": "{ticket}" }, "refresh": refresh,
            "response": { "capture": { "session": "/access_token" } },
            "resource_request": { "headers": { "x-session": "{session}" } } })
}

fn granted(grant: Value) -> ClientConfig {
    let mut options = options(json!({}));
    options["grant"] = grant;
    of(&options)
}

fn other() -> Credentials {
    Credentials::new().with("client_id", "other").with("client_secret", format!("{SECRET}-2"))
}
