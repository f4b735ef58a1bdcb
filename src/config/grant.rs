//! The grant that a client presents to get a token.

use crate::config::schema::{Shape, check};
use crate::config::words::GrantType;
use crate::ground::credentials::Secret;
use crate::ground::error::{Error, Fault};
use crate::ground::json::{Object, str_at};
use crate::ground::spelling::meant;
use crate::ground::value::Value;

/// The grant that a client presents to get a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// Client credentials: RFC 6749 §4.4.
    ClientCredentials,
    /// Resource owner password credentials: RFC 6749 §4.3.
    Password {
        /// The resource owner's name.
        username: String,
        /// The resource owner's password.
        password: Secret,
    },
    /// Refresh token: RFC 6749 §6.
    RefreshToken(Secret),
    /// Authorization code: RFC 6749 §4.1.3, with PKCE (RFC 7636 §4.5). Valid for one token request.
    AuthorizationCode {
        /// The code from the redirect.
        code: Secret,
        /// The redirect URI of the authorization request.
        redirect_uri: String,
        /// The PKCE verifier.
        code_verifier: Option<Secret>,
    },
    /// Extension grant: RFC 6749 §4.5.
    Extension {
        /// The grant's URI.
        grant_type: String,
        /// The parameters of the grant.
        parameters: Vec<(String, Secret)>,
    },
}

/// The members of each grant, and the names that RFC 6749 and RFC 7636 give them in a request.
pub(crate) const GRANT_MEMBERS: [(&str, &str); 7] = [
    ("type", "grant_type"),
    ("username", "username"),
    ("password", "password"),
    ("refreshToken", "refresh_token"),
    ("code", "code"),
    ("redirectUri", "redirect_uri"),
    ("codeVerifier", "code_verifier"),
];

impl Grant {
    pub(super) fn into_value(self) -> Value {
        let mut value = Object::new();
        match &self {
            Grant::ClientCredentials => value.text("type", "client_credentials"),
            Grant::Password { username, password } => {
                value.text("type", "password").text("username", username.as_str()).text("password", password.expose())
            }
            Grant::RefreshToken(token) => value.text("type", "refresh_token").text("refreshToken", token.expose()),
            Grant::AuthorizationCode { code, redirect_uri, code_verifier } => value
                .text("type", "authorization_code")
                .text("code", code.expose())
                .text("redirectUri", redirect_uri.as_str())
                .text("codeVerifier", code_verifier.as_ref().map(Secret::expose)),
            Grant::Extension { grant_type, parameters } => {
                let mut members = Object::new();
                for (name, secret) in parameters {
                    members.text(name, secret.expose());
                }
                value.text("type", grant_type.as_str()).object("parameters", &mut members)
            }
        };
        value.take()
    }
}

pub(crate) fn check_grant(grant: &Value) -> Result<(), Fault> {
    let (required, optional): (&[&str], &str) = match str_at(grant, "type").and_then(GrantType::of) {
        Some(GrantType::ClientCredentials) => (&["type"], ""),
        Some(GrantType::Password) => (&["type", "username", "password"], ""),
        Some(GrantType::RefreshToken) => (&["type", "refreshToken"], ""),
        Some(GrantType::AuthorizationCode) => (&["type", "code", "redirectUri"], "codeVerifier"),
        None => (&["type"], "parameters"),
    };
    for name in required {
        if str_at(grant, name).unwrap_or_default().is_empty() {
            return Err(Error::options(&["grant.", name].concat(), &["expected a non-empty string"]));
        }
    }
    let Some(members) = grant.as_object() else { return Ok(()) };
    for (name, member) in members {
        let mut path = ["grant.", name].concat();
        if name == optional {
            check(member, if name == "parameters" { &Shape::Map(&Shape::Text) } else { &Shape::Text }, &mut path)?;
        } else if !required.contains(&name.as_str()) {
            let mut known = required.to_vec();
            known.push(optional);
            let mut meant = meant(name, &known);
            if meant.is_empty() && optional == "parameters" {
                meant = "; it belongs in grant.parameters".to_owned();
            }
            return Err(Error::options(&path, &["unknown member of this grant", &meant]));
        }
    }
    Ok(())
}
