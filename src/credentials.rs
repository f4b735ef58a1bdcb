//! Secret values: given once, never printed, wiped when dropped.

use serde_json::Value;
use zeroize::Zeroize;

use crate::base64;
use crate::error::{Error, Fault};
use crate::json;
use crate::schema::{Shape, check};
use crate::template;
use crate::text::{concat, replace, spaced};

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
    // Inlined, the wiping is 80 bytes of wasm wherever a secret goes out of scope.
    #[inline(never)]
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
    pub(crate) fn read(value: &Value, path: &mut String) -> Result<Self, Fault> {
        check(value, &Shape::Variables(&Shape::Any), path)?;
        let mut credentials = Vec::new();
        let Some(members) = value.as_object() else { return Ok(Credentials(credentials)) };
        for (name, member) in members {
            let value = match member {
                Value::String(text) => Ok(text.clone()),
                // A JWK may be given as the object that it is.
                Value::Object(_) => Ok(json::text(member)),
                _ => Err("expected a string"),
            };
            match value {
                Ok(value) if !value.is_empty() => credentials.push((name.clone(), Secret(value))),
                Ok(_) => return Err(wrong(path, name, "is empty; is an environment variable not set?")),
                Err(reason) => return Err(wrong(path, name, reason)),
            }
        }
        Ok(Credentials(credentials))
    }

    /// The server's words without control characters, cut to `limit` characters, and without these secrets, plain or encoded.
    pub(crate) fn redact(&self, text: &str, further: &[Secret], limit: usize) -> String {
        let mut clean = spaced(text, usize::MAX);
        // The pair first: the secret alone may be found inside of its encoding.
        if let (Some(id), Some(secret)) = (self.value("client_id"), self.value("client_secret")) {
            clean = replace(&clean, &base64::encode(concat(&[&id.0, ":", &secret.0])), "[redacted]");
        }
        // The id is an identifier, not a secret, and a name such as `a` would make a riddle of every sentence.
        for (_, secret) in self.0.iter().filter(|(name, _)| !name.ends_with("id")) {
            redact_one(&mut clean, &secret.0);
        }
        for secret in further {
            redact_one(&mut clean, &secret.0);
        }
        spaced(&clean, limit)
    }
}

fn wrong(path: &str, name: &str, reason: &str) -> Fault {
    Error::options(&concat(&[path, ".", name]), &[reason])
}

fn redact_one(text: &mut String, secret: &str) {
    if secret.len() >= 4 {
        for form in encodings(secret) {
            *text = replace(text, &form, "[redacted]");
        }
    }
}

fn encodings(secret: &str) -> [String; 6] {
    let mut unpadded = base64::encode(secret);
    while unpadded.ends_with('=') {
        unpadded.pop();
    }
    [
        secret.to_owned(),
        spaced(secret, usize::MAX),
        template::percent_encode(secret),
        template::form_encode(secret),
        unpadded,
        base64::encode_url(secret),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_server_echoes_is_redacted_in_every_form() {
        let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3 cr+t/?");
        for echoed in encodings("s3 cr+t/?").iter().chain([&base64::encode("app:s3 cr+t/?")]) {
            let shown = credentials.redact(&format!("bad secret {echoed} for app"), &[], 512);
            assert_eq!(shown, "bad secret [redacted] for app");
        }
        assert_eq!(credentials.redact("a\r\nb\0c", &[], 3), "a  ");
        // Here the encoded secret stands whole within the encoded pair.
        let aligned = Credentials::new().with("client_id", "ab").with("client_secret", "s3cr3t");
        assert_eq!(aligned.redact(&base64::encode("ab:s3cr3t"), &[], 512), "[redacted]");
    }
}
