//! The provider profile: an authorization server described as data, checked once when it is read.
//!
//! The profile stays the JSON that it is. The views of this module know each member's name and its default.

use core::time::Duration;

use crate::answer::response::same;
use crate::config::members::PROFILE;
use crate::config::schema::check;
use crate::config::template;
use crate::ground::error::{Error, Fault};
use crate::ground::json::{self, Object, get, object_at, str_at};
use crate::ground::text::{concat, decimal, join, split};
use crate::ground::time::Timestamp;
use crate::ground::value::{Map, Value};

/// An authorization server and the API behind it, as the profile describes them.
///
/// Everything but `token_endpoint` has the default of RFC 6749, so `{"token_endpoint": "https://as.example/token"}` is complete.
#[derive(Debug, Clone)]
pub struct Provider {
    profile: Value,
    /// Of an issuer whose metadata were read: the profile as it was given, and until when what it is now is used.
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

    /// A plain RFC 6749 server, known by nothing but its token endpoint.
    ///
    /// # Errors
    /// `ERR_OPTIONS` for an empty one; whether it is a good URL is checked once its variables are known.
    pub fn from_token_endpoint(url: &str) -> Result<Self, Error> {
        Ok(Provider::read(url.into())?)
    }

    /// # Errors
    /// `ERR_OPTIONS` with the member's path.
    pub(crate) fn read(value: Value) -> Result<Self, Fault> {
        let profile = if value.is_string() { Object::new().value("token_endpoint", value).take() } else { value };
        check(&profile, &PROFILE, &mut "provider".to_owned())?;
        let provider = Provider { profile, discovered: None };
        provider.token().check()?;
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

    /// What is known is used a while longer, where anything is.
    pub(crate) fn postpone(&mut self, until: Timestamp) -> bool {
        if let Some((_, known_until)) = &mut self.discovered {
            *known_until = until;
        }
        self.discovered.is_some()
    }

    /// What the profile calls itself.
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

    /// What a `{name}` is where nobody says otherwise.
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

    /// How the API wants the token; `None` where the profile says nothing.
    pub(crate) fn resource(&self, name: &str) -> Option<&Value> {
        get(get(&self.profile, "resource_request")?, name)
    }

    /// How the API tells of a dead token, otherwise than by a 401.
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
    /// `ERR_OPTIONS` where the profile names no such endpoint, or wants an assertion there.
    pub(crate) fn about_token(&self, member: &str, hint: Option<&str>) -> Result<(Value, bool), Fault> {
        let path = concat(&["provider.", member]);
        let endpoint = self.text(member).ok_or_else(|| Error::options(&path, &["missing"]))?;
        let given = self.text(&concat(&[member, "_auth_method"]));
        let by_token = given == Some("bearer");
        let auth_method = if by_token { "none" } else { given.unwrap_or(self.token().auth_method()) };
        if auth_method.ends_with("_jwt") {
            return Err(Error::options(&path, &["cannot be called with a client assertion yet"]));
        }
        let mut shape = Object::new();
        shape
            .text("token_endpoint", endpoint)
            .text("token_endpoint_auth_method", auth_method)
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
        let shape = shape.take();
        Ok((shape, by_token))
    }
}

/// How a request to the token endpoint looks: the profile's own, a refresh's laid over it, or a step's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestShape<'p> {
    own: &'p Value,
    base: &'p Value,
    place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Profile,
    Refresh,
    Step(usize),
}

impl<'p> RequestShape<'p> {
    /// A shape that is no part of a profile.
    pub(crate) fn of(shape: &'p Value) -> Self {
        RequestShape { own: shape, base: &Value::Null, place: Place::Profile }
    }

    /// Where a member of this shape stands in the options.
    pub(crate) fn path(&self, member: &str) -> String {
        match self.place {
            Place::Profile => concat(&["provider.", member]),
            Place::Refresh => concat(&["provider.refresh.", member]),
            Place::Step(step) => concat(&["provider.steps[", &decimal(step as u64), "].", member]),
        }
    }

