//! The JWT of a request: its signing input and the signed result.

use crate::config::assertion::{Algorithm, Assertion};
use crate::config::template::names;
use crate::config::words::Purpose;
use crate::ground::credentials::Secret;
use crate::ground::error::{Error, Fault};
use crate::ground::value::{Map, Value};
use crate::ground::{base64, json};
use crate::request::scope::{Scope, Trial};

/// What to sign before a request can be built: the input of RFC 7515 §5.1, step 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningInput {
    /// The signature algorithm.
    pub alg: Algorithm,
    /// The key: PEM (PKCS#8, PKCS#1 or SEC 1) or a JWK; for HS256 and its like the secret itself. Empty where
    /// [`with_signer`](crate::ClientConfig::with_signer) says that it is elsewhere.
    pub key: Secret,
    /// `base64url(header).base64url(claims)`, ASCII.
    pub input: String,
}

impl SigningInput {
    /// The JWT in compact form.
    pub(crate) fn signed(&self, signature: &[u8]) -> Secret {
        signed(&self.input, signature)
    }
}

/// The JWT of what was signed.
pub(crate) fn signed(input: &str, signature: &[u8]) -> Secret {
    Secret::new([input, ".", &base64::encode_url(signature)].concat())
}

/// The signing input of a request, if it has an assertion.
///
/// # Errors
/// `ERR_OPTIONS` where the key is missing, or a name that says whose assertion it is and for whom.
pub(crate) fn signing_input(scope: &Scope<'_>) -> Result<Option<SigningInput>, Fault> {
    let Some(assertion) = scope.shape.assertion().filter(|assertion| assertion.token().is_none()) else {
        return Ok(None);
    };
    let key = key(scope, &assertion)?;
    let now = scope.now.as_millis() / 1000;
    let issued: Value = now.saturating_sub(assertion.backdate().as_secs()).into();
    let expires: Value = now.saturating_add(assertion.lifetime().as_secs()).into();
    let header = part(scope, &assertion.header(), [("alg", &assertion.alg().name().into()), ("typ", &"JWT".into())]);
    let given = assertion.claims();
    if matches!(assertion.purpose(), Purpose::ClientAssertion | Purpose::AccessToken) {
        check_claims(scope, &assertion, &given)?;
    }
    let mut claims = part(scope, &given, [("iat", &issued), ("exp", &expires)]);
    for (name, claim) in &given {
        let instant = match claim.as_str() {
            Some("{iat}") => &issued,
            Some("{exp}") => &expires,
            _ => continue,
        };
        claims.insert(name.clone(), instant.clone());
    }
    if assertion.purpose() == Purpose::ClientAssertion && !assertion.sets("aud") {
        claims.insert("aud".to_owned(), scope.audience()?.into());
    }
    let encoded = |members| base64::encode_url(json::text(&Value::Object(members)));
    let input = [&*encoded(header), ".", &encoded(claims)].concat();
    Ok(Some(SigningInput { alg: assertion.alg(), key, input }))
}

/// The JWT of a request that someone else has signed.
///
/// # Errors
/// `ERR_OPTIONS` where nobody gave it.
pub(crate) fn foreign(scope: &Scope<'_>) -> Result<Option<Secret>, Fault> {
    let Some(template) = scope.shape.assertion().and_then(|assertion| assertion.token()) else { return Ok(None) };
    let mut path = scope.shape.path("assertion.token");
    let token = scope.filled(&path, template)?;
    // Who gave it is to blame.
    if let Some(name) = names(template).first().filter(|name| scope.credentials.value(name).is_some()) {
        path = ["credentials.", name].concat();
    }
    check_jwt(&path, &token)?;
    Ok(Some(Secret::new(token)))
}

/// A page or an error in the place of a JWT, from whoever should have given one, goes nowhere.
///
/// # Errors
/// `ERR_OPTIONS` for what begins like one.
pub(crate) fn check_jwt(path: &str, token: &str) -> Result<(), Fault> {
    if token.trim_ascii_start().starts_with(['<', '{', '[']) {
        return Err(Error::options(path, &["is not a JWT; it begins like HTML or JSON"]));
    }
    Ok(())
}

/// The key; nothing where a signer has it.
fn key(scope: &Scope<'_>, assertion: &Assertion<'_>) -> Result<Secret, Fault> {
    let name = assertion.key();
    let is_elsewhere = scope.client.has_signer() || scope.trial == Some(Trial::Credentials);
    let key = if !names(name).is_empty() {
        match scope.filled(&scope.shape.path("assertion.key"), name) {
            Err(error) if !is_elsewhere => return Err(error),
            key => key.ok().map(Secret::new),
        }
    } else {
        scope.credentials.value(name).cloned()
    };
    match key {
        // What is wrong with it is for those to say who sign with it.
        Some(key) => Ok(assertion.decoded(&key).unwrap_or(key)),
        None if is_elsewhere => Ok(Secret::default()),
        None => Err(scope.missing_credential(name, "; the profile's assertion is signed with it")),
    }
}

/// Whose assertion it is and for whom may not be left out, as other members may whose variable is missing.
fn check_claims(scope: &Scope<'_>, assertion: &Assertion<'_>, claims: &Map<String, Value>) -> Result<(), Fault> {
    for name in ["iss", "sub", "aud"] {
        let Some(claim) = claims.get(name) else { continue };
        let (path, need) = if assertion.sets(name) {
            (scope.shape.path(&["assertion.claims.", name].concat()), "")
        } else if name != "aud" {
            (String::new(), "; the profile's assertion names it")
        } else {
            continue;
        };
        scope.check_known(&path, claim, need)?;
    }
    Ok(())
}

/// One of the two objects of a JWT: what the profile says, and what it leaves to us; `null` takes that out too.
fn part(scope: &Scope<'_>, given: &Map<String, Value>, defaults: [(&str, &Value); 2]) -> Map<String, Value> {
    let mut members = scope.fill_members(given, false);
    for (name, value) in defaults {
        if !given.contains_key(name) {
            members.insert(name.to_owned(), value.clone());
        }
    }
    members
}
