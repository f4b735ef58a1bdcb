//! The JWT that a profile requires the client to sign.

use core::time::Duration;

use crate::config::places::first_other;
use crate::config::schema::seconds;
use crate::config::words::Purpose;
use crate::ground::json::{get, object_at, str_at};
use crate::ground::value::{Map, Value};

pub(crate) fn purpose(assertion: &Value) -> Purpose {
    str_at(assertion, "use").and_then(Purpose::of).unwrap_or(Purpose::ClientAssertion)
}

/// A JWT that the client signs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assertion<'p> {
    pub(super) given: &'p Value,
    pub(super) signs_with_secret: bool,
}

impl<'p> Assertion<'p> {
    pub(crate) fn purpose(&self) -> Purpose {
        purpose(self.given)
    }

    /// The template of a JWT that someone else has signed; `None`: the client signs it.
    pub(crate) fn token(&self) -> Option<&'p str> {
        str_at(self.given, "token")
    }

    /// A member that says how the client signs.
    pub(crate) fn signing_member(&self) -> Option<&'p str> {
        first_other(self.given, &["use", "token"])
    }

    pub(crate) fn alg(&self) -> Algorithm {
        let default = if self.signs_with_secret { Algorithm::HS256 } else { Algorithm::RS256 };
        str_at(self.given, "alg").and_then(Algorithm::of).unwrap_or(default)
    }

    /// The credential that holds the key, or a template of several.
    pub(crate) fn key(&self) -> &'p str {
        let default = if self.signs_with_secret { "client_secret" } else { "private_key" };
        str_at(self.given, "key").unwrap_or(default)
    }

    /// Five minutes, unless the profile says otherwise.
    pub(crate) fn lifetime(&self) -> Duration {
        seconds(get(self.given, "lifetime")).unwrap_or(Duration::from_secs(300))
    }

    /// How a shared secret is written; `None`: as it is.
    pub(crate) fn key_encoding(&self) -> Option<&'p str> {
        str_at(self.given, "key_encoding").filter(|encoding| *encoding != "utf8")
    }

    /// How long before it is signed a JWT was issued, by its own account: servers refuse one that comes from the future.
    pub(crate) fn backdate(&self) -> Duration {
        seconds(get(self.given, "backdate")).unwrap_or_default()
    }

    /// Whether the profile sets this claim itself.
    pub(crate) fn sets(&self, claim: &str) -> bool {
        object_at(self.given, "claims").is_some_and(|claims| claims.contains_key(claim))
    }

    pub(crate) fn header(&self) -> Map<String, Value> {
        self.over("header", &[])
    }

    /// Those of RFC 7523 §3 for a client assertion, and what the profile says over them; `null` takes one out. The default of `aud`
    /// only holds its place.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        const CLAIMS: &[(&str, &str)] =
            &[("iss", "{client_id}"), ("sub", "{client_id}"), ("aud", "{token_endpoint}"), ("jti", "{uuid}")];
        self.over("claims", if self.purpose() == Purpose::ClientAssertion { CLAIMS } else { &[] })
    }

    fn over(&self, name: &str, defaults: &[(&str, &str)]) -> Map<String, Value> {
        let mut members = Map::new();
        for (name, template) in defaults {
            members.insert((*name).to_owned(), (*template).into());
        }
        if let Some(given) = object_at(self.given, name) {
            for (name, member) in given {
                members.insert(name.clone(), member.clone());
            }
        }
        members
    }
}

/// A signature algorithm: RFC 7518 §3.1, RFC 8037 §3.1, RFC 9864 §2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
#[non_exhaustive]
pub enum Algorithm {
    RS256,
    RS384,
    RS512,
    PS256,
    PS384,
    PS512,
    ES256,
    ES384,
    ES512,
    EdDSA,
    Ed25519,
    HS256,
    HS384,
    HS512,
}

impl Algorithm {
    /// In the order of the variants.
    pub(crate) const NAMES: &'static [&'static str] = &[
        "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519", "HS256",
        "HS384", "HS512",
    ];
    const ALL: [Algorithm; 14] = [
        Algorithm::RS256,
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
        Algorithm::ES256,
        Algorithm::ES384,
        Algorithm::ES512,
        Algorithm::EdDSA,
        Algorithm::Ed25519,
        Algorithm::HS256,
        Algorithm::HS384,
        Algorithm::HS512,
    ];

    /// The name in the JOSE registry.
    pub fn name(self) -> &'static str {
        Algorithm::NAMES.get(self as usize).copied().unwrap_or_default()
    }

    pub(crate) fn of(name: &str) -> Option<Self> {
        let place = Algorithm::NAMES.iter().position(|known| *known == name)?;
        Algorithm::ALL.get(place).copied()
    }

    /// The type of key that it signs with; `oct` is a shared secret.
    pub(crate) fn key_type(self) -> &'static str {
        match self {
            Algorithm::ES256 => "P-256",
            Algorithm::ES384 => "P-384",
            Algorithm::ES512 => "P-521",
            Algorithm::EdDSA | Algorithm::Ed25519 => "Ed25519",
            Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512 => "oct",
            _ => "RSA",
        }
    }

    /// Whether it signs with a shared secret.
    pub(crate) fn is_symmetric(self) -> bool {
        self.key_type() == "oct"
    }
}
