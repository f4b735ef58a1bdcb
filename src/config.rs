//! What a client is made of: a provider, credentials, and what the caller wants of them.

use std::collections::BTreeMap;
use core::time::Duration;

use crate::credentials::{Credentials, Secret};
use crate::error::Error;
use crate::json::{self, Node};
use crate::provider::Provider;
use crate::template;

/// Everything that shapes a token, checked.
#[derive(Debug, Clone)]
pub struct ClientConfig {
    pub(crate) provider: Provider,
    /// None while only a function knows them, two during a rotation.
    pub(crate) credentials: Vec<Credentials>,
    /// A function knows them: `Next::Credentials` asks for them.
    pub(crate) asks_for_credentials: bool,
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) scope: Option<Vec<String>>,
    pub(crate) parameters: Vec<(String, String)>,
    pub(crate) resource: Vec<String>,
    pub(crate) grant: Option<Grant>,
    pub(crate) origins: Option<Vec<String>>,
    pub(crate) refresh_margin: Option<Duration>,
    pub(crate) default_lifetime: Duration,
    pub(crate) patience: Duration,
    pub(crate) timeout: Duration,
    pub(crate) allow_insecure: bool,
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

const OPTIONS: &[&str] = &[
    "provider",
    "credentials",
    "name",
    "variables",
    "scope",
    "parameters",
    "resource",
    "grant",
    "origins",
    "refreshMargin",
    "defaultLifetime",
    "patience",
    "timeout",
    "allowInsecure",
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
            variables: BTreeMap::new(),
            scope: None,
            parameters: Vec::new(),
            resource: Vec::new(),
            grant: None,
            origins: None,
            refresh_margin: None,
            default_lifetime: Duration::from_secs(3600),
            patience: Duration::from_secs(10),
            timeout: Duration::from_secs(10),
            allow_insecure: false,
        }
    }

    /// Reads the options of the JavaScript API (`createClient`), written as JSON, and [checks](ClientConfig::check) them.
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the member's path.
    pub fn from_json(options: &str) -> Result<Self, Error> {
        let client = ClientConfig::read(options)?;
        if client.credentials.is_empty() {
            return Err(Error::options("credentials", "missing"));
        }
        client.check()?;
        Ok(client)
    }

    /// # Errors
    /// As [`from_json`](ClientConfig::from_json); credentials may be missing, and nothing is tried out.
    pub(crate) fn read(options: &str) -> Result<Self, Error> {
        let value = json::parse(options).map_err(|reason| Error::options("options", reason))?;
        let node = Node::new(&value, "");
        node.allow(OPTIONS)?;
        let provider = node.member("provider").ok_or_else(|| Error::options("provider", "missing"))?;
        let mut client = ClientConfig::new(Provider::read(&provider)?, Credentials::new());
        client.credentials = match node.member("credentials") {
            Some(pair) if pair.value().is_array() => pair.items()?.map(|one| Credentials::read(&one)).collect::<Result<_, _>>()?,
            Some(one) => vec![Credentials::read(&one)?],
            None => Vec::new(),
        };
        if client.credentials.len() > 2 {
            return Err(Error::options("credentials", "two at the most: the old one and the new one"));
        }
        for (name, variable) in members(&node, "variables")? {
            client.variables.insert(name, plain(&variable, variable.string()?)?.to_owned());
        }
        for (name, parameter) in members(&node, "parameters")? {
            if RESERVED.contains(&name.as_str()) || name.starts_with("client_assertion") {
                return Err(parameter.error("is set by the grant and the authentication, not by parameters"));
            }
            client.parameters.push((name, plain(&parameter, parameter.string()?)?.to_owned()));
        }
        client.scope = strings(&node, "scope")?;
        client.resource = strings(&node, "resource")?.unwrap_or_default();
        client.origins = strings(&node, "origins")?;
        client.grant = node.member("grant").map(|grant| Grant::read(&grant)).transpose()?;
        client.refresh_margin = node.member("refreshMargin").map(|margin| margin.seconds()).transpose()?;
        for (name, span) in [
            ("defaultLifetime", &mut client.default_lifetime),
            ("patience", &mut client.patience),
            ("timeout", &mut client.timeout),
        ] {
            if let Some(member) = node.member(name) {
                *span = member.seconds()?;
                if span.is_zero() && name != "patience" {
                    return Err(member.error("must be more than zero"));
                }
            }
        }
        if let Some(allow) = node.member("allowInsecure") {
            client.allow_insecure = allow.boolean()?;
        }
        Ok(client)
    }

    /// Asks for another scope than the profile's.
    pub fn with_scope(mut self, scope: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.scope = Some(scope.into_iter().map(Into::into).collect());
        self
    }

    /// Sets a `{name}` of the profile that is not secret.
    pub fn with_variable(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.variables.insert(name.into(), value.into());
        self
    }

    /// Shows something else for a token than the profile says.
    pub fn with_grant(mut self, grant: Grant) -> Self {
        self.grant = Some(grant);
        self
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
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// The time limit of a token request, after which another may be sent. Default: 10 s.
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Lets `http:` URLs to loopback hosts pass, for tests.
    pub fn with_insecure_loopback(mut self) -> Self {
        self.allow_insecure = true;
        self
    }

    /// A `{name}` that is not secret: the options' value, else that of the environment chosen, else the profile's default.
    pub(crate) fn variable(&self, name: &str) -> Option<&str> {
        let given = |name| self.variables.get(name).or_else(|| self.provider.defaults.get(name));
        let environment = given("environment").and_then(|environment| self.provider.environments.get(environment));
        let value = self.variables.get(name).or_else(|| environment?.get(name)).or_else(|| given(name));
        value.map(String::as_str)
    }

    /// # Errors
    /// `ERR_OPTIONS` for an environment that the profile does not know.
    pub(crate) fn check_environment(&self) -> Result<(), Error> {
        let environments = &self.provider.environments;
        match self.variable("environment") {
            _ if environments.is_empty() => Ok(()),
            Some(chosen) if environments.contains_key(chosen) => Ok(()),
            _ => {
                let names: Vec<&str> = environments.keys().map(String::as_str).collect();
                Err(Error::options("variables.environment", format!("expected {}", names.join(" | "))))
            }
        }
    }

    /// The time limit of a token request.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }
}

