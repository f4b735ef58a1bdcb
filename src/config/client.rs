//! What a client is made of: a provider, credentials, and what the caller wants of them.

use core::time::Duration;

use crate::config::provider::{Provider, add_names, scopes, seconds, texts};
use crate::config::schema::{Shape, check, enter};
use crate::config::template;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::json::{self, Object, Wiped, get, object_at, str_at};
use crate::ground::spelling::meant;
use crate::ground::text::{concat, decimal, has, has_control, holds, join, lower, number, position, split, split_once};
use crate::ground::value::Value;

/// Everything that shapes a token, checked.
#[derive(Clone)]
pub struct ClientConfig {
    pub(crate) provider: Provider,
    /// None while only a function knows them, two during a rotation.
    pub(crate) credentials: Vec<Credentials>,
    /// A function knows them: `Next::Credentials` asks for them.
    pub(crate) asks_for_credentials: bool,
    /// The members of the JavaScript API's options, as JSON.
    options: Wiped,
}

impl core::fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ClientConfig").field("provider", &self.provider.name()).finish_non_exhaustive()
    }
}

/// What the client shows for a token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// RFC 6749 §4.4
    ClientCredentials,
    /// RFC 6749 §4.3
    Password {
        /// The resource owner's name.
        username: String,
        /// The resource owner's password.
        password: Secret,
    },
    /// RFC 6749 §6
    RefreshToken(Secret),
    /// RFC 6749 §4.1.3, with PKCE (RFC 7636 §4.5). Good for one token request.
    AuthorizationCode {
        /// From the redirect.
        code: Secret,
        /// The one that the authorization request named.
        redirect_uri: String,
        /// The PKCE verifier.
        code_verifier: Option<Secret>,
    },
    /// RFC 6749 §4.5
    Extension {
        /// The grant's URI.
        grant_type: String,
        /// What the grant wants.
        parameters: Vec<(String, Secret)>,
    },
}

/// What the grant and the authentication set: `parameters` may not.
const RESERVED: &[&str] = &[
    "grant_type",
    "client_id",
    "client_secret",
    "code",
    "redirect_uri",
    "code_verifier",
    "refresh_token",
    "username",
    "password",
    "scope",
];

/// Variables that no template need name: the authentication, the grant or an assertion does.
const IMPLIED: &[&str] =
    &["client_id", "client_secret", "username", "password", "refresh_token", "token_endpoint", "uuid"];
const CONTROL: &str = "has a control character in it";
pub(crate) const UNSET: &str = "is undefined, null or empty; is an environment variable not set?";

const OPTIONS: Shape = Shape::Object(&[&[
    ("provider", Shape::Any),
    ("credentials", Shape::Any),
    ("name", Shape::Text),
    ("variables", Shape::Map(&Shape::Nullable(&Shape::Text))),
    ("scope", Shape::Texts),
    ("parameters", Shape::Map(&Shape::Text)),
    ("resource", Shape::Texts),
    ("grant", Shape::Map(&Shape::Any)),
    ("origins", Shape::Texts),
    ("refreshMargin", Shape::Seconds(86_400)),
    ("defaultLifetime", Shape::Seconds(30 * 86_400)),
    ("patience", Shape::Seconds(3600)),
    ("timeout", Shape::Seconds(300)),
    ("allowInsecure", Shape::Insecure),
    ("fetch", Shape::Function),
    ("waitUntil", Shape::Function),
    ("onEvent", Shape::Function),
]]);

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

impl ClientConfig {
    /// A client of that provider, all else by default.
    ///
    /// ```
    /// use bearerkit::{ClientConfig, Credentials, Provider};
    /// let provider = Provider::from_token_endpoint("https://as.example/token")?;
    /// let client = ClientConfig::new(provider, Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t"));
    /// client.check()?;
    /// # Ok::<(), bearerkit::Error>(())
    /// ```
    pub fn new(provider: Provider, credentials: Credentials) -> Self {
        ClientConfig {
            provider,
            credentials: vec![credentials],
            asks_for_credentials: false,
            options: Wiped::default(),
        }
    }

    /// Reads the options of the JavaScript API (`createClient`), written as JSON, and [checks](ClientConfig::check) them.
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the member's path.
    pub fn from_json(options: &str) -> Result<Self, Error> {
        let client = ClientConfig::read(options)?;
        if client.credentials.is_empty() {
            return Err(Error::options("credentials", &["missing"]).into());
        }
        client.check()?;
        Ok(client)
    }

