//! Secret values: given once, never printed, wiped when dropped.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use zeroize::Zeroize;

use crate::error::Error;
use crate::json;
use crate::schema::{Shape, check, error};
use crate::template;

/// A value that must not be seen. `Debug` prints `[redacted]`; the memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Takes the value over.
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// The value itself. Whoever asks for it answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl core::fmt::Debug for Secret {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

/// The secret values that a profile's templates name: `client_id`, `client_secret`, `username`, `private_key`…
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Credentials(Vec<(String, Secret)>);

impl Credentials {
    /// None yet; see [`with`](Credentials::with).
    ///
    /// ```
    /// use bearerkit::Credentials;
    /// let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
    /// assert!(!format!("{credentials:?}").contains("s3cr3t"));
    /// ```
    pub fn new() -> Self {
        Credentials::default()
    }

    /// These credentials and one more.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        json::set(&mut self.0, &name.into(), Secret::new(value));
        self
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Secret> {
        json::named(&self.0, name).filter(|secret| !secret.0.is_empty())
    }

    /// # Errors
    /// `ERR_OPTIONS` where it is not an object of strings.
    pub(crate) fn read(value: &Value, path: &mut String) -> Result<Self, Error> {
        check(value, &Shape::Variables(&Shape::Any), path)?;
        let mut credentials = Vec::new();
        for (name, member) in value.as_object().into_iter().flatten() {
            let value = match member {
                Value::String(text) => text.clone(),
                // A JWK may be given as the object that it is.
                Value::Object(_) => json::text(member),
                _ => return Err(error(&[path, ".", name].concat(), &["expected a string"])),
            };
            if value.is_empty() {
                return Err(error(&[path, ".", name].concat(), &["is empty; is an environment variable not set?"]));
            }
            credentials.push((name.clone(), Secret(value)));
        }
        Ok(Credentials(credentials))
    }

    /// The server's words without control characters, cut to `limit` characters, and without these secrets, plain or encoded.
    pub(crate) fn redact(&self, text: &str, further: &[Secret], limit: usize) -> String {
        let mut clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        // The id is an identifier, not a secret, and a name such as `a` would make a riddle of every sentence.
        let own = self.0.iter().filter(|(name, _)| !name.ends_with("id")).map(|(_, secret)| secret);
        for secret in own.chain(further).filter(|secret| secret.0.len() >= 4) {
            for form in encodings(&secret.0) {
                clean = json::replace(&clean, &form, "[redacted]");
            }
        }
        if let (Some(id), Some(secret)) = (self.value("client_id"), self.value("client_secret")) {
            clean = json::replace(&clean, &STANDARD.encode([&id.0, ":", &secret.0].concat()), "[redacted]");
        }
        clean.chars().take(limit).collect()
    }
}

fn encodings(secret: &str) -> [String; 6] {
    [
        secret.to_owned(),
        secret.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        template::percent_encode(secret),
        template::form_encode(secret),
        STANDARD.encode(secret).trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(secret),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_echoes_is_redacted_in_every_form() {
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3 cr+t/?");
        for echoed in encodings("s3 cr+t/?").iter().chain([&STANDARD.encode("app:s3 cr+t/?")]) {
            let shown = credentials.redact(&format!("bad secret {echoed} for app"), &[], 512);
            assert_eq!(shown, "bad secret [redacted] for app");
        }
        assert_eq!(credentials.redact("a\r\nb\0c", &[], 3), "a  ");
    }
}
