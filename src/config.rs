//! What a client is made of: a provider, credentials, and what the caller wants of them.

use core::time::Duration;

use crate::value::Value;

use crate::credentials::{Credentials, Secret};
use crate::error::{Error, Fault};
use crate::json::{self, Object, Wiped, get, object_at, str_at};
use crate::provider::{Provider, seconds, texts};
use crate::schema::{Shape, check, enter};
use crate::template;
use crate::text::{concat, decimal, has, has_control, join, lower, number, position, split, split_once};

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

const OPTIONS: Shape = Shape::Object(&[&[
    ("provider", Shape::Any),
    ("credentials", Shape::Any),
    ("name", Shape::Text),
    ("variables", Shape::Variables(&Shape::Text)),
    ("scope", Shape::Texts),
    ("parameters", Shape::Map(&Shape::Text)),
    ("resource", Shape::Texts),
    ("grant", Shape::Map(&Shape::Any)),
    ("origins", Shape::Texts),
    ("refreshMargin", Shape::Seconds),
    ("defaultLifetime", Shape::Seconds),
    ("patience", Shape::Seconds),
    ("timeout", Shape::Seconds),
    ("allowInsecure", Shape::Flag),
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
        let provider = take("provider").ok_or_else(|| Error::options("provider", &["missing"]))?;
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
        for name in ["variables", "parameters", "scope", "resource", "grant"] {
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

    /// Asks for another scope than the profile's.
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

    pub(crate) fn allow_insecure(&self) -> bool {
        self.option("allowInsecure").and_then(Value::as_bool) == Some(true)
    }

    pub(crate) fn scope(&self) -> Option<Vec<String>> {
        self.option("scope").map(|scope| texts(Some(scope)))
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
        let given = |name| str_at(self.option("variables")?, name);
        let chosen = || given("environment").or_else(|| self.provider.default("environment"));
        let of_environment = || str_at(self.provider.environments()?.get(chosen()?)?, name);
        given(name).or_else(of_environment).or_else(|| self.provider.default(name))
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
            return Err(Error::options(&path, &["unknown member of this grant"]));
        }
    }
    Ok(())
}

/// What ends up in a request has no control characters: a line break could forge a header or a log line.
fn check_plain(value: &Value, path: &mut String) -> Result<(), Fault> {
    match value {
        Value::String(text) if has_control(text) => Err(Error::options(path, &["has a control character in it"])),
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

/// Refuses a URL that a secret may not be sent to.
///
/// # Errors
/// `ERR_OPTIONS` at `path`: not https (http is allowed to loopback hosts where `allow_insecure`), userinfo, a fragment, a bad host.
pub(crate) fn check_url(url: &str, path: &str, allow_insecure: bool) -> Result<(), Fault> {
    match complaint(url, allow_insecure) {
        Some(reason) => Err(Error::options(path, &[reason])),
        None => Ok(()),
    }
}

/// What is wrong with a URL that a secret is to be sent to.
pub(crate) fn complaint(url: &str, allow_insecure: bool) -> Option<&'static str> {
    if !url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return Some("has a space, a control, a non-ASCII character or a backslash in it");
    }
    let (scheme, rest) = split_once(url, ":").unwrap_or_default();
    let Some(rest) = rest.strip_prefix("//") else { return Some("is no absolute https: URL") };
    let end = position(rest, "/?#").unwrap_or(rest.len());
    let (authority, after) = rest.split_at_checked(end)?;
    if has(authority, "@") {
        return Some("may not hold a user name or a password");
    }
    if has(after, "#") {
        return Some("may not have a fragment");
    }
    let (host, port) = if let Some(inner) = authority.strip_prefix('[') {
        let (address, port) = split_once(inner, "]").unwrap_or_default();
        (address, port)
    } else {
        let at = position(authority, ":").unwrap_or(authority.len());
        authority.split_at_checked(at)?
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
        return Some("has no good host; is a variable of it percent-encoded? (`{+host}` inserts it as it is)");
    }
    match lower(scheme).as_str() {
        "https" => None,
        "http" if allow_insecure && is_loopback(&lower(host)) => None,
        "http" if allow_insecure => Some("is http: and not to a loopback host"),
        "http" if is_loopback(&lower(host)) => Some("is not https:; allowInsecure lets http: to loopback pass"),
        _ => Some("is not https:"),
    }
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
    for (index, origin) in texts(given).iter().enumerate() {
        let path = concat(&[path, "[", &decimal(index as u64), "]"]);
        let variable = |name: &str| client.variable(name).map(Into::into);
        let origin = template::render(origin, template::Escape::Percent, &variable)
            .map_err(|name| Error::options(&path, &["nobody gave variables.", &name]))?;
        check_url(&origin, &path, client.allow_insecure())?;
        origins.push(origin);
    }
    Ok(Some(origins))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let check = |url, insecure| check_url(url, "x", insecure).is_ok();
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
            let message = check_url(loopback, "x", false).map_err(|fault| fault.message()).unwrap_err();
            assert_eq!(message, "x: is not https:; allowInsecure lets http: to loopback pass");
        }
        for other in
            ["http://127.0.0.1.evil.example/", "http://10.0.0.1/", "http://localhost.evil.example/", "http://127.1/"]
        {
            assert!(!check(other, true), "{other}");
        }
    }
}