impl Grant {
    fn read(node: &Node<'_>) -> Result<Self, Error> {
        let required = |name: &str| -> Result<String, Error> {
            let member = node.member(name).ok_or_else(|| Error::options(format!("{}.{name}", node.path()), "missing"))?;
            let text = member.string()?;
            if text.is_empty() { Err(member.error("is empty")) } else { plain(&member, text).map(str::to_owned) }
        };
        let grant_type = required("type")?;
        match grant_type.as_str() {
            "client_credentials" => {
                node.allow(&["type"])?;
                Ok(Grant::ClientCredentials)
            }
            "password" => {
                node.allow(&["type", "username", "password"])?;
                Ok(Grant::Password { username: required("username")?, password: Secret::new(required("password")?) })
            }
            "refresh_token" => {
                node.allow(&["type", "refreshToken"])?;
                Ok(Grant::RefreshToken(Secret::new(required("refreshToken")?)))
            }
            "authorization_code" => {
                node.allow(&["type", "code", "redirectUri", "codeVerifier"])?;
                Ok(Grant::AuthorizationCode {
                    code: Secret::new(required("code")?),
                    redirect_uri: required("redirectUri")?,
                    code_verifier: node.member("codeVerifier").map(|_| required("codeVerifier")).transpose()?.map(Secret::new),
                })
            }
            _ => {
                node.allow(&["type", "parameters"])?;
                let mut parameters = Vec::new();
                for (name, parameter) in members(node, "parameters")? {
                    parameters.push((name, Secret::new(plain(&parameter, parameter.string()?)?)));
                }
                Ok(Grant::Extension { grant_type, parameters })
            }
        }
    }
}

fn members<'v>(node: &Node<'v>, name: &str) -> Result<Vec<(String, Node<'v>)>, Error> {
    let Some(member) = node.member(name) else { return Ok(Vec::new()) };
    Ok(member.members()?.map(|(name, member)| (name.to_owned(), member)).collect())
}

