//! Provider + credentials -> the HTTP request, to the byte.

use core::cell::Cell;
use std::borrow::Cow;

use crate::value::{Map, Value};

use crate::base64;
use crate::config::{ClientConfig, GRANT_MEMBERS, UNSET, check_url};
use crate::credentials::{Credentials, Secret};
use crate::discovery;
use crate::error::{Error, Fault};
use crate::json::{self, named, object_at, str_at};
use crate::provider::{Algorithm, RequestShape};
use crate::template::{self, Escape, mentions};
use crate::text::{concat, has, has_control, join, lower, push, split_once};
use crate::time::Timestamp;

/// An HTTP request to be sent as it is: no redirect followed, no cookie, no cache. `Debug` shows its origin alone.
#[derive(Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// `POST` or `GET`.
    pub method: &'static str,
    /// Where to. Some providers want the secret in it, in its path even: do not log it.
    pub url: String,
    /// Names in lower case, each once.
    pub headers: Vec<(String, Secret)>,
    /// The body; `None` for none.
    pub body: Option<Secret>,
}

impl HttpRequest {
    /// Its URL's host, with the port where one is given: no user name, no path, no query.
    pub fn host(&self) -> &str {
        let rest = split_once(&self.url, ":").and_then(|(_, rest)| rest.get(2..)).unwrap_or_default();
        let authority = split_once(rest, "/?#").map_or(rest, |(authority, _)| authority);
        split_once(authority, "@").map_or(authority, |(_, host)| host)
    }
}

impl core::fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let origin = self.url.split(['/', '?']).take(3).collect::<Vec<_>>().join("/");
        f.debug_struct("HttpRequest").field("method", &self.method).field("url", &origin).finish_non_exhaustive()
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
        Secret::new(concat(&[&self.input, ".", &base64::encode_url(signature)]))
    }
}

/// All that the templates of one request can name.
pub(crate) struct Scope<'a> {
    pub(crate) client: &'a ClientConfig,
    /// Which request of the profile it is.
    pub(crate) shape: RequestShape<'a>,
    pub(crate) credentials: &'a Credentials,
    pub(crate) captured: &'a [(String, Secret)],
    pub(crate) access_token: Option<&'a Secret>,
    pub(crate) refresh_token: Option<&'a Secret>,
    /// The scope values, before they are joined.
    pub(crate) requested: Vec<String>,
    pub(crate) uuid: String,
    /// A template named it: no two requests are alike.
    pub(crate) varies: Cell<bool>,
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

/// Of a header: a template, or `{ scheme, base64 }`.
fn header_template(header: &Value) -> &str {
    header.as_str().or_else(|| str_at(header, "base64")).unwrap_or_default()
}

impl<'a> Scope<'a> {
    /// No token yet, no scope, no randomness.
    pub(crate) fn new(
        client: &'a ClientConfig,
        shape: RequestShape<'a>,
        credentials: &'a Credentials,
        captured: &'a [(String, Secret)],
    ) -> Self {
        Scope {
            client,
            shape,
            credentials,
            captured,
            access_token: None,
            refresh_token: None,
            requested: Vec::new(),
            uuid: String::new(),
            varies: Cell::new(false),
            now: Timestamp::default(),
            asks_for_token: true,
            trial: None,
        }
    }

