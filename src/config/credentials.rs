//! Credentials as the options hold them.

use crate::config::key;
use crate::config::schema::{Shape, check};
use crate::ground::credentials::{Credentials, Secret};
use crate::ground::error::{Error, Fault};
use crate::ground::json;
use crate::ground::text::has_control;
use crate::ground::value::Value;

impl Credentials {
    /// # Errors
    /// `ERR_OPTIONS` where it is not an object of strings.
    pub(crate) fn read(value: &Value, path: &mut String) -> Result<Self, Fault> {
        check(value, &Shape::Variables(&Shape::Any), path)?;
        let mut credentials = Vec::new();
        let Some(members) = value.as_object() else { return Ok(Credentials(credentials)) };
        for (name, member) in members {
            let value = match member {
                // Only whoever needs it complains.
                Value::Null => {
                    credentials.push((name.clone(), Secret::default()));
                    continue;
                }
                Value::String(text) => Ok(text.clone()),
                // A JWK may be given as the object that it is.
                Value::Object(_) => Ok(json::text(member)),
                _ => Err("expected a string"),
            };
            let secret = Secret(value.map_err(|reason| wrong(path, name, reason))?);
            if secret.0.is_empty() {
                return Err(wrong(path, name, "is empty; is an environment variable not set?"));
            }
            if has_control(&secret.0) && !is_key(&secret.0) {
                return Err(wrong(path, name, "has a control character in it; does it end in a line break?"));
            }
            credentials.push((name.clone(), secret));
        }
        Ok(Credentials(credentials))
    }
}

/// PEM and JSON have lines.
fn is_key(value: &str) -> bool {
    key::is_pem(value) || value.trim_ascii_start().starts_with('{')
}

fn wrong(path: &str, name: &str, reason: &str) -> Fault {
    Error::options(&[path, ".", name].concat(), &[reason])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_is_refused_in_all_but_a_key() {
        let read = |value: &str| {
            let given = crate::ground::value::json!({ "x": value });
            Credentials::read(&given, &mut "credentials".to_owned()).map_err(|fault| fault.message())
        };
        for bad in ["a\n", "a\r\nb", "\0", "a\tb", "a\u{7f}", "a\u{85}b"] {
            let message = read(bad).unwrap_err();
            assert_eq!(
                message, "credentials.x: has a control character in it; does it end in a line break?",
                "{bad:?}"
            );
        }
        for good in ["a b", "é", "-----BEGIN PRIVATE KEY-----\nAAAA\n", "\n{\n\"kty\": \"RSA\"}"] {
            assert!(read(good).is_ok(), "{good:?}");
        }
    }
}
