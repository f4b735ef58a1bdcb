//! How a request to a token endpoint looks: the profile's own, a refresh's, a step's.

use crate::config::assertion::{Assertion, purpose};
use crate::config::places::{ResponseShape, first_other, laid_over};
use crate::config::schema::{scopes, texts};
use crate::config::words::{AuthMethod, Purpose, RequestFormat, Source};
use crate::ground::error::{Error, Fault};
use crate::ground::json::{get, object_at};
use crate::ground::text::decimal;
use crate::ground::value::{Map, Value};

/// How a request to the token endpoint looks: the profile's own, a refresh's laid over it, or a step's.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RequestShape<'p> {
    pub(super) own: &'p Value,
    pub(super) base: &'p Value,
    pub(super) place: Place,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
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
            Place::Profile => ["provider.", member].concat(),
            Place::Refresh => ["provider.refresh.", member].concat(),
            Place::Step(step) => ["provider.steps[", &decimal(step as u64), "].", member].concat(),
        }
    }

    fn member(&self, name: &str) -> Option<&'p Value> {
        laid_over(self.own, self.base, name)
    }

    fn word(&self, name: &str) -> Option<&'p str> {
        self.member(name)?.as_str()
    }

    /// A template that `null` switches off.
    fn template(&self, name: &str, default: &'static str) -> Option<&'p str> {
        self.member(name).map_or(Some(default), Value::as_str)
    }

    /// A step may be a request to another server.
    pub(crate) fn is_step(&self) -> bool {
        matches!(self.place, Place::Step(_))
    }

    pub(crate) fn token_endpoint(&self) -> &'p str {
        self.word("token_endpoint").unwrap_or_default()
    }

    pub(crate) fn is_get(&self) -> bool {
        self.word("token_endpoint_method") == Some("GET")
    }

    pub(crate) fn auth_method(&self) -> AuthMethod {
        self.word("token_endpoint_auth_method").and_then(AuthMethod::of).unwrap_or(AuthMethod::SecretBasic)
    }

    pub(crate) fn is_basic_raw(&self) -> bool {
        self.word("basic_encoding") == Some("raw")
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
        self.word("scope_separator").unwrap_or(" ")
    }

    pub(crate) fn format(&self) -> RequestFormat {
        let default = if self.is_get() { RequestFormat::Query } else { RequestFormat::Form };
        self.word("request_format").and_then(RequestFormat::of).unwrap_or(default)
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
            given = get(self.base, "assertion").filter(|base| purpose(base) != Purpose::Grant);
        }
        let given = given.unwrap_or(&Value::Null);
        let signs_with_secret = self.auth_method() == AuthMethod::SecretJwt;
        (given.is_object() || self.auth_method().signs()).then_some(Assertion { given, signs_with_secret })
    }

    /// Whether there is an assertion for that purpose.
    pub(crate) fn asserts_for(&self, wanted: Purpose) -> bool {
        self.assertion().is_some_and(|assertion| assertion.purpose() == wanted)
    }

    pub(crate) fn response(&self) -> ResponseShape<'p> {
        let own = get(self.own, "response");
        let base = get(self.base, "response").unwrap_or(&Value::Null);
        ResponseShape { own: own.unwrap_or(base), base }
    }

    /// What no table can say: members that contradict each other.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        match self.contradiction() {
            Some((member, reason)) => Err(Error::options(&self.path(&member), &[reason])),
            None => Ok(()),
        }
    }

    /// The first one, as the member and what is wrong with it.
    fn contradiction(&self) -> Option<(String, &'static str)> {
        let found = |member: &str, reason| Some((member.to_owned(), reason));
        if self.asserts_for(Purpose::AccessToken) {
            return self.contradiction_without_request();
        }
        let has_issuer = self.member("issuer").is_some();
        match self.token_endpoint() {
            "" if !has_issuer => return found("token_endpoint", "missing"),
            "" => {}
            _ if has_issuer && self.place == Place::Profile => {
                return found("token_endpoint", "comes from the issuer's metadata: remove it, or the issuer");
            }
            _ => {}
        }
        let format = self.format();
        if self.is_get() && matches!(format, RequestFormat::Form | RequestFormat::Json) {
            return found("request_format", "a GET has no body: use \"query\" or \"none\"");
        }
        if let Some(parameters) = self.parameters() {
            for (name, parameter) in parameters {
                let reason = match format {
                    RequestFormat::Nowhere => "request_format \"none\" sends no parameters",
                    RequestFormat::Form | RequestFormat::Query if parameter.is_object() => {
                        "only request_format \"json\" can nest"
                    }
                    _ => continue,
                };
                return Some((["parameters.", name].concat(), reason));
            }
        }
        if let Some(assertion) = self.assertion() {
            if let (Some(_), Some(member)) = (assertion.token(), assertion.signing_member()) {
                return found(
                    &["assertion.", member].concat(),
                    "contradicts assertion.token: a JWT that someone else signed is sent as it is",
                );
            }
            if assertion.token().is_some() && assertion.signs_with_secret {
                return found("assertion.token", "requires token_endpoint_auth_method \"private_key_jwt\"");
            }
            if self.auth_method().signs() != (assertion.purpose() == Purpose::ClientAssertion) {
                return found(
                    "assertion.use",
                    "must be \"client_assertion\" with private_key_jwt or client_secret_jwt, and only then",
                );
            }
            if assertion.purpose() == Purpose::Authorization && self.auth_method() != AuthMethod::Public {
                return found("assertion.use", "\"authorization\" requires token_endpoint_auth_method \"none\"");
            }
            if assertion.key_encoding().is_some() && !assertion.alg().is_symmetric() {
                return found("assertion.key_encoding", "is for the shared secret of HS256, HS384 and HS512 only");
            }
        }
        let response = self.response();
        if let Some(expiry) = response.member("expiry")
            && response.expiry().source() == Source::Fixed
            && get(expiry, "seconds").is_none()
        {
            return found("response.expiry.seconds", "missing, but source \"fixed\" requires it");
        }
        if response.member("error_when").is_some() && response.error_when().is_none() {
            return found(
                "response.error_when",
                "needs a pointer, and a list of the values that mean success: { pointer, not: […] }",
            );
        }
        None
    }

    /// The same where the JWT that the client signs is the token.
    fn contradiction_without_request(&self) -> Option<(String, &'static str)> {
        const ALLOWED: &[&str] = &[
            "$schema",
            "name",
            "documentation",
            "defaults",
            "environments",
            "scope",
            "scope_separator",
            "assertion",
            "resource_request",
            "refresh_margin",
        ];
        match self.place {
            // What it inherits is checked where it stands, and a member `refresh` is one too many there.
            Place::Refresh if get(self.own, "assertion").is_none() => return None,
            Place::Refresh | Place::Step(_) => {
                let reason = "\"access_token\" is for the profile itself, which sends no request then";
                return Some(("assertion.use".to_owned(), reason));
            }
            Place::Profile => {}
        }
        if self.assertion().is_some_and(|assertion| assertion.token().is_some()) {
            let reason = "contradicts use \"access_token\", with which the client signs the JWT itself";
            return Some(("assertion.token".to_owned(), reason));
        }
        let member = first_other(self.own, ALLOWED)?;
        Some((member.to_owned(), "assertion.use is \"access_token\": the JWT is the token, and no request is sent"))
    }
}
