//! What the templates of one request can name: credentials, variables, captures, and what is made for it.

use core::cell::Cell;
use std::borrow::Cow;

use crate::config::client::ClientConfig;
use crate::config::shape::RequestShape;
use crate::config::template;
use crate::config::template::Escape;
use crate::config::url::check_url;
use crate::config::variables::UNSET;
use crate::ground::base64;
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::json::{named, str_at};
use crate::ground::message::is_header_safe;
use crate::ground::text::has_control;
use crate::ground::time::Timestamp;
use crate::ground::value::{Map, Value};

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
    pub(crate) fn value(&self, name: &str) -> Option<Cow<'_, str>> {
        // A refresh token that the server replaced is newer than the one among the credentials.
        let given = self.refresh_token.filter(|_| name == "refresh_token").map(Secret::expose);
        // Once there is a token, that of a step is known by its long name alone.
        let captured = if name == "access_token" && self.access_token.is_some() { &[] } else { self.captured };
        let given = given.or_else(|| named(captured, name).map(Secret::expose)).or_else(|| self.given(name));
        if let Some(given) = given {
            return Some(given.into());
        }
        let built_in = match name {
            "access_token" => self.access_token.map(|token| token.expose().into()),
            "scope" => self.scope().map(Cow::Owned),
            "token_endpoint" => self.token_endpoint().ok().map(Cow::Owned),
            "issuer" => self.named_issuer().map(Cow::Owned),
            "uuid" => {
                self.varies.set(true);
                Some(self.uuid.as_str().into())
            }
            _ => None,
        };
        built_in.or_else(|| (self.trial == Some(Trial::Credentials)).then_some("trial".into()))
    }

    /// A credential or a variable.
    fn given(&self, name: &str) -> Option<&str> {
        self.credentials.value(name).map(Secret::expose).or_else(|| self.client.variable(name))
    }

    pub(crate) fn render(&self, text: &str, escape: Escape) -> Result<String, String> {
        template::render(text, escape, &|name| self.value(name))
    }

    pub(crate) fn scope(&self) -> Option<String> {
        (!self.requested.is_empty()).then(|| self.requested.join(self.shape.scope_separator()))
    }

    /// A trial before the issuer's metadata say where to and how.
    fn is_to_be_discovered(&self) -> bool {
        self.trial.is_some() && self.shape.token_endpoint().is_empty()
    }

    pub(crate) fn endpoint(&self) -> Result<String, Fault> {
        if self.is_to_be_discovered() {
            return self.issuer();
        }
        self.url(&self.shape.path("token_endpoint"), self.shape.token_endpoint())
    }

    /// That of tokens, for a request to another endpoint too.
    fn token_endpoint(&self) -> Result<String, Fault> {
        if self.asks_for_token {
            return self.endpoint();
        }
        self.url("provider.token_endpoint", self.client.provider.token().token_endpoint())
    }

    /// What `{issuer}` stands for; nothing where the issuer is itself made of a variable of that name.
    fn named_issuer(&self) -> Option<String> {
        let issuer = self.client.provider.text("issuer")?;
        if template::mentions(issuer, "issuer") { None } else { self.issuer().ok() }
    }

    /// Who a client assertion is for: the issuer where it is known, else the URL that is asked. With an audience of the server's own
    /// choice, such as its token endpoint, its metadata could turn an assertion into a login at another server.
    pub(crate) fn audience(&self) -> Result<String, Fault> {
        let has_issuer = !self.shape.is_step() && self.client.provider.text("issuer").is_some();
        if has_issuer { self.issuer() } else { self.endpoint() }
    }

    /// The issuer's identifier, its template filled in.
    ///
    /// # Errors
    /// `ERR_OPTIONS` where it is none: RFC 8414 §2 wants https, and neither query nor fragment.
    pub(crate) fn issuer(&self) -> Result<String, Fault> {
        let path = "provider.issuer";
        let issuer = self.url(path, self.client.provider.text("issuer").unwrap_or_default())?;
        if issuer.contains('?') { Err(Error::options(path, &["may not have a query"])) } else { Ok(issuer) }
    }

    /// A URL, its template filled in and fit to be sent a secret to.
    pub(crate) fn url(&self, path: &str, text: &str) -> Result<String, Fault> {
        let names = template::names(text);
        if names.contains(&"token_endpoint") {
            return Err(Error::options(path, &["refers to itself"]));
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
            value = [scheme, " ", &value].concat();
        }
        // The token of a step, or what was captured, may bring its scheme.
        if value.to_ascii_lowercase().starts_with("bearer bearer ") {
            value = value.split_off(7);
        }
        // Refused here, since what runtimes do to a bad header ranges from trimming it to printing it.
        if !is_header_safe(&value) {
            let reason = "contains a control or a non-ASCII character, which a header cannot carry";
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
                    // Google wants an array of them.
                    if item.as_str() == Some("{scope}") && self.given("scope").is_none() {
                        for value in &self.requested {
                            filled.push(value.as_str().into());
                        }
                    } else if let Some(item) = self.fill(item) {
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
    pub(crate) fn fill_members(&self, members: &Map<String, Value>, is_request: bool) -> Map<String, Value> {
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
            return Err(Error::options(&path, &["is null, but token_endpoint_auth_method needs it"]));
        };
        match self.render(text, Escape::None) {
            Ok(value) if !has_control(&value) => Ok(value),
            Ok(_) => Err(Error::options(&["credentials.", member].concat(), &["has a control character in it"])),
            // The server may support another way.
            Err(_) if self.is_to_be_discovered() => Ok(String::new()),
            Err(name) => Err(self.missing_credential(&name, "; the profile's token_endpoint_auth_method needs it")),
        }
    }

    /// A credential that is not there. `need`: who needs it, where no other name is like it.
    pub(crate) fn missing_credential(&self, name: &str, need: &str) -> Fault {
        self.missing("", name, need)
    }

    /// A variable of a template that has to be there, or the request would be another one: `path` is where the profile names it, and
    /// empty where only the defaults do.
    pub(crate) fn check_known(&self, path: &str, value: &Value, need: &str) -> Result<(), Fault> {
        let mut names = Vec::new();
        template::add_names(value, false, &mut names);
        match names.iter().find(|name| self.value(name).is_none()) {
            // What is missing is missing in the URL itself.
            Some(&"token_endpoint") => self.token_endpoint().map(drop),
            Some(name) => Err(self.missing(path, name, need)),
            None => Ok(()),
        }
    }

    /// What a template at `path` names, and nobody gave.
    fn missing(&self, path: &str, name: &str, need: &str) -> Fault {
        let credential = ["credentials.", name].concat();
        let found = self.credentials.found(name);
        let wrong: &[&str] = if self.credentials.is_unset(name) {
            &[UNSET]
        } else if self.client.is_unset(name) {
            return Error::options(&["variables.", name].concat(), &[UNSET]);
        } else if !path.is_empty() {
            let found = if found.is_empty() { "; is an environment variable not set?" } else { &*found };
            let wrong = ["uses {", name, "}, which is neither in credentials nor in variables", found];
            return Error::options(path, &wrong);
        } else {
            &["missing", if found.is_empty() { need } else { &found }]
        };
        Error::options(&credential, wrong)
    }
}