    /// A variable or credential of the same name wins over a built-in one.
    fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        // A refresh token that the server replaced is newer than the one among the credentials.
        let given = self.refresh_token.filter(|_| name == "refresh_token").map(Secret::expose);
        // Once there is a token, that of a step is known by its long name alone.
        let captured = if name == "access_token" && self.access_token.is_some() { &[] } else { self.captured };
        let given = given
            .or_else(|| named(captured, name).map(Secret::expose))
            .or_else(|| self.credentials.value(name).map(Secret::expose))
            .or_else(|| self.client.variable(name));
        if let Some(given) = given {
            return Some(given.into());
        }
        let built_in = match name {
            "access_token" => self.access_token.map(|token| token.expose().into()),
            "scope" => self.scope().map(Cow::Owned),
            "token_endpoint" => self.endpoint().ok().map(Cow::Owned),
            "uuid" => {
                self.varies.set(true);
                Some(self.uuid.as_str().into())
            }
            _ => None,
        };
        built_in.or_else(|| (self.trial == Some(Trial::Credentials)).then_some("trial".into()))
    }

    fn render(&self, text: &str, escape: Escape) -> Result<String, String> {
        template::render(text, escape, &|name| self.value(name))
    }

    fn scope(&self) -> Option<String> {
        (!self.requested.is_empty()).then(|| join(&self.requested, self.shape.scope_separator()))
    }

    /// A trial before the issuer's metadata say where to and how.
    fn is_to_be_discovered(&self) -> bool {
        self.trial.is_some() && self.shape.token_endpoint().is_empty()
    }

    fn endpoint(&self) -> Result<String, Fault> {
        if self.is_to_be_discovered() {
            return discovery::issuer(self);
        }
        self.url(&self.shape.path("token_endpoint"), self.shape.token_endpoint())
    }

    /// A URL, its template filled in and fit to be sent a secret to.
    pub(crate) fn url(&self, path: &str, text: &str) -> Result<String, Fault> {
        let names = template::names(text);
        if names.contains(&"token_endpoint") {
            return Err(Error::options(path, &["names itself"]));
        }
        self.client.check_in_url(text)?;
        let is_made_up = |name: &&str| named(self.captured, name).is_some() || self.trial == Some(Trial::Credentials);
        if self.trial.is_some() && names.iter().any(is_made_up) {
            return Ok("https://trial.invalid".into());
        }
        let url = self.render(text, Escape::Percent).map_err(|name| self.missing(path, &name, ""))?;
        // A host that a secret may be a part of is not shown.
        let is_secret = |name: &&str| self.credentials.value(name).is_some();
        check_url(&url, path, self.client.allow_insecure(), !names.iter().any(is_secret))?;
        Ok(url)
    }

    /// A header's value: a template, or `{ scheme, base64 }`.
    pub(crate) fn header(&self, path: &str, header: &Value) -> Result<String, Fault> {
        let mut value = self.filled(path, header_template(header))?;
        if header.is_object() {
            value = base64::encode(value);
        }
        if let Some(scheme) = str_at(header, "scheme") {
            value = concat(&[scheme, " ", &value]);
        }
        // The token of a step, or what was captured, may bring its scheme.
        if lower(&value).starts_with("bearer bearer ") {
            value = value.split_off(7);
        }
        // Refused here, since what runtimes do to a bad header ranges from trimming it to printing it.
        if !crate::response::is_header_safe(&value) {
            let reason = "has a control or a non-ASCII character in it, which no header can carry";
            return Err(Error::options(path, &[reason]));
        }
        Ok(value)
    }

    /// Whether a header holds anything of the token, of the credentials or of an answer.
    pub(crate) fn is_personal(&self, header: &Value) -> bool {
        let template = header_template(header);
        template::names(template).iter().any(|name| {
            named(self.captured, name).is_some()
                || self.credentials.value(name).is_some()
                || self.client.variable(name).is_none()
        })
    }

    /// A template filled in; `path` is where it stands.
    pub(crate) fn filled(&self, path: &str, text: &str) -> Result<String, Fault> {
        self.render(text, Escape::None).map_err(|name| self.missing(path, &name, ""))
    }

    /// Fills in every string of a value. A member whose variable is absent is left out.
    fn fill(&self, value: &Value) -> Option<Value> {
        match value {
            Value::String(text) => Some(self.render(text, Escape::None).ok()?.into()),
            Value::Array(items) => {
                let mut filled = Vec::new();
                for item in items {
                    if let Some(item) = self.fill(item) {
                        filled.push(item);
                    }
                }
                Some(Value::Array(filled))
            }
            Value::Object(members) => Some(Value::Object(self.fill_members(members, false))),
            other => Some(other.clone()),
        }
    }

    /// `is_request`: what its variables leave empty is left out too, though what the profile itself says is empty is not.
    fn fill_members(&self, members: &Map<String, Value>, is_request: bool) -> Map<String, Value> {
        let is_empty = |value: &Value| value.as_str() == Some("");
        let mut filled = Map::new();
        for (name, given) in members {
            if given.is_null() {
                continue;
            }
            if let Some(value) = self.fill(given)
                && !(is_request && is_empty(&value) && !is_empty(given))
            {
                filled.insert(name.clone(), value);
            }
        }
        filled
    }

    /// `client_id` or `client_secret`, where it is needed.
    pub(crate) fn credential(&self, member: &str) -> Result<String, Fault> {
        let Some(text) = self.shape.credential(member) else {
            let path = self.shape.path(member);
            return Err(Error::options(&path, &["null, and token_endpoint_auth_method needs it"]));
        };
        match self.render(text, Escape::None) {
            Ok(value) if !has_control(&value) => Ok(value),
            Ok(_) => Err(Error::options(&concat(&["credentials.", member]), &["has a control character in it"])),
            // The server may support another way.
            Err(_) if self.is_to_be_discovered() => Ok(String::new()),
            Err(name) => Err(self.missing_credential(&name, "; the profile's token_endpoint_auth_method needs it")),
        }
    }

    /// A credential that is not there. `need`: who needs it, where no other name is like it.
    fn missing_credential(&self, name: &str, need: &str) -> Fault {
        self.missing("", name, need)
    }

    /// What a template at `path` names, and nobody gave.
    #[inline(never)]
    fn missing(&self, path: &str, name: &str, need: &str) -> Fault {
        let credential = concat(&["credentials.", name]);
        let found = self.credentials.found(name);
        let wrong: &[&str] = if self.credentials.is_unset(name) {
            &[UNSET]
        } else if self.client.is_unset(name) {
            return Error::options(&concat(&["variables.", name]), &[UNSET]);
        } else if !path.is_empty() {
            let found = if found.is_empty() { "; is an environment variable not set?" } else { &*found };
            let wrong = ["names {", name, "}, which is among neither the credentials nor the variables", found];
            return Error::options(path, &wrong);
        } else {
            &["missing", if found.is_empty() { need } else { &found }]
        };
        Error::options(&credential, wrong)
    }
}

