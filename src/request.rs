//! Provider + credentials -> the HTTP request, to the byte.

use std::borrow::Cow;
use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::config::{ClientConfig, Grant, check_url};
use crate::credentials::{Credentials, Secret};
use crate::error::Error;
use crate::provider::{Algorithm, Assertion, AuthMethod, BasicEncoding, HeaderTemplate, Method, Purpose, RequestFormat, RequestShape};
use crate::template::{self, Escape};
use crate::time::Timestamp;

/// An HTTP request to be sent as it is: no redirect followed, no cookie, no cache. `Debug` shows no header and no body.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// Where to. Some providers want the secret in it: do not log it.
    pub url: String,
    /// Names in lower case, each once.
    pub headers: Vec<(String, Secret)>,
    /// The body; `None` for none.
    pub body: Option<Secret>,
}

impl core::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let endpoint = self.url.split('?').next().unwrap_or_default();
        f.debug_struct("HttpRequest").field("method", &self.method).field("url", &endpoint).finish_non_exhaustive()
    }
}

/// What has to be signed before a request can be made: the input of RFC 7515 §5.1, step 5.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SigningInput {
    /// With which algorithm.
    pub alg: Algorithm,
    /// The key: PEM (PKCS#8) or a JWK; the secret itself for HS256.
    pub key: Secret,
    /// `base64url(header).base64url(claims)`, ASCII.
    pub input: String,
}

impl SigningInput {
    /// The JWT in compact form.
    pub(crate) fn signed(&self, signature: &[u8]) -> Secret {
        Secret::new(format!("{}.{}", self.input, URL_SAFE_NO_PAD.encode(signature)))
    }
}

/// All that the templates of one request can name.
pub(crate) struct Scope<'a> {
    pub(crate) client: &'a ClientConfig,
    pub(crate) credentials: &'a Credentials,
    pub(crate) captured: &'a BTreeMap<String, String>,
    pub(crate) access_token: Option<&'a Secret>,
    pub(crate) refresh_token: Option<&'a Secret>,
    /// The scope values, before they are joined.
    pub(crate) requested: Vec<String>,
    pub(crate) uuid: String,
    pub(crate) now: Timestamp,
    /// Only to see whether it would work: what an answer will bring is made up.
    pub(crate) trial: Option<Trial>,
}

/// What a trial takes for granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trial {
    /// The names in `Scope::captured`.
    Captures,
    /// These, and the credentials that only a function knows.
    Credentials,
}

impl<'a> Scope<'a> {
    /// No token yet, no scope, no randomness.
    pub(crate) fn new(client: &'a ClientConfig, credentials: &'a Credentials, captured: &'a BTreeMap<String, String>) -> Self {
        Scope {
            client,
            credentials,
            captured,
            access_token: None,
            refresh_token: None,
            requested: Vec::new(),
            uuid: String::new(),
            now: Timestamp::default(),
            trial: None,
        }
    }

