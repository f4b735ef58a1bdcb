//! The JWT of a request: its signing input and the signed result.

use crate::config::assertion::Algorithm;
use crate::config::template::names;
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
    /// The key: PEM (PKCS#8) or a JWK; the secret itself for HS256.
    pub key: Secret,
    /// `base64url(header).base64url(claims)`, ASCII.
    pub input: String,
}

impl SigningInput {
    /// The JWT in compact form.
    pub(crate) fn signed(&self, signature: &[u8]) -> Secret {
        Secret::new([&*self.input, ".", &base64::encode_url(signature)].concat())
    }
}

/// The signing input of a request, if it has an assertion.
///
/// # Errors
/// `ERR_OPTIONS` where the key is missing.
pub(crate) fn signing_input(scope: &Scope<'_>) -> Result<Option<SigningInput>, Fault> {
    let Some(assertion) = scope.shape.assertion().filter(|assertion| assertion.token().is_none()) else {
        return Ok(None);
    };
    let key = match scope.credentials.value(assertion.key()) {
        Some(key) => key.clone(),
        None if scope.trial == Some(Trial::Credentials) => Secret::default(),
        None => return Err(scope.missing_credential(assertion.key(), "; the profile's assertion is signed with it")),
    };
    let issued = scope.now.as_millis() / 1000;
    let expires = issued.saturating_add(assertion.lifetime().as_secs());
    let header = [("alg", assertion.alg().name().into()), ("typ", "JWT".into())];
    let claims = [("iat", issued.into()), ("exp", expires.into())];
    let header = part(scope, &assertion.header(), header);
    let claims = part(scope, &assertion.claims(), claims);
    Ok(Some(SigningInput { alg: assertion.alg(), key, input: [&*header, ".", &claims].concat() }))
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

/// One of the two objects of a JWT: what the profile says, and what it leaves to us.
fn part(scope: &Scope<'_>, given: &Map<String, Value>, defaults: [(&str, Value); 2]) -> String {
    let mut members = scope.fill_members(given, false);
    for (name, value) in defaults {
        // `null` takes out what is left to us, too: APNs wants no `exp`.
        if !members.contains_key(name) && !given.get(name).is_some_and(Value::is_null) {
            members.insert(name.to_owned(), value);
        }
    }
    base64::encode_url(json::text(&Value::Object(members)))
}
