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
        match str_at(self.given, "alg") {
            Some("PS256") => Algorithm::PS256,
            Some("ES256") => Algorithm::ES256,
            Some("HS256") => Algorithm::HS256,
            None if self.signs_with_secret => Algorithm::HS256,
            _ => Algorithm::RS256,
        }
    }

    /// The credential that holds the key.
    pub(crate) fn key(&self) -> &'p str {
        let default = if self.signs_with_secret { "client_secret" } else { "private_key" };
        str_at(self.given, "key").unwrap_or(default)
    }

    /// Five minutes, unless the profile says otherwise.
    pub(crate) fn lifetime(&self) -> Duration {
        seconds(get(self.given, "lifetime")).unwrap_or(Duration::from_secs(300))
    }

    pub(crate) fn header(&self) -> Map<String, Value> {
        self.over("header", &[])
    }

    /// Those of RFC 7523 §3 for a client assertion, and what the profile says over them; `null` takes one out.
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

/// A signature algorithm of RFC 7518 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Algorithm {
    RS256,
    PS256,
    ES256,
    HS256,
}

impl Algorithm {
    /// The name in the JOSE registry.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::RS256 => "RS256",
            Algorithm::PS256 => "PS256",
            Algorithm::ES256 => "ES256",
            Algorithm::HS256 => "HS256",
        }
    }
}