    /// A variable or credential of the same name wins over a built-in one.
    fn value(&self, name: &str, shape: Option<&RequestShape>) -> Option<Cow<'_, str>> {
        // A refresh token that the server replaced is newer than the one among the credentials.
        if let ("refresh_token", Some(held)) = (name, self.refresh_token) {
            return Some(held.expose().into());
        }
        let captured = self.captured.get(name).map(|value| value.as_str().into());
        captured
            .or_else(|| self.credentials.value(name).map(|secret| secret.expose().into()))
            .or_else(|| self.client.variable(name).map(Into::into))
            .or_else(|| match name {
                "access_token" => self.access_token.map(|token| token.expose().into()),
                "scope" => shape.and_then(|shape| self.scope(shape)).map(Cow::Owned),
                "token_endpoint" => shape.and_then(|shape| self.endpoint(shape).ok()).map(Cow::Owned),
                "uuid" => Some(self.uuid.as_str().into()),
                _ => None,
            })
            .or_else(|| (self.trial == Some(Trial::Credentials)).then_some("trial".into()))
    }

    fn scope(&self, shape: &RequestShape) -> Option<String> {
        (!self.requested.is_empty()).then(|| self.requested.join(&shape.scope_separator))
    }

    fn endpoint(&self, shape: &RequestShape) -> Result<String, Error> {
        self.url(&format!("{}.token_endpoint", shape.path), &shape.token_endpoint, Some(shape))
    }

    /// A URL, its template filled in and fit to be sent a secret to.
    pub(crate) fn url(&self, path: &str, text: &str, shape: Option<&RequestShape>) -> Result<String, Error> {
        if template::names(text).any(|name| name == "token_endpoint") {
            return Err(Error::options(path, "names itself"));
        }
        let made_up = |name: &str| self.captured.contains_key(name) || self.trial == Some(Trial::Credentials);
        if self.trial.is_some() && template::names(text).any(made_up) {
            return Ok("https://trial.invalid".into());
        }
        let url = template::render(text, Escape::Percent, |name| self.value(name, shape))
            .map_err(|name| missing(path, &name))?;
        check_url(&url, path, self.client.allow_insecure)?;
        Ok(url)
    }

    /// A header's value, its template filled in.
    pub(crate) fn header(&self, shape: Option<&RequestShape>, path: &str, header: &HeaderTemplate) -> Result<String, Error> {
        let value = template::render(header.template(), Escape::None, |name| self.value(name, shape))
            .map_err(|name| missing(path, &name))?;
        let value = match header {
            HeaderTemplate::Text(_) => value,
            HeaderTemplate::Encoded { scheme, .. } => format!("{scheme} {}", STANDARD.encode(value)).trim_start().to_owned(),
        };
        // Refused here, since what runtimes do to a bad header ranges from trimming it to printing it.
        if !crate::response::is_header_safe(&value) {
            return Err(Error::options(path, "has a control or a non-ASCII character in it, which no header can carry"));
        }
        Ok(value)
    }

    pub(crate) fn query(&self, path: &str, text: &str) -> Result<String, Error> {
        template::render(text, Escape::None, |name| self.value(name, None)).map_err(|name| missing(path, &name))
    }

    fn text(&self, shape: &RequestShape, text: &str) -> Option<String> {
        template::render(text, Escape::None, |name| self.value(name, Some(shape))).ok()
    }

    /// Fills in every string of a value. A member whose variable is absent is left out.
    fn fill(&self, shape: &RequestShape, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => self.text(shape, text).map(Value::from),
            Value::Array(items) => Some(items.iter().filter_map(|item| self.fill(shape, item)).collect()),
            Value::Object(members) => Some(Value::Object(self.fill_members(shape, members))),
            other => Some(other.clone()),
        }
    }

    fn fill_members(&self, shape: &RequestShape, members: &Map<String, Value>) -> Map<String, Value> {
        members.iter().filter_map(|(name, value)| Some((name.clone(), self.fill(shape, value)?))).collect()
    }

    pub(crate) fn credential(&self, shape: &RequestShape, member: &str, text: Option<&String>) -> Result<String, Error> {
        let path = format!("{}.{member}", shape.path);
        let text = text.ok_or_else(|| Error::options(&path, "null, and token_endpoint_auth_method needs it"))?;
        let value = template::render(text, Escape::None, |name| self.value(name, Some(shape))).map_err(|name| {
            Error::options(format!("credentials.{name}"), "missing; the profile's token_endpoint_auth_method needs it")
        })?;
        if value.chars().any(char::is_control) {
            return Err(Error::options(format!("credentials.{member}"), "has a control character in it"));
        }
        Ok(value)
    }
}

fn missing(path: &str, name: &str) -> Error {
    Error::options(path, format!("names {{{name}}}, which is among neither the credentials nor the variables"))
}

/// What is to be signed first, for a shape that has an assertion.
///
/// # Errors
/// `ERR_OPTIONS` where the key is missing.
pub(crate) fn signing_input(shape: &RequestShape, scope: &Scope<'_>) -> Result<Option<SigningInput>, Error> {
    let Some(assertion) = &shape.assertion else { return Ok(None) };
    let key = match scope.credentials.value(&assertion.key) {
        Some(key) => key.clone(),
        None if scope.trial == Some(Trial::Credentials) => Secret::default(),
        None => {
            let path = format!("credentials.{}", assertion.key);
            return Err(Error::options(path, "missing; the profile's assertion signs with it"));
        }
    };
    let header = jose_header(assertion, scope.fill_members(shape, &assertion.header));
    let mut claims = scope.fill_members(shape, &assertion.claims);
    let issued = scope.now.as_millis() / 1000;
    claims.entry("iat").or_insert_with(|| issued.into());
    claims.entry("exp").or_insert_with(|| issued.saturating_add(assertion.lifetime.as_secs()).into());
    let part = |members: Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(members).to_string());
    let input = format!("{}.{}", part(header), part(claims));
    Ok(Some(SigningInput { alg: assertion.alg, key, input }))
}