    fn member(&self, name: &str) -> Option<&'p Value> {
        laid_over(self.own, self.base, name)
    }

    #[inline(never)]
    fn word(&self, name: &str, default: &'static str) -> &'p str {
        self.member(name).and_then(Value::as_str).unwrap_or(default)
    }

    /// A template that `null` switches off.
    fn template(&self, name: &str, default: &'static str) -> Option<&'p str> {
        self.member(name).map_or(Some(default), Value::as_str)
    }

    pub(crate) fn token_endpoint(&self) -> &'p str {
        self.word("token_endpoint", "")
    }

    pub(crate) fn is_get(&self) -> bool {
        self.word("token_endpoint_method", "POST") == "GET"
    }

    pub(crate) fn auth_method(&self) -> &'p str {
        self.word("token_endpoint_auth_method", "client_secret_basic")
    }

    /// `private_key_jwt` or `client_secret_jwt`
    pub(crate) fn signs_to_authenticate(&self) -> bool {
        self.auth_method().ends_with("_jwt")
    }

    pub(crate) fn is_basic_raw(&self) -> bool {
        self.word("basic_encoding", "form") == "raw"
    }

    pub(crate) fn grant_type(&self) -> Option<&'p str> {
        match self.place {
            Place::Refresh => get(self.own, "grant_type").map_or(Some("refresh_token"), Value::as_str),
            _ => self.template("grant_type", "client_credentials"),
        }
    }

    pub(crate) fn scope(&self) -> Vec<String> {
        scopes(self.member("scope"))
    }

    /// `"scope": []` in a refresh sends none, whatever the options name.
    pub(crate) fn sends_scope(&self) -> bool {
        self.place != Place::Refresh || get(self.own, "scope").is_none_or(|own| !texts(Some(own)).is_empty())
    }

    pub(crate) fn scope_separator(&self) -> &'p str {
        self.word("scope_separator", " ")
    }

    /// `form`, `json`, `query` or `none`
    pub(crate) fn format(&self) -> &'p str {
        self.word("request_format", if self.is_get() { "query" } else { "form" })
    }

    /// The template of `client_id` or `client_secret`.
    pub(crate) fn credential(&self, member: &str) -> Option<&'p str> {
        self.template(member, if member == "client_id" { "{client_id}" } else { "{client_secret}" })
    }

    /// `none` sends a client id only where the profile asks for it.
    pub(crate) fn names_client_id(&self) -> bool {
        self.member("client_id").is_some_and(Value::is_string)
    }

    pub(crate) fn parameters(&self) -> Option<&'p Map<String, Value>> {
        // A refresh replaces the parameters, it does not add to them.
        object_at(self.own, "parameters")
    }

    /// The headers, a refresh's over the profile's.
    pub(crate) fn headers(&self) -> Vec<(&'p str, &'p Value)> {
        let mut headers: Vec<(&str, &Value)> = Vec::new();
        for members in [object_at(self.own, "headers"), object_at(self.base, "headers")].into_iter().flatten() {
            for (name, header) in members {
                if !headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                    headers.push((name, header));
                }
            }
        }
        headers.retain(|(_, header)| !header.is_null());
        headers
    }

    pub(crate) fn assertion(&self) -> Option<Assertion<'p>> {
        let mut given = get(self.own, "assertion");
        // A refresh that authenticates in another way leaves the profile's assertion behind, and the token is its grant.
        if given.is_none() && get(self.own, "token_endpoint_auth_method").is_none() {
            given = get(self.base, "assertion").filter(|base| purpose(base) != "grant");
        }
        let given = given.unwrap_or(&Value::Null);
        let signs_with_secret = self.auth_method() == "client_secret_jwt";
        (given.is_object() || self.signs_to_authenticate()).then_some(Assertion { given, signs_with_secret })
    }

    /// Whether there is an assertion for that purpose.
    pub(crate) fn asserts_for(&self, wanted: &str) -> bool {
        self.assertion().is_some_and(|assertion| assertion.purpose() == wanted)
    }

    pub(crate) fn response(&self) -> ResponseShape<'p> {
        let own = get(self.own, "response");
        let base = get(self.base, "response").unwrap_or(&Value::Null);
        ResponseShape { own: own.unwrap_or(base), base }
    }

    /// What no table can say: members that contradict each other.
    fn check(&self) -> Result<(), Fault> {
        match self.contradiction() {
            Some((member, reason)) => Err(Error::options(&self.path(&member), &[reason])),
            None => Ok(()),
        }
    }

    /// The first one, as the member and what is wrong with it.
    fn contradiction(&self) -> Option<(String, &'static str)> {
        let found = |member: &str, reason| Some((member.to_owned(), reason));
        let has_issuer = self.member("issuer").is_some();
        match self.token_endpoint() {
            "" if !has_issuer => return found("token_endpoint", "missing"),
            "" => {}
            _ if has_issuer && self.place == Place::Profile => {
                return found("token_endpoint", "named by the issuer's metadata: leave it out, or the issuer");
            }
            _ => {}
        }
        let format = self.format();
        let is_form = format == "form";
        if self.is_get() && (is_form || format == "json") {
            return found("request_format", "a GET has no body: use \"query\" or \"none\"");
        }
        if let Some(parameters) = self.parameters() {
            for (name, parameter) in parameters {
                let reason = match format {
                    "none" => "request_format \"none\" has no place for it",
                    "form" | "query" if parameter.is_object() => "only request_format \"json\" can nest",
                    _ => continue,
                };
                return Some((concat(&["parameters.", name]), reason));
            }
        }
        if let Some(assertion) = self.assertion() {
            if self.signs_to_authenticate() != (assertion.purpose() == "client_assertion") {
                return found(
                    "assertion.use",
                    "\"client_assertion\" goes with private_key_jwt and client_secret_jwt, and with no other",
                );
            }
            if assertion.purpose() == "authorization" && self.auth_method() != "none" {
                return found("assertion.use", "\"authorization\" wants token_endpoint_auth_method \"none\"");
            }
        }
        let response = self.response();
        if let Some(expiry) = response.member("expiry")
            && str_at(expiry, "source") == Some("fixed")
            && get(expiry, "seconds").is_none()
        {
            return found("response.expiry.seconds", "missing, and source \"fixed\" wants it");
        }
        if response.member("error_when").is_some() && response.error_when().is_none() {
            return found(
                "response.error_when",
                "wants a pointer, and a list of the values that are no error: { pointer, not: […] }",
            );
        }
        None
    }
}