    /// # Errors
    /// As [`from_json`](ClientConfig::from_json); credentials may be missing, and nothing is tried out.
    pub(crate) fn read(options: &str) -> Result<Self, Fault> {
        let mut options = Wiped(json::parse(options).map_err(|reason| Error::options("", &[reason]))?);
        check(&options.0, &OPTIONS, &mut String::new())?;
        let mut take = |name: &str| options.0.get_mut(name).map(Value::take);
        let provider = take("provider")
            .ok_or_else(|| Error::options("provider", &["missing; is an environment variable not set?"]))?;
        let provider = Provider::read(provider)?;
        let mut credentials = Vec::new();
        let given = take("credentials").map(Wiped);
        match given.as_ref().map(|given| &given.0) {
            Some(Value::Array(several)) if (1..=2).contains(&several.len()) => {
                for (index, one) in several.iter().enumerate() {
                    let mut path = concat(&["credentials[", if index == 0 { "0" } else { "1" }, "]"]);
                    credentials.push(Credentials::read(one, &mut path)?);
                }
            }
            Some(Value::Array(_)) => {
                return Err(Error::options("credentials", &["two at the most: the old ones and the new ones"]));
            }
            Some(one) => credentials.push(Credentials::read(one, &mut "credentials".to_owned())?),
            None => {}
        }
        for name in ["parameters", "scope", "resource", "grant"] {
            if let Some(given) = get(&options.0, name) {
                check_plain(given, &mut name.to_owned())?;
            }
        }
        for name in ["defaultLifetime", "timeout"] {
            if seconds(get(&options.0, name)).is_some_and(|span| span.is_zero()) {
                return Err(Error::options(name, &["must be more than zero"]));
            }
        }
        let client = ClientConfig { provider, credentials, asks_for_credentials: false, options };
        for (name, _) in client.parameters() {
            if RESERVED.contains(&name) || name.starts_with("client_assertion") {
                let path = concat(&["parameters.", name]);
                return Err(Error::options(&path, &["is set by the grant and the authentication, not by parameters"]));
            }
        }
        if let Some(grant) = client.grant() {
            check_grant(grant)?;
        }
        Ok(client)
    }

    fn option(&self, name: &str) -> Option<&Value> {
        get(&self.options.0, name)
    }

    fn with_option(mut self, name: &str, value: Value) -> Self {
        if let Value::Object(options) = &mut self.options.0 {
            options.insert(name.to_owned(), value);
        } else {
            self.options = Wiped(Object::new().value(name, value).take());
        }
        self
    }

    /// Asks for another scope than the profile's. A text may hold several, with spaces between them.
    pub fn with_scope(self, scope: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let scope: Vec<String> = scope.into_iter().map(Into::into).collect();
        self.with_option("scope", scope.into())
    }

    /// Sets a `{name}` of the profile that is not secret.
    pub fn with_variable(self, name: &str, value: &str) -> Self {
        let mut variables = self.option("variables").cloned().unwrap_or_else(|| Object::new().take());
        if let Value::Object(variables) = &mut variables {
            variables.insert(name.to_owned(), value.into());
        }
        self.with_option("variables", variables)
    }

    /// Shows something else for a token than the profile says.
    pub fn with_grant(self, grant: Grant) -> Self {
        self.with_option("grant", grant.into_value())
    }

    /// The credentials are asked for by `Next::Credentials`, for each token request anew.
    pub fn with_asked_credentials(mut self) -> Self {
        self.credentials.clear();
        self.asks_for_credentials = true;
        self
    }