fn strings(node: &Node<'_>, name: &str) -> Result<Option<Vec<String>>, Error> {
    let Some(member) = node.member(name) else { return Ok(None) };
    let strings = member.strings()?;
    for text in &strings {
        plain(&member, text)?;
    }
    Ok(Some(strings))
}

/// A value that ends up in a request: no control characters, since a line break could forge a header or a log line.
fn plain<'t>(node: &Node<'_>, text: &'t str) -> Result<&'t str, Error> {
    if text.chars().any(char::is_control) { Err(node.error("has a control character in it")) } else { Ok(text) }
}

/// Refuses a URL that a secret may not be sent to.
///
/// # Errors
/// `ERR_OPTIONS` at `path`: not https (http is allowed to loopback hosts where `allow_insecure`), userinfo, a fragment, a bad host.
pub(crate) fn check_url(url: &str, path: &str, allow_insecure: bool) -> Result<(), Error> {
    let error = |reason: &str| Err(Error::options(path, reason));
    if !url.bytes().all(|b| b.is_ascii_graphic() && b != b'\\') {
        return error("has a space, a control, a non-ASCII character or a backslash in it");
    }
    let Some((scheme, rest)) = url.split_once("://") else { return error("is no absolute https: URL") };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, after) = rest.split_at_checked(end).unwrap_or((rest, ""));
    if authority.contains('@') {
        return error("may not hold a user name or a password");
    }
    if after.contains('#') {
        return error("may not have a fragment");
    }
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port),
        _ => (authority, ""),
    };
    let is_name = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    let is_address = |b: u8| b.is_ascii_hexdigit() || b":.".contains(&b);
    let good_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => !address.is_empty() && address.bytes().all(is_address),
        None => !host.is_empty() && host.bytes().all(is_name),
    };
    if !good_host || !(port.is_empty() || port.parse::<u16>().is_ok()) {
        return error("has no good host; is a variable of it percent-encoded? (`{+host}` inserts it as it is)");
    }
    match scheme.to_ascii_lowercase().as_str() {
        "https" => Ok(()),
        "http" if allow_insecure && is_loopback(host) => Ok(()),
        "http" if allow_insecure => error("is http: and not to a loopback host"),
        _ => error("is not https:"),
    }
}

fn is_loopback(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let is_v4 = host.strip_prefix("127.").is_some_and(|rest| {
        rest.split('.').count() == 3 && rest.split('.').all(|part| part.parse::<u8>().is_ok())
    });
    is_v4 || host == "localhost" || host.ends_with(".localhost") || host == "[::1]"
}

/// The origins that the token may be sent to: the options', else the profile's, its templates filled in.
pub(crate) fn origins(client: &ClientConfig) -> Result<Option<Vec<String>>, Error> {
    let (list, path) = match &client.origins {
        Some(given) => (given, "origins"),
        None if client.provider.resource.origins.is_empty() => return Ok(None),
        None => (&client.provider.resource.origins, "provider.resource_request.origins"),
    };
    let mut origins = Vec::new();
    for (index, origin) in list.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let variable = |name: &str| client.variable(name).map(Into::into);
        let origin = template::render(origin, template::Escape::Percent, variable)
            .map_err(|name| Error::options(&path, format!("nobody gave variables.{name}")))?;
        check_url(&origin, &path, client.allow_insecure)?;
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
            "", "as.example/token", "http://as.example/t", "ftp://h/", "https://u:p@h/", "https://u@h", "https:///t", "https://h:99999/",
            "https://h/#f", "https://h/a b", "https://é.example/", "https://h%3A80/", "https://h\\@evil/", "https:/h", "javascript:0",
        ] {
            assert!(!check(bad, false), "{bad}");
        }
        for loopback in ["http://127.0.0.1:1/t", "http://localhost/t", "http://a.localhost/", "http://[::1]:80/"] {
            assert!(check(loopback, true) && !check(loopback, false), "{loopback}");
        }
        for other in ["http://127.0.0.1.evil.example/", "http://10.0.0.1/", "http://localhost.evil.example/", "http://127.1/"] {
            assert!(!check(other, true), "{other}");
        }
    }
}