fn purpose(assertion: &Value) -> &str {
    str_at(assertion, "use").unwrap_or("client_assertion")
}

/// A JWT that the client signs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Assertion<'p> {
    given: &'p Value,
    signs_with_secret: bool,
}

impl<'p> Assertion<'p> {
    /// `client_assertion` (RFC 7523 §2.2), `grant` (§2.1) or `authorization`: the request's own bearer token.
    pub(crate) fn purpose(&self) -> &'p str {
        purpose(self.given)
    }

    pub(crate) fn alg(&self) -> Algorithm {
        match str_at(self.given, "alg") {
            Some("PS256") => Algorithm::PS256,
            Some("ES256") => Algorithm::ES256,
            Some("HS256") => Algorithm::HS256,
            None if self.signs_with_secret => Algorithm::HS256,
            _ => Algorithm::RS256,
        }
    }

    /// The credential that holds the key.
    pub(crate) fn key(&self) -> &'p str {
        let default = if self.signs_with_secret { "client_secret" } else { "private_key" };
        str_at(self.given, "key").unwrap_or(default)
    }

    /// Five minutes, unless the profile says otherwise.
    pub(crate) fn lifetime(&self) -> Duration {
        seconds(get(self.given, "lifetime")).unwrap_or(Duration::from_secs(300))
    }

    pub(crate) fn header(&self) -> Map<String, Value> {
        self.over("header", &[])
    }

    /// Those of RFC 7523 §3 for a client assertion, and what the profile says over them; `null` takes one out.
    pub(crate) fn claims(&self) -> Map<String, Value> {
        const CLAIMS: &[(&str, &str)] =
            &[("iss", "{client_id}"), ("sub", "{client_id}"), ("aud", "{token_endpoint}"), ("jti", "{uuid}")];
        self.over("claims", if self.purpose() == "client_assertion" { CLAIMS } else { &[] })
    }

    fn over(&self, name: &str, defaults: &[(&str, &str)]) -> Map<String, Value> {
        let mut members = Map::new();
        for (name, template) in defaults {
            members.insert((*name).to_owned(), (*template).into());
        }
        if let Some(given) = object_at(self.given, name) {
            for (name, member) in given {
                members.insert(name.clone(), member.clone());
            }
        }
        members
    }
}

