//! The parameters of a token request, in order: grant, scope, authentication, all else.

use crate::config::grant::{GRANT_MEMBERS, TOKEN_TYPES};
use crate::config::shape::RequestShape;
use crate::config::template::{Escape, add_names, names};
use crate::config::words::{AuthMethod, GrantType, Purpose};
use crate::ground::error::Fault;
use crate::ground::json::{get, object_at};
use crate::ground::value::{Map, Value};
use crate::request::assertion::check_jwt;
use crate::request::scope::Scope;

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
pub(crate) fn parameters(scope: &Scope<'_>, grant: Option<&Value>, jwt: &str) -> Result<Vec<(String, Value)>, Fault> {
    let shape = &scope.shape;
    let own = shape.parameters().map(|own| scope.fill_members(own, true)).unwrap_or_default();
    let mut parameters = Parameters { own, pairs: Vec::new() };
    grant_parameters(scope, grant, &mut parameters)?;
    if shape.asserts_for(Purpose::Grant) {
        parameters.add("assertion", jwt);
    }
    if let Some(joined) = scope.scope()
        && !places_scope(shape)
    {
        parameters.add("scope", &joined);
    }
    let auth_method = shape.auth_method();
    if auth_method == AuthMethod::SecretPost || (auth_method == AuthMethod::Public && shape.names_client_id()) {
        parameters.add("client_id", &scope.credential("client_id")?);
    }
    if auth_method == AuthMethod::SecretPost {
        parameters.add("client_secret", &scope.credential("client_secret")?);
    }
    if auth_method.signs() {
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
        // The first `required` of them nobody can do without.
        let (names, required): (&[&str], usize) = match GrantType::of(grant_type) {
            Some(GrantType::Password) => (&["username", "password"], 0),
            Some(GrantType::RefreshToken) => (&["refresh_token"], 0),
            Some(GrantType::TokenExchange) => (EXCHANGED, 1),
            Some(GrantType::JwtBearer | GrantType::Saml2Bearer) if !scope.shape.asserts_for(Purpose::Grant) => {
                (&["assertion"], 1)
            }
            _ => (&[], 0),
        };
        let chosen = scope.client.parameters();
        for (index, name) in names.iter().enumerate() {
            if scope.asks_for_token && chosen.iter().any(|(known, _)| known == name) {
                continue;
            }
            let value = scope.value(name).unwrap_or_default();
            let is_needed = index < required || scope.credentials.is_unset(name);
            if value.is_empty() && is_needed && !parameters.own.contains_key(name) {
                return Err(scope.missing_credential(name, "; the profile's grant_type needs it"));
            }
            if ["subject_token", "assertion"].contains(name) && !grant_type.ends_with("saml2-bearer") {
                check_jwt(&["credentials.", name].concat(), &value)?;
            }
            let value = match *name {
                "actor_token_type" if scope.value("actor_token").is_none() => continue,
                // Nothing is exchanged more often than the JWT of a platform.
                "subject_token_type" | "actor_token_type" if value.is_empty() => "jwt",
                _ => &*value,
            };
            parameters.add(name, &token_type(name, value));
        }
        return Ok(());
    };
    for (member, name) in GRANT_MEMBERS {
        match get(grant, member) {
            Some(Value::String(text)) => parameters.add(name, &token_type(name, text)),
            // An audience may be several (RFC 8693 §2.1).
            Some(Value::Array(several)) => parameters.add_value(name, Value::Array(several.clone())),
            _ => {}
        }
    }
    if let Some(further) = object_at(grant, "parameters") {
        for (name, value) in further {
            parameters.add(name, value.as_str().unwrap_or_default());
        }
    }
    Ok(())
}

/// What a token exchange takes from the credentials (RFC 8693 §2.1).
const EXCHANGED: &[&str] =
    &["subject_token", "subject_token_type", "actor_token", "actor_token_type", "requested_token_type"];

/// A token type by its short name is completed (RFC 8693 §3); any other value is as it is.
fn token_type(name: &str, value: &str) -> String {
    if name.ends_with("_token_type") && TOKEN_TYPES.contains(&value) {
        ["urn:ietf:params:oauth:token-type:", value].concat()
    } else {
        value.to_owned()
    }
}

/// Where a template names `{scope}`, the scope goes there and nowhere else; a JWT grant has it only where it is named.
fn places_scope(shape: &RequestShape<'_>) -> bool {
    let (claims, header) = shape.assertion().map(|jwt| (jwt.claims(), jwt.header())).unwrap_or_default();
    let none = Map::new();
    let mut found = names(shape.token_endpoint());
    for members in [shape.parameters().unwrap_or(&none), &claims, &header] {
        for (_, member) in members {
            add_names(member, false, &mut found);
        }
    }
    for (_, header) in shape.headers() {
        add_names(header, false, &mut found);
    }
    shape.asserts_for(Purpose::Grant) || found.contains(&"scope")
}
