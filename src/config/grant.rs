//! The grant that a client presents to get a token.

use crate::config::schema::{Shape, check};
use crate::config::words::GrantType;
use crate::ground::credentials::Secret;
use crate::ground::error::{Error, Fault};
use crate::ground::json::{Object, get, str_at};
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
    /// Token exchange: RFC 8693 §2.1. A token type is a URI, or the last word of one of RFC 8693 §3: `jwt`, `id_token`.
    TokenExchange {
        /// The token of the party on whose behalf the request is made.
        subject_token: Secret,
        /// The type of that token.
        subject_token_type: String,
        /// The token of the acting party, and its type.
        actor: Option<(Secret, String)>,
        /// The type of the token to get; `None`: the server decides.
        requested_token_type: Option<String>,
        /// The services where the token will be used.
        audience: Vec<String>,
    },
    /// A JWT of someone else as the grant: RFC 7523 §2.1.
    JwtBearer(Secret),
    /// Extension grant: RFC 6749 §4.5.
    Extension {
        /// The grant's URI.
        grant_type: String,
        /// The parameters of the grant.
        parameters: Vec<(String, Secret)>,
    },
}

/// The members of each grant, and the names that RFC 6749, RFC 7636, RFC 8693 and RFC 7521 give them in a request.
pub(crate) const GRANT_MEMBERS: [(&str, &str); 14] = [
    ("type", "grant_type"),
    ("username", "username"),
    ("password", "password"),
    ("refreshToken", "refresh_token"),
    ("code", "code"),
    ("redirectUri", "redirect_uri"),
    ("codeVerifier", "code_verifier"),
    ("subjectToken", "subject_token"),
    ("subjectTokenType", "subject_token_type"),
    ("actorToken", "actor_token"),
    ("actorTokenType", "actor_token_type"),
    ("requestedTokenType", "requested_token_type"),
    ("audience", "audience"),
    ("assertion", "assertion"),
];

/// The members of a grant that are secrets.
pub(crate) const GRANT_SECRETS: [&str; 7] =
    ["password", "refreshToken", "code", "codeVerifier", "subjectToken", "actorToken", "assertion"];

/// The token types that have a short name here, as in `urn:ietf:params:oauth:token-type:jwt` (RFC 8693 §3, the ID-JAG draft).
pub(crate) const TOKEN_TYPES: [&str; 7] =
    ["access_token", "refresh_token", "id_token", "saml1", "saml2", "jwt", "id-jag"];

const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

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
            Grant::TokenExchange { subject_token, subject_token_type, actor, requested_token_type, audience } => {
                value
                    .text("type", TOKEN_EXCHANGE)
                    .text("subjectToken", subject_token.expose())
                    .text("subjectTokenType", subject_token_type.as_str());
                if let Some((token, token_type)) = actor {
                    value.text("actorToken", token.expose()).text("actorTokenType", token_type.as_str());
                }
                if let Some(token_type) = requested_token_type {
                    value.text("requestedTokenType", token_type.as_str());
                }
                if !audience.is_empty() {
                    value.value("audience", audience.clone().into());
                }
                &mut value
            }
            Grant::JwtBearer(assertion) => value.text("type", JWT_BEARER).text("assertion", assertion.expose()),
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

/// `has_assertion`: the profile makes the JWT that is the grant.
pub(crate) fn check_grant(grant: &Value, has_assertion: bool) -> Result<(), Fault> {
    let grant_type = str_at(grant, "type").and_then(GrantType::of);
    let is_typed = get(grant, "parameters").is_none();
    let (required, optional): (&[&str], &[&str]) = match grant_type {
        Some(GrantType::ClientCredentials) => (&["type"], &[]),
        Some(GrantType::Password) => (&["type", "username", "password"], &[]),
        Some(GrantType::RefreshToken) => (&["type", "refreshToken"], &[]),
        Some(GrantType::AuthorizationCode) => (&["type", "code", "redirectUri"], &["codeVerifier"]),
        Some(GrantType::TokenExchange) if is_typed => (
            &["type", "subjectToken", "subjectTokenType"],
            &["actorToken", "actorTokenType", "requestedTokenType", "audience"],
        ),
        Some(GrantType::JwtBearer | GrantType::Saml2Bearer) if is_typed && !has_assertion => {
            (&["type", "assertion"], &[])
        }
        _ => (&["type"], &["parameters"]),
    };
    for name in required {
        if str_at(grant, name).unwrap_or_default().is_empty() {
            return Err(Error::options(&["grant.", name].concat(), &["expected a non-empty string"]));
        }
    }
    let Some(members) = grant.as_object() else { return Ok(()) };
    for (name, member) in members {
        let mut path = ["grant.", name].concat();
        if optional.contains(&name.as_str()) {
            let shape = match name.as_str() {
                "parameters" => &Shape::Map(&Shape::Text),
                "audience" => &Shape::Texts,
                _ => &Shape::Text,
            };
            check(member, shape, &mut path)?;
        } else if !required.contains(&name.as_str()) {
            let mut known = required.to_vec();
            known.extend(optional);
            let mut meant = meant(name, &known);
            if meant.is_empty() && optional.contains(&"parameters") {
                meant = "; it belongs in grant.parameters".to_owned();
            }
            return Err(Error::options(&path, &["unknown member of this grant", &meant]));
        }
        if name.ends_with("TokenType") && !is_token_type(member.as_str().unwrap_or_default()) {
            let reason = "expected a URI, or its last word, such as jwt, id_token or access_token";
            return Err(Error::options(&path, &[reason]));
        }
    }
    if members.contains_key("actorToken") != members.contains_key("actorTokenType") {
        return Err(Error::options("grant.actorToken", &["actorToken and actorTokenType go together"]));
    }
    Ok(())
}

/// A short name, or an absolute URI.
fn is_token_type(text: &str) -> bool {
    TOKEN_TYPES.contains(&text) || text.contains(':')
}