    /// During a rotation: tried once where the first one is refused. The one that worked is remembered.
    pub fn with_other_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials.push(credentials);
        self
    }

    /// How long a call waits for a cooldown to end; zero: never. Default: 10 s.
    pub fn with_patience(self, patience: Duration) -> Self {
        self.with_option("patience", patience.as_secs_f64().into())
    }

    /// The time limit of a token request, after which another may be sent. Default: 10 s.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        self.with_option("timeout", timeout.as_secs_f64().into())
    }

    /// How long before its expiry a token is renewed. Default: 300 s, at most a tenth of the lifetime.
    pub fn with_refresh_margin(self, margin: Duration) -> Self {
        self.with_option("refreshMargin", margin.as_secs_f64().into())
    }

    /// How long a token is used whose lifetime nothing says. Default: one hour.
    pub fn with_default_lifetime(self, lifetime: Duration) -> Self {
        self.with_option("defaultLifetime", lifetime.as_secs_f64().into())
    }

    /// Lets `http:` URLs to loopback hosts pass, for tests.
    pub fn with_insecure_loopback(self) -> Self {
        self.with_option("allowInsecure", true.into())
    }

    /// Lets `http:` URLs to these origins pass and to no others, inside a network that you trust: `["http://keycloak:8080"]`.
    /// Takes the place of [`with_insecure_loopback`](ClientConfig::with_insecure_loopback).
    pub fn with_insecure_origins(self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let origins: Vec<String> = origins.into_iter().map(Into::into).collect();
        self.with_option("allowInsecure", origins.into())
    }

    /// The time limit of a token request.
    pub fn timeout(&self) -> Duration {
        seconds(self.option("timeout")).unwrap_or(Duration::from_secs(10))
    }

    pub(crate) fn patience(&self) -> Duration {
        seconds(self.option("patience")).unwrap_or(Duration::from_secs(10))
    }

    pub(crate) fn default_lifetime(&self) -> Duration {
        seconds(self.option("defaultLifetime")).unwrap_or(Duration::from_secs(3600))
    }

    /// A margin that the options or the profile name.
    pub(crate) fn refresh_margin(&self) -> Option<Duration> {
        seconds(self.option("refreshMargin")).or_else(|| self.provider.refresh_margin())
    }

    /// To where `http:` may go: `true` for loopback, or a list of origins.
    pub(crate) fn allow_insecure(&self) -> &Value {
        self.option("allowInsecure").unwrap_or(&Value::Null)
    }

    pub(crate) fn scope(&self) -> Option<Vec<String>> {
        self.option("scope").map(|scope| scopes(Some(scope)))
    }

    /// RFC 8707: a text, or an array of several.
    pub(crate) fn resource(&self) -> Option<&Value> {
        let given = self.option("resource")?;
        match given.as_array().map(Vec::as_slice) {
            Some([]) => None,
            Some([one]) => Some(one),
            _ => Some(given),
        }
    }

    pub(crate) fn parameters(&self) -> Vec<(&str, &str)> {
        let mut parameters = Vec::new();
        if let Some(given) = object_at(&self.options.0, "parameters") {
            for (name, value) in given {
                parameters.push((name.as_str(), value.as_str().unwrap_or_default()));
            }
        }
        parameters
    }

    /// The grant that the options name: `{ type, … }`.
    pub(crate) fn grant(&self) -> Option<&Value> {
        self.option("grant")
    }

    pub(crate) fn grant_member(&self, name: &str) -> Option<&str> {
        str_at(self.grant()?, name)
    }

    /// A `{name}` that is not secret: the options' value, else that of the environment chosen, else the profile's default.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let given = |name| self.given_variable(name);
        let chosen = || given("environment").or_else(|| self.provider.default("environment"));
        let of_environment = || str_at(self.provider.environments()?.get(chosen()?)?, name);
        given(name).or_else(of_environment).or_else(|| self.provider.default(name))
    }

    /// The value of a variable that the options name.
    pub(crate) fn given_variable(&self, name: &str) -> Option<&str> {
        str_at(self.option("variables")?, name)
    }

    /// Whether a variable is among the options, and is `null` or empty.
    pub(crate) fn is_unset(&self, name: &str) -> bool {
        let given = self.option("variables").and_then(|variables| get(variables, name));
        given.is_some_and(|value| value.as_str().is_none_or(str::is_empty))
    }

    /// # Errors
    /// `ERR_OPTIONS` for a variable that would break the URL of this template: a URL where the name of a host is wanted.
    pub(crate) fn check_in_url(&self, text: &str) -> Result<(), Fault> {
        let (_, authority, _) = parts(text).unwrap_or_default();
        for name in template::names(text) {
            let value = self.given_variable(name).unwrap_or_default();
            // What is inserted as it is may bring a port and a path.
            let is_url = has(value, "/") && (parts(value).is_some() || !has(authority, "+"));
            let wrong: &[&str] = if has_control(value) {
                &[CONTROL]
            } else if value.is_empty()
                && self.is_unset(name)
                && holds(text, &concat(&[name, "}/"]))
                && self.variable(name).is_none_or(str::is_empty)
            {
                // A whole segment, or the base: what comes out is another URL.
                &[UNSET]
            } else if is_url && template::mentions(authority, name) {
                &["holds a URL; only the host name is wanted here, as in https://", authority]
            } else {
                continue;
            };
            return Err(Error::options(&concat(&["variables.", name]), wrong));
        }
        Ok(())
    }

    /// # Errors
    /// `ERR_OPTIONS` for a variable that nothing names: misspelt, an `environment` would be another one in silence.
    pub(crate) fn check_variables(&self) -> Result<(), Fault> {
        let Some(given) = object_at(&self.options.0, "variables") else { return Ok(()) };
        let mut known = Vec::new();
        self.provider.add_names(&mut known);
        if let Some(origins) = self.option("origins") {
            add_names(origins, false, &mut known);
        }
        for (name, value) in given {
            if value.is_null() || known.contains(&name.as_str()) || IMPLIED.contains(&name.as_str()) {
                continue;
            }
            let mut reason = meant(name, &known);
            if reason.is_empty() {
                let mut before = "; the profile names ";
                for name in known {
                    reason.push_str(before);
                    reason.push_str(name);
                    before = ", ";
                }
                if reason.is_empty() {
                    reason.push_str("; the profile names no variables");
                }
            }
            return Err(Error::options(&concat(&["variables.", name]), &["unknown", &reason]));
        }
        Ok(())
    }

    /// # Errors
    /// `ERR_OPTIONS` for an environment that the profile does not know.
    pub(crate) fn check_environment(&self) -> Result<(), Fault> {
        let Some(environments) = self.provider.environments().filter(|environments| !environments.is_empty()) else {
            return Ok(());
        };
        if self.variable("environment").is_some_and(|chosen| environments.contains_key(chosen)) {
            return Ok(());
        }
        let mut names = Vec::new();
        for name in environments.keys() {
            names.push(name.clone());
        }
        Err(Error::options("variables.environment", &["expected ", &join(&names, " | ")]))
    }
}