/// What is to be signed first, for a shape that has an assertion.
///
/// # Errors
/// `ERR_OPTIONS` where the key is missing.
pub(crate) fn signing_input(scope: &Scope<'_>) -> Result<Option<SigningInput>, Fault> {
    let Some(assertion) = scope.shape.assertion() else { return Ok(None) };
    let key = match scope.credentials.value(assertion.key()) {
        Some(key) => key.clone(),
        None if scope.trial == Some(Trial::Credentials) => Secret::default(),
        None => return Err(scope.missing_credential(assertion.key(), "; the profile's assertion signs with it")),
    };
    let issued = scope.now.as_millis() / 1000;
    let expires = issued.saturating_add(assertion.lifetime().as_secs());
    let header = [("alg", assertion.alg().name().into()), ("typ", "JWT".into())];
    let claims = [("iat", issued.into()), ("exp", expires.into())];
    let header = part(scope, &assertion.header(), header);
    let claims = part(scope, &assertion.claims(), claims);
    Ok(Some(SigningInput { alg: assertion.alg(), key, input: concat(&[&header, ".", &claims]) }))
}

/// One of the two objects of a JWT: what the profile says, and what it leaves to us.
fn part(scope: &Scope<'_>, given: &Map<String, Value>, defaults: [(&str, Value); 2]) -> String {
    let mut members = scope.fill_members(given, false);
    for (name, value) in defaults {
        if !members.contains_key(name) {
            members.insert(name.to_owned(), value);
        }
    }
    base64::encode_url(json::text(&Value::Object(members)))
}

