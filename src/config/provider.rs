//! The provider profile: an authorization server described as data, checked once when it is read.
//!
//! A profile is kept as JSON: templates and places stay texts until there is a request or a response, and a refresh overrides the profile
//! member by member. `members.rs` has checked every type; the views know each member's name, type and default.

use core::time::Duration;

use crate::config::members::PROFILE;
use crate::config::places::Rule;
use crate::config::schema::{check, seconds};
use crate::config::shape::{Place, RequestShape};
use crate::config::template::{add_name, add_names};
use crate::config::words::AuthMethod;
use crate::ground::error::{Error, Fault};
use crate::ground::json;
use crate::ground::json::{Object, get, object_at, str_at};
use crate::ground::time::Timestamp;
use crate::ground::value::{Map, Value};

/// An authorization server and the API behind it, as the profile describes them.
///
/// Every member except `token_endpoint` has the default of RFC 6749, so `{"token_endpoint": "https://as.example/token"}` is complete.
#[derive(Debug, Clone)]
pub struct Provider {
    profile: Value,
    /// After the issuer's metadata were read: the profile as it was given, and until when the metadata are used.
    discovered: Option<(Value, Timestamp)>,
}

impl Provider {
    /// Reads a profile.
    ///
    /// ```
    /// let fuuffy = bearerkit::Provider::from_json(include_str!("../../providers/fuuffy.json"))?;
    /// assert_eq!(fuuffy.name(), Some("Fuuffy"));
    /// # Ok::<(), bearerkit::Error>(())
    /// ```
    ///
    /// # Errors
    /// `ERR_OPTIONS` with the member's path: an unknown member, a wrong type, a contradiction.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        Ok(Provider::read(json::parse(text).map_err(|reason| Error::options("provider", &[reason]))?)?)
    }

    /// Creates a plain RFC 6749 provider from its token endpoint alone.
    ///
    /// # Errors
    /// `ERR_OPTIONS` for an empty text; the URL is checked once its variables are known.
    pub fn from_token_endpoint(url: &str) -> Result<Self, Error> {
        Ok(Provider::read(url.into())?)
    }

    /// Creates a provider whose token the caller obtains: each token request asks for it with
    /// [`Next::Obtain`](crate::Next::Obtain).
    ///
    /// A profile with `"token": true` in the place of a `token_endpoint` is the same, and may have a `response`, a
    /// `resource_request` and whatever else does not describe a token request.
    pub fn obtained(name: &str) -> Self {
        let profile = Object::new().text("name", name).value("token", true.into()).take();
        Provider { profile, discovered: None }
    }

    /// Whether the caller obtains the token.
    pub(crate) fn is_obtained(&self) -> bool {
        self.flag("token")
    }

    /// # Errors
    /// `ERR_OPTIONS` with the member's path.
    pub(crate) fn read(value: Value) -> Result<Self, Fault> {
        let profile = if value.is_string() { Object::new().value("token_endpoint", value).take() } else { value };
        check(&profile, &PROFILE, &mut "provider".to_owned())?;
        let provider = Provider { profile, discovered: None };
        provider.token().check()?;
        if provider.is_obtained() {
            return Ok(provider);
        }
        provider.refresh().check()?;
        for step in 0..provider.steps() {
            provider.step(step).check()?;
        }
        Ok(provider)
    }

    /// Whether its endpoints are known: named by the profile, or by metadata that are not too old.
    pub(crate) fn is_known(&self, now: Timestamp) -> bool {
        self.text("issuer").is_none() || self.discovered.as_ref().is_some_and(|(_, until)| now < *until)
    }

    /// The profile as it was given.
    pub(crate) fn own(&self) -> Map<String, Value> {
        let own = self.discovered.as_ref().map_or(&self.profile, |(own, _)| own);
        own.as_object().cloned().unwrap_or_default()
    }

    /// The profile as the issuer's metadata complete it.
    pub(crate) fn discovered(&mut self, profile: Value, until: Timestamp) {
        let own = Value::Object(self.own());
        self.profile = profile;
        self.discovered = Some((own, until));
    }

    /// Uses the known metadata a while longer, if there are any.
    pub(crate) fn postpone(&mut self, until: Timestamp) -> bool {
        if let Some((_, known_until)) = &mut self.discovered {
            *known_until = until;
        }
        self.discovered.is_some()
    }

    /// The profile's name.
    pub fn name(&self) -> Option<&str> {
        self.text("name")
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        str_at(&self.profile, name)
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        get(&self.profile, name).and_then(Value::as_bool) == Some(true)
    }

    pub(crate) fn refresh_margin(&self) -> Option<Duration> {
        seconds(get(&self.profile, "refresh_margin"))
    }

    /// The default value of `{name}`.
    pub(crate) fn default(&self, name: &str) -> Option<&str> {
        str_at(get(&self.profile, "defaults")?, name)
    }

    /// What the variable `environment` stands for: further variables, by its value.
    pub(crate) fn environments(&self) -> Option<&Map<String, Value>> {
        object_at(&self.profile, "environments")
    }

    /// Adds the names that its templates have, and those that it gives values to.
    pub(crate) fn add_names<'n>(&'n self, names: &mut Vec<&'n str>) {
        add_names(&self.profile, false, names);
        add_names(get(&self.profile, "defaults").unwrap_or(&Value::Null), true, names);
        for (_, environment) in self.environments().into_iter().flatten() {
            add_name("environment", names);
            add_names(environment, true, names);
        }
    }

    pub(crate) fn token(&self) -> RequestShape<'_> {
        RequestShape { own: &self.profile, base: &Value::Null, place: Place::Profile }
    }

    pub(crate) fn refresh(&self) -> RequestShape<'_> {
        RequestShape {
            own: get(&self.profile, "refresh").unwrap_or(&Value::Null),
            base: &self.profile,
            place: Place::Refresh,
        }
    }

    pub(crate) fn steps(&self) -> usize {
        get(&self.profile, "steps").and_then(Value::as_array).map_or(0, Vec::len)
    }

    pub(crate) fn step(&self, number: usize) -> RequestShape<'_> {
        let own = get(&self.profile, "steps").and_then(|steps| steps.get(number)).unwrap_or(&Value::Null);
        RequestShape { own, base: &Value::Null, place: Place::Step(number) }
    }

    /// A member of `resource_request`; `None` if the profile does not set it.
    pub(crate) fn resource(&self, name: &str) -> Option<&Value> {
        get(get(&self.profile, "resource_request")?, name)
    }

    /// How the API reports a dead token other than by a 401.
    pub(crate) fn invalid_token_rules(&self) -> impl Iterator<Item = Rule<'_>> {
        let rules = match self.resource("invalid_token_when") {
            Some(Value::Array(items)) => items,
            Some(one) => core::slice::from_ref(one),
            None => &[],
        };
        rules.iter().map(Rule)
    }

    /// The request to another endpoint, about the token `{token}`, as a shape of its own; whether that token is the authorization.
    ///
    /// # Errors
    /// `ERR_OPTIONS` where the profile names no such endpoint.
    pub(crate) fn about_token(&self, member: &str, hint: Option<&str>) -> Result<(Value, bool), Fault> {
        let path = ["provider.", member].concat();
        let endpoint = self.text(member).ok_or_else(|| Error::options(&path, &["missing"]))?;
        let word = self.text(&[member, "_auth_method"].concat());
        let by_token = word == Some("bearer");
        // A certificate is the connection's: to the request, it and the token itself are as good as nothing.
        let named = |word| AuthMethod::of(word).unwrap_or(AuthMethod::Public);
        let auth_method = word.map_or_else(|| self.token().auth_method(), named);
        let mut shape = Object::new();
        shape
            .text("token_endpoint", endpoint)
            .text("token_endpoint_auth_method", auth_method.word())
            .text("grant_type", None)
            .object("parameters", Object::new().text("token", "{token}").text("token_type_hint", hint))
            .object("headers", Object::new().text("authorization", by_token.then_some("Bearer {token}")));
        for name in ["basic_encoding", "client_id", "client_secret"] {
            if by_token {
                shape.text(name, None);
            } else if let Some(own) = get(&self.profile, name) {
                shape.value(name, own.clone());
            } else if name == "client_id" {
                // Named here, or a public client would not send it.
                shape.text(name, "{client_id}");
            }
        }
        if auth_method.signs()
            && auth_method == self.token().auth_method()
            && let Some(own) = get(&self.profile, "assertion")
        {
            shape.value("assertion", own.clone());
        }
        let shape = shape.take();
        Ok((shape, by_token))
    }
}