/// A signature algorithm of RFC 7518 §3.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Algorithm {
    RS256,
    PS256,
    ES256,
    HS256,
}

impl Algorithm {
    /// The name in the JOSE registry.
    pub fn name(self) -> &'static str {
        match self {
            Algorithm::RS256 => "RS256",
            Algorithm::PS256 => "PS256",
            Algorithm::ES256 => "ES256",
            Algorithm::HS256 => "HS256",
        }
    }
}

/// Where in an answer things stand.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ResponseShape<'p> {
    own: &'p Value,
    base: &'p Value,
}

/// A member of a profile's part, or of the part that this one is laid over.
#[inline(never)]
fn laid_over<'p>(own: &'p Value, base: &'p Value, name: &str) -> Option<&'p Value> {
    get(own, name).or_else(|| get(base, name))
}

impl<'p> ResponseShape<'p> {
    fn member(&self, name: &str) -> Option<&'p Value> {
        laid_over(self.own, self.base, name).filter(|member| !member.is_null())
    }

    /// `json`, `text` or `form`
    pub(crate) fn format(&self) -> &'p str {
        self.member("format").and_then(Value::as_str).unwrap_or("json")
    }

    /// Where that member of RFC 6749 §5 is found; `None`: nowhere.
    pub(crate) fn place(&self, name: &str) -> Option<&'p str> {
        match laid_over(self.own, self.base, name) {
            Some(given) => given.as_str(),
            None if name == "access_token" && self.format() == "text" => Some(""),
            None => ["/access_token", "/refresh_token", "/token_type", "/scope", "/error", "/error_description"]
                .into_iter()
                .find(|pointer| pointer.get(1..) == Some(name)),
        }
    }

    pub(crate) fn expiry(&self) -> ExpiryShape<'p> {
        ExpiryShape { given: self.member("expiry").unwrap_or(&Value::Null) }
    }

    /// An error that comes with a 200: where to look, and the values that are none.
    pub(crate) fn error_when(&self) -> Option<(&'p str, &'p [Value])> {
        let when = self.member("error_when")?;
        Some((str_at(when, "pointer")?, get(when, "not")?.as_array()?))
    }

    /// Where a refusal says how long to wait, and in which unit.
    pub(crate) fn retry_after(&self) -> Option<(&'p str, Option<&'p str>)> {
        let told = self.member("retry_after")?;
        Some((str_at(told, "pointer").unwrap_or("/retry_after"), str_at(told, "unit")))
    }

    /// `null` lets any type pass.
    pub(crate) fn allows_type(&self, found: &str) -> bool {
        match laid_over(self.own, self.base, "token_types") {
            Some(Value::Null) => true,
            Some(given) => texts(Some(given)).iter().any(|allowed| allowed.eq_ignore_ascii_case(found)),
            None => found.eq_ignore_ascii_case("bearer"),
        }
    }

    /// What to keep of an answer, and where it stands.
    pub(crate) fn capture(&self) -> Vec<(&'p str, &'p str)> {
        let mut places = Vec::new();
        if let Some(capture) = self.member("capture").and_then(Value::as_object) {
            for (name, place) in capture {
                places.push((name.as_str(), place.as_str().unwrap_or_default()));
            }
        }
        places
    }
}