/// Builds the request; `assertion` is the signed JWT of a shape that has one.
///
/// # Errors
/// `ERR_OPTIONS` for a missing variable, a bad URL, a header that cannot be one.
pub(crate) fn build(
    scope: &Scope<'_>,
    grant: Option<&Value>,
    assertion: Option<&Secret>,
) -> Result<HttpRequest, Fault> {
    let shape = &scope.shape;
    let mut url = scope.endpoint()?;
    let mut headers = Vec::new();
    for (name, template) in shape.headers() {
        let value = scope.header(&shape.path(&concat(&["headers.", name])), template)?;
        add_header(&mut headers, &lower(name), value);
    }
    add_header(&mut headers, "accept", "application/json".to_owned());
    if shape.auth_method() == "client_secret_basic" {
        add_header(&mut headers, "authorization", basic(scope)?);
    }
    if let Some(jwt) = assertion
        && shape.asserts_for("authorization")
    {
        add_header(&mut headers, "authorization", concat(&["Bearer ", jwt.expose()]));
    }
    let parameters = parameters(scope, grant, assertion.map(Secret::expose).unwrap_or_default())?;
    let (content_type, body) = match shape.format() {
        "json" => ("application/json", Some(json_object(&parameters))),
        "query" => {
            form(&parameters).append_to(&mut url);
            ("", None)
        }
        "none" => ("", None),
        _ => ("application/x-www-form-urlencoded", Some(form(&parameters).0)),
    };
    if body.is_some() {
        add_header(&mut headers, "content-type", content_type.to_owned());
    }
    let method = if shape.is_get() { "GET" } else { "POST" };
    Ok(HttpRequest { method, url, headers, body: body.map(Secret::new) })
}

/// The first of a name counts: the profile's own comes before the standard one.
fn add_header(headers: &mut Vec<(String, Secret)>, name: &str, value: String) {
    if named(headers, name).is_none() {
        headers.push((name.to_owned(), Secret::new(value)));
    }
}

/// RFC 6749 §2.3.1 (both halves form-encoded) or RFC 7617 §2 (as they are).
fn basic(scope: &Scope<'_>) -> Result<String, Fault> {
    let mut id = scope.credential("client_id")?;
    let mut secret = scope.credential("client_secret")?;
    if !scope.shape.is_basic_raw() {
        id = template::basic_encode(&id);
        secret = template::basic_encode(&secret);
    } else if has(&id, ":") {
        let reason = "holds a colon, which basic_encoding \"raw\" cannot carry";
        return Err(Error::options("credentials.client_id", &[reason]));
    }
    Ok(concat(&["Basic ", &base64::encode(concat(&[&id, ":", &secret]))]))
}

/// The parameters of a request in the order in which the providers' documents show them.
struct Parameters {
    /// What the profile sets itself takes the place of the standard one; `null` once it has.
    own: Map<String, Value>,
    pairs: Vec<(String, Value)>,
}

impl Parameters {
    fn add(&mut self, name: &str, value: &str) {
        self.add_value(name, value.into());
    }

    /// What the options say goes over what the profile says.
    fn add_chosen(&mut self, name: &str, value: &Value) {
        if let Some(own) = self.own.get_mut(name)
            && !own.is_null()
            && value.as_str() != Some("")
        {
            *own = value.clone();
        }
        self.add_value(name, value.clone());
    }

    fn add_value(&mut self, name: &str, standard: Value) {
        let (value, is_own) = match self.own.get_mut(name) {
            Some(own) => (own.take(), true),
            None => (standard, false),
        };
        if !value.is_null() && (is_own || value.as_str() != Some("")) {
            self.pairs.push((name.to_owned(), value));
        }
    }
}

