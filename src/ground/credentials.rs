//! Secret values: given once, never printed, wiped when dropped.

use zeroize::Zeroize;

use crate::ground::json;
use crate::ground::spelling::nearest;

/// A value that must not be seen. `Debug` prints `[redacted]`; the memory is overwritten when it is dropped.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(pub(crate) String);

impl Secret {
    /// Wraps a secret value.
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// Returns the value. The caller is responsible for where it goes.
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
pub struct Credentials(pub(crate) Vec<(String, Secret)>);

impl Credentials {
    /// Creates an empty set; add values using [`with`](Credentials::with).
    ///
    /// ```
    /// use bearerkit::Credentials;
    /// let credentials = Credentials::new().with("client_id", "app").with("client_secret", "s3cr3t");
    /// assert!(!format!("{credentials:?}").contains("s3cr3t"));
    /// ```
    pub fn new() -> Self {
        Credentials::default()
    }

    /// Adds a credential.
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        json::set(&mut self.0, &name.into(), Secret::new(value));
        self
    }

    pub(crate) fn value(&self, name: &str) -> Option<&Secret> {
        json::named(&self.0, name).filter(|secret| !secret.0.is_empty())
    }

    /// Whether the credential is present but empty.
    pub(crate) fn is_unset(&self, name: &str) -> bool {
        json::named(&self.0, name).is_some_and(|secret| secret.0.is_empty())
    }

    /// A missing one by the name that it was probably given: `; found "clientId"`.
    pub(crate) fn found(&self, name: &str) -> String {
        let mut given = Vec::new();
        for (name, _) in &self.0 {
            given.push(name.as_str());
        }
        nearest(name, &given).map_or_else(String::new, |near| ["; found \"", near, "\""].concat())
    }
}
