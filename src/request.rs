//! Provider + credentials -> the HTTP request, to the byte.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use crate::config::{ClientConfig, GRANT_MEMBERS, check_url};
use crate::credentials::{Credentials, Secret};
use crate::error::Error;
use crate::json::{self, get, named};
use crate::provider::{Algorithm, RequestShape};
use crate::schema::error;
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
        Secret::new([&self.input, ".", &URL_SAFE_NO_PAD.encode(signature)].concat())
    }
}

/// All that the templates of one request can name.
pub(crate) struct Scope<'a> {
    pub(crate) client: &'a ClientConfig,
    pub(crate) credentials: &'a Credentials,
    pub(crate) captured: &'a [(String, String)],
    pub(crate) access_token: Option<&'a Secret>,
    pub(crate) refresh_token: Option<&'a Secret>,
    /// The scope values, before they are joined.
    pub(crate) requested: Vec<String>,
    pub(crate) uuid: String,
    pub(crate) now: Timestamp,
    /// What the options ask of a token goes with the request; a revocation has no use for it.
    pub(crate) asks_for_token: bool,
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
    pub(crate) fn new(
        client: &'a ClientConfig,
        credentials: &'a Credentials,
        captured: &'a [(String, String)],
    ) -> Self {
        Scope {
            client,
            credentials,
            captured,
            access_token: None,
            refresh_token: None,
            requested: Vec::new(),
            uuid: String::new(),
            now: Timestamp::default(),
            asks_for_token: true,
            trial: None,
        }
    }

    /// A variable or credential of the same name wins over a built-in one.
    fn value(&self, name: &str, shape: Option<RequestShape<'_>>) -> Option<Cow<'_, str>> {
        // A refresh token that the server replaced is newer than the one among the credentials.
        if let ("refresh_token", Some(held)) = (name, self.refresh_token) {
            return Some(held.expose().into());
        }
        let captured = named(self.captured, name).map(|value| value.as_str().into());
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

    fn scope(&self, shape: RequestShape<'_>) -> Option<String> {
        (!self.requested.is_empty()).then(|| self.requested.join(shape.scope_separator()))
    }

    fn endpoint(&self, shape: RequestShape<'_>) -> Result<String, Error> {
        self.url(&shape.path("token_endpoint"), shape.token_endpoint(), Some(shape))
    }

    /// A URL, its template filled in and fit to be sent a secret to.
    pub(crate) fn url(&self, path: &str, text: &str, shape: Option<RequestShape<'_>>) -> Result<String, Error> {
        if template::names(text).any(|name| name == "token_endpoint") {
            return Err(Error::options(path, "names itself"));
        }
        let made_up = |name: &str| named(self.captured, name).is_some() || self.trial == Some(Trial::Credentials);
        if self.trial.is_some() && template::names(text).any(made_up) {
            return Ok("https://trial.invalid".into());
        }
        let url = template::render(text, Escape::Percent, |name| self.value(name, shape))
            .map_err(|name| missing(path, &name))?;
        check_url(&url, path, self.client.allow_insecure())?;
        Ok(url)
    }

    /// A header's value: a template, or `{ scheme, base64 }`.
    pub(crate) fn header(&self, shape: Option<RequestShape<'_>>, path: &str, header: &Value) -> Result<String, Error> {
        let value = template::render(header_template(header), Escape::None, |name| self.value(name, shape))
            .map_err(|name| missing(path, &name))?;
        let value = match get(header, "scheme").and_then(Value::as_str) {
            Some(scheme) => [scheme, " ", &STANDARD.encode(value)].concat(),
            None if header.is_object() => STANDARD.encode(value),
            None => value,
        };
        // Refused here, since what runtimes do to a bad header ranges from trimming it to printing it.
        if !crate::response::is_header_safe(&value) {
            return Err(error(path, &["has a control or a non-ASCII character in it, which no header can carry"]));
        }
        Ok(value)
    }

    pub(crate) fn query(&self, path: &str, text: &str) -> Result<String, Error> {
        template::render(text, Escape::None, |name| self.value(name, None)).map_err(|name| missing(path, &name))
    }

    fn text(&self, shape: RequestShape<'_>, text: &str) -> Option<String> {
        template::render(text, Escape::None, |name| self.value(name, Some(shape))).ok()
    }

    /// Fills in every string of a value. A member whose variable is absent is left out.
    fn fill(&self, shape: RequestShape<'_>, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => self.text(shape, text).map(Value::from),
            Value::Array(items) => {
                let mut filled = Vec::new();
                for item in items {
                    filled.extend(self.fill(shape, item));
                }
                Some(Value::Array(filled))
            }
            Value::Object(members) => Some(Value::Object(self.fill_members(shape, Some(members)))),
            other => Some(other.clone()),
        }
    }

    fn fill_members(&self, shape: RequestShape<'_>, members: Option<&Map<String, Value>>) -> Map<String, Value> {
        let mut filled = Map::new();
        for (name, value) in members.into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            if let Some(value) = self.fill(shape, value) {
                filled.insert(name.clone(), value);
            }
        }
        filled
    }

    pub(crate) fn credential(
        &self,
        shape: RequestShape<'_>,
        member: &str,
        text: Option<&str>,
    ) -> Result<String, Error> {
        let text =
            text.ok_or_else(|| error(&shape.path(member), &["null, and token_endpoint_auth_method needs it"]))?;
        let value = template::render(text, Escape::None, |name| self.value(name, Some(shape))).map_err(|name| {
            error(&["credentials.", &name].concat(), &["missing; the profile's token_endpoint_auth_method needs it"])
        })?;
        if value.chars().any(char::is_control) {
            return Err(error(&["credentials.", member].concat(), &["has a control character in it"]));
        }
        Ok(value)
    }
}