/// Grant, scope, authentication, all else.
fn parameters(scope: &Scope<'_>, grant: Option<&Value>, jwt: &str) -> Result<Vec<(String, Value)>, Fault> {
    let shape = &scope.shape;
    let own = shape.parameters().map(|own| scope.fill_members(own, true)).unwrap_or_default();
    let mut parameters = Parameters { own, pairs: Vec::new() };
    grant_parameters(scope, grant, &mut parameters)?;
    if shape.asserts_for("grant") {
        parameters.add("assertion", jwt);
    }
    if let Some(joined) = scope.scope()
        && !places_scope(shape)
    {
        parameters.add("scope", &joined);
    }
    let auth_method = shape.auth_method();
    if auth_method == "client_secret_post" || (auth_method == "none" && shape.names_client_id()) {
        parameters.add("client_id", &scope.credential("client_id")?);
    }
    if auth_method == "client_secret_post" {
        parameters.add("client_secret", &scope.credential("client_secret")?);
    }
    if shape.signs_to_authenticate() {
        if let Some(id) = shape.credential("client_id").and_then(|text| scope.render(text, Escape::None).ok()) {
            parameters.add("client_id", &id);
        }
        parameters.add("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        parameters.add("client_assertion", jwt);
    }
    if scope.asks_for_token {
        for (name, value) in scope.client.parameters() {
            parameters.add_chosen(name, &value.into());
        }
        if let Some(resource) = scope.client.resource() {
            parameters.add_chosen("resource", resource);
        }
    }
    for (name, value) in &mut parameters.own {
        if !value.is_null() {
            parameters.pairs.push((name.clone(), value.take()));
        }
    }
    Ok(parameters.pairs)
}

/// The grant that the options name, else the one of the profile with what of it is among the credentials.
fn grant_parameters(scope: &Scope<'_>, grant: Option<&Value>, parameters: &mut Parameters) -> Result<(), Fault> {
    let Some(grant) = grant else {
        let Some(grant_type) = scope.shape.grant_type() else { return Ok(()) };
        parameters.add("grant_type", &scope.render(grant_type, Escape::None).unwrap_or_default());
        let names: &[&str] = match grant_type {
            "password" => &["username", "password"],
            "refresh_token" => &["refresh_token"],
            _ => &[],
        };
        for name in names {
            let value = scope.value(name);
            if value.is_none() && scope.credentials.is_unset(name) && !parameters.own.contains_key(name) {
                return Err(scope.missing_credential(name, ""));
            }
            parameters.add(name, &value.unwrap_or_default());
        }
        return Ok(());
    };
    for (member, name) in GRANT_MEMBERS {
        parameters.add(name, str_at(grant, member).unwrap_or_default());
    }
    if let Some(further) = object_at(grant, "parameters") {
        for (name, value) in further {
            parameters.add(name, value.as_str().unwrap_or_default());
        }
    }
    Ok(())
}

/// Where a template names `{scope}`, the scope goes there and nowhere else; a JWT grant has it only where it is named.
fn places_scope(shape: &RequestShape<'_>) -> bool {
    let of_assertion = || {
        shape
            .assertion()
            .is_some_and(|assertion| any_names_scope(&assertion.claims()) || any_names_scope(&assertion.header()))
    };
    mentions(shape.token_endpoint(), "scope")
        || shape.asserts_for("grant")
        || shape.parameters().is_some_and(any_names_scope)
        || shape.headers().iter().any(|(_, header)| names_scope(header))
        || of_assertion()
}

fn any_names_scope(members: &Map<String, Value>) -> bool {
    members.values().any(names_scope)
}

fn names_scope(value: &Value) -> bool {
    match value {
        Value::String(text) => mentions(text, "scope"),
        Value::Array(items) => items.iter().any(names_scope),
        Value::Object(members) => any_names_scope(members),
        _ => false,
    }
}

fn form(parameters: &[(String, Value)]) -> Form {
    let mut form = Form::default();
    for (name, value) in parameters {
        let values = value.as_array().map_or(core::slice::from_ref(value), Vec::as_slice);
        for value in values {
            form.add(name, &json::scalar(value).unwrap_or_else(|| json::text(value)));
        }
    }
    form
}

/// `name=value&name=value`, without the empty ones.
#[derive(Default)]
pub(crate) struct Form(String);

impl Form {
    #[inline(never)]
    pub(crate) fn add(&mut self, name: &str, value: &str) {
        if !value.is_empty() {
            let separator = if self.0.is_empty() { "" } else { "&" };
            let pair = [separator, &template::form_encode(name), "=", &template::form_encode(value)];
            self.0.push_str(&concat(&pair));
        }
    }

    /// Adds it to the query of a URL.
    pub(crate) fn append_to(&self, url: &mut String) {
        if !self.0.is_empty() {
            push(url, if has(url, "?") { '&' } else { '?' });
            url.push_str(&self.0);
        }
    }
}

/// An object in the order of the parameters, which a `Map` would sort.
fn json_object(parameters: &[(String, Value)]) -> String {
    let mut object = String::from("{");
    for (name, value) in parameters {
        if object.len() > 1 {
            push(&mut object, ',');
        }
        json::write_string(name, &mut object);
        push(&mut object, ':');
        json::write(value, &mut object);
    }
    push(&mut object, '}');
    object
}
