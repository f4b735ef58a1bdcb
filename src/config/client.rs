//! The configuration of a client: a provider, credentials and options.

use core::time::Duration;

use crate::config::grant::{Grant, check_grant};
use crate::config::provider::Provider;
use crate::config::schema::{Shape, check, enter, scopes, seconds};
use crate::config::sharing::Sharing;
use crate::config::url::Insecure;
use crate::config::words::{GrantType, Purpose};
use crate::ground::credentials::Credentials;
use crate::ground::error::{Error, Fault};
use crate::ground::json;
use crate::ground::json::{Object, Wiped, get, object_at, str_at};
use crate::ground::text::has_control;
use crate::ground::value::Value;

/// The configuration of a client: provider, credentials and options.
#[derive(Clone)]
pub struct ClientConfig {
    pub(crate) provider: Provider,
    /// Empty while the caller provides them by a function; two sets during a rotation.
    pub(crate) credentials: Vec<Credentials>,
    /// The caller provides them: `Next::Credentials` requests them.
    pub(crate) asks_for_credentials: bool,
    timeout: Duration,
    patience: Duration,
    default_lifetime: Duration,
    refresh_margin: Option<Duration>,
    scope: Option<Vec<String>>,
    insecure: Insecure,
    sharing: Sharing,
    store_timeout: Duration,
    /// All members of the JavaScript API's options. Variables, parameters, origins and the grant stay JSON: they are texts that
    /// travel as they are, under the names that they have there.
    pub(super) options: Wiped,
}

impl core::fmt::Debug for ClientConfig {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ClientConfig").field("provider", &self.provider.name()).finish_non_exhaustive()
    }
}

pub(crate) const CONTROL: &str = "has a control character in it";

/// Parameters that the grant and the authentication set; `parameters` may not contain them.
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
    // `null` says that there is one.
    ("sign", Shape::Nullable(&Shape::Function)),
]]);

