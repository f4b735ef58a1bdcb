//! The shared record: one token for all instances of a client.

use crate::ground::credentials::Secret;

/// A record for the shared store, as JSON text. It holds the token: seal it before it leaves the process. `Debug` shows nothing
/// of it.
#[derive(Clone, PartialEq, Eq)]
pub struct Record(Secret);

impl Record {
    /// Returns the text. The caller is responsible for where it goes.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl core::fmt::Debug for Record {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("[redacted]")
    }
}