impl Grant {
    fn into_value(self) -> Value {
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

fn check_grant(grant: &Value) -> Result<(), Fault> {
    let (required, optional): (&[&str], &str) = match str_at(grant, "type") {
        Some("client_credentials") => (&["type"], ""),
        Some("password") => (&["type", "username", "password"], ""),
        Some("refresh_token") => (&["type", "refreshToken"], ""),
        Some("authorization_code") => (&["type", "code", "redirectUri"], "codeVerifier"),
        _ => (&["type"], "parameters"),
    };
    for name in required {
        if str_at(grant, name).unwrap_or_default().is_empty() {
            return Err(Error::options(&concat(&["grant.", name]), &["expected a string that is not empty"]));
        }
    }
    let Some(members) = grant.as_object() else { return Ok(()) };
    for (name, member) in members {
        let mut path = concat(&["grant.", name]);
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

/// What names something has no control characters, nor has what people paste with a line break behind it. The values of
/// parameters may have them: they travel encoded.
fn check_plain(value: &Value, path: &mut String) -> Result<(), Fault> {
    match value {
        Value::String(text) if has_control(text) && !path.starts_with("parameters.") && !path.starts_with(GRANT) => {
            Err(Error::options(path, &[CONTROL]))
        }
        Value::Array(items) => {
            for item in items {
                check_plain(item, path)?;
            }
            Ok(())
        }
        Value::Object(members) => {
            for (name, member) in members {
                let length = enter(path, &[".", name]);
                if has_control(name) {
                    return Err(Error::options(path, &["has a control character in its name"]));
                }
                check_plain(member, path)?;
                path.truncate(length);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Where an extension grant's own parameters stand.
const GRANT: &str = "grant.parameters.";

/// Refuses a URL that a secret may not be sent to.
///
/// `insecure`: `true` lets http pass to loopback hosts, a list of origins to these. `is_open`: the host may be shown.
///
/// # Errors
/// `ERR_OPTIONS` at `path`: not https, userinfo, a fragment, a bad host.
pub(crate) fn check_url(url: &str, path: &str, insecure: &Value, is_open: bool) -> Result<(), Fault> {
    let wrong = |reason| Err(Error::options(path, &[reason]));
    if !url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return wrong("has a space, a control, a non-ASCII character or a backslash in it");
    }
    let Some((scheme, authority, after)) = parts(url) else {
        return wrong("is no absolute https: URL; it begins with https://");
    };
    if has(authority, "@") {
        return wrong("may not hold a user name or a password");
    }
    if has(after, "#") {
        return wrong("may not have a fragment");
    }
    let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
        let (address, port) = split_once(inner, "]").unwrap_or_default();
        (address, port)
    } else {
        let at = position(authority, ":").unwrap_or(authority.len());
        authority.split_at_checked(at).unwrap_or_default()
    };
    let is_address = authority.starts_with('[');
    let allowed = |b: u8| match b {
        b'.' => true,
        b':' => is_address,
        b'-' | b'_' | b'~' => !is_address,
        _ if is_address => b.is_ascii_hexdigit(),
        _ => b.is_ascii_alphanumeric(),
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.is_empty() || number(port).is_some_and(|port| port < 65536));
    if host.is_empty() || !host.bytes().all(allowed) || !is_port {
        return wrong("has no good host; is a variable of it percent-encoded? (`{+host}` inserts it as it is)");
    }
    match lower(scheme).as_str() {
        "https" => return Ok(()),
        "http" => {}
        _ => return wrong("is not https:"),
    }
    let is_loopback = is_loopback(&lower(host));
    let shown = if is_open { authority } else { "host:port" };
    let origin = lower(&concat(&["http://", authority]));
    let listed = texts(Some(insecure));
    for one in &listed {
        if lower(origin_of(one)) == origin {
            return Ok(());
        }
    }
    if is_loopback && insecure.as_bool() == Some(true) {
        return Ok(());
    }
    let remedy = if is_loopback && listed.is_empty() {
        "true allows loopback, for tests".to_owned()
    } else {
        concat(&["[\"http://", shown, "\"] allows this one origin (only inside a network that you trust)"])
    };
    Err(Error::options(path, &["is http: to ", shown, "; allowInsecure: ", &remedy]))
}

/// The scheme of a URL, its authority, and what follows.
#[inline(never)]
fn parts(url: &str) -> Option<(&str, &str, &str)> {
    let (scheme, rest) = split_once(url, ":")?;
    let rest = rest.strip_prefix("//")?;
    let (authority, after) = rest.split_at_checked(position(rest, "/?#").unwrap_or(rest.len()))?;
    Some((scheme, authority, after))
}

fn is_loopback(host: &str) -> bool {
    let is_byte = |part: &&str| number(part).is_some_and(|part| part < 256);
    let parts = split(host, ".");
    let is_v4 = parts.len() == 4 && parts.first() == Some(&"127") && parts.iter().all(is_byte);
    is_v4 || host == "localhost" || host.ends_with(".localhost") || host == "::1"
}

/// The origins that the token may be sent to: the options', else the profile's, its templates filled in.
pub(crate) fn origins(client: &ClientConfig) -> Result<Option<Vec<String>>, Fault> {
    let (given, path) = match (client.option("origins"), client.provider.resource("origins")) {
        (None, None) => return Ok(None),
        (None, given) => (given, "provider.resource_request.origins"),
        (given, _) => (given, "origins"),
    };
    let mut origins = Vec::new();
    for (index, text) in texts(given).iter().enumerate() {
        let path = indexed(path, index);
        let variable = |name: &str| client.variable(name).map(|value| origin_of(value).into());
        client.check_in_url(text)?;
        let origin = template::render(text, template::Escape::Percent, &variable)
            .map_err(|name| Error::options(&path, &["nobody gave variables.", &name]))?;
        origins.push(origin_alone(&origin, &path, client.allow_insecure())?.to_owned());
    }
    Ok(Some(origins))
}

/// The origin of a base URL: where the API lies on its host is no matter of origins.
fn origin_of(value: &str) -> &str {
    match parts(value) {
        Some((_, _, after)) => value.get(..value.len().saturating_sub(after.len())).unwrap_or(value),
        None => value,
    }
}

/// An origin that is nothing more, but for a slash at its end.
fn origin_alone<'o>(origin: &'o str, path: &str, insecure: &Value) -> Result<&'o str, Fault> {
    if has(origin, "*") {
        return Err(Error::options(path, &["has a wildcard; write each origin out"]));
    }
    let alone = origin_of(origin);
    check_url(alone, path, insecure, true)?;
    match origin.get(alone.len()..) {
        Some("" | "/") => Ok(alone),
        _ => Err(Error::options(
            path,
            &["has a path, a query or a fragment; an origin is scheme, host and port only: \"", alone, "\""],
        )),
    }
}

/// # Errors
/// `ERR_OPTIONS` for an entry of `allowInsecure` that is no http origin.
pub(crate) fn check_insecure(client: &ClientConfig) -> Result<(), Fault> {
    let insecure = client.allow_insecure();
    for (index, origin) in texts(Some(insecure)).iter().enumerate() {
        let path = indexed("allowInsecure", index);
        if !lower(origin).starts_with("http://") {
            let expected = "expected an http: origin, such as \"http://keycloak:8080\"";
            return Err(Error::options(&path, &[expected]));
        }
        origin_alone(origin, &path, insecure)?;
    }
    Ok(())
}

fn indexed(path: &str, index: usize) -> String {
    concat(&[path, "[", &decimal(index as u64), "]"])
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn urls() {
        let check = |url, insecure: bool| check_url(url, "x", &insecure.into(), true).is_ok();
        for good in ["https://as.example/token", "HTTPS://a-b.example:8443/t?x=1", "https://[::1]:1/t", "https://h"] {
            assert!(check(good, false), "{good}");
        }
        for bad in [
            "",
            "as.example/token",
            "http://as.example/t",
            "ftp://h/",
            "https://u:p@h/",
            "https://u@h",
            "https:///t",
            "https://h:99999/",
            "https://h/#f",
            "https://h/a b",
            "https://é.example/",
            "https://h%3A80/",
            "https://h\\@evil/",
            "https:/h",
            "javascript:0",
        ] {
            assert!(!check(bad, false), "{bad}");
        }
        for loopback in ["http://127.0.0.1:1/t", "http://localhost/t", "http://a.localhost/", "http://[::1]:80/"] {
            assert!(check(loopback, true), "{loopback}");
            assert!(!check(loopback, false), "{loopback}");
        }
        for other in
            ["http://127.0.0.1.evil.example/", "http://10.0.0.1/", "http://localhost.evil.example/", "http://127.1/"]
        {
            assert!(!check(other, true), "{other}");
        }
    }

    #[test]
    fn http_goes_where_it_is_named() {
        let complaint = |url, insecure: serde_json::Value, is_open| {
            check_url(url, "x", &insecure.into(), is_open).map_err(|fault| fault.message()).err().unwrap_or_default()
        };
        let listed = || json!(["http://keycloak:8080", "http://Hydra.auth.svc.cluster.local/"]);
        for good in
            ["http://keycloak:8080/token", "HTTP://KeyCloak:8080", "http://hydra.auth.svc.cluster.local/", "https://h/"]
        {
            assert_eq!(complaint(good, listed(), true), "", "{good}");
        }
        let this = "allows this one origin (only inside a network that you trust)";
        for (url, insecure, is_open, message) in [
            ("http://keycloak/t", listed(), true, format!("keycloak; allowInsecure: [\"http://keycloak\"] {this}")),
            (
                "http://keycloak:8081",
                listed(),
                true,
                format!("keycloak:8081; allowInsecure: [\"http://keycloak:8081\"] {this}"),
            ),
            ("http://localhost", listed(), true, format!("localhost; allowInsecure: [\"http://localhost\"] {this}")),
            ("http://h:1/t", json!(true), true, format!("h:1; allowInsecure: [\"http://h:1\"] {this}")),
            ("http://h:1/t", json!(null), true, format!("h:1; allowInsecure: [\"http://h:1\"] {this}")),
            ("http://s3cr3t/t", json!(null), false, format!("host:port; allowInsecure: [\"http://host:port\"] {this}")),
            ("http://[::1]:8/t", json!(false), true, "[::1]:8; allowInsecure: true allows loopback, for tests".into()),
        ] {
            assert_eq!(complaint(url, insecure, is_open), format!("x: is http: to {message}"));
        }
    }

    /// A profile's members, the options' members, and what is said of them; nothing: they are good.
    #[test]
    fn what_is_told_of_options() {
        let base =
            json!({"token_endpoint": "{+base_url}/realms/{realm}/t", "resource_request": {"origins": ["{+base_url}"]}});
        let auth0 = json!({"token_endpoint": "https://{domain}/t", "defaults": {"audience": "x"}});
        let shop = json!({"token_endpoint": "https://{shop}.myshopify.com/t"});
        let port = json!({"token_endpoint": "https://{+domain}/t"});
        let staged = json!({
            "token_endpoint": "https://{host}/t", "defaults": {"environment": "live"},
            "environments": {"live": {"host": "a.example"}, "sandbox": {"host": "b.example"}}
        });
        let plain = json!("https://as.example/t");
        let kc = "https://kc.example/auth/";
        for (provider, options, told) in [
            // names
            (&staged, json!({"variables": {"environment": "sandbox"}}), ""),
            (
                &staged,
                json!({"variables": {"envirnment": "sandbox"}}),
                "variables.envirnment: unknown; is \"environment\" meant?",
            ),
            (&staged, json!({"variables": {"Host": "x"}}), "variables.Host: unknown; is \"host\" meant?"),
            (&base, json!({"variables": {"base_url": kc, "realm": "r"}}), ""),
            (
                &base,
                json!({"variables": {"baseUrl": kc, "realm": "r"}}),
                "variables.baseUrl: unknown; is \"base_url\" meant?",
            ),
            (
                &base,
                json!({"variables": {"base_url": kc, "realm": "r", "tenant": "t"}}),
                "variables.tenant: unknown; the profile names base_url, realm",
            ),
            (
                &plain,
                json!({"variables": {"environment": "x"}}),
                "variables.environment: unknown; the profile names no variables",
            ),
            (&plain, json!({"variables": {"region": "eu"}, "origins": ["https://{region}.api.example"]}), ""),
            (&plain, json!({"variables": {"client_id": "a"}, "credentials": {"client_secret": "s"}}), ""),
            (&auth0, json!({"variables": {"domain": "a.example", "audience": "y"}}), ""),
            (&plain, json!({"scopes": "a"}), "scopes: unknown member; is \"scope\" meant?"),
            (
                &plain,
                json!({"audience": "a"}),
                "audience: unknown member; does it belong in credentials, variables or parameters?",
            ),
            (
                &plain,
                json!({"grant": {"type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": "a"}}),
                "grant.assertion: unknown member of this grant; it belongs in grant.parameters",
            ),
            (
                &auth0,
                json!({"variables": {}}),
                "provider.token_endpoint: names {domain}, which is among neither the credentials nor the variables; \
                 is an environment variable not set?",
            ),
            (
                &plain,
                json!({"grant": {"type": "refresh_token", "refresh_token": "x", "refreshToken": "x"}}),
                "grant.refresh_token: unknown member of this grant; is \"refreshToken\" meant?",
            ),
            (
                &plain,
                json!({"credentials": {"clientId": "a", "client_secret": "s"}}),
                "credentials.client_id: missing; found \"clientId\"",
            ),
            (
                &plain,
                json!({"credentials": {"client_id": "a", "clinet_secret": "s"}}),
                "credentials.client_secret: missing; found \"clinet_secret\"",
            ),
            (
                &plain,
                json!({"credentials": {"secret": "s", "client_id": "a"}}),
                "credentials.client_secret: missing; the profile's token_endpoint_auth_method needs it",
            ),
            (
                &plain,
                json!({"credentials": {"client_id": "a", "client_secret": null}}),
                "credentials.client_secret: is undefined, null or empty; is an environment variable not set?",
            ),
            (&plain, json!({"credentials": {"client_id": "a", "client_secret": "s", "other": null}}), ""),
            // What is not set: a variable that something needs, a whole segment of a URL, what has a default
            (
                &base,
                json!({"variables": {"base_url": null, "realm": "r"}}),
                "variables.base_url: is undefined, null or empty; is an environment variable not set?",
            ),
            (
                &base,
                json!({"variables": {"base_url": "", "realm": "r"}}),
                "variables.base_url: is undefined, null or empty; is an environment variable not set?",
            ),
            (
                &base,
                json!({"variables": {"base_url": kc, "realm": ""}}),
                "variables.realm: is undefined, null or empty; is an environment variable not set?",
            ),
            (
                &shop,
                json!({"variables": {"shop": null}}),
                "variables.shop: is undefined, null or empty; is an environment variable not set?",
            ),
            (&staged, json!({"variables": {"environment": null}}), ""),
            (&auth0, json!({"variables": {"domain": "a.example", "audience": null, "other": null}}), ""),
            (
                &base,
                json!({"variables": {"base-url": kc, "realm": "r"}}),
                "variables.base-url: unknown; is \"base_url\" meant?",
            ),
            (
                &json!({"token_endpoint": "https://api{region}.example/{+folder}t"}),
                json!({"variables": {"region": "", "folder": ""}}),
                "",
            ),
            // what JavaScript alone has
            (&plain, json!({"onEvents": null}), "onEvents: unknown member; is \"onEvent\" meant?"),
            (&plain, json!({"fetcher": null}), "fetcher: unknown member; is \"fetch\" meant?"),
            (&plain, json!({"wait_until": null}), "wait_until: unknown member; is \"waitUntil\" meant?"),
            (&plain, json!({"fetch": 1}), "fetch: expected a function, found a number"),
            (
                &json!({"token_endpoint": "https://h/t", "grant_type": "password"}),
                json!({"credentials": {"client_id": "a", "client_secret": "s", "username": "u", "password": null}}),
                "credentials.password: is undefined, null or empty; is an environment variable not set?",
            ),
            (
                &json!({"token_endpoint": "https://h/{api_key}"}),
                json!({"credentials": {"client_id": "a", "client_secret": "s", "api_key": null}}),
                "credentials.api_key: is undefined, null or empty; is an environment variable not set?",
            ),
            (
                &json!({"token_endpoint": "https://h/{api_key}"}),
                json!({"credentials": {"client_id": "a", "client_secret": "s", "apiKey": "k"}}),
                "provider.token_endpoint: names {api_key}, which is among neither the credentials nor the variables; found \"apiKey\"",
            ),
            // spans
            (
                &plain,
                json!({"timeout": 10000}),
                "timeout: expected at most 300 seconds, found 10000; is it in milliseconds?",
            ),
            (
                &plain,
                json!({"patience": 10000}),
                "patience: expected at most 3600 seconds, found 10000; is it in milliseconds?",
            ),
            (
                &plain,
                json!({"refreshMargin": 300_000}),
                "refreshMargin: expected at most 86400 seconds, found 300000; is it in milliseconds?",
            ),
            (
                &plain,
                json!({"defaultLifetime": 3_600_000}),
                "defaultLifetime: expected at most 2592000 seconds, found 3600000; is it in milliseconds?",
            ),
            (
                &plain,
                json!({"timeout": 300, "patience": 3600, "refreshMargin": 86_400, "defaultLifetime": 2_592_000}),
                "",
            ),
            // hosts
            (
                &auth0,
                json!({"variables": {"domain": "https://acme.example"}}),
                "variables.domain: holds a URL; only the host name is wanted here, as in https://{domain}",
            ),
            (
                &auth0,
                json!({"variables": {"domain": "acme.example/"}}),
                "variables.domain: holds a URL; only the host name is wanted here, as in https://{domain}",
            ),
            (
                &shop,
                json!({"variables": {"shop": "https://x.myshopify.com"}}),
                "variables.shop: holds a URL; only the host name is wanted here, as in https://{shop}.myshopify.com",
            ),
            (
                &port,
                json!({"variables": {"domain": "http://localhost:8080"}}),
                "variables.domain: holds a URL; only the host name is wanted here, as in https://{+domain}",
            ),
            (&port, json!({"variables": {"domain": "as.example:8443/"}}), ""),
            (
                &plain,
                json!({"variables": {"x": "https://b.example"}, "origins": ["https://{x}"]}),
                "variables.x: holds a URL; only the host name is wanted here, as in https://{x}",
            ),
            // controls
            (
                &base,
                json!({"variables": {"base_url": "https://kc.example\n", "realm": "r"}}),
                "variables.base_url: has a control character in it",
            ),
            (
                &base,
                json!({"variables": {"base_url": kc, "realm": "r\n"}}),
                "variables.realm: has a control character in it",
            ),
            (&plain, json!({"parameters": {"claims": "{\n\t\"a\": 1\r\n}"}}), ""),
            (&plain, json!({"parameters": {"a\nb": "x"}}), "parameters.a b: has a control character in its name"),
            (&plain, json!({"grant": {"type": "urn:x", "parameters": {"assertion": "<a>\n</a>"}}}), ""),
            (&plain, json!({"scope": "a\tb"}), "scope: has a control character in it"),
            (
                &json!({"token_endpoint": "https://h/t", "headers": {"x-a": "{a}"}}),
                json!({"variables": {"a": "x\r\ny"}}),
                "provider.headers.x-a: has a control or a non-ASCII character in it, which no header can carry",
            ),
            (
                &json!({"token_endpoint": "https://h/t", "headers": {"x-a": {"base64": "{a}"}}, "parameters": {"a": "{a}"}}),
                json!({"variables": {"a": "x\r\ny"}}),
                "",
            ),
            // origins
            (&plain, json!({"origins": ["https://api.example", "https://api.example/", "https://[::1]:8443/"]}), ""),
            (
                &plain,
                json!({"origins": ["https://api.example/v1"]}),
                "origins[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://api.example\"",
            ),
            (
                &plain,
                json!({"origins": ["https://a", "https://api.example:8443//"]}),
                "origins[1]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://api.example:8443\"",
            ),
            (
                &plain,
                json!({"origins": ["https://api.example?x=1"]}),
                "origins[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://api.example\"",
            ),
            (
                &plain,
                json!({"origins": ["https://api.example#x"]}),
                "origins[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://api.example\"",
            ),
            (
                &plain,
                json!({"origins": ["https://*.api.example"]}),
                "origins[0]: has a wildcard; write each origin out",
            ),
            (&plain, json!({"origins": ["*"]}), "origins[0]: has a wildcard; write each origin out"),
            (
                &json!({"token_endpoint": "https://h/t", "resource_request": {"origins": ["https://h/v1"]}}),
                json!({}),
                "provider.resource_request.origins[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"https://h\"",
            ),
            // http
            (
                &json!("http://{client_secret}.example/"),
                json!({}),
                "provider.token_endpoint: is http: to host:port; allowInsecure: [\"http://host:port\"] allows this one origin (only inside a network that you trust)",
            ),
            (&json!("http://keycloak:8080/t"), json!({"allowInsecure": ["http://keycloak:8080"]}), ""),
            (&json!("http://keycloak:8080/t"), json!({"allowInsecure": ["http://keycloak:8080/"]}), ""),
            (&plain, json!({"allowInsecure": ["http://a:1"], "origins": ["http://a:1"]}), ""),
            (
                &plain,
                json!({"allowInsecure": "http://a:1"}),
                "allowInsecure: expected true, false or an array of origins, found a string",
            ),
            (
                &plain,
                json!({"allowInsecure": ["http://a:1", "https://a:1"]}),
                "allowInsecure[1]: expected an http: origin, such as \"http://keycloak:8080\"",
            ),
            (
                &plain,
                json!({"allowInsecure": ["keycloak:8080"]}),
                "allowInsecure[0]: expected an http: origin, such as \"http://keycloak:8080\"",
            ),
            (
                &plain,
                json!({"allowInsecure": ["http://a/b"]}),
                "allowInsecure[0]: has a path, a query or a fragment; an origin is scheme, host and port only: \"http://a\"",
            ),
            (
                &plain,
                json!({"allowInsecure": ["http://*.svc"]}),
                "allowInsecure[0]: has a wildcard; write each origin out",
            ),
            (
                &plain,
                json!({"allowInsecure": ["http://u:p@a"]}),
                "allowInsecure[0]: may not hold a user name or a password",
            ),
            (&plain, json!({"allowInsecure": [true]}), "allowInsecure[0]: expected a string, found a boolean"),
        ] {
            let mut all = json!({"provider": provider, "credentials": {"client_id": "a", "client_secret": "s"}});
            for (name, option) in options.as_object().unwrap() {
                all[name] = option.clone();
            }
            let found = ClientConfig::from_json(&all.to_string()).err().map(|error| error.to_string());
            assert_eq!(found.unwrap_or_default(), told, "{all}");
        }
    }

    #[test]
    fn origins_are_no_more_than_that() {
        let options = json!({
            "provider": {"token_endpoint": "{+base_url}/t", "resource_request": {"origins": ["{+base_url}", "https://a.example/"]}},
            "credentials": {"client_id": "a", "client_secret": "s"}, "variables": {"base_url": "https://kc.example:8443/auth/?x"}
        });
        let client = ClientConfig::from_json(&options.to_string()).unwrap();
        assert_eq!(origins(&client).unwrap().unwrap(), ["https://kc.example:8443", "https://a.example"]);
    }

    #[test]
    fn scopes_are_split_at_spaces_and_keep_their_order() {
        let client = ClientConfig::new(Provider::from_token_endpoint("https://h/t").unwrap(), Credentials::new());
        for (scope, found) in [
            (vec!["b a"], vec!["b", "a"]),
            (vec!["b", "a", "b"], vec!["b", "a"]),
            (vec![" b  a ", "c a"], vec!["b", "a", "c"]),
            (vec!["b,a"], vec!["b,a"]),
            (vec![""], vec![]),
            (vec![], vec![]),
        ] {
            assert_eq!(client.clone().with_scope(scope.clone()).scope().unwrap(), found, "{scope:?}");
        }
        assert_eq!(client.scope(), None);
    }

    #[test]
    fn insecure_origins() {
        let client = |origins: &[&str]| {
            let provider = Provider::from_token_endpoint("http://keycloak:8080/t").unwrap();
            let credentials = Credentials::new().with("client_id", "a").with("client_secret", "s");
            ClientConfig::new(provider, credentials).with_insecure_origins(origins.iter().copied()).check().is_ok()
        };
        assert!(client(&["http://keycloak:8080"]));
        assert!(!client(&["http://keycloak"]));
        assert!(!client(&[]));
    }
}