/// Where an answer says how long the token lives, and in which words.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpiryShape<'p> {
    given: &'p Value,
}

impl<'p> ExpiryShape<'p> {
    #[cfg(test)]
    pub(crate) fn of(given: &'p Value) -> Self {
        ExpiryShape { given }
    }

    fn word(&self, name: &str) -> Option<&'p str> {
        str_at(self.given, name)
    }

    /// `auto`, `expires_in`, `expires_at`, `jwt_exp` or `fixed`
    pub(crate) fn source(&self) -> &'p str {
        self.word("source").unwrap_or("auto")
    }

    pub(crate) fn place(&self) -> &'p str {
        self.word("pointer").unwrap_or(if self.source() == "expires_at" { "/expires_at" } else { "/expires_in" })
    }

    /// `s`, `ms`, `min` or `d:hh:mm`. Named: the value is a span whatever its size.
    pub(crate) fn unit(&self) -> Option<&'p str> {
        self.word("unit")
    }

    /// `unix`, `unix_ms` or `rfc3339`
    pub(crate) fn format(&self) -> &'p str {
        self.word("format").unwrap_or("unix")
    }

    pub(crate) fn seconds(&self) -> Option<Duration> {
        seconds(get(self.given, "seconds"))
    }
}

/// What of an API's answer tells of a dead token: all that the rule names has to hold.
#[derive(Clone, Copy)]
pub(crate) struct Rule<'p>(&'p Value);

impl<'p> Rule<'p> {
    pub(crate) fn pointer(self) -> Option<&'p str> {
        str_at(self.0, "pointer")
    }

    /// Whether the rule's member allows what was found; one that is not there allows anything.
    pub(crate) fn allows(self, member: &str, found: &Value) -> bool {
        match get(self.0, member) {
            None => true,
            Some(Value::Array(items)) => items.iter().any(|item| same(item, found)),
            Some(one) => same(one, found),
        }
    }
}

#[inline(never)]
pub(crate) fn seconds(value: Option<&Value>) -> Option<Duration> {
    // In range, or the check would have refused it; whole milliseconds are enough.
    value?.as_number().map(|seconds| Duration::from_millis(seconds.scaled(3)))
}

/// A string, or an array of strings.
#[inline(never)]
pub(crate) fn texts(value: Option<&Value>) -> Vec<String> {
    match value {
        Some(Value::String(text)) => vec![text.clone()],
        Some(Value::Array(items)) => {
            let mut texts = Vec::new();
            for item in items {
                texts.push(item.as_str().unwrap_or_default().to_owned());
            }
            texts
        }
        _ => Vec::new(),
    }
}

/// The scope values of a text, or of several: each once, in the order in which they came (RFC 6749 §3.3).
pub(crate) fn scopes(value: Option<&Value>) -> Vec<String> {
    let mut scopes = Vec::new();
    for scope in split(&join(&texts(value), " "), " \t\r\n") {
        let scope = scope.to_owned();
        if !scope.is_empty() && !scopes.contains(&scope) {
            scopes.push(scope);
        }
    }
    scopes
}

/// Adds the names that the templates in a value have; `own`: those of its members too.
pub(crate) fn add_names<'v>(value: &'v Value, own: bool, names: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => {
            for name in template::names(text) {
                add_name(name, names);
            }
        }
        Value::Array(items) => {
            for item in items {
                add_names(item, false, names);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                if own {
                    add_name(name, names);
                }
                add_names(member, false, names);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[inline(never)]
fn add_name<'n>(name: &'n str, names: &mut Vec<&'n str>) {
    // Nobody gives the token that is asked for.
    if name != "access_token" && !names.contains(&name) {
        names.push(name);
    }
}
