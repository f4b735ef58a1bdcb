//! What a machine does with the record that its fleet shares.

use crate::ground::time::Timestamp;
use crate::lifecycle::action::TokenRequest;
use crate::lifecycle::machine::Machine;
use crate::lifecycle::token::Serial;

/// What [`Next::Load`](crate::Next::Load) found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded<'r> {
    /// The record, opened.
    Record(&'r str),
    /// There is none.
    Nothing,
    /// There is something that cannot be opened.
    Unreadable,
    /// The store failed or did not answer in time.
    Failed,
}

/// What became of a [`Next::Store`](crate::Next::Store).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// It was written.
    Written,
    /// There was another value than the one to write over.
    Outdone,
    /// Nobody knows.
    Failed,
}

/// How a machine and its shared store are getting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoreState {
    /// The greatest generation of a record that was seen. Each write raises it by one.
    pub generation: u64,
    /// Whether the refresh token in hand is in the store.
    pub is_saved: bool,
    /// The server rotates refresh tokens, and the store cannot compare: another instance may show a spent one.
    pub is_unsafe: bool,
    /// Until then the store is left alone, because it failed.
    pub retry_at: Option<Timestamp>,
}

impl Machine {
    /// Takes what `Next::Load` found. Returns the request's next step, or `None` if it has ended.
    pub fn on_loaded(&mut self, serial: Serial, found: Loaded<'_>, now: Timestamp) -> Option<TokenRequest> {
        let _ = (serial, found, now);
        None
    }

    /// Takes what became of `Next::Store`. Returns the request's next step, or `None` if it has ended.
    pub fn on_stored(&mut self, serial: Serial, outcome: Stored, now: Timestamp) -> Option<TokenRequest> {
        let _ = (serial, outcome, now);
        None
    }

    /// Forgets the access token and the refresh token after they were revoked, and returns the write that tells the fleet.
    pub fn forget_everywhere(&mut self, now: Timestamp) -> Option<TokenRequest> {
        let _ = now;
        self.forget();
        None
    }

    /// How this machine and the shared store are getting on; `None` without one.
    pub fn store_state(&self) -> Option<StoreState> {
        None
    }
}