impl ClientConfig {
    /// Creates a client of this provider with the default options.
    ///
    /// ```
    /// use bearerkit::{ClientConfig, Credentials, Provider};
    /// let provider = Provider::from_token_endpoint("https://as.example/token")?;
    /// let client = ClientConfig::new(provider, Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t"));
    /// client.check()?;
    /// # Ok::<(), bearerkit::Error>(())
    /// ```
    pub fn new(provider: Provider, credentials: Credentials) -> Self {
        ClientConfig::with_options(provider, vec![credentials], Wiped::default())
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
    /// As [`from_json`](ClientConfig::from_json); credentials may be missing, and `check` is not run.
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
                    let mut path = ["credentials[", if index == 0 { "0" } else { "1" }, "]"].concat();
                    credentials.push(Credentials::read(one, &mut path)?);
                }
            }
            Some(Value::Array(_)) => {
                return Err(Error::options("credentials", &["at most two: the old and the new ones"]));
            }
            Some(one) => credentials.push(Credentials::read(one, &mut "credentials".to_owned())?),
            None if provider.is_obtained() => credentials.push(Credentials::new()),
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
        let client = ClientConfig::with_options(provider, credentials, options);
        for (name, _) in client.parameters() {
            if RESERVED.contains(&name) || name.starts_with("client_assertion") {
                let path = ["parameters.", name].concat();
                return Err(Error::options(&path, &["is set by the grant and the authentication, not by parameters"]));
            }
        }
        if let Some(grant) = client.grant() {
            check_grant(grant, client.provider.token().asserts_for(Purpose::Grant))?;
        }
        if client.provider.token().asserts_for(Purpose::AccessToken) {
            for name in ["grant", "parameters", "resource"] {
                if client.option(name).is_some() {
                    let reason = "the profile's assertion is the token, and no request is sent that this could go with";
                    return Err(Error::options(name, &[reason]));
                }
            }
        }
        Ok(client)
    }

    /// `options` have been checked.
    fn with_options(provider: Provider, credentials: Vec<Credentials>, options: Wiped) -> Self {
        let span = |name| seconds(get(&options.0, name));
        ClientConfig {
            provider,
            credentials,
            asks_for_credentials: false,
            timeout: span("timeout").unwrap_or(Duration::from_secs(10)),
            patience: span("patience").unwrap_or(Duration::from_secs(10)),
            default_lifetime: span("defaultLifetime").unwrap_or(Duration::from_secs(3600)),
            refresh_margin: span("refreshMargin"),
            scope: get(&options.0, "scope").map(|scope| scopes(Some(scope))),
            insecure: Insecure::read(get(&options.0, "allowInsecure")),
            sharing: Sharing::None,
            store_timeout: Duration::from_secs(1),
            options,
        }
    }

    pub(crate) fn option(&self, name: &str) -> Option<&Value> {
        get(&self.options.0, name)
    }

    pub(crate) fn with_option(mut self, name: &str, value: Value) -> Self {
        if let Value::Object(options) = &mut self.options.0 {
            options.insert(name.to_owned(), value);
        } else {
            self.options = Wiped(Object::new().value(name, value).take());
        }
        self
    }

    /// Requests this scope instead of the profile's. A string may hold several values, separated by spaces.
    pub fn with_scope(self, scope: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let given: Vec<String> = scope.into_iter().map(Into::into).collect();
        ClientConfig { scope: Some(scopes(Some(&given.into()))), ..self }
    }

    /// Uses this grant instead of the profile's.
    pub fn with_grant(self, grant: Grant) -> Self {
        self.with_option("grant", grant.into_value())
    }

    /// Takes the credentials from the caller: each token request asks for them with `Next::Credentials`.
    pub fn with_asked_credentials(mut self) -> Self {
        self.credentials.clear();
        self.asks_for_credentials = true;
        self
    }

    /// The caller signs with a key that is not among the credentials, such as one in a KMS or an HSM: `SigningInput::key` is empty then.
    pub fn with_signer(self) -> Self {
        self.with_option("sign", Value::Null)
    }

    /// Whether the key may be elsewhere.
    pub(crate) fn has_signer(&self) -> bool {
        self.option("sign").is_some()
    }

    /// Adds a second set of credentials, for a rotation. It is tried once if the first set is refused; the machine
    /// remembers which set worked.
    pub fn with_other_credentials(mut self, credentials: Credentials) -> Self {
        self.credentials.push(credentials);
        self
    }

    /// How long a call waits for a cooldown to end. With zero it never waits. Default: 10 s.
    pub fn with_patience(self, patience: Duration) -> Self {
        ClientConfig { patience, ..self }
    }

    /// The time limit of a token request, after which another may be sent. Default: 10 s.
    pub fn with_timeout(self, timeout: Duration) -> Self {
        ClientConfig { timeout, ..self }
    }

    /// How long before its expiry a token is renewed. Default: 300 s, at most a tenth of the lifetime.
    pub fn with_refresh_margin(self, margin: Duration) -> Self {
        ClientConfig { refresh_margin: Some(margin), ..self }
    }

    /// The lifetime of a token whose response states none. Default: one hour.
    pub fn with_default_lifetime(self, lifetime: Duration) -> Self {
        ClientConfig { default_lifetime: lifetime, ..self }
    }

    /// Shares the token with the other instances of this client through a store: see [`Next::Load`](crate::Next::Load).
    /// The machines that share one need different seeds.
    pub fn with_sharing(self, sharing: Sharing) -> Self {
        ClientConfig { sharing, ..self }
    }

    /// The time limit of one call of the shared store. Default: 1 s.
    pub fn with_store_timeout(self, limit: Duration) -> Self {
        ClientConfig { store_timeout: limit, ..self }
    }

    /// Allows `http:` URLs to loopback hosts, for tests.
    pub fn with_insecure_loopback(self) -> Self {
        ClientConfig { insecure: Insecure::Loopback, ..self }
    }

    /// Allows `http:` URLs to these origins only, inside a network that you trust: `["http://keycloak:8080"]`.
    /// Replaces [`with_insecure_loopback`](ClientConfig::with_insecure_loopback).
    pub fn with_insecure_origins(self, origins: impl IntoIterator<Item = impl Into<String>>) -> Self {
        ClientConfig { insecure: Insecure::Origins(origins.into_iter().map(Into::into).collect()), ..self }
    }

    /// The time limit of a token request.
    pub fn timeout(&self) -> Duration {
        self.timeout
    }

    #[cfg(all(target_arch = "wasm32", feature = "js", feature = "sharing"))]
    pub(crate) fn share(&mut self, sharing: Sharing, limit: Duration) {
        (self.sharing, self.store_timeout) = (sharing, limit);
    }

    pub(crate) fn sharing(&self) -> Sharing {
        self.sharing
    }

    pub(crate) fn store_timeout(&self) -> Duration {
        self.store_timeout
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    pub(crate) fn default_lifetime(&self) -> Duration {
        self.default_lifetime
    }

    /// The margin from the options or the profile.
    pub(crate) fn refresh_margin(&self) -> Option<Duration> {
        self.refresh_margin.or_else(|| self.provider.refresh_margin())
    }

    pub(crate) fn allow_insecure(&self) -> &Insecure {
        &self.insecure
    }

    pub(crate) fn scope(&self) -> Option<Vec<String>> {
        self.scope.clone()
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

    pub(crate) fn grant_type(&self) -> Option<GrantType> {
        GrantType::of(self.grant_member("type")?)
    }

    pub(crate) fn grant_member(&self, name: &str) -> Option<&str> {
        str_at(self.grant()?, name)
    }
}

/// Names and pasted values may not contain control characters, such as a line break at the end. The values of
/// parameters may: they are sent encoded.
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

#[cfg(test)]
mod tests {
    use super::*;

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
}