fn jose_header(assertion: &Assertion, further: Map<String, Value>) -> Map<String, Value> {
    let mut header = Map::new();
    header.insert("alg".into(), assertion.alg.name().into());
    header.insert("typ".into(), "JWT".into());
    header.extend(further);
    header
}

/// Builds the request; `assertion` is the signed JWT of a shape that has one.
///
/// # Errors
/// `ERR_OPTIONS` for a missing variable, a bad URL, a header that cannot be one.
pub(crate) fn build(
    shape: &RequestShape,
    scope: &Scope<'_>,
    grant: Option<&Grant>,
    assertion: Option<&Secret>,
) -> Result<HttpRequest, Error> {
    let mut url = scope.endpoint(shape)?;
    let mut headers = BTreeMap::from([("accept".to_owned(), "application/json".to_owned())]);
    for (name, header) in &shape.headers {
        let path = format!("{}.headers.{name}", shape.path);
        headers.insert(name.clone(), scope.header(Some(shape), &path, header)?);
    }
    if shape.auth_method == AuthMethod::ClientSecretBasic {
        headers.entry("authorization".into()).or_insert(basic(shape, scope)?);
    }
    if let (Some(Assertion { purpose: Purpose::Authorization, .. }), Some(jwt)) = (&shape.assertion, assertion) {
        headers.insert("authorization".into(), format!("Bearer {}", jwt.expose()));
    }
    let parameters = parameters(shape, scope, grant, assertion)?;
    let mut body = None;
    match shape.format {
        RequestFormat::Form => {
            headers.entry("content-type".into()).or_insert_with(|| "application/x-www-form-urlencoded".into());
            body = Some(form(&parameters));
        }
        RequestFormat::Json => {
            headers.entry("content-type".into()).or_insert_with(|| "application/json".into());
            body = Some(json_object(&parameters));
        }
        RequestFormat::Query => {
            let query = form(&parameters);
            if !query.is_empty() {
                url.push(if url.contains('?') { '&' } else { '?' });
                url.push_str(&query);
            }
        }
        RequestFormat::None => {}
    }
    let method = match shape.method {
        Method::Post => "POST",
        Method::Get => "GET",
    };
    let headers = headers.into_iter().map(|(name, value)| (name, Secret::new(value))).collect();
    Ok(HttpRequest { method, url, headers, body: body.map(Secret::new) })
}

/// RFC 6749 §2.3.1 (both halves form-encoded) or RFC 7617 §2 (as they are).
fn basic(shape: &RequestShape, scope: &Scope<'_>) -> Result<String, Error> {
    let id = scope.credential(shape, "client_id", shape.client_id.as_ref())?;
    let secret = scope.credential(shape, "client_secret", shape.client_secret.as_ref())?;
    let pair = match shape.basic_encoding {
        BasicEncoding::Form => format!("{}:{}", template::form_encode(&id), template::form_encode(&secret)),
        BasicEncoding::Raw if id.contains(':') => {
            return Err(Error::options("credentials.client_id", "holds a colon, which basic_encoding \"raw\" cannot carry"));
        }
        BasicEncoding::Raw => format!("{id}:{secret}"),
    };
    Ok(format!("Basic {}", STANDARD.encode(pair)))
}