fn header_template(header: &Value) -> &str {
    header.as_str().or_else(|| get(header, "base64")?.as_str()).unwrap_or_default()
}

fn missing(path: &str, name: &str) -> Error {
    error(path, &["names {", name, "}, which is among neither the credentials nor the variables"])
}

/// What is to be signed first, for a shape that has an assertion.
///
/// # Errors
/// `ERR_OPTIONS` where the key is missing.
pub(crate) fn signing_input(shape: RequestShape<'_>, scope: &Scope<'_>) -> Result<Option<SigningInput>, Error> {
    let Some(assertion) = shape.assertion() else { return Ok(None) };
    let key = match scope.credentials.value(assertion.key()) {
        Some(key) => key.clone(),
        None if scope.trial == Some(Trial::Credentials) => Secret::default(),
        None => {
            let path = ["credentials.", assertion.key()].concat();
            return Err(error(&path, &["missing; the profile's assertion signs with it"]));
        }
    };
    let mut header = scope.fill_members(shape, assertion.header());
    header.entry("alg").or_insert(assertion.alg().name().into());
    header.entry("typ").or_insert("JWT".into());
    let mut claims = scope.fill_members(shape, Some(&assertion.claims()));
    let issued = scope.now.as_millis() / 1000;
    claims.entry("iat").or_insert(issued.into());
    claims.entry("exp").or_insert(issued.saturating_add(assertion.lifetime().as_secs()).into());
    let part = |members: Map<String, Value>| URL_SAFE_NO_PAD.encode(json::text(&Value::Object(members)));
    let input = [part(header), part(claims)].join(".");
    Ok(Some(SigningInput { alg: assertion.alg(), key, input }))
}

/// Builds the request; `assertion` is the signed JWT of a shape that has one.
///
/// # Errors
/// `ERR_OPTIONS` for a missing variable, a bad URL, a header that cannot be one.
pub(crate) fn build(
    shape: RequestShape<'_>,
    scope: &Scope<'_>,
    grant: Option<&Value>,
    assertion: Option<&Secret>,
) -> Result<HttpRequest, Error> {
    let mut url = scope.endpoint(shape)?;
    let mut headers: Vec<(String, Secret)> = Vec::new();
    let mut header = |name: &str, value: String| {
        if named(&headers, name).is_none() {
            headers.push((name.to_owned(), Secret::new(value)));
        }
    };
    for (name, template) in shape.headers() {
        let path = [&shape.path("headers."), name].concat();
        header(&name.to_ascii_lowercase(), scope.header(Some(shape), &path, template)?);
    }
    header("accept", "application/json".to_owned());
    if shape.auth_method() == "client_secret_basic" {
        header("authorization", basic(shape, scope)?);
    }
    if let (Some("authorization"), Some(jwt)) = (shape.assertion().map(|assertion| assertion.purpose()), assertion) {
        header("authorization", ["Bearer ", jwt.expose()].concat());
    }
    let parameters = parameters(shape, scope, grant, assertion)?;
    let mut body = None;
    match shape.format() {
        "json" => {
            header("content-type", "application/json".to_owned());
            body = Some(json_object(&parameters));
        }
        "query" => {
            let query = form(&parameters);
            if !query.is_empty() {
                url.push(if url.contains('?') { '&' } else { '?' });
                url.push_str(&query);
            }
        }
        "none" => {}
        _ => {
            header("content-type", "application/x-www-form-urlencoded".to_owned());
            body = Some(form(&parameters));
        }
    }
    let method = if shape.is_get() { "GET" } else { "POST" };
    Ok(HttpRequest { method, url, headers, body: body.map(Secret::new) })
}

/// RFC 6749 §2.3.1 (both halves form-encoded) or RFC 7617 §2 (as they are).
fn basic(shape: RequestShape<'_>, scope: &Scope<'_>) -> Result<String, Error> {
    let mut id = scope.credential(shape, "client_id", shape.client_id())?;
    let mut secret = scope.credential(shape, "client_secret", shape.client_secret())?;
    if !shape.is_basic_raw() {
        id = template::form_encode(&id);
        secret = template::form_encode(&secret);
    } else if id.contains(':') {
        return Err(error("credentials.client_id", &["holds a colon, which basic_encoding \"raw\" cannot carry"]));
    }
    Ok(["Basic ", &STANDARD.encode([&id, ":", &secret].concat())].concat())
}

