//! Variables: the values of a profile's `{name}`s that are not secret, and their checks.

use crate::config::client::{CONTROL, ClientConfig};
use crate::config::template;
use crate::config::template::add_names;
use crate::config::url::parts;
use crate::ground::error::{Error, Fault};
use crate::ground::json::{Object, get, object_at, str_at};
use crate::ground::spelling::meant;
use crate::ground::text::{has_control, holds};
use crate::ground::value::Value;

/// Variables that no template need name: the authentication, the grant or an assertion does.
const IMPLIED: &[&str] =
    &["client_id", "client_secret", "username", "password", "refresh_token", "token_endpoint", "uuid"];

pub(crate) const UNSET: &str = "is undefined, null or empty; is an environment variable not set?";

impl ClientConfig {
    /// Sets a variable: the value of a `{name}` in the profile that is not secret.
    pub fn with_variable(self, name: &str, value: &str) -> Self {
        let mut variables = self.option("variables").cloned().unwrap_or_else(|| Object::new().take());
        if let Value::Object(variables) = &mut variables {
            variables.insert(name.to_owned(), value.into());
        }
        self.with_option("variables", variables)
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
            let is_url = value.contains('/') && (parts(value).is_some() || !authority.contains('+'));
            let wrong: &[&str] = if has_control(value) {
                &[CONTROL]
            } else if value.is_empty()
                && self.is_unset(name)
                && holds(text, &[name, "}/"].concat())
                && self.variable(name).is_none_or(str::is_empty)
            {
                // A whole segment, or the base: what comes out is another URL.
                &[UNSET]
            } else if is_url && template::mentions(authority, name) {
                &["is a URL; only the host name is expected here, as in https://", authority]
            } else {
                continue;
            };
            return Err(Error::options(&["variables.", name].concat(), wrong));
        }
        Ok(())
    }

    /// # Errors
    /// `ERR_OPTIONS` for a variable that nothing uses: a misspelt `environment` would silently select the default one.
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
                let mut before = "; the profile's variables are ";
                for name in known {
                    reason.push_str(before);
                    reason.push_str(name);
                    before = ", ";
                }
                if reason.is_empty() {
                    reason.push_str("; the profile has no variables");
                }
            }
            return Err(Error::options(&["variables.", name].concat(), &["unknown", &reason]));
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
        let names: Vec<&str> = environments.keys().map(String::as_str).collect();
        Err(Error::options("variables.environment", &["expected ", &names.join(" | ")]))
    }
}