/// In the order in which the providers' documents show them: grant, authentication, all else.
fn parameters(
    shape: &RequestShape,
    scope: &Scope<'_>,
    grant: Option<&Grant>,
    assertion: Option<&Secret>,
) -> Result<Vec<(String, Value)>, Error> {
    let mut own = scope.fill_members(shape, &shape.parameters);
    let mut parameters: Vec<(String, Value)> = Vec::new();
    // What the profile sets itself takes the place of the standard one.
    let mut add = |name: &str, value: Value| {
        let value = own.remove(name).unwrap_or(value);
        if value != Value::from("") {
            parameters.push((name.to_owned(), value));
        }
    };
    grant_parameters(shape, scope, grant, &mut add);
    if let (Some(Assertion { purpose: Purpose::Grant, .. }), Some(jwt)) = (&shape.assertion, assertion) {
        add("assertion", jwt.expose().into());
    }
    if let Some(joined) = scope.scope(shape).filter(|_| !places_scope(shape)) {
        add("scope", joined.into());
    }
    match shape.auth_method {
        AuthMethod::ClientSecretPost => {
            add("client_id", scope.credential(shape, "client_id", shape.client_id.as_ref())?.into());
            add("client_secret", scope.credential(shape, "client_secret", shape.client_secret.as_ref())?.into());
        }
        AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt => {
            if let Some(id) = shape.client_id.as_ref().and_then(|text| scope.text(shape, text)) {
                add("client_id", id.into());
            }
            add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer".into());
            add("client_assertion", assertion.map(Secret::expose).unwrap_or_default().into());
        }
        AuthMethod::None if shape.names_client_id => {
            add("client_id", scope.credential(shape, "client_id", shape.client_id.as_ref())?.into());
        }
        AuthMethod::None | AuthMethod::ClientSecretBasic => {}
    }
    for (name, value) in &scope.client.parameters {
        add(name, value.as_str().into());
    }
    match scope.client.resource.as_slice() {
        [] => {}
        [one] => add("resource", one.as_str().into()),
        several => add("resource", several.into()),
    }
    parameters.extend(own.into_iter().filter(|(_, value)| *value != Value::from("")));
    Ok(parameters)
}

/// The grant that the options name, else the one of the profile with what of it is among the credentials.
fn grant_parameters(shape: &RequestShape, scope: &Scope<'_>, grant: Option<&Grant>, add: &mut impl FnMut(&str, Value)) {
    let Some(grant) = grant else {
        let Some(grant_type) = &shape.grant_type else { return };
        add("grant_type", scope.text(shape, grant_type).unwrap_or_default().into());
        let names: &[&str] = match grant_type.as_str() {
            "password" => &["username", "password"],
            "refresh_token" => &["refresh_token"],
            _ => &[],
        };
        for name in names {
            add(name, scope.value(name, Some(shape)).unwrap_or_default().into());
        }
        return;
    };
    match grant {
        Grant::ClientCredentials => add("grant_type", "client_credentials".into()),
        Grant::Password { username, password } => {
            add("grant_type", "password".into());
            add("username", username.as_str().into());
            add("password", password.expose().into());
        }
        Grant::RefreshToken(token) => {
            add("grant_type", "refresh_token".into());
            add("refresh_token", token.expose().into());
        }
        Grant::AuthorizationCode { code, redirect_uri, code_verifier } => {
            add("grant_type", "authorization_code".into());
            add("code", code.expose().into());
            add("redirect_uri", redirect_uri.as_str().into());
            add("code_verifier", code_verifier.as_ref().map(Secret::expose).unwrap_or_default().into());
        }
        Grant::Extension { grant_type, parameters } => {
            add("grant_type", grant_type.as_str().into());
            for (name, value) in parameters {
                add(name, value.expose().into());
            }
        }
    }
}

/// Where a template names `{scope}`, the scope goes there and nowhere else; a JWT grant has it only where it is named.
fn places_scope(shape: &RequestShape) -> bool {
    fn names(value: &Value) -> bool {
        match value {
            Value::String(text) => template::names(text).any(|name| name == "scope"),
            Value::Array(items) => items.iter().any(names),
            Value::Object(members) => members.values().any(names),
            _ => false,
        }
    }
    let in_headers = shape.headers.values().any(|header| template::names(header.template()).any(|name| name == "scope"));
    let in_assertion = shape.assertion.as_ref().is_some_and(|assertion| {
        assertion.purpose == Purpose::Grant || assertion.claims.values().chain(assertion.header.values()).any(names)
    });
    in_headers
        || in_assertion
        || template::names(&shape.token_endpoint).any(|name| name == "scope")
        || shape.parameters.values().any(names)
}

fn form(parameters: &[(String, Value)]) -> String {
    let mut pairs = Vec::new();
    for (name, value) in parameters {
        let values = value.as_array().map_or(core::slice::from_ref(value), Vec::as_slice);
        for value in values {
            let value = crate::json::scalar(value).unwrap_or_else(|| value.to_string());
            pairs.push(format!("{}={}", template::form_encode(name), template::form_encode(&value)));
        }
    }
    pairs.join("&")
}

/// An object in the order of the parameters, which a `Map` would sort.
fn json_object(parameters: &[(String, Value)]) -> String {
    let members: Vec<String> =
        parameters.iter().map(|(name, value)| format!("{}:{value}", Value::from(name.as_str()))).collect();
    format!("{{{}}}", members.join(","))
}