/// The parameters of a request in the order in which the providers' documents show them.
struct Parameters {
    /// What the profile sets itself takes the place of the standard one.
    own: Map<String, Value>,
    pairs: Vec<(String, Value)>,
}

impl Parameters {
    fn add(&mut self, name: &str, value: &str) {
        self.add_value(name, value.into());
    }

    fn add_value(&mut self, name: &str, value: Value) {
        let value = self.own.remove(name).unwrap_or(value);
        if value != "" {
            self.pairs.push((name.to_owned(), value));
        }
    }
}

/// Grant, scope, authentication, all else.
fn parameters(
    shape: RequestShape<'_>,
    scope: &Scope<'_>,
    grant: Option<&Value>,
    assertion: Option<&Secret>,
) -> Result<Vec<(String, Value)>, Error> {
    let mut parameters = Parameters { own: scope.fill_members(shape, shape.parameters()), pairs: Vec::new() };
    let jwt = assertion.map(Secret::expose).unwrap_or_default();
    grant_parameters(shape, scope, grant, &mut parameters);
    if shape.assertion().is_some_and(|assertion| assertion.purpose() == "grant") {
        parameters.add("assertion", jwt);
    }
    if let Some(joined) = scope.scope(shape).filter(|_| !places_scope(shape)) {
        parameters.add("scope", &joined);
    }
    match shape.auth_method() {
        "client_secret_post" => {
            parameters.add("client_id", &scope.credential(shape, "client_id", shape.client_id())?);
            parameters.add("client_secret", &scope.credential(shape, "client_secret", shape.client_secret())?);
        }
        "private_key_jwt" | "client_secret_jwt" => {
            if let Some(id) = shape.client_id().and_then(|text| scope.text(shape, text)) {
                parameters.add("client_id", &id);
            }
            parameters.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
            parameters.add("client_assertion", jwt);
        }
        "none" if shape.names_client_id() => {
            parameters.add("client_id", &scope.credential(shape, "client_id", shape.client_id())?);
        }
        _ => {}
    }
    if scope.asks_for_token {
        for (name, value) in scope.client.parameters() {
            parameters.add(name, value);
        }
        match scope.client.resource().as_slice() {
            [] => {}
            [one] => parameters.add("resource", one),
            several => parameters.add_value("resource", several.into()),
        }
    }
    for (name, value) in core::mem::take(&mut parameters.own) {
        parameters.add_value(&name, value);
    }
    Ok(parameters.pairs)
}

/// The grant that the options name, else the one of the profile with what of it is among the credentials.
fn grant_parameters(shape: RequestShape<'_>, scope: &Scope<'_>, grant: Option<&Value>, parameters: &mut Parameters) {
    let mut add = |name: &str, value: &str| parameters.add(name, value);
    let Some(grant) = grant else {
        let Some(grant_type) = shape.grant_type() else { return };
        add("grant_type", &scope.text(shape, grant_type).unwrap_or_default());
        let names: &[&str] = match grant_type {
            "password" => &["username", "password"],
            "refresh_token" => &["refresh_token"],
            _ => &[],
        };
        for name in names {
            add(name, &scope.value(name, Some(shape)).unwrap_or_default());
        }
        return;
    };
    for (member, name) in GRANT_MEMBERS {
        add(name, get(grant, member).and_then(Value::as_str).unwrap_or_default());
    }
    for (name, value) in get(grant, "parameters").and_then(Value::as_object).into_iter().flatten() {
        add(name, value.as_str().unwrap_or_default());
    }
}

/// Where a template names `{scope}`, the scope goes there and nowhere else; a JWT grant has it only where it is named.
fn places_scope(shape: RequestShape<'_>) -> bool {
    fn names(value: &Value) -> bool {
        match value {
            Value::String(text) => template::names(text).any(|name| name == "scope"),
            Value::Array(items) => items.iter().any(names),
            Value::Object(members) => members.values().any(names),
            _ => false,
        }
    }
    let in_map = |members: Option<&Map<String, Value>>| members.is_some_and(|members| members.values().any(names));
    shape.headers().iter().any(|(_, header)| names(header))
        || names(&shape.token_endpoint().into())
        || in_map(shape.parameters())
        || shape.assertion().is_some_and(|assertion| {
            assertion.purpose() == "grant" || in_map(Some(&assertion.claims())) || in_map(assertion.header())
        })
}

fn form(parameters: &[(String, Value)]) -> String {
    let mut form = String::new();
    for (name, value) in parameters {
        let values = value.as_array().map_or(core::slice::from_ref(value), Vec::as_slice);
        for value in values {
            if !form.is_empty() {
                form.push('&');
            }
            form.push_str(&template::form_encode(name));
            form.push('=');
            form.push_str(&template::form_encode(&json::scalar(value).unwrap_or_else(|| json::text(value))));
        }
    }
    form
}

/// An object in the order of the parameters, which a `Map` would sort.
fn json_object(parameters: &[(String, Value)]) -> String {
    let mut object = String::from("{");
    for (name, value) in parameters {
        if object.len() > 1 {
            object.push(',');
        }
        json::write_string(name, &mut object);
        object.push(':');
        json::write(value, &mut object);
    }
    object.push('}');
    object
}
